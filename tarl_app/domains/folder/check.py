"""What is wrong with a folder, its tasks played: the calls succeed and reach the expected state, and doing nothing fails."""

from collections.abc import Iterator
from pathlib import Path

from tarl_app.core.domain import Domain
from tarl_app.core.types import Task
from tarl_app.domains.folder.loading import ON_A_SERVER, Folder, read_folder
from tarl_app.domains.folder.reading.problems import Problem
from tarl_app.domains.folder.reading.tasks_file import FILE, GONE, Entry
from tarl_app.domains.folder.tools.toolset import Toolset
from tarl_app.sandbox.checks import gold_episode, null_episode, transfer_episode
from tarl_app.sandbox.environment import Backend, SandboxEnvironment
from tarl_app.sandbox.verifier import verify

Found = Iterator[tuple[tuple[str | int, ...], str]]
"""Where in a task, and the sentence."""


def check_folder(path: Path, name: str, *, live: bool = False) -> Folder:
    """Reads a folder and plays its tasks. ``live``: on a server, too, where the tasks' calls then have their effects."""
    folder = read_folder(path, name)
    tools, domain = folder.tools, folder.domain
    if tools is None or domain is None:
        return folder
    for place, entry, task in folder.tasks:
        wrong = _on_a_server(task, domain, live) if tools.remote else _played(entry, task, domain, tools)
        for field, text in wrong:
            folder.problems.add(FILE, folder.line(place, *field), text)
    return folder


def notes(folder: Folder) -> tuple[str, ...]:
    """What to know of a folder in which nothing is wrong."""
    return (ON_A_SERVER,) if folder.tools is not None and folder.tools.remote else ()


def in_order(folder: Folder) -> tuple[Problem, ...]:
    """What is wrong, by file and line."""
    return folder.problems.in_order()


def _played(entry: Entry, task: Task, domain: Domain, tools: Toolset) -> Found:
    environment = domain.open()
    assert isinstance(environment, SandboxEnvironment)
    try:
        results = [environment.call(call) for call in task.gold]
        for number, result in enumerate(results):
            if result.is_error:
                yield _call(entry, number), f"the task's own call of `{result.name}` is refused: {_said(result.content)}"
                return
        yield from _reached(entry, environment, tools)
    finally:
        environment.close()
    again = domain.open()
    try:
        repeated = [again.call(call) for call in task.gold]
        if [one.content for one in repeated] != [one.content for one in results]:
            yield (
                ("calls",),
                "the same calls do not answer the same twice: tools must use neither chance nor today's date.",
            )
            return
    finally:
        again.close()
    yield from _verified(task, domain)


def _reached(entry: Entry, environment: SandboxEnvironment[Backend], tools: Toolset) -> Found:
    """Where the expected state is not that after the calls."""
    assert tools.rows is not None
    for table, rows in entry.state.items():
        there = tools.rows(environment.backend, table)
        for key, wanted in rows.items():
            row = there.get(key)
            if wanted == GONE or not isinstance(wanted, dict):
                if row is not None:
                    yield ("state", table, key), f"after the task's calls the row {key} of `{table}` is still there."
            elif row is None:
                yield ("state", table, key), f"after the task's calls there is no row {key} in `{table}`."
            else:
                for column, value in wanted.items():
                    if row[column] != value:
                        told = f"after the task's calls `{column}` of row {key} is {row[column]!r}, and not {value!r}."
                        yield ("state", table, key, column), told


def _on_a_server(task: Task, domain: Domain, live: bool) -> Found:
    if live:
        environment = domain.open()
        try:
            for number, call in enumerate(task.gold):
                result = environment.call(call)
                if result.is_error:
                    yield ("calls", number), f"the task's own call of `{call.name}` is refused: {_said(result.content)}"
                    return
        finally:
            environment.close()
    yield from _verified(task, domain)


def _verified(task: Task, domain: Domain) -> Found:
    verdict = verify(gold_episode(task, domain), domain)
    if not verdict.passed:
        failed = "; ".join(f"{one.name}: {one.detail}" for one in verdict.checks if not one.passed)
        yield (), f"the task's own calls and facts do not pass it: {_said(failed)}"
    if verify(null_episode(task, domain), domain).passed:
        yield (), "an agent that does nothing passes this task: demand a call that changes something, or a fact in `say`."
    elif domain.transfer_tool and verify(transfer_episode(task, domain), domain).passed:
        yield (), "an agent that hands everybody over passes this task: demand something else as well, as a fact in `say`."


def _call(entry: Entry, number: int) -> tuple[str | int, ...]:
    return ("calls", number) if number < len(entry.calls) else ("transfer",)


def _said(text: str) -> str:
    return text.removeprefix("Error: ").rstrip(".") + "."
