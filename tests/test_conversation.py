"""The loop: who speaks, who works, how it stops, and what is left when something goes wrong."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from tarl_app.agents.scripted import NullAgent, ReplayAgent, ScriptedAgent, TransferAgent
from tarl_app.conversation import (
    Conversation,
    Event,
    Noted,
    Rewound,
    Scored,
    SpeechPiece,
    Stopped,
    TextPiece,
    TurnAdded,
)
from tarl_app.core.errors import AgentError, Cancelled, ConversationError, DialogueTooLong, TarlError, UserFault
from tarl_app.core.settings import settings
from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import AgentTurn, Episode, Judgement, StopReason, Task, ToolCall, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.speech import Voice
from tarl_app.speech.pico import Pico
from tarl_app.users.scripted import ScriptedUser

DOMAIN = load_domain("retail")
CANCEL: Task = next(task for task in DOMAIN.tasks("dev") if task.kind == "cancel")
LOOKUP: Task = next(task for task in DOMAIN.tasks("dev") if task.kind == "lookup")
FREE = CANCEL.model_copy(update={"split": "free"})
HELLO = UserTurn(text="hello")


class Listener:
    """Keeps the events."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]


def recite(*turns: AgentTurn, task: Task = CANCEL, **more) -> Conversation:
    return Conversation(task, DOMAIN, ReplayAgent(turns), **more)


def scripted(task: Task = CANCEL, **more) -> Conversation:
    return Conversation(task, DOMAIN, ScriptedAgent(task, DOMAIN), ScriptedUser(task, DOMAIN), **more)


def call(name: str, **arguments) -> AgentTurn:
    return AgentTurn(tool_calls=(ToolCall(id="c1", name=name, arguments=arguments),))


def write() -> AgentTurn:
    gold = CANCEL.gold[-1]
    return call(gold.name, **gold.arguments)


def status(conversation: Conversation) -> str:
    """The order's status as the conversation's own database has it."""
    order = CANCEL.gold[-1].arguments["order_id"]
    result = conversation.tools.call(ToolCall(id="look", name="get_order_details", arguments={"order_id": order}))
    return "cancelled" if '"cancelled"' in result.content else "pending"


class TestTurns:
    def test_the_agent_works_with_tools_until_it_answers(self):
        conversation = recite(call("list_all_product_types"), call("think", thought="hm"), AgentTurn(text="Hello."))
        episode = conversation.say(HELLO)
        assert [turn.kind for turn in episode.turns] == ["user", "agent", "tool", "agent", "tool", "agent"]
        assert episode.stop is None

    def test_the_episode_can_be_read_at_any_time_and_names_who_spoke(self):
        conversation = scripted()
        assert conversation.episode.user == "scripted"
        conversation.step()
        conversation.say(HELLO)
        assert conversation.episode.user == "scripted + human"

    def test_the_simulator_takes_over_and_hands_back(self):
        conversation = Conversation(CANCEL, DOMAIN, ScriptedAgent(CANCEL, DOMAIN))
        conversation.say(UserTurn(text="Hello, I want to cancel an order."))
        conversation.user = ScriptedUser(CANCEL, DOMAIN)
        conversation.step()
        conversation.user = None
        with pytest.raises(ConversationError, match="no simulator"):
            conversation.step()
        conversation.say(UserTurn(text="What is the status of my order?"))
        assert sum(isinstance(turn, UserTurn) for turn in conversation.episode.turns) == 3

    def test_a_malformed_call_is_answered_with_an_error_that_says_how(self):
        conversation = recite(AgentTurn(malformed="<tool_call>{oops"), AgentTurn(text="Sorry."))
        turns = conversation.say(HELLO).turns
        assert isinstance(turns[2], ToolTurn)
        (result,) = turns[2].results
        assert (result.call_id, result.name, result.is_error) == ("malformed", "", True)
        assert "could not be read" in result.content
        assert isinstance(turns[3], AgentTurn)

    def test_good_calls_beside_a_malformed_one_are_run(self):
        first = call("list_all_product_types").model_copy(update={"malformed": "{"})
        turns = recite(first, AgentTurn(text="Hi.")).say(HELLO).turns
        assert isinstance(turns[2], ToolTurn)
        assert [result.is_error for result in turns[2].results] == [False, True]

    def test_two_conversations_share_no_database(self):
        one, other = recite(write(), AgentTurn(text="Done.")), recite(AgentTurn(text="Hi."))
        one.say(HELLO)
        other.say(HELLO)
        assert (status(one), status(other)) == ("cancelled", "pending")


