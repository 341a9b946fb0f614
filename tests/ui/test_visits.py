import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import pytest

from tarl_app.audio import Audio, load
from tarl_app.errors import AgentError, Cancelled, ConversationError, SpeechError, StorageError
from tarl_app.protocols import Agent
from tarl_app.types import AgentTurn, Episode, Task, Turn, UserTurn
from tarl_app.ui.inputs import LONGEST_TEXT
from tarl_app.ui.services import Services
from tarl_app.ui.visit import Visit
from tarl_app.ui.visits import Visits

Make = Callable[..., Services]


class Ears:
    """Hears the same words in every sound, or none."""

    name = "fixed"

    def __init__(self, text: str) -> None:
        self.text = text

    def transcribe(self, audio: Audio) -> str:
        return self.text


class SlowAgent:
    """Thinks until it is told to stop."""

    name = "slow"

    def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
        while not (cancelled and cancelled()):
            time.sleep(0.005)
        raise Cancelled("stopped")


class FailingStore:
    """A disk that is full."""

    def save(self, episode: Episode) -> None:
        raise StorageError("the disk is full")

    def get(self, episode_id: str) -> Episode:
        raise StorageError("the disk is full")

    def list(self, limit: int = 100, agent: str | None = None, only: Collection[str] | None = None) -> list[Episode]:
        return []

    def delete(self, episode_id: str) -> None:
        return None


def settle(visit: Visit) -> None:
    end = time.monotonic() + 30
    while visit.active and time.monotonic() < end:
        if visit.screen:
            visit.screen.apply_due()
        time.sleep(0.005)
    assert not visit.active
    visit.rest()


def a_call(services: Services) -> Visit:
    visit = Visit(services)
    visit.begin(services.tasks[0], "scripted")
    return visit


def sound(seconds: float) -> Audio:
    return Audio((0.1 * np.sin(np.arange(int(seconds * 8000)) / 5)).astype(np.float32), 8000)


def test_a_typed_message_gets_an_answer_and_a_score(make_services: Make) -> None:
    visit = a_call(make_services())
    visit.say("  Hello  ")
    settle(visit)
    assert visit.episode is not None
    assert visit.episode.turns[0] == UserTurn(text="Hello")
    assert visit.episode.judgements[0].scores


def test_a_message_as_long_as_allowed_is_sent_and_one_longer_is_not(make_services: Make) -> None:
    visit = a_call(make_services())
    with pytest.raises(ConversationError, match="2,001 characters"):
        visit.say("x" * (LONGEST_TEXT + 1))
    assert visit.episode is not None
    assert visit.episode.turns == ()
    visit.say("x" * LONGEST_TEXT)
    settle(visit)
    assert len(visit.episode.turns) == 2


def test_blank_text_is_not_sent(make_services: Make) -> None:
    with pytest.raises(ConversationError, match="nothing to send"):
        a_call(make_services()).say(" \n ")


def test_what_was_heard_becomes_the_users_words_and_the_sound_is_kept(make_services: Make, home: Path) -> None:
    visit = a_call(make_services(ears=lambda: Ears("Hello there.")))
    visit.say_aloud(sound(1.0).wav())
    settle(visit)
    assert visit.episode is not None
    turn = visit.episode.turns[0]
    assert isinstance(turn, UserTurn)
    assert (turn.text, turn.heard) == ("Hello there.", "Hello there.")
    assert turn.audio is not None
    assert load(turn.audio).seconds == 1.0


def test_silence_is_said_to_be_silence_and_the_call_goes_on(make_services: Make, home: Path) -> None:
    visit = a_call(make_services(ears=lambda: Ears("")))
    visit.say_aloud(sound(1.0).wav())
    settle(visit)
    assert "No words were heard" in visit.notice
    visit.say("I type.")
    settle(visit)
    assert visit.episode is not None
    assert len(visit.episode.turns) == 2


@pytest.mark.parametrize(("seconds", "words"), [(61.0, "61 s long"), (0.1, "very short")])
def test_sounds_too_long_or_too_short_are_refused(make_services: Make, seconds: float, words: str) -> None:
    visit = a_call(make_services(ears=lambda: Ears("never asked")))
    with pytest.raises(SpeechError, match=words):
        visit.say_aloud(sound(seconds).wav())
    assert not visit.busy


