"""A function as the agent, and the text form of what it does: words, or one tool call as JSON."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tarl_app.agents.chat_messages import Message, functions, messages
from tarl_app.core import documents
from tarl_app.core.domain import Domain
from tarl_app.core.errors import AgentError, DocumentError
from tarl_app.core.types import AgentTurn, ToolCall, Turn

Reply = str | Mapping[str, Any] | ToolCall | AgentTurn
"""What a function may return: words, a call as a dictionary with ``name`` and ``arguments``, or the app's own types."""
AgentFunction = Callable[[list[Message], list[dict[str, Any]]], Reply]
"""From the dialogue (messages, the policy first) and the tools (JSON schemas), both in OpenAI's form."""


def read_action(text: str, call_id: str = "call") -> AgentTurn:
    """The turn that a text stands for: one JSON object with the keys ``name`` and ``arguments`` is a tool call.

    Anything else that starts like an object, and a text of blanks, is a call that cannot be read; other text is said.
    """
    plain = text.strip()
    if plain and not plain.startswith("{"):
        return AgentTurn(text=text)
    try:
        return _call(documents.parse_json(plain), call_id)
    except (DocumentError, AgentError):
        return AgentTurn(malformed=text)


def _call(given: Any, call_id: str) -> AgentTurn:
    if not isinstance(given, Mapping) or not set(given) <= {"name", "arguments"}:
        raise AgentError("A tool call is an object with the keys name and arguments, and no others.")
    name, arguments = given.get("name"), given.get("arguments", {})
    if not isinstance(name, str) or not name or not isinstance(arguments, dict):
        raise AgentError("A tool call has a name, a text, and arguments, an object.")
    return AgentTurn(tool_calls=(ToolCall(id=call_id, name=name, arguments=arguments),))


def call_text(call: ToolCall) -> str:
    """The text that ``read_action`` reads as this call."""
    return json.dumps({"name": call.name, "arguments": call.arguments}, ensure_ascii=False)


@dataclass
class FunctionAgent:
    """A ``protocols.Agent`` that asks a function; what the function raises propagates, as it is the caller's own."""

    function: AgentFunction
    domain: Domain
    name: str = "function"

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """See ``protocols.Agent.reply``. Raises ``AgentError`` for an answer that is no reply."""
        answer = self.function(messages(turns, self.domain.policy), functions(self.domain.tools))
        turn = self._turn(answer, f"call-{len(turns)}")
        if on_text and turn.text:
            on_text(turn.text)
        return turn

    def _turn(self, answer: Reply, call_id: str) -> AgentTurn:
        if isinstance(answer, AgentTurn):
            return answer
        if isinstance(answer, ToolCall):
            return AgentTurn(tool_calls=(answer,))
        if isinstance(answer, str):
            return read_action(answer, call_id)
        if isinstance(answer, Mapping):
            return _call(answer, call_id)
        raise AgentError("An agent returns a text, or a tool call as a dictionary with the keys name and arguments.")
