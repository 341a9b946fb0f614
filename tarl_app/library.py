"""``tarl_app`` as a library: run a task of the sandbox with a function of one's own as the agent.

    from tarl_app.library import run_task

    def agent(messages, tools):
        return "How can I help?"            # or {"name": "a_tool", "arguments": {...}}

    episode = run_task(task_id, agent)
    print(episode.verdict.passed)

The function is given the dialogue and the tools in OpenAI's form.
"""

from collections.abc import Callable, Iterable, Sequence

from tarl_app import wiring
from tarl_app.agents.function import AgentFunction, FunctionAgent, Reply
from tarl_app.conversation import Conversation, Event
from tarl_app.core.domain import CustomerKind, Domain, Manner, Split
from tarl_app.core.types import Episode, Guards, Task
from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.sandbox.faults import NO_FAULTS, Faults

__all__ = ["AgentFunction", "Reply", "find_task", "run_task", "run_tasks", "tasks"]


def tasks(domain: str = DEFAULT_DOMAIN, split: Split = "dev") -> tuple[Task, ...]:
    """The tasks of a split. Raises ``DomainError`` for an unknown domain."""
    return wiring.load_domain(domain).tasks(split)


def find_task(task_id: str) -> tuple[Task, Domain]:
    """The task of that id, with its domain. Raises ``DomainError`` for an unknown one."""
    return wiring.find_task(task_id)


def run_task(
    task: str | Task,
    agent: AgentFunction,
    *,
    name: str = "function",
    seed: int = 0,
    customer: CustomerKind = "plain",
    guard: Guards = "off",
    max_agent_turns: int = 30,
    faults: Faults = NO_FAULTS,
    on_event: Callable[[Event], None] | None = None,
    keep: bool = False,
) -> Episode:
    """Plays one task between a function and the simulated customer, and has it verified and judged.

    Args:
        task: its id (``python -m tarl_app tasks list``), or the task itself.
        agent: called for each turn with the dialogue and the tools (``agents.function``); returns what is said, or a
            tool call. What it raises propagates.
        name: the agent's name on the episode.
        seed: of the customer: the same seed and the same replies give the same dialogue.
        customer: how the customer talks: ``plain`` or ``lifelike``.
        guard: with ``policy`` calls that the domain's policy forbids are answered with the reason.
        max_agent_turns: most turns of the agent, tool calls included.
        faults: what happens to the calls on purpose (``sandbox.faults``).
        on_event: receives each turn and score when it comes.
        keep: store the episode under ``TARL_HOME``, so that the page shows it.

    Raises:
        DomainError: there is no such task.
        StorageError: the episode cannot be stored.
    """
    found, domain = wiring.find_task(task) if isinstance(task, str) else (task, wiring.load_domain(task.domain))
    user = wiring.make_user(found, seed, manner=Manner(customer))
    conversation = Conversation(
        found,
        domain,
        FunctionAgent(agent, domain, name),
        user,
        wiring.make_judge(domain),
        on_event=on_event,
        max_agent_turns=max_agent_turns,
        seed=seed,
        guard=guard,
        faults=faults,
    )
    try:
        episode = conversation.run()
    finally:
        conversation.close()
    if keep:
        wiring.make_store().save(episode)
    return episode


def run_tasks(chosen: Iterable[str | Task], agent: AgentFunction, seeds: Sequence[int] = (0,)) -> list[Episode]:
    """``run_task`` for each task and seed, one after the other."""
    return [run_task(task, agent, seed=seed) for task in chosen for seed in seeds]
