"""The details of a request in the customer's words, each as last said; ``said`` pairs the question asked"
" with the answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tarl_app.domains.airline.expert.nlu import like
from tarl_app.domains.airline.words import heard
from tarl_app.language import people
from tarl_app.language.clauses import affirmed
from tarl_app.language.consent import HARMLESS_NO, says_yes
from tarl_app.language.spoken.numerals import in_digits

Json = dict[str, Any]
Said = Sequence[tuple[str, str]]
Person = tuple[str, str, str]
"""First name, last name, date of birth."""

_ABOUT_THE_CALLER = ("user_id", "any_code", "name_birth")
"""Questions whose answers say who calls, not who travels."""
_BACK = re.compile(r"\b(?:back|returning|return(?! flight))\b", re.I)
_INSURED = re.compile(r"\b(no|without|with|skip|add|like|want|take|need|have)\b[^.?!]{0,12}insurance")
_NO = re.compile(r"\b(no|nope|nah|not|don't|without|skip)\b")
_WANTED = re.compile(
    r"\b(?:with|add|like|want|take|need|have|include|put)\b[^.?!]{0,12}insurance|\b(?:add|include|take|want) it\b"
    r"|\binsure (?:it|me|us|them|the|my|this|that)\b"
)
_REQUEST = re.compile(r"\b(?:(?:could|can|would|will) you|please|book)\b")
_RANKS = {
    "cheapest": "cheapest",
    "lowest": "cheapest",
    "least expensive": "cheapest",
    "cheap": "cheapest",
    "earliest": "earliest",
    "as early as possible": "earliest",
    "latest": "latest",
    "as late as possible": "latest",
}


_ALIASES = {
    "Las Vegas": ("vegas",),
    "Philadelphia": ("philly",),
    "Salt Lake City": ("salt lake", "slc"),
    "New Orleans": ("nola",),
    "Kansas City": ("kc",),
}


def _places(text: str, cities: Mapping[str, str]) -> list[tuple[int, int, str]]:
    """Where cities are named in a text: begin, end, airport code."""
    found, lower = [], text.lower()
    for code, city in cities.items():
        if code not in text and not any(name.lower() in lower for name in (city, *_ALIASES.get(city, ()))):
            continue  # most of them: to look for each with a pattern would take most of the agent's time
        names = "|".join(re.escape(name) for name in (city, *_ALIASES.get(city, ())))
        found += [(one.start(), one.end(), code) for one in re.finditer(rf"\b(?:{names})\b", text, re.I)]
        found += [(one.start(), one.end(), code) for one in re.finditer(rf"\b{code}\b", text)]
    return sorted(found)


def ends(said: Said, cities: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Airport codes of origin and destination: the cities after "from" and "to", or two with "to" or a dash between."""
    origin = destination = None
    for _, text in said:
        places = _places(text, cities)
        for n, (begin, end, code) in enumerate(places):
            before = text[:begin].lower().rstrip()
            if re.search(r"\b(from|leaving|out of)$", before):
                origin = code
            elif re.search(r"\b(to|for|into|towards)$|(?:->|→)$", before):
                destination = code
            following = places[n + 1] if n + 1 < len(places) else None
            if following and re.fullmatch(r"\s*(?:to|-+>?|–|→|/)\s*", text[end : following[0]], re.I):
                origin, destination = code, following[2]
    return origin, destination


def names_route(text: str) -> bool:
    """Whether a trip seems to be named by its ends: "Chicago - Tampa", "my trip from Chicago to Tampa"."""
    return re.search(r"\b[A-Z]\w+ (?:to|-+>?|–) (?:[A-Z]\w+)", text) is not None


def names_trip(text: str, cities: Mapping[str, str]) -> bool:
    """Whether a text names both ends of a trip, or one after "from"."""
    return re.search(r"\bfrom\b", text) is not None or len({code for _, _, code in _places(text, cities)}) > 1


