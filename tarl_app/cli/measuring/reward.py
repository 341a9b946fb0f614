"""``reward sweep``: sensitivity of the ranking of stored episodes to the factors, the single -1, and errors of the
judge.
"""

import argparse
from typing import Any

from tarl_app.cli.options import EPISODES_HELP, command, count, read_episodes
from tarl_app.cli.output import Output
from tarl_app.evaluation.measures.sweep import sweep


def add(parsers: Any) -> None:
    """Describes the command."""
    about = "Price episodes in other ways and say how their ranking changes: other factors, several -1s, an erring judge."
    made = command(parsers, "reward", about, run)
    made.add_argument("what", choices=("sweep",))
    made.add_argument("episodes", help=EPISODES_HELP)
    made.add_argument("--limit", type=count, default=1000, help="at most so many (default: %(default)s)")
    made.add_argument("--judge", help="whose scores (default: the newest)")
    made.add_argument("--seed", type=int, default=0, help="of the erring judges (default: %(default)s)")


def run(options: argparse.Namespace, output: Output) -> int:
    """Prints the table."""
    episodes = read_episodes(options.episodes, options.limit)
    variants = sweep(episodes, options.judge, options.seed)
    output.line(f"{len(episodes)} episodes of {options.episodes}")
    output.line(f"  {'':<38} {'tau':>6} {'moved':>6} {'mean reward':>12}")
    for one in variants:
        output.line(f"  {one.name:<38} {one.tau:6.3f} {one.moved:6d} {one.mean_reward:12.2f}")
    output.result({"episodes": len(episodes), "variants": [one.model_dump(mode="json") for one in variants]})
    return 0
