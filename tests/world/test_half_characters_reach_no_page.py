"""Half of a UTF-16 pair, typed, from a model, from a tool or from the store: the page's stream of events goes on without it,
and nothing that fails in a step leaves a visit busy."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.characters import all_whole, whole
from tarl_app.core.errors import StorageError
from tarl_app.core.types import AgentTurn, Episode, ToolCall, ToolResult, Turn, UserTurn
from tarl_app.storage.memory import MemoryEpisodeStore
from tarl_app.ui.access.lines import Lines
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.worker import Worker
from tarl_app.ui.components.values import painted
from tarl_app.ui.services import Services
from tests.ui.whole_page import Served, eventually, services, serving

HALF = "a\ud83d b"
MENDED = "a\ufffd b"
anything = st.recursive(
    st.text(st.characters(exclude_categories=()), max_size=8) | st.none() | st.integers(-(2**53), 2**53),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(exclude_categories=())), inner, max_size=3)
    ),
    max_leaves=6,
)


class Halves:
    """A model whose text, tool names and arguments hold half characters."""

    name = "halves"

    def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
        if on_text:
            on_text(HALF)
        if isinstance(turns[-1], UserTurn):
            return AgentTurn(text=HALF, tool_calls=(ToolCall(id="1", name=HALF, arguments={HALF: [HALF]}),))
        return AgentTurn(text=HALF, malformed=None)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    given = services(tmp_path_factory.mktemp("page"), make_agent=lambda name, task: Halves())
    with serving(given) as served:
        yield served


def test_typed_and_answered_half_characters_end_neither_the_stream_nor_the_visit(page: Served) -> None:
    send, one = page.event("tarl-send", "click"), page.client()
    task = page.live_calls.services.free_task.id
    joined = one.join(send, [HALF, task, "scripted"], event_data={"id": HALF}).raise_for_status().json()["event_id"]
    messages = [*one.stream()]
    assert [message["msg"] for message in messages if message["event_id"] == joined][-1] == "process_completed"
    assert "\ufffd" in str(messages)
    live_call = page.live_calls.of(one.tab)
    assert not live_call.busy
    assert live_call.episode is not None
    assert [turn.text for turn in live_call.episode.turns if isinstance(turn, UserTurn | AgentTurn)] == [MENDED] * 3
    live_call.keep()
    assert live_call.services.store.get(live_call.episode.id).model_dump_json()
    assert one.done(send, ["Once more", task, "scripted"])["success"]


def test_a_stored_call_with_half_characters_is_shown(page: Served) -> None:
    one, live_calls = page.client(), page.live_calls
    turns = (UserTurn(text="Hi").model_copy(update={"text": HALF}), AgentTurn().model_copy(update={"text": HALF}))
    episode = Episode(id="old", task=live_calls.services.tasks[0], agent=HALF, user="human", turns=turns)
    live_calls.services.store.save(episode)
    live_calls.of(one.tab).list_stored()
    answer = one.done(page.event("tarl-stored-list", "input"), ["old"])
    assert answer["success"]
    assert MENDED in str(answer)


@given(anything)
def test_what_is_mended_can_be_encoded_and_what_was_whole_stays(value: object) -> None:
    mended = all_whole(value)
    encoded = orjson.dumps(mended)
    assert all_whole(mended) == mended == orjson.loads(encoded)


def test_halves_that_belong_together_are_joined() -> None:
    assert whole("\ud83d\ude00") == "\U0001f600"
    assert whole("\ude00\ud83d") == "\ufffd\ufffd"
    text = "as it was \U0001f600"
    assert whole(text) is text


def test_what_is_painted_can_always_be_encoded() -> None:
    key = object()
    update = {"value": {"items": [("k" + HALF, [HALF, 2**80])]}, "__type__": "update"}
    assert orjson.dumps(painted({key: update}, [key])[key])


def test_turns_hold_no_half_characters_wherever_they_come_from() -> None:
    found = (
        UserTurn(text=HALF, heard=HALF),
        AgentTurn(text=HALF, malformed=HALF, tool_calls=(ToolCall(id=HALF, name=HALF, arguments={HALF: {HALF: HALF}}),)),
        ToolResult(call_id="1", name="x", content=HALF),
    )
    for one in found:
        assert "\ud83d" not in one.model_dump_json()


class Bursting(MemoryEpisodeStore):
    """A store whose every writing ends in a bug."""

    def save(self, episode: Episode) -> None:
        raise UnicodeEncodeError("utf-8", HALF, 1, 2, "surrogates not allowed")


def a_call(given: Services) -> LiveCall:
    live_call = LiveCall(given)
    live_call.begin(given.showpiece, "scripted")
    return live_call


def test_a_bug_while_a_finished_call_is_stored_leaves_the_visit_usable(tmp_path: Path) -> None:
    live_call = a_call(services(tmp_path, store=Bursting()))
    live_call.say("Hello")
    assert eventually(lambda: not live_call.busy)
    live_call.hang_up()
    assert eventually(lambda: not live_call.busy)
    assert "UnicodeEncodeError" in live_call.notice
    assert live_call.episode is not None
    live_call.undo()
    live_call.say("And again")
    assert eventually(lambda: not live_call.busy)


def test_a_visit_that_leaves_while_nothing_can_be_stored_is_freed(tmp_path: Path) -> None:
    live_call = a_call(services(tmp_path, store=Bursting()))
    live_call.say("Hello")
    assert eventually(lambda: not live_call.busy)
    live_call.leave()
    assert live_call.conversation is None


@pytest.mark.parametrize("error", [ZeroDivisionError(), StorageError("the disk is full")])
def test_whatever_fails_after_a_step_the_worker_is_idle_again(error: Exception) -> None:
    told: list[str] = []
    gone, may = threading.Event(), threading.Event()

    def fail() -> None:
        raise error

    worker = Worker("w", Lines(), told.append, lambda before: None, fail, gone.set)
    worker.start(lambda: may.wait(30))
    worker.then(fail)
    may.set()
    assert eventually(lambda: not worker.busy)
    worker.start(lambda: None)
    assert eventually(lambda: not worker.busy)
    worker.leave()
    assert gone.is_set()
    assert any(type(error).__name__ in one or str(error) in one for one in told)
