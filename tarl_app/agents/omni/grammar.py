"""Tool calls that cannot come out wrong: while the model writes one, only tokens that continue a valid call can be chosen.

A JSON schema of all calls that make sense now goes to llguidance, which answers which tokens may follow and which must: the
latter are not computed one by one, so a call costs the model only its real decisions.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from llguidance import LLMatcher, LLTokenizer
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist
from torch import Tensor

from tarl_app.agents.omni.tokens import OmniTokenizer
from tarl_app.errors import AgentError
from tarl_app.sandbox.domain import Domain
from tarl_app.sandbox.spelling import spelled_emails, spelled_words
from tarl_app.types import AgentTurn, AudioRef, ToolCall, ToolSpec, ToolTurn, Turn, UserTurn

_FORMAT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}  # as ``template.call_json`` writes
_LONGEST = 300  # characters of a free string
_KEPT = 128  # compiled schemas
_WORDS = 4  # in the longest phrase that is copied: "9805 North Heron Court"
_RUN = 3  # words that one word may have been heard as
_ALIKE = 12  # words of a lexicon that are offered
_UNLIKE = 0.5  # of its letters, at most, are others
_MARKS = '.,;:!?"()'
_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {name: str(digit) for digit, name in enumerate(_NAMES)} | {"oh": "0"}
_WORD = re.compile(r"[^\s\",:{}\[\]]+")


@dataclass(frozen=True)
class _Known:
    """What the dialogue has brought up: words of results; phrases that were typed, recognised or shown, and numbers.

    ``said`` is None where some of it was heard, but not as words; ``alike`` are words of the lexicons that it may have been.
    """

    shown: tuple[str, ...]
    said: tuple[str, ...] | None
    numbers: tuple[str, ...]
    alike: Mapping[str, tuple[str, ...]]


Recognised = Callable[[AudioRef], str | None]
"""The words a model's own ear took a sound for; None where it does not recognise words."""


def call_schema(domain: Domain, turns: Sequence[Turn], heard: Recognised | None = None) -> dict[str, Any] | None:
    """The JSON schema of every call that makes sense after ``turns``; None: there is none.

    An argument whose schema says ``x-shown`` takes only values of its ``pattern`` that a tool's result has shown, and a tool
    that needs such a value is not offered before. An argument that says ``x-said`` takes a phrase that the user has written,
    a value of a result or one of its ``examples``. An ``x-spelled`` one takes a number of its ``pattern`` (after its
    ``x-prefix``) that the user has written in whatever way or a result has shown; without one the tool is not offered. With
    ``x-lexicon`` it also takes the words of that lexicon of the domain that what the user said is alike: names that were
    misspelled or misheard.
    A call that writes does what was proposed: its arguments take the values that the domain reads off the last proposal.
    Of a user who was ``heard`` (None: the model only reads) it is what the ear recognised; where it does not recognise words
    the model writes what it likes.
    """
    numbers = [number for turn in turns if isinstance(turn, UserTurn) for number in _numbers(_words(turn, heard) or "")]
    said, shown = _said(turns, heard), tuple(dict.fromkeys(_shown(turns)))
    spoken = [_words(turn, heard) or "" for turn in turns if isinstance(turn, UserTurn)]
    typed = all(turn.audio is None for turn in turns if isinstance(turn, UserTurn))
    alike = {name: _alike(words, spoken, typed) for name, words in domain.lexicons.items()}
    known = _Known(shown, said, tuple(dict.fromkeys(numbers)), alike)
    fixed = domain.agreed(turns)
    offered = [schema for tool in domain.tools if (schema := _tool(tool, known, fixed if tool.writes else {})) is not None]
    return {"anyOf": offered, "x-guidance": _FORMAT} if offered else None


def _shown(turns: Sequence[Turn]) -> Iterator[str]:
    for turn in turns:
        if isinstance(turn, ToolTurn):
            for result in turn.results:
                if not result.is_error:
                    yield from _WORD.findall(result.content)


def _said(turns: Sequence[Turn], heard: Recognised | None) -> tuple[str, ...] | None:
    phrases: dict[str, None] = {}
    for turn in turns:
        if isinstance(turn, UserTurn):
            words = _words(turn, heard)
            if words is None:
                return None
            phrases |= dict.fromkeys((*_phrases(words), *spelled_words(words), *spelled_emails(words)))
        elif isinstance(turn, ToolTurn):
            for result in turn.results:
                phrases |= dict.fromkeys([] if result.is_error else _strings(result.content))
    return tuple(phrases)


def _words(turn: UserTurn, heard: Recognised | None) -> str | None:
    """What was typed, or what the model's ear or a recogniser took the sound for."""
    if turn.audio is not None and heard is not None:
        return heard(turn.audio)
    return turn.text if turn.audio is None or turn.heard is None else turn.heard


def _numbers(text: str) -> Iterator[str]:
    """The digits of every number, however it is put: "123 4567", "123-4567", "one two double three"."""
    words = re.sub(r"[A-Za-z]+", lambda word: _DIGITS.get(word[0].lower(), word[0]), text)
    words = re.sub(r"\b(double|triple)\s+(\d)", lambda m: m[2] * (2 if m[1][0] in "dD" else 3), words, flags=re.I)
    for run in re.findall(r"\d(?:[\s.,-]{0,2}\d)*", words):
        yield from re.findall(r"\d+", run)
        yield re.sub(r"\D", "", run)


