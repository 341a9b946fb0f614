"""The words of the airline's customers in which a typing error changes nothing."""

import re
from functools import cache

_KEPT = frozenset(
    (
        *("card", "gift", "certificate", "visa", "mastercard", "amex", "credit", "economy", "business", "basic"),
        *("cheapest", "earliest", "latest", "direct", "stop", "after", "before", "insurance", "round", "back"),
        *("outbound", "return", "from", "instead", "place", "born", "myself"),
    )
)
"""Words that the choice of a flight, a passenger or a payment method depends on."""


@cache
def ordinary() -> frozenset[str]:
    """The words that may be misspelled: those of the training wordings that are no names, cities or values."""
    from tarl_app.domains.airline.user.phrasings_seen import SEEN
    from tarl_app.domains.airline.world import vocabulary

    text = " ".join(re.sub(r"\{\w+\}", " ", template) for templates in SEEN.values() for template in templates)
    places = f"{vocabulary.AIRPORTS} {vocabulary.HOMES} {vocabulary.STREETS} {vocabulary.STREET_KINDS}".lower()
    names = {name.lower() for name in (*vocabulary.FIRST_NAMES, *vocabulary.LAST_NAMES)}
    kept = _KEPT | names | set(re.findall(r"[a-z]+", places))
    return frozenset(word for word in re.findall(r"(?<![\w'])[a-z]{4,}(?![\w'])", text.lower()) if word not in kept)
