"""What a customer's words mean to the scripted agent: requests, ids, names, reasons, payment methods, options, addresses.

Pure functions of the text and of what the tools have answered; nothing here knows the task.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tarl_app.types import Address

Json = dict[str, Any]

_TRANSFERS: tuple[tuple[str, str], ...] = (
    ("a damaged item", r"\b(broken|damage\w*|in pieces|compensation|shattered|cracked)\b"),
    ("a missing parcel", r"never (reached|got|arrived|received|came)|missing parcel|\btraced\b|lost parcel"),
    (
        "a wrong article in the box",
        r"(different|wrong) (article|product|item|thing) was in|wrong (article|item) (arrived|in)|in the box instead",
    ),
    ("a repair", r"\brepair|warranty|stopped working|defective"),
    ("a change of the email address", r"(new|change|update|different) (my )?e-?mail"),
    ("a change of the name", r"(last|first|sur) ?name in my account|got married|change my name"),
    ("a bulk purchase", r"\bbulk\b|large quantity|hundred pieces|for my company, about"),
    ("the deletion of the account", r"delete my|close my account|all my data"),
    ("a complaint about the courier", r"complaint|courier|\brude\b"),
    ("a company invoice", r"\binvoice\b"),
    (
        "something that needs a person",
        r"\b(speak|talk) (to|with) (a |an )?(human|person|manager|supervisor|agent|representative)|real person",
    ),
)
_QUESTIONS: tuple[tuple[str, str], ...] = (
    ("gift_card_balance", r"(left|money|balance|much).{0,25}gift card|gift card.{0,20}balance"),
    ("cheapest_variant", r"\bcheapest\b|lowest price"),
    ("available_count", r"how many.{0,40}(variant|version|kind|option)|in how many"),
    ("tracking", r"\btracking|track (it|my|the)"),
    ("paid_with", r"(which|what) (payment method|card).{0,12}(did|was|i )|how did i pay|with which (card|payment)"),
    (
        "order_status",
        r"\bstatus\b|what state|where is my (order|parcel)|how far|been (shipped|delivered)( yet)?\?|has .{0,25}(shipped|arrived)",
    ),
    ("price", r"how much|\bprice\b|\bcosts?\b|\btotal\b|altogether|what did .{0,40}(pay|paid)"),
)
_WRITES: tuple[tuple[str, str], ...] = (
    (
        "user_address",
        r"(account|default|home|on file).{0,40}\baddress|\baddress\b.{0,60}(account\b|on file|default)|\b(i|we)('ve| have)? (just )?moved\b|live somewhere else",
    ),
    (
        "order_address",
        r"(delivery|shipping) address|(to|needs?) (a different|another|a new|the wrong) (delivery )?address|wrong (place|address)|\baddress (of|for|on) .{0,20}order",
    ),
    (
        "payment",
        r"(change|switch|move|different|another|new)\b[^.?!]{0,30}\b(payment|how i pay)|pay for [^.?!]{0,45}(with|another way|different)|payment[^.?!]{0,50}(different|another) method",
    ),
    ("cancel", r"\bcancel|\bcall off\b"),
    ("return", r"\breturn(ing)?\b|(send|give) (\w+ ){0,8}back|send back|refund (for )?(the|my)"),
    ("swap", r"\bexchang|\bswap|\bchange\b|(wrong|different) version|\bmodify"),
)
_BYE = re.compile(
    r"\b(bye|goodbye|that's (all|everything|it)|that is all|that was everything|nothing (else|more)|i'm good|all done|we're done|we're all done|that settles|take care|see you"
    r"|have a (nice|lovely|good|great)|call back later|try again another|we're getting nowhere|cheers)\b"
)
_YES = re.compile(
    r"\b(yes|yeah|yep|yup|sure|correct|right|exactly|absolutely|indeed|go ahead|proceed|do it|sounds good|please do|that's fine|okay|ok|i confirm|works for me|all good)\b"
)
_NO = re.compile(
    r"\b(no|nope|nah|not|don't|do not|wait|stop|wrong|actually|hold on|hang on|forget it|rather not|changed my mind|second thought|never mind|isn't|leave it)\b"
)
REASONS = ("no longer needed", "ordered by mistake")
_REASONS = (
    ("ordered by mistake", r"mistake|accident|never meant|wrong button"),
    (
        "no longer needed",
        r"no longer need|not need|n't need|no use for|don't want it any|changed my mind about|need it any ?more|need it now",
    ),
)
_CUE = r"(?:my name is|name is|name's|i'm|i am|this is|it's|it is|i go by|registered as|find me as|account is for|that's|that is|name:|speaking with)"
_NAME = r"([A-Z][\w'-]+) ([A-Z][\w'-]+)"
_NOT_NAMES = frozenset(
    [
        "Hi",
        "Hello",
        "Hey",
        "Good",
        "Sure",
        "Of",
        "Yes",
        "My",
        "The",
        "Zip",
        "Email",
        "Name",
        "I",
        "It",
        "Order",
        "Okay",
        "Ok",
        "Thanks",
        "Thank",
        "Oh",
        "Sorry",
        "Can",
        "Could",
        "Please",
        "Let",
        "Once",
        "That",
        "Hmm",
        "Well",
        "Um",
        "Uh",
        "Er",
        "No",
        "Absolutely",
        "Yep",
        "Apt",
        "Suite",
        "USA",
        "PayPal",
    ]
)
_ADDRESS = re.compile(
    r"(\d{1,6} [A-Za-z][\w .'-]*?),\s*(?:((?:apt|apartment|suite|ste|unit|floor|room)\.? ?#?[\w-]+),\s*)?([A-Za-z][A-Za-z .'-]+?),\s*([A-Za-z]{2})\.?,?\s+(\d{5})\b(?:,\s*([A-Z][A-Za-z .]+))?",
    re.I,
)


def request(text: str) -> tuple[str, str] | None:
    """The kind of request in the text and its topic, or None: ``transfer``, ``question``, or what is to be changed."""
    lower = re.sub(r"(the )?(e-?mail )?(address )?(on file )?(should be |is )?\S+@\S+", " ", text.lower())
    for topic, pattern in _TRANSFERS:
        if re.search(pattern, lower):
            return "transfer", topic
    changes = re.search(r"\b(cancel|return|exchange|swap)\b", lower) and not re.search(
        r"how much|\bprice|\bcosts?\b|\btotal\b", lower
    )
    if not changes:
        for topic, pattern in _QUESTIONS:
            if re.search(pattern, lower):
                return "question", topic
    for kind, pattern in _WRITES:
        if re.search(pattern, lower):
            return kind, ""
    return None


def says_bye(text: str) -> bool:
    """Whether the customer is about to hang up."""
    return _BYE.search(text.lower()) is not None


def answer(text: str) -> bool | None:
    """Yes, no, or neither: the first sentence that says either decides, and a yes with a but is a no."""
    lower = re.sub(r"\bno (problem|worries|hurry|longer)\b|that's (right|fine)", r"\2", text.lower())
    for sentence in re.split(r"(?<=[.?!])\s+", lower):
        if _NO.search(sentence):
            return False
        if _YES.search(sentence):
            return True
    return None


_FILLERS = re.compile(r",? \b(um+|uh+|er+|erm|hmm+|well|you know|let's see|like),|^(um+|uh+|er+|erm|hmm+|well|you know|let's see|like),? ", re.I)


def fluent(text: str) -> str:
    """The text without the sounds of hesitation, which would tear phrases apart."""
    return _FILLERS.sub("", text)


def order_id(text: str) -> str | None:
    """The order number as the shop writes it ("#W0000000"), however it was typed; of several, the last."""
    found = re.findall(r"(?<![\w$])#?\s?(?:[Ww][\s-]?)?((?:\d[\s-]?){6}\d)(?!\d|\.\d)", re.sub(r"\S+@\S+", " ", text))
    return f"#W{re.sub(r'[^0-9]', '', found[-1])}" if found else None


def email(text: str) -> str | None:
    """The e-mail address in the text, typed or said ("at", "dot")."""
    spoken = re.sub(r"\s+dot\s+", ".", re.sub(r"\s+at\s+(?=[\w-]+(\s+dot\s+|\.)[a-z])", "@", text))
    found = re.search(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", spoken)
    return found[0].rstrip(".").lower() if found else None


def zip_code(text: str) -> str | None:
    """Five digits that stand alone; digits spelled one by one are joined."""
    joined = re.sub(r"\b(\d) (?=\d\b)", r"\1", re.sub(r"\b(\d)[, ]+(?=\d\b)", r"\1 ", text))
    found = re.findall(r"(?<![\w#$.-])\d{5}(?![\w-])", joined)
    return found[-1] if found else None


def name(text: str, asked: bool) -> tuple[str, str] | None:
    """First and last name: after a cue such as "my name is", before a zip code, or, where it was asked, two capitalised words."""
    found = re.search(rf"(?i:{_CUE})\s+{_NAME}", text) or re.search(rf"{_NAME}\W{{1,3}}(?:\w+ ){{0,4}}\d{{5}}\b", text)
    if found and found[1] not in _NOT_NAMES:
        return found[1], found[2]
    if not asked:
        return None
    for pair in re.finditer(rf"(?={_NAME})(?<![\w'-])", re.sub(r"\S+@\S+", " ", text)):
        if pair[1] not in _NOT_NAMES and pair[2] not in _NOT_NAMES:
            return pair[1], pair[2]
    return None


def reason(text: str) -> str | None:
    """The reason for cancelling: one of ``REASONS``, or None."""
    lower = text.lower()
    return next((value for value, pattern in _REASONS if re.search(pattern, lower)), None)


def address(text: str) -> Address | None:
    """A complete postal address in one line, or None."""
    found = _ADDRESS.search(text)
    if found is None:
        return None
    street, unit, city, state, code, country = (part or "" for part in found.groups())
    known = "USA" if not country or re.match(r"(?i)u\.?s|united states", country) else country.strip(" .")
    return Address(
        address1=street.strip(), address2=unit.strip(), city=city.strip(), state=state.upper(), country=known, zip=code
    )


def payment(text: str) -> str | None:
    """The payment method in words: a card's last four digits, a brand, "gift card", "paypal", "card" or "original"."""
    lower = text.lower()
    ending = re.search(r"(?:end\w*|last four)\D{0,16}(\d{4})\b", lower)
    if ending:
        return ending[1]
    for brand in ("visa", "mastercard", "amex"):
        if brand in lower:
            return brand
    if "gift card" in lower or "giftcard" in lower:
        return "gift card"
    if re.search(r"pay ?pal", lower):
        return "paypal"
    if re.search(r"\boriginal|same (payment|method|card|way)|i (used|paid|placed)|way i paid|one i used", lower):
        return "original"
    return "card" if re.search(r"\b(credit|debit) card", lower) else None


