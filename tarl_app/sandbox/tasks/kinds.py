"""The kinds of calls of a domain, and how a call is made of parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from tarl_app.sandbox.tasks.draft import GoalT, Part, SceneT

Builder = Callable[[SceneT], Part[GoalT] | None]
"""Makes a part of a scene; None where this customer has nothing that fits."""
Build = Callable[[SceneT], tuple[Part[GoalT], ...] | None]
"""Makes a whole call of a scene, its goals in order; None where it cannot."""


@dataclass(frozen=True)
class Kind(Generic[SceneT]):
    """One kind of call; ``share`` is its weight among all, and its tasks take turns in ``builds``."""

    name: str
    share: int
    builds: tuple[Build[SceneT, Any], ...]


def single(build: Builder[SceneT, GoalT]) -> Build[SceneT, GoalT]:
    """A call with this one goal."""

    def made(scene: SceneT) -> tuple[Part[GoalT], ...] | None:
        part = build(scene)
        return (part,) if part else None

    return made


def several(builders: Sequence[Builder[SceneT, GoalT]], is_first: Callable[[GoalT], bool]) -> Build[SceneT, GoalT]:
    """A call with two or three goals, at least one of them a change; ``is_first`` tells which goals have to come first."""

    def made(scene: SceneT) -> tuple[Part[GoalT], ...] | None:
        count = 3 if scene.dice.chance(25) else 2
        parts: list[Part[GoalT]] = []
        for build in scene.shuffled(builders):
            if len(parts) < count and (part := build(scene)) is not None:
                parts.append(part)
        if len(parts) < count or all(part.goal.kind == "lookup" for part in parts):
            return None
        return tuple(sorted(parts, key=lambda part: not is_first(part.goal)))

    return made
