"""Scripted customers by kind: plain ones, or those who talk as people do."""

from tarl_app.core.domain import PLAIN_MANNER, Domain, Manner, PhrasingSet
from tarl_app.core.protocols import UserSimulator
from tarl_app.core.types import CustomerKind, Task
from tarl_app.users.lifelike.user import LifelikeUser
from tarl_app.users.question import asks_one_question
from tarl_app.users.scripted import scripted_user


def usual(domain: Domain) -> CustomerKind:
    """How the domain's scripted customers talk by default: as people do, where they can."""
    return "lifelike" if domain.customer is not None and domain.customer.lifelike is not None else "plain"


def make_customer(
    task: Task,
    domain: Domain,
    seed: int = 0,
    phrasings: PhrasingSet = "seen",
    manner: Manner = PLAIN_MANNER,
    aloud: bool = False,
) -> UserSimulator:
    """The scripted customer of that manner; a task of one question has but one.

    ``aloud`` is for lifelike customers who speak. ``speak`` raises ``DomainError`` where the domain has no such customers.
    """
    if manner.kind == "plain" or asks_one_question(task):
        return scripted_user(task, domain, seed, phrasings)
    return LifelikeUser(task, domain, seed, phrasings, manner.own or {}, aloud)
