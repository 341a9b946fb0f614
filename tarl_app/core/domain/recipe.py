"""What a domain adds to the data that a small model is trained on (``recipes``)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tarl_app.core.domain.acts import Use
from tarl_app.core.domain.customer import PhrasingSet, PhrasingTable
from tarl_app.core.types import ToolCall, Turn

Slots = Mapping[str, str]
WrongProposal = Callable[[Slots, Sequence[Turn], Random], Slots | None]
"""The slots of a proposal with one of them wrong; None where this cannot be."""
Sentences = Callable[[int, int, Iterable[str]], list[str]]
"""So many single sentences by a seed, none with a name or an address of those that are given."""


def _no_people() -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True)
class OffScript:
    """What customers say beside the point, by kind, and what the agent answers.

    ``answers``: one polite sentence for each kind, without a promise, a question or a word for what a tool does. ``said``:
    the customers' sentences. ``first`` are the kinds that fit the beginning, ``rare`` weighs some kinds (1 else), and
    ``unspeakable`` are those that come from a keyboard only. ``fits`` says of some kinds whether they make sense after these
    words of the agent. ``courtesies`` begin an answer of the expert and are not repeated with its question.
    """

    answers: Mapping[str, str]
    said: Mapping[PhrasingSet, PhrasingTable]
    first: tuple[str, ...]
    fits: Callable[[str], Mapping[str, bool]]
    rare: Mapping[str, float] = field(default_factory=dict)
    unspeakable: frozenset[str] = frozenset()
    courtesies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mistakes:
    """How the expert goes wrong, so that a model learns to recover. No mistake writes anything.

    ``identifies``: whether a call looks the customer up; ``misheard`` gives its arguments with one of them misheard, and
    ``not_found`` what the expert says when nobody is found under them. ``refused`` is the call with a mistake for which the
    tool refuses it, ``needless`` a look-up that brings nothing; None where there is none. ``questions`` are rules of wording
    of which one may be asked in place of another, ``proposals`` the ways in which a proposal can be wrong. ``tempting``
    weighs the rules and calls at which mistakes are made (1 else).
    """

    identifies: Callable[[Use], bool]
    misheard: Callable[[dict[str, Any], Random], dict[str, Any]]
    not_found: Callable[[dict[str, Any]], str]
    refused: Callable[[Use, Random], ToolCall | None]
    needless: Callable[[Sequence[Turn], Random], ToolCall | None]
    questions: tuple[str, ...] = ()
    proposals: tuple[WrongProposal, ...] = ()
    tempting: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RecipeData:
    """``held_out``: names and addresses of the customers of dev and test, about whom nothing is trained. ``dictation``:
    sentences full of what is hard to hear. ``codes``: sentences with what cannot be guessed. ``ordinary``: the words in
    which a customer may make slips of the keyboard. ``hard_kinds``: the kinds of task that are learnt last."""

    dictation: Sentences
    codes: Sentences
    ordinary: Callable[[], frozenset[str]]
    held_out: Callable[[], frozenset[str]] = _no_people
    hard_kinds: tuple[str, ...] = ()
    off_script: OffScript | None = None
    mistakes: Mistakes | None = None
