"""What a domain is made of is named in its own folder alone: its tools, their arguments, its ids and its words.

The names are read from every domain of the table, so a new one is held to the same without a change here.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import tarl_app
from tarl_app.core.domain import Domain
from tarl_app.domains import DOMAINS, load_domain

ROOT = Path(tarl_app.__file__).parent
SOURCES = (ROOT.parent / "app.py", *sorted(path for path in ROOT.rglob("*") if path.suffix in (".py", ".js", ".css")))

# fmt: off
GENERAL = frozenset((
    # tools and arguments that are English, or that several domains have
    "calculate", "think", "transfer_to_human_agents", "user_id", "email", "name", "city", "state", "country", "zip",
    "reason", "summary", "thought", "expression", "text", "amount", "date", "dates", "origin", "destination", "first_name",
    "last_name", "get_user_details", "payment_method_id",
    # values that English and Python have, too
    "pending", "processed", "cancelled", "shipped", "order", "item", "package", "one", "math", "yes", "no", "regular",
    "silver", "gold", "late", "member", "business", "booking", "trip", "cabin", "flight", "called off",
    # hosts that are reserved for examples
    "example.com", "example.org", "example.net",
    # kinds of tasks that every domain can have
    "fall_back",
))
# fmt: on
"""Names that are no domain's own."""
FURTHER: dict[str, tuple[str, ...]] = {
    "retail": ("retail", "gift card", "gift cards", "refund", "refunds", "refunded", "refunding", "order number", "parcels"),
    "airline": (
        "gift card",
        "gift cards",
        "credit card",
        "visa",
        "mastercard",
        "amex",
        "american express",
        "refund",
        "refunds",
        "refunded",
    ),
}
"""Words of a domain that none of its declarations lists."""
ELSEWHERE: dict[str, frozenset[str]] = {
    # The table of domains, and an example of a task's id.
    "domains/__init__.py": frozenset(("retail",)),
    # English of money and of customer service, as agents of any company speak it; it is read here and never said.
    "language/told/tables.py": frozenset(("refund",)),
    "evaluation/exam/grade.py": frozenset(("Cohen",)),
    "evaluation/exam/intervals.py": frozenset(("Cohen",)),
    "users/llm_checks.py": frozenset(("refund", "refunded")),
    "users/reading.py": frozenset(("refund",)),
    # People who wrote what is cited.
    "training/rollouts/head_start.py": frozenset(("Chen",)),
    "recipes/omni_mini/stages/dialogues.py": frozenset(("Gordon",)),
    "agents/omni/audio/ctc_decoder.py": frozenset(("Chen",)),
    "language/text_normalization/abbreviations.py": frozenset(("Lee",)),
}
"""File -> the words that it may have nevertheless."""
NAMESAKES = ("domains/tau/",)
"""Domains of a benchmark after whose tools and values some of ours are named."""
BEING_CUT: tuple[str, ...] = ()
"""Places that still know a domain; to be emptied."""


def _schemas(parameters: Any) -> Iterator[dict[str, Any]]:
    """A JSON schema and all that are in it."""
    if isinstance(parameters, dict):
        yield parameters
    inner = parameters.values() if isinstance(parameters, dict) else parameters if isinstance(parameters, list) else ()
    for one in inner:
        yield from _schemas(one)


def _names(domain: Domain) -> set[str]:
    """What only program text calls so: tools, arguments, kinds of tasks."""
    found = {tool.name for tool in domain.tools}
    found |= {name for tool in domain.tools for name in tool.parameters.get("properties", {})}
    return found | {kind for kind in domain.labels.kinds if "_" in kind}


def _words(domain: Domain) -> set[str]:
    """What people call so: values of arguments and facts."""
    found = set(FURTHER.get(domain.name, ()))
    for tool in domain.tools:
        for schema in _schemas(tool.parameters):
            found |= {one for one in schema.get("enum", ()) if isinstance(one, str)}
    facts = domain.fact_words
    return found.union(*facts.rivals.values(), *facts.synonyms.values(), facts.kinds)


@cache
def patterns(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What is found anywhere outside of the domain's folder; and outside of all domains, since two may have namesakes."""
    domain = load_domain(name)
    exact = rf"(?<![A-Za-z0-9])(?:{_any(_names(domain))})(?![A-Za-z0-9])"
    words = rf"(?<![A-Za-z])(?i:{_any(_words(domain))})(?![A-Za-z])"
    ids = "|".join(rf"{re.escape(form.sign)}{form.letters}[0-9]{{{form.digits - 3},}}" for form in domain.spoken.ids)
    people = rf"(?<![A-Za-z])(?:{_any({word for words in domain.lexicons.values() for word in words})})(?![A-Za-z])"
    return re.compile("|".join(filter(None, (exact, words, ids)))), re.compile(people)


def _any(words: set[str]) -> str:
    own = sorted(words - GENERAL, key=len, reverse=True)
    return "|".join(map(re.escape, own)) or r"(?!)"


def found_in(place: str, text: str, name: str) -> list[str]:
    """What of that domain is named in a file, line by line."""
    if place.startswith((f"domains/{name}/", *NAMESAKES, *BEING_CUT)):
        return []
    owner = next((one for one in DOMAINS if place.startswith(f"domains/{one}/")), None)
    looked_for = patterns(name) if owner is None else patterns(name)[:1]  # two domains may have namesakes
    allowed = ELSEWHERE.get(place, frozenset())
    return [
        f"{place}:{number}: {match.group()}"
        for number, line in enumerate(text.splitlines(), start=1)
        for pattern in looked_for
        for match in pattern.finditer(line)
        if match.group() not in allowed and not (owner and patterns(owner)[0].fullmatch(match.group()))
    ]


@pytest.mark.parametrize("name", [*DOMAINS])
def test_what_a_domain_is_made_of_is_named_in_its_folder_alone(name: str) -> None:
    found: list[str] = []
    for path in SOURCES:
        place = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
        found += found_in(place, path.read_text(encoding="utf-8"), name)
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'order = found["order_id"]',
        "def _order_id(text): ...",
        'call.name == "find_user_id_by_email"',
        "# once the order was delivered",
        '"Your Gift card"',
        'example = "#W1234567"',
        'KINDS = ("unknown_order",)',
        "name = 'Mei Kovacs'",
        json.dumps({"reason": "no longer needed"}),
    ],
)
def test_names_words_ids_and_people_of_a_domain_are_found_elsewhere_and_not_at_home(line: str) -> None:
    assert found_in("users/llm.py", f"import re\n{line}\n", "retail")
    assert found_in("domains/math/tools.py", line, "retail") or "Kovacs" in line
    assert not found_in("domains/retail/tools.py", line, "retail")


@pytest.mark.parametrize(
    "line", ["in order to", "the order of tasks", "future.cancelled()", "ordered_by", "email, zip and city"]
)
def test_plain_english_is_no_domains(line: str) -> None:
    assert not found_in("users/llm.py", line, "retail")


def test_every_exception_is_still_needed() -> None:
    for place, words in ELSEWHERE.items():
        text = (ROOT / place).read_text(encoding="utf-8")
        assert {word for word in words if word not in text} == set(), place