class TestStops:
    def test_the_user_hangs_up_and_the_verdict_is_there(self):
        listener = Listener()
        episode = scripted(on_event=listener).run()
        assert episode.stop is StopReason.USER_DONE
        assert episode.verdict is not None
        assert episode.verdict.passed
        assert listener.of(Stopped) == [Stopped(StopReason.USER_DONE, episode.verdict)]

    def test_a_transfer_ends_it_at_once(self):
        episode = Conversation(CANCEL, DOMAIN, TransferAgent(DOMAIN), ScriptedUser(CANCEL, DOMAIN)).run()
        assert episode.stop is StopReason.TRANSFERRED
        assert isinstance(episode.turns[-1], ToolTurn)

    def test_a_transfer_that_failed_does_not_end_it(self):
        turns = recite(call("transfer_to_human_agents"), AgentTurn(text="Sorry.")).say(HELLO)
        assert turns.stop is None

    def test_the_limit_counts_agent_turns(self):
        conversation = recite(*[call("list_all_product_types")] * 9, max_agent_turns=4)
        episode = conversation.say(HELLO)
        assert episode.stop is StopReason.LIMIT
        assert len(episode.agent_turns) == 4

    @pytest.mark.parametrize(
        "marker", ["###STOP###", "<stop>", "[END]", "Goodbye! <|im_end|>", "transfer_to_human_agents()"]
    )
    def test_no_word_of_the_agent_can_end_it(self, marker):
        conversation = recite(AgentTurn(text=marker), AgentTurn(text="Yes?"))
        assert conversation.say(HELLO).stop is None
        assert conversation.say(HELLO).stop is None

    def test_an_agent_that_cannot_answer_is_a_failure_on_the_episode(self):
        episode = recite().say(HELLO)
        assert episode.stop is StopReason.FAILURE
        assert "only 0 agent turns" in (episode.failure or "")

    def test_after_a_failure_the_turn_can_be_taken_back(self):
        conversation = recite()
        conversation.say(HELLO)
        assert conversation.undo() == HELLO
        assert conversation.episode.stop is None
        assert conversation.episode.failure is None

    def test_nothing_can_be_said_after_the_end(self):
        conversation = recite(AgentTurn(text="Hi."))
        conversation.finish()
        with pytest.raises(ConversationError, match="has ended"):
            conversation.say(HELLO)

    def test_hanging_up_gives_the_verdict_and_twice_gives_it_again(self):
        conversation = recite(AgentTurn(text="Hi."))
        conversation.say(HELLO)
        verdict = conversation.finish()
        assert verdict is not None
        assert not verdict.passed
        assert conversation.finish() == verdict

    def test_free_talk_has_no_verdict(self):
        conversation = recite(AgentTurn(text="Hi."), task=FREE)
        conversation.say(HELLO)
        assert conversation.finish() is None

    def test_a_polite_agent_of_no_use_fails_and_the_user_gives_up(self):
        episode = Conversation(LOOKUP, DOMAIN, NullAgent(), ScriptedUser(LOOKUP, DOMAIN)).run()
        assert episode.stop is StopReason.USER_DONE
        assert episode.verdict is not None
        assert not episode.verdict.passed


class Failing:
    """A part of a conversation that can only fail in one way."""

    name = "failing"

    def __init__(self, error: TarlError) -> None:
        self.error = error

    def reply(self, turns, on_text=None, cancelled=None) -> AgentTurn:
        raise self.error

    def speak(self, turns) -> UserTurn:
        raise self.error


class TestWhoseFailureItIs:
    def test_a_dialogue_that_outgrows_the_agents_context_counts_and_is_verified(self):
        conversation = Conversation(CANCEL, DOMAIN, Failing(DialogueTooLong("too long")))
        episode = conversation.say(HELLO)
        assert (episode.stop, episode.failure, episode.counts) == (StopReason.CONTEXT, "agent: too long", True)
        assert episode.verdict is not None
        assert not episode.verdict.passed

    def test_an_agent_out_of_reach_does_not_count(self):
        episode = Conversation(CANCEL, DOMAIN, Failing(AgentError("no server"))).say(HELLO)
        assert (episode.stop, episode.counts) == (StopReason.FAILURE, False)

    def test_a_user_out_of_its_part_is_a_user_fault_and_does_not_count(self):
        agent = ScriptedAgent(CANCEL, DOMAIN)
        episode = Conversation(CANCEL, DOMAIN, agent, Failing(UserFault("swapped roles"))).run()
        assert (episode.stop, episode.counts) == (StopReason.USER_FAULT, False)
        assert episode.failure == "user simulator: swapped roles"


