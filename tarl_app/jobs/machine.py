"""The training runs of this machine, and how its CPU threads are divided between a run and everything else."""

from tarl_app.core.settings import settings
from tarl_app.jobs.launch import LocalLauncher, divide
from tarl_app.jobs.runs import Runs


def make_runs() -> Runs:
    """The training runs under ``TARL_HOME``, computed on this machine."""
    return Runs(settings().runs, (LocalLauncher(threads=run_threads()),))


def run_threads() -> int:
    """CPU threads of a run beside the page."""
    return divide(settings().threads)[1]


def threads() -> int:
    """CPU threads for the models of this process; fewer while a run computes on the same machine."""
    return divide(settings().threads)[0] if make_runs().computing() else settings().threads
