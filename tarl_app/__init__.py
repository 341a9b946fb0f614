"""TARL app: talk to, measure and train a voice agent."""

import os
from typing import TYPE_CHECKING, Any

from tarl_app.core.proxies import spare_this_machine

if TYPE_CHECKING:
    from tarl_app.library import run_task

__all__ = ["__version__", "run_task"]
__version__ = "0.1.0"

# torch's CPU library keeps what it compiled for each shape, with its scratch memory, 1,024 shapes by default. Sounds and
# dialogues come in every length: hearing ten hours of speech held 13 GB instead of 3, and was no faster. It reads this once,
# at its first computation.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")

# Before any client of any library is made: they read it then.
spare_this_machine()


def __getattr__(name: str) -> Any:
    """``run_task`` is loaded when it is asked for: it needs nearly everything else."""
    if name == "run_task":
        from tarl_app.library import run_task

        return run_task
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
