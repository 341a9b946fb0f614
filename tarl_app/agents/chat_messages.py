"""A dialogue as messages, and tools as functions, as OpenAI-compatible endpoints and training libraries take them."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tarl_app.agents.call_syntax import content_of, is_malformed
from tarl_app.core.types import AgentTurn, ToolResult, ToolSpec, ToolTurn, Turn, UserTurn

Message = dict[str, Any]


def _text(turn: UserTurn) -> str:
    return turn.text


def functions(tools: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """The tools, each as ``{"type": "function", "function": {name, description, parameters}}``."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
        }
        for tool in tools
    ]


def messages(turns: Sequence[Turn], policy: str, said: Callable[[UserTurn], Any] = _text) -> list[Message]:
    """The dialogue after a system message with the policy; ``said`` is the content of a user's message."""
    told: list[Message] = [{"role": "system", "content": policy}]
    for turn in turns:
        if isinstance(turn, UserTurn):
            told.append({"role": "user", "content": said(turn)})
        elif isinstance(turn, AgentTurn):
            told.append(own(turn))
        else:
            told += results(turn)
    return told


def own(turn: AgentTurn) -> Message:
    """The agent's turn; the arguments of its calls are JSON text."""
    message: Message = {"role": "assistant", "content": "\n".join(filter(None, (turn.text, turn.malformed))) or None}
    if turn.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
            }
            for call in turn.tool_calls
        ]
    elif message["content"] is None:
        message["content"] = ""
    return message


def results(turn: ToolTurn) -> list[Message]:
    """Messages with the results of calls; the error of a call that could not be read is a user message."""
    answers = [one for one in turn.results if not is_malformed(one)]
    others = [one for one in turn.results if is_malformed(one)]
    return [_result(one) for one in answers] + [{"role": "user", "content": content_of(one)} for one in others]


def _result(result: ToolResult) -> Message:
    return {"role": "tool", "tool_call_id": result.call_id, "content": result.content}
