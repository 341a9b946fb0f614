"""What sentences of the airline's customers are like: their values hidden, and what each rule of wordings asks for."""

import re

from tarl_app.agents.acts import CONSENT_WORDS, LIKELY, Acts, Heard, consent, sentences
from tarl_app.core.domain import Lifelike
from tarl_app.domains.airline.expert.nlu.understanding import answer
from tarl_app.domains.airline.user import lifelike
from tarl_app.domains.airline.world.vocabulary import AIRPORTS
from tarl_app.language.nearby import repaired

REQUESTS = {
    "want.book": ("book", ""),
    "want.book_on": ("book", ""),
    "want.cancel": ("cancel", ""),
    "want.change_flights": ("flights", ""),
    "want.change_cabin": ("cabin", ""),
    "want.change_passenger": ("passenger", ""),
    "want.change_bags": ("bags", ""),
    "want.compensation": ("compensation", ""),
    "ask.departure": ("question", "departure"),
    "ask.flight_number": ("question", "flight_number"),
    "ask.flight_status": ("question", "flight_status"),
    "ask.return_date": ("question", "return_date"),
    "ask.bag_count": ("question", "bag_count"),
    "ask.total": ("question", "total"),
    "ask.free_bags": ("question", "free_bags"),
    "ask.gift_card_balance": ("question", "gift_card_balance"),
    "ask.membership": ("question", "membership"),
}
_FILLS = {
    "trip": (
        *("reservation _id", "my reservation", "it", "booking _id", "a trip", "my trip from _city to _city"),
        *("my reservation _id", "one of my trips", "that trip"),
    ),
    "ends": ("from _city to _city",),
    "kind": ("a one-way flight", "a round trip"),
    "cabin": ("economy", "business", "basic economy"),
    "bags": ("one more bag", "two more bags"),
    "what": ("cancelled", "delayed"),
    "which": ("the flight", "the return flight", "the outbound flight"),
    "days": ("on may _n", "on june _n, and back on june _n"),
    "day": ("may _n",),
    "payment": ("my gift card", "my visa that ends in _n", "my certificate and the rest on my amex that ends in _n"),
    "new": ("may _n", "the cheapest connection with one stop"),
    "user_id": ("_num",),
    "code": ("_id",),
    "name": ("ana cruz",),
    "birth": ("may _n, _n",),
    "choice": ("the cheapest direct flight", "the latest direct flight that leaves before _n pm"),
    "who": ("just me", "me and ana cruz, born may _n, _n"),
    "person": ("ana cruz, born may _n, _n",),
    "old": ("bo lee",),
    "value": ("_id",),
    "action": ("cancel my trip",),
}
_REASONS = {
    "give.reason.plans": "change of plans",
    "give.reason.health": "health",
    "give.reason.weather": "weather",
    "give.reason.airline": "airline cancelled",
}
_CITIES = "|".join((*(re.escape(city.lower()) for _, city, *_ in AIRPORTS), "vegas", "philly"))
_CITY = re.compile(rf"\b(?:{_CITIES})\b")


def hidden(text: str) -> str:
    """The text in lower case with cities, codes and numbers replaced by what they are."""
    lower = re.sub(r"\bm? ?\d[\d ]{5,}\d\b", " _num ", text.lower().replace("’", "'"))
    lower = re.sub(r"\b(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{6}\b|\b(?:[a-z0-9][ -]){5}[a-z0-9]\b", " _id ", lower)
    lower = re.sub(r"\b(?=[a-z]*\d)[a-z0-9]{3} (?=[a-z0-9]*\d)[a-z0-9]{3}\b", " _id ", lower)
    return re.sub(r"\d+", " _n ", _CITY.sub("_city", lower))


def _lifelike() -> Lifelike:
    return lifelike.LIFELIKE


_ACTS = Acts(_lifelike, REQUESTS, _FILLS, hidden)


def heard(sentence: str) -> Heard:
    """What one sentence is like."""
    return _ACTS.hear(sentence)


def says(act: str, text: str) -> bool:
    """Whether a sentence of the text does this: "bye", "accept" ..."""
    return any(one.is_(act) for one in each(text))


def agrees(text: str) -> bool | None:
    """Yes or no to a proposal, or neither."""
    found = answer(text)
    if found is None:
        found = answer(repaired(text, CONSENT_WORDS))
    return consent(each(text)) if found is None else found


def place(text: str, count: int) -> int | None:
    """Which of ``count`` things listed is picked by its place: 0 for "the first"."""
    for one in each(text):
        if one.is_("ellipsis.", LIKELY):
            last = re.search(r"\blast\b", text.lower())
            found = count - 1 if last else {"first": 0, "second": 1, "third": 2}.get(one.best.removeprefix("ellipsis."))
            return found if found is not None and found < count else None
    return None


def insured(text: str) -> bool | None:
    """Whether an answer to the question for insurance wants it."""
    for one in each(text):
        if one.is_("give.insurance.", LIKELY) or one.is_("yes") or one.is_("no"):
            return one.best in ("give.insurance.yes", "yes")
    return None


def reason(text: str, asked: bool) -> str | None:
    """The reason for cancelling that a text gives; ``asked``: it answers the question for it."""
    for one in each(text):
        if found := one.reason(asked):
            return _REASONS.get(found)
    return None


def each(text: str) -> list[Heard]:
    """What each sentence of a message is like."""
    return [_ACTS.hear(one) for one in sentences(text)]
