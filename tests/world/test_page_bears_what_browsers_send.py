"""Every event of every tab is sent null and wrong types, through Gradio's own functions: nothing of ours breaks, and nothing
that a page shows is emptied."""

import asyncio
import itertools
import threading
import traceback
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gradio as gr
import orjson
import pytest
from gradio.block_function import BlockFunction
from gradio.routes import App
from gradio.state_holder import SessionState
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from tarl_app.ui import layout
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.components.events import guard, is_guarded
from tarl_app.ui.components.values import fitting
from tarl_app.ui.tabs.talk.handlers import Handlers
from tarl_app.ui.tabs.talk.staying import FAST
from tests.ui.whole_page import services

pytestmark = pytest.mark.slow

BROKE = "Something broke"
FRAMES = 4
"""Frames of a generator that are looked at; a call goes on after them."""
WAITING = 1.0
"""Seconds until a call counts as one that waits for its visitor: on an open line, or after a step."""
SCOPE = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
text = st.text(st.characters(exclude_categories=()), max_size=6)  # half characters too
words = text | st.sampled_from(["scripted", "null", "tiny", "thumb|0|up", "key|x|y", "case|a/b", "row|../..", "9" * 5000])
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | words
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=4
)
happened = st.none() | scalars | st.dictionaries(st.sampled_from(["id", "on", "wav", "value"]), values, max_size=3)


