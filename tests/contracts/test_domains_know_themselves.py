"""What a domain is made of is named in its own folder alone: its tools, their arguments, its ids and its words.

The names are read from every domain of the table, so a new one is held to the same without a change here.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tarl_app
from tarl_app.domains import DOMAINS, load_domain

SOURCES = Path(tarl_app.__file__).parent
KINDS = (".py", ".js", ".css")
# fmt: off
GENERAL = frozenset((
    # tools and arguments
    "calculate", "think", "transfer_to_human_agents", "user_id", "email", "name", "city", "state", "country", "zip",
    "reason", "summary", "thought", "expression", "text",
    # values: English and Python have them, too
    "pending", "processed", "cancelled", "order", "item", "package", "one", "math",
    # hosts that are reserved for examples
    "example.com", "example.org", "example.net",
))
# fmt: on
"""Names that are English, or a library's, before they are a domain's."""
FURTHER: dict[str, tuple[str, ...]] = {
    "retail": ("#W", "gift card", "gift cards", "refund", "refunds", "refunded", "retail", "exchange_items", "order number"),
}
"""Words of a domain that no declaration lists."""
ELSEWHERE: dict[str, frozenset[str]] = {}
"""Path below ``tarl_app`` -> the words that it may have nevertheless, each with its reason."""
BEING_CUT = ("judges/reference", "evaluation/exam", "agents/omni", "conversation.py")
"""Places that still know a domain."""


def _schemas(parameters: Any) -> Iterator[dict[str, Any]]:
    """A JSON schema and all that are in it."""
    if isinstance(parameters, dict):
        yield parameters
        for inner in parameters.values():
            yield from _schemas(inner)
    elif isinstance(parameters, list):
        for inner in parameters:
            yield from _schemas(inner)


def words_of(name: str) -> set[str]:
    """The names and words that are this domain's own."""
    domain = load_domain(name)
    found = {name, *FURTHER.get(name, ())}
    for tool in domain.tools:
        found |= {tool.name, *tool.parameters.get("properties", {})}
        for schema in _schemas(tool.parameters):
            found |= {one for one in schema.get("enum", ()) if isinstance(one, str)}
            if isinstance(schema.get("x-prefix"), str):
                found.add(schema["x-prefix"])
    for group in (*domain.fact_words.rivals.values(), *domain.fact_words.synonyms.values(), domain.fact_words.kinds):
        found |= set(group)
    for lexicon in domain.lexicons.values():
        found |= set(lexicon)
    return {word for word in found if word and word not in GENERAL}


def _pattern(words: set[str]) -> re.Pattern[str]:
    """Each of them as a whole word: within an identifier, a string or a comment, names as they are written."""
    one_by_one = sorted(words, key=len, reverse=True)
    edges = [(r"(?<![A-Za-z0-9])" if word[0].isalnum() else "") + re.escape(word) for word in one_by_one]
    return re.compile(
        "|".join(edge + (r"(?![A-Za-z0-9])" if edge[-1].isalpha() and len(edge) > 3 else "") for edge in edges)
    )


def found_outside(name: str) -> list[str]:
    pattern = _pattern(words_of(name))
    found: list[str] = []
    for path in sorted(one for one in SOURCES.rglob("*") if one.suffix in KINDS):
        place = path.relative_to(SOURCES).as_posix()
        if place.startswith((f"domains/{name}/", *BEING_CUT)):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            words = {match.group() for match in pattern.finditer(line)} - ELSEWHERE.get(place, frozenset())
            found += [f"{place}:{number}: {word}" for word in sorted(words)]
    return found


@pytest.mark.parametrize("name", [*DOMAINS])
def test_what_a_domain_is_made_of_is_named_in_its_folder_alone(name: str) -> None:
    assert found_outside(name) == []
