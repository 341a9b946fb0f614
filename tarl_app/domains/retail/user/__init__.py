"""The shop's simulated customer: goals, understanding of the agent, and wordings."""

from random import Random

from tarl_app.core import domain
from tarl_app.core.types import Task
from tarl_app.domains.retail.user.lifelike import LIFELIKE
from tarl_app.domains.retail.user.phrasings import PHRASINGS
from tarl_app.domains.retail.user.reading import REFUSALS


def _agenda(task: Task, rng: Random) -> domain.Agenda:
    from tarl_app.domains.retail.user.agenda import Agenda

    return Agenda(task, rng)


CUSTOMER = domain.Customer(agenda=_agenda, phrasings=PHRASINGS, refusals=REFUSALS, lifelike=LIFELIKE)
