"""Who is calling, by what the agent's ear got of a name: word spotting against the nearest name in the text.

    python benchmarks/names.py [--agent omni-mini] [--voice flite:slt] [--channel phone+noise15] [--n 100] [--by-words]
        [--json]

Customers of ``train`` give their names, and spell them twice when they are not found, with ``--by-words`` with a word for
most letters ("B as in bottle", with words that neither the simulated customers nor the ear's training use). After each
utterance both sides name the one whom they would look up. Ours is what the agent does
(``agents/omni/decoding/arguments/spoken_names.py``): names are found by the letters' probabilities in everything that was
heard. The naive side compares all whole names of the shop with the recognised text: the smallest edit distance to any words
in a row, spelled letters joined. Same sounds, same ear."""

import argparse
import json
import random
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs by its path

from tarl_app.agents.omni.audio.encoder_input import listen, log_mel
from tarl_app.agents.omni.audio.keyword_spotting import Recognition, plain
from tarl_app.agents.omni.decoding.arguments.argument_candidates import candidates
from tarl_app.agents.omni.decoding.arguments.argument_kinds import argument_kinds
from tarl_app.agents.omni.model.checkpoint import shared_checkpoint
from tarl_app.core.settings import settings
from tarl_app.core.types import AudioRef, UserTurn
from tarl_app.domains import load_domain
from tarl_app.evaluation.measures.intervals import wilson
from tarl_app.language.spoken.spelling import join_letters, letters
from tarl_app.speech import load_voice
from tarl_app.speech.channel import channel

SEED = 5
RUN = 6  # words that a whole name may have been heard as
GIVEN = (
    "Yep, that's {name}, with zip code {zip}.",
    "The account is for {name}, my postcode is {zip}.",
    "{name} in {zip}.",
    "I'm registered as {name}, postal code {zip}.",
    "Hey there. What was the total amount of order #W4839592? You can find me as {name}, postal code {zip}.",
)
SPELLED = (
    "Weird. The surname goes {last}, given name {first}. In {zip}.",
    "I'll say it slowly. Surname {last}, and I go by {first}. Postcode {zip}.",
    "Letter by letter: {name}, {first}, {last}, postal code {zip}.",
    "Did you type it right? Name: {name}, {first}, {last}. In {zip}.",
)
WORDS = (
    "anchor bottle candle drum engine flower garlic honey igloo jungle kettle lemon mirror needle olive pencil quilt ribbon "
    "saddle table umbrella velvet window xylophone yogurt zipper"
)
"""Neither simulated customers nor the ear's training use them."""
WORD_OF = {word[0].upper(): word for word in WORDS.split()}
BY_A_WORD = 0.6
"""Share of the letters that are said with a word."""
Name = tuple[str, str]


def by_words(name: str, rng: random.Random) -> str:
    """``K as in kettle, A, O as in olive``."""
    said = (f"{one} as in {WORD_OF[one]}" if rng.random() < BY_A_WORD else one for one in plain(name).upper())
    return ", ".join(said)


def callers(count: int, words: bool = False) -> list[tuple[Name, list[str]]]:
    """Customers of train who know their zip, and what each says: the name, and twice more, spelled, also by ``words``."""
    rng, found = random.Random(SEED), dict[Name, str]()
    for task in load_domain("retail").tasks("train"):
        for call in task.gold:
            if call.name == "find_user_id_by_name_zip":
                found[call.arguments["first_name"], call.arguments["last_name"]] = call.arguments["zip"]
    chosen = rng.sample(sorted(found.items()), min(count, len(found)))
    said = []
    for (first, last), zip_code in chosen:
        sentences = []
        for kind in (GIVEN, SPELLED, SPELLED):
            spelled = [by_words(name, rng) if words else letters(name) for name in (first, last)]
            told = {"name": f"{first} {last}", "first": spelled[0], "last": spelled[1], "zip": zip_code}
            sentences.append(rng.choice(kind).format(**told))
        said.append(((first, last), sentences))
    return said


def spotted(heard: Sequence[Recognition]) -> Name | None:
    """Whom the agent would look up."""
    turns = [
        UserTurn(text="", audio=AudioRef(path=str(number), seconds=1, sample_rate=16_000)) for number in range(len(heard))
    ]
    return next(iter(candidates(load_domain("retail"), turns, lambda ref: heard[int(ref.path)]).called), None)


def nearest(heard: Sequence[Recognition]) -> Name | None:
    """The name of the shop that is nearest to some words in a row of any text."""
    kinds = argument_kinds(load_domain("retail"))
    names = [(first, last) for first in kinds.first for last in kinds.last]
    joined = [plain(first + last) for first, last in names] + [plain(last + first) for first, last in names]
    best: tuple[float, Name] | None = None
    for one in heard:
        words = re.findall(r"[^\W\d_]+", join_letters(one.text).casefold())
        runs = {"".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + RUN, len(words)) + 1)}
        if runs:
            distance = cdist(joined, sorted(runs), scorer=Levenshtein.normalized_distance).min(axis=1)
            index = int(np.argmin(distance))
            if best is None or distance[index] < best[0]:
                best = float(distance[index]), names[index % len(names)]
    return best[1] if best else None


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Who is calling: word spotting against the nearest name in the text.")
    parser.add_argument("--agent", default="omni-mini")
    parser.add_argument("--voice", default="flite:slt", help="ENGINE:VOICE, one that training has not heard")
    parser.add_argument("--channel", default="clean", help="clean, phone, noise15, joined by +")
    parser.add_argument("--n", type=int, default=100, help="callers")
    parser.add_argument("--by-words", action="store_true", help="spelled with words for letters")
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    options = parser.parse_args()
    torch.set_num_threads(settings().threads)
    loaded, voice, line = shared_checkpoint(options.agent), load_voice(options.voice), channel(options.channel)
    right = {side.__name__: np.zeros(3, int) for side in (spotted, nearest)}
    said = callers(options.n, options.by_words)
    for name, sentences in said:
        heard: list[Recognition] = []
        for number, sentence in enumerate(sentences):
            with torch.inference_mode():
                (found,) = listen(loaded.thinker, [log_mel(line(voice.say(sentence)))])
            if found.recognition is None:
                sys.exit(f"{options.agent} has no ear that recognises words.")
            heard.append(found.recognition)
            for side in (spotted, nearest):
                right[side.__name__][number] += side(heard) == name
    rows = {
        side: [{"right": int(k), "of": len(said), "share": round(int(k) / len(said), 3)} for k in counts]
        for side, counts in right.items()
    }
    wrong = {side: len(said) - counts[-1]["right"] for side, counts in rows.items()}
    ratio = round(wrong["nearest"] / max(1, wrong["spotted"]), 2)
    result = {"agent": options.agent, "voice": options.voice, "channel": options.channel, "utterances": rows, "ratio": ratio}
    if options.json:
        print(json.dumps(result))
        return
    for side, counts in rows.items():
        for number, row in enumerate(counts, 1):
            low, high = _interval(row["right"], row["of"])
            print(f"{side}, after {number}: {row['right']} of {row['of']} ({low:.2f} to {high:.2f})")
    print(f"callers still unknown after three utterances, naive to ours: {ratio}")


def _interval(right: int, of: int) -> tuple[float, float]:
    found = wilson(right, of)
    return found.low, found.high


if __name__ == "__main__":
    main()
