"""Values in a customer's words: order numbers, e-mail addresses, zip codes, names."""

import re
from typing import Any

from tarl_app.domains.retail.world.vocabulary import PRODUCTS
from tarl_app.language import people
from tarl_app.language.spoken.spelling import spelled_emails, spelled_words

Json = dict[str, Any]

_CUES = (
    "my name is|name is|name's|i'm|i am|this is|it's|it is|i go by|registered as|find me as|account is"
    " for|that's|that is"
    "|name:"
)
_NAME = r"([A-Z][\w'-]+) ([A-Z][\w'-]+)"
_NOT_NAME = re.compile(
    r"(Hi|Hello|Hey|Good|Sure|Of|Yes|My|The|Zip|Email|Name|I|It|Order|Okay|Ok|Thanks|Thank|Oh|Sorry|Can|Could"
    r"|Please|Let|Once"
    r"|That|Hmm|Well|Um|Uh|Er|No|Absolutely|Yep|Apt|Suite|USA|PayPal)$"
)
_OF_THE_TRADE = """
swap exchange scrap track gift credit visa mastercard amex paypal original refund return order orders ordered parcel cancel
cancelled ship shop delivery delivered item items product payment booking zip store
"""
_OF_THE_SHOP = frozenset(
    word
    for name, _, options in PRODUCTS
    for words in (name, *options, *(value for values in options.values() for value in values))
    for word in words.lower().split()
) | set(_OF_THE_TRADE.split())
"""Words of products and payments, which are no names."""


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
    """First and last name: after a cue such as "my name is", beside a zip code, or, where asked, two fitting words."""
    found = re.search(rf"(?i:\b(?:{_CUES}))\s+{_NAME}", text) or re.search(
        rf"{_NAME}\W{{1,3}}(?:\w+ ){{0,4}}\d{{5}}\b", text
    )
    if found and not _NOT_NAME.match(found[1]):
        return found[1], found[2]
    if asked:
        for pair in re.finditer(rf"(?={_NAME})(?<![\w'-])", re.sub(r"\S+@\S+", " ", text)):
            if not any(_NOT_NAME.match(part) or part.lower() in _OF_THE_SHOP for part in pair.groups()):
                return pair[1], pair[2]
    return people.typed(text, asked, _OF_THE_SHOP)


def spelled_name(text: str, before: tuple[str, str] | None) -> tuple[str, str] | None:
    """First and last name where they are spelled; one alone completes the name known ``before``, or the one"
    " in the text."""
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
