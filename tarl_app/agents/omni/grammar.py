"""Tool calls that cannot come out wrong: while the model writes one, only tokens that continue a valid call can be chosen.

A JSON schema of all calls that make sense now goes to llguidance, which answers which tokens may follow and which must: the
latter are not computed one by one, so a call costs the model only its real decisions.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from llguidance import LLMatcher, LLTokenizer
from torch import Tensor

from tarl_app.agents.omni.tokens import OmniTokenizer
from tarl_app.errors import AgentError
from tarl_app.sandbox.domain import Domain
from tarl_app.types import AgentTurn, ToolCall, ToolSpec, ToolTurn, Turn

_FORMAT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}  # as ``template.call_json`` writes
_LONGEST = 300  # characters of a free string
_WORD = re.compile(r"[^\s\",:{}\[\]]+")


def call_schema(domain: Domain, turns: Sequence[Turn]) -> dict[str, Any] | None:
    """The JSON schema of every call that makes sense after ``turns``; None: there is none.

    An argument whose schema says ``x-shown`` takes only values of its ``pattern`` that a tool's result has shown, and a tool
    that needs such a value is not offered before.
    """
    shown = dict.fromkeys(_shown(turns))  # in the order of the dialogue
    offered = [schema for tool in domain.tools if (schema := _tool(tool, list(shown))) is not None]
    return {"anyOf": offered, "x-guidance": _FORMAT} if offered else None


def _shown(turns: Sequence[Turn]) -> Iterator[str]:
    for turn in turns:
        if isinstance(turn, ToolTurn):
            for result in turn.results:
                if not result.is_error:
                    yield from _WORD.findall(result.content)


def _tool(tool: ToolSpec, shown: Sequence[str]) -> dict[str, Any] | None:
    required = tool.parameters.get("required", [])
    properties: dict[str, Any] = {}
    for name, schema in tool.parameters.get("properties", {}).items():
        value = _value(schema, shown)
        if value is not None:
            properties[name] = value
        elif name in required:
            return None
    arguments = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"name": {"const": tool.name}, "arguments": arguments},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _value(schema: dict[str, Any], shown: Sequence[str]) -> dict[str, Any] | None:
    """The schema with the values that are possible now; None: there are none."""
    if schema.get("type") == "array":
        items = _value(schema.get("items", {}), shown)
        return None if items is None else {"type": "array", "items": items, "minItems": 1, "maxItems": 50}
    if schema.get("x-shown"):
        known = [word for word in shown if re.fullmatch(schema.get("pattern", ".*"), word)]
        return {"enum": known} if known else None
    kept = {key: schema[key] for key in ("type", "enum", "const", "pattern") if key in schema}
    if kept.get("type") == "string" and kept.keys() == {"type"}:
        kept["maxLength"] = _LONGEST
    return kept


class CallGrammar:
    """Calls in the tokens of one model; thread-safe, made once for each."""

    def __init__(self, tokenizer: OmniTokenizer, vocabulary: int, gap: str = "") -> None:
        """``vocabulary`` is the number of the model's logits; ``gap`` stands between a call's tags and its JSON."""
        special = tokenizer.special
        self.opening, self.closing, self._gap = special.call_open, special.call_close, gap
        self._tokens = LLTokenizer(tokenizer.full.to_str(), n_vocab=vocabulary, eos_token=special.im_end)

    def guide(self, domain: Domain, turns: Sequence[Turn]) -> "CallGuide":
        """For the reply to ``turns``."""
        return CallGuide(self, call_schema(domain, turns))

    def matcher(self, schema: dict[str, Any]) -> LLMatcher:
        """Raises ``AgentError`` for a schema that cannot be compiled."""
        gap = f"{json.dumps(self._gap)} " if self._gap else ""
        grammar = f"start: {gap}call {gap}\ncall: %json {json.dumps(schema)}"
        matcher = LLMatcher(self._tokens, LLMatcher.grammar_from_lark(grammar))
        if error := matcher.get_error():
            raise AgentError(f"The tools' schemas cannot guide decoding: {error}")
        return matcher


class CallGuide:
    """Follows one reply token by token; outside of a call everything but an impossible call is allowed."""

    def __init__(self, grammar: CallGrammar, schema: dict[str, Any] | None) -> None:
        self._grammar, self._schema = grammar, schema
        self._matcher: LLMatcher | None = None

    def forced(self) -> list[int]:
        """The tokens that must come next; empty when the model chooses."""
        if self._matcher is None:
            return []
        if self._matcher.is_accepting():
            return [self._grammar.closing]
        return list(self._matcher.compute_ff_tokens())

    def restrict(self, logits: Tensor) -> Tensor:
        """The logits [vocabulary] with what must not come next at minus infinity."""
        if self._matcher is not None:
            allowed = torch.frombuffer(bytearray(self._matcher.compute_logit_bias()), dtype=torch.uint8)
            return logits.masked_fill((allowed == 0).to(logits.device), float("-inf"))
        if self._schema is None:
            return logits.index_fill(0, torch.tensor([self._grammar.opening], device=logits.device), float("-inf"))
        return logits

    def take(self, token: int) -> None:
        """The token that came."""
        if token == self._grammar.closing:
            self._matcher = None
        elif self._matcher is not None:
            self._matcher.consume_token(token)
        elif token == self._grammar.opening and self._schema is not None:
            self._matcher = self._grammar.matcher(self._schema)

    def forbid(self, name: str) -> None:
        """That tool cannot be called in this reply."""
        offered = [] if self._schema is None else self._schema["anyOf"]
        left = [tool for tool in offered if tool["properties"]["name"]["const"] != name]
        self._schema = {"anyOf": left, "x-guidance": _FORMAT} if left else None
        self._matcher = None


def pointless(turn: AgentTurn, turns: Sequence[Turn], domain: Domain) -> str | None:
    """The tool that the turn calls with the same arguments as before, though nothing was written in between.

    The answer would be the same again: small models go round in circles there.
    """
    asked: list[ToolCall] = []
    known: list[ToolCall] = []
    for earlier in turns:
        if isinstance(earlier, AgentTurn):
            asked = list(earlier.tool_calls)
        elif isinstance(earlier, ToolTurn):
            known += asked
            if any(domain.writes(result.name) and not result.is_error for result in earlier.results):
                known.clear()
    said = [(call.name, call.arguments) for call in known]
    return next((call.name for call in turn.tool_calls if (call.name, call.arguments) in said), None)
