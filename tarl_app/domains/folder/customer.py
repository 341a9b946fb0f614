"""A customer without a model: states each goal, gives the facts that are asked for, and agrees to what is proposed.

It keeps nothing back for long and refuses nothing, so it is no measure of an agent; a model plays the customer better
(``--user llm``). The engine (``users.agenda``) gives it patience, and an end.
"""

import re
from collections import Counter
from collections.abc import Sequence
from random import Random

from tarl_app.core.domain import Customer, PhrasingSet, PhrasingTable, Say, Sayings
from tarl_app.core.types import Goal, Task
from tarl_app.users.agenda import ScriptedAgenda
from tarl_app.users.reading import Reading, read
from tarl_app.users.replies import Mismatch, Replies
from tarl_app.users.wordings.courtesies import COURTESIES

_GIVE: dict[PhrasingSet, tuple[str, ...]] = {
    "seen": ("[My|The] {label} is {value}.",),
    "held_out": ("{label}: {value}.",),
    "test": ("The {label}? [It's|It is] {value}.",),
}
_FILLERS = ("um", "well")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "number code id your you the an of is what which with that this have from would could please tell give need want "
        "about there their them then will can may and for are me do it in to on so",
    )
)
"""Words that say nothing of what is asked for."""
WHOSE = ("name", "customer", "caller", "full_name")
"""Facts that are given to "who is calling?"."""


def words_in(text: str) -> set[str]:
    """The words of a text that could tell what it is about."""
    return set(re.findall(r"[a-z]{2,}", text.lower().replace("_", " "))) - _COMMON


class Telling(Replies[Goal, Reading]):
    """What the customer tells: the sentence of a goal, and the facts of the task."""

    def __init__(self, task: Task, rng: Random) -> None:
        super().__init__(task, rng, frozenset(task.facts))
        named = {name: words_in(name) or set(name.lower().split("_")) for name in task.facts}
        shared = {word for word, often in Counter(word for own in named.values() for word in own).items() if often > 1}
        self._words = {name: own - shared or own for name, own in named.items()}

    def asked(self, sentence: str) -> set[str]:
        """The facts that a request, in lower case, asks for; "unknown" for something else."""
        said = words_in(sentence)
        found = {name for name, own in self._words.items() if own & said}
        if not found and re.search(r"\bwho\b|\bname\b|\bidentif", sentence):
            found = {name for name in WHOSE if name in self.task.facts} or set(self.task.facts)
        return found or ({"unknown"} if sentence.endswith("?") else set())

    def identity(self, asks: "set[str] | frozenset[str]") -> Sayings:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The facts of those names; all of them where none is named."""
        facts = {name: value for name, value in self.task.facts.items() if name in asks} or self.task.facts
        return [Say("give", {"label": name.replace("_", " "), "value": value}) for name, value in facts.items()]

    def give(self, r: Reading, goal: Goal) -> Sayings:
        """The facts that were asked for; else the sentences that share a word with the question."""
        return self.identity(r.asks) if r.asks & self.identity_facts else self.subject(goal, words_in(r.text))

    def subject(self, goal: Goal, said: "set[str] | None" = None) -> Sayings:
        """What the customer can say of it."""
        sentences = re.split(r"(?<=[.!?])\s+", goal.question or "")
        fitting = [one for one in sentences if words_in(one) & (said or set())]
        return [Say("say", {"text": " ".join(fitting)})] if fitting else [Say("unknown")]

    def state(self, goal: Goal) -> Sayings:
        """The goal's own words."""
        return [Say("say", {"text": goal.question or "Hello."})]


class Caller(ScriptedAgenda[Goal, Reading, Telling]):
    """The customer of one call."""

    subject = "unknown"
    beside_an_answer = frozenset({"unknown"})

    def __init__(self, task: Task, rng: Random) -> None:
        super().__init__(task, rng, task.goals, Telling(task, rng))

    def read(self, said: str) -> Reading:
        """By the rules for any agent, and the names of the facts."""
        return read(said, self.replies.asked)

    def mismatches(self, r: Reading, goal: Goal) -> Sequence[Mismatch]:
        """Nothing: without words of the domain, no proposal can be understood."""
        return ()


_TABLES: dict[PhrasingSet, PhrasingTable] = {
    name: {**table, "give": _GIVE[name], "fillers": _FILLERS} for name, table in COURTESIES.items()
}
CUSTOMER = Customer(agenda=Caller, phrasings=_TABLES)
