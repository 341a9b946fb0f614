"""The agent's side: an action is what the agent says, or one tool call; the simulated customer answers."""

import copy
from collections.abc import Sequence
from typing import Any, Literal

from tarl_app import wiring
from tarl_app.agents.chat_messages import functions
from tarl_app.agents.function import read_action
from tarl_app.conversation import Conversation
from tarl_app.core.domain import CustomerKind, Manner, Split
from tarl_app.core.types import AgentTurn, Guards, StopReason, ToolTurn, UserTurn
from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.evaluation.reward import succeeded, trajectory_reward
from tarl_app.gym.call_env import CallEnv
from tarl_app.gym.texts import fitted

RewardKind = Literal["tarl", "passed"]
"""What the last step earns: the TARL reward of the whole call (docs/decisions/reward-formula.md), or 1 for a task done."""


class AgentEnv(CallEnv):
    """One call after another, each on a private database.

    An action that is one JSON object with the keys ``name`` and ``arguments`` calls a tool; other text is said to the
    customer (``agents.function.read_action``). An observation begins with who it comes from: ``user: `` or ``tool: ``.
    The reward of all steps but the last is 0; ``info["score"]`` is the judge's score of the step's turn, -1, 0 or 1.
    ``terminated``: the customer has hung up, or was transferred; ``truncated``: the limit of turns.

    ``reset(seed)`` draws the task and the customer's seed; ``options={"task": ID}`` names the task. Its ``info`` holds
    what the agent is given: ``policy`` and ``tools`` (JSON schemas).
    """

    def __init__(
        self,
        domain: str = DEFAULT_DOMAIN,
        split: Split = "train",
        tasks: Sequence[str] | None = None,
        customer: CustomerKind = "plain",
        reward: RewardKind = "tarl",
        guard: Guards = "off",
        max_agent_turns: int = 30,
        render_mode: str | None = None,
    ) -> None:
        """``tasks`` are ids; by default all tasks of ``domain`` and ``split``. Raises ``DomainError``, ``ConfigError``."""
        super().__init__(domain, split, tasks, max_agent_turns, render_mode)
        self._customer, self._reward = Manner(customer), reward
        self._guard: Guards = guard

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """A new call; the customer's first words, and what the agent is given."""
        super().reset(seed=seed)
        task, seed_of_customer = self._drawn(options)
        domain = wiring.load_domain(task.domain)
        self.close()
        self._conversation = Conversation(
            task,
            domain,
            "gym",
            wiring.make_user(task, seed_of_customer, manner=self._customer),
            wiring.make_judge(domain),
            max_agent_turns=self._most,
            seed=seed_of_customer,
            guard=self._guard,
        )
        self._conversation.step()
        given = {"policy": domain.policy, "tools": copy.deepcopy(functions(domain.tools))}
        return self._observation(), {"task": task.id, **given}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """The agent's turn, and what comes of it. Raises ``ConversationError`` after the end: call ``reset``."""
        conversation = self._current
        turn = read_action(action, f"call-{len(conversation.episode.turns)}")
        place = len(conversation.episode.turns)
        conversation.act(turn)
        if conversation.episode.stop is None and turn.text:
            conversation.step()
        return self._told(place)

    def render(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The call so far, one turn a line (mode ``ansi``)."""
        return "\n".join(_line(turn) for turn in self.episode.turns)

    def _observation(self) -> str:
        last = self.episode.turns[-1] if self.episode.turns else None
        return "" if last is None or isinstance(last, AgentTurn) else fitted(_line(last))

    def _told(self, place: int) -> tuple[str, float, bool, bool, dict[str, Any]]:
        episode = self.episode
        scores = {score.turn: score.score for judged in episode.judgements for score in judged.scores}
        info: dict[str, Any] = {"task": episode.task.id, "score": scores.get(place, 0)}
        if episode.stop is None:
            return self._observation(), 0.0, False, False, info
        info |= {"stop": str(episode.stop), "passed": succeeded(episode)}
        reward = trajectory_reward(episode) if self._reward == "tarl" else float(succeeded(episode))
        truncated = episode.stop is StopReason.LIMIT
        return self._observation(), reward, not truncated, truncated, info


def _line(turn: UserTurn | AgentTurn | ToolTurn) -> str:
    if isinstance(turn, UserTurn):
        return f"user: {turn.text}"
    if isinstance(turn, ToolTurn):
        return "\n".join(f"tool: {result.content}" for result in turn.results)
    calls = [f"{call.name}({call.arguments})" for call in turn.tool_calls]
    return " ".join(["agent:", *filter(None, [turn.text, turn.malformed, *calls])])
