"""What lifelike customers say without giving anything: the sentences of train that have no slot, as they are spoken."""

import re
from collections.abc import Iterable

from tarl_app.domains import load_domain

_TYPED_ONLY = re.compile(
    r"\b(?:u|ur|pls|plz|thx|ty|btw|rn|tbh|cuz|ppl|idk|hii+|lol|omg|np|nvm|prob|asap|w/o?)\b", re.IGNORECASE
)


def remarks(domains: Iterable[str]) -> list[str]:
    """The sentences of the domains' customers, sorted, with a capital and an end, without those that nobody says aloud."""
    found = set[str]()
    for name in domains:
        customer = load_domain(name).customer
        if customer is None or customer.lifelike is None:
            continue
        for by_register in customer.lifelike.wordings("seen").values():
            found.update(one for sentences in by_register.values() for one in sentences if "{" not in one)
    spoken = [one for one in sorted(found) if re.search(r"[a-z]{2}", one) and not _TYPED_ONLY.search(one)]
    return list(dict.fromkeys(_written(one) for one in spoken))


def _written(text: str) -> str:
    text = re.sub(r"\bi\b", "I", text.strip()).replace(";", ",")
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.?!:' else '.'}"
