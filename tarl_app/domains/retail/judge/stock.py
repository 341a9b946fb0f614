"""Rules about the catalogue: what is said to be sold out is, and options that are named exist for that product."""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.domains.retail.judge.shop import Json, names_product, products, variants
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.language import availability, consent

MISSING = re.compile(r"\b(?:does not exist|doesn't exist|(?:do not|don't) (?:have|carry|sell|make))\b")
WITH = re.compile(r"\bwith (?P<options>[^.?!;]+)")


def _named(evidence: Evidence, sentence: str) -> Json | None:
    """The one product that was shown and that a sentence names."""
    found = {name: one for name, one in products(evidence).items() if names_product(sentence, name)}
    longest = [one for name, one in found.items() if not any(name != other and name in other for other in found)]
    return longest[0] if len(longest) == 1 else None


def options_in(sentence: str, product: Json) -> dict[str, str]:
    """The values of this product's options that a sentence names with their option ("color blue", "10 inch diameter")."""
    found: dict[str, str] = {}
    values = {(key, str(value)) for one in variants(product) for key, value in one["options"].items()}
    for key, value in sorted(values, key=lambda one: -len(one[1])):
        name, said = re.escape(consent.fold(key)), re.escape(consent.fold(value))
        if key not in found and re.search(rf"\b{name}\W{{1,3}}{said}\b|\b{said} {name}\b", sentence):
            found[key] = value
    return found


def false_sold_out(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What is said to be sold out, or not to exist, is so in what the catalogue has shown."""
    before = ""
    for part in consent.sentences(turn.text):
        # "The blue one? It is gone." names it in the sentence before.
        sentence, before = (part if _named(evidence, part) else f"{before} {part}"), part
        if not availability.gone(part) or (product := _named(evidence, sentence)) is None:
            continue
        wanted = options_in(sentence, product)
        fitting = [one for one in variants(product) if all(one["options"].get(k) == v for k, v in wanted.items())]
        there = fitting if MISSING.search(sentence) else [one for one in fitting if one.get("available") is True]
        named = WITH.search(sentence)
        vague = named is not None and len(wanted) < 1 + len(re.findall(r"\band\b|,", named["options"].split(" is ")[0]))
        if wanted and there and len(there) == len(fitting) and not vague:
            return -1, f"told the customer that the {consent.fold(product['name'])} is not to be had, but it is"
    return None


def invented_option(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """An option value that is named with a product exists for it, or the customer asked for it."""
    for sentence in consent.sentences(turn.text):
        product, match = _named(evidence, sentence), WITH.search(sentence)
        if product is None or match is None:
            continue
        known = {consent.fold(key) for one in variants(product) for key in one["options"]}
        keys = {
            consent.fold(key) for other in products(evidence).values() for one in variants(other) for key in one["options"]
        }
        for key in sorted(keys | known):
            found = re.search(rf"\b{re.escape(key)} (?P<value>[\w'.-]+)", match["options"])
            if found is None:
                continue
            values = {consent.fold(str(one["options"].get(key, ""))) for one in variants(product)}
            said = found["value"].strip(".,")
            if not any(value.split()[:1] == [said] for value in values) and said not in evidence.said:
                return -1, f"named the {key} {said} of the {consent.fold(product['name'])}, which does not exist"
    return None
