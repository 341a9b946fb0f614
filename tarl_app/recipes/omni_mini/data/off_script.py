"""Conversations with asides: now and then the customer says something off topic.

The agent answers with one fixed sentence for each kind, and repeats its question. The scripted pair does not see these
turns: both decide from the dialogue without them, so the conversation continues as if nothing had been said in between.
Unlike mistakes, these answers are trained on.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from tarl_app.core.domain import PhrasingSet
from tarl_app.core.domain.recipe import OffScript as Topics
from tarl_app.core.protocols import Agent, UserSimulator
from tarl_app.core.types import AgentTurn, Turn, UserTurn
from tarl_app.users.wordings.phrasings import phrase

_MOST = 2  # in one conversation
_MORE = re.compile(r"(?:Is there anything else|Can I (?:do|help you with) anything else)[^?]*\?$")


def again(text: str, courtesies: Sequence[str] = ()) -> str | None:
    """The question in the agent's words, fit to be repeated; None: there is none.

    A report or a refusal is not repeated with its "anything else?", nor the courtesy before a question; a proposal is
    repeated whole, so that the yes that follows is a yes to all of it.
    """
    if not text.rstrip().endswith("?"):
        return None
    more = _MORE.search(text)
    courtesy = next((one for one in courtesies if text.startswith(f"{one} ")), "")
    kept = more[0] if more else text[len(courtesy) :].removeprefix(" ") if courtesy else text
    return kept[:1].upper() + kept[1:]


def answer(topics: Topics, kind: str, before: str) -> str:
    """What the agent says to an aside of that kind, when it had said ``before``."""
    put_again = again(before, topics.courtesies) if before else "How can I help you?"
    return f"{topics.answers[kind]} {before if kind == 'repeat' else put_again}"


def fitting(topics: Topics, before: str) -> list[str]:
    """The kinds of asides that make sense after this agent turn; none if the agent asked nothing."""
    if not before:
        return list(topics.first)
    if again(before, topics.courtesies) is None:
        return []
    fits = topics.fits(before)
    return [kind for kind in topics.answers if fits.get(kind, True)]


def aside(topics: Topics, kind: str, rng: Random, phrasings: PhrasingSet = "seen") -> str:
    """One sentence of that kind."""
    said = phrase(topics.said[phrasings], kind, rng)
    return said.lower() if kind in topics.unspeakable else said


class MistakenAgent(Agent, Protocol):
    """An agent that makes mistakes and knows them: ``stumbles`` are the indices of its wrong turns."""

    @property
    def stumbles(self) -> list[int]:
        """In the dialogue as it sees it."""
        ...


@dataclass(frozen=True)
class Placed:
    """An aside in a conversation: the index of the customer's turn, its kind."""

    index: int
    kind: str


class OffScript:
    """The two sides of a conversation with asides; ``user`` and ``agent`` take the places of the scripted pair."""

    def __init__(
        self,
        user: UserSimulator,
        agent: MistakenAgent,
        topics: Topics,
        chance: float,
        seed: int,
        phrasings: PhrasingSet = "seen",
    ) -> None:
        """``chance`` is the probability of an aside a user turn."""
        self.topics = topics
        self.inner_user, self.inner_agent, self.chance = user, agent, chance
        self.phrasings: PhrasingSet = phrasings
        self.rng = Random(f"asides {seed}")
        self.placed: list[Placed] = []
        self.user, self.agent = _User(self), _Agent(self)

    def visible(self, turns: Sequence[Turn]) -> list[Turn]:
        """The dialogue as the scripted pair sees it."""
        hidden = self._hidden()
        return [turn for i, turn in enumerate(turns) if i not in hidden]

    def stumbles(self, count: int) -> tuple[int, ...]:
        """The agent's mistakes as indices of all ``count`` turns."""
        hidden = self._hidden()
        places = [i for i in range(count) if i not in hidden]
        return tuple(places[i] for i in self.inner_agent.stumbles)

    def _hidden(self) -> set[int]:
        return {i for one in self.placed for i in (one.index, one.index + 1)}

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """The scripted customer's turn, or an aside before it."""
        seen = self.visible(turns)
        meant = self.inner_user.speak(tuple(seen))
        if meant is None or not self._may(seen, len(turns)) or self.rng.random() >= self.chance:
            return meant
        kinds = fitting(self.topics, _said_last(seen))
        if not kinds:
            return meant
        kind = self.rng.choices(kinds, [self.topics.rare.get(kind, 1.0) for kind in kinds])[0]
        self.placed.append(Placed(len(turns), kind))
        return UserTurn(text=aside(self.topics, kind, self.rng, self.phrasings))

    def _may(self, seen: Sequence[Turn], count: int) -> bool:
        """Whether an aside may come: never twice in a row, nor after a mistake, whose words would be repeated and
        trained on.
        """
        if len(self.placed) >= _MOST or any(one.index == count - 2 for one in self.placed):
            return False
        return len(seen) - 1 not in self.inner_agent.stumbles

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The answer to an aside, or the inner agent's turn."""
        now = self.placed[-1] if self.placed else None
        if now is None or now.index != len(turns) - 1:
            return self.inner_agent.reply(self.visible(turns), on_text, cancelled)
        text = answer(self.topics, now.kind, _said_last(self.visible(turns)))
        if on_text is not None:
            on_text(text)
        return AgentTurn(text=text)


def _said_last(turns: Sequence[Turn]) -> str:
    return turns[-1].text if turns and isinstance(turns[-1], AgentTurn) else ""


class _User:
    def __init__(self, asides: OffScript) -> None:
        self.name, self._asides = asides.inner_user.name, asides

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """See ``OffScript.speak``."""
        return self._asides.speak(turns)


class _Agent:
    def __init__(self, asides: OffScript) -> None:
        self.name, self._asides = asides.inner_agent.name, asides

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """See ``OffScript.reply``."""
        return self._asides.reply(turns, on_text, cancelled)
