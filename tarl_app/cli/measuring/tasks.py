"""``tasks check``, ``tasks list``, ``tasks show`` and ``tasks import``."""

import argparse
from pathlib import Path
from typing import Any

from tarl_app import wiring
from tarl_app.cli.options import add_domain, command, count
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError
from tarl_app.domains import load_domain


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Check a split's tasks by machine (gold passes, damaged gold fails, doing nothing passes nothing), show tasks, or "
        "import one's own."
    )
    made = command(parsers, "tasks", about, run)
    made.add_argument("what", choices=("check", "list", "show", "import"))
    made.add_argument("task", nargs="?", metavar="TASK", help="for show: the task's id; for import: a JSONL file")
    add_domain(made, split="dev")
    made.add_argument("--limit", type=count, help="only the first so many tasks")
    made.add_argument("--kind", help="for list: only tasks of this kind")


def run(options: argparse.Namespace, output: Output) -> int:
    """Checks, lists, shows or imports; a check that finds a fault exits with 1."""
    return {"check": _check, "list": _list, "show": _show, "import": _import}[options.what](options, output)


def _check(options: argparse.Namespace, output: Output) -> int:
    from tarl_app.sandbox.checks import check_tasks

    output.progress(f"checking the {options.split} tasks of {options.domain} ...")
    report = check_tasks(load_domain(options.domain), options.split, options.limit)
    found = report.model_dump(mode="json")
    for name, value in found.items():
        if name != "failures":
            output.line(f"{name.replace('_', ' '):<22} {value}")
    for failure in report.failures:
        output.line(f"  {failure}")
    output.result(found)
    return 0 if report.gold_passed == report.tasks and report.mutations_caught == report.mutations else 1


def _list(options: argparse.Namespace, output: Output) -> int:
    tasks = [task for task in load_domain(options.domain).tasks(options.split) if options.kind in (None, task.kind)][
        : options.limit
    ]
    for task in tasks:
        output.line(f"{task.id:<20} {task.kind:<22} {task.instruction}")
    output.result({"tasks": [{"id": task.id, "kind": task.kind, "instruction": task.instruction} for task in tasks]})
    return 0


def _import(options: argparse.Namespace, output: Output) -> int:
    adopt = load_domain(options.domain).adopt
    if adopt is None:
        takes = " or ".join(f"--domain {name}" for name in wiring.domain_names() if load_domain(name).adopt)
        raise ConfigError(f"The domain {options.domain!r} takes no tasks of one's own; {takes} does.")
    if options.task is None:
        raise ConfigError("Which file? Each line is a JSON object with a question and an answer.")
    tasks = adopt(Path(options.task), options.split)
    output.line(f"{len(tasks)} tasks are now in the split {options.split}: {tasks[0].id} to {tasks[-1].id}")
    output.result({"tasks": len(tasks), "split": options.split, "ids": [tasks[0].id, tasks[-1].id]})
    return 0


def _show(options: argparse.Namespace, output: Output) -> int:
    if options.task is None:
        raise ConfigError("Which task? `python -m tarl_app tasks list` shows their ids.")
    task, _ = wiring.find_task(options.task)
    output.line(task.model_dump_json(indent=2, exclude_defaults=True))
    output.result(task.model_dump(mode="json"))
    return 0