def test_bytes_that_are_no_sound_are_refused(make_services: Make) -> None:
    with pytest.raises(SpeechError, match="cannot be read"):
        a_call(make_services()).say_aloud(b"RIFF but not really")


def test_without_ears_the_visitor_is_told_to_type(make_services: Make, home: Path) -> None:
    visit = a_call(make_services())
    visit.say_aloud(sound(1.0).wav())
    settle(visit)
    assert "type" in visit.notice


def test_only_one_step_at_a_time(make_services: Make) -> None:
    visit = a_call(make_services(make_agent=lambda name, task: SlowAgent()))
    visit.say("Hello")
    with pytest.raises(ConversationError, match="still at work"):
        visit.say("Hello again")
    visit.stop()
    settle(visit)


def test_stop_takes_the_unfinished_turn_back(make_services: Make) -> None:
    visit = a_call(make_services(make_agent=lambda name, task: SlowAgent()))
    visit.say("Hello")
    visit.stop()
    settle(visit)
    assert visit.notice.startswith("Stopped")
    assert visit.episode is not None
    assert visit.episode.turns == ()


def test_stop_between_two_steps_of_the_simulator_says_so_and_keeps_what_was_said(make_services: Make) -> None:
    visit = a_call(make_services())
    visit.simulate()
    conversation, end = visit.conversation, time.monotonic() + 30
    assert conversation is not None
    while not (conversation.episode.turns and isinstance(conversation.episode.turns[-1], AgentTurn)):
        assert time.monotonic() < end
        time.sleep(0.005)  # nothing is shown yet: after its first answer the call waits for the screen
    visit.stop()
    settle(visit)
    assert visit.notice.startswith("Stopped")
    assert len(conversation.episode.turns) == 2
    assert conversation.episode.stop is None


def test_the_simulator_finishes_the_call_and_it_is_stored(make_services: Make) -> None:
    services = make_services()
    visit = a_call(services)
    visit.simulate()
    visit.hush()  # a visitor who does not want to wait for the reading pauses
    settle(visit)
    assert visit.episode is not None
    assert visit.episode.verdict is not None
    assert visit.episode.verdict.passed
    assert services.store.get(visit.episode.id) == visit.episode
    assert not visit.simulated


def test_the_database_difference_is_shown_before_the_call_ends(make_services: Make) -> None:
    services = make_services()
    task = next(task for task in services.tasks if task.kind == "cancel")
    visit = Visit(services)
    visit.begin(task, "scripted")
    visit.simulate()
    seen = False
    end = time.monotonic() + 30
    while visit.active and time.monotonic() < end:
        assert visit.screen is not None
        visit.screen.apply_due()
        seen = seen or (bool(visit.screen.changes) and visit.screen.episode.stop is None)
        time.sleep(0.005)
    assert seen


def test_undo_gives_the_words_back_and_the_database_difference_goes(make_services: Make) -> None:
    visit = a_call(make_services())
    visit.simulate()
    visit.hush()
    settle(visit)
    assert visit.screen is not None
    assert visit.screen.changes
    while visit.episode and visit.episode.turns:
        visit.undo()
    assert visit.screen.changes == ()
    with pytest.raises(ConversationError, match="nothing to undo"):
        visit.undo()


def test_retry_sends_the_same_turn_again(make_services: Make) -> None:
    visit = a_call(make_services())
    visit.say("Hello")
    settle(visit)
    visit.retry()
    settle(visit)
    assert visit.episode is not None
    assert [turn.text for turn in visit.episode.turns if isinstance(turn, UserTurn)] == ["Hello"]


def test_hanging_up_in_the_middle_of_a_turn_ends_the_call_with_a_verdict(make_services: Make) -> None:
    visit = a_call(make_services(make_agent=lambda name, task: SlowAgent()))
    visit.say("Hello")
    visit.hang_up()
    settle(visit)
    assert visit.episode is not None
    assert visit.episode.verdict is not None
    assert not visit.episode.verdict.passed


