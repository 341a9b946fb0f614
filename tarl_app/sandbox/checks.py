"""The machine check of a split's tasks: the ideal path passes, every damaged one fails, and so does doing nothing.

What is damaged in a task's ideal path, one thing at a time:

    a gold write      left out; each argument replaced by another plausible value; items left out or mixed up
    a further write   the same once more; one for another customer; the one the user was refused, or decided against
    a fact to tell    left out; told with a value that is nearly right
    the transfer      left out

A damaged path is caught when the verifier does not pass it. A write that no longer succeeds counts as left out, so a
further write that the tools refuse is not counted.
"""

from tarl_app.core.domain import Domain, Split
from tarl_app.core.types import Episode, Frozen, Task, Verdict
from tarl_app.sandbox.damage import Pools, damages
from tarl_app.sandbox.playing import play
from tarl_app.sandbox.verifier import verify


class TaskReport(Frozen):
    """Counts over the tasks of a split; ``failures`` describes what went wrong."""

    tasks: int
    gold_passed: int
    mutations: int
    mutations_caught: int
    null_passed: int
    transfer_only_passed: int
    failures: tuple[str, ...] = ()


def check_tasks(domain: Domain, split: Split, limit: int | None = None) -> TaskReport:
    """Checks the tasks of a split, or the first ``limit`` of them. Raises ``DomainError`` for an unknown split."""
    tasks = domain.tasks(split)[:limit]
    pools = Pools(tasks)
    counts = {name: 0 for name in TaskReport.model_fields if name != "failures"}
    failures: list[str] = []
    for task in tasks:
        counts["tasks"] += 1
        verdict = verify(gold_episode(task, domain), domain)
        counts["gold_passed"] += verdict.passed
        if not verdict.passed:
            failures.append(f"{task.id}: the ideal path does not pass: {_why(verdict)}")
        for damage in damages(task, domain, pools):
            counts["mutations"] += 1
            caught = not verify(damage.episode, domain).passed
            counts["mutations_caught"] += caught
            if not caught:
                failures.append(f"{task.id}: not caught: {damage.words}")
        for name, episode in (("null", null_episode(task, domain)), ("transfer_only", transfer_episode(task, domain))):
            if verify(episode, domain).passed:
                counts[f"{name}_passed"] += 1
                failures.append(
                    f"{task.id}: passed by an agent that {'does nothing' if name == 'null' else 'only transfers'}"
                )
    return TaskReport(**counts, failures=tuple(failures))


def gold_episode(task: Task, domain: Domain) -> Episode:
    """The ideal path played in a fresh environment."""
    return play(task, domain, task.gold, task.must_tell)


def null_episode(task: Task, domain: Domain) -> Episode:
    """The episode of an agent that is polite and does nothing."""
    return play(task, domain, (), ())


def transfer_episode(task: Task, domain: Domain) -> Episode:
    """The episode of an agent that transfers everybody to a person."""
    call = domain.transfer_call("The user needs help.")
    return play(task, domain, (call,) if call else (), ())


def _why(verdict: Verdict) -> str:
    return "; ".join(f"{check.name}: {check.detail}" for check in verdict.checks if not check.passed)


__all__ = ["TaskReport", "check_tasks", "gold_episode", "null_episode", "transfer_episode"]
