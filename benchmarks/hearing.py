"""What the agent's own ear gets of a voice, against Whisper on the same sounds.

    python benchmarks/hearing.py [--agent omni-mini] [--voice flite:slt] [--channel phone+noise15] [--set talk] [--n N]
        [--room SECONDS] [--letters-alone] [--recordings FILE] [--json]

Six sets of sentences that training has not seen are spoken:

- ``dictation``: order ids, zips, names, e-mails; another seed than the recipe's;
- ``talk``: what customers say on dev tasks in held-out wordings;
- ``natural``: what customers typed in the labelled calls of ``tests/data/people``;
- ``letters``: names, and codes that are no words, letter by letter;
- ``words``: names with a word for most letters, as in ``benchmarks/names.py --by-words``;
- ``repeats``: order ids and zips in which digits follow themselves, called double and triple or said one by one.

Or, with ``--recordings FILE``, recordings of people: a line each with a sound file's path, a tab and what is said in it.

With ``--room SECONDS`` they are said in a room whose sound fades by 60 dB in that time, two metres from the microphone: the
image source method of ``pyroomacoustics``, which is not how training makes its rooms.

The ear is the agent's own; with ``--letters-alone`` it is also measured without Whisper's decoder. The peer is the
recogniser of the app (faster-whisper). Reported for each, with 95 % Wilson intervals: numbers of which every digit arrived
and none more, e-mails and spelled words that arrived letter for letter, word errors, and CPU seconds per second of sound.
"""

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.signal import fftconvolve

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs by its path

from benchmarks.names import callers
from tarl_app.agents.omni.audio.encoder_input import listen, log_mel
from tarl_app.agents.omni.audio.projector import AudioProjector
from tarl_app.agents.omni.model.checkpoint import shared_checkpoint
from tarl_app.agents.omni.model.layout import audio_tower
from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.settings import settings
from tarl_app.core.sound.audio import Audio, decode
from tarl_app.core.types import UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.recipe.codes import with_runs
from tarl_app.domains.retail.recipe.dictation import dictation
from tarl_app.domains.retail.world import LAST_NAMES
from tarl_app.evaluation.measures.intervals import wilson
from tarl_app.evaluation.measures.word_errors import word_edits
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard
from tarl_app.language.spoken.spelling import join_letters, letters
from tarl_app.speech import load_hearing, load_voice
from tarl_app.speech.channel import Channel, channel
from tarl_app.users.scripted import scripted_user

RETAIL = load_domain("retail").spoken
PEOPLE = Path(__file__).resolve().parents[1] / "tests" / "data" / "people"
SEED = 4242  # of the sentences; the recipe's are 0 and 1
FACTS = {
    "order ids": re.compile(r"(?<=W)\d{7}\b"),
    "zips": re.compile(r"(?<![\w@.])\d{5}(?![\w@])"),
    "e-mails": re.compile(r"[\w.]+@[\w.]+\w"),
}
SPELLED = (
    "My last name is spelled {name}.",
    "The confirmation code is {code}.",
    "Let me spell that, {name}.",
    "It says {code} on the label.",
)
REPEATED = (
    "My order is W {order}.",
    "The zip code is {zip}.",
    "It's order number W {order}, I think.",
    "Zip {zip}, please.",
)
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TIMES = ("", "double ", "triple ")
RUNS = (1, 1, 2, 3)  # lengths of the runs of a digit
Hear = Callable[[Audio], str]


@dataclass(frozen=True)
class Sentence:
    """What is spoken, and by their kinds the facts in it that must arrive."""

    text: str
    facts: Mapping[str, Sequence[str]]


def written(text: str) -> Sentence:
    """A sentence whose facts are those that can be read in it."""
    return Sentence(text, {name: pattern.findall(text) for name, pattern in FACTS.items()})


def spelled(count: int) -> list[Sentence]:
    """Names of the shop and codes of five letters, by turns, letter by letter."""
    rng, found = random.Random(SEED), list[Sentence]()
    for number in range(count):
        word = rng.choice(LAST_NAMES) if number % 2 == 0 else "".join(rng.choices(ascii_uppercase, k=5))
        text = SPELLED[number % len(SPELLED)].format(name=letters(word), code=letters(word))
        found.append(Sentence(text, {"spelled names" if number % 2 == 0 else "spelled codes": [word]}))
    return found