def test_an_agent_that_breaks_is_a_notice_and_the_call_stays_usable(make_services: Make) -> None:
    class Broken:
        name = "broken"

        def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
            raise ZeroDivisionError

    visit = a_call(make_services(make_agent=lambda name, task: Broken()))
    visit.say("Hello")
    settle(visit)
    assert "ZeroDivisionError" in visit.notice
    assert visit.episode is not None
    assert visit.episode.turns == ()
    assert visit.open


def test_an_agent_that_cannot_be_built_leaves_the_call_before_as_it_was(make_services: Make) -> None:
    working = make_services()

    def make(name: str, task: Task) -> Agent:
        if name == "gone":
            raise AgentError("there is no such checkpoint")
        return working.make_agent(name, task)

    visit = a_call(make_services(make_agent=make))
    visit.say("Hello")
    settle(visit)
    with pytest.raises(AgentError):
        visit.begin(visit.services.tasks[1], "gone")
    assert visit.episode is not None
    assert len(visit.episode.turns) == 2
    assert visit.open


def test_a_store_that_fails_is_a_notice(make_services: Make) -> None:
    visit = a_call(make_services(store=FailingStore()))
    visit.say("Hello")
    settle(visit)
    visit.hang_up()
    settle(visit)
    assert "could not be stored" in visit.notice


def test_leaving_in_the_middle_of_a_turn_stops_it_and_frees_everything(make_services: Make) -> None:
    visits = Visits(make_services(make_agent=lambda name, task: SlowAgent()))
    visit = visits.of("tab")
    visit.begin(visit.services.tasks[0], "scripted")
    visit.say("Hello")
    visits.leave("tab")
    end = time.monotonic() + 10
    while visit.conversation is not None and time.monotonic() < end:
        time.sleep(0.005)
    assert visit.conversation is None
    assert not visit.busy
    assert len(visits) == 0
    with pytest.raises(ConversationError):
        visit.say("Anybody?")


def test_an_unfinished_call_is_kept_when_the_tab_closes(make_services: Make) -> None:
    services = make_services()
    visits = Visits(services)
    visit = visits.of("tab")
    visit.begin(services.tasks[0], "scripted")
    visit.say("Hello")
    settle(visit)
    visits.leave("tab")
    assert [episode.stop for episode in services.store.list()] == [None]


def test_visitors_have_conversations_and_keys_of_their_own(make_services: Make) -> None:
    visits = Visits(make_services())
    first, second = visits.of("one"), visits.of("two")
    assert visits.of("one") is first
    first.begin(first.services.tasks[0], "scripted")
    assert second.conversation is None
    assert first.key != second.key
    assert visits.with_key(first.key) is first
    assert visits.with_key("guess") is None


def test_a_visit_that_nobody_uses_is_closed(make_services: Make) -> None:
    visits = Visits(make_services())
    visit = visits.of("old")
    visit.begin(visit.services.tasks[0], "scripted")
    visit.used -= 4000
    visits.of("new")
    assert visit.conversation is None
    assert len(visits) == 1


def test_a_thumb_on_a_stored_call_is_kept_in_the_store(make_services: Make) -> None:
    visit = a_call(make_services())
    agent = AgentTurn(text="Hello.")
    call = Episode(id="kept", task=visit.services.tasks[0], agent="a", user="human", turns=(UserTurn(text="Hi"), agent))
    visit.show_stored(call)
    visit.rate(1, up=True)
    assert visit.services.store.get("kept").judgements[0].judge == "people"
    visit.rate(1, up=True)
    assert visit.services.store.get("kept").judgements == ()


def test_spoken_sentences_are_forgotten_after_a_while(make_services: Make) -> None:
    visit = a_call(make_services())
    names = [visit.pieces.publish(sound(0.01)).rsplit("/", 1)[1] for _ in range(70)]
    assert visit.pieces.get(names[0]) is None
    assert visit.pieces.get(names[-1]) == sound(0.01).wav()


def test_the_page_imports_no_training_and_no_torch() -> None:
    code = "import sys, tarl_app.ui.layout; print(sorted({'torch', 'transformers', 'tarl_app.training'} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
