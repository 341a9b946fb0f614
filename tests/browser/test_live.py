"""A live call on the Talk tab: Chromium's microphone hears a WAV file, and the scripted agent answers with a quick voice."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, WebSocket, expect

from tarl_app import assets
from tarl_app.core.sound.audio import Audio
from tests.browser.live_line import (
    CALL,
    MICROPHONE,
    STATE,
    TAP,
    VOICE,
    Wire,
    call,
    has_spoken,
    resting,
    silence,
    spoken,
    visit,
)
from tests.browser.talking import PATIENCE, App, agents, lost_network, overflows, restart, say, users

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


LONG = "How long do I have to return something, how is the refund paid, and when does it come?"
"""Its answer takes a quarter of a minute."""
UNMUTE = """async () => {
  const words = () => document.querySelector('#tarl-voice .lv-said').textContent.split(' ').length;
  while (words() < 5) await new Promise((next) => setTimeout(next, 20));
  document.querySelector('.lv-mute').click();
}"""
"""As soon as a few words of the answer have been heard."""


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """Of the scripted agent with ears and a quick voice."""
    names = ("whisper-tiny.en",)
    weights = {f"asset_{assets.override_key(name)}": str(assets.fetch(name)) for name in names}
    return {"agent": "scripted", "voice": VOICE, **weights}


@pytest.fixture(scope="module")
def talking_app(start_app: Callable[..., App], settings: dict[str, str]) -> App:
    return start_app(**settings)


@pytest.fixture(scope="module")
def speaking(open_browser: Callable[..., Browser], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A microphone at which somebody asks for help every 12 seconds."""
    path = tmp_path_factory.mktemp("microphone") / "help.wav"
    opened = open_browser(f"--use-file-for-fake-audio-capture={spoken(path, 3.0, 'Hello, can you help me?', 7.0)}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def silent(open_browser: Callable[..., Browser], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A microphone in a quiet room."""
    path = tmp_path_factory.mktemp("microphone") / "silence.wav"
    path.write_bytes(Audio(silence(5.0, 16_000), 16_000).wav())
    opened = open_browser(f"--use-file-for-fake-audio-capture={path}")
    yield opened
    opened.close()


def test_several_hands_free_turns_in_one_page_load_leave_nothing_behind(talking_app: App, speaking: Browser) -> None:
    sockets: list[WebSocket] = []
    with visit(speaking, talking_app.url) as page:
        page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108 - playwright marks what it is given
        call(page)
        page.evaluate(TAP)
        has_spoken(page)
        expect(page.locator("#tarl-voice .lv-said")).not_to_be_empty(timeout=PATIENCE)
        page.wait_for_function("window.loudest > 0.02", timeout=PATIENCE)
        expect(page.locator("#tarl-transcript .ev-badge").first).to_be_visible(timeout=PATIENCE)
        expect(page.locator("#tarl-evidence .la-table")).to_contain_text("until it is heard", timeout=PATIENCE)
        assert "help" in users(page)[0]
        sizes = []
        for turns in (2, 3, 4):
            has_spoken(page, turns)
            sizes.append(page.evaluate(f"[{CALL}.items.size, {CALL}.sound.flushes.size, {CALL}.captions.phrases.size]"))
        assert all(items <= 4 and flushes == 0 and phrases <= 4 for items, flushes, phrases in sizes)
        assert len(sockets) == 1
        page.locator(MICROPHONE).click()
        expect(page.locator(STATE)).to_have_text("Press the microphone and talk")
        assert page.evaluate(f"{CALL}.sound.context === null && {CALL}.sound.stream === null")
        resting(page)
        said = len(users(page))
        assert said >= 4
        say(page, "I go on by typing.")  # it is the same call
        assert len(users(page)) == said + 1


def test_a_voice_silences_the_agent_and_the_transcript_keeps_what_was_heard(
    talking_app: App, open_browser: Callable[..., Browser], tmp_path: Path
) -> None:
    wav = spoken(tmp_path / "interrupts.wav", 1.0, "Wait a moment, please, I have a question.", 1.0)
    browser = open_browser(f"--use-file-for-fake-audio-capture={wav}")
    with visit(browser, talking_app.url) as page:
        sent, received = list[dict](), list[dict]()

        def follow(socket: WebSocket) -> None:
            socket.on("framesent", lambda data: sent.append(json.loads(data)))
            socket.on("framereceived", lambda data: received.append(json.loads(data)))

        page.on("websocket", follow)
        call(page)
        page.locator(".lv-mute").click()
        page.locator("#tarl-text textarea").fill(LONG)
        page.locator("#tarl-text textarea").press("Enter")
        page.evaluate(UNMUTE)
        page.wait_for_function(f"!{CALL}.playing", timeout=PATIENCE)
        page.locator(".lv-mute").click()
        page.wait_for_timeout(500)
        cut = [one for one in sent if one["type"] == "conversation.item.truncate"]
        assert len(cut) == 1
        item = cut[0]["item_id"]
        written = [one["delta"] for one in received if one["type"].endswith("transcript.delta") and one["item_id"] == item]
        sounds = [one for one in received if one["type"] == "tarl.caption" and one["item_id"] == item]
        assert 0 < cut[0]["audio_end_ms"] < sounds[-1]["audio_end_ms"]
        resting(page)
        words = "".join(written).split()
        page.wait_for_function(
            "n => document.querySelector('#tarl-transcript .ev-agent .ev-text')?.textContent.split(/\\s+/).length < n",
            arg=len(words),
            timeout=PATIENCE,
        )
        assert words[: len(agents(page)[0].split())] == agents(page)[0].split()
    browser.close()


def test_esc_stops_the_agent_and_mute_closes_the_microphone(talking_app: App, silent: Browser) -> None:
    with visit(silent, talking_app.url) as page:
        sent: list[str] = []
        page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(json.loads(data)["type"])))
        call(page)
        page.locator("#tarl-text textarea").fill("Hello, can you help me?")
        page.locator("#tarl-text textarea").press("Enter")
        page.wait_for_function(f"{CALL}.mood === 'speaking'", timeout=PATIENCE)
        page.keyboard.press("Escape")
        expect(page.locator(STATE)).to_have_text("Listening: talk any time", timeout=PATIENCE)
        page.wait_for_function(f"!{CALL}.playing")
        assert "conversation.item.truncate" in sent
        page.locator(".lv-mute").click()
        expect(page.locator(STATE)).to_have_text("Muted")
        page.wait_for_timeout(200)
        before = len(sent)
        page.wait_for_timeout(500)
        assert sent[before:] == []
        page.locator(".lv-mute").click()
        page.wait_for_timeout(500)
        assert "input_audio_buffer.append" in sent[before:]


