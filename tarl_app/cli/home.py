"""``home``: where things are written."""

import argparse
from typing import Any

from tarl_app.cli.options import command
from tarl_app.cli.output import Output
from tarl_app.core.settings import settings


def add(parsers: Any) -> None:
    """Describes the command."""
    command(parsers, "home", "Show where everything is written. TARL_HOME changes it.", run)


def run(options: argparse.Namespace, output: Output) -> int:
    """Prints the folders."""
    here = settings()
    places = {
        "home": here.home,
        "weights": here.cache,
        "episodes": here.database,
        "audio": here.audio,
        "evaluations": here.evaluations,
        "runs": here.runs,
        "checkpoints": here.home / "checkpoints",
    }
    for name, path in places.items():
        output.line(f"{name:<12} {path}{'' if path.exists() else '  (not there yet)'}")
    output.result({name: str(path) for name, path in places.items()})
    return 0