def days(said: Said, both: bool) -> tuple[str | None, str | None]:
    """When it goes there and when back; ``both`` False: there is one day only, whatever the words around it."""
    there = back = None
    for asked, text in said:
        parts = _BACK.split(text, maxsplit=1) if both else [text]
        first, second = heard.travel_days(parts[0]), heard.travel_days(parts[1]) if len(parts) > 1 else []
        if asked == "back":
            back = [*first, *second, back][0]
            continue
        there = first[-1] if first else there
        back = second[0] if second else back
    return there, back


def round_trip(said: Said) -> bool | None:
    """Whether it goes there and back; None where nothing was said."""
    found = None
    for _, text in said:
        lower = text.lower()
        if re.search(r"\bone[ -]way\b", lower):
            found = False
        elif re.search(r"\bround[ -]trip\b|\bthere and back\b", lower):
            found = True
    return found


_CABINS = ("basic_economy", "economy", "business")
"""In the order in which the question lists them."""


def cabin(said: Said) -> str | None:
    """The cabin."""
    found = None
    for asked, text in said:
        picked = like.place(text, len(_CABINS)) if asked == "cabin" else None
        found = found if picked is None else _CABINS[picked]
        for name in re.findall(r"\b(basic economy|economy|business)\b", affirmed(text.lower())):
            found = name.replace(" ", "_")
    return found


@dataclass(frozen=True)
class Choice:
    """Which of the flights found; ``stop``: with one stop."""

    preference: str
    stop: bool
    after: str | None = None
    before: str | None = None


def choice(said: Said) -> Choice | None:
    """What was said about which flight to take."""
    found = None
    for _, text in said:
        lower = text.lower()
        rank = next((value for word, value in _RANKS.items() if re.search(rf"\b{word}\b", lower)), None)
        stop = (
            re.search(r"\b(one|1|a|single)[ -]stop\b|\bconnection\b|\bwith a (change|layover|stopover)\b", lower) is not None
        )
        if rank is None and not stop:
            continue
        after, before = heard.window(text)
        found = Choice(rank or (found.preference if found else "cheapest"), stop, after, before)
    return found


def direction(said: Said) -> str | None:
    """ "out" or "back"; "all" for "the flight"."""
    for asked, text in reversed(said):
        lower = text.lower()
        if re.search(r"\b(return|inbound|way back)\b", lower):
            return "back"
        if re.search(r"\b(outbound|outward|way there)\b", lower):
            return "out"
        picked = like.place(text, 2) if asked == "direction" else None
        if picked is not None:
            return ("out", "back")[picked]
    return None


def passengers(said: Said, me: Person) -> tuple[Person, ...]:
    """Everybody who travels, as said in answer to the question for it."""
    for asked, text in reversed(said):
        others = [] if asked in _ABOUT_THE_CALLER else persons(text)
        told = r"\b(me|myself|i)\b" if asked == "passengers" else _ALONE
        mine = re.search(told, text.lower()) is not None
        if mine or others:
            return (*((me,) if mine else ()), *others)
    return ()


_ALONE = (
    r"\b(just|only) (for )?(me|myself)\b|\bfor myself\b|\bme and\b|\band (me|myself)\b|\bthat's me\b"
    r"|\bby myself\b|\b(travell?ing|flying|going|go|fly) alone\b"
)


def persons(text: str) -> list[Person]:
    """Everybody named with a date of birth, also without capitals."""
    found = heard.people(text)
    if found or not (births := heard.birthdays(text)):
        return found
    made, start = [], 0
    for born, begin, end in births:
        told = _nearest(text[start:begin])
        made += [(*told, born)] if told else []
        start = end
    return made


def _nearest(text: str) -> tuple[str, str] | None:
    """The last name in a text: of "flora can't come, so yara ramos" the one that the birthday behind it belongs to."""
    parts = re.split(r"[,.;:]|\b(?:so|and|but|instead|then|by|with|for|is|to|of)\b", text, flags=re.I)
    return next((found for part in reversed(parts) if (found := people.last(part))), None)