def test_space_is_held_to_talk(talking_app: App, speaking: Browser) -> None:
    with visit(speaking, talking_app.url) as page:
        sent: list[str] = []
        page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(json.loads(data)["type"])))
        page.locator(".lv-more summary").click()
        page.locator(".lv-mode input[value=hold]").check()
        page.locator(".lv-more summary").click()
        call(page)
        expect(page.locator(STATE)).to_have_text("Hold the microphone, or Space, while you talk")
        page.evaluate("document.activeElement.blur()")
        assert "input_audio_buffer.append" not in sent
        page.keyboard.down(" ")
        expect(page.locator(STATE)).to_have_text("Hearing you…")
        page.wait_for_timeout(12_000)
        page.keyboard.up(" ")
        page.wait_for_timeout(500)
        assert sent[-2:] == ["input_audio_buffer.commit", "response.create"]
        has_spoken(page)
        expect(page.locator("#tarl-transcript .ev-agent .ev-text").first).to_be_visible(timeout=PATIENCE)


def test_a_refused_microphone_explains_itself_and_typing_goes_on(
    talking_app: App, open_browser: Callable[..., Browser]
) -> None:
    browser = open_browser("--use-fake-ui-for-media-stream=deny")
    with visit(browser, talking_app.url) as page:
        page.locator(MICROPHONE).click()
        expect(page.locator("#tarl-voice .vo-hint")).to_contain_text("set Microphone to Allow", timeout=PATIENCE)
        expect(page.locator(STATE)).to_have_text("Press the microphone and talk")
        say(page, "Then I type.")
    browser.close()


def test_without_a_websocket_the_button_records_as_before(talking_app: App, speaking: Browser) -> None:
    wire = Wire(urlsplit(talking_app.url).port or 0, blocked=b"GET /v1/realtime")
    with visit(speaking, f"http://127.0.0.1:{wire.port}/") as page:
        page.locator(MICROPHONE).click()
        expect(page.locator("#tarl-voice .vo-hint")).to_contain_text("hold the button while you speak", timeout=PATIENCE)
        box = page.locator(MICROPHONE).bounding_box()
        assert box
        page.mouse.move(box["x"] + 20, box["y"] + 20)
        page.mouse.down()
        page.wait_for_timeout(12_000)
        page.mouse.up()
        expect(page.locator("#tarl-transcript .ev-user").first).to_contain_text("help", timeout=PATIENCE)
    wire.close()


