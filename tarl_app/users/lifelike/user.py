"""The lifelike customer: the domain's agenda with behaviours, in the words of one kind of person.

A function of the task, the turns and the seed alone, like ``users.scripted``: ``speak`` replays the dialogue each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

from tarl_app.core.domain import Domain, Lifelike, PhrasingSet, Say, Sayings, Wordings
from tarl_app.core.errors import DomainError
from tarl_app.core.types import Task, Turn, UserTurn
from tarl_app.users.agenda import ScriptedAgenda
from tarl_app.users.lifelike.agenda import LifelikeAgenda
from tarl_app.users.lifelike.rates import register_of
from tarl_app.users.lifelike.speaking import spoken
from tarl_app.users.lifelike.typing import Parts, typed
from tarl_app.users.scripted import MOST_TURNS, heard_from
from tarl_app.users.wordings.load import completed
from tarl_app.users.wordings.phrasings import phrase
from tarl_app.users.wordings.rules import NEAR

_OWN = 0.8
"""How often people speak in their own register, where it has a sentence; otherwise in a near one."""


@dataclass
class LifelikeUser:
    """A customer of ``domain`` who follows ``task`` and talks as people do.

    ``phrasings`` picks the set of sentences, ``own`` replaces some of its rules, and ``aloud`` is for customers who speak:
    hesitations instead of typing slips. Raises ``DomainError`` for a domain without lifelike customers.
    """

    task: Task
    domain: Domain
    seed: int = 0
    phrasings: PhrasingSet = "seen"
    own: Wordings = field(default_factory=dict)
    aloud: bool = False
    name: str = field(default="lifelike", init=False)

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """What the customer says next, or None when they hang up."""
        agenda = self.agenda()
        heard = heard_from(turns)
        acts: Sayings | None = agenda.open()
        for utterance in heard:
            if acts is None:
                return None
            acts = agenda.react(utterance)
        if acts is None or len(heard) >= MOST_TURNS:
            return None
        return UserTurn(text=self.say(acts, len(heard)))

    def agenda(self) -> LifelikeAgenda:
        """A fresh agenda, before the first word."""
        customer = self.domain.customer
        inner = customer.agenda(self.task, self._dice("agenda")) if customer else None
        if not isinstance(inner, ScriptedAgenda):
            raise DomainError(f"The domain {self.domain.name!r} has no lifelike customers: choose plain ones.")
        return LifelikeAgenda(inner, self.traits, self.register, self._dice("behaviours"))

    @cached_property
    def traits(self) -> Lifelike:
        """What the domain declares."""
        if self.domain.customer is None or self.domain.customer.lifelike is None:
            raise DomainError(f"The domain {self.domain.name!r} has no lifelike customers: choose plain ones.")
        return self.domain.customer.lifelike

    @cached_property
    def register(self) -> str:
        """What kind of person it is."""
        return register_of(self.task.persona.style, self._dice("register"))

    @cached_property
    def _wordings(self) -> Wordings:
        return completed(self.own, self.traits.wordings(self.phrasings))

    def say(self, acts: Sequence[Say], number: int) -> str:
        """The acts in words, as the ``number``-th message from 0."""
        rng = self._dice(f"{number}/{self.phrasings}")
        parts = _joined([self._parts(act, rng) for act in acts], rng)
        return spoken(parts, self.register, rng) if self.aloud else typed(parts, self.register, rng)

    def _parts(self, act: Say, rng: Random) -> Parts:
        if act.rule == "say":
            return [(act.slots["text"], True)]
        rest = _joined([self._parts(one, rng) for one in act.rest], rng)
        return _filled(self._sentence(act, rng), act, rest)

    def _sentence(self, act: Say, rng: Random) -> str:
        registers = self._wordings.get(act.rule)
        if not registers:
            return self._plain(act, rng)
        mine = registers.get(self.register, ()) + registers.get("any", ())
        near = tuple(text for one in NEAR.get(self.register, ()) for text in registers.get(one, ()))
        if mine and (not near or rng.random() < _OWN):
            return rng.choice(mine)
        return rng.choice(near or tuple(text for texts in registers.values() for text in texts))

    def _plain(self, act: Say, rng: Random) -> str:
        """A template of the plain customers, for a rule without sentences of its own."""
        assert self.domain.customer is not None
        table = self.domain.customer.phrasings[self.phrasings]
        rule = act.rule if act.rule in table or "." not in act.rule else act.rule.removesuffix(".indirect")
        open_slots = {slot: f"{{{slot}}}" for slot in (*act.slots, *(("rest",) if act.rest else ()))}
        return phrase(table, rule, rng, self.task.persona.style, **open_slots)

    def _dice(self, what: str) -> Random:
        return Random(f"{self.task.id}/{self.seed}/lifelike/{what}")


def _joined(said: Sequence[Parts], rng: Random) -> Parts:
    """Sentences one after the other, with a mark between those that end without one."""
    parts: Parts = []
    for one in said:
        if parts and one:
            text, value = parts[-1]
            marks = (". ",) if value else (". ", ". ", ", ", " - ")  # a value ends where it ends
            parts.append((" " if text[-1:] in ".?!:," else rng.choice(marks), False))
        parts += one
    return parts


def _filled(sentence: str, act: Say, rest: Parts) -> Parts:
    """The sentence in parts, its slots filled with values."""
    parts: Parts = []
    for n, piece in enumerate(sentence.replace("}", "{").split("{")):
        if n % 2 == 0:
            parts += [(piece, False)] if piece else []
        elif piece == "rest":
            parts += rest
        else:
            parts.append((act.slots.get(piece, ""), True))
    return parts
