"""The words of customers in which a typing error changes nothing."""

import re
from functools import cache

_KEPT = frozenset(
    ("card", "gift", "paypal", "visa", "mastercard", "amex", "credit", "original", "underscore", "dash", "point")
)


@cache
def ordinary() -> frozenset[str]:
    """The words that may be misspelled: those of the training wordings that are no names, products or ways to pay."""
    from tarl_app.domains.retail.user.phrasings_seen import SEEN
    from tarl_app.domains.retail.world import vocabulary

    text = " ".join(re.sub(r"\{\w+\}", " ", template) for templates in SEEN.values() for template in templates)
    goods = f"{vocabulary.PRODUCTS} {vocabulary.CITIES} {vocabulary.STREETS} {vocabulary.STREET_KINDS}".lower()
    names = {name.lower() for name in (*vocabulary.FIRST_NAMES, *vocabulary.LAST_NAMES)}
    kept = _KEPT | names | set(re.findall(r"[a-z]+", goods))
    return frozenset(word for word in re.findall(r"(?<![\w'])[a-z]{4,}(?![\w'])", text.lower()) if word not in kept)
