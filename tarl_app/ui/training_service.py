"""Everything that the Train tab needs from the rest of the app, so that the page never imports training."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tarl_app.jobs.runs import Runs

Values = Mapping[str, Any]
"""The form: base, algorithm, scheme, mix (domain -> share), speech, steps, group_size, learning_rate, judge, ..., rest."""


def _none(values: Values) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Choices:
    """What can be chosen now."""

    bases: tuple[str, ...]
    algorithms: tuple[str, ...]
    schemes: tuple[str, ...]
    judges: tuple[str, ...]


@dataclass(frozen=True)
class TrainingService:
    """Everything here may be called from any thread. Values are plain (what YAML can hold)."""

    presets: Mapping[str, Values]
    choices: Callable[[], Choices]
    create: Callable[[str, Values], str]
    """Checks the form and creates a run of that name (or a free one); its name. Raises ``ConfigError``, ``JobError``."""
    values: Callable[[str], Values]
    """A run's configuration as values of the form. Raises ``ConfigError``, ``JobError``."""
    outlook: Callable[[Values], str]
    """Estimated time, memory and cost of the run on this machine, in words. Raises ``ConfigError`` for all that ``create``
    would refuse before it looks at weights."""
    warnings: Callable[[Values], Mapping[str, str]] = _none
    """Field -> why its value, which is allowed, is unwise. Raises ``ConfigError``."""


@dataclass(frozen=True)
class Training:
    """The runs, and the service, which takes seconds to open because it loads the trainer's code."""

    runs: Runs
    domains: tuple[str, ...]
    desk: Callable[[], TrainingService]
    owners: frozenset[str] | None = None
    """The accounts that may see and change runs, on a public Space; None: everybody who has the page."""