def methods(account: Json, said: str) -> list[Json]:
    """The payment methods of the account that fit what ``payment`` heard."""
    found = []
    for method in account["payment_methods"].values():
        names = {method["source"].replace("_", " "), method.get("last_four"), str(method.get("brand", "")).lower()}
        if said in names or (said == "card" and method["source"] == "credit_card"):
            found.append(method)
    return found


def mentions(text: str, product: str) -> bool:
    """Whether a product is named."""
    return re.search(rf"\b{re.escape(product.lower())}s?\b", text.lower()) is not None


def items(text: str, order: Json) -> tuple[list[Json], bool]:
    """The items of the order that are named, and whether several of one product could be meant."""
    lower = text.lower()
    if re.search(r"\b(everything|all (of )?(it|them|items)|all \w+ items|whole order|entire order|both)\b", lower):
        return list(order["items"]), False
    chosen, unclear = [], False
    for product in dict.fromkeys(item["name"] for item in order["items"]):
        if mentions(lower, product):
            found, open_ = _meant(lower, [item for item in order["items"] if item["name"] == product])
            chosen, unclear = chosen + found, unclear or open_
    return [item for item in order["items"] if item in chosen], unclear


def _meant(lower: str, same: list[Json]) -> tuple[list[Json], bool]:
    """Of the items of one product those that its mentions describe; each mention reaches to the next one."""
    parts = lower.split(same[0]["name"].lower())[1:]
    if len(same) == 1 or len(parts) >= len(same):
        return same, False
    found: list[Json] = []
    for part in parts:
        scores = [sum(says_option(part, key, value) for key, value in item["options"].items()) for item in same]
        best = [item for item, score in zip(same, scores, strict=True) if score == max(scores)]
        if len(best) > 1:
            return same, True
        found += best
    return found, False


