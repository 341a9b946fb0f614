"""How much of an agent is left with people who do not keep to the script: asides, typing errors, wordings it never saw.

    python benchmarks/robustness.py [--agent omni-mini] [--split dev] [--limit N] [--workers 24] [--json]

The same tasks and seeds twice, in held-out wordings: as the simulated customer is, and with two asides a call at most (small
talk, abuse, off-topic questions, attempts on the policy, half an order number, ...: sentences that no training dialogue has)
and slips of the keyboard. The customer goes on as if nothing had been said in between. Reported are pass^1 of both, their
ratio, the paired difference, and for each kind of aside how often the agent answered in words instead of calling a tool, and
how often with the very sentence that such an aside is to be answered with. It goes on where it was stopped.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that the script runs by its path

import torch

from tarl_app import wiring
from tarl_app.core.protocols import UserSimulator
from tarl_app.core.settings import settings
from tarl_app.core.types import AgentTurn, Episode, Task, Turn, UserTurn
from tarl_app.domains.retail.recipe.off_script import OFF_SCRIPT as TOPICS
from tarl_app.domains.retail.recipe.vocabulary import ordinary
from tarl_app.evaluation.comparison.figures import outcome
from tarl_app.evaluation.evaluate import Evaluation, EvaluationConfig, evaluate, folder_name
from tarl_app.recipes.omni_mini.data.off_script import aside, fitting
from tarl_app.recipes.omni_mini.data.typos import typed

CHANCE, MOST = 0.25, 2
SIDES = ("tidy", "untidy")


class Untidy:
    """Somebody who types in a hurry and now and then says something beside the point."""

    def __init__(self, user: UserSimulator, task: Task, seed: int) -> None:
        self.inner, self.name = user, user.name
        self.rng = Random(f"{task.id}/{seed}/untidy")
        self.placed: dict[int, str] = {}
        """Index of a turn -> the kind of aside that it is."""

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """An aside, or what the customer within says."""
        seen = self._without_asides(turns)
        meant = self.inner.speak(tuple(seen))
        if meant is None:
            return None
        if len(self.placed) < MOST and not self._just_now(turns) and self.rng.random() < CHANCE:
            last = seen[-1] if seen else None
            kinds = fitting(TOPICS, last.text if isinstance(last, AgentTurn) else "")
            if kinds:
                kind = self.rng.choice(kinds)
                self.placed[len(turns)] = kind
                return UserTurn(text=aside(TOPICS, kind, self.rng, "held_out"))
        return meant.model_copy(update={"text": typed(meant.text, self.rng, ordinary())})

    def _just_now(self, turns: Sequence[Turn]) -> bool:
        spoken = [i for i, turn in enumerate(turns) if isinstance(turn, UserTurn)]
        return bool(spoken) and spoken[-1] in self.placed

    def _without_asides(self, turns: Sequence[Turn]) -> list[Turn]:
        """The dialogue without the asides and what the agent said and did until the next turn of the customer."""
        kept, hidden = list[Turn](), False
        for index, turn in enumerate(turns):
            if isinstance(turn, UserTurn):
                hidden = index in self.placed
            if not hidden:
                kept.append(turn)
        return kept


def play(args: argparse.Namespace, side: str) -> Evaluation:
    """One side over the split."""
    config = EvaluationConfig(
        agent=args.agent, split=args.split, limit=args.limit, revision=wiring.revision(args.agent), seed=args.seed
    )
    parts = wiring.evaluation_parts(config, args.workers)
    if side == "untidy":
        plain = parts.user
        parts = replace(parts, user=lambda task, seed: Untidy(plain(task, seed), task, seed))
    folder = settings().evaluations / f"robustness-{side}-{folder_name(config)}"
    return evaluate(
        config,
        parts,
        folder,
        args.workers,
        lambda now: print(f"{side}: {now.done} of {now.total}, {now.passed} passed", file=sys.stderr),
    )


def asides_of(episode: Episode) -> list[tuple[str, AgentTurn]]:
    """The kind of each aside in a call, and the agent's first turn after it."""
    user = Untidy(wiring.make_user(episode.task, episode.seed, "held_out"), episode.task, episode.seed)
    for index, turn in enumerate(episode.turns):
        if isinstance(turn, UserTurn):
            user.speak(episode.turns[:index])  # the same draws again
    return [
        (kind, answer)
        for index, kind in user.placed.items()
        if index + 1 < len(episode.turns) and isinstance(answer := episode.turns[index + 1], AgentTurn)
    ]


def answers(episodes: Sequence[Episode]) -> dict[str, Any]:
    """How asides were answered, by kind and in all."""
    counts: dict[str, dict[str, int]] = {}
    for kind, turn in (one for episode in episodes for one in asides_of(episode)):
        for name in ("all", kind):
            count = counts.setdefault(name, {"asides": 0, "in_words": 0, "as_taught": 0})
            count["asides"] += 1
            count["in_words"] += not turn.tool_calls
            count["as_taught"] += turn.text.startswith(TOPICS.answers[kind])
    return counts


def main() -> int:
    """Prints the figures, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", default="omni-mini")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--workers", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--side", choices=SIDES, help="play this one alone")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(settings().threads)
    if args.side:
        play(args, args.side)
        return 0
    tidy, untidy = (play(args, side) for side in SIDES)
    result = outcome(zip(tidy.episodes, untidy.episodes, strict=True))
    passed = [sum(one.verdict is not None and one.verdict.passed for one in side.episodes) for side in (tidy, untidy)]
    figures = {
        "agent": args.agent,
        "split": args.split,
        "n": len(tidy.episodes),
        "tidy": passed[0],
        "untidy": passed[1],
        "ratio": round(passed[1] / max(1, passed[0]), 3),
        "difference": result.difference,
        "interval": result.interval,
        "better": result.better_b,
        "worse": result.better_a,
        "p_value": result.p_value,
        "asides": answers(untidy.episodes),
    }
    if args.json:
        print(json.dumps(figures, default=lambda one: [one.low, one.high]))
        return 0
    print(f"passed {passed[0]} of {figures['n']} as they are, {passed[1]} untidily (ratio {figures['ratio']:.2f})")
    print(f"{result.better_b} tasks better, {result.better_a} worse, p = {result.p_value:.2f}")
    for kind, count in figures["asides"].items():
        told = f"{count['in_words']:3} answered in words, {count['as_taught']:3} as taught"
        print(f"{kind:14} {count['asides']:3} asides, {told}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
