"""Tasks that a run never practises, played along the way: what it learned for others than those it practises.

The same tasks, with the same customers, are played before the first step, every ``every`` steps and after the last one.
They are played beside a step's own rollouts, by the policy that plays those but with the most likely token each time,
as in an evaluation, and nothing is learned from them.
``evaluation.comparison.trend`` tests whether the last third of the measurements is above the first.
"""

from collections.abc import Callable, Sequence
from random import Random
from statistics import fmean
from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Task
from tarl_app.evaluation.reward import succeeded
from tarl_app.jobs import run_record
from tarl_app.training.configuration.config import Source, TrainConfig
from tarl_app.training.curriculum import Choice, tasks_of
from tarl_app.training.rollouts.lines import Job, Outcome

FILE = run_record.HELD_OUT


def held_out(config: TrainConfig, domain: Callable[[str], Domain]) -> tuple[Choice, ...]:
    """The tasks that are measured: of each source, by its weight, the last ones of its split.

    Raises:
        ConfigError: a source has too few tasks for that.
    """
    if not config.held_out.tasks:
        return ()
    sources = [one for one in config.sources if not one.warmup and one.weight > 0]
    total, taken, chosen = sum(one.weight for one in sources), 0.0, list[Choice]()
    for source in sources:
        taken += source.weight
        count = round(config.held_out.tasks * taken / total) - len(chosen)
        tasks = tasks_of(source.model_copy(update={"limit": None}), domain(source.domain))
        if len(tasks) <= count:
            raise ConfigError(
                f"The source {source.name!r} has {len(tasks)} tasks, too few to hold out {count}: lower held_out.tasks."
            )
        chosen += [Choice(source, task) for task in tasks[len(tasks) - count :]]
    return tuple(chosen)


def practised(source: Source, domain: Domain, held: Sequence[Choice]) -> tuple[Task, ...]:
    """The source's tasks without those that are held out from any source.

    Raises:
        ConfigError: the domain's tools are a server of somebody else.
    """
    if domain.remote:
        told = "a server of somebody else, which training would call thousands of times: choose another domain."
        raise ConfigError(f"The tools of the domain {domain.name!r} are {told}")
    apart = {choice.task.id for choice in held}
    return tuple(task for task in tasks_of(source, domain) if task.id not in apart)


def is_due(config: TrainConfig, step: int) -> bool:
    """Whether there is a measurement after that many steps."""
    return config.held_out.tasks > 0 and (step % config.held_out.every == 0 or step == config.steps)


def jobs(config: TrainConfig, step: int, held: Sequence[Choice], mine: Callable[[int], bool]) -> list[Job]:
    """This process's part of a measurement; a task has the same customer each time."""
    return [
        Job(choice.source, choice.task, f"{step:05d}/held/{number}", _seed(config, number), 0, greedy=True)
        for number, choice in enumerate(held)
        if mine(number)
    ]


def rows(step: int, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The rows of a measurement, without what infrastructure or a customer spoiled."""
    return [
        {
            "step": step,
            "task": one.job.task.id,
            "kind": one.job.task.kind,
            "passed": succeeded(one.episode),
            "reward": one.rollout.reward,
        }
        for one in outcomes
        if one.rollout is not None
    ]


def share(found: Sequence[dict[str, Any]]) -> dict[str, float]:
    """For the metrics: the share of the held-out tasks that were passed; empty without any."""
    return {"held_out": fmean(bool(row["passed"]) for row in found)} if found else {}


def _seed(config: TrainConfig, number: int) -> int:
    return Random(f"{config.seed}/held/{number}").randrange(2**31)
