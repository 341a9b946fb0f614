"""What scenarios are played with, by the wiring's tables."""

from tarl_app import wiring
from tarl_app.core.domain import Domain, Manner
from tarl_app.core.protocols import Agent, UserSimulator
from tarl_app.core.types import Guards, Task
from tarl_app.scenarios.play import Parts
from tarl_app.scenarios.preparing import Prepared


def scenario_parts(agent: str, guard: Guards | None = None) -> Parts:
    """The parts for an agent by its name."""

    def make(task: Task, domain: Domain, seed: int) -> Agent:
        return wiring.make_agent(agent, task, domain, seed, guard=guard)

    def user(prepared: Prepared, seed: int) -> UserSimulator:
        return make_user(prepared, seed, wiring.hears(agent) if prepared.scenario.customer.speech else False)

    return Parts(make, user, wiring.make_judge, wiring.make_voice, guard or wiring.default_guard(agent))


def make_user(prepared: Prepared, seed: int, hears: bool) -> UserSimulator:
    """The customer of a scenario. Raises ``ConfigError``, ``SpeechError``."""
    from tarl_app.users.lines import LinesUser

    task, customer, lines = prepared.task, prepared.scenario.customer, prepared.scenario.say
    own = LinesUser(lines) if lines else None
    manner = Manner(customer.manner)
    if not customer.speech:
        return own or wiring.make_user(task, seed, customer.phrasings, customer.user, manner=manner)
    said = (customer.phrasings, customer.voice, customer.channel, not hears, customer.user)
    return wiring.make_spoken_user(task, seed, *said, manner=manner, writes=own)
