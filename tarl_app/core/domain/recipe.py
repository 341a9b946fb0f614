"""A domain's part of the training data of a small model (``recipes``)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tarl_app.core.domain.acts import Use
from tarl_app.core.domain.customer import PhrasingSet, PhrasingTable
from tarl_app.core.types import ToolCall, Turn

Slots = Mapping[str, str]
WrongProposal = Callable[[Slots, Sequence[Turn], Random], Slots | None]
"""The slots of a proposal with one of them wrong; None if that is impossible."""
Sentences = Callable[[int, int, Iterable[str]], list[str]]
"""A function (count, seed, excluded) -> single sentences without any of the excluded names and addresses."""


def _no_people() -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True)
class OffScript:
    """Off-topic sentences of customers, by kind, and the agent's answers.

    ``answers``: one polite sentence for each kind, without a promise, a question or a word for what a tool does.
    ``said``: the customers' sentences. ``first`` are the kinds that fit the beginning, ``rare`` weights some kinds
    (default 1), and ``unspeakable`` are those that are only typed. ``fits`` says for some kinds whether they make sense
    after an utterance of the agent. ``courtesies`` are openings of the expert's answers that are not repeated with its
    question.
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
    """Mistakes of the expert, from which a model learns to recover. No mistake writes anything.

    ``identifies``: whether a call looks the customer up; ``misheard`` gives its arguments with one of them misheard,
    and ``not_found`` what the expert says when nobody is found under them. ``refused`` is the call with a mistake for
    which the tool refuses it, ``needless`` an unnecessary look-up; None if there is none. ``questions`` are rules of
    wording of which one may be asked in place of another, ``proposals`` the ways in which a proposal can be wrong.
    ``tempting`` weights the rules and calls at which mistakes are made (default 1).
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
    """``held_out``: names and addresses of the customers of dev and test, which are excluded from training.

    ``dictation``: sentences that are hard to recognise. ``codes``: sentences with codes that no context predicts.
    ``ordinary``: the words in which a customer may make typing errors. ``hard_kinds``: the kinds of task that are
    learned last.
    """

    dictation: Sentences
    codes: Sentences
    ordinary: Callable[[], frozenset[str]]
    held_out: Callable[[], frozenset[str]] = _no_people
    hard_kinds: tuple[str, ...] = ()
    off_script: OffScript | None = None
    mistakes: Mistakes | None = None
