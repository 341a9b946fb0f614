import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import pytest

from tarl_app import wiring
from tarl_app.core.errors import AgentError, Cancelled, ConversationError, SpeechError, StorageError
from tarl_app.core.protocols import Agent
from tarl_app.core.sound.audio import Audio, load
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.core.types import AgentTurn, Episode, Task, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.speech import load_voice
from tarl_app.speech.pico import Pico
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.components.inputs import LONGEST_TEXT
from tarl_app.ui.services import Services
from tarl_app.ui.tabs.talk.paint import voice_off
from tarl_app.users.scripted import ScriptedUser
from tarl_app.users.spoken import SpokenUser

Make = Callable[..., Services]


class Ears:
    """Hears the same words in every sound, or none."""

    name = "fixed"

    def __init__(self, text: str) -> None:
        self.text = text

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
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


def settle(live_call: LiveCall) -> None:
    end = time.monotonic() + 30
    while live_call.active and time.monotonic() < end:
        if live_call.screen:
            live_call.screen.apply_due()
        time.sleep(0.005)
    assert not live_call.active
    live_call.rest()


def a_call(services: Services) -> LiveCall:
    live_call = LiveCall(services)
    live_call.begin(services.tasks[0], "scripted")
    return live_call


def sound(seconds: float) -> Audio:
    return Audio((0.1 * np.sin(np.arange(int(seconds * 8000)) / 5)).astype(np.float32), 8000)


def test_a_typed_message_gets_an_answer_and_a_score(make_services: Make) -> None:
    live_call = a_call(make_services())
    live_call.say("  Hello  ")
    settle(live_call)
    assert live_call.episode is not None
    assert live_call.episode.turns[0] == UserTurn(text="Hello")
    assert live_call.episode.judgements[0].scores


def test_a_message_as_long_as_allowed_is_sent_and_one_longer_is_not(make_services: Make) -> None:
    live_call = a_call(make_services())
    with pytest.raises(ConversationError, match="2,001 characters"):
        live_call.say("x" * (LONGEST_TEXT + 1))
    assert live_call.episode is not None
    assert live_call.episode.turns == ()
    live_call.say("x" * LONGEST_TEXT)
    settle(live_call)
    assert len(live_call.episode.turns) == 2


def test_blank_text_is_not_sent(make_services: Make) -> None:
    with pytest.raises(ConversationError, match="nothing to send"):
        a_call(make_services()).say(" \n ")


def test_what_was_heard_becomes_the_users_words_and_the_sound_is_kept(make_services: Make, home: Path) -> None:
    live_call = a_call(make_services(ears=lambda: Ears("Hello there.")))
    live_call.say_aloud(sound(1.0).wav())
    settle(live_call)
    assert live_call.episode is not None
    turn = live_call.episode.turns[0]
    assert isinstance(turn, UserTurn)
    assert (turn.text, turn.heard) == ("Hello there.", "Hello there.")
    assert turn.audio is not None
    assert load(turn.audio).seconds == 1.0


def test_silence_is_said_to_be_silence_and_the_call_goes_on(make_services: Make, home: Path) -> None:
    live_call = a_call(make_services(ears=lambda: Ears("")))
    live_call.say_aloud(sound(1.0).wav())
    settle(live_call)
    assert "No words were heard" in live_call.notice
    live_call.say("I type.")
    settle(live_call)
    assert live_call.episode is not None
    assert len(live_call.episode.turns) == 2


@pytest.mark.parametrize(("seconds", "words"), [(61.0, "61 s long"), (0.1, "very short")])
def test_sounds_too_long_or_too_short_are_refused(make_services: Make, seconds: float, words: str) -> None:
    live_call = a_call(make_services(ears=lambda: Ears("never asked")))
    with pytest.raises(SpeechError, match=words):
        live_call.say_aloud(sound(seconds).wav())
    assert not live_call.busy


def test_bytes_that_are_no_sound_are_refused(make_services: Make) -> None:
    with pytest.raises(SpeechError, match="cannot be read"):
        a_call(make_services()).say_aloud(b"RIFF but not really")


def test_without_ears_the_visitor_is_told_to_type(make_services: Make, home: Path) -> None:
    live_call = a_call(make_services())
    live_call.say_aloud(sound(1.0).wav())
    settle(live_call)
    assert "type" in live_call.notice
    assert voice_off(live_call) == "No speech recognition"


class Hearing:
    """Recognises words in a sound itself, or only answers."""

    def __init__(self, words: str | None) -> None:
        self.name, self.words = "hearing", words

    def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
        return AgentTurn(text="Hello.", heard=self.words)


