"""When a live call's page is silent: the processors by the sample, and a call whose server the test is."""

import base64
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute

import tarl_app.ui

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

LIVE = Path(tarl_app.ui.__file__).parent / "static" / "live"
HEARD = 10_000  # milliseconds

# Runs the processors of worklets.js block by block, on a clock that is theirs alone.
STUDIO = """async ({code, voice, reply, muted, seconds}) => {
  const clock = {currentTime: 0, sampleRate: 24000};
  const made = {};
  class Processor { constructor() { const {port1, port2} = new MessageChannel(); this.port = port1; this.page = port2; } }
  new Function('AudioWorkletProcessor', 'registerProcessor', 'clock', `with (clock) { ${code} }`)(
    Processor, (name, kind) => { made[name] = kind; }, clock);
  const ear = new made['tarl-capture']();
  const mouth = new made['tarl-playback']();
  const told = [];
  mouth.page.onmessage = ({data}) => { if (data.held) told.push(data.held); };
  const {port1, port2} = new MessageChannel();
  ear.page.postMessage({mouth: port1}, [port1]);
  mouth.page.postMessage({ear: port2, guarded: !muted}, [port2]);
  const rest = () => new Promise((resolve) => setTimeout(resolve, 0));
  await rest();
  const loud = [];
  let said = false;
  let open = !muted;
  for (; clock.currentTime < seconds; clock.currentTime += 128 / 24000) {
    const now = clock.currentTime;
    if (!said && now >= reply) {
      said = true;
      mouth.page.postMessage({item: 'one', push: new Float32Array(5 * 24000).fill(0.3)});
      await rest();
    }
    if (!open && now >= muted) { open = true; mouth.page.postMessage({guarded: true}); await rest(); }
    const heard = new Float32Array(128);
    if (now >= voice) heard.forEach((_, at) => { heard[at] = 0.2 * Math.sin(at); });
    ear.process([[heard]]);
    if (ear.filled < 128) await rest();
    const out = new Float32Array(128);
    mouth.process([], [[out]]);
    if (out.some((one) => Math.abs(one) > 0.002)) loud.push(now);
  }
  return {loud, told};
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The modules of a live call, at an address at which browsers give a microphone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(LIVE)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def blank(browser: Browser, site: str) -> Iterator[Page]:
    """A page beside the modules."""
    made = browser.new_context()
    page = made.new_page()
    page.goto(site)
    page.mouse.click(5, 5)  # sound needs a person
    yield page
    made.close()


@pytest.mark.parametrize(
    ("voice", "reply", "muted", "since"),
    [
        pytest.param(1.5, 0.5, 0, 1.5, id="in the middle of a reply"),
        pytest.param(0.51, 0.5, 0, 0.51, id="with its first sound"),
        pytest.param(0.3, 0.6, 0, 0.6, id="before its first sound"),
        pytest.param(1.3, 0.5, 1.6, 1.6, id="before the microphone is opened"),
    ],
)
def test_a_voice_silences_what_sounds_within_a_fifth_of_a_second(
    blank: Page, voice: float, reply: float, muted: float, since: float
) -> None:
    code = (LIVE / "worklets.js").read_text()
    found = blank.evaluate(STUDIO, {"code": code, "voice": voice, "reply": reply, "muted": muted, "seconds": 2.5})
    assert found["told"] == ["voice"]
    assert reply > 0.5 or found["loud"], "the reply was heard before"
    assert max(found["loud"], default=0.0) < since + 0.12


def test_a_noise_that_has_lasted_long_silences_no_reply(blank: Page) -> None:
    code = (LIVE / "worklets.js").read_text()
    found = blank.evaluate(STUDIO, {"code": code, "voice": 0.2, "reply": 1.8, "muted": 0, "seconds": 2.5})
    assert found["told"] == []
    assert max(found["loud"]) > 2.4


class Server:
    """The other end of the page's socket."""

    def __init__(self, page: Page) -> None:
        self.received: list[dict[str, Any]] = []
        self._page, self._sockets = page, list[WebSocketRoute]()
        self.gone = False
        page.route_web_socket("**/v1/realtime", self._open)
        page.evaluate(
            """async () => {
              const {Call} = await import('./call.js');
              const nothing = () => undefined;
              window.call = new Call({
                changed: nothing, words: nothing, opened: nothing, note: nothing, took: nothing, ended: nothing });
              await call.start({id: 'one', key: 'key'});
              const {context, output} = call.sound;
              const tap = context.createScriptProcessor(1024, 1, 1);
              window.loudest = 0;
              tap.onaudioprocess = ({inputBuffer}) => {
                for (const one of inputBuffer.getChannelData(0)) window.loudest = Math.max(window.loudest, Math.abs(one));
              };
              output.connect(tap);
              tap.connect(context.destination);
              call.sound.guard(false);
            }"""
        )
        self.wait("call.phase === 'open'")

    def _open(self, socket: WebSocketRoute) -> None:
        if self.gone:
            socket.close()
            return
        self._sockets.append(socket)
        socket.on_message(lambda text: self.received.append(json.loads(text)))
        self.tell("session.created")

    def tell(self, kind: str, **fields: Any) -> None:
        self._sockets[-1].send(json.dumps({"type": kind, **fields}))

    def answer(self, response: str = "resp_1", item: str = "item_1") -> None:
        """A second of sound."""
        self.tell("response.created", response={"id": response})
        self.tell("response.output_item.added", item={"id": item, "type": "message"})
        sound = base64.b64encode((np.sin(np.arange(24_000) / 20) * 9_000).astype(np.int16).tobytes()).decode()
        self.tell("response.output_audio.delta", response_id=response, item_id=item, delta=sound)

    def wait(self, condition: str) -> None:
        self._page.wait_for_function(condition, timeout=HEARD)

    def heard(self, kind: str) -> int:
        return sum(one["type"] == kind for one in self.received)


