"""Rules of wordings that every domain has, and who says the sentences."""

from collections.abc import Mapping

REGISTERS = ("any", "casual", "formal", "old", "young", "hurried", "non_native", "angry", "chatty")
"""Kinds of people; ``any`` fits all of them."""
NEAR: Mapping[str, tuple[str, ...]] = {
    "casual": ("young", "chatty"),
    "formal": ("old", "non_native"),
    "old": ("chatty", "formal"),
    "young": ("casual", "hurried"),
    "hurried": ("casual", "angry"),
    "non_native": ("formal", "casual"),
    "angry": ("hurried", "casual"),
    "chatty": ("old", "casual"),
}
"""Register -> others whose sentences the same person may say now and then."""
COMMON: Mapping[str, str] = {
    "hello": "",
    "yes": "",
    "no": "rest",
    "decline": "",
    "change_mind": "",
    "insist": "",
    "accept": "",
    "then": "",
    "next": "",
    "still": "",
    "ok": "",
    "again": "rest",
    "oops": "rest",
    "repeat": "",
    "unknown": "",
    "bye": "",
    "give_up": "",
    "also": "rest",
    "next.mentioned": "rest",
    "go_on": "rest",
    "hedge": "text",
    "person": "",
    "back.fact": "",
    "back.decide": "",
    "ellipsis.first": "",
    "ellipsis.second": "",
    "ellipsis.third": "",
    "ellipsis.all": "",
    "ellipsis.same": "",
}
"""Rule -> its slots (``core.domain.Lifelike.rules``).

``also`` adds a second goal to the first, ``next.mentioned`` comes back to it, ``go_on`` returns from an aside, ``hedge``
is put around the task's own sentence, ``person`` asks for a human, ``back.fact`` and ``back.decide`` answer a question
with a question, and ``ellipsis`` picks one of what the agent has listed.
"""


def slots(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The slots that a sentence must have, and those that it may have."""
    names = text.split()
    return frozenset(one for one in names if one[-1] != "?"), frozenset(one.rstrip("?") for one in names)