def broken() -> Ears:
    ears = Ears("")
    ears.transcribe = lambda audio, spoken: (_ for _ in ()).throw(SpeechError("broken"))  # type: ignore[method-assign]
    return ears


@pytest.mark.parametrize(
    ("ears", "own", "text", "transcript"),
    [
        (None, "my own words", "my own words", None),
        (Ears(""), "my own words", "my own words", None),
        (broken(), "my own words", "my own words", None),
        (Ears("others'"), "my own words", "my own words", "others'"),
        (Ears("others'"), None, "others'", "others'"),
        (None, None, "", None),
    ],
)
def test_an_agent_that_hears_is_spoken_to_whatever_the_recogniser_does(
    make_services: Make, home: Path, ears: Ears | None, own: str | None, text: str, transcript: str | None
) -> None:
    made = make_services(ears=lambda: ears, hears=lambda name: True, make_agent=lambda name, task: Hearing(own))
    live_call = a_call(made)
    assert voice_off(live_call) == ""
    live_call.say_aloud(sound(1.0).wav())
    settle(live_call)
    assert live_call.episode is not None
    assert not live_call.notice
    turn = live_call.episode.turns[0]
    assert isinstance(turn, UserTurn)
    assert (turn.text, turn.heard) == (text, transcript)


def test_only_one_step_at_a_time(make_services: Make) -> None:
    live_call = a_call(make_services(make_agent=lambda name, task: SlowAgent()))
    live_call.say("Hello")
    with pytest.raises(ConversationError, match="still at work"):
        live_call.say("Hello again")
    live_call.stop()
    settle(live_call)


def test_stop_takes_the_unfinished_turn_back(make_services: Make) -> None:
    live_call = a_call(make_services(make_agent=lambda name, task: SlowAgent()))
    live_call.say("Hello")
    live_call.stop()
    settle(live_call)
    assert live_call.notice.startswith("Stopped")
    assert live_call.episode is not None
    assert live_call.episode.turns == ()


def test_stop_between_two_steps_of_the_simulator_says_so_and_keeps_what_was_said(make_services: Make) -> None:
    live_call = a_call(make_services())
    live_call.simulate()
    conversation, end = live_call.conversation, time.monotonic() + 30
    assert conversation is not None
    while not (conversation.episode.turns and isinstance(conversation.episode.turns[-1], AgentTurn)):
        assert time.monotonic() < end
        time.sleep(0.005)  # nothing is shown yet: after its first answer the call waits for the screen
    live_call.stop()
    settle(live_call)
    assert live_call.notice.startswith("Stopped")
    assert len(conversation.episode.turns) == 2
    assert conversation.episode.stop is None


def test_the_simulator_finishes_the_call_and_it_is_stored(make_services: Make) -> None:
    services = make_services()
    live_call = a_call(services)
    live_call.simulate()
    live_call.hush()  # a visitor who does not want to wait for the reading pauses
    settle(live_call)
    assert live_call.episode is not None
    assert live_call.episode.verdict is not None
    assert live_call.episode.verdict.passed
    assert services.store.get(live_call.episode.id) == live_call.episode
    assert not live_call.simulated


def test_the_database_difference_is_shown_before_the_call_ends(make_services: Make) -> None:
    services = make_services()
    task = next(task for task in services.tasks if task.kind == "cancel")
    live_call = LiveCall(services)
    live_call.begin(task, "scripted")
    live_call.simulate()
    seen = False
    end = time.monotonic() + 30
    while live_call.active and time.monotonic() < end:
        assert live_call.screen is not None
        live_call.screen.apply_due()
        seen = seen or (bool(live_call.screen.changes) and live_call.screen.episode.stop is None)
        time.sleep(0.005)
    assert seen


def test_undo_gives_the_words_back_and_the_database_difference_goes(make_services: Make) -> None:
    live_call = a_call(make_services())
    live_call.simulate()
    live_call.hush()
    settle(live_call)
    assert live_call.screen is not None
    assert live_call.screen.changes
    while live_call.episode and live_call.episode.turns:
        live_call.undo()
    assert live_call.screen.changes == ()
    with pytest.raises(ConversationError, match="nothing to undo"):
        live_call.undo()


def test_retry_sends_the_same_turn_again(make_services: Make) -> None:
    live_call = a_call(make_services())
    live_call.say("Hello")
    settle(live_call)
    live_call.retry()
    settle(live_call)
    assert live_call.episode is not None
    assert [turn.text for turn in live_call.episode.turns if isinstance(turn, UserTurn)] == ["Hello"]


