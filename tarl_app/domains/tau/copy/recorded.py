"""Recorded runs of the benchmark (the JSON files that its ``run.py`` writes) as episodes, scored again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from tarl_app.core.errors import ConfigError, DocumentError
from tarl_app.core.types import AgentTurn, Episode, Frozen, StopReason, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.domains.tau.copy.layout import TauTask
from tarl_app.domains.tau.copy.literals import read_copy
from tarl_app.domains.tau.domain import Imported
from tarl_app.sandbox.tools.service_tools import TRANSFER

_STOP = "###STOP###"


class _Info(BaseModel):
    task: TauTask


class _Run(BaseModel):
    task_id: int
    reward: float
    info: _Info
    traj: list[dict[str, Any]]
    trial: int = 0


_RUNS = TypeAdapter(list[_Run])


class Rescored(Frozen):
    """A recorded episode with our verdict, the reward that was recorded, and whether its task is still the same here."""

    episode: Episode
    recorded: float
    same_task: bool

    @property
    def agrees(self) -> bool:
        """Whether our verdict is the recorded one."""
        return self.episode.verdict is not None and float(self.episode.verdict.passed) == self.recorded


def rescored(path: Path, parts: Imported) -> Iterator[Rescored]:
    """Each run of a file, scored by the task that it was recorded with. Raises ``ConfigError``, ``DomainError``."""
    try:
        runs = _RUNS.validate_json(read_copy(path))
    except (ValidationError, DocumentError, RecursionError) as error:
        why = str(error).splitlines()[0]
        raise ConfigError(f"{path} holds no recorded runs of tau-bench: {why}.") from error
    known = {task.id: task for task in parts.tasks("test")}
    for number, run in enumerate(runs):
        task = parts.task(run.info.task, f"{parts.name}-test-{run.task_id:03d}", "test")
        try:
            turns = tuple(_turns(run.traj))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise ConfigError(f"{path}: the messages of run {number} cannot be read ({error!r}).") from error
        stop = StopReason.TRANSFERRED if _ends_with_transfer(turns) else StopReason.USER_DONE
        if stop is StopReason.USER_DONE and not any(_STOP in (one.get("content") or "") for one in run.traj[-1:]):
            stop = StopReason.LIMIT
        episode = Episode(
            id=f"{path.stem}-{run.task_id}-{run.trial}",
            task=task,
            agent=path.stem,
            user="recorded",
            turns=turns,
            stop=stop,
            seed=run.trial,
            guard="off",
        )
        episode = episode.model_copy(update={"verdict": parts.verdict(episode)})
        yield Rescored(episode=episode, recorded=run.reward, same_task=task == known.get(task.id))


def _turns(messages: list[dict[str, Any]]) -> Iterator[Turn]:
    """The dialogue. Of a message with calls the benchmark made the first call only, and its words reached nobody."""
    for message, following in zip(messages, [*messages[1:], {}], strict=True):
        content = message.get("content") or ""
        match message["role"]:
            case "user":
                yield UserTurn(text=content.replace(_STOP, "").strip())
            case "assistant" if message.get("tool_calls"):
                asked = message["tool_calls"][0]
                arguments = json.loads(asked["function"]["arguments"])
                call = ToolCall(id=asked["id"], name=asked["function"]["name"], arguments=arguments)
                yield AgentTurn(tool_calls=(call,))
                if following.get("role") == "tool":
                    text = following.get("content") or ""
                    refused = text.startswith(("Error", "Unknown action"))
                    yield ToolTurn(results=(ToolResult(call_id=call.id, name=call.name, content=text, is_error=refused),))
            case "assistant":
                yield AgentTurn(text=content)
            case _:  # the policy, and results, which were read with their calls
                pass


def _ends_with_transfer(turns: tuple[Turn, ...]) -> bool:
    return any(call.name == TRANSFER for turn in turns[-2:] if isinstance(turn, AgentTurn) for call in turn.tool_calls)
