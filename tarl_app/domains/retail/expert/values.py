"""Values in a customer's words: order numbers, e-mails, zip codes, names, addresses, items and their options."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tarl_app.domains.retail.goals import Address
from tarl_app.language.spelling import spelled_emails, spelled_words

Json = dict[str, Any]

_CUES = (
    "my name is|name is|name's|i'm|i am|this is|it's|it is|i go by|registered as|find me as|account is for|that's|that is"
    "|name:"
)
_NAME = r"([A-Z][\w'-]+) ([A-Z][\w'-]+)"
_NOT_NAME = re.compile(
    r"(Hi|Hello|Hey|Good|Sure|Of|Yes|My|The|Zip|Email|Name|I|It|Order|Okay|Ok|Thanks|Thank|Oh|Sorry|Can|Could|Please|Let|Once"
    r"|That|Hmm|Well|Um|Uh|Er|No|Absolutely|Yep|Apt|Suite|USA|PayPal)$"
)
_ADDRESS = re.compile(
    r"(\d{1,6} [A-Za-z][\w .'-]*?),\s*"
    r"(?:((?:apt|apartment|suite|ste|unit|floor|room)\.? ?#?[\w-]+),\s*)?"
    r"([A-Za-z][A-Za-z .'-]+?),\s*([A-Za-z]{2})\.?,?\s+(\d{5})\b(?:,\s*([A-Z][A-Za-z .]+))?",
    re.I,
)
_NEEDS_NAME = re.compile(r"yes|no|none|\w{1,2}|\d+|two|three|four|five|six")  # values that say nothing without their option


def order_id(text: str) -> str | None:
    """The order number as the shop writes it ("#W0000000"), however it was typed; of several, the last."""
    found = re.findall(r"(?<![\w$])#?\s?(?:[Ww][\s-]?)?((?:\d[\s-]?){6}\d)(?!\d|\.\d)", re.sub(r"\S+@\S+", " ", text))
    return f"#W{re.sub(r'[^0-9]', '', found[-1])}" if found else None


def email(text: str) -> str | None:
    """The e-mail address in the text: typed, said ("at", "dot") or spelled letter by letter."""
    if "@" not in text:
        return next(iter(spelled_emails(text)), None)
    found = re.search(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", text)
    return found[0].rstrip(".").lower() if found else None


def zip_code(text: str) -> str | None:
    """Five digits that stand alone; digits spelled one by one are joined."""
    joined = re.sub(r"\b(\d) (?=\d\b)", r"\1", re.sub(r"\b(\d)[, ]+(?=\d\b)", r"\1 ", text))
    found = re.findall(r"(?<![\w#$.-])\d{5}(?![\w-])", joined)
    return found[-1] if found else None


def name(text: str, asked: bool) -> tuple[str, str] | None:
    """First and last name: after a cue such as "my name is", before a zip code, or, where asked, two capitalised words."""
    found = re.search(rf"(?i:\b(?:{_CUES}))\s+{_NAME}", text) or re.search(
        rf"{_NAME}\W{{1,3}}(?:\w+ ){{0,4}}\d{{5}}\b", text
    )
    if found and not _NOT_NAME.match(found[1]):
        return found[1], found[2]
    if not asked:
        return None
    for pair in re.finditer(rf"(?={_NAME})(?<![\w'-])", re.sub(r"\S+@\S+", " ", text)):
        if not _NOT_NAME.match(pair[1]) and not _NOT_NAME.match(pair[2]):
            return pair[1], pair[2]
    return None


def spelled_name(text: str, before: tuple[str, str] | None) -> tuple[str, str] | None:
    """First and last name where they are spelled; one alone completes the name known ``before``, or the one in the text."""
    found = spelled_words(text)
    if not found:
        return None
    if len(found) > 1:
        first, last = found[0], found[1]
        lower = text.lower()
        return (
            (last, first)
            if re.search(r"(last name|surname)[^.]*?\b\w-\w[^.]*(first|given) name|surname", lower)
            else (first, last)
        )
    known = name(text, True) or before
    if known is None:
        return None
    return (found[0], known[1]) if "first name" in text.lower() else (known[0], found[0])


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
