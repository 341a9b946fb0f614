"""The groups of a step: chosen, probed, played to their end, replaced where they teach nothing."""

from collections.abc import Sequence
from random import Random
from statistics import pstdev

import torch

from tarl_app.evaluation.reward import succeeded
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.curriculum import Choice, Curriculum
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.rollouts.head_start import given_turns
from tarl_app.training.rollouts.lines import Job, Outcome
from tarl_app.training.rollouts.parts import Parts
from tarl_app.training.rollouts.play import Rollouts


def play_groups(
    config: TrainConfig,
    step: int,
    curriculum: Curriculum,
    rollouts: Rollouts,
    processes: Processes,
    beside: Sequence[Job] = (),
) -> tuple[list[Outcome], int, list[Outcome]]:
    """This process's rollouts of a step, and the number of groups that teach nothing over all processes.

    The third part is what came of ``beside``, which are played beside the first groups and belong to none.

    With dynamic sampling those are replaced, up to the allowed number of times. With ``probe``, only the first rollouts
    of a group are played at first; the rest of a mixed group is played beside the probes of the next attempt.
    """
    first = config.probe or config.group_size
    kept: list[Outcome] = []
    left: list[Job] = []
    apart: list[Outcome] = []
    useless, missing = 0, config.groups
    for attempt in range(1 + (config.replacements if config.dynamic_sampling else 0)):
        choices = curriculum.choose(step, missing, attempt)
        groups = _jobs(config, step, attempt, choices, rollouts.parts, processes)
        begun = {number: jobs[:first] for number, jobs in groups.items()}
        more = [] if attempt else beside
        played = rollouts.play([*(job for jobs in begun.values() for job in jobs), *left, *more])
        apart += played[len(played) - len(more) :]
        kept += played[: len(played) - len(more)]
        probed = {number: played[place * first : (place + 1) * first] for place, number in enumerate(begun)}
        table = processes.total(_table(config, probed, len(choices))).tolist()  # of the groups of all processes
        for choice, (tried, passed, _) in zip(choices, table, strict=True):
            curriculum.note(choice, int(passed), int(tried), step)
        left = [job for number, jobs in groups.items() if teaches(config, probed[number]) for job in jobs[first:]]
        missing = int(sum(row[2] for row in table))
        useless += missing
        if not missing:
            break
    return kept + (rollouts.play(left) if left else []), useless, apart


def _jobs(
    config: TrainConfig, step: int, attempt: int, choices: Sequence[Choice], parts: Parts, processes: Processes
) -> dict[int, list[Job]]:
    """The whole groups of this process's choices, by the choice's number."""
    jobs: dict[int, list[Job]] = {}
    for number in filter(processes.mine, range(len(choices))):
        group = f"{step:05d}/{attempt}/{number}"
        seed = Random(f"{config.seed}/{group}").randrange(2**31)
        choice = choices[number]
        given = given_turns(choice.source, choice.task, seed, parts)
        jobs[number] = [Job(choice.source, choice.task, group, seed, one, given) for one in range(config.group_size)]
    return jobs


def _table(config: TrainConfig, groups: dict[int, list[Outcome]], count: int) -> torch.Tensor:
    """Rollouts that count, passed ones, and whether it teaches nothing, for each group; zeros for other processes'."""
    table = torch.zeros(count, 3, dtype=torch.float64)
    for number, group in groups.items():
        counted = [one for one in group if one.rollout is not None]
        passed = sum(succeeded(one.episode) for one in counted)
        table[number] = torch.tensor([len(counted), passed, not teaches(config, group)])
    return table


def teaches(config: TrainConfig, group: Sequence[Outcome]) -> bool:
    """Whether a group has something to compare: valid rollouts with different rewards; with ``probe``, passed and failed
    ones.
    """
    counted = [one for one in group if one.rollout is not None]
    if config.probe:
        return len({succeeded(one.episode) for one in counted}) == 2
    rewards = [one.rollout.reward for one in counted if one.rollout is not None]
    return len(rewards) > 1 and pstdev(rewards) >= 1e-6