class Server:
    """The page without its web server: events are called as Gradio's queue calls them, in a loop of its own."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._events = itertools.count()
        self.broken: list[str] = []
        self.demo, self.live_calls = self.run(self._build(folder))
        self._state = SessionState(self.demo)
        self.fns: dict[int, BlockFunction] = {number: fn for number, fn in self.demo.fns.items() if fn.fn}

    async def _build(self, folder: Path) -> tuple[gr.Blocks, LiveCalls]:
        demo, live_calls = layout.build(services(folder))
        App.create_app(demo)
        return demo, live_calls

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def send(self, fn: BlockFunction, data: list[Any], event: Any = None, tab: str = "tab") -> list[list[Any]]:
        """What each message to the page says of the outputs; exceptions of Gradio alone count as no message."""
        return self.run(self._send(fn, data, event, tab))

    async def _send(self, fn: BlockFunction, data: list[Any], event: Any, tab: str) -> list[list[Any]]:
        told, answer = [], None
        given: dict[str, Any] = {
            **{"state": self._state, "session_hash": tab, "event_id": f"e{next(self._events)}"},
            **{"request": gr.Request(Request(SCOPE), session_hash=tab), "event_data": gr.EventData(None, event)},
        }
        try:
            answer = await self.demo.process_api(fn, data, **given)
            told.append(answer["data"])
            while answer["is_generating"] and len(told) < FRAMES:
                following = self.demo.process_api(fn, [], iterator=answer["iterator"], **given)
                try:
                    answer = await asyncio.wait_for(following, WAITING)
                except TimeoutError:
                    break
                told.append(answer["data"])
        except gr.Error as error:
            self.broken += [str(error)] if BROKE in str(error) else []
        except Exception as error:  # Gradio refuses an upload that is none; of ours nothing may be on the way
            ours = any("tarl_app" in frame.filename for frame in traceback.extract_tb(error.__traceback__))
            self.broken += [traceback.format_exc()] if ours else []
        finally:
            if answer and answer["iterator"] is not None:
                await answer["iterator"].aclose()
            self.live_calls.leave(tab)
        return told

    def close(self) -> None:
        self.run(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("page"))
    yield made
    made.close()


def built(page: Coroutine[Any, Any, Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:  # in this thread a loop may run already: that of the browser tests
        return pool.submit(asyncio.run, page).result()


def bearable(fn: BlockFunction, told: list[list[Any]]) -> None:
    """What was sent can be encoded, empties nothing, and no timer has a period without length."""
    for message in told:
        orjson.dumps(message)
    for one, update in zip(fn.outputs, told[0], strict=True) if told and fn.outputs else ():
        if isinstance(one, gr.State):
            continue
        assert update is not None, one
        if isinstance(one, gr.Timer):
            period = update.get("value", 1.0) if isinstance(update, dict) else update
            assert isinstance(period, int | float)
            assert period > 0


def test_every_event_of_the_page_is_guarded(server: Server) -> None:
    assert len(server.fns) > 80
    assert [fn.name for fn in server.fns.values() if not is_guarded(fn.fn)] == []


def test_every_event_bears_null_for_everything(server: Server) -> None:
    for fn in server.fns.values():
        told = server.send(fn, [None] * len(fn.inputs))
        bearable(fn, told)
        assert told, fn.name
    assert server.broken == []


@given(st.data())
@settings(
    max_examples=2,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    derandomize=True,
)
def test_every_event_bears_wrong_types(server: Server, data: st.DataObject) -> None:
    for fn in server.fns.values():
        if not fn.inputs and not fn.collects_event_data:
            continue  # nothing can be sent to it
        given = [data.draw(values) for _ in fn.inputs]
        bearable(fn, server.send(fn, given, data.draw(happened)))
    assert server.broken == []


def test_an_event_with_nothing_to_paint_leaves_the_page_as_it_is(server: Server) -> None:
    (fn,) = (fn for fn in server.fns.values() if fn.name == "replay")
    told, *_ = server.send(fn, [], {"id": "99"})
    assert [update.get("__type__") for update in told] == ["update"] * len(fn.outputs)
    assert not any("value" in update for update in told)


def test_a_page_that_has_lost_its_state_is_painted_whole(server: Server) -> None:
    fn = next(fn for fn in server.fns.values() if [one.elem_id for one in fn.inputs][:2] == ["tarl-agent", None])
    live_call = server.live_calls.of("lost")
    live_call.begin(live_call.services.tasks[3], "null")
    (told,) = server.send(fn, [None] * len(fn.inputs), tab="lost")
    shown = {getattr(one, "elem_id", "") or type(one).__name__: update for one, update in zip(fn.outputs, told, strict=True)}
    assert shown["Timer"]["value"] == FAST
    assert (shown["tarl-agent"]["value"], shown["tarl-task"]["value"]) == ("null", live_call.services.tasks[3].id)
    assert (shown["tarl-undo"]["value"], shown["tarl-stop"]["value"]) == ("Undo", "Stop")
    assert shown["tarl-work"]["visible"]
    assert shown["tarl-transcript"]["value"]["items"]


def test_a_value_that_fits_is_handed_on_and_one_that_does_not_is_the_first_one() -> None:
    async def build() -> None:
        with gr.Blocks():
            number, choice = gr.Number(3, minimum=1, maximum=9, precision=0), gr.Dropdown([("One", 1), ("Two", 2)], value=1)
            assert [fitting(number, one) for one in (5, 5.4, 99, -1, None, "5", True, float("nan"))] == [
                5,
                5,
                9,
                1,
                *[None] * 4,
            ]
            assert [fitting(choice, one) for one in (2, 3, "2", None, True, [2])] == [2, 1, 1, 1, 1, 1]
            assert [fitting(gr.Timer(2.0), one) for one in (0.5, 0, -1, None)] == [0.5, 2.0, 2.0, 2.0]
            assert fitting(gr.Textbox(), "a\ud83d") == "a\ufffd"
            assert fitting(gr.Slider(0, 1, 0.5), 7) == 1

    built(build())


def test_a_bug_is_said_in_a_sentence_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def bad(request: gr.Request) -> None:
        raise ZeroDivisionError

    with pytest.raises(gr.Error, match=r"Something broke inside the app \(ZeroDivisionError\)"):
        guard(bad)(gr.Request(Request(SCOPE), session_hash="tab"))
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("tab", [None, "", "x" * 101])
def test_an_event_without_a_tab_of_its_own_is_refused(tab: str | None) -> None:
    def whose(request: gr.Request) -> str:
        return str(request.session_hash)

    with pytest.raises(gr.Error, match="reload"):
        guard(whose)(gr.Request(Request(SCOPE), session_hash=tab))


def test_a_timer_is_never_given_a_period_without_length() -> None:
    async def build() -> list[Any]:
        with gr.Blocks():
            timer = gr.Timer(1.0)
            wrong = (None, 0, -1.0, True, float("nan"), gr.update(value=None), gr.update(value=0))
            return [guard(lambda told=told: told, (), [timer])()[timer] for told in wrong]

    assert all(update == {"__type__": "update"} for update in built(build()))


def test_a_tick_whose_answer_is_lost_does_not_keep_back_the_next(server: Server) -> None:
    talk = Handlers.tick.__module__, Handlers.tick.__qualname__
    (tick,) = [one for one in server.fns.values() if (one.fn.__module__, one.fn.__qualname__) == talk]
    assert tick.trigger_mode == "multiple"
