"""Tool calls that cannot come out wrong: while the model writes one, only tokens that continue a valid call can be chosen.

The same holds for an amount of money that it names: after a dollar sign follows one that it can know.

A JSON schema of all calls that make sense now goes to llguidance, which answers which tokens may follow and which must: the
latter are not computed one by one, so a call costs the model only its real decisions.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from llguidance import LLMatcher, LLTokenizer
from torch import Tensor

from tarl_app.agents.omni.decoding.arguments.argument_candidates import Recognised
from tarl_app.agents.omni.decoding.call_schema import FORMAT, any_of, call_schema, with_properties
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.core.domain import Domain
from tarl_app.core.errors import AgentError
from tarl_app.core.types import AgentTurn, Guards, ToolCall, ToolTurn, Turn

_KEPT = 128  # compiled schemas
CALL_TOKENS = 512
"""Default of ``CallGrammar.call_tokens``: more than any call has, at a byte a token."""


class CallGrammar:
    """Calls in the tokens of one model; thread-safe, made once for each."""

    def __init__(self, tokenizer: OmniTokenizer, vocabulary: int, gap: str = "", call_tokens: int = CALL_TOKENS) -> None:
        """``vocabulary`` is the number of the model's logits; ``gap`` stands between a call's tags and its JSON.

        ``call_tokens`` is how many tokens may follow a call's opening, whatever the reply's limit.
        """
        special = tokenizer.special
        self.opening, self.closing, self._gap = special.call_open, special.call_close, gap
        self.call_tokens = call_tokens
        self.dollars = frozenset(token for text, token in tokenizer.full.get_vocab().items() if text.endswith("$"))
        self.tokens = LLTokenizer(tokenizer.full.to_str(), n_vocab=vocabulary, eos_token=special.im_end)
        """The vocabulary that grammars are written over."""
        self._compiled = lru_cache(_KEPT)(self._compile)  # milliseconds each, and the members of a group say the same

    def guide(
        self, domain: Domain, turns: Sequence[Turn], heard: Recognised | None = None, guard: Guards = "policy"
    ) -> "CallGuide":
        """For the reply to ``turns`` by a model that has ``heard`` them, or only reads (``call_schema``).

        With ``guard="off"`` everything may come: a call that cannot be read is then the model's own failure.
        """
        if guard == "off":
            return CallGuide(self, None, free=True)
        amounts = domain.guard.amounts(turns) if guard == "policy" else ()
        return CallGuide(self, call_schema(domain, turns, heard, guard), amounts)

    def whole_reply(self, schema: dict[str, Any] | None, amounts: Sequence[str] = ()) -> str:
        """The grammar of a whole reply in llguidance's Lark, for servers that decode under one: any text, then maybe a call.

        Unlike a ``CallGuide`` it lets only whole characters be said.
        """
        text = rf"TEXT: /(?s:[^$]|\$({any_of(amounts)}))*/" if amounts else "TEXT: /(?s:.)*/"
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
        return self._compiled(f"start: AMOUNT\nAMOUNT: /{any_of(amounts)}/").deep_copy()

    def _compile(self, grammar: str) -> LLMatcher:
        matcher = LLMatcher(self.tokens, LLMatcher.grammar_from_lark(grammar))
        if error := matcher.get_error():
            raise AgentError(f"The tools' schemas cannot guide decoding: {error}")
        return matcher


class CallGuide:
    """Follows one reply token by token; outside of a call everything but an impossible call or amount is allowed."""

    def __init__(
        self, grammar: CallGrammar, schema: dict[str, Any] | None, amounts: Sequence[str] = (), free: bool = False
    ) -> None:
        """``amounts`` are those that may follow a dollar sign; none: whatever the model likes. ``free``: so may calls be."""
        self._grammar, self._schema, self.amounts, self.free = grammar, schema, tuple(amounts), free
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
        return self._grammar.opening if self._matcher is None and not self._callable else None

    @property
    def _callable(self) -> bool:
        return self.free or self._schema is not None

    def whole_reply(self) -> str:
        """See ``CallGrammar.whole_reply``; a ``free`` reply needs none."""
        return self._grammar.whole_reply(self._schema, self.amounts)

    def left(self, vocabulary: int) -> npt.NDArray[np.bool_]:
        """Which tokens may come next, [vocabulary]."""
        allowed = np.ones(vocabulary, np.bool_)
        if self._matcher is not None:
            bias = np.frombuffer(bytearray(self._matcher.compute_logit_bias()), np.uint8)[:vocabulary]
            allowed[:] = False
            allowed[: len(bias)] = bias != 0
        elif not self._callable:
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
        if not self._callable:
            return logits.index_fill(0, torch.tensor([self._grammar.opening], device=logits.device), float("-inf"))
        return logits

    def is_full(self, limit: int) -> bool:
        """Whether a reply of ``limit`` tokens ends here; a call that was opened before may be finished (``call_tokens``)."""
        return self._taken >= (limit if self._opened is None else max(limit, self._opened + self._grammar.call_tokens))

    def take(self, token: int) -> None:
        """The token that came."""
        self._taken += 1
        if token == self._grammar.closing:
            self._matcher = self._opened = None
        elif self._matcher is not None:
            self._matcher.consume_token(token)
            if self._in_amount and self._matcher.is_accepting():
                self._matcher = None
        elif token == self._grammar.opening and self._callable:
            self._matcher = None if self._schema is None else self._grammar.matcher(self._schema)
            self._in_amount = False
            self._opened = self._taken if self._opened is None else self._opened  # a free reply may open one in another
        elif token in self._grammar.dollars and self.amounts:
            self._matcher, self._in_amount = self._grammar.amount(self.amounts), True

    def forbid(self, call: ToolCall) -> None:
        """Begins the reply again, without that call: the tool is left with other values, or not at all if there are none."""
        tools = [] if self._schema is None else self._schema["anyOf"]
        left = [other for tool in tools for other in ([tool] if not _admits(tool, call) else _without(tool, call))]
        self._schema = {"anyOf": left, "x-guidance": FORMAT} if left else None
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
            left.append(with_properties(tool, _chosen(arguments["properties"], name, others)))
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
