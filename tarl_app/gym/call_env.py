"""What the environments of both sides share: tasks, the drawn call, and its end."""

from collections.abc import Sequence
from typing import Any

import gymnasium

from tarl_app import wiring
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Split
from tarl_app.core.errors import ConfigError, ConversationError
from tarl_app.core.types import Episode, Task
from tarl_app.gym.texts import action_space, observation_space


def chosen_tasks(domain: str, split: Split, tasks: Sequence[str] | None) -> tuple[Task, ...]:
    """The named tasks, or all of a split. Raises ``DomainError`` for unknown ones, ``ConfigError`` where there are none."""
    found = tuple(wiring.find_task(one)[0] for one in tasks) if tasks else wiring.load_domain(domain).tasks(split)
    if not found:
        raise ConfigError(f"The domain {domain!r} has no tasks of the split {split!r}.")
    return found


class CallEnv(gymnasium.Env[str, str]):
    """One call after another, in texts."""

    metadata = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012 - as Gymnasium has it

    def __init__(
        self, domain: str, split: Split, tasks: Sequence[str] | None, max_agent_turns: int, render_mode: str | None
    ) -> None:
        """``tasks`` are ids; by default all tasks of ``domain`` and ``split``. Raises ``DomainError``, ``ConfigError``."""
        self.action_space, self.observation_space = action_space(), observation_space()
        self.render_mode = render_mode
        self._tasks, self._most = chosen_tasks(domain, split, tasks), max_agent_turns
        self._conversation: Conversation | None = None

    @property
    def episode(self) -> Episode:
        """The call so far. Raises ``ConversationError`` before the first ``reset``."""
        return self._current.episode

    def close(self) -> None:
        """Frees the database."""
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None

    def _drawn(self, options: dict[str, Any] | None) -> tuple[Task, int]:
        """The next call's task, drawn or named by ``options``, and its seed."""
        task = self._tasks[int(self.np_random.integers(len(self._tasks)))]
        if options and "task" in options:
            task = wiring.find_task(str(options["task"]))[0]
        return task, int(self.np_random.integers(2**31))

    @property
    def _current(self) -> Conversation:
        if self._conversation is None:
            raise ConversationError("There is no call yet: call reset() first.")
        return self._conversation
