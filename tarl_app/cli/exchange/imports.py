"""``import WHAT PATH``: episodes of a data set, a copy of tau-bench, its recorded runs."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tarl_app.cli.exchange.import_episodes import import_episodes
from tarl_app.cli.exchange.import_tau import import_runs, import_tau, import_tau2
from tarl_app.cli.options import command
from tarl_app.cli.output import Output

WHAT: dict[str, Callable[[argparse.Namespace, Output], int]] = {
    "episodes": import_episodes,
    "tau-bench": import_tau,
    "tau-bench-runs": import_runs,
    "tau2-bench": import_tau2,
}


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Read the episodes of an exported data set, verify each again, and store those whose verdict still holds; or read "
        "your own copy of the benchmarks tau-bench or tau2-bench as domains, or recorded runs, which are scored again."
    )
    made = command(parsers, "import", about, run)
    made.add_argument("what", choices=tuple(WHAT), metavar="WHAT", help=", ".join(WHAT))
    text = "episodes: a file as `export` writes it; tau-bench, tau2-bench: a folder; tau-bench-runs: a file of its run.py"
    made.add_argument("path", type=Path, metavar="PATH", help=text)
    text = "episodes, tau-bench-runs: stores nothing; tau-bench, tau2-bench: plays each task's own solution"
    made.add_argument("--check", action="store_true", help=text)
    made.add_argument(
        "--domain", metavar="NAME", help="for tau-bench-runs: the imported domain (default: by the file's calls)"
    )


def run(options: argparse.Namespace, output: Output) -> int:
    """Imports; exit code 1 if something was refused, or is not as it should be."""
    return WHAT[options.what](options, output)
