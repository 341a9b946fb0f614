"""The customer's side: an action is what the customer says; an agent of the app answers."""

from collections.abc import Sequence
from typing import Any

from tarl_app import wiring
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Split
from tarl_app.core.errors import ConversationError
from tarl_app.core.types import AgentTurn, StopReason, UserTurn
from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.evaluation.reward import succeeded
from tarl_app.gym.call_env import CallEnv
from tarl_app.gym.texts import fitted


class CustomerEnv(CallEnv):
    """One call after another, as the customer of a task.

    The first observation is the customer's part (``Task.instruction``), the others are what the agent says, after
    ``agent: ``. An empty action hangs up. The last step's reward is 1 if the task was done, as it is when a customer of
    that task says what there is to say, to an agent that can do it; all others are 0. ``info["facts"]`` of ``reset`` is
    what the customer knows of themselves. The agent is one of the app's, by name (``wiring.make_agent``).
    """

    def __init__(
        self,
        domain: str = DEFAULT_DOMAIN,
        split: Split = "train",
        tasks: Sequence[str] | None = None,
        agent: str = "scripted",
        max_agent_turns: int = 30,
        render_mode: str | None = None,
    ) -> None:
        """``tasks`` are ids; by default all tasks of ``domain`` and ``split``. Raises ``DomainError``, ``ConfigError``."""
        super().__init__(domain, split, tasks, max_agent_turns, render_mode)
        self._agent = agent

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """A new call; the customer's part. ``options={"task": ID}`` names the task."""
        super().reset(seed=seed)
        task, number = self._drawn(options)
        domain = wiring.load_domain(task.domain)
        agent = wiring.make_agent(self._agent, task, domain, number)
        self.close()
        guard = wiring.default_guard(self._agent)
        self._conversation = Conversation(task, domain, agent, max_agent_turns=self._most, seed=number, guard=guard)
        return fitted(task.instruction), {"task": task.id, "facts": dict(task.facts)}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """The customer says something, and the agent works until it answers. Raises ``ConversationError`` after the end."""
        conversation = self._current
        place = len(conversation.episode.turns)
        if action.strip():
            conversation.say(UserTurn(text=action))
        elif conversation.episode.stop is None:
            conversation.finish()
        else:
            raise ConversationError("This call has ended: call reset() first.")
        episode = conversation.episode
        said = " ".join(turn.text for turn in episode.turns[place:] if isinstance(turn, AgentTurn) and turn.text)
        words = fitted(f"agent: {said}") if said else ""
        info: dict[str, Any] = {"task": episode.task.id}
        if episode.stop is None:
            return words, 0.0, False, False, info
        info |= {"stop": str(episode.stop), "passed": succeeded(episode)}
        truncated = episode.stop is StopReason.LIMIT
        return words, float(succeeded(episode)), not truncated, truncated, info

    def render(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        """What was said so far, one turn a line (mode ``ansi``)."""
        spoken = [turn for turn in self.episode.turns if isinstance(turn, UserTurn | AgentTurn) and turn.text]
        return "\n".join(f"{turn.kind}: {turn.text}" for turn in spoken)