class Stubborn:
    """An agent with a bug."""

    name = "stubborn"

    def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
        if len(turns) < 3:
            return write()
        raise ZeroDivisionError


class TestCancelling:
    def test_a_cancelled_turn_leaves_dialogue_and_database_as_before(self):
        conversation = recite(AgentTurn(text="Hi."), write(), AgentTurn(text="Done."))
        before = conversation.say(HELLO)
        polls = iter([False, False, True])
        with pytest.raises(Cancelled):
            conversation.say(UserTurn(text="yes"), cancelled=lambda: next(polls))
        assert conversation.episode == before
        assert status(conversation) == "pending"

    def test_a_cancelled_turn_can_be_said_again(self):
        conversation = recite(AgentTurn(text="Hi."), AgentTurn(text="Done."))
        with pytest.raises(Cancelled):
            conversation.say(HELLO, cancelled=lambda: True)
        assert conversation.say(HELLO).turns[-1].kind == "agent"

    def test_a_run_can_be_stopped_between_turns(self):
        conversation = scripted()
        with pytest.raises(Cancelled):
            conversation.run(cancelled=lambda: len(conversation.episode.turns) >= 2)
        assert conversation.episode.stop is None

    def test_a_bug_propagates_and_leaves_the_dialogue_consistent(self):
        conversation = Conversation(CANCEL, DOMAIN, Stubborn())
        with pytest.raises(ZeroDivisionError):
            conversation.say(HELLO)
        assert conversation.episode.turns == ()
        assert status(conversation) == "pending"


class TestUndo:
    def test_undo_takes_back_the_last_user_turn_and_its_writes(self):
        listener = Listener()
        conversation = recite(AgentTurn(text="Hi."), write(), AgentTurn(text="Done."), on_event=listener)
        before = conversation.say(HELLO)
        conversation.say(UserTurn(text="yes"))
        assert status(conversation) == "cancelled"
        assert conversation.undo() == UserTurn(text="yes")
        assert conversation.episode == before
        assert status(conversation) == "pending"
        assert listener.of(Rewound) == [Rewound(2)]

    def test_undo_keeps_the_writes_that_came_before(self):
        conversation = recite(write(), AgentTurn(text="Done."), AgentTurn(text="Bye."))
        conversation.say(UserTurn(text="yes"))
        conversation.say(UserTurn(text="bye"))
        conversation.undo()
        assert status(conversation) == "cancelled"

    def test_an_ended_conversation_goes_on_after_undo(self):
        conversation = scripted()
        conversation.run()
        conversation.undo()
        assert conversation.episode.verdict is None
        verdict = conversation.run().verdict
        assert verdict is not None
        assert verdict.passed

    def test_with_nothing_said_there_is_nothing_to_undo(self):
        with pytest.raises(ConversationError, match="nothing to undo"):
            recite().undo()

    def test_scores_of_removed_turns_are_forgotten(self):
        conversation = scripted(judge=ReferenceJudge(DOMAIN))
        conversation.step()
        conversation.step()
        conversation.undo()
        scores = conversation.episode.judgements[0].scores
        assert {score.turn for score in scores} == {index for index, _ in conversation.episode.agent_turns}


class OutOfReach:
    """A judge whose service does not answer."""

    name = "out of reach"

    def judge(self, episode: Episode) -> Judgement:
        raise AgentError("the judge's service does not answer")


