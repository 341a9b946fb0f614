"""How many written forms come back from the ear as they were meant, when a voice says them and Whisper hears it.

    python benchmarks/spoken_forms.py [--voice pico:en-US] [--limit N] [--misses] [--json]

The 200 forms of ``tests/world/spoken_forms.tsv`` (refusals, streets, sums, ranges, money, times, dates, units, ids ...) are
spoken in the words of ``speakable`` and transcribed by the app's recogniser. The peer in the same run is the voice's own
reading of the written form, by the text analysis that Pico and Flite come with. A form came back when all that a listener
has to recover is in what was heard, in this order; what was heard is brought to words by ``speakable``, and words that sound
the same are the same. With 95 % Wilson intervals.
"""

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs by its path

from tarl_app.core.errors import SpeechError
from tarl_app.core.sound.audio import Audio, decode
from tarl_app.domains import load_domain
from tarl_app.evaluation.measures.intervals import wilson
from tarl_app.language.spoken.numerals import in_digits
from tarl_app.language.text_normalization.spoken_form import speakable
from tarl_app.speech import BULK_VOICE, Voice, load_hearing, load_voice
from tarl_app.speech.pico import RATE, Pico
from tarl_app.speech.programs import Flite

RETAIL = load_domain("retail").spoken
FORMS = Path(__file__).resolve().parents[1] / "tests" / "world" / "spoken_forms.tsv"
_SAME_SOUND = {
    "to": "two",
    "too": "two",
    "for": "four",
    "won": "one",
    "ate": "eight",
    "oh": "zero",
    "o": "zero",
    "know": "no",
}
_SAME_SOUND |= {
    "pence": "pennies",
    "oclock": "clock",
    "buy": "by",
    "bye": "by",
    "misses": "missus",
    "mrs": "missus",
    "litres": "liters",
}

Say = Callable[[str], Audio | None]


@dataclass(frozen=True)
class Form:
    """A written form, and what a listener must recover of it, in words."""

    kind: str
    written: str
    recovered: tuple[str, ...]


def read_forms(limit: int | None = None) -> list[Form]:
    """The list of forms; of ``limit`` every so many-th, so that all kinds are among them."""
    with FORMS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    forms = [Form(row["kind"], row["written"], tuple(row["recovered"].split("; "))) for row in rows]
    return forms if limit is None else forms[:: max(1, len(forms) // limit)][:limit]


def sounds_of(text: str) -> list[str]:
    """The words of a text as they sound: small, single letters joined, one spelling for words that sound alike."""
    words = re.findall(r"[a-z]+", speakable(text).lower().replace("'", ""))
    joined: list[str] = []
    for word in words:
        if len(word) == 1 and word not in "ao" and joined and joined[-1].startswith("."):
            joined[-1] += word
        else:
            joined.append(f".{word}" if len(word) == 1 and word not in "ao" else word)
    plain = (word.lstrip(".") for word in joined)
    return [_SAME_SOUND.get(word, word) for word in plain]


def came_back(recovered: Sequence[str], heard: str) -> bool:
    """Whether all that must be recovered was heard, one after the other, in words or in digits; spaces do not count."""
    in_words = _in_order(map(sounds_of, recovered), sounds_of(heard))
    return in_words or _in_order(map(_digits_of, recovered), _digits_of(re.sub(r"(?<=\d),(?=\d{3})", "", heard)))


def _digits_of(text: str) -> list[str]:
    return re.findall(r"\w+", in_digits(text.lower().replace(" point ", ".").replace("-", " ")))


def _in_order(facts: Iterable[list[str]], heard: list[str]) -> bool:
    text, at = f" {' '.join(heard)} ", 0
    for fact in facts:
        wanted = r"\s*".join(map(re.escape, fact))
        found = re.compile(rf"(?<=\s){wanted}(?=\s)").search(text, at)
        if found is None:
            return False
        at = found.end()
    return True


def own_reading(voice: Voice) -> Say | None:
    """The voice's own way with written text; None for an engine that has none of its own."""
    engine, name = voice.engine, voice.voice
    if isinstance(engine, Pico):
        return lambda text: _pico(engine, name, text)
    if isinstance(engine, Flite):
        return lambda text: _flite(engine.path, name, text)
    return None


def _pico(engine: Pico, voice: str, text: str) -> Audio:
    pcm = engine.engine.speak(text, voice=voice, speed=engine.speed)
    return Audio((np.frombuffer(pcm, dtype="<i2") / 32768.0).astype(np.float32), RATE)


def _flite(program: str, voice: str, text: str) -> Audio | None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "spoken.wav"
        done = subprocess.run([program, "-voice", voice, "-t", text, "-o", str(target)], check=False, capture_output=True)
        return decode(target) if done.returncode == 0 and target.exists() else None


def say(voice: Voice) -> Say:
    """The voice as the app uses it."""

    def spoken(text: str) -> Audio | None:
        try:
            return voice.say(text)
        except SpeechError:  # nothing to say
            return None

    return spoken


@dataclass(frozen=True)
class Result:
    """How many forms came back, with the interval of their share, and of each kind."""

    right: int
    of: int
    interval: tuple[float, float]
    kinds: dict[str, str]


def measure(speak: Say, hear: Callable[[Audio], str], forms: Sequence[Form], misses: bool = False) -> Result:
    """How many forms came back, in all and of each kind."""
    right: dict[str, list[bool]] = {}
    for form in forms:
        audio = speak(form.written)
        heard = hear(audio) if audio is not None else ""
        right.setdefault(form.kind, []).append(came_back(form.recovered, heard))
        if misses and not right[form.kind][-1]:
            print(f"{form.written!r:40} {speakable(form.written)!r:60} {heard!r}", file=sys.stderr)
    total = sum(map(sum, right.values()))
    interval = wilson(total, len(forms))
    kinds = {kind: f"{sum(found)} of {len(found)}" for kind, found in right.items()}
    return Result(total, len(forms), (round(interval.low, 3), round(interval.high, 3)), kinds)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="How many written forms come back from the ear as they were meant.")
    parser.add_argument("--voice", default=BULK_VOICE, help="ENGINE:VOICE")
    parser.add_argument("--limit", type=int, help="forms; default: all")
    parser.add_argument("--misses", action="store_true", help="print what did not come back on standard error")
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    options = parser.parse_args()
    voice, forms = load_voice(options.voice), read_forms(options.limit)
    hear = partial(load_hearing().transcribe, spoken=RETAIL)
    peer = own_reading(voice)
    ours = measure(say(voice), hear, forms, options.misses)
    theirs = measure(peer, hear, forms) if peer is not None else None
    found = {"voice": voice.name, "speakable": asdict(ours), "own reading": asdict(theirs) if theirs is not None else None}
    if options.json:
        print(json.dumps(found))
        return
    for name, row in (("speakable", ours), ("the voice's own reading", theirs)):
        if row is not None:
            print(f"{name}: {row.right} of {row.of} came back (95 %: {row.interval[0]} to {row.interval[1]})")
            print("  " + ", ".join(f"{kind} {count}" for kind, count in row.kinds.items()))


if __name__ == "__main__":
    main()
