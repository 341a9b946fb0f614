"""Builds the episode of an agent that makes given calls and tells given facts."""

from collections.abc import Sequence

from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, Episode, StopReason, Task, ToldFact, ToolCall, ToolTurn, Turn, UserTurn


def play(task: Task, domain: Domain, calls: Sequence[ToolCall], told: Sequence[ToldFact]) -> Episode:
    """The episode of an agent that makes these calls one by one and tells these facts; a transfer comes last."""
    turns: list[Turn] = [UserTurn(text=task.instruction)]
    last = [call for call in calls if call.name == domain.transfer_tool]
    environment = domain.rehearse()
    try:
        for call in (call for call in calls if call.name != domain.transfer_tool):
            turns += [AgentTurn(tool_calls=(call,)), ToolTurn(results=(environment.call(call),))]
        turns += [AgentTurn(text=" ".join(["Is there anything else?", *map(said, told)])), UserTurn(text="No, thank you.")]
        for call in last:
            turns += [AgentTurn(tool_calls=(call,)), ToolTurn(results=(environment.call(call),))]
    finally:
        environment.close()
    stop = StopReason.TRANSFERRED if last else StopReason.USER_DONE
    return Episode(id=task.id, task=task, agent="played", user="played", turns=tuple(turns), stop=stop, seed=task.seed)


def said(fact: ToldFact) -> str:
    """A sentence that tells the fact and nothing else."""
    return f"The answer is {'$' if fact.kind == 'money' else ''}{fact.value}."
