"""A conversation in separate steps: what is heard, what is answered, and what was heard of an answer."""

import pytest

from tarl_app.agents.scripted import NullAgent, ReplayAgent
from tarl_app.conversation import LiveConversation
from tarl_app.core.errors import Cancelled, ConversationError
from tarl_app.core.types import AgentTurn, AudioRef, StopReason, Timing, ToolResult, ToolTurn, UserTurn
from tarl_app.domains import load_domain

DOMAIN = load_domain("retail")
CANCEL = next(task for task in DOMAIN.tasks("dev") if task.kind == "cancel")
WRITE = AgentTurn(tool_calls=CANCEL.gold[-1:])
HELLO, DONE = UserTurn(text="Hello."), AgentTurn(text="It is done.")


def recite(*turns: AgentTurn, calls_elsewhere: bool = False) -> LiveConversation:
    made = LiveConversation(CANCEL, DOMAIN, ReplayAgent(turns))
    made.calls_elsewhere = calls_elsewhere
    return made


def never() -> bool:
    return False


def after(steps: int):
    """Becomes true after so many looks."""
    looks = iter([False] * steps)
    return lambda: next(looks, True)


def test_what_was_heard_is_answered_in_a_step_of_its_own():
    conversation = recite(DONE)
    conversation.hear(HELLO)
    conversation.hear(UserTurn(text="Are you there?"))
    assert [turn.kind for turn in conversation.respond(never).turns] == ["user", "user", "agent"]
    with pytest.raises(ConversationError, match="nothing to answer"):
        conversation.respond(never)
    assert conversation.episode.user == "human"


def test_the_time_for_a_transcript_belongs_to_the_answer_that_waited_for_it():
    timing = Timing(hearing=0.1, first_token=0.5, total=1.0)
    conversation = recite(*[AgentTurn(text="It is done.", timing=timing)] * 2)
    conversation.transcription = 2.0
    for _ in range(2):
        conversation.hear(HELLO)
        conversation.respond(never)
    first, second = [turn.timing for _, turn in conversation.episode.agent_turns]
    assert first == Timing(hearing=2.1, first_token=2.5, total=3.0)
    assert second == timing


def test_a_cancelled_answer_keeps_the_calls_that_were_made():
    conversation = recite(WRITE, DONE)
    conversation.hear(HELLO)
    with pytest.raises(Cancelled):
        conversation.respond(after(2))  # it is looked before the agent's turn and after it
    assert [turn.kind for turn in conversation.episode.turns] == ["user", "agent", "tool"]
    conversation.hear(UserTurn(text="Hello?"))
    conversation.respond(never)
    verdict = conversation.finish()
    assert verdict is not None
    assert verdict.passed, verdict


def test_a_bug_leaves_the_dialogue_as_it_was():
    class Broken(NullAgent):
        def reply(self, turns, on_text=None, cancelled=None):
            raise KeyError

    conversation = LiveConversation(CANCEL, DOMAIN, Broken())
    conversation.hear(HELLO)
    with pytest.raises(KeyError):
        conversation.respond(never)
    assert conversation.episode.turns == (HELLO,)


class TestCallsElsewhere:
    def results(self, content: str = "ok", name: str = "") -> ToolTurn:
        return ToolTurn(results=(ToolResult(call_id="c", name=name or WRITE.tool_calls[0].name, content=content),))

    def test_the_agent_waits_for_the_results(self):
        conversation = recite(WRITE, DONE, calls_elsewhere=True)
        conversation.hear(HELLO)
        assert conversation.respond(never).turns[-1].kind == "agent"
        with pytest.raises(ConversationError, match="waits for results"):
            conversation.hear(HELLO)
        conversation.hear(self.results())
        assert conversation.respond(never).turns[-1] == DONE.model_copy(
            update={"timing": conversation.episode.turns[-1].timing}
        )
        with pytest.raises(ConversationError, match="No call waits"):
            conversation.hear(self.results())

    def test_an_unreadable_call_is_answered_here(self):
        conversation = recite(AgentTurn(malformed="{"), DONE, calls_elsewhere=True)
        conversation.hear(HELLO)
        assert [turn.kind for turn in conversation.respond(never).turns] == ["user", "agent", "tool", "agent"]

    def test_a_transfer_ends_the_call(self):
        assert DOMAIN.transfer_tool
        transfer = DOMAIN.transfer_call("too hard")
        assert transfer
        conversation = recite(AgentTurn(tool_calls=(transfer,)), calls_elsewhere=True)
        conversation.hear(HELLO)
        conversation.respond(never)
        conversation.hear(self.results(name=DOMAIN.transfer_tool))
        assert conversation.episode.stop is StopReason.TRANSFERRED


class TestWhatWasHeard:
    def test_of_a_cancelled_answer_is_kept(self):
        conversation = recite(DONE, DONE)
        conversation.hear(HELLO)
        assert conversation.keep(AgentTurn(text="It")) == 1
        conversation.hear(UserTurn(text="Sorry?"))
        assert [turn.kind for turn in conversation.respond(never).turns] == ["user", "agent", "user", "agent"]

    def test_of_an_answer_replaces_it(self):
        conversation = recite(DONE)
        conversation.say(HELLO)
        conversation.amend(1, AgentTurn(text="It is"))
        assert conversation.episode.turns[1] == AgentTurn(text="It is")
        with pytest.raises(ConversationError, match="Only the words"):
            conversation.amend(1, WRITE)
        with pytest.raises(ConversationError, match="Only the words"):
            conversation.amend(1, HELLO)

    def test_an_answer_of_which_nothing_was_heard_is_withdrawn(self):
        conversation = recite(DONE)
        conversation.say(HELLO)
        conversation.withdraw()
        assert conversation.episode.turns == (HELLO,)
        with pytest.raises(ConversationError, match="without calls"):
            conversation.withdraw()

    def test_the_words_of_a_sound_are_those_that_the_agent_recognised(self):
        sound = UserTurn(text="", audio=AudioRef(path="x", seconds=1, sample_rate=16_000))
        conversation = recite(AgentTurn(text="Yes?", heard="hello there"), AgentTurn(text="Yes?", heard="again"))
        conversation.hear(sound)
        conversation.respond(never)
        conversation.say(UserTurn(text="typed"))
        texts = [turn.text for turn in conversation.episode.turns if isinstance(turn, UserTurn)]
        assert texts == ["hello there", "typed"]


def test_a_write_waits_until_it_is_known_whether_somebody_interrupts():
    conversation, looks = recite(WRITE, DONE), []

    def undecided() -> bool:
        looks.append(len(conversation.episode.turns))
        return len(looks) < 4

    conversation.undecided = undecided
    conversation.hear(HELLO)
    conversation.respond(lambda: False)
    assert looks == [1, 1, 1, 1]
    assert [turn.kind for turn in conversation.episode.turns] == ["user", "agent", "tool", "agent"]


def test_a_write_that_waits_is_not_made_when_it_is_an_interruption():
    conversation = recite(WRITE, DONE)
    conversation.undecided = lambda: True
    conversation.hear(HELLO)
    with pytest.raises(Cancelled):
        conversation.respond(after(3))
    assert [turn.kind for turn in conversation.episode.turns] == ["user"]
    assert conversation.may_take_back(0)
