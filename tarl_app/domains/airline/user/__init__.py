"""The airline's simulated customer: goals, understanding of the agent, and wordings."""

from random import Random

from tarl_app.core import domain
from tarl_app.core.types import Task
from tarl_app.domains.airline.user.lifelike import LIFELIKE
from tarl_app.domains.airline.user.phrasings import PHRASINGS


def _agenda(task: Task, rng: Random) -> domain.Agenda:
    from tarl_app.domains.airline.user.agenda import Agenda

    return Agenda(task, rng)


CUSTOMER = domain.Customer(agenda=_agenda, phrasings=PHRASINGS, lifelike=LIFELIKE)
