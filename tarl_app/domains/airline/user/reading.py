"""What an agent can ask the airline's customer for, and the values in its words."""

import re
from dataclasses import dataclass, field, fields

from tarl_app.domains.airline.words import heard
from tarl_app.users import reading
from tarl_app.users.reading import any_of

ASKS: dict[str, re.Pattern[str]] = {
    "user_id": any_of(
        r"\b(customer|member(ship)?|user|account|frequent[ -]flyer|loyalty) ?(id|number|no\b)",
    ),
    "name": any_of(
        r"\b(your|full|first|last|account) (and last |and )?name\b",
        r"name (and|as) ",
        r"surname|who (am i|i am|i'm) (speaking|talking)",
    ),
    "birth": any_of(r"birth ?(date|day)|when were you born|\bdob\b"),
    "identity": any_of(
        r"(verify|confirm|identify|authenticate|validate|establish).{0,30}(identity|who you|you\b|account|yourself)",
        r"identification|(find|look up|pull up|access|locate) your account|look your account up",
    ),
    "reservation": any_of(
        r"(reservation|booking|confirmation|record) ?(code|number|id|locator|reference)",
        r"(which|what) (is the |is your |was the )?(reservation|booking|trip)\b",
        r"code (of|for) (the|your|that|one of)",
    ),
    "route": any_of(
        r"\b(where|from where|which (city|airport)|what (city|airport)|departure (city|airport)|destination|origin)\b",
        r"\bfly(ing)? (from|to)\b|\broute\b",
    ),
    "date": any_of(
        r"(which|what|new|preferred|travel|departure|return)( \w+)? (date|day)",
        r"\bwhen (would|do|should|are|will)\b|on (which|what) (date|day)|\bdates?\b",
    ),
    "kind": any_of(r"one[ -]way|round[ -]trip|return (ticket|trip)\b"),
    "cabin": any_of(r"\bcabin|\b(travel |service )?class\b|economy.{0,30}\bor\b.{0,15}business"),
    "direction": any_of(
        r"(outbound|outward).{0,20}\bor\b.{0,20}return|which (of the )?(direction|flights?|legs?)\b(?! (would|do))"
    ),
    "choice": any_of(
        r"\bprefer|(which|what|kind of) (kind of |sort of )?(flight|time|option|connection)",
        r"(cheapest|earliest|latest|direct|non-?stop|one stop|a stop|morning|time of day).{0,40}(\bor\b|\?)",
        r"what matters",
    ),
    "passengers": any_of(
        r"\bpassengers?\b|who (is|will be|are|else is)? ?(travel|fly)|who will|how many (people|travell?ers|persons|of you)",
        r"travell?ing (alone|with)|is anyone",
    ),
    "newcomer": any_of(
        r"\b(new|replacement|other) passenger",
        r"who (should|will|would|is going to|shall|is to) (travel|fly|take|replace|go|be)",
    ),
    "replaced": any_of(
        r"(which|what) passenger|who (should|will|is to|shall) be replaced",
        r"(instead|in place) of whom|whose (place|name|seat)",
    ),
    "bags": any_of(r"\b(how many|any|check(ed)?|number of|extra|more) .{0,20}(bag|luggage|suitcase|baggage)", r"\bbags\b"),
    "insurance": any_of(r"\binsurance|\binsured?\b"),
    "payment": any_of(
        r"(which|what) (payment|card|account|method)|payment (method|option)",
        r"how (would|do|did|should).{0,40}(pay|refund|money)",
        r"(gift card|credit card|certificate|visa|mastercard|amex).{0,40}\bor\b",
    ),
    "reason": any_of(r"\breasons?\b|\bwhy\b|what made you"),
}
_PERSONAL = frozenset(("user_id", "name", "birth", "identity"))
_OPEN = any_of(
    r"\b(do you (want|need|wish)|would you like|should (i|we)|shall i|will there be|is it|are you|will you)\b"
    r".{0,60}\b(insurance|insured|bags?|luggage|baggage|one[ -]way|round[ -]trip|alone|direct|non-?stop|cabin|class)\b"
)
_SETTLED = re.compile(
    r"\$|\d dollars|\bconfirm|go ahead|\bproceed|\bbook (this|it|that|the)\b|is that (right|correct)|all (right|correct)"
)
_ABOUT_PASSENGERS = re.compile(r"passenger|travel|fly|\bwho\b")


@dataclass(frozen=True)
class AirlineReading(reading.Reading):
    """An utterance with the codes, customer numbers, days and birthdays in it."""

    codes: frozenset[str] = field(default_factory=frozenset)
    user_ids: frozenset[str] = field(default_factory=frozenset)
    days: frozenset[str] = field(default_factory=frozenset)


def read(text: str) -> AirlineReading:
    """Reads one agent utterance; any text is accepted."""
    said = reading.plain(text)
    sentences = re.split(r"(?<=[.?!])\s+|\n+", said)
    open_ = [
        one for one in sentences if one.endswith("?") and _OPEN.search(one.lower()) and not _SETTLED.search(one.lower())
    ]
    rest = " ".join(one for one in sentences if one not in open_)
    found = reading.read(rest, _asks)
    known = {one.name: getattr(found, one.name) for one in fields(found)}
    asks = set(found.asks).union(*(_asks(one.lower()) for one in open_))
    if open_:
        known["proposes"] = known["proposes"] and bool(_SETTLED.search(rest.lower()))
    return AirlineReading(
        **{**known, "text": said.lower(), "asks": frozenset(asks)},
        codes=frozenset(heard.codes(said)),
        user_ids=frozenset(heard.user_ids(said)),
        days=frozenset(heard.travel_days(said)),
    )


def _asks(sentence: str) -> set[str]:
    sentence = re.sub(r"\bdates? of birth\b", "birthday", sentence)
    asks = {name for name, pattern in ASKS.items() if pattern.search(sentence)}
    if asks & {"newcomer", "replaced"}:
        asks -= {"passengers", "name", "birth"}
    if asks & {"name", "birth"} and re.search(r"passenger|travell?er|every(one|body)|each|anybody else|all of", sentence):
        asks = asks - {"name", "birth"} | {"passengers"}
    if "passengers" in asks and "bags" in asks:
        asks.discard("passengers")
    if "cabin" in asks and "choice" in asks and "prefer" in sentence:
        asks.discard("choice")
    if "direction" in asks:
        asks -= {"choice", "kind"}
    if "choice" in asks and asks & {"payment", "kind", "bags", "insurance", "newcomer", "reason"}:
        asks.discard("choice")
    if asks & _PERSONAL and "date" in asks:
        asks.discard("date")
    return asks
