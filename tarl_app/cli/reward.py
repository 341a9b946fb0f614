"""``reward sweep``: sensitivity of the ranking of stored episodes to the factors, the single -1, and errors of the
judge.
"""

import argparse
from pathlib import Path
from typing import Any

from tarl_app import wiring
from tarl_app.cli.options import command, count
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings
from tarl_app.core.types import Episode
from tarl_app.evaluation.folder import EPISODES, stored
from tarl_app.evaluation.sweep import sweep

STORE = "stored"


def add(parsers: Any) -> None:
    """Describes the command."""
    about = "Price episodes in other ways and say how their ranking changes: other factors, several -1s, an erring judge."
    made = command(parsers, "reward", about, run)
    made.add_argument("what", choices=("sweep",))
    text = f"an evaluation's name or folder, a file of one JSON episode a line, or '{STORE}' for the stored calls"
    made.add_argument("episodes", help=text)
    made.add_argument("--limit", type=count, default=1000, help="at most so many (default: %(default)s)")
    made.add_argument("--judge", help="whose scores (default: the newest)")
    made.add_argument("--seed", type=int, default=0, help="of the erring judges (default: %(default)s)")


def run(options: argparse.Namespace, output: Output) -> int:
    """Prints the table."""
    episodes = _episodes(options.episodes, options.limit)
    variants = sweep(episodes, options.judge, options.seed)
    output.line(f"{len(episodes)} episodes of {options.episodes}")
    output.line(f"  {'':<38} {'tau':>6} {'moved':>6} {'mean reward':>12}")
    for one in variants:
        output.line(f"  {one.name:<38} {one.tau:6.3f} {one.moved:6d} {one.mean_reward:12.2f}")
    output.result({"episodes": len(episodes), "variants": [one.model_dump(mode="json") for one in variants]})
    return 0


def _episodes(name: str, limit: int) -> list[Episode]:
    if name == STORE:
        return [*wiring.make_store().list(limit)]
    for path in (Path(name), settings().evaluations / name):
        if path.is_file():
            return [*stored(path.parent, path.name)][:limit]
        if (path / EPISODES).is_file():
            return [*stored(path)][:limit]
    raise ConfigError(f"There are no episodes at {name!r}: give an evaluation's name, a file, or '{STORE}'.")
