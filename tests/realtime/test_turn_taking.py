"""Where the caller's turns end, and what is heard of them before they do."""

import asyncio
import threading
from dataclasses import replace

import pytest

from tarl_app.core.errors import AssetError
from tarl_app.core.sound.audio import Audio
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.core.types import AgentTurn, Episode
from tarl_app.realtime.filler import words_of
from tarl_app.realtime.server import Door
from tarl_app.speech import load_hearing, load_voice
from tarl_app.speech.resample import resample
from tests.realtime.agents import CANCEL, DOMAIN, Held, reciting
from tests.realtime.caller import Caller, calling, run, serving, silence, words

CUSTOMER = load_voice("pico:en-GB")
MHM = resample(load_voice("pico:en-US").say("Right."), 24_000)
QUESTION = resample(CUSTOMER.say("Where is my order?"), 24_000)
SEMANTIC = {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}}}


def test_without_the_weights_silence_ends_a_turn_and_that_is_told():
    def missing():
        raise AssetError("smart-turn: not in the cache, and the app is offline.")

    async def work():
        async with calling(port) as caller:
            await caller.connection.session.update(session={"type": "realtime", "audio": SEMANTIC})  # pyright: ignore
            told = await caller.refusal()
            assert told["code"] == "degraded"
            assert "silence and words alone" in told["message"]
            await caller.append(QUESTION)
            await caller.append(silence(1.0))
            assert (await caller.until("response.done"))["response"]["status"] == "completed"

    _, made = reciting(AgentTurn(text="On its way."))
    with serving(Door(lambda model, task: replace(made, finished=missing))) as port:
        run(work)


def test_the_model_of_prosody_ends_a_turn():
    asked: list[float] = []

    def finished(sound: Audio) -> float:
        asked.append(sound.seconds)
        return 0.9

    async def work():
        async with calling(port) as caller:
            shown = await caller.update(audio=SEMANTIC)
            assert shown["audio"]["input"]["turn_detection"]["eagerness"] == "high"
            await caller.append(QUESTION)
            await caller.append(silence(0.6))
            assert (await caller.until("response.done"))["response"]["status"] == "completed"

    _, made = reciting(AgentTurn(text="On its way."))
    with serving(Door(lambda model, task: replace(made, finished=lambda: finished))) as port:
        run(work)
    assert asked
    assert all(0.3 < seconds <= 8 for seconds in asked)


SENTENCE = "Your order has left our warehouse on Monday. It will be with you by the end of the week, I hope."


class Words:
    """A recogniser that always understands the same."""

    name = "words"

    def __init__(self, text: str) -> None:
        self.text = text

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        return self.text


async def ask(caller: Caller) -> None:
    """The agent answers at length, and is being heard."""
    await caller.write("Where is my order?")
    await caller.connection.response.create()
    await caller.until("response.output_audio.delta")


