"""Tool calls that cannot come out wrong: while the model writes one, only tokens that continue a valid call can be chosen.

The same holds for an amount of money that it names: after a dollar sign follows one that it can know.

A JSON schema of all calls that make sense now goes to llguidance, which answers which tokens may follow and which must: the
latter are not computed one by one, so a call costs the model only its real decisions.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from llguidance import LLMatcher, LLTokenizer
from torch import Tensor

from tarl_app.agents.omni.decoding.argument_candidates import (
    EMAIL,
    FIRST,
    LAST,
    ArgumentCandidates,
    Recognised,
    candidates,
    last_words,
)
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.core.domain import Domain
from tarl_app.core.errors import AgentError
from tarl_app.core.types import AgentTurn, ToolCall, ToolSpec, ToolTurn, Turn

_FORMAT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}  # as ``template.call_json`` writes
_LONGEST = 300  # characters of a free string
_ITEMS = 12  # in a list: no task of the shop needs more than four
_AMOUNTS = 12  # in a sum
_KEPT = 128  # compiled schemas
CALL_TOKENS = 512
"""So many may follow a call's opening, whatever the reply's limit: more than any call of the shop has, at a byte a token."""


def call_schema(domain: Domain, turns: Sequence[Turn], heard: Recognised | None = None) -> dict[str, Any] | None:
    """The JSON schema of every call that makes sense after ``turns``; None: there is none.

    An argument whose schema says ``x-shown`` takes only values of its ``pattern`` that a tool's result has shown, and a tool
    that needs such a value is not offered before. An argument that says ``x-said`` takes a phrase that the user has written,
    a value of a result or one of its ``examples``; with a ``pattern`` the tool is not offered before something of that form
    was said. An ``x-spelled`` one takes a number of its ``pattern`` (after its ``x-prefix``) that the user has written in
    whatever way or a result has shown; without one the tool is not offered. With ``x-lexicon`` it also takes the words of
    that lexicon of the domain that what the user said is alike: names that were misspelled or misheard; who spoke is looked
    up by whole names, first and last, that sound like what was heard. An ``x-amounts`` one
    is a sum of amounts that can be known and small whole numbers, once there are such amounts.
    What the domain does not permit now is not offered (``Guard.permits``: no change before the user has agreed), and a call
    that writes does what was proposed: its arguments take the values that the domain reads off the last proposal.
    Of a user who was ``heard`` (None: the model only reads) it is what the ear recognised; where it does not recognise words
    the model writes what it likes.
    """
    brought_up = candidates(domain, turns, heard)
    fixed = domain.guard.agreed(turns)
    said = last_words(turns, heard)
    tools = [tool for tool in domain.tools if domain.guard.permits(tool, turns, said)]
    offered = [
        named
        for tool in tools
        if (schema := _tool(tool, brought_up, fixed if tool.writes else {})) is not None
        for named in _with_names(schema, tool, brought_up)
    ]
    return {"anyOf": offered, "x-guidance": _FORMAT} if offered else None


def _tool(tool: ToolSpec, candidates: ArgumentCandidates, fixed: Mapping[str, tuple[str, ...]]) -> dict[str, Any] | None:
    required = tool.parameters.get("required", [])
    properties: dict[str, Any] = {}
    for name, schema in tool.parameters.get("properties", {}).items():
        value = _only(schema, fixed[name]) if name in fixed else _value(schema, candidates)
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


def _with_names(schema: dict[str, Any], tool: ToolSpec, candidates: ArgumentCandidates) -> list[dict[str, Any]]:
    """The schema, or where somebody who spoke is looked up by name, one for each name that this may have been."""
    wanted = {one.get("x-lexicon"): name for name, one in tool.parameters.get("properties", {}).items()}
    if not candidates.called or not {FIRST, LAST} <= wanted.keys():
        return [schema]
    arguments = schema["properties"]["arguments"]
    found = []
    for first, last in candidates.called:
        names = {wanted[FIRST]: {"enum": [first]}, wanted[LAST]: {"enum": [last]}}
        found.append(_with_properties(schema, {**arguments["properties"], **names}))
    return found


def _with_properties(schema: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """The schema of a call with these arguments instead."""
    arguments = {**schema["properties"]["arguments"], "properties": properties}
    return {**schema, "properties": {**schema["properties"], "arguments": arguments}}


def _only(schema: dict[str, Any], values: tuple[str, ...]) -> dict[str, Any]:
    """The schema of exactly these values."""
    if schema.get("type") != "array":
        return {"enum": list(values)}
    each = [{"enum": [value]} for value in values]
    return {"type": "array", "prefixItems": each, "items": False, "minItems": len(each), "maxItems": len(each)}


def _value(schema: dict[str, Any], candidates: ArgumentCandidates) -> dict[str, Any] | None:
    """The schema with the values that are possible now; None: there are none."""
    if schema.get("type") == "array":
        items = _value(schema.get("items", {}), candidates)
        return None if items is None else {"type": "array", "items": items, "minItems": 1, "maxItems": _ITEMS}
    if schema.get("x-amounts") and candidates.amounts:
        return {"type": "string", "pattern": _sum_of(candidates.amounts)}
    fits = re.compile(schema.get("pattern", ".*")).fullmatch
    if schema.get("x-shown"):
        values = [word for word in candidates.shown if fits(word)]
        return {"enum": values} if values else None
    if schema.get("x-spelled") and candidates.said is not None:
        prefix = schema.get("x-prefix", "")
        values = [
            word for word in (*(f"{prefix}{number}" for number in candidates.numbers), *candidates.shown) if fits(word)
        ]
        return {"enum": list(dict.fromkeys(values))} if values else None
    if schema.get("x-said") and candidates.said is not None:
        alike = candidates.alike.get(schema.get("x-lexicon", ""), ())
        said = () if schema.get("x-lexicon") == EMAIL and alike else candidates.said  # as it was heard it is hardly right
        values = [*schema.get("examples", []), *(phrase for phrase in (*said, *alike) if fits(phrase))]
        if values:
            return {"enum": list(dict.fromkeys(values))}
        if "pattern" in schema:  # nothing of that form was said: it would be invented
            return None
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
        self.dollars = frozenset(token for text, token in tokenizer.full.get_vocab().items() if text.endswith("$"))
        self._tokens = LLTokenizer(tokenizer.full.to_str(), n_vocab=vocabulary, eos_token=special.im_end)
        self._compiled = lru_cache(_KEPT)(self._compile)  # milliseconds each, and the members of a group say the same

    def guide(self, domain: Domain, turns: Sequence[Turn], heard: Recognised | None = None) -> "CallGuide":
        """For the reply to ``turns`` by a model that has ``heard`` them, or only reads."""
        return CallGuide(self, call_schema(domain, turns, heard), domain.guard.amounts(turns))

    def whole_reply(self, schema: dict[str, Any] | None, amounts: Sequence[str] = ()) -> str:
        """The grammar of a whole reply in llguidance's Lark, for servers that decode under one: any text, then maybe a call.

        Unlike a ``CallGuide`` it lets only whole characters be said.
        """
        text = rf"TEXT: /(?s:[^$]|\$({_any(amounts)}))*/" if amounts else "TEXT: /(?s:.)*/"
        if schema is None:
            return f"start: TEXT\n{text}"
        gap = f"{json.dumps(self._gap)} " if self._gap else ""
        call = f"call: <[{self.opening}]> {gap}json {gap}<[{self.closing}]>"
        return f"start: TEXT call?\n{call}\njson: %json {json.dumps(schema)}\n{text}"

    def matcher(self, schema: dict[str, Any]) -> LLMatcher:
        """Raises ``AgentError`` for a schema that cannot be compiled."""
        gap = f"{json.dumps(self._gap)} " if self._gap else ""
        grammar = f"start: {gap}call {gap}\ncall: %json {json.dumps(schema)}"
        return self._compiled(grammar).deep_copy()

    def amount(self, amounts: Sequence[str]) -> LLMatcher:
        """One of ``amounts``, each digits, a point and two digits: what follows a dollar sign."""
        return self._compiled(f"start: AMOUNT\nAMOUNT: /{_any(amounts)}/").deep_copy()

    def _compile(self, grammar: str) -> LLMatcher:
        matcher = LLMatcher(self._tokens, LLMatcher.grammar_from_lark(grammar))
        if error := matcher.get_error():
            raise AgentError(f"The tools' schemas cannot guide decoding: {error}")
        return matcher


def _sum_of(amounts: Sequence[str]) -> str:
    """The form of an arithmetic expression of these amounts, which whole numbers below 100 may multiply or divide."""
    return f"^({_any(amounts)})( [-+] ({_any(amounts)})| [*/] [1-9][0-9]?){{0,{_AMOUNTS - 1}}}$"


def _any(amounts: Sequence[str]) -> str:
    return "|".join(re.escape(amount) for amount in amounts)


class CallGuide:
    """Follows one reply token by token; outside of a call everything but an impossible call or amount is allowed."""

    def __init__(self, grammar: CallGrammar, schema: dict[str, Any] | None, amounts: Sequence[str] = ()) -> None:
        """``amounts`` are those that may follow a dollar sign; none: whatever the model likes."""
        self._grammar, self._schema, self.amounts = grammar, schema, tuple(amounts)
        self._matcher: LLMatcher | None = None
        self._in_amount = False
        self._taken = 0
        self._opened: int | None = None  # how many had been taken when the call was opened that is being written

    @property
    def schema(self) -> dict[str, Any] | None:
        """The calls that are possible; None: there are none."""
        return self._schema

    @property
    def matcher(self) -> LLMatcher | None:
        """What follows the call or the amount that is being written; None where anything may come."""
        return self._matcher

    @property
    def impossible(self) -> int | None:
        """The one token that must not come outside of a call: its opening, where nothing can be called."""
        return self._grammar.opening if self._matcher is None and self._schema is None else None

    def whole_reply(self) -> str:
        """See ``CallGrammar.whole_reply``."""
        return self._grammar.whole_reply(self._schema, self.amounts)

    def left(self, vocabulary: int) -> npt.NDArray[np.bool_]:
        """Which tokens may come next, [vocabulary]."""
        allowed = np.ones(vocabulary, np.bool_)
        if self._matcher is not None:
            bias = np.frombuffer(bytearray(self._matcher.compute_logit_bias()), np.uint8)[:vocabulary]
            allowed[:] = False
            allowed[: len(bias)] = bias != 0
        elif self._schema is None:
            allowed[self._grammar.opening] = False
        return allowed

    def forced(self) -> list[int]:
        """The tokens that must come next; empty when the model chooses."""
        if self._matcher is None:
            return []
        if self._matcher.is_accepting():  # a call: an amount is followed no further
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

    def is_full(self, limit: int) -> bool:
        """Whether a reply of ``limit`` tokens ends here; a call that was opened before may be finished (``CALL_TOKENS``)."""
        return self._taken >= (limit if self._opened is None else max(limit, self._opened + CALL_TOKENS))

    def take(self, token: int) -> None:
        """The token that came."""
        self._taken += 1
        if token == self._grammar.closing:
            self._matcher = self._opened = None
        elif self._matcher is not None:
            self._matcher.consume_token(token)
            if self._in_amount and self._matcher.is_accepting():
                self._matcher = None
        elif token == self._grammar.opening and self._schema is not None:
            self._matcher, self._in_amount, self._opened = self._grammar.matcher(self._schema), False, self._taken
        elif token in self._grammar.dollars and self.amounts:
            self._matcher, self._in_amount = self._grammar.amount(self.amounts), True

    def forbid(self, call: ToolCall) -> None:
        """Begins the reply again, without that call: the tool is left with other values, or not at all if there are none."""
        tools = [] if self._schema is None else self._schema["anyOf"]
        left = [other for tool in tools for other in ([tool] if not _admits(tool, call) else _without(tool, call))]
        self._schema = {"anyOf": left, "x-guidance": _FORMAT} if left else None
        self._matcher = self._opened = None
        self._taken = 0


def _admits(tool: dict[str, Any], call: ToolCall) -> bool:
    """Whether the schema allows the call, as far as its arguments are chosen among some."""
    if tool["properties"]["name"]["const"] != call.name:
        return False
    values = tool["properties"]["arguments"]["properties"]
    return all(
        any(_same(one, value) for one in choices)
        for name, value in call.arguments.items()
        if (choices := values.get(name, {}).get("enum")) is not None
    )


def _without(tool: dict[str, Any], call: ToolCall) -> list[dict[str, Any]]:
    """The tool with any value but the call's for one of its arguments that are chosen among some.

    The schemas do not overlap (another first name; that first name and another last name), so that a call is in one of
    them alone and forbidding the next adds a few, where overlapping ones would double with each.
    """
    arguments = tool["properties"]["arguments"]
    left: list[dict[str, Any]] = []
    for name, value in call.arguments.items():
        choices = arguments["properties"].get(name, {}).get("enum", [])
        others = [one for one in choices if not _same(one, value)]
        if others:
            left.append(_with_properties(tool, _chosen(arguments["properties"], name, others)))
        if choices:
            kept = [one for one in choices if _same(one, value)]
            arguments = {**arguments, "properties": _chosen(arguments["properties"], name, kept)}
    return left


def _same(one: object, other: object) -> bool:
    return str(one).casefold() == str(other).casefold()


def _chosen(properties: dict[str, Any], name: str, values: list[Any]) -> dict[str, Any]:
    """The properties with these values alone for one of them."""
    return {**properties, name: {**properties[name], "enum": values}}


def pointless(turn: AgentTurn, turns: Sequence[Turn], domain: Domain) -> ToolCall | None:
    """The call of the turn that was made before, with the same arguments, though nothing was written in between.

    The answer would be the same again: small models go round in circles there.
    """
    asked: list[ToolCall] = []
    candidates: list[ToolCall] = []
    for earlier in turns:
        if isinstance(earlier, AgentTurn):
            asked = list(earlier.tool_calls)
        elif isinstance(earlier, ToolTurn):
            candidates += asked
            if any(domain.writes(result.name) and not result.is_error for result in earlier.results):
                candidates.clear()
    said = [(call.name, call.arguments) for call in candidates]
    return next((call for call in turn.tool_calls if (call.name, call.arguments) in said), None)
