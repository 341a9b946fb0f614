"""Limits of what one request may start, for any user."""

from pydantic import Field

from tarl_app.core.types import Frozen

MOST_AGENTS = 12
"""Most agents of one measurement."""
MOST_CHANNELS = 8
"""Most channels of one measurement."""
MOST_COMBINATIONS = 24
"""Most evaluations that one press of a button starts; they run one after the other."""
MOST_TASKS = 1_000
"""Most tasks of one measurement: more than any split has."""
MOST_TRIALS = 16
"""Most trials of each task; pass^16 takes 16 times as long as pass^1."""
MOST_WORKERS = 64
"""Most parallel calls: more are not faster on one device."""
MOST_PARTS = 4
"""Most parts of a channel (``phone+noise15`` has two): each is one more pass over every sound."""


class HowMany(Frozen):
    """Validates the size of a comparison."""

    limit: int | None = Field(ge=1, le=MOST_TASKS)
    trials: int = Field(ge=1, le=MOST_TRIALS)