class TestOnTopOfTheAgent:
    def test_a_back_channel_does_not_interrupt(self):
        async def work():
            async with calling(port) as caller:
                await ask(caller)
                await caller.append(MHM)
                await caller.append(silence(0.6))
                told = await caller.until("tarl.false_interruption")
                detected = caller.of("tarl.speech_detected")[-1]
                assert told["item_id"] == detected["item_id"]
                assert (told["reason"], told["transcript"]) == ("backchannel", "Mm-hmm.")
                assert told["audio_end_ms"] > told["audio_start_ms"] == detected["audio_start_ms"]
                await caller.connection.response.cancel()
                done = (await caller.until("response.done"))["response"]
                assert done["status_details"]["reason"] == "client_cancelled"
                assert not caller.of("input_audio_buffer.speech_started")
                assert not caller.of("input_audio_buffer.committed")

        _, made = reciting(AgentTurn(text=f"{SENTENCE} And then..."), hearing=lambda: Words("Mm-hmm."))
        with serving(Door(lambda model, task: made)) as port:
            run(work)

    def test_a_short_word_that_is_none_does(self):
        async def work():
            async with calling(port) as caller:
                await ask(caller)
                await caller.append(MHM)
                await caller.append(silence(1.0))
                await caller.until("input_audio_buffer.speech_started")
                assert (await caller.until("response.done"))["response"]["status"] == "cancelled"
                await caller.until("input_audio_buffer.committed")
                assert words((await caller.until("response.done"))["response"]) == "Yes?"
                assert not caller.of("tarl.false_interruption")

        _, made = reciting(AgentTurn(text=f"{SENTENCE} And..."), AgentTurn(text="Yes?"), hearing=lambda: Words("Stop!"))
        with serving(Door(lambda model, task: made)) as port:
            run(work)

    def test_yes_to_a_question_is_an_answer(self):
        async def work():
            async with calling(port) as caller:
                await ask(caller)
                await caller.append(MHM)
                await caller.append(silence(1.0))
                await caller.until("input_audio_buffer.speech_started")
                assert words([await caller.until("response.done") for _ in range(2)][-1]["response"]) == "Done."

        _, made = reciting(AgentTurn(text="Is it yours? Well..."), AgentTurn(text="Done."), hearing=lambda: Words("Yeah."))
        with serving(Door(lambda model, task: made)) as port:
            run(work)

    def test_a_question_that_was_not_put_yet_has_no_answer(self):
        async def work():
            async with calling(port) as caller:
                await ask(caller)
                await caller.append(MHM)
                await caller.append(silence(0.6))
                assert (await caller.until("tarl.false_interruption"))["transcript"] == "Yeah."

        asks = AgentTurn(text=f"{' '.join([SENTENCE] * 5)} Is that all? Well...")
        _, made = reciting(asks, hearing=lambda: Words("Yeah."))
        with serving(Door(lambda model, task: made)) as port:
            run(work)

    def test_less_than_a_third_of_a_second_is_a_cough(self):
        async def work():
            async with calling(port) as caller:
                await ask(caller)
                await caller.append(Audio(MHM.samples[: int(0.25 * MHM.rate)], MHM.rate))
                await caller.append(silence(0.6))
                assert (await caller.until("tarl.false_interruption"))["reason"] == "short"

        _, made = reciting(AgentTurn(text=f"{SENTENCE} And then..."), hearing=lambda: Words("Stop!"))
        with serving(Door(lambda model, task: made)) as port:
            run(work)

    def test_who_is_cut_off_in_the_middle_of_a_word_does_not_keep_the_answer_back(self):
        async def work():
            async with calling(port) as caller:
                await ask(caller)
                await caller.append(Audio(MHM.samples[: int(0.25 * MHM.rate)], MHM.rate))
                await caller.until("tarl.speech_detected")
                assert (await caller.until("tarl.false_interruption"))["reason"] == "silent_line"
                assert not caller.of("input_audio_buffer.speech_started")

        _, made = reciting(AgentTurn(text=f"{SENTENCE} And then..."))
        with serving(Door(lambda model, task: made)) as port:
            run(work)

    def test_without_a_recogniser_it_is_an_interruption(self):
        def missing():
            raise AssetError("whisper: not in the cache, and the app is offline.")

        async def work():
            async with calling(port) as caller:
                await ask(caller)
                await caller.append(MHM)
                await caller.append(silence(0.4))
                await caller.until("input_audio_buffer.speech_started")

        _, made = reciting(AgentTurn(text=f"{SENTENCE} And then..."), hearing=missing)
        with serving(Door(lambda model, task: made)) as port:
            run(work)

    def test_what_follows_a_back_channel_is_heard(self):
        async def work():
            async with calling(port) as caller:
                await ask(caller)
                await caller.append(MHM)
                await caller.append(silence(0.15))
                await caller.append(resample(CUSTOMER.say("Wait, stop, I have another question."), 24_000))
                await caller.until("input_audio_buffer.speech_started")
                await caller.append(silence(1.0))
                await caller.until("input_audio_buffer.committed")

        _, made = reciting(AgentTurn(text=f"{SENTENCE} And..."), AgentTurn(text="Yes?"), hearing=lambda: Words("Mm-hmm."))
        with serving(Door(lambda model, task: made)) as port:
            run(work)

    def test_while_the_agent_is_silent_every_word_is_a_turn(self):
        async def work():
            async with calling(port) as caller:
                await caller.append(MHM)
                await caller.append(silence(1.0))
                await caller.until("input_audio_buffer.committed")
                assert not caller.of("tarl.speech_detected")

        _, made = reciting(AgentTurn(text="Yes?"), hearing=lambda: Words("Mm-hmm."))
        with serving(Door(lambda model, task: made)) as port:
            run(work)


def test_who_had_the_floor_is_stored_with_the_call():
    async def work():
        async with calling(port) as caller:
            await caller.append(QUESTION)
            await caller.append(silence(0.8))
            await caller.until("response.output_audio.delta")
            await caller.append(resample(CUSTOMER.say("Wait, stop, I have another question."), 24_000))
            await caller.append(silence(0.8))
            assert (await caller.until("response.done"))["response"]["status"] == "cancelled"
            await caller.until("response.done")
            timing = caller.of("tarl.timing")[-1]
            assert 0.5 <= timing["end_of_turn"] < 0.6
            assert timing["response_latency"] == pytest.approx(timing["end_of_turn"] + timing["first_sound"])

    kept: list[Episode] = []
    _, made = reciting(AgentTurn(text=f"{SENTENCE} And..."), AgentTurn(text="Yes?"), keep=kept.append)
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    (call,) = kept
    assert call.turn_taking is not None
    assert (call.turn_taking.turns, call.turn_taking.responses, call.turn_taking.interruptions) == (2, 2, 1)
    assert 0.3 < call.turn_taking.yield_latencies[0] < 1.5
    said = call.turns[-1]
    assert isinstance(said, AgentTurn)
    assert said.timing is not None
    assert said.timing.response_latency