def repeated(count: int) -> list[Sentence]:
    """Order ids and zips, by turns, with runs of a digit: four in which these are called double, four digit by digit."""
    rng, found = random.Random(SEED), list[Sentence]()
    for number in range(count):
        digits, doubled = with_runs(rng, 7 if number % 2 == 0 else 5, RUNS), number % 8 < 4
        parts = ["".join(run) for _, run in groupby(digits)] if doubled else digits
        said = " ".join(TIMES[len(part) - 1] + DIGITS[int(part[0])] for part in parts)
        text = REPEATED[number % len(REPEATED)].format(order=said, zip=said)
        found.append(Sentence(text, {"double digits" if doubled else "digit after digit": [digits]}))
    return found


def arrived(fact: str, heard: str) -> bool:
    """Whether a fact is in what was heard as a whole: a number with a digit too many is another one."""
    if fact.isalpha():
        return re.search(rf"\b{fact}\b", join_letters(heard), re.IGNORECASE) is not None
    found = normalise_heard(heard, RETAIL)
    if fact.isdecimal():
        return re.search(rf"(?<!\d){fact}(?!\d)", re.sub(r"(?<=\d)[\s.,-]+(?=\d)", "", found)) is not None
    return re.search(rf"(?<![\w.+-]){re.escape(fact)}(?![\w-]|\.\w)", found, re.IGNORECASE) is not None


def talk(count: int) -> list[str]:
    """What customers say in held-out wordings: a sample of the turns of the scripted pair on dev tasks."""
    domain, said = load_domain("retail"), dict[str, None]()
    for seed, task in enumerate(domain.tasks("dev")):
        agent = ScriptedAgent(task, domain, seed)
        conversation = Conversation(task, domain, agent, user=scripted_user(task, domain, seed, "held_out"), seed=seed)
        said |= dict.fromkeys(turn.text for turn in conversation.run().turns if isinstance(turn, UserTurn))
        conversation.close()
    return random.Random(SEED).sample(sorted(said), min(count, len(said)))


SETS: dict[str, Callable[[int], list[Sentence]]] = {
    "dictation": lambda count: [written(text) for text in dictation(count, SEED)],
    "talk": lambda count: [written(text) for text in talk(count)],
    "natural": lambda count: [written(text) for text in natural(count)],
    "letters": spelled,
    "words": lambda count: [written(said[1]) for _, said in callers(count, words=True)],
    "repeats": repeated,
}


def natural(count: int) -> list[str]:
    """What customers typed in the labelled calls of people (``tests/data/people``): a sample of their sentences."""
    said = {
        turn["text"]: None
        for name in ("judge-cases.jsonl", "more-cases.jsonl")
        for line in (PEOPLE / name).read_text(encoding="utf-8").splitlines()
        for turn in json.loads(line)["turns"]
        if turn["kind"] == "user"
    }
    return random.Random(SEED).sample(sorted(said), min(count, len(said)))


def recordings(file: Path) -> list[tuple[Sentence, Audio]]:
    """The recordings that the file lists, with paths from its folder on, and what is said in them."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        path, tab, text = line.partition("\t")
        if not tab:
            sys.exit(f"{file}: a line has a path, a tab and a text: {line[:60]!r} has not.")
        found.append((written(text), decode(file.parent / path)))
    return found


def room(seconds: float) -> Channel:
    """A room of 5 by 4 by 3 metres with that reverberation time (RT60)."""
    import pyroomacoustics  # of requirements-dev.txt

    size = [5.0, 4.0, 3.0]

    @cache
    def response(rate: int) -> npt.NDArray[np.float64]:
        absorption, order = pyroomacoustics.inverse_sabine(seconds, size)
        box = pyroomacoustics.ShoeBox(size, fs=rate, materials=pyroomacoustics.Material(absorption), max_order=order)
        box.add_source([1.5, 1.2, 1.6])
        box.add_microphone([3.0, 2.5, 1.4])
        box.compute_rir()
        assert box.rir is not None
        return np.asarray(box.rir[0][0])

    def reverberate(audio: Audio) -> Audio:
        found = fftconvolve(audio.samples, response(audio.rate))
        found *= np.abs(audio.samples).max() / np.abs(found).max()
        return Audio(found.astype(np.float32), audio.rate)

    return reverberate


def ear(agent: str, letters_alone: bool = False) -> Hear:
    """The words that the agent's projector takes a sound for; ``letters_alone``: by its CTC head and n-gram."""
    loaded = shared_checkpoint(agent)
    projector = audio_tower(loaded.thinker).proj
    decoder = projector.attention if isinstance(projector, AudioProjector) else None

    def hear(audio: Audio) -> str:
        if isinstance(projector, AudioProjector):
            projector.attention = None if letters_alone else decoder
        with torch.inference_mode():
            (heard,) = listen(loaded.thinker, [log_mel(audio)])
        if heard.recognition is None:
            sys.exit(f"{agent} has no ear that recognises words.")
        return heard.recognition.text

    return hear


