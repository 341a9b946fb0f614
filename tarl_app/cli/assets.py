"""``assets list`` and ``assets fetch``: the pinned weights."""

import argparse
from typing import Any

from tarl_app.cli.options import command
from tarl_app.cli.output import Output


def add(parsers: Any) -> None:
    """Describes the command."""
    made = command(parsers, "assets", "List the pinned weights and where they are, or fetch them.", run)
    made.add_argument("what", choices=("list", "fetch"), nargs="?", default="list")
    made.add_argument("names", nargs="*", metavar="NAME", help="fetch only these (default: all that the app needs)")
    made.add_argument("--optional", action="store_true", help="fetch the optional ones too")


def run(options: argparse.Namespace, output: Output) -> int:
    """Lists or fetches."""
    from tarl_app import assets

    if options.what == "fetch":
        if options.names:
            found = {name: assets.fetch(name, output.progress) for name in options.names}
        else:
            found = assets.fetch_all(options.optional, output.progress)
        for name, path in found.items():
            output.line(f"{name:<28} {path}")
        output.result({"assets": {name: str(path) for name, path in found.items()}})
        return 0
    listing = assets.listing()
    for state in listing:
        needed = "optional" if state.asset.optional else "needed"
        output.line(f"{state.asset.name:<28} {state.source:<10} {needed:<9} {state.asset.licence:<12} {state.path}")
    output.result(
        {
            "assets": [
                {
                    "name": state.asset.name,
                    "source": state.source,
                    "path": str(state.path),
                    "optional": state.asset.optional,
                    "licence": state.asset.licence,
                }
                for state in listing
            ]
        }
    )
    return 0
