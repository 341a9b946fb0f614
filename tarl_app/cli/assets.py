"""``assets list``, ``assets fetch`` and ``assets verify``: the pinned weights."""

import argparse
from collections.abc import Iterator
from typing import Any

from tarl_app.cli.options import command
from tarl_app.cli.output import Output
from tarl_app.core.errors import AssetError


def add(parsers: Any) -> None:
    """Describes the command."""
    about = "List the pinned weights and where they are, fetch them, or read every byte of those that are here again."
    made = command(parsers, "assets", about, run)
    made.add_argument("what", choices=("list", "fetch", "verify"), nargs="?", default="list")
    made.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all that the app needs, or has)")
    made.add_argument("--optional", action="store_true", help="fetch the optional ones too")


def run(options: argparse.Namespace, output: Output) -> int:
    """Lists, fetches or verifies; a verification that finds a fault exits with 1."""
    return {"list": _list, "fetch": _fetch, "verify": _verify}[options.what](options, output)


def _fetch(options: argparse.Namespace, output: Output) -> int:
    from tarl_app import assets

    if options.names:
        found = {name: assets.fetch(name, output.progress) for name in options.names}
    else:
        found = assets.fetch_all(options.optional, output.progress)
    for name, path in found.items():
        output.line(f"{name:<28} {path}")
    output.result({"assets": {name: str(path) for name, path in found.items()}})
    return 0


def _verify(options: argparse.Namespace, output: Output) -> int:
    faults = dict(_verified(options.names))
    for name, why in faults.items():
        output.line(f"{name:<44} {why or 'as it should be'}")
    output.result({"verified": {name: why or None for name, why in faults.items()}})
    return 1 if any(faults.values()) else 0


def _verified(names: list[str]) -> Iterator[tuple[str, str]]:
    """Each present asset and assembled base, with what is wrong with it; raises ``AssetError`` for an unknown name."""
    from tarl_app import assets
    from tarl_app.agents.omni import assembled
    from tarl_app.core.settings import settings

    here = [state.asset.name for state in assets.listing() if state.path.is_dir()]
    for name in names or here:
        assets.store().asset(name)
        try:
            assets.store().verify(name)
            yield name, ""
        except AssetError as error:
            yield name, f"{error} Delete it; `python -m tarl_app assets fetch {name}` fetches it again."
    for folder in [] if names else assembled.bases(settings().cache):
        why = assembled.trouble(folder, content=True)
        yield folder.name, f"{why}. Delete {folder}: it is assembled anew when it is needed." if why else ""


def _list(options: argparse.Namespace, output: Output) -> int:
    from tarl_app import assets

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