class TestJudge:
    def test_each_agent_turn_is_scored_as_it_ends_with_its_results(self):
        listener = Listener()
        conversation = scripted(judge=ReferenceJudge(DOMAIN), on_event=listener)
        conversation.step()
        conversation.step()
        scored = {event.score.turn for event in listener.of(Scored)}
        assert scored == {index for index, _ in conversation.episode.agent_turns}
        first_tool = next(n for n, event in enumerate(listener.events) if _is_tool(event))
        first_call = listener.events[first_tool - 1]
        assert isinstance(first_call, TurnAdded)
        assert isinstance(listener.events[first_tool + 1], Scored)

    def test_the_whole_judgement_lies_on_the_episode(self):
        episode = scripted(judge=ReferenceJudge(DOMAIN)).run()
        assert len(episode.judgements[0].scores) == len(episode.agent_turns)

    def test_a_judge_out_of_reach_is_noted_and_ends_nothing(self):
        listener = Listener()
        conversation = recite(AgentTurn(text="Hi."), judge=OutOfReach(), on_event=listener)
        assert conversation.say(HELLO).stop is None
        assert "does not answer" in conversation.notes[0]
        assert listener.of(Noted)

    def test_an_episode_that_was_not_judged_in_the_end_is_a_failure_of_the_infrastructure(self):
        listener = Listener()
        conversation = scripted(judge=OutOfReach(), on_event=listener)
        episode = conversation.run()
        assert (episode.stop, episode.counts) == (StopReason.FAILURE, False)
        assert episode.failure == "judge: the judge's service does not answer"
        assert episode.verdict is not None
        assert listener.of(Stopped) == [Stopped(StopReason.FAILURE, episode.verdict)]


def _is_tool(event: Event) -> bool:
    return isinstance(event, TurnAdded) and isinstance(event.turn, ToolTurn)


class Dictating:
    """Says one thing, letter by letter."""

    name = "dictating"

    def __init__(self, text: str) -> None:
        self.text = text

    def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
        for letter in self.text:
            on_text(letter)
        return AgentTurn(text=self.text)


class Slow(Pico):
    """A voice that takes its time."""

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        time.sleep(0.5)
        yield from super().stream(text, voice)


class Late(Pico):
    """A voice that begins with a third of a second of silence."""

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        del text, voice
        yield Audio(np.concatenate([np.zeros(4800, np.float32), np.full(1600, 0.5, np.float32)]), 16_000)


class TestVoice:
    @pytest.fixture(autouse=True)
    def _own_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
        monkeypatch.setenv("TARL_HOME", str(tmp_path))
        settings.cache_clear()
        yield
        settings.cache_clear()

    def test_the_answer_is_spoken_sentence_by_sentence_and_kept(self):
        listener = Listener()
        conversation = recite(
            AgentTurn(text="Hello there. How can I help?"), voice=Voice(Pico(), "en-US"), on_event=listener
        )
        turn = conversation.say(HELLO).turns[-1]
        assert isinstance(turn, AgentTurn)
        assert turn.audio is not None
        pieces = listener.of(SpeechPiece)
        assert [piece.index for piece in pieces] == [1, 1]
        kept = audio.load(turn.audio)
        assert len(kept.samples) == sum(len(piece.audio.samples) for piece in pieces)
        assert np.abs(kept.samples).max() > 0.01
        assert turn.timing is not None
        assert turn.timing.voice is not None

    def test_an_answer_has_no_silence_before_its_first_sound_and_keeps_its_pauses(self):
        listener = Listener()
        recite(AgentTurn(text="Hello there. How can I help?"), voice=Voice(Late(), "en-US"), on_event=listener).say(HELLO)
        quiet = [int(np.flatnonzero(np.abs(piece.audio.samples) > 0.01)[0]) for piece in listener.of(SpeechPiece)]
        assert quiet == [160, 4800]  # at 16 kHz: 10 ms, and the 0.3 s of that voice

    def test_the_first_sound_comes_while_the_answer_is_still_being_written(self):
        listener = Listener()
        voice = Voice(Pico(), "en-US")
        Conversation(CANCEL, DOMAIN, Dictating("Hello there. How can I help?"), voice=voice, on_event=listener).say(HELLO)
        kinds = [type(event) for event in listener.events if isinstance(event, TextPiece | SpeechPiece | TurnAdded)]
        first = kinds.index(SpeechPiece)
        assert TextPiece in kinds[:first]
        assert TextPiece in kinds[first:]
        assert kinds.count(SpeechPiece) == 2
        assert "".join(event.text for event in listener.of(TextPiece)) == "Hello there. How can I help?"

    def test_speaking_is_not_counted_as_the_agents_time(self):
        conversation = recite(AgentTurn(text="Hello there. How can I help?"), voice=Voice(Slow(), "en-US"))
        turn = conversation.say(HELLO).turns[-1]
        assert isinstance(turn, AgentTurn)
        assert turn.timing is not None
        assert turn.timing.total is not None
        assert turn.timing.voice is not None
        assert turn.timing.total < turn.timing.voice

    def test_a_voice_that_fails_is_noted_and_ends_nothing(self):
        conversation = recite(AgentTurn(text="Hello there. How can I help?"), voice=Voice(Pico(), "no such voice"))
        turn = conversation.say(HELLO).turns[-1]
        assert isinstance(turn, AgentTurn)
        assert turn.audio is None
        assert "no such voice" in conversation.notes[0]
        assert len(conversation.notes) == 1  # not once a phrase

    def test_tool_calls_are_not_spoken(self):
        listener = Listener()
        recite(write(), AgentTurn(text="Done."), voice=Voice(Pico(), "en-US"), on_event=listener).say(HELLO)
        assert [piece.index for piece in listener.of(SpeechPiece)] == [3]

    def test_it_can_be_cancelled_while_it_speaks(self):
        conversation = recite(AgentTurn(text="Hello there. How can I help?"), voice=Voice(Pico(), "en-US"))
        polls = iter([False, False, True])
        with pytest.raises(Cancelled):
            conversation.say(HELLO, cancelled=lambda: next(polls))
        assert conversation.episode.turns == ()


