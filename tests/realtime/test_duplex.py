"""A simulated caller who talks while the agent does: over a real session, with real sound, on a clock of sound."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tarl_app.conversation import LiveConversation
from tarl_app.core.errors import Cancelled
from tarl_app.core.types import AgentTurn, Episode, UserTurn
from tarl_app.realtime.simulated.call import Outcome, hold_call
from tarl_app.realtime.simulated.clock import SoundClock
from tarl_app.speech import load_voice
from tarl_app.users.floor import Floor, Manner, with_pause
from tests.realtime.agents import FREE, VOICE, Reciter, parts

CUSTOMER = load_voice("pico:en-GB")
ANSWER = "Your order has left our warehouse on Monday. It will be with you by the end of the week, I hope."
NEVER = Manner(interrupts=0.0, backchannels=0.0, hesitates=0.0)


class Reader:
    """A customer who says the given sentences, and hangs up."""

    name = "reader"

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences
        self.knows: list[str] = []

    def speak(self, turns):
        said = sum(isinstance(turn, UserTurn) for turn in turns)
        self.knows = [turn.text for turn in turns if isinstance(turn, AgentTurn)]
        return UserTurn(text=self.sentences[said]) if said < len(self.sentences) else None


class Pensive(Reciter):
    """Takes longer than a hesitation."""

    def reply(self, turns, on_text=None, cancelled=None):
        until = time.monotonic() + 1.5
        while time.monotonic() < until and not (cancelled and cancelled()):
            time.sleep(0.01)
        if cancelled and cancelled():
            raise Cancelled("The turn was stopped.")
        return super().reply(turns, on_text, cancelled)


def call(manner: Manner, user: Reader, *answers: str, seed: str = "0", agent: type[Reciter] = Reciter) -> Outcome:
    talks = agent(*(AgentTurn(text=answer) for answer in answers))
    made = replace(parts(lambda domain: talks, FREE), finished=lambda: lambda sound: 0.9)

    def make(on_event):
        return LiveConversation(FREE, made.domain, talks, on_event=on_event)

    return hold_call(made, make, user, Floor(manner, seed), lambda text: load_voice(VOICE.replace("US", "GB")).say(text))


def words(episode: Episode) -> str:
    return " ".join(turn.text for turn in episode.turns if isinstance(turn, UserTurn)).lower()


def test_a_call_is_held_to_its_end_and_latencies_are_those_that_the_caller_has():
    user = Reader("Where is my order?", "Thank you, goodbye.")
    outcome = call(NEVER, user, ANSWER, "You are welcome.")
    assert outcome.seconds > 10  # of sound
    episode, taken = outcome.episode, outcome.episode.turn_taking
    assert [turn.kind for turn in episode.turns] == ["user", "agent", "user", "agent"]
    assert episode.user == "reader, full duplex"
    assert "order" in words(episode)
    assert user.knows == [ANSWER, "You are welcome."]
    assert taken is not None
    assert (taken.turns, taken.responses, taken.agent_interruptions, taken.backchannels) == (2, 2, 0, 0)
    told = [turn.timing.response_latency for turn in episode.turns if isinstance(turn, AgentTurn) and turn.timing]
    assert len(outcome.latencies) == len(told) == 2
    assert list(outcome.latencies) == pytest.approx(told, abs=1.0)


def test_an_interruption_that_is_meant_cuts_the_answer():
    outcome = call(
        Manner(interrupts=1.0, backchannels=0.0, hesitates=0.0),
        Reader("Where is it?", "Stop, never mind that, please."),
        ANSWER,
        "As you wish.",
    )
    taken = outcome.episode.turn_taking
    assert taken is not None
    assert (taken.interruptions_meant, taken.interruptions_yielded, taken.interruptions) == (1, 1, 1)
    first = next(turn for turn in outcome.episode.turns if isinstance(turn, AgentTurn))
    assert first.text
    assert ANSWER.startswith(first.text)
    assert first.text != ANSWER


def test_a_back_channel_leaves_the_floor_to_the_agent():
    outcome = call(
        Manner(interrupts=0.0, backchannels=1.0, hesitates=0.0), Reader("Where is my order?"), ANSWER, "Yes?", seed="1"
    )
    taken = outcome.episode.turn_taking
    assert taken is not None
    assert taken.backchannels == 1
    assert taken.backchannels_kept == 1 - taken.interruptions
    assert taken.turns == 1 + taken.interruptions


def test_who_hesitates_says_one_turn():
    user = Reader("I would like to know where my order from last week is.")
    manner = Manner(interrupts=0.0, backchannels=0.0, hesitates=1.0)

    async def held() -> Outcome:  # whoever calls may have an event loop
        return call(manner, user, ANSWER, ANSWER, agent=Pensive)

    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(lambda: asyncio.run(held())).result()
    taken = outcome.episode.turn_taking
    assert taken is not None
    assert sum(isinstance(turn, UserTurn) for turn in outcome.episode.turns) == 1
    assert taken.turns == 1
    assert all(word in words(outcome.episode) for word in ("like", "week"))


class TestFloor:
    def test_the_same_seed_decides_the_same(self):
        one, other = (Floor(Manner(), "7") for _ in range(2))
        assert [one.plan(ANSWER, 6.0) for _ in range(20)] == [other.plan(ANSWER, 6.0) for _ in range(20)]
        assert one.parts(ANSWER) == other.parts(ANSWER)
        assert 0.2 <= one.reaction == other.reaction <= 0.6

    def test_rates_are_kept(self):
        floor = Floor(Manner(interrupts=0.2, backchannels=0.5, hesitates=0.3), "7")
        plans = [floor.plan(ANSWER, 6.0) for _ in range(1000)]
        assert 150 < sum(plan.interrupt is not None for plan in plans) < 250
        assert 340 < sum(plan.backchannel is not None for plan in plans) < 460
        assert 240 < sum(len(floor.parts(ANSWER)[0]) == 2 for _ in range(1000)) < 360

    def test_a_question_is_heard_before_it_is_answered(self):
        floor = Floor(Manner(interrupts=1.0), "7")
        cuts = [floor.plan("Is it the blue one?", 4.0).interrupt for _ in range(50)]
        assert all(cut is not None and 3.0 <= cut < 4.0 for cut in cuts)

    def test_a_short_message_leaves_no_room_for_a_back_channel(self):
        floor = Floor(Manner(interrupts=0.0, backchannels=1.0), "7")
        assert all(floor.plan("Yes.", 1.0).backchannel is None for _ in range(50))

    def test_a_hesitation_is_silence_between_two_sounds(self):
        floor = Floor(Manner(hesitates=1.0), "7")
        parts, pause = floor.parts("I would like to know it.")
        assert " ".join(parts).replace(",", "") == "I would like to know it."
        sounds = [CUSTOMER.say(part) for part in parts]
        assert with_pause(sounds, pause).seconds == pytest.approx(sum(one.seconds for one in sounds) + pause, abs=0.01)
        assert with_pause(sounds[:1], pause).seconds == sounds[0].seconds


def test_the_clock_skips_silence_and_leaves_out_what_the_caller_computes():
    clock = SoundClock()
    clock.skip_to(5.0)
    assert 5.0 <= clock() < 6.0
    clock.skip_to(1.0)
    assert clock() >= 5.0
    before = clock()
    with clock.stopped():
        time.sleep(0.3)
    assert clock() - before < 0.25
