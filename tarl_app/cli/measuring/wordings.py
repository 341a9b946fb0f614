"""``wordings report`` and ``wordings check``."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tarl_app import wiring
from tarl_app.cli.options import add_domain, command
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError
from tarl_app.domains import load_domain
from tarl_app.users.wordings.load import FOLDERS
from tarl_app.users.wordings.report import count, shared


def add(parsers: Any) -> None:
    """Describes the command."""
    about = "Count the sentences of lifelike customers by rule and set, or check a file of one's own (docs/wordings.md)."
    made = command(parsers, "wordings", about, run)
    made.add_argument("what", choices=("report", "check"))
    made.add_argument("file", nargs="?", type=Path, metavar="FILE", help="for check: a .yaml file of wordings")
    add_domain(made)


def run(options: argparse.Namespace, output: Output) -> int:
    """Reports, or checks; a file that is wrong is an error."""
    return (_check if options.what == "check" else _report)(options, output)


def _report(options: argparse.Namespace, output: Output) -> int:
    customer = load_domain(options.domain).customer
    if customer is None or customer.lifelike is None:
        raise ConfigError(f"The domain {options.domain!r} has no lifelike customers: choose another with --domain.")
    sets = {folder: customer.lifelike.wordings(name) for name, folder in FOLDERS.items()}
    counted = {folder: count(wordings) for folder, wordings in sets.items()}
    rules = {folder: {one.rule: one for one in rows} for folder, rows in counted.items()}
    output.line(f"{'rule':<34}" + "".join(f"{folder:>7} {'bigrams':>8} {'trigrams':>9}" for folder in sets))
    for rule in sorted(set().union(*rules.values())):
        cells = [rules[folder].get(rule) for folder in sets]
        numbers = [(one.sentences, one.bigrams, one.trigrams) if one else (0, 0, 0) for one in cells]
        output.line(f"{rule:<34}" + "".join(f"{a:>7} {b:>8} {c:>9}" for a, b, c in numbers))
    totals = {folder: sum(one.sentences for one in rows) for folder, rows in counted.items()}
    output.line(f"sentences: {', '.join(f'{folder} {total}' for folder, total in totals.items())}")
    folders = list(sets)
    pairs = [(one, other) for n, one in enumerate(folders) for other in folders[n + 1 :]]
    near = {f"{one}/{other}": [*shared(sets[one], sets[other])] for one, other in pairs}
    output.line(f"shared by two sets: {sum(map(len, near.values()))}")
    by_set = {folder: [asdict(one) for one in rows] for folder, rows in counted.items()}
    output.result({"domain": options.domain, "sentences": totals, "rules": by_set, "shared": near})
    return 0


def _check(options: argparse.Namespace, output: Output) -> int:
    if options.file is None:
        raise ConfigError("Name the file to check: python -m tarl_app wordings check FILE.")
    rows = count(wiring.own_wordings(options.file, options.domain))
    for one in rows:
        output.line(f"{one.rule:<34} {one.sentences:>5}")
    output.line(f"{options.file.name}: {len(rows)} rules, {sum(one.sentences for one in rows)} sentences, all right")
    output.result({"rules": {one.rule: one.sentences for one in rows}})
    return 0
