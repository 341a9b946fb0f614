"""Whole calls by speech: what the voice, the normal forms and the recogniser each cost a right agent.

    python benchmarks/spoken_calls.py [--domain airline] [--split dev] [--words given,normalised,recognised]
        [--voice flite:slt] [--channel clean] [--phrasings held_out] [--n N] [--json]

The scripted agent serves the scripted customer, who speaks every turn. What the agent reads of it are ``given`` the
customer's own words; ``normalised`` those words as they are spoken (ids sign by sign, numbers as words) and put back into
written form, which is what a recogniser without any error would give; ``recognised`` what the app's recogniser heard. The
difference between the first two is what spoken and normal forms lose, that between the last two is the recogniser's.
Reported for each: calls passed, with the 95 % Wilson interval, seconds of sound, and the tasks that failed.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs by its path

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain
from tarl_app.core.protocols import Agent, SpeechToText, UserSimulator
from tarl_app.core.types import AgentTurn, Episode, Task, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.evaluation.measures.intervals import wilson
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard
from tarl_app.language.text_normalization.spoken_form import speakable
from tarl_app.speech import load_hearing, load_voice
from tarl_app.speech.channel import channel
from tarl_app.users.scripted import scripted_user
from tarl_app.users.spoken import SpokenUser

WORDS = ("given", "normalised", "recognised")


class Reader:
    """The scripted agent, reading what was heard where that is known as words."""

    name = "scripted"

    def __init__(self, task: Task, domain: Domain, seed: int) -> None:
        self._agent = ScriptedAgent(task, domain, seed)

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """Its next turn."""
        return self._agent.reply([_as_heard(turn) for turn in turns], on_text, cancelled)


def _as_heard(turn: Turn) -> Turn:
    heard = turn.heard if isinstance(turn, UserTurn) else None
    return turn if heard is None else turn.model_copy(update={"text": heard})


class PerfectlyHeard:
    """A customer of whose words nothing is lost but their written form."""

    def __init__(self, inner: UserSimulator, domain: Domain) -> None:
        self.inner, self.domain, self.name = inner, domain, inner.name

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """The inner user's turn, heard without an error."""
        turn = self.inner.speak(turns)
        if turn is None:
            return None
        return turn.model_copy(update={"heard": normalise_heard(speakable(turn.text), self.domain.spoken)})


def played(task: Task, domain: Domain, words: str, options: argparse.Namespace, hearing: SpeechToText | None) -> Episode:
    """One call."""
    voice, line = load_voice(options.voice), channel(options.channel, options.seed)
    user: UserSimulator = scripted_user(task, domain, options.seed, options.phrasings)
    user = SpokenUser(user, voice.engine, voice.voice, line, hearing, domain.spoken)
    agent: Agent = Reader(task, domain, options.seed)
    if words == "normalised":
        user = PerfectlyHeard(user, domain)
    conversation = Conversation(task, domain, agent, user, seed=options.seed)
    try:
        return conversation.run()
    finally:
        conversation.close()


def measured(words: str, domain: Domain, options: argparse.Namespace) -> dict[str, object]:
    """The calls passed where the agent is given these words."""
    hearing = load_hearing() if words == "recognised" else None
    tasks, started = domain.tasks(options.split)[: options.n], time.perf_counter()
    failed: list[str] = []
    sound = 0.0
    for task in tasks:
        episode = played(task, domain, words, options, hearing)
        sound += sum(turn.audio.seconds for turn in episode.turns if isinstance(turn, UserTurn) and turn.audio)
        if episode.verdict is None or not episode.verdict.passed:
            failed.append(task.id)
    passed = len(tasks) - len(failed)
    interval = wilson(passed, len(tasks))
    return {
        "words": words,
        "passed": passed,
        "of": len(tasks),
        "interval": [round(interval.low, 3), round(interval.high, 3)],
        "sound_seconds": round(sound),
        "seconds": round(time.perf_counter() - started),
        "failed": failed,
    }


def main() -> None:
    """Parses the arguments, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--domain", default="airline")
    parser.add_argument("--split", default="dev", choices=("train", "dev", "test"))
    parser.add_argument("--words", default=",".join(WORDS), help=f"of {', '.join(WORDS)}")
    parser.add_argument("--voice", default="flite:slt")
    parser.add_argument("--channel", default="clean")
    parser.add_argument("--phrasings", default="held_out", choices=("seen", "held_out"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=None, help="only the first N tasks")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chosen = [one for one in options.words.split(",") if one]
    if unknown := [one for one in chosen if one not in WORDS]:
        parser.error(f"there are no words {unknown[0]!r}: choose of {', '.join(WORDS)}")
    domain = load_domain(options.domain)
    results = [measured(words, domain, options) for words in chosen]
    if options.json:
        about = {name: getattr(options, name) for name in ("domain", "split", "voice", "channel", "phrasings", "seed")}
        print(json.dumps({**about, "results": results}))
        return
    for row in results:
        print(f"{row['words']:>10}: {row['passed']} of {row['of']} passed {row['interval']}, failed {row['failed']}")


if __name__ == "__main__":
    main()
