"""Who is cut off and goes on before the answer is heard: one turn, in two items."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.conversation import LiveConversation
from tarl_app.core.errors import ConversationError
from tarl_app.core.sound.audio import Audio
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.core.types import AgentTurn, Episode, Turn, UserTurn
from tarl_app.realtime.call.joining import remainder
from tarl_app.realtime.server import Door
from tarl_app.speech import load_hearing, load_voice
from tarl_app.speech.resample import resample
from tests.realtime.agents import CANCEL, DOMAIN, FREE, Reciter, parts, reciting
from tests.realtime.caller import Caller, calling, run, serving, silence, words

CUSTOMER = load_voice("pico:en-GB")
BEGINNING, END = (resample(CUSTOMER.say(one), 24_000) for one in ("I need some help with", "my order from last week."))
RIGHT = resample(load_voice("pico:en-US").say("Right."), 24_000)
THINKS = AgentTurn(text="...")
LOOK_UP, WRITE = (AgentTurn(tool_calls=(call,)) for call in (CANCEL.gold[0], CANCEL.gold[-1]))


async def listen(caller: Caller) -> None:
    """What was said is told."""
    await caller.update(audio={"input": {"transcription": {"model": "whisper-1"}, "turn_detection": {"type": "server_vad"}}})


async def begin(caller: Caller, agent: Reciter) -> None:
    """The caller pauses for too long, and the agent is at work."""
    await listen(caller)
    await caller.append(BEGINNING)
    await caller.append(silence(0.8))
    await caller.until("response.created")
    await at_work(agent, 1)


async def at_work(agent: Reciter, times: int) -> None:
    """The agent has been asked so often."""
    while len(agent.seen) < times:
        await asyncio.sleep(0.02)


async def go_on(caller: Caller) -> str:
    """The caller goes on, and is answered; the answer."""
    await caller.append(END)
    await caller.append(silence(1.0))
    cut = (await caller.until("response.done"))["response"]
    assert (cut["status"], cut["status_details"]["reason"]) == ("cancelled", "turn_detected")
    assert words(cut) == ""
    return words((await caller.until("response.done"))["response"])


def said(turns: Sequence[Turn]) -> list[str]:
    return [turn.text for turn in turns if isinstance(turn, UserTurn)]


def test_both_parts_are_one_turn_for_agent_and_record_and_two_items_on_the_wire():
    async def work():
        async with calling(port) as caller:
            await begin(caller, agent)
            assert await go_on(caller) == "Gladly."
            joined = caller.of("tarl.joined")[-1]
            told = caller.of("conversation.item.input_audio_transcription.completed")
            items = [event["item_id"] for event in caller.of("input_audio_buffer.committed")]
            assert [joined["joined_item_id"], joined["item_id"]] == items == [event["item_id"] for event in told]
            assert "help" in told[0]["transcript"]
            assert "help" not in told[1]["transcript"]
            assert "order" in told[1]["transcript"]
            assert all(word in joined["transcript"] for word in ("help", "order"))
            assert not caller.of("conversation.item.deleted")

    kept: list[Episode] = []
    agent, made = reciting(THINKS, AgentTurn(text="Gladly."), keep=kept.append)
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    (whole,) = said(agent.seen[-1])
    assert "help" in whole
    assert "order" in whole
    (call,) = kept
    assert [turn.kind for turn in call.turns] == ["user", "agent"]
    first = call.turns[0]
    assert isinstance(first, UserTurn)
    assert first.audio is not None
    assert first.audio.seconds > BEGINNING.seconds + END.seconds - 0.5
    assert call.turn_taking is not None
    assert (call.turn_taking.turns, call.turn_taking.continued, call.turn_taking.interruptions) == (1, 1, 0)


def test_a_third_part_belongs_to_it_too():
    async def work():
        async with calling(port) as caller:
            await begin(caller, agent)
            await caller.append(END)
            await caller.append(silence(0.8))
            await caller.until("tarl.joined")
            await at_work(agent, 2)
            assert await go_on(caller) == "Gladly."

    agent, made = reciting(THINKS, THINKS, AgentTurn(text="Gladly."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert len(said(agent.seen[-1])) == 1
    assert [turn.kind for turn in agent.seen[-1]] == ["user"]


def test_what_was_looked_up_meanwhile_is_taken_back():
    async def work():
        async with calling(port) as caller:
            await begin(caller, agent)
            await caller.until("tarl.tool", status="completed")
            assert await go_on(caller) == "Gladly."

    agent, made = reciting(LOOK_UP, THINKS, AgentTurn(text="Gladly."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert [[turn.kind for turn in turns] for turns in agent.seen] == [["user"], ["user", "agent", "tool"], ["user"]]


def test_what_was_written_stays_and_the_rest_is_a_turn_of_its_own():
    async def work():
        async with calling(port) as caller:
            await begin(caller, agent)
            await caller.until("tarl.tool", status="completed")
            assert await go_on(caller) == "It is cancelled."
            assert not caller.of("tarl.joined")

    agent, made = reciting(WRITE, THINKS, AgentTurn(text="It is cancelled."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert [turn.kind for turn in agent.seen[-1]] == ["user", "agent", "tool", "user"]
    assert "help" not in said(agent.seen[-1])[1]


def test_what_was_heard_of_the_answer_stays():
    async def work():
        async with calling(port) as caller:
            await begin(caller, agent)
            await caller.until("response.output_audio.delta")
            await caller.append(END)
            await caller.append(silence(1.0))
            await caller.until("response.done")
            await caller.until("response.done")
            assert not caller.of("tarl.joined")

    agent, made = reciting(AgentTurn(text="With what, please? I..."), AgentTurn(text="Gladly."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert len(said(agent.seen[-1])) == 2


class Gated(Reciter):
    """Answers when it may."""

    def __init__(self, *turns: AgentTurn) -> None:
        super().__init__(*turns)
        self.may = threading.Event()

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        waits = len(self.turns) > 1
        self.seen.append(tuple(turns))
        while waits and not self.may.wait(0.01):
            pass
        return super().reply(turns, on_text, cancelled)


class Slow:
    """A recogniser that understands words on top of the agent late."""

    name = "slow"

    def __init__(self, text: str) -> None:
        self.text, self.may = text, threading.Event()

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        if audio.seconds < 1.0:
            self.may.wait(60)
            return self.text
        return load_hearing().transcribe(audio, spoken)


async def doubt(caller: Caller, agent: Gated) -> None:
    """The caller says something on top of an agent that has not spoken yet, and nobody knows what; then it would answer."""
    await begin(caller, agent)
    await caller.append(RIGHT)
    await caller.append(silence(0.4))
    await caller.until("tarl.speech_detected")
    await asyncio.sleep(0.2)
    agent.may.set()
    await asyncio.sleep(0.8)


def test_the_agent_does_not_begin_on_top_of_who_may_go_on():
    async def work():
        async with calling(port) as caller:
            await doubt(caller, agent)
            hearing.may.set()
            await caller.until("tarl.false_interruption")
            assert not caller.of("response.output_audio.delta")
            assert words((await caller.until("response.done"))["response"]) == "With what?"
            assert caller.of("response.output_audio.delta")

    hearing, agent = Slow("Mm-hmm."), Gated(AgentTurn(text="With what?"), AgentTurn(text="Gladly."))
    with serving(Door(lambda model, task: parts(lambda domain: agent, FREE, hearing=lambda: hearing))) as port:
        run(work)


def test_nothing_is_written_while_somebody_may_interrupt():
    async def work():
        async with calling(port) as caller:
            await doubt(caller, agent)
            hearing.may.set()
            assert (await caller.until("response.done"))["response"]["status"] == "cancelled"
            await caller.append(silence(1.0))
            assert words((await caller.until("response.done"))["response"]) == "As you wish."
            assert not caller.of("tarl.tool")
            assert caller.of("tarl.joined")

    hearing, agent = Slow("No, stop."), Gated(WRITE, AgentTurn(text="As you wish."))
    with serving(Door(lambda model, task: parts(lambda domain: agent, FREE, hearing=lambda: hearing))) as port:
        run(work)


def test_only_the_last_turn_can_be_taken_back():
    conversation = LiveConversation(FREE, DOMAIN, Reciter(AgentTurn(text="Yes?"), AgentTurn(text="Sure.")))
    for text in ("Hello.", "Help me."):
        conversation.hear(UserTurn(text=text))
        conversation.respond(lambda: False)
    with pytest.raises(ConversationError):
        conversation.take_back(0)
    conversation.take_back(2)
    assert said(conversation.episode.turns) == ["Hello."]
    conversation.close()


@given(st.lists(st.sampled_from(["the", "my", "order", "two", "w"])), st.lists(st.sampled_from(["blue", "lamp", "is"])))
def test_the_remainder_are_the_words_that_were_added(before: list[str], after: list[str]):
    whole = " ".join([*before, *after])
    assert remainder(whole, " ".join(before)) == " ".join(after)


def test_the_remainder_does_not_need_the_same_words():
    assert remainder("I need help with my order.", "I need help width.") == "my order."
    assert remainder("Hello.", "Goodbye my friend") == ""