def measure(hear: Hear, sounds: Sequence[tuple[Sentence, Audio]]) -> dict[str, object]:
    """One listener on all sounds of a set."""
    facts: dict[str, list[bool]] = {}
    edits = words = 0
    cpu = 0.0
    for sentence, audio in sounds:
        start = time.process_time()
        heard = hear(audio)
        cpu += time.process_time() - start
        wrong, meant = word_edits(sentence.text, heard, RETAIL)
        edits, words = edits + wrong, words + meant
        for kind, wanted in sentence.facts.items():
            facts.setdefault(kind, []).extend(arrived(fact, heard) for fact in wanted)
    row: dict[str, object] = {"word_error_rate": round(edits / words, 4)}
    for name, right in facts.items():
        if right:
            interval = wilson(sum(right), len(right))
            row[name] = {
                "right": sum(right),
                "of": len(right),
                "interval": [round(interval.low, 3), round(interval.high, 3)],
            }
    row["cpu_factor"] = round(cpu / sum(audio.seconds for _, audio in sounds), 4)
    return row


def by_set(results: Sequence[Mapping[str, Any]], agent: str) -> dict[str, dict[str, Any]]:
    """The main figures of each set by the first channel: word errors of the ear and of Whisper, and the ear's order ids."""
    rows = {(row["set"], row["listener"]): row for row in reversed(results)}
    return {
        row["set"]: {
            "wer": rows[row["set"], agent]["word_error_rate"],
            "whisper_wer": rows[row["set"], "whisper"]["word_error_rate"],
            "ids": rows[row["set"], agent].get("order ids"),
        }
        for row in results
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="What the agent's own ear gets of a voice, against Whisper.")
    parser.add_argument("--agent", default="omni-mini")
    parser.add_argument("--voice", default="flite:slt", help="ENGINE:VOICE, one that training has not heard")
    parser.add_argument("--channel", action="append", help="clean, phone, noise15, joined by +; may be repeated")
    parser.add_argument("--room", type=float, metavar="SECONDS", help="a room's reverberation time, 0.2 to 1")
    parser.add_argument("--set", action="append", choices=SETS, help="default: all; may be repeated")
    parser.add_argument("--n", type=int, default=150, help="sentences of each set")
    parser.add_argument("--letters-alone", action="store_true", help="also without Whisper's decoder")
    parser.add_argument("--recordings", type=Path, metavar="FILE", help="recordings instead: PATH, tab, TEXT a line")
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    options = parser.parse_args()
    if options.room is not None and not 0.2 <= options.room <= 1:
        parser.error("--room is between 0.2 and 1 second")
    torch.set_num_threads(settings().threads)
    recogniser = load_hearing()
    listeners: dict[str, Hear] = {
        options.agent: ear(options.agent),
        "whisper": partial(recogniser.transcribe, spoken=RETAIL),
    }
    if options.letters_alone:
        listeners["letters alone"] = ear(options.agent, letters_alone=True)
    if options.recordings is not None:
        spoken = {"recordings": recordings(options.recordings)}
    else:
        voice = load_voice(options.voice)
        sentences = {name: SETS[name](options.n) for name in options.set or SETS}
        spoken = {name: [(one, voice.say(one.text)) for one in own] for name, own in sentences.items()}
    if options.room is not None:
        around = room(options.room)
        spoken = {name: [(one, around(audio)) for one, audio in own] for name, own in spoken.items()}
    results: list[dict[str, object]] = []
    for name in options.channel or ["clean", "phone+noise15"]:
        line = channel(name)
        for kind, sounds in spoken.items():
            passed = [(sentence, line(audio)) for sentence, audio in sounds]
            for listener, hear in listeners.items():
                hear(passed[0][1])  # the first call also prepares
                results.append({"channel": name, "set": kind, "listener": listener, **measure(hear, passed)})
    if options.json:
        measured = {"agent": options.agent, "voice": options.voice, "room": options.room, "n": options.n}
        print(json.dumps({**measured, "sets": by_set(results, options.agent), "results": results}))
        return
    for row in results:
        print(", ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
