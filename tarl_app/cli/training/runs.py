"""``runs``: lists and controls training runs."""

import argparse
from typing import Any

from tarl_app import wiring
from tarl_app.cli.options import command
from tarl_app.cli.output import Output
from tarl_app.jobs import run_record
from tarl_app.jobs.runs import Run


def add(parsers: Any) -> None:
    """Describes the command and its parts."""
    about = "List, show, stop, resume or delete training runs."
    actions = parsers.add_parser("runs", help=about[:1].lower() + about[1:-1], description=about)
    parts = actions.add_subparsers(title="actions", metavar="ACTION", required=True)
    command(parts, "list", "List all runs, the newest first.", list_runs)
    show = command(parts, "show", "Show one run: its state, step, newest metrics and checkpoints.", show_run)
    stop = command(parts, "stop", "Ask a run to write its state and end. Asked twice, it is ended at once.", stop_run)
    stop.add_argument("--wait", action="store_true", help="return when it has ended")
    stop.add_argument("--force", action="store_true", help="end it at once; the current step is lost")
    resume = command(parts, "resume", "Continue a stopped or interrupted run in the background.", resume_run)
    resume.add_argument("--wait", action="store_true", help="return when it has ended")
    delete = command(parts, "delete", "Delete a run that is not going on, with its checkpoints.", delete_run)
    for one in (show, stop, resume, delete):
        one.add_argument("name", metavar="NAME")


def _line(run: Run) -> str:
    rows = run_record.metrics(run.folder)
    reward = f"  reward {rows[-1]['reward']:.2f}" if rows and "reward" in rows[-1] else ""  # rows hold numbers only
    return f"{run.name:<28} {run.state:<12} step {run.step} of {run.steps}{reward}  {run.message}".rstrip()


def list_runs(options: argparse.Namespace, output: Output) -> int:
    """One line a run."""
    runs = wiring.make_runs().list()
    for run in runs:
        output.line(_line(run))
    if not runs:
        output.line("No runs yet. `python -m tarl_app train --preset tiny` makes one.")
    output.result({"runs": [run.as_json() for run in runs]})
    return 0


def _tell(run: Run, output: Output) -> int:
    found = run.as_json()
    output.line(_line(run))
    for key in ("folder", "pid"):
        output.line(f"  {key:<12} {found[key]}")
    for name, value in found["metrics"].items():
        output.line(f"  {name:<24} {value:.4g}" if isinstance(value, float) else f"  {name:<24} {value}")
    for name in found["checkpoints"]:
        output.line(f"  checkpoint   {name}")
    if run.state in ("failed", "interrupted") and (error := run_record.last_error(run.folder)):
        output.line(f"  error        {error}")
    output.result(found)
    return 0


def show_run(options: argparse.Namespace, output: Output) -> int:
    """The run as it is now."""
    return _tell(wiring.make_runs().get(options.name), output)


def stop_run(options: argparse.Namespace, output: Output) -> int:
    """Stops it."""
    runs = wiring.make_runs()
    runs.stop(options.name, options.force)
    return _tell(runs.wait(options.name) if options.wait else runs.get(options.name), output)


def resume_run(options: argparse.Namespace, output: Output) -> int:
    """Resumes it, detached; with ``--wait`` the exit code says whether it finished."""
    runs = wiring.make_runs()
    runs.start(options.name)
    if not options.wait:
        return _tell(runs.get(options.name), output)
    run = runs.wait(options.name)
    _tell(run, output)
    return 0 if run.state in ("finished", "stopped") else 1


def delete_run(options: argparse.Namespace, output: Output) -> int:
    """Deletes it."""
    wiring.make_runs().delete(options.name)
    output.line(f"{options.name} is deleted.")
    output.result({"name": options.name, "deleted": True})
    return 0
