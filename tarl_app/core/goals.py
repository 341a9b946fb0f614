"""Goals with the details that only their domain knows to read."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Self, TypeVar

from tarl_app.core.types import Goal

G = TypeVar("G", bound="DetailedGoal")


class DetailedGoal(Goal):
    """A goal whose details are fields: a domain derives from it, adds its own, and declares ``instead`` as its own kind."""

    @classmethod
    def of(cls, goal: Goal) -> Self:
        """The goal with its details read; raises ``pydantic.ValidationError`` when they are not those of this domain."""
        return goal if isinstance(goal, cls) else _read(cls, goal.model_dump_json())

    @classmethod
    def all_of(cls, goals: Iterable[Goal]) -> tuple[Self, ...]:
        """All of them."""
        return tuple(cls.of(goal) for goal in goals)

    @property
    def generic(self) -> Goal:
        """The goal as tasks hold it, its details as JSON."""
        return Goal.model_validate(self.model_dump(mode="json", exclude_defaults=True) | {"kind": self.kind})


@lru_cache(maxsize=8192)
def _read(cls: type[G], text: str) -> G:
    return cls.model_validate(_flat(json.loads(text)))


def _flat(fields: dict[str, Any]) -> dict[str, Any]:
    flat = {**fields, **fields.pop("details", {})}
    return {**flat, "instead": _flat(flat["instead"])} if flat.get("instead") else flat
