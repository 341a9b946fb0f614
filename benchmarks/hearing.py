"""What the agent's own ear gets of a voice, against Whisper on the same sounds.

    python benchmarks/hearing.py [--agent omni-mini] [--voice flite:slt] [--channel phone+noise15] [--n 150] [--json]

Two sets of sentences that training has not seen are spoken: ``dictation`` (order ids, zips, names, e-mails; another seed
than the recipe's) and ``talk`` (what customers say on dev tasks in held-out wordings). The ear is the CTC head of the
agent's projector; the peer is the recogniser of the app (faster-whisper). Reported for each, with 95 % Wilson intervals:
order ids and zips whose every digit arrived, e-mails that arrived as they are, word errors, and CPU seconds per second of
sound.
"""

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs by its path

from tarl_app.agents.omni.checkpoint import shared_checkpoint
from tarl_app.agents.omni.hearing import listen, log_mel
from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.audio import Audio
from tarl_app.conversation import Conversation
from tarl_app.evaluation.compare_votes import wilson
from tarl_app.evaluation.hearing import word_edits
from tarl_app.heard import normalise_heard
from tarl_app.sandbox.domains import load_domain
from tarl_app.sandbox.users.scripted import scripted_user
from tarl_app.settings import settings
from tarl_app.speech import load_hearing, load_voice
from tarl_app.speech.channel import channel
from tarl_app.training.omni_mini.dictation import dictation
from tarl_app.types import UserTurn

SEED = 4242  # of the dictated sentences; the recipe's are 0 and 1
FACTS = {
    "order ids": re.compile(r"(?<=W)\d{7}\b"),
    "zips": re.compile(r"(?<![\w@.])\d{5}(?![\w@])"),
    "e-mails": re.compile(r"[\w.]+@[\w.]+\w"),
}
Hear = Callable[[Audio], str]


def talk(count: int) -> list[str]:
    """What customers say in held-out wordings: a sample of the turns of the scripted pair on dev tasks."""
    domain, said = load_domain("retail"), dict[str, None]()
    for seed, task in enumerate(domain.tasks("dev")):
        agent = ScriptedAgent(task, domain, seed)
        conversation = Conversation(task, domain, agent, user=scripted_user(task, seed, "held_out"), seed=seed)
        said |= dict.fromkeys(turn.text for turn in conversation.run().turns if isinstance(turn, UserTurn))
        conversation.close()
    return random.Random(SEED).sample(sorted(said), min(count, len(said)))


def ear(agent: str) -> Hear:
    """The words that the agent's projector takes a sound for."""
    loaded = shared_checkpoint(agent)

    def hear(audio: Audio) -> str:
        with torch.inference_mode():
            (heard,) = listen(loaded.thinker, [log_mel(audio)])
        if heard.recognition is None:
            sys.exit(f"{agent} has no ear that recognises words.")
        return heard.recognition.text

    return hear


def measure(hear: Hear, sounds: Sequence[tuple[str, Audio]]) -> dict[str, object]:
    """One listener on all sounds of a set."""
    facts: dict[str, list[bool]] = {name: [] for name in FACTS}
    edits = words = 0
    cpu = 0.0
    for text, audio in sounds:
        start = time.process_time()
        heard = hear(audio)
        cpu += time.process_time() - start
        wrong, meant = word_edits(text, heard)
        edits, words = edits + wrong, words + meant
        found = normalise_heard(heard)
        digits = re.sub(r"(?<=\d)[\s.,-]+(?=\d)", "", found)
        for name, pattern in FACTS.items():
            where = found.casefold() if name == "e-mails" else digits
            facts[name] += [fact.casefold() in where for fact in pattern.findall(text)]
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


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="What the agent's own ear gets of a voice, against Whisper.")
    parser.add_argument("--agent", default="omni-mini")
    parser.add_argument("--voice", default="flite:slt", help="ENGINE:VOICE, one that training has not heard")
    parser.add_argument("--channel", action="append", help="clean, phone, noise15, joined by +; may be repeated")
    parser.add_argument("--n", type=int, default=150, help="sentences of each set")
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    options = parser.parse_args()
    torch.set_num_threads(settings().threads)
    recogniser = load_hearing()
    listeners: dict[str, Hear] = {options.agent: ear(options.agent), "whisper": recogniser.transcribe}
    voice = load_voice(options.voice)
    spoken = {
        name: [(text, voice.say(text)) for text in texts]
        for name, texts in (("dictation", dictation(options.n, SEED)), ("talk", talk(options.n)))
    }
    results: list[dict[str, object]] = []
    for name in options.channel or ["clean", "phone+noise15"]:
        line = channel(name)
        for sentences, sounds in spoken.items():
            passed = [(text, line(audio)) for text, audio in sounds]
            for listener, hear in listeners.items():
                hear(passed[0][1])  # the first call also prepares
                results.append({"channel": name, "set": sentences, "listener": listener, **measure(hear, passed)})
    if options.json:
        print(json.dumps({"agent": options.agent, "voice": options.voice, "n": options.n, "results": results}))
        return
    for row in results:
        print(", ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
