"""Where turns end: after finished sentences, in pauses within sentences; and what interrupts the agent that should not.

    python benchmarks/turn_taking.py [--voices flite:slt,flite:rms,espeak:en-gb] [--eagerness auto] [--silence 500] [--json]

The turn detection of ``/v1/realtime`` hears sounds in pieces of 20 ms, on a clock of its own: the seconds of a core that a
computation takes are added to it, so that other work beside does not count and nothing is played. Ours (``semantic_vad``,
with the words of the recogniser as they come) is reported beside ``server_vad``, which waits for a silence.

``end_of_turn_ms``: from the last speech of a finished sentence to the end of the turn, computing included; p50 and p95.
``cut_off``: of 40 sentences with a pause of 0.4 to 1.2 s where no sentence ends, those that were taken for finished in it.
Half of them pause within a spelled number. ``cut_off_heard``: those of them after which an answer could be heard before the
speaker goes on, if it begins ``--first-sound`` seconds after the turn; the others are joined with what follows.
``false_interruptions``: of 14 back-channels and 6 synthetic coughs on top of a speaking agent, those for which it stops;
``plain`` by voice activity alone. ``interruptions_heard``: of 20 that are meant, and after how much of the caller's sound.

The pause is put between two words in the sound of the whole sentence, so the voice sounds as one that goes on. The rules
were made with flite:slt, flite:rms and espeak:en-gb at hand, on these sentences; ``--unseen`` has others, which were not
looked at, and pico:en-GB is a voice that was not (docs/decisions/turn-taking.md).
"""

import argparse
import asyncio
import base64
import json
import statistics
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs by its path

from tarl_app import wiring
from tarl_app.core.domain import Domain
from tarl_app.core.sound.audio import Audio
from tarl_app.domains import load_domain
from tarl_app.evaluation.measures.intervals import wilson
from tarl_app.language.spoken.unfinished import completeness
from tarl_app.realtime.call.joining import Earlier
from tarl_app.realtime.call.parts import Parts
from tarl_app.realtime.listening.input_buffer import InputBuffer
from tarl_app.realtime.listening.turn_detection import Change, Detection, SemanticVad, ServerVad, TurnDetector
from tarl_app.realtime.turns import Turns
from tarl_app.realtime.wire.audio import PCM, encode
from tarl_app.realtime.wire.config import Config
from tarl_app.speech import Voice, load_hearing, load_voice
from tarl_app.speech.resample import resample
from tarl_app.speech.smart_turn import load_smart_turn
from tarl_app.speech.vad import STEP, Probabilities

RATE, PIECE = 16_000, 0.02
SENTENCES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
LISTENING, INTERRUPTING = (SENTENCES[name] for name in ("listening", "interrupting"))
COUGHS = 6
PAUSES = (0.4, 0.6, 0.8, 1.0, 1.2)


def end_of_speech(sound: Audio) -> float:
    """Seconds until its last chunk of speech."""
    found = Probabilities(sound.rate).add(np.concatenate([sound.samples, np.zeros(RATE, np.float32)]))
    return STEP * (1 + max((place for place, one in enumerate(found) if one >= ServerVad.threshold - 0.15), default=0))


@cache
def spoken(voice: Voice, text: str) -> Audio:
    """The sentence until its last speech."""
    sound = resample(voice.say(text), RATE)
    return Audio(sound.samples[: round(end_of_speech(sound) * RATE)], RATE)


def mark(sound: Audio, before: str, after: str) -> tuple[float, float]:
    """About where the word before the mark ends, and how far off that may be, both in seconds.

    By the times of Whisper's words where it hears as many as there are, otherwise by the share of letters.
    """
    hearing: Any = load_hearing()
    segments, _ = hearing.model.transcribe(sound.samples, language="en", beam_size=1, word_timestamps=True)
    found = [word for segment in segments for word in segment.words]
    if len(found) == len((before + after).split()):
        place = len(before.split())
        return (found[place - 1].end + found[place].start) / 2, 0.08
    weights = [sum(letter.isalnum() + 3 * (letter in ",.") for letter in text) for text in (before, after)]
    return sound.seconds * weights[0] / sum(weights), 0.3


