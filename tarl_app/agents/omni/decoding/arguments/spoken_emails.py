"""E-mail addresses that a misheard one may have been: of likely names, at hosts that a lexicon has."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
from rapidfuzz.process import extractOne

from tarl_app.agents.omni.audio.keyword_spotting import Recognition, plain
from tarl_app.agents.omni.decoding.arguments.spoken_names import DOUBT, OFFERED, Name
from tarl_app.language.spoken.spelling import letters_by_words

_HOST = 75  # of 100: how alike a host must be to one of those that are known
_TAIL = 3  # words before the digits in which the mark between two names is looked for, and all that follow an announcement
_ANNOUNCEMENT = re.compile(r"(?:e-?mail|mail|address|is|it's)[,.:]?")


def likely_emails(
    heard: Sequence[Recognition], found: Sequence[Name], hosts: tuple[str, ...], refused: Collection[str]
) -> tuple[str, ...]:
    """E-mails that a misheard one may have been: a name, the digits and the host of "rai. sh,9358 at example. net".

    The digits and the host are taken as they were heard last; the name is the likeliest with which an e-mail was not yet
    looked up in vain, and those about as likely.
    """
    ends = list(dict.fromkeys(end for one in reversed(heard) for end in _ends(one.text, hosts)))
    offered: list[str] = []
    best: float | None = None
    for name in found:
        if best is not None and (name.score < best - DOUBT or len(offered) >= 3 * OFFERED):
            break
        one, other = _in_order(plain(name.first), plain(name.last), heard)
        for as_heard in (True, False):  # another mark only when that one was refused
            emails = [
                f"{one}{mark}{other}{digits}@{host}"
                for said, digits, host in ends
                for mark in ("", ".", "_")
                if (mark == said) == as_heard
            ]
            if left := [email for email in emails if email not in refused]:
                best = name.score if best is None else best
                offered += left
                break
    return tuple(dict.fromkeys(offered))


def _in_order(first: str, last: str, heard: Sequence[Recognition]) -> tuple[str, str]:
    """The two names in the order in which they are more likely to have been said, whatever stands between them."""
    orders = ((first, last), (last, first))
    rows = tuple(one + mark + other for one, other in orders for mark in ("", "dot", "underscore"))
    fits = np.array([one.spot(rows) for one in heard]).max(axis=0).reshape(2, -1)
    return orders[int(fits[1].max() > fits[0].max())]


@lru_cache(maxsize=256)
def _ends(text: str, hosts: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """What was heard between the names of each e-mail in a text ("", "." or "_"), the digits after them, and its host."""
    text = re.sub(r"\s*@\s*", " at ", letters_by_words(text, heard=True).casefold())
    ends: list[tuple[str, str, str]] = []
    for match in re.finditer(r"(?P<name>[^@]*?)[\s,.]*(?P<digits>\d*)\s+at\s+(?P<host>\S[^,;!?]{4,24})", text):
        host = extractOne(
            re.sub(r"\bdot\b|[^a-z]", "", match["host"]), {one: one.replace(".", "") for one in hosts}, score_cutoff=_HOST
        )
        local = re.sub(r"\b(dot|underscore)\b", lambda word: "." if word[1] == "dot" else "_", match["name"])
        tail = "".join(_tail(local.split())).strip("._-")
        if host is not None and tail:
            ends.append((next((mark for mark in "_." if mark in tail), ""), match["digits"], host[2]))
    return tuple(ends)


def _tail(words: Sequence[str]) -> Sequence[str]:
    announced = max((place + 1 for place, word in enumerate(words) if _ANNOUNCEMENT.fullmatch(word)), default=len(words))
    return words[min(announced, max(0, len(words) - _TAIL)) :]
