"""The constructors of a call over ``/v1/realtime``."""

from functools import partial

from tarl_app import wiring, wiring_llm
from tarl_app.core.domain import Domain
from tarl_app.core.errors import DomainError
from tarl_app.core.protocols import Agent, EpisodeStore
from tarl_app.core.settings import settings
from tarl_app.core.types import Guards, Task
from tarl_app.domains import load_domain
from tarl_app.realtime.call.parts import Parts
from tarl_app.speech import AGENT_VOICE


def realtime_parts(
    agent: str,
    task: Task,
    domain: Domain,
    guard: Guards | None = None,
    judge: str = "reference",
    voice: str = "",
    store: EpisodeStore | None = None,
) -> Parts:
    """The parts of one call; raises ``TarlError`` where a part is not to be had.

    The agent's own voice is ``voice``, by default the settings'. With a ``store`` the call is kept there.
    """
    name = voice or settings().voice or AGENT_VOICE
    chat = wiring_llm.is_chat(agent)
    return Parts(
        name=agent,
        task=task,
        domain=domain,
        agent=partial(_agent, agent, task, guard),
        voice=lambda chosen: wiring.make_voice(chosen or name),
        hearing=wiring.make_hearing,
        voice_name=name,
        follows=chat,
        hears=wiring.hears(agent),
        filler_seconds=settings().filler_seconds,
        guard=guard or wiring.default_guard(agent),
        judge=wiring.make_judge(domain, judge),
        keep=store.save if store is not None else None,
    )


def _agent(name: str, task: Task, guard: Guards | None, domain: Domain) -> Agent:
    return wiring.make_agent(name, task, domain, guard=guard)


def task_of(task_id: str, domain: str) -> tuple[Task, Domain]:
    """The task of that id with its domain; free talk in ``domain`` where the id is empty. Raises ``DomainError``."""
    if task_id:
        return wiring.find_task(task_id)
    found = load_domain(domain)
    if found.free is None:
        raise DomainError(f"The domain {domain!r} has no free talk: name a task (see `tasks list`).")
    return found.free(0), found
