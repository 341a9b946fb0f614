"""The scripted user: the domain's agenda for a task, in one of the domain's sets of wordings.

``speak`` replays the whole dialogue from the task and the seed at each turn, so no state can be stale after an undo,
and any agent's (or person's) turns can come before. Text that the domain's rules do not cover is deliberately not
understood: the user asks to repeat it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from tarl_app.core.domain import Customer, Domain, PhrasingSet, Say
from tarl_app.core.errors import DomainError
from tarl_app.core.protocols import UserSimulator
from tarl_app.core.types import AgentTurn, Task, Turn, UserTurn
from tarl_app.users.question import OneQuestionUser, asks_one_question
from tarl_app.users.wordings.phrasings import hesitate, phrase, templates

MOST_TURNS = 30
"""User turns after which the user gives up."""


@dataclass
class ScriptedUser:
    """A simulated customer of ``domain`` who follows ``task``; ``phrasings`` picks the set of wordings."""

    task: Task
    domain: Domain
    seed: int = 0
    phrasings: PhrasingSet = "seen"
    name: str = field(default="scripted", init=False)

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """What the user says next, or None when the user hangs up: a function of the task, the turns and the seed alone."""
        agenda = self._customer.agenda(self.task, Random(f"{self.task.id}/{self.seed}/agenda"))
        heard = heard_from(turns)
        acts = agenda.open()
        for utterance in heard:
            if acts is None:
                return None
            acts = agenda.react(utterance)
        if acts is None or len(heard) >= MOST_TURNS:
            return None
        return UserTurn(text=self._say(acts, len(heard)))

    @property
    def _customer(self) -> Customer:
        customer = self.domain.customer
        if customer is None:
            raise DomainError(f"The domain {self.domain.name!r} has no scripted customer: choose another user.")
        if self.phrasings not in customer.phrasings:
            has = ", ".join(customer.phrasings)
            raise DomainError(f"The domain {self.domain.name!r} has no wordings named {self.phrasings!r}; it has {has}.")
        return customer

    def _say(self, acts: Sequence[Say], number: int) -> str:
        rng = Random(f"{self.task.id}/{self.seed}/{number}/{self.phrasings}")
        table, style = self._customer.phrasings[self.phrasings], self.task.persona.style
        said = [self._phrase(act, rng) for act in acts]
        text = " ".join(part for part in said if part)
        aside = f"aside.{style}"
        if aside in table and acts[-1].rule not in ("bye", "give_up") and rng.random() < 0.3 and not text.endswith("?"):
            text = f"{text} {phrase(table, 'aside', rng, style)}"
        return hesitate(text, templates(table, "fillers"), rng) if style == "hesitant" and text else text

    def _phrase(self, act: Say, rng: Random) -> str:
        table, style = self._customer.phrasings[self.phrasings], self.task.persona.style
        if act.rule == "say":
            return act.slots["text"]
        slots = dict(act.slots)
        if act.rest:
            slots["rest"] = " ".join(self._phrase(part, rng) for part in act.rest)
        return phrase(table, act.rule, rng, style, **slots)


def scripted_user(task: Task, domain: Domain, seed: int = 0, phrasings: PhrasingSet = "seen") -> UserSimulator:
    """The scripted user for the task: one with an agenda, or one with a single question."""
    return OneQuestionUser(task) if asks_one_question(task) else ScriptedUser(task, domain, seed, phrasings)


def heard_from(turns: Sequence[Turn]) -> list[str]:
    """What the agent said after each user turn, its utterances joined."""
    heard: list[list[str]] = []
    for turn in turns:
        if isinstance(turn, UserTurn):
            heard.append([])
        elif isinstance(turn, AgentTurn) and turn.text.strip() and heard:
            heard[-1].append(turn.text.strip())
    return [" ".join(parts) for parts in heard]