def quietest(samples: np.ndarray, around: tuple[float, float]) -> int:
    """The quietest sample within so many seconds of that time."""
    power = np.convolve(samples**2, np.ones(400) / 400, "same")
    middle, width = int(around[0] * RATE), int(around[1] * RATE)
    low = max(RATE // 10, middle - width)
    return low + int(np.argmin(power[low : max(low + 1, min(len(samples) - RATE // 10, middle + width))]))


@cache
def with_pause(voice: Voice, marked: str, pause: float) -> tuple[Audio, float]:
    """The sentence with that silence at its mark, and where the silence ends, in seconds."""
    before, _, after = marked.partition("|")
    sound = spoken(voice, before + after.lstrip())
    samples = sound.samples
    cut = quietest(samples, mark(sound, before, after))
    silence = np.zeros(round(pause * RATE), np.float32)
    return Audio(np.concatenate([samples[:cut], silence, samples[cut:]]), RATE), cut / RATE + pause


Words = Callable[[Audio], tuple[str, float]]
"""What was said, and after how many seconds that is known."""


def recogniser(agent: str, domain: Domain) -> Words:
    """The agent's own ear, or Whisper."""
    if wiring.hears(agent):
        made: Any = wiring.make_agent(agent, domain.tasks("dev")[0], domain)

        def by_ear(sound: Audio) -> tuple[str, float]:
            began, found = time.process_time(), list[tuple[str, float]]()
            made.hear_ahead((), sound, lambda text: found.append((text, time.process_time() - began)))
            return found[0]

        return by_ear
    hearing = load_hearing()

    def by_whisper(sound: Audio) -> tuple[str, float]:
        began = time.process_time()
        return hearing.transcribe(sound, domain.spoken), time.process_time() - began

    return by_whisper


def until_stopped(sound: Audio, chosen: Detection, words: Words | None, domain: Domain) -> float | None:
    """When the first turn ended, on the clock of the sound with computing added; None where it has not.

    ``words``: the recogniser, whose answer arrives when it would: its own time after the pause that it was asked in.
    """
    known = 0.0  # when the model of prosody has answered

    def finished(piece: Audio) -> float:
        nonlocal known
        began = time.thread_time()
        try:
            return load_smart_turn()(piece)
        finally:
            known = buffer.clock + time.thread_time() - began

    buffer = InputBuffer(RATE, chosen, finished=finished)
    waiting: tuple[float, float, str] | None = None
    start = 0.0
    for at in range(0, len(sound.samples), int(PIECE * RATE)):
        changes: Sequence[Change] = buffer.add(sound.samples[at : at + int(PIECE * RATE)])
        for change in changes:
            if change.kind == "started":
                start = change.seconds
            elif change.kind == "resumed":
                waiting = None
            elif change.kind == "paused" and words is not None and isinstance(chosen, SemanticVad):
                text, seconds = words(buffer.peek(start, change.seconds))
                waiting = (buffer.clock + seconds, change.spoken, text)
            elif change.kind == "stopped":
                return max(change.seconds, known)
        if waiting is not None and buffer.clock >= waiting[0]:
            buffer.words(waiting[1], completeness(waiting[2], domain.spoken))
            waiting = None
    return None


def measured(
    voice: Voice, chosen: Detection, words: Words | None, domain: Domain, kind: str, limit: int | None, first_sound: float
) -> dict[str, object]:
    """The figures of one voice with one detection; ``kind``: the ending of the lists' names."""
    whole, halves = SENTENCES[f"finished{kind}"][:limit], SENTENCES[f"paused{kind}"][:limit]
    numbers = SENTENCES[f"paused{kind}"][len(SENTENCES[f"paused{kind}"]) // 2 :]
    tail = np.zeros(10 * RATE, np.float32)
    waits: list[float] = []
    for text in whole:
        sound = spoken(voice, text)
        found = until_stopped(Audio(np.concatenate([sound.samples, tail]), RATE), chosen, words, domain)
        waits.append(1000 * ((found or 20.0) - sound.seconds))
    cut: list[str] = []
    heard = 0
    for number, marked in enumerate(halves):
        sound, resumes = with_pause(voice, marked, PAUSES[number % len(PAUSES)])
        found = until_stopped(sound, chosen, words, domain)
        if found is not None and found < resumes + 0.1:
            cut.append(marked)
            heard += found + first_sound < resumes
    waits.sort()
    interval = wilson(len(cut), len(halves))
    return {
        "end_of_turn_ms": {"p50": round(statistics.median(waits)), "p95": round(waits[int(0.95 * len(waits))])},
        "finished": len(waits),
        "cut_off": len(cut),
        "cut_off_in_numbers": sum(one in numbers for one in cut),
        "cut_off_heard": heard,
        "of": len(halves),
        "interval": [round(interval.low, 3), round(interval.high, 3)],
        "cut": cut,
    }


def cough(seed: int) -> Audio:
    """Two bursts of noise, as of air through a tight throat; not a recording of one."""
    rng = np.random.default_rng(seed)
    parts: list[np.ndarray] = []
    for seconds in (rng.uniform(0.12, 0.2), rng.uniform(0.15, 0.25)):
        time_ = np.arange(int(seconds * RATE)) / RATE
        noise = np.convolve(rng.normal(size=len(time_)), np.ones(6) / 6, "same")
        growl = 1 + 0.6 * np.sign(np.sin(2 * np.pi * rng.uniform(90, 160) * time_))
        parts += [0.5 * noise * growl * np.exp(-12 * time_) * np.minimum(1, 80 * time_), np.zeros(int(0.05 * RATE))]
    return Audio(np.concatenate(parts).astype(np.float32), RATE)


class Speaking:
    """An agent that is at work on a long answer and is being heard."""

    busy = speaking = True
    asks = False

    def __init__(self) -> None:
        self.yielded = False

    def interrupted(self, after: str) -> bool:
        """It stops."""
        self.yielded = True
        return False

    def dismissed(self) -> None:
        """Nothing."""

    def said(self, item: str, sound: Audio, silence: float, before: Earlier | None) -> None:
        """Nothing: only whether it was interrupted counts."""

    def paused(self, spoken: float, sound: Audio, before: Earlier | None) -> None:
        """Nothing."""

    def resumed(self) -> None:
        """Nothing."""

    def degraded(self, text: str) -> None:
        """Nothing."""


async def interrupts(sound: Audio, parts: Parts, config: Config) -> float | None:
    """After how many seconds of the sound a speaking agent yields to it; None where it speaks on."""
    agent = Speaking()

    async def compute(function: Callable[[], Any]) -> Any:
        return function()

    turns = Turns(parts, config, agent, lambda kind, **fields: None, compute, lambda: 0.0)
    around = np.zeros(RATE // 2, np.float32)
    samples = resample(Audio(np.concatenate([around, sound.samples, around, around]), RATE), PCM.rate).samples
    for at in range(0, len(samples), PCM.rate // 50):
        piece = Audio(samples[at : at + PCM.rate // 50], PCM.rate)
        await turns.append(base64.b64encode(encode(piece, PCM)).decode())
        await asyncio.sleep(0)
        if agent.yielded:
            return at / PCM.rate - 0.5
    turns.close()
    return None


def on_top(voice: Voice, parts: Parts, limit: int | None) -> dict[str, object]:
    """How often a speaking agent yields, to what it should not, and to what it should."""
    config = parts.config
    listening = {text: spoken(voice, text) for text in LISTENING[:limit]} | {
        f"cough {n}": cough(n) for n in range(COUGHS)[:limit]
    }
    wrong = [name for name, sound in listening.items() if asyncio.run(interrupts(sound, parts, config)) is not None]
    asked = {text: asyncio.run(interrupts(spoken(voice, text), parts, config)) for text in INTERRUPTING[:limit]}
    waits = sorted(one for one in asked.values() if one is not None)
    plain = [
        name
        for name, sound in listening.items()
        if any(one.kind == "started" for one in TurnDetector(RATE, ServerVad()).add(sound.samples))
    ]
    return {
        "false_interruptions": len(wrong),
        "false_interruptions_plain": len(plain),
        "backchannels_and_coughs": len(listening),
        "wrong": wrong,
        "interruptions_heard": len(waits),
        "interruptions": len(asked),
        "unheard": [text for text, one in asked.items() if one is None],
        "yield_latency_ms": {"p50": round(1000 * statistics.median(waits)), "max": round(1000 * waits[-1])}
        if waits
        else None,
    }


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", default="flite:slt,flite:rms,espeak:en-gb")
    parser.add_argument("--eagerness", default="auto", choices=("low", "medium", "high", "auto"))
    parser.add_argument("--silence", type=int, default=500, help="milliseconds of silence that end a turn of server_vad")
    parser.add_argument("--domain", default="retail")
    parser.add_argument("--agent", default="omni-mini", help="whose ear gives the words; without one it is Whisper tiny.en")
    parser.add_argument("--unseen", action="store_true", help="sentences that no rule was made with")
    parser.add_argument(
        "--first-sound", type=float, default=0.5, help="seconds from the end of a turn to the answer's sound"
    )
    parser.add_argument("--skip-on-top", action="store_true", help="only where turns end")
    parser.add_argument("--no-words", action="store_true", help="by prosody alone")
    parser.add_argument("--only-on-top", action="store_true", help="only what interrupts the agent")
    parser.add_argument("--limit", type=int, default=None, help="only the first N of each kind of sentence")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    domain = load_domain(options.domain)
    words = None if options.no_words or options.only_on_top else recogniser(options.agent, domain)
    load_smart_turn()(Audio(np.zeros(RATE, np.float32), RATE))
    sides: dict[str, Detection] = {
        "semantic_vad": SemanticVad(options.eagerness),
        "server_vad": ServerVad(silence_duration_ms=options.silence),
    }
    which = ("_unseen" if options.unseen else "", options.limit, options.first_sound)
    results = [
        {"voice": name, "detection": side, **measured(load_voice(name), chosen, words, domain, *which)}
        for name in options.voices.split(",")
        for side, chosen in sides.items()
        if not options.only_on_top
    ]
    task = domain.tasks("dev")[0]
    parts = Parts("none", task, domain, lambda domain: wiring.make_agent("scripted", task, domain), load_voice, load_hearing)
    top = [
        {"voice": name, **on_top(load_voice(name), parts, options.limit)}
        for name in options.voices.split(",")
        if not options.skip_on_top
    ]
    if options.json:
        chosen = {"eagerness": options.eagerness, "silence_ms": options.silence}
        print(json.dumps({**chosen, "results": results, "on_top": top}))
        return
    for row in results:
        print(
            f"{row['voice']:14} {row['detection']:13} end of turn {row['end_of_turn_ms']} ms,"
            f" cut off {row['cut_off']} of {row['of']} ({row['cut_off_in_numbers']} in numbers,"
            f" {row['cut_off_heard']} with an answer that is heard)"
        )

    for row in top:
        print(
            f"{row['voice']:14} stopped by {row['false_interruptions']} of {row['backchannels_and_coughs']} back-channels"
            f" and coughs (by voice activity alone: {row['false_interruptions_plain']}), by {row['interruptions_heard']} of"
            f" {row['interruptions']} interruptions, after {row['yield_latency_ms']} ms of sound"
        )


if __name__ == "__main__":
    main()
