"""How customers talk, and the scenario of a task in the second person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tarl_app.sandbox.dice import Dice
from tarl_app.sandbox.tasks.draft import Scene

Style = Literal["plain", "chatty", "terse", "impatient", "hesitant"]
_STYLES: tuple[Style, ...] = ("plain", "chatty", "terse", "impatient", "hesitant")
_WEIGHTS = (50, 15, 13, 11, 11)
_NUMBERS = {2: "two", 3: "three"}


@dataclass(frozen=True)
class Prose:
    """A domain's sentences around the goals, each a choice of several.

    ``in_style`` says how the customer talks; ``several`` opens a call with more than one goal ({number} of them), ``then``
    introduces each further one; ``without_ids`` says that the customer has no ids at hand.
    """

    in_style: Mapping[Style, Sequence[str]]
    several: Sequence[str]
    then: Sequence[str]
    without_ids: Sequence[str]


def drawn_style(dice: Dice) -> Style:
    """How a customer talks: half of them plainly."""
    return dice.weighted(_STYLES, _WEIGHTS)


def scenario(scene: Scene[Any], prose: Prose, introduction: str, goals: Sequence[str], style: Style) -> str:
    """The whole scenario: who you are and what you know (``introduction``), what you want, how you talk."""
    parts = [introduction, *_joined(scene, prose, goals)]
    if not scene.knows_ids:
        parts.append(scene.pick(*prose.without_ids))
    parts.append(scene.pick(*prose.in_style[style]))
    return " ".join(part for part in parts if part)


def _joined(scene: Scene[Any], prose: Prose, goals: Sequence[str]) -> list[str]:
    """Several goals are said one after another, each introduced."""
    if len(goals) == 1:
        return list(goals)
    start = scene.pick(*prose.several).format(number=_NUMBERS.get(len(goals), str(len(goals))))
    return [start, goals[0], *(f"{scene.pick(*prose.then)} {goal}" for goal in goals[1:])]