class TestFillers:
    @staticmethod
    def call(*steps: AgentTurn, go: threading.Event, **more):
        held = replace(DOMAIN, open=lambda: Held(DOMAIN.open(), go))
        return reciting(*steps, domain=held, filler_seconds=0.05, **more)

    def test_a_slow_tool_is_bridged_and_not_twice_in_a_row(self):
        go = threading.Event()
        look_up = AgentTurn(tool_calls=CANCEL.gold[:1])

        async def work():
            async with calling(port) as caller:
                await caller.manual()
                await caller.write("Where is my order?")
                await caller.connection.response.create()
                told = await caller.until("tarl.filler")
                assert told["text"] == "One moment."
                await caller.until("response.output_item.done")
                assert caller.heard().seconds > 0.4
                cut = {"item_id": told["item_id"], "content_index": 0, "audio_end_ms": 100}
                await caller.connection.conversation.item.truncate(**cut)
                go.set()
                first = (await caller.until("response.done"))["response"]
                go.clear()
                await caller.write("And the other one?")
                await caller.connection.response.create()
                await caller.until("tarl.tool", status="in_progress")
                await asyncio.sleep(0.5)
                go.set()
                second = (await caller.until("response.done"))["response"]
                assert [words(first).split()[-2:], words(second)] == [["its", "way."], "Delivered."]
                assert len(caller.of("tarl.filler")) == 1

        answers = (AgentTurn(text="On its way."), AgentTurn(text="Delivered."))
        agent, made = self.call(look_up, answers[0], look_up, answers[1], go=go)
        with serving(Door(lambda model, task: made)) as port:
            run(work)
        assert [turn.kind for turn in agent.seen[-1]] == ["user", "agent", "tool", "agent", "user", "agent", "tool"]
        assert not any(getattr(turn, "text", "") == "One moment." for turn in agent.seen[-1])

    def test_there_is_none_where_it_is_off(self):
        go = threading.Event()

        async def work():
            async with calling(port) as caller:
                await caller.manual()
                await caller.write("Where is my order?")
                await caller.connection.response.create()
                await caller.until("tarl.tool", status="in_progress")
                await asyncio.sleep(0.3)
                go.set()
                await caller.until("response.done")
                assert not caller.of("tarl.filler")

        _, made = self.call(AgentTurn(tool_calls=CANCEL.gold[:1]), AgentTurn(text="On its way."), go=go)
        with serving(Door(lambda model, task: replace(made, filler_seconds=0.0))) as port:
            run(work)

    @pytest.mark.parametrize(
        ("voice", "said"), [("espeak:de", "Einen Moment."), ("pico:en-GB", "One moment."), ("kokoro:jm_kumo", "One moment.")]
    )
    def test_it_is_in_the_voices_language(self, voice, said):
        assert words_of(voice) == said


class Counted:
    """The recogniser, which counts what it is given."""

    name = "counted"

    def __init__(self) -> None:
        self.heard: list[float] = []

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        self.heard.append(audio.seconds)
        return load_hearing().transcribe(audio, spoken)


def test_what_was_heard_in_the_pause_is_not_heard_again():
    hearing = Counted()

    async def work():
        async with calling(port) as caller:
            await caller.update(audio={"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 5_000}}})
            await caller.append(QUESTION)
            await caller.append(silence(1.0))
            await caller.until("input_audio_buffer.speech_started")
            while not hearing.heard:  # it is heard ahead, long before the turn is over
                await asyncio.sleep(0.02)
            await caller.append(silence(5.0))
            await caller.until("response.done")
            (told,) = caller.of("conversation.item.input_audio_transcription.completed") or [{"transcript": "order"}]
            assert "order" in told["transcript"]

    agent, made = reciting(AgentTurn(text="On its way."), hearing=lambda: hearing)
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert len(hearing.heard) == 1
    (said,) = agent.seen[0]
    assert said.kind == "user"
    assert "order" in said.text


def test_what_was_heard_in_a_pause_is_thrown_away_when_more_comes():
    hearing = Counted()

    async def work():
        async with calling(port) as caller:
            await caller.update(audio={"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 3_000}}})
            await caller.append(QUESTION)
            await caller.append(silence(0.5))
            while not hearing.heard:
                await asyncio.sleep(0.02)
            await caller.append(resample(CUSTOMER.say("I need it on Friday."), 24_000))
            await caller.append(silence(3.5))
            await caller.until("response.done")

    agent, made = reciting(AgentTurn(text="On its way."), hearing=lambda: hearing)
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    (said,) = agent.seen[0]
    assert said.kind == "user"
    assert "order" in said.text
    assert "Friday" in said.text
    assert hearing.heard[-1] > hearing.heard[0] + 1