def test_on_a_phone_the_microphone_is_under_the_thumb(talking_app: App, silent: Browser) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True}
    with visit(silent, talking_app.url, **phone) as page:
        assert not overflows(page)
        call(page)
        box = page.locator(MICROPHONE).bounding_box()
        assert box
        assert box["width"] >= 64
        assert box["y"] + box["height"] / 2 > 740 * 0.75
        assert abs(box["x"] + box["width"] / 2 - 180) < 20
        say(page, "Hello, can you help me?")
        page.wait_for_function(f"{CALL}.mood === 'speaking'", timeout=PATIENCE)
        assert page.locator(MICROPHONE).bounding_box() == box  # nothing moves under the thumb
        assert not overflows(page)


def test_two_visitors_hear_only_their_own_agent(talking_app: App, silent: Browser) -> None:
    with visit(silent, talking_app.url) as first, visit(silent, talking_app.url) as second:
        heard: dict[str, list[str]] = {"first": [], "second": []}

        def listen(name: str, socket: WebSocket) -> None:
            def note(data: str | bytes) -> None:
                event = json.loads(data)
                if event["type"] == "response.output_audio_transcript.done":
                    heard[name].append(event["transcript"])

            socket.on("framereceived", note)

        first.on("websocket", lambda socket: listen("first", socket))
        second.on("websocket", lambda socket: listen("second", socket))
        call(first)
        call(second)
        say(first, "Hello, can you help me?")
        first.wait_for_timeout(500)
        assert heard["first"] == agents(first)
        assert heard["second"] == []
        assert agents(second) == []
        say(second, "Hello, is anybody there?")
        second.wait_for_timeout(500)
        assert heard["second"] == agents(second)
        assert len(heard["first"]) == 1


def test_a_network_that_stalls_for_five_seconds_loses_nothing(talking_app: App, silent: Browser) -> None:
    wire = Wire(urlsplit(talking_app.url).port or 0)
    with visit(silent, f"http://127.0.0.1:{wire.port}/") as page:
        call(page)
        page.evaluate(TAP)
        page.locator("#tarl-text textarea").fill("Hello, can you help me?")
        page.locator("#tarl-text textarea").press("Enter")
        page.wait_for_function(f"{CALL}.mood === 'speaking'", timeout=PATIENCE)
        wire.hold()
        page.wait_for_timeout(5_000)
        wire.release()
        resting(page)
        expect(page.locator(STATE)).to_have_text("Listening: talk any time", timeout=PATIENCE)
        assert page.evaluate(f"{CALL}.phase") == "open"
        assert len(agents(page)) == 1
        say(page, "I am still here.")
        has_spoken(page, 2)
    wire.close()


def test_after_a_lost_network_and_after_a_restart_the_microphone_is_closed_and_the_page_says_how_to_go_on(
    start_app: Callable[..., App], settings: dict[str, str], talking_app: App, silent: Browser
) -> None:
    with visit(silent, talking_app.url) as page:
        for lost in ("network", "app"):
            call(page)
            say(page, "Hello, can you help me?")
            expect(page.locator(STATE)).to_have_text("Listening: talk any time", timeout=PATIENCE)
            if lost == "network":
                with lost_network(page):
                    expect(page.locator(STATE)).to_have_text("The connection broke: trying again…", timeout=5_000)
                why = "This page lost its connection to the app"
            else:
                restart(start_app, talking_app, **settings)
                why = "The app was restarted"
            expect(page.locator("#tarl-notice")).to_contain_text(why, timeout=PATIENCE)
            expect(page.locator("#tarl-notice")).to_contain_text("press New to call again, by voice or by typing")
            expect(page.locator(STATE)).to_have_text("Read only", timeout=PATIENCE)
            assert page.evaluate(f"!{CALL} || {CALL}.sound.stream === null")
            assert users(page) == ["Hello, can you help me?"]
            page.locator("#tarl-new").click()
            expect(page.locator("#tarl-transcript")).to_contain_text("The line is open", timeout=PATIENCE)
