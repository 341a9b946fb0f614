"""``import tau-bench PATH``, ``tau-bench-runs FILE`` and ``tau2-bench PATH`` (docs/foreign-benchmarks.md)."""

import argparse
from typing import Any

from tarl_app import wiring
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError, DomainError
from tarl_app.core.settings import settings
from tarl_app.domains import load_domain
from tarl_app.domains.tau.copy.check import SplitCheck, check
from tarl_app.domains.tau.copy.importing import import_copy
from tarl_app.domains.tau.copy.recorded import Rescored, rescored
from tarl_app.domains.tau.domain import Imported, imported
from tarl_app.domains.tau.tau2.copy import import_copy as import_tau2_copy
from tarl_app.sandbox.checks import gold_episode, null_episode
from tarl_app.sandbox.verifier import verify

_SHOWN = 10


def import_tau(options: argparse.Namespace, output: Output) -> int:
    """Imports a copy; with ``--check``, exit code 1 if a solution leaves other data than in the benchmark."""
    told: dict[str, Any] = {}
    good = True
    for name in import_copy(options.path):
        parts = imported(settings().domains / name, name)
        if not options.check:
            told[name] = {split: {"tasks": len(parts.tasks(split))} for split in parts.manifest.tasks}
            counts = ", ".join(f"{split} {one['tasks']}" for split, one in told[name].items())
            output.line(f"{name}: {counts}")
            continue
        checks = check(parts)
        told[name] = {split: one.model_dump(mode="json") for split, one in checks.items()}
        for split, one in checks.items():
            output.line(_line(name, split, one))
            good = good and not one.different
    output.result({"domains": told})
    return 0 if good else 1


def _line(name: str, split: str, one: SplitCheck) -> str:
    equal = (
        "no reference for this version" if one.gold_states_equal is None else f"{one.gold_states_equal} gold states equal"
    )
    return f"{name:<12} {split:<6} {one.tasks:>4} tasks, {equal}; a null agent passes {one.null_passed}"


def import_runs(options: argparse.Namespace, output: Output) -> int:
    """Scores recorded runs again and stores them; exit code 1 if a verdict differs from the recorded reward."""
    parts = _domain_of(options)
    found = list(rescored(options.path, parts))
    if not options.check:
        store = wiring.make_store()
        for one in found:
            store.save(one.episode)
    different = [one for one in found if not one.agrees]
    output.line(f"{len(found)} runs on {parts.name}: {len(found) - len(different)} have the recorded reward")
    for one in different[:_SHOWN]:
        output.line(f"  {one.episode.id}: recorded {one.recorded:g}; {_why(one)}")
    output.result(
        {
            "domain": parts.name,
            "runs": len(found),
            "same_reward": len(found) - len(different),
            "passed": sum(bool(one.episode.verdict and one.episode.verdict.passed) for one in found),
            "strict": sum(bool(one.episode.verdict and one.episode.verdict.strict) for one in found),
            "other_tasks": sum(not one.same_task for one in found),
            "different": [one.episode.id for one in different],
            "stored": 0 if options.check else len(found),
        }
    )
    return 1 if different else 0


def _why(one: Rescored) -> str:
    failed = [check for check in (one.episode.verdict.checks if one.episode.verdict else ()) if not check.passed]
    return "; ".join(f"{check.name}: {check.detail}" for check in failed)[:200] or "passes here"


def import_tau2(options: argparse.Namespace, output: Output) -> int:
    """Imports a copy of tau2-bench; with ``--check``, exit code 1 if a solution does not pass by its own rules."""
    told: dict[str, Any] = {}
    good = True
    for name in import_tau2_copy(options.path):
        domain = load_domain(name)
        told[name] = {split: {"tasks": len(domain.tasks(split))} for split in wiring.SPLITS if domain.tasks(split)}
        for split in told[name] if options.check else ():
            tasks = domain.tasks(split)
            played = {"gold_passed": gold_episode, "null_passed": null_episode}
            told[name][split] |= {
                what: sum(verify(play(task, domain), domain).passed for task in tasks) for what, play in played.items()
            }
            good = good and told[name][split]["gold_passed"] == len(tasks)
        for split, counts in told[name].items():
            words = ", ".join(f"{what.replace('_', ' ')} {count}" for what, count in counts.items())
            output.line(f"{name:<13} {split:<6} {words}")
    output.result({"domains": told})
    return 0 if good else 1


def _domain_of(options: argparse.Namespace) -> Imported:
    folders = {path.parent.name: path.parent for path in settings().domains.glob("*/domain.json")}
    names = [options.domain] if options.domain else sorted(folders)
    for name in names:
        if name not in folders:
            raise DomainError(
                f"There is no imported domain {name!r}: `python -m tarl_app import tau-bench PATH` makes them."
            )
        parts = imported(folders[name], name)
        first = next(rescored(options.path, parts), None)
        if options.domain or (first is not None and _knows(parts, first)):
            return parts
    raise ConfigError("Which imported domain are these runs of? Say so with --domain, after `import tau-bench PATH`.")


def _knows(parts: Imported, one: Rescored) -> bool:
    names = {tool.name for tool in parts.tools.specs}
    return one.episode.task.user_id in parts.base().tables["users"] and all(
        call.name in names for call in one.episode.task.gold
    )
