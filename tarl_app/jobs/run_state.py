"""The states of a run, and what its status and process files must hold."""

from pathlib import Path
from typing import Any, Literal, get_args

from tarl_app.core import documents
from tarl_app.core.errors import DocumentError
from tarl_app.jobs import launch, run_record

State = Literal[
    "created", "queued", "starting", "running", "stopping", "stopped", "finished", "failed", "interrupted", "damaged"
]
LIVE: tuple[State, ...] = ("queued", "starting", "running", "stopping")


def damage(folder: Path) -> str:
    """What is wrong with a run's configuration and status files, in a sentence; empty if nothing is."""
    if not run_record.readable(folder):
        return f"{run_record.CONFIG} holds no configuration that can be read: mend it, or delete the run."
    for name, holds in ((launch.STATUS, _is_status), (launch.PROCESS, _is_process)):
        try:
            if not holds(documents.read_json(folder / name)):
                return f"{name} does not say what it should: mend it, or delete the run."
        except FileNotFoundError:
            continue  # it was not started yet
        except (OSError, DocumentError):
            return f"{name} cannot be read: mend it, or delete the run."
    return ""


def _is_status(found: Any) -> bool:
    if not isinstance(found, dict) or found.get("state") not in get_args(State):
        return False
    numbers = all(type(found.get(name, 0)) is int and found.get(name, 0) >= 0 for name in ("step", "steps"))
    return numbers and isinstance(found.get("message", ""), str)


def _is_process(found: Any) -> bool:
    kinds = {"pid": int, "host": str, "launcher": str}
    return isinstance(found, dict) and all(type(found.get(name)) is kind for name, kind in kinds.items())


def whole(value: Any) -> int:
    """The value where it is a count; 0 for anything else."""
    return value if type(value) is int and value >= 0 else 0
