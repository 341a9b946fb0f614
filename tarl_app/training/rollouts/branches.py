"""Branches: conversations that are played again from the first doubtful turn on (Tree-GRPO, GiGPO, arXiv 2505.10978).

The reward of a whole conversation says little about any one turn. Where the judge found the first fault, the same turns
are given once more up to that one, and the policy tries several ways to go on. The members of such a group share their
past, so that their mean is a baseline of that very state; and a branch costs what comes after the fault only. The turn
that was at fault belongs to no group of branches: it was chosen because it failed, and would lower the mean.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import torch

from tarl_app.core.types import AgentTurn
from tarl_app.evaluation.reward import scores_of, succeeded
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.rollouts.lines import Job, Outcome


def doubtful(outcome: Outcome) -> int | None:
    """The number, from 0, of the agent turn that was scored -1; None where there is none, or nothing came before it."""
    scores = scores_of(outcome.episode) if outcome.rollout is not None and not outcome.job.before else ()
    return scores.index(-1) if -1 in scores[1:] else None


def branches(config: TrainConfig, step: int, outcomes: Sequence[Outcome], mine: Callable[[int], bool]) -> list[Job]:
    """This process's groups of branches, from conversations of as many groups as possible."""
    count = sum(map(mine, range(config.branch.groups)))
    able = [one for one in outcomes if doubtful(one) is not None]
    Random(f"{config.seed}/{step}/branches").shuffle(able)
    met: Counter[str] = Counter()
    place: dict[int, int] = {}  # of an outcome: how many of its group come before it
    for one in able:
        place[id(one)] = met[one.job.group]
        met[one.job.group] += 1
    able.sort(key=lambda one: place[id(one)])
    return [
        replace(one.job, group=f"{one.job.group}/branch/{one.job.member}", member=member, prefix=_past(one))
        for one in able[:count]
        for member in range(config.branch.size)
    ]


def described(outcomes: Sequence[Outcome], processes: Processes) -> dict[str, Any]:
    """For the metrics, over all processes: branches, the share that passed, agent turns that were given and played."""
    found = [one for one in outcomes if one.rollout is not None]
    sums = torch.tensor(
        [
            len(found),
            sum(succeeded(one.episode) for one in found),
            sum(one.job.before for one in found),
            sum(len(one.episode.agent_turns) - one.job.before for one in found),
        ],
        dtype=torch.float64,
    )
    count, passed, given, played = processes.total(sums).tolist()
    if not count:
        return {"branches": 0}
    return {
        "branches": int(count),
        "branches_passed": passed / count,
        "branch_turns_given": given / count,
        "branch_turns": played / count,
    }


def _past(outcome: Outcome) -> tuple[AgentTurn, ...]:
    return tuple(turn for _, turn in outcome.episode.agent_turns[: doubtful(outcome)])
