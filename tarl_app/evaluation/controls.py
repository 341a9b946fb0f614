"""The two controls of every evaluation: an agent that does nothing, and the gold calls.

A benchmark that the first passes rewards inaction; one that the second does not pass has wrong labels. Both are played
on the same tasks as the evaluation, verified by the same rules, and kept in its folder. No judge scores them, since
nothing is said.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from tarl_app.core.domain import Domain
from tarl_app.core.types import Episode, Task
from tarl_app.evaluation.folder import mend, readable, stored
from tarl_app.sandbox.checks import gold_episode, null_episode
from tarl_app.sandbox.verifier import verify

PLAYERS: dict[str, Callable[[Task, Domain], Episode]] = {"null": null_episode, "gold": gold_episode}
"""Name -> the episode of that control."""


def controls(folder: Path, domain: Domain, tasks: Sequence[Task]) -> dict[str, tuple[Episode, ...]]:
    """One verified episode a task for each control; existing episodes are not played again."""
    return {name: _played(folder, f"{name}.jsonl", player, domain, tasks, name) for name, player in PLAYERS.items()}


def stored_controls(folder: Path) -> dict[str, tuple[Episode, ...]]:
    """The readable control episodes in an evaluation's folder."""
    return {name: readable(folder, f"{name}.jsonl")[0] for name in PLAYERS}


def _played(
    folder: Path, file: str, player: Callable[[Task, Domain], Episode], domain: Domain, tasks: Sequence[Task], name: str
) -> tuple[Episode, ...]:
    mend(folder, file)
    found = {episode.task.id: episode for episode in stored(folder, file)}
    with (folder / file).open("a", encoding="utf-8") as out:
        for task in tasks:
            if task.id in found:
                continue
            episode = player(task, domain).model_copy(update={"id": f"{name}-{task.id}", "agent": f"{name} agent"})
            episode = episode.model_copy(update={"verdict": verify(episode, domain)})
            out.write(episode.model_dump_json() + "\n")
            found[task.id] = episode
    return tuple(found[task.id] for task in tasks)
