"""``test``: scenarios for continuous integration."""

import argparse
from pathlib import Path
from typing import Any

from tarl_app import wiring
from tarl_app.cli.options import add_guard, command, count
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Play scenarios and check what is expected of them (docs/scenarios.md). Exit status: 0 all passed, 1 a scenario "
        "failed, 2 an error."
    )
    made = command(parsers, "test", about, run)
    made.add_argument("files", nargs="+", metavar="FILE", help="YAML files, or folders of them")
    made.add_argument("--agent", default=settings().agent, help=f"{', '.join(wiring.agent_names())} (default: %(default)s)")
    made.add_argument("--trials", type=count, metavar="K", help="trials of each scenario (default: what its file says)")
    made.add_argument("--junit", type=Path, metavar="FILE", help="write the results as JUnit XML")
    made.add_argument("--save", action="store_true", help="keep the calls, so that the page shows them")
    add_guard(made)


def run(options: argparse.Namespace, output: Output) -> int:
    """Plays all scenarios; the exit status as in ``add``."""
    from tarl_app.domains import load_domain
    from tarl_app.scenarios.play import Result, Trial, play
    from tarl_app.scenarios.preparing import Prepared, prepare
    from tarl_app.scenarios.reading import find, read
    from tarl_app.scenarios.reports import as_json, as_lines, status, write_junit
    from tarl_app.wiring_scenarios import scenario_parts

    ready: list[Prepared] = []
    wrong: list[str] = []
    for one in read(find(options.files)):
        try:
            ready.append(prepare(one, wiring.find_task, load_domain))
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError("\n".join(wrong))
    parts = scenario_parts(options.agent, options.guard)
    store = wiring.make_store() if options.save else None
    results: list[Result] = []
    for prepared in ready:
        output.progress(f"{prepared.read.name} ({prepared.read.path})")

        def tell(trial: Trial, number: int, of: int) -> None:
            outcome = trial.error or ("passed" if trial.passed else f"failed: {trial.failed[0].text}")
            output.progress(f"  trial {number}/{of}, seed {trial.seed}: {outcome}")
            if store is not None and trial.episode is not None:
                store.save(trial.episode)

        results.append(play(prepared, parts, options.trials, tell))
        for line in as_lines(results[-1]):
            output.line(line)
    if options.junit:
        write_junit(results, options.agent, options.junit)
        output.progress(f"written: {options.junit}")
    passed = sum(one.passed for one in results)
    output.line(f"{passed} of {len(results)} scenarios passed")
    output.result(as_json(results, options.agent))
    return status(results)
