"""What a proposal names: trips, flights, days, cabins, bags, insurance and payment methods, in an agent's words."""

import re
from collections.abc import Iterable, Mapping, Sequence

from tarl_app.domains.airline.rules import Json
from tarl_app.domains.airline.words import heard
from tarl_app.language.spoken.numerals import in_digits
from tarl_app.language.told import without_amounts

_FLIGHT = re.compile(r"\bJN[ -]?(\d{4})\b", re.IGNORECASE)
_CLOCK = re.compile(r"\b\d{1,2}(?::\d\d)? ?[ap]\.?m\b|\b\d{1,2}:\d\d\b|\bnoon\b", re.IGNORECASE)
_CABIN = re.compile(r"\b(basic economy|economy|business)\b(?!(?: days?| hours?))", re.IGNORECASE)
_TOTAL = re.compile(
    r"\b(\d{1,2}|no)(?: checked)?(?: bags?| pieces?)?(?: (?:in (?:all|total)|altogether|overall|total))\b"
    r"|\b(?:total|altogether|in all)[ :]*(?:of |is |are )?(\d{1,2})\b"
)
_MORE = re.compile(
    r"\b(?:add(?:ing)?|plus|another)[ :]*(\d{1,2})\b|\b(\d{1,2}) (?:more|extra|additional|further|another|on top)\b"
    r"|\b(\d{1,2}) bags? (?:more|extra|on top|in addition)\b"
)
_COUNT = re.compile(r"(?<![\w$.,:])(\d{1,2}|no)(?: (?:more|extra|additional|checked|further|other))* (?:bags?|suitcases?)\b")
_INSURED = re.compile(
    r"\b(?:with|including|includes|plus|and|add(?:ing)?) (?:the |travel |trip )?insurance\b|\binsurance: yes\b"
)
_UNINSURED = re.compile(
    r"\b(?:no|without|not|decline[ds]?|skip\w*)(?: \w+){0,2} insur|\binsurance: no\b|\bun(?:-)?insured\b"
)
_NEGATED = re.compile(r"\b(?:no|not|without|declin\w+|\w+n't)\b")
_INDEFINITE = re.compile(r"\b(?:no|not|without|\w+n't|instead|remain\w*|left|balance|too small|only)\b", re.IGNORECASE)


def trips_in(text: str, shown: Iterable[str]) -> list[str]:
    """The codes of reservations that tools have shown."""
    squeezed = re.sub(r"[\s-]", "", text).upper()
    return [code for code in shown if code in squeezed]


def flights_in(text: str) -> list[str]:
    """The flight numbers."""
    return [f"JN{number}" for number in _FLIGHT.findall(text)]


def days_in(text: str) -> list[str]:
    """The days of travel."""
    return heard.travel_days(text)


def names_time(text: str) -> bool:
    """Whether a time of day is named."""
    return _CLOCK.search(text) is not None


def cabins_in(text: str) -> set[str]:
    """The cabins."""
    return {name.lower().replace(" ", "_") for name in _CABIN.findall(text)}


def bags_in(text: str, before: int) -> set[int]:
    """How many bags there may be in all, where ``before`` are on the trip; empty where none are named."""
    plain = without_amounts(in_digits(text.lower()))
    totals = [first or second for first, second in _TOTAL.findall(plain)]
    if totals:
        return {0 if one == "no" else int(one) for one in totals}
    more = [next(filter(None, found)) for found in _MORE.findall(plain)]
    counts = {0 if one == "no" else int(one) for one in _COUNT.findall(plain)}
    if more and counts:
        return {before + int(one) for one in more}
    return counts | {before + one for one in counts}


def insurance_in(text: str) -> str | None:
    """Whether a trip is proposed with insurance: yes, no, or None where nothing is said of it."""
    lower = text.lower()
    if _INSURED.search(lower):
        return "yes"
    if _UNINSURED.search(lower):
        return "no"
    return "yes" if "insur" in lower and not _NEGATED.search(lower) else None


def methods_in(text: str, own: Json) -> list[str]:
    """The payment methods of the account that are named, each that a name may mean."""
    lower = text.lower()
    cards = [one for one in own["payment_methods"].values() if one["source"] == "credit_card"]
    found = [one["id"] for one in cards if re.search(rf"(?<!\d){one['last_four']}(?!\d)", lower)]
    if not found:
        found = [one["id"] for one in cards if re.search(rf"\b(?:{one['brand'].lower()}|credit card)\b", lower)]
    for source in ("gift_card", "certificate"):
        if re.search(rf"\b{source.replace('_', '[ -]?')}s?\b", lower):
            found += [one["id"] for one in own["payment_methods"].values() if one["source"] == source]
    return found


def is_definite(text: str, own: Json) -> bool:
    """Whether each payment method that is named is to be used, and none is meant by two names."""
    named: Mapping[str, Json] = {method: own["payment_methods"][method] for method in methods_in(text, own)}
    kinds = [one.get("last_four") or one["source"] for one in named.values()]
    brand_only = any(one.get("last_four") and one["last_four"] not in text for one in named.values())
    return len({*kinds}) == len(kinds) and not brand_only and _INDEFINITE.search(_about_money(text)) is None


def _about_money(text: str) -> str:
    """The sentences that name a way to pay."""
    parts = re.split(r"(?<=[.!?;,])\s+", text)
    return " ".join(part for part in parts if re.search(r"card|certificate|ending in|visa|amex|mastercard", part, re.I))


def says_word(said: Sequence[str], word: str) -> bool:
    """Whether a text has the word as it is."""
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) for text in said)