def newcomer(said: Said) -> Person | None:
    """Who is to travel from now on."""
    told = [text for asked, text in reversed(said) if asked not in _ABOUT_THE_CALLER]
    return next((found[0] for text in told if (found := persons(text))), None)


def replaced(said: Said, travelers: Sequence[Json], me: Person) -> Json | None:
    """Who is not to travel any more; the only passenger, or one that is named outside of the newcomer's details."""
    for asked, text in reversed(said):
        new = persons(text)
        rest = text.replace(f"{new[0][0]} {new[0][1]}", "") if new else text
        for one in travelers:
            name = f"{one['first_name']} {one['last_name']}"
            if name.lower() in rest.lower():
                return one
        by_me = r"(instead|in place) of (me|myself)\b|\bin my (place|stead)\b|\bmy (place|seat|ticket)\b"
        asked_for = asked == "replaced" and re.search(r"\b(me|myself)\b", text.lower())
        if asked_for or re.search(by_me, text.lower()):
            return next((one for one in travelers if (one["first_name"], one["last_name"]) == me[:2]), None)
    return travelers[0] if len(travelers) == 1 else None


def bags(said: Said) -> int | None:
    """How many bags, or how many more."""
    found = None
    for asked, text in said:
        digits = in_digits(re.sub(r"\banother\b", "one", text.lower()))
        named = re.search(
            r"\b([0-9]+|no|an?)\b(?: (?:more|extra|additional|checked|other|single|small|big|large"
            r"|heavy))* (?:bag|suitcase)s?\b",
            digits,
        )
        if named:
            found = 0 if named[1] == "no" else 1 if named[1].startswith("a") else int(named[1])
        elif asked == "bags" and re.search(r"\b(hand luggage|carry-?on|hand baggage|nothing)\b", digits):
            found = 0
        elif asked == "bags" and heard.count(text) is not None:
            found = heard.count(text)
    return found


def insurance(said: Said) -> bool | None:
    """Whether insurance is wanted; None where neither a yes nor a no was said."""
    found = None
    for asked, text in said:
        parts = re.split(r"(?<=[.?!])\s+", text.lower())
        about = [part for part in parts if _INSURED.search(part)] or (parts if asked == "insurance" else [])
        # "Yes. I don't have all day.": the first sentence that answers counts, and no other.
        told = next((answer for part in about if (answer := _insured(part)) is not None), None)
        if told is None and asked == "insurance" and "?" not in text:
            told = like.insured(text)
        found = found if told is None else told
    return found


def _insured(sentence: str) -> bool | None:
    """What one sentence in lower case says of the insurance: a yes, a no, or neither."""
    if sentence.endswith("?") and not _REQUEST.search(sentence):  # "Do I need insurance?"
        return None
    if _NO.search(HARMLESS_NO.sub("sure", sentence)):
        return False
    return True if says_yes(sentence) or _WANTED.search(sentence) else None


def payment(said: Said) -> tuple[str, ...]:
    """Payment methods in words, in the order named: "certificate", "gift card", a brand, or a card's last"
    " four digits."""
    for asked, text in reversed(said):
        lower = text.lower()
        lower = affirmed(lower).replace("master card", "mastercard").replace("american express", "amex")
        kinds = {"certificate": r"certificate|voucher", "gift card": r"gift ?card"}
        found = [kind for kind, pattern in kinds.items() if re.search(rf"\b(?:{pattern})\b", lower)]
        brand = next((one for one in ("visa", "mastercard", "amex") if one in lower), None)
        ending = re.search(r"\b(?:end(?:s|ing)?|last four)\D{0,16}(\d{4})\b", lower) or (
            re.search(r"(?<![\w-])(\d{4})(?![\w-])", lower) if brand or asked == "payment" else None
        )
        if ending or brand or "credit card" in lower:
            found.append(ending[1] if ending else brand or "credit card")
        if found:
            return tuple(found)
    return ()