class TestEvents:
    def test_text_comes_before_its_turn_and_turns_come_in_order(self):
        listener = Listener()
        episode = scripted(on_event=listener).run()
        added = listener.of(TurnAdded)
        assert tuple(event.turn for event in added) == episode.turns
        assert [event.index for event in added] == list(range(len(episode.turns)))
        texts = [event.text for event in listener.of(TextPiece)]
        assert "".join(texts) == "".join(turn.text for _, turn in episode.agent_turns)


# --- an agent outside ---------------------------------------------------------------------------------------------------


def outside(**more) -> Conversation:
    return Conversation(CANCEL, DOMAIN, "theirs", ScriptedUser(CANCEL, DOMAIN), **more)


def test_an_agent_outside_takes_its_turns_one_by_one():
    conversation, agent = outside(judge=ReferenceJudge(DOMAIN)), ScriptedAgent(CANCEL, DOMAIN)
    while conversation.episode.stop is None:
        conversation.step()
        while conversation.episode.stop is None:
            turn = agent.reply(conversation.episode.turns)
            conversation.act(turn)
            if not turn.tool_calls:
                break
    inside = scripted(judge=ReferenceJudge(DOMAIN)).run()
    episode = conversation.episode
    assert episode.agent == "theirs"
    assert (episode.verdict, episode.stop) == (inside.verdict, inside.stop)
    assert [score.score for score in episode.judgements[0].scores] == [score.score for score in inside.judgements[0].scores]


def test_what_an_agent_outside_cannot_do_is_told():
    conversation = outside(max_agent_turns=1)
    with pytest.raises(ConversationError, match="nothing in this turn"):
        conversation.act(AgentTurn(text=" "))
    with pytest.raises(ConversationError, match="is not outside"):
        scripted().act(AgentTurn(text="Hello."))
    conversation.act(AgentTurn(malformed="{"))
    assert conversation.episode.stop is StopReason.LIMIT
    with pytest.raises(ConversationError, match="has ended"):
        conversation.act(AgentTurn(text="Hello."))


def test_a_conversation_that_is_abandoned_does_not_count():
    conversation = outside()
    conversation.act(AgentTurn(text="Hello."))
    episode = conversation.abandon("nobody is there")
    assert (episode.stop, episode.failure, episode.counts) == (StopReason.FAILURE, "nobody is there", False)
    assert conversation.abandon("again").failure == "nobody is there"


class _BrokenJudge:
    name = "broken"

    def judge(self, episode: Episode) -> Judgement:
        raise ZeroDivisionError


def test_a_bug_while_an_agent_outside_acts_leaves_the_dialogue_and_the_database_as_they_were():
    conversation = outside(judge=_BrokenJudge())
    with pytest.raises(ZeroDivisionError):
        conversation.act(AgentTurn(tool_calls=(CANCEL.gold[-1],)))
    assert conversation.episode.turns == ()
    assert conversation.tools.changes() == ()