def _alike(lexicon: Sequence[str], spoken: Sequence[str], typed: bool) -> tuple[str, ...]:
    """The words of a lexicon that are most like something that was said: "sal a czar" is like "Salazar".

    None where it was ``typed`` and has a word of the lexicon as it is.
    """
    runs: set[str] = set()
    for text in spoken:
        words = re.findall(r"[^\W\d_]+", text.casefold())
        runs |= {"".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + _RUN, len(words)) + 1)}
        runs |= {word.casefold() for word in spelled_words(text)}
    if not runs or not lexicon:
        return ()
    folded = [word.casefold().replace(" ", "") for word in lexicon]
    nearest = cdist(folded, sorted(runs), scorer=Levenshtein.normalized_distance, score_cutoff=_UNLIKE).min(axis=1)
    if typed and nearest.min() == 0:
        return ()
    order = sorted(range(len(lexicon)), key=lambda index: nearest[index])
    return tuple(lexicon[index] for index in order[:_ALIKE] if nearest[index] <= _UNLIKE)


def _phrases(text: str) -> Iterator[str]:
    """Every run of up to four words that no punctuation divides."""
    words = text.split()
    for start in range(len(words)):
        for end in range(start, min(start + _WORDS, len(words))):
            phrase = " ".join(words[start : end + 1]).strip(_MARKS)
            if phrase:
                yield phrase
            if words[end][-1] in _MARKS:
                break


def _strings(content: str) -> list[str]:
    """The strings among the values of a JSON result."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                collect(inner)
        elif isinstance(value, str) and value:
            found.append(value)

    try:
        collect(json.loads(content))
    except (ValueError, RecursionError):
        return []
    return found


def _tool(tool: ToolSpec, known: _Known, fixed: Mapping[str, tuple[str, ...]]) -> dict[str, Any] | None:
    required = tool.parameters.get("required", [])
    properties: dict[str, Any] = {}
    for name, schema in tool.parameters.get("properties", {}).items():
        value = _only(schema, fixed[name]) if name in fixed else _value(schema, known)
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


def _only(schema: dict[str, Any], values: tuple[str, ...]) -> dict[str, Any]:
    """The schema of exactly these values."""
    if schema.get("type") != "array":
        return {"enum": list(values)}
    each = [{"enum": [value]} for value in values]
    return {"type": "array", "prefixItems": each, "items": False, "minItems": len(each), "maxItems": len(each)}


def _value(schema: dict[str, Any], known: _Known) -> dict[str, Any] | None:
    """The schema with the values that are possible now; None: there are none."""
    if schema.get("type") == "array":
        items = _value(schema.get("items", {}), known)
        return None if items is None else {"type": "array", "items": items, "minItems": 1, "maxItems": 50}
    fits = re.compile(schema.get("pattern", ".*")).fullmatch
    if schema.get("x-shown"):
        values = [word for word in known.shown if fits(word)]
        return {"enum": values} if values else None
    if schema.get("x-spelled") and known.said is not None:
        prefix = schema.get("x-prefix", "")
        values = [word for word in (*(f"{prefix}{number}" for number in known.numbers), *known.shown) if fits(word)]
        return {"enum": list(dict.fromkeys(values))} if values else None
    if schema.get("x-said") and known.said is not None:
        alike = known.alike.get(schema.get("x-lexicon", ""), ())
        values = [*schema.get("examples", []), *(phrase for phrase in (*known.said, *alike) if fits(phrase))]
        if values:  # otherwise they have put it in other words: "mei at example dot com"
            return {"enum": list(dict.fromkeys(values))}
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
        self._compiled = lru_cache(_KEPT)(self._compile)  # milliseconds each, and the members of a group say the same

    def guide(self, domain: Domain, turns: Sequence[Turn], heard: Recognised | None = None) -> "CallGuide":
        """For the reply to ``turns`` by a model that has ``heard`` them, or only reads."""
        return CallGuide(self, call_schema(domain, turns, heard))

    def whole_reply(self, schema: dict[str, Any] | None) -> str:
        """The grammar of a whole reply in llguidance's Lark, for servers that decode under one: any text, then maybe a call.

        Unlike a ``CallGuide`` it lets only whole characters be said.
        """
        text = "TEXT: /(?s:.)*/"
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

    def _compile(self, grammar: str) -> LLMatcher:
        matcher = LLMatcher(self._tokens, LLMatcher.grammar_from_lark(grammar))
        if error := matcher.get_error():
            raise AgentError(f"The tools' schemas cannot guide decoding: {error}")
        return matcher


class CallGuide:
    """Follows one reply token by token; outside of a call everything but an impossible call is allowed."""

    def __init__(self, grammar: CallGrammar, schema: dict[str, Any] | None) -> None:
        self._grammar, self._schema = grammar, schema
        self._matcher: LLMatcher | None = None

    @property
    def schema(self) -> dict[str, Any] | None:
        """The calls that are possible; None: there are none."""
        return self._schema

    @property
    def in_call(self) -> bool:
        """Whether a call is being written."""
        return self._matcher is not None

    @property
    def matcher(self) -> LLMatcher | None:
        """What follows the call that is being written."""
        return self._matcher

    @property
    def impossible(self) -> int | None:
        """The one token that must not come outside of a call: its opening, where nothing can be called."""
        return self._grammar.opening if self._matcher is None and self._schema is None else None

    def whole_reply(self) -> str:
        """See ``CallGrammar.whole_reply``."""
        return self._grammar.whole_reply(self._schema)

    def judge(self, token: int) -> tuple[bool, bool]:
        """Whether ``token`` may come next, and whether it would be a choice: something else might come instead."""
        if self._matcher is None:
            return self._schema is not None or token != self._grammar.opening, True
        allowed = bytearray(self._matcher.compute_logit_bias())
        return token < len(allowed) and allowed[token] != 0, len(allowed) - allowed.count(0) > 1

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
