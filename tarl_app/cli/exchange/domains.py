"""``domain check|add|list|remove``: domains from folders of one's own (docs/own-domain.md)."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tarl_app import wiring
from tarl_app.cli.options import command
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError, DomainError
from tarl_app.core.settings import settings
from tarl_app.domains import DOMAINS, domain_names, load_domain
from tarl_app.domains.folder.installing import format_of


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "A domain of your own from a folder: policy.md, tools.py (or openapi.yaml, mcp.yaml), seed.sql and tasks.yaml. "
        "`check` says what is wrong, with lines; `add` makes it a domain of the app; `list` and `remove` tell and forget. "
        "A tools.py is run by `check` and `add`, with your rights: name only folders that you trust."
    )
    made = command(parsers, "domain", about, run)
    made.add_argument("what", choices=tuple(WHAT), metavar="WHAT", help=", ".join(WHAT))
    made.add_argument("target", nargs="?", default="", metavar="FOLDER", help="check, add: a folder; remove: a name")
    made.add_argument("--name", default="", help="check, add: the domain's name (default: the folder's)")
    text = "check: also makes the tasks' calls on the server that openapi.yaml or mcp.yaml names, with their effects"
    made.add_argument("--live", action="store_true", help=text)


def run(options: argparse.Namespace, output: Output) -> int:
    """Exit code 1 if something is wrong with a folder."""
    if not options.target and options.what != "list":
        what = "Which domain? Give its name" if options.what == "remove" else "Which folder? Give its path"
        raise ConfigError(f"{what}: `python -m tarl_app domain {options.what} ...`.")
    return WHAT[options.what](options, output)


def _check(options: argparse.Namespace, output: Output) -> int:
    return _checked(options, output, add_it=False)


def _add(options: argparse.Namespace, output: Output) -> int:
    return _checked(options, output, add_it=True)


def _checked(options: argparse.Namespace, output: Output, *, add_it: bool) -> int:
    from tarl_app.domains.folder.check import check_folder, in_order, notes
    from tarl_app.domains.folder.installing import install, name_for

    path = Path(options.target)
    if not path.is_dir():
        raise ConfigError(f"{path} is no folder: give the path of one with policy.md, tools and tasks.yaml.")
    folder = check_folder(path.resolve(), name_for(path, options.name), live=options.live)
    wrong, told = in_order(folder), notes(folder)
    tasks = {split: sum(task.split == split for _, _, task in folder.tasks) for split in wiring.SPLITS}
    for one in wrong:
        output.line(str(one))
    counts = ", ".join(f"{split} {count}" for split, count in tasks.items() if count) or "no tasks"
    tools = len(folder.tools.specs) if folder.tools else 0
    result = "nothing is wrong" if not wrong else f"{len(wrong)} to correct"
    output.line(f"{folder.name}: {tools} tools, {counts}; {result}.")
    for note in told if not wrong else ():
        output.line(note)
    added = add_it and not wrong
    if added:
        where = install(folder, tuple(DOMAINS))
        output.line(f"It is in {where}. A page that is open offers it once it is started again.")
    output.result(
        {
            "name": folder.name,
            "ok": not wrong,
            "problems": [one.model_dump() for one in wrong],
            "notes": list(told),
            "tools": tools,
            "tasks": tasks,
            "added": added,
        }
    )
    return 1 if wrong else 0


def _list(options: argparse.Namespace, output: Output) -> int:
    found: list[dict[str, Any]] = []
    for name in domain_names():
        kind = "shipped" if name in DOMAINS else format_of(settings().domains / name)
        try:
            domain = load_domain(name)
            # Those of shipped domains are made when they are asked for, which takes seconds.
            tasks = {split: len(domain.tasks(split)) for split in wiring.SPLITS} if kind != "shipped" else {}
            one = {"name": name, "kind": kind, "tools": len(domain.tools), "tasks": tasks, "damaged": ""}
            told = ", ".join(f"{split} {count}" for split, count in tasks.items() if count)
            output.line(f"{name:<24} {kind:<12} {len(domain.tools):>3} tools{f'; {told}' if told else ''}")
        except DomainError as error:
            one = {"name": name, "kind": kind, "tools": 0, "tasks": {}, "damaged": str(error)}
            output.line(f"{name:<24} {kind:<12} {error}")
        found.append(one)
    output.result({"domains": found})
    return 0


def _remove(options: argparse.Namespace, output: Output) -> int:
    from tarl_app.domains.folder.installing import remove

    remove(options.target)
    output.line(f"{options.target} is gone. Calls that were stored stay.")
    output.result({"removed": options.target})
    return 0


WHAT: dict[str, Callable[[argparse.Namespace, Output], int]] = {
    "check": _check,
    "add": _add,
    "list": _list,
    "remove": _remove,
}