def test_hanging_up_in_the_middle_of_a_turn_ends_the_call_with_a_verdict(make_services: Make) -> None:
    live_call = a_call(make_services(make_agent=lambda name, task: SlowAgent()))
    live_call.say("Hello")
    live_call.hang_up()
    settle(live_call)
    assert live_call.episode is not None
    assert live_call.episode.verdict is not None
    assert not live_call.episode.verdict.passed


def test_an_agent_that_breaks_is_a_notice_and_the_call_stays_usable(make_services: Make) -> None:
    class Broken:
        name = "broken"

        def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
            raise ZeroDivisionError

    live_call = a_call(make_services(make_agent=lambda name, task: Broken()))
    live_call.say("Hello")
    settle(live_call)
    assert "ZeroDivisionError" in live_call.notice
    assert live_call.episode is not None
    assert live_call.episode.turns == ()
    assert live_call.open


def test_an_agent_that_cannot_be_built_leaves_the_call_before_as_it_was(make_services: Make) -> None:
    working = make_services()

    def make(name: str, task: Task) -> Agent:
        if name == "gone":
            raise AgentError("there is no such checkpoint")
        return working.make_agent(name, task)

    live_call = a_call(make_services(make_agent=make))
    live_call.say("Hello")
    settle(live_call)
    with pytest.raises(AgentError):
        live_call.begin(live_call.services.tasks[1], "gone")
    assert live_call.episode is not None
    assert len(live_call.episode.turns) == 2
    assert live_call.open


def test_a_store_that_fails_is_a_notice(make_services: Make) -> None:
    live_call = a_call(make_services(store=FailingStore()))
    live_call.say("Hello")
    settle(live_call)
    live_call.hang_up()
    settle(live_call)
    assert "could not be stored" in live_call.notice


def test_leaving_in_the_middle_of_a_turn_stops_it_and_frees_everything(make_services: Make) -> None:
    live_calls = LiveCalls(make_services(make_agent=lambda name, task: SlowAgent()))
    live_call = live_calls.of("tab")
    live_call.begin(live_call.services.tasks[0], "scripted")
    live_call.say("Hello")
    live_calls.leave("tab")
    end = time.monotonic() + 10
    while live_call.conversation is not None and time.monotonic() < end:
        time.sleep(0.005)
    assert live_call.conversation is None
    assert not live_call.busy
    assert len(live_calls) == 0
    with pytest.raises(ConversationError):
        live_call.say("Anybody?")


def test_an_unfinished_call_is_kept_when_the_tab_closes(make_services: Make) -> None:
    services = make_services()
    live_calls = LiveCalls(services)
    live_call = live_calls.of("tab")
    live_call.begin(services.tasks[0], "scripted")
    live_call.say("Hello")
    settle(live_call)
    live_calls.leave("tab")
    assert [episode.stop for episode in services.store.list()] == [None]


def test_visitors_have_conversations_and_keys_of_their_own(make_services: Make) -> None:
    live_calls = LiveCalls(make_services())
    first, second = live_calls.of("one"), live_calls.of("two")
    assert live_calls.of("one") is first
    first.begin(first.services.tasks[0], "scripted")
    assert second.conversation is None
    assert first.key != second.key
    assert live_calls.with_key(first.key) is first
    assert live_calls.with_key("guess") is None


def test_a_visit_that_nobody_uses_is_closed(make_services: Make) -> None:
    live_calls = LiveCalls(make_services())
    live_call = live_calls.of("old")
    live_call.begin(live_call.services.tasks[0], "scripted")
    live_call.used -= 4000
    live_calls.of("new")
    assert live_call.conversation is None
    assert len(live_calls) == 1


def test_a_thumb_on_a_stored_call_is_kept_in_the_store(make_services: Make) -> None:
    live_call = a_call(make_services())
    agent = AgentTurn(text="Hello.")
    call = Episode(id="kept", task=live_call.services.tasks[0], agent="a", user="human", turns=(UserTurn(text="Hi"), agent))
    live_call.show_stored(call)
    live_call.rate(1, up=True)
    assert live_call.services.store.get("kept").judgements[0].judge == "people"
    live_call.rate(1, up=True)
    assert live_call.services.store.get("kept").judgements == ()