def says_option(lower: str, key: str, value: str) -> bool:
    """Whether the option is named: "size 8", or a value that speaks for itself ("blue")."""
    value = value.lower()
    if re.search(rf"\b{re.escape(key)}\W{{1,3}}{re.escape(value)}\b|\b{re.escape(value)} {re.escape(key)}\b", lower):
        return True
    return not re.fullmatch(r"yes|no|none|\w{1,2}|\d+|two|three|four|five|six", value) and bool(
        re.search(rf"\b{re.escape(value)}\b", lower)
    )


def options(text: str, variants: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The option values of a product that are named; longer values first, so that "extra large" is not "large"."""
    lower = text.lower()
    values: dict[str, set[str]] = {}
    for variant in variants:
        for key, value in variant["options"].items():
            values.setdefault(key, set()).add(value)
    named: dict[str, str] = {}
    pairs = [(key, value) for key, known in values.items() for value in known]
    for exact in (True, False):
        for key, value in sorted(pairs, key=lambda pair: (-len(pair[1]), pair)):
            if key in named:
                continue
            form = (
                rf"\b{re.escape(key)}\W{{1,3}}{re.escape(value.lower())}\b|\b{re.escape(value.lower())} {re.escape(key)}\b"
            )
            pattern = form if exact else rf"\b{re.escape(value.lower())}\b"
            found = re.search(pattern, lower)
            if found and (exact or says_option(lower, key, value)):
                named[key] = value
                lower = f"{lower[: found.start()]} ~ {lower[found.end() :]}"
    return named
