"""Which calls make sense now, as one JSON schema: what tools take, what the dialogue has shown, what the guard permits."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tarl_app.agents.omni.decoding.arguments.argument_candidates import (
    ArgumentCandidates,
    Recognised,
    candidates,
    last_words,
)
from tarl_app.agents.omni.decoding.arguments.argument_kinds import is_email, person_arguments, properties
from tarl_app.core.domain import Domain
from tarl_app.core.domain.guard import NO_GUARD
from tarl_app.core.types import Guards, ToolSpec, Turn

FORMAT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""As ``template.call_json`` writes."""
_LONGEST = 300  # characters of a free string
_ITEMS = 12  # in a list
_AMOUNTS = 12  # in a sum


def call_schema(
    domain: Domain, turns: Sequence[Turn], heard: Recognised | None = None, guard: Guards = "policy"
) -> dict[str, Any] | None:
    """The JSON schema of every call that makes sense after ``turns``; None: there is none.

    An argument whose schema says ``x-shown`` takes only values of its ``pattern`` that a tool's result has shown, and a tool
    that needs such a value is not offered before. An argument that says ``x-said`` takes a phrase that the user has written,
    a value of a result or one of its ``examples``; with a ``pattern`` the tool is not offered before something of that form
    was said. An ``x-spelled`` one takes a number of its ``pattern`` (after its ``x-prefix``) that the user has written in
    whatever way or a result has shown; without one the tool is not offered. With ``x-lexicon`` it also takes the words of
    that lexicon of the domain that what the user said is alike: names that were misspelled or misheard. Who spoke may be
    looked up by whole names (``x-person``: ``first`` and ``last``) that sound like what was heard, and an e-mail address
    (``format: email``, its lexicon is of hosts) may be one put together from such names. A lexicon only ever adds values:
    what was said can be written whether a lexicon has it or not.

    All that comes from tools and dialogue alone, and is what ``guard="schema"`` leaves. With ``policy`` the domain's guard
    narrows it: what it does not permit now is not offered (``Guard.permits``: no change before the user has agreed), a call
    that writes does what was proposed (``Guard.agreed``), and an ``x-amounts`` argument is a sum of amounts that can be
    known (``Guard.amounts``) and small whole numbers, once there are such amounts.

    Of a user who was ``heard`` (None: the model only reads) it is what the model recognised; where it does not recognise
    words the model writes what it likes.
    """
    brought_up = candidates(domain, turns, heard)
    rules = domain.guard if guard == "policy" else NO_GUARD
    fixed, amounts, said = rules.agreed(turns), rules.amounts(turns), last_words(turns, heard)
    offered = [
        named
        for tool in domain.tools
        if not rules.permits(tool, turns, said)
        and (schema := _tool(tool, brought_up, amounts, fixed if tool.writes else {})) is not None
        for named in _with_names(schema, tool, brought_up)
    ]
    return {"anyOf": offered, "x-guidance": FORMAT} if offered else None


def _tool(
    tool: ToolSpec, candidates: ArgumentCandidates, amounts: Sequence[str], fixed: Mapping[str, tuple[str, ...]]
) -> dict[str, Any] | None:
    required = tool.parameters.get("required", [])
    arguments: dict[str, Any] = {}
    for name, schema in properties(tool).items():
        value = _only(schema, fixed[name]) if name in fixed else _value(schema, candidates, amounts)
        if value is not None:
            arguments[name] = value
        elif name in required:
            return None
    taken = {"type": "object", "properties": arguments, "required": required, "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"name": {"const": tool.name}, "arguments": taken},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _with_names(schema: dict[str, Any], tool: ToolSpec, candidates: ArgumentCandidates) -> list[dict[str, Any]]:
    """The schema; where somebody who spoke is looked up by name, before it one for each whole name that this may have been.

    A lexicon is a bias and no rule: its names are offered beside what was said or heard, which may be none of them.
    """
    parts = person_arguments(tool)
    if not candidates.called or parts is None:
        return [schema]
    arguments = schema["properties"]["arguments"]
    found = []
    for first, last in candidates.called:
        names = {parts[0]: {"enum": [first]}, parts[1]: {"enum": [last]}}
        found.append(with_properties(schema, {**arguments["properties"], **names}))
    for first in candidates.named:  # nobody is called the same twice
        if last := [word for word in candidates.named if word.casefold() != first.casefold()]:
            names = {parts[0]: {"enum": [first]}, parts[1]: {"enum": last}}
            found.append(with_properties(schema, {**arguments["properties"], **names}))
    return found


def with_properties(schema: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The schema of a call with these arguments instead."""
    arguments = {**schema["properties"]["arguments"], "properties": values}
    return {**schema, "properties": {**schema["properties"], "arguments": arguments}}


def _only(schema: dict[str, Any], values: tuple[str, ...]) -> dict[str, Any]:
    """The schema of exactly these values."""
    if schema.get("type") != "array":
        return {"enum": list(values)}
    each = [{"enum": [value]} for value in values]
    return {"type": "array", "prefixItems": each, "items": False, "minItems": len(each), "maxItems": len(each)}


def _value(schema: dict[str, Any], candidates: ArgumentCandidates, amounts: Sequence[str]) -> dict[str, Any] | None:
    """The schema with the values that are possible now; None: there are none."""
    if schema.get("type") == "array":
        items = _value(schema.get("items", {}), candidates, amounts)
        return None if items is None else {"type": "array", "items": items, "minItems": 1, "maxItems": _ITEMS}
    if schema.get("x-amounts") and amounts:
        return {"type": "string", "pattern": _sum_of(amounts)}
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
        alike = candidates.emails if is_email(schema) else candidates.alike.get(schema.get("x-lexicon", ""), ())
        values = [*schema.get("examples", []), *(phrase for phrase in (*candidates.said, *alike) if fits(phrase))]
        if values:
            return {"enum": list(dict.fromkeys(values))}
        if "pattern" in schema:  # nothing of that form was said: it would be invented
            return None
    kept = {key: schema[key] for key in ("type", "enum", "const", "pattern") if key in schema}
    if kept.get("type") == "string" and kept.keys() == {"type"}:
        kept["maxLength"] = _LONGEST
    return kept


def _sum_of(amounts: Sequence[str]) -> str:
    """The form of an arithmetic expression of these amounts, which whole numbers below 100 may multiply or divide."""
    return f"^({any_of(amounts)})( [-+] ({any_of(amounts)})| [*/] [1-9][0-9]?){{0,{_AMOUNTS - 1}}}$"


def any_of(amounts: Sequence[str]) -> str:
    """A regular expression of exactly these."""
    return "|".join(re.escape(amount) for amount in amounts)