def test_who_speaks_before_the_answer_sounds_is_not_talked_over(blank: Page) -> None:
    server = Server(blank)
    server.tell("tarl.speech_detected", item_id="item_0", audio_start_ms=0)
    server.answer()
    server.wait("call.playing && call.held === 'speech'")
    blank.wait_for_timeout(500)
    assert blank.evaluate("window.loudest") < 0.002
    server.tell("tarl.false_interruption", item_id="item_0", audio_start_ms=0, audio_end_ms=400, reason="short")
    server.wait("window.loudest > 0.1")  # nothing of it is lost
    server.wait("!call.playing")


def test_a_voice_that_goes_on_is_not_talked_over_though_the_server_is_slow(blank: Page) -> None:
    server = Server(blank)
    server.answer()
    server.wait("window.loudest > 0.1")
    blank.evaluate("""() => {
      const piece = () => call.hear({pcm: new Int16Array(480), level: -10, speaking: true});
      window.speaking = setInterval(piece, 20);
      piece();
      call.follow({item: null, played: 0, held: 'voice'});
    }""")
    blank.wait_for_timeout(1_200)
    assert blank.evaluate("call.held") == "voice"
    blank.evaluate("clearInterval(window.speaking)")
    server.wait("call.held === ''")


def test_what_was_being_said_when_the_microphone_is_muted_is_forgotten_on_both_sides(blank: Page) -> None:
    server = Server(blank)
    server.tell("tarl.speech_detected", item_id="item_0", audio_start_ms=0)
    server.wait("call.doubt")
    blank.evaluate("call.apply({muted: true})")
    server.tell("input_audio_buffer.speech_started", item_id="item_0", audio_start_ms=0)  # told before it was cleared
    server.tell("tarl.speech_detected", item_id="item_0", audio_start_ms=0)
    server.answer()
    server.wait("window.loudest > 0.1")
    assert server.heard("input_audio_buffer.clear") == 1
    assert blank.evaluate("[call.hearing, call.doubt, call.held]") == [False, False, ""]
    server.tell("input_audio_buffer.cleared")
    blank.evaluate("call.apply({muted: false})")
    server.tell("input_audio_buffer.speech_started", item_id="item_2", audio_start_ms=900)
    server.wait("call.hearing && !call.playing")


def test_a_line_that_has_gone_without_a_word_is_asked_called_again_and_given_up(blank: Page) -> None:
    blank.clock.install()
    server = Server(blank)
    blank.evaluate("call.on.ended = (why) => { window.why = why; }")
    asked = "conversation.item.retrieve"
    server.wait("call.connection.sentAt > 0")  # the microphone is heard
    blank.clock.fast_forward(9_000)
    assert server.heard(asked) == 1
    server.tell("error", error={"code": "item_not_found"})
    server.wait("!call.connection.askedAt")
    blank.clock.fast_forward(13_000)
    assert server.heard(asked) == 2
    assert blank.evaluate("call.mood") == "listening"  # it had answered the first time
    server.gone = True
    blank.clock.fast_forward(13_000)
    assert blank.evaluate("call.mood") == "broken"
    for wait in (500, 1_000, 2_000, 4_000, 8_000, 8_000):
        blank.clock.fast_forward(wait)
        blank.wait_for_timeout(50)
    server.wait("window.why")
    assert "The line is gone" in blank.evaluate("window.why")
    assert blank.evaluate("[call.mood, call.sound.stream]") == ["idle", None]
