"""Which Whisper hears service sentences best and fastest: faster-whisper against openai-whisper, on the same weights.

    python benchmarks/speech_to_text.py [--channel phone+noise15] [--voice ENGINE:VOICE] [--n N] [--variants] [--json]

Twenty sentences (``--n``: the first N) with ids, zips, e-mails and amounts are spoken by three voices, or by those that
are named. Reported for each recogniser: word error
rate (Whisper's own ``EnglishTextNormalizer``), how many facts (ids, zips, e-mails, amounts) arrive exactly, and the
cost: CPU seconds per second of sound, which other work on the machine hardly changes, beside the clock's real-time factor.
``--variants`` also decodes greedily and without the prompt.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import jiwer
from whisper.normalizers import EnglishTextNormalizer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs by its path

from tarl_app.core.protocols import SpeechToText
from tarl_app.core.sound.audio import Audio
from tarl_app.core.spoken import Spoken
from tarl_app.domains import load_domain
from tarl_app.speech import AGENT_VOICE, BULK_VOICE, DEFAULT_HEARING, USER_VOICE, load_voice
from tarl_app.speech.channel import channel
from tarl_app.speech.whisper import FasterWhisper, OpenAIWhisper

# sentence, and the facts in it that must arrive exactly
SENTENCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Hi, I would like to return something from order #W4821359.", ("#W4821359",)),
    ("My name is Mei Kovacs and my zip code is 94601.", ("94601",)),
    ("You can find me under mei.kovacs4821@example.com.", ("mei.kovacs4821@example.com",)),
    ("Please cancel order #W7720316, I ordered it by mistake.", ("#W7720316",)),
    ("I'd like to exchange the desk lamp for the brass one.", ()),
    ("Could you ship order #W1093348 to 412 Maple Street, apartment 7, in Denver, Colorado?", ("#W1093348", "412")),
    ("The item id is 9013366374.", ("9013366374",)),
    ("Refund it to the Visa that ends in 4242, please.", ("4242",)),
    ("How much did I pay for the water bottle?", ()),
    ("Your refund of $1,234.50 goes back to your gift card.", ("1234.50",)),
    ("If the blue one is out of stock, I'll take the black one.", ()),
    ("My zip code is 10027, and my last name is Okafor.", ("10027",)),
    ("No, I said order #W5550901, not #W5550910.", ("#W5550901", "#W5550910")),
    ("Yes, please go ahead with the exchange.", ()),
    ("The new item 4417702958 costs $48.20 more.", ("4417702958", "48.20")),
    ("It was delivered on 2026-05-15, but the box was damaged.", ()),
    ("My e-mail is rossi.yusuf0096@mail.example.com.", ("rossi.yusuf0096@mail.example.com",)),
    ("I am sorry, I can't cancel an order that has already been delivered.", ()),
    ("Could I speak to a person about my PayPal account?", ()),
    ("Thank you, that was everything for today.", ()),
)
RETAIL = load_domain("retail").spoken
Hear = Callable[[Audio], str]
VOICE_NAMES = (AGENT_VOICE, USER_VOICE, BULK_VOICE)


@dataclass(frozen=True)
class Result:
    """One recogniser on all sounds: error rates in [0, 1]; CPU and clock seconds per second of sound."""

    recogniser: str
    word_error_rate: float
    facts_exact: float
    cpu_factor: float
    real_time_factor: float
    by_voice: dict[str, float]


@dataclass(frozen=True)
class Sound:
    """One sentence, spoken."""

    voice: str
    text: str
    facts: tuple[str, ...]
    audio: Audio


def speak_all(channel_name: str, voice_names: Sequence[str], count: int) -> list[Sound]:
    """The first ``count`` sentences by every voice, through the channel."""
    line = channel(channel_name)
    voices = [load_voice(name) for name in voice_names]
    return [Sound(voice.name, text, facts, line(voice.say(text))) for voice in voices for text, facts in SENTENCES[:count]]


def measure(recognisers: dict[str, Hear], sounds: list[Sound], verbose: bool) -> list[Result]:
    """Plays each sound to every recogniser in turn."""
    normalise = EnglishTextNormalizer()
    heard: dict[str, list[str]] = {name: [] for name in recognisers}
    clock, cpu = dict.fromkeys(recognisers, 0.0), dict.fromkeys(recognisers, 0.0)
    for recogniser in recognisers.values():
        recogniser(sounds[0].audio)  # the first call also prepares
    for sound in sounds:
        for name, recogniser in recognisers.items():
            start, cpu_start = time.perf_counter(), time.process_time()
            text = recogniser(sound.audio)
            clock[name] += time.perf_counter() - start
            cpu[name] += time.process_time() - cpu_start
            heard[name].append(text)
            if verbose:
                print(f"{name:32} {sound.voice:22} {text}", file=sys.stderr)
    seconds = sum(sound.audio.seconds for sound in sounds)
    facts = sum(len(sound.facts) for sound in sounds)
    results = []
    for name, texts in heard.items():
        both = list(zip(sounds, texts, strict=True))
        exact = sum(fact in text.replace(",", "") for sound, text in both for fact in sound.facts)
        voices = dict.fromkeys(sound.voice for sound in sounds)
        rates = {voice: _error_rate([pair for pair in both if pair[0].voice == voice], normalise) for voice in voices}
        costs = round(cpu[name] / seconds, 4), round(clock[name] / seconds, 4)
        results.append(Result(name, _error_rate(both, normalise), round(exact / facts, 4), *costs, rates))
    return results


def _error_rate(pairs: list[tuple[Sound, str]], normalise: EnglishTextNormalizer) -> float:
    truth, heard = [normalise(sound.text) for sound, _ in pairs], [normalise(text) for _, text in pairs]
    return round(float(jiwer.wer(truth, heard)), 4) if truth else 0.0


def prompted(recogniser: SpeechToText, spoken: Spoken = RETAIL) -> Hear:
    """The recogniser, told what the customers of the shop say."""
    return partial(recogniser.transcribe, spoken=spoken)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Compares two Whispers on spoken service sentences.")
    parser.add_argument("--channel", default="clean", help="clean, phone, noise15, loss5, joined by +")
    parser.add_argument("--voice", action="append", help="ENGINE:VOICE; may be repeated; default: the app's three")
    parser.add_argument("--n", type=int, default=len(SENTENCES), help="sentences")
    parser.add_argument("--variants", action="store_true", help="also greedy and without the prompt")
    parser.add_argument("--verbose", action="store_true", help="print what was heard on standard error")
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    options = parser.parse_args()
    recognisers: dict[str, Hear] = {
        "faster-whisper": prompted(FasterWhisper()),
        "openai-whisper": prompted(OpenAIWhisper()),
    }
    if options.variants:
        recognisers |= {
            "faster-whisper, no prompt": prompted(FasterWhisper(), replace(RETAIL, prompt="")),
            "faster-whisper, greedy": prompted(FasterWhisper(beam_size=1)),
            "openai-whisper, no prompt": prompted(OpenAIWhisper(), replace(RETAIL, prompt="")),
            "openai-whisper, greedy": prompted(OpenAIWhisper(beam_size=1)),
        }
    sounds = speak_all(options.channel, options.voice or VOICE_NAMES, options.n)
    results = measure(recognisers, sounds, options.verbose)
    cost = {result.recogniser: result.cpu_factor for result in results}
    ratio = round(cost["openai-whisper"] / cost["faster-whisper"], 2)
    if options.json:
        found = {"channel": options.channel, "default": DEFAULT_HEARING, "ratio": ratio}
        print(json.dumps({**found, "results": [asdict(result) for result in results]}))
        return
    print(f"{len(sounds)} sounds, channel {options.channel}")
    print(f"{'recogniser':32} {'WER':>7} {'facts':>7} {'CPU':>7} {'RTF':>7}   WER by voice")
    for result in results:
        voices = ", ".join(f"{voice} {rate:.1%}" for voice, rate in result.by_voice.items())
        costs = f"{result.cpu_factor:7.3f} {result.real_time_factor:7.3f}"
        print(f"{result.recogniser:32} {result.word_error_rate:7.1%} {result.facts_exact:7.1%} {costs}   {voices}")
    print(f"openai-whisper takes {ratio} times the CPU time of faster-whisper; the default is {DEFAULT_HEARING}.")


if __name__ == "__main__":
    main()
