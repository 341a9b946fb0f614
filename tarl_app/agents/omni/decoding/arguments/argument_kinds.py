"""Kinds of values that a tool's JSON schema declares for its arguments: parts of a person's name, e-mail addresses."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.types import ToolSpec


@dataclass(frozen=True)
class ArgumentKinds:
    """The words that a domain's lexicons have for people's names and for the hosts of their e-mail addresses."""

    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


def properties(tool: ToolSpec) -> dict[str, dict[str, Any]]:
    """The JSON schemas of the tool's arguments, by name."""
    return tool.parameters.get("properties", {})


def person_arguments(tool: ToolSpec) -> tuple[str, str] | None:
    """The arguments for somebody's first and last name (``x-person``); None where the tool does not take both."""
    parts = {schema.get("x-person"): name for name, schema in properties(tool).items()}
    return (parts["first"], parts["last"]) if {"first", "last"} <= parts.keys() else None


def email_arguments(tool: ToolSpec) -> tuple[str, ...]:
    """The arguments that take an e-mail address (``format: email``)."""
    return tuple(name for name, schema in properties(tool).items() if is_email(schema))


def is_email(schema: dict[str, Any]) -> bool:
    """Whether the value is an e-mail address."""
    return schema.get("format") == "email"


def argument_kinds(domain: Domain) -> ArgumentKinds:
    """What the lexicons of the arguments that take such values hold (``x-lexicon``); an e-mail's lexicon is of hosts."""

    def words(schemas: Iterator[dict[str, Any]]) -> tuple[str, ...]:
        found = (domain.lexicons.get(schema.get("x-lexicon", ""), ()) for schema in schemas)
        return next((one for one in found if one), ())

    schemas = [schema for tool in domain.tools for schema in properties(tool).values()]
    return ArgumentKinds(
        first=words(schema for schema in schemas if schema.get("x-person") == "first"),
        last=words(schema for schema in schemas if schema.get("x-person") == "last"),
        hosts=words(schema for schema in schemas if is_email(schema)),
    )