def test_spoken_sentences_are_forgotten_after_a_while(make_services: Make) -> None:
    live_call = a_call(make_services())
    names = [live_call.pieces.publish(sound(0.01)).rsplit("/", 1)[1] for _ in range(70)]
    assert live_call.pieces.get(names[0]) is None
    assert live_call.pieces.get(names[-1]) == sound(0.01).wav()


def test_the_page_imports_no_training_and_no_torch() -> None:
    code = "import sys, tarl_app.ui.layout; print(sorted({'torch', 'transformers', 'tarl_app.training'} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def wait_for(live_call: LiveCall, what: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not what() and time.monotonic() < end:
        live_call.advance()
        time.sleep(0.005)
    assert what()


def users(live_call: LiveCall) -> int:
    return sum(isinstance(turn, UserTurn) for turn in live_call.episode.turns) if live_call.episode else 0


def test_step_by_step_the_simulator_waits_after_each_exchange(make_services: Make) -> None:
    live_call = a_call(make_services(pause=0.01))
    for number in (1, 2):
        live_call.step()
        wait_for(live_call, lambda: live_call.paused)
        assert users(live_call) == number
        assert live_call.busy
    live_call.go_on()
    settle(live_call)
    assert live_call.episode
    assert live_call.episode.stop is not None


def test_who_types_takes_over_from_the_simulator_and_can_hand_back(make_services: Make) -> None:
    live_call = a_call(make_services(pause=0.01))
    live_call.step()
    wait_for(live_call, lambda: live_call.paused)
    live_call.say("Wait, it is me.")
    settle(live_call)
    assert not live_call.simulated
    assert live_call.episode
    assert [turn.text for turn in live_call.episode.turns if isinstance(turn, UserTurn)][-1] == "Wait, it is me."
    live_call.simulate()
    settle(live_call)
    assert live_call.episode.stop is not None
    assert "human" in live_call.episode.user
    assert "scripted" in live_call.episode.user


def test_only_the_simulator_can_be_paused(make_services: Make) -> None:
    live_call = a_call(make_services())
    with pytest.raises(ConversationError, match="take over first"):
        live_call.pause()


def test_a_paused_call_can_be_stopped(make_services: Make) -> None:
    live_call = a_call(make_services(pause=0.01))
    live_call.simulate()
    live_call.pause()
    live_call.stop()
    settle(live_call)
    assert not live_call.paused
    assert live_call.open


def test_voice_and_background_of_the_customer_are_switched_during_the_call(home: Path, make_services: Make) -> None:
    domain = load_domain("retail")

    def spoken(task: Task, aloud: bool) -> SpokenUser:
        return SpokenUser(ScriptedUser(task, domain), Pico(), "en-US")

    voices = (("Usual", "pico:en-US"), ("Other", "pico:en-GB"))
    services = make_services(
        pause=0.01, make_user=spoken, dress=wiring.dress, voices=voices, voice=lambda: load_voice("pico:en-US")
    )
    live_call = a_call(services)
    assert live_call.conversation
    live_call.sound_like("pico:en-US", "clean")
    live_call.hurry(True)
    live_call.step()
    wait_for(live_call, lambda: live_call.paused)
    customer = live_call.conversation.user
    assert isinstance(customer, SpokenUser)
    live_call.sound_like("pico:en-GB", "cafe")
    assert customer.voice == "en-US"
    live_call.step()
    wait_for(live_call, lambda: users(live_call) == 2)
    assert customer.voice == "en-GB"
    assert customer.channel is not None
    with pytest.raises(ConversationError, match="no such voice"):
        live_call.sound_like("pico:en-GB", "noise-20")
    live_call.stop()
    settle(live_call)


@pytest.mark.parametrize(("bearable", "told"), [(0.0, "slow for voice"), (600.0, "")])
def test_where_voice_is_slow_text_is_offered(make_services: Make, bearable: float, told: str) -> None:
    live_call = a_call(make_services(slow_voice=bearable, voice=lambda: load_voice("pico:en-US")))
    live_call.say("Hello, I need help with my order.")
    settle(live_call)
    assert (told in live_call.notice) if told else live_call.notice == ""


def test_as_fast_as_possible_nothing_is_played_nor_waited_for(make_services: Make) -> None:
    live_call = a_call(make_services(pause=100.0, voice=lambda: load_voice("pico:en-US")))
    live_call.simulate()
    live_call.hurry(True)
    settle(live_call)
    assert live_call.episode
    assert live_call.episode.stop is not None
    assert live_call.screen
    assert live_call.screen.sounds == []
    live_call.hurry(False)
    assert not live_call.fast
