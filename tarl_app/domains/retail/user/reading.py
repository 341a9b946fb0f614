"""What an agent can ask the shop's customer for, and the values in its words."""

import re
from dataclasses import dataclass, field, fields

from tarl_app.language import told
from tarl_app.users import reading
from tarl_app.users.reading import any_of

_METHODS = r"(gift card|paypal|credit card|visa|mastercard|amex|original)"
ASKS: dict[str, re.Pattern[str]] = {
    "email": any_of(r"e-?mail"),
    "name": any_of(
        r"\b(full|first|last|your|account|the) name\b",
        r"\bnames?\b.{0,20}\b(zip|postal)",
        r"surname",
        r"who (am i|i am|i'm) (speaking|talking)",
    ),
    "zip": any_of(r"\bzip", r"postal", r"post ?code"),
    "user_id": any_of(r"\b(user|customer|account) (id|number)"),
    "identity": any_of(
        r"(verify|confirm|identify|authenticate|validate|establish).{0,30}(identity|who you|you\b|account|yourself)",
        r"identification",
        r"\byour (account )?details",
        r"(find|look up|pull up|access|locate) your account|look your account up",
    ),
    "order": any_of(
        r"order'?s? (number|id\b|no\b|reference|code)",
        r"(which|what) (is the |is your |was the )?order\b",
        r"(number|id) of (the|your|that) order",
        r"which of your orders",
    ),
    "reason": any_of(r"\breasons?\b", r"\bwhy\b", r"what made you"),
    "payment": any_of(
        r"(which|what) (payment|card|account|method)",
        r"payment (method|option)",
        r"how (would|do|did|should).{0,40}(pay|refund|money)",
        r"where (should|would|do|shall).{0,30}(refund|money)",
        r"refund(ed)?.{0,30}\bor\b",
        _METHODS + r".{0,40}\bor\b",
    ),
    "items": any_of(
        r"(which|what) (item|product|article|part|thing|one)",
        r"which (ones?|of (these|those|the|them|your))",
        r"(item|product)s? (would|do|did|should|are|is|you)",
        r"name of the (item|product)",
        r"what (would|do) you (like|want|wish) to (return|exchange|change|modify|swap)",
    ),
    "options": any_of(
        r"(which|what) (new |other |different |kind of )?(option|colou?r|size|variant|version|type|model|material|capacity)",
        r"\binstead\b",
        r"\bprefer",
        r"(exchange|swap|change|switch) (it|them|this|that|[\w ]{1,30}) (for|to|into)\b",
        r"replace",
        r"(like|want) to (have|get)",
        r"what (exactly )?(would|do) you (like|want)( it| them)? (for|to get|as)",
        r"second choice|alternative|different one|another one",
    ),
    "address": any_of(r"\baddress", r"\bstreet", r"where (should|shall|do).{0,25}(send|ship|deliver)"),
}
REFUSALS = any_of(r"\bonly (pending|delivered)")
_ABOUT_MONEY = re.compile(r"\b(refund|pay|charge|difference)\w*\b.*" + _METHODS, re.S)
_NAMED_OPTION = re.compile(r"\b(option|colou?r|size|variant|version|type|model|material|capacity|exchange|swap)\b")
_ORDER_DIGITS = 7
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ZIP = re.compile(r"(?<![\d#.$-])\d{5}(?![\d-])")


@dataclass(frozen=True)
class ShopReading(reading.Reading):
    """An utterance with the order numbers, e-mail addresses and zip codes in it."""

    order_ids: frozenset[str] = field(default_factory=frozenset)
    emails: frozenset[str] = field(default_factory=frozenset)
    zips: frozenset[str] = field(default_factory=frozenset)


def read(text: str) -> ShopReading:
    """Reads one agent utterance; any text is accepted."""
    found = reading.read(text, _asks, REFUSALS)
    known = {one.name: getattr(found, one.name) for one in fields(found)}
    asks = found.asks
    if "options" in asks and _ABOUT_MONEY.search(found.text) and not _NAMED_OPTION.search(found.text):
        asks = asks - {"options"} | {"payment"}  # "to PayPal or a gift card. Which do you prefer?"
    numbers = (one for one in told.ids_in(reading.plain(text)) if one.isdigit() and len(one) == _ORDER_DIGITS)
    emails = frozenset(match.rstrip(".") for match in _EMAIL.findall(found.text))
    return ShopReading(
        **{**known, "asks": asks},
        order_ids=frozenset(f"#W{number}" for number in numbers),
        emails=emails,
        zips=frozenset(_ZIP.findall(found.text)),
    )


def _asks(sentence: str) -> set[str]:
    sentence = re.sub(r"e-?mail address", "email", sentence)
    asks = {name for name, pattern in ASKS.items() if pattern.search(sentence)}
    if "options" in asks and asks & {"email", "name", "zip"}:
        asks.discard("options")
    return asks
