"""What a customer does with a sentence, by its likeness to what training customers say (``language.likeness``).

The patterns of a domain know phrases; this knows what people say of which nobody thought. A domain declares how it hides
values and which rules of wordings (``docs/wordings.md``) are requests; the other rules are courtesies, facts and asides.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tarl_app.core.domain import Lifelike
from tarl_app.language.likeness import Likeness

Request = tuple[str, str]
"""Kind and topic of something asked for."""
COURTESIES: Mapping[str, str] = {
    "hello": "hello",
    "yes": "yes",
    "no": "no",
    "decline": "no",
    "change_mind": "change_mind",
    "insist": "insist",
    "accept": "accept",
    "unknown": "unknown",
    "bye": "bye",
    "give_up": "bye",
    "person": "person",
    "back.fact": "back",
    "back.decide": "back",
    "repeat": "repeat",
    "ok": "ok",
}
"""Rule that every domain has -> what is done."""
_COURTEOUS = frozenset(COURTESIES.values()) - {"hello"}
LINK, FACT = "link", "fact"
_LINKS = frozenset(("next", "next.mentioned", "also", "then", "still", "go_on", "hedge", "oops", "again", "no_email"))
_INDIRECT = ".indirect"
LIKELY, BUSY, GUESS, FAINT = 0.3, 0.45, 0.15, 0.2
"""Scores from which a sentence is a request: where none is open, where one is, where something must be asked for, and
where somebody else would take over otherwise.
"""
BESIDE, SHORT = 0.6, 4
"""Score, and number of words, from which a sentence asks for something beside a request in so many words."""
NEVER = 9.0
CONSENT = 0.2
"""Score from which the answer to a proposal is a yes or a no."""
SURE, UNLIKE = 0.5, 0.12
"""Scores with which what a sentence is like goes before what single words in it say, and below which those do not fit."""
_LEAD, _SHARE = 0.25, 0.3
ASIDE = 0.35
"""Score from which a sentence is beside the point, or a courtesy."""
_SLOT = re.compile(r"\{(\w+)\}")
_KEPT = 2048


@dataclass(frozen=True)
class Heard:
    """One sentence: the scores of all that it can be."""

    scores: Mapping[str, float]
    requests: Mapping[str, Request]

    @cached_property
    def best(self) -> str:
        """What it is most like."""
        return max(self.scores, key=self.scores.__getitem__)

    @cached_property
    def request(self) -> tuple[Request, float]:
        """The request that it is most like, and how much."""
        label = max(self.requests, key=self.scores.__getitem__)
        return self.requests[label], self.scores[label]

    @property
    def topic(self) -> str | None:
        """The topic of a question beside the point, if that is what it is."""
        return self.best.removeprefix("side.") if self.best.startswith("side.") and self.is_("side.", ASIDE) else None

    @cached_property
    def courtesy(self) -> float:
        """How much it is like an answer, a courtesy or an aside, which ask for nothing."""
        return max(
            score
            for label, score in self.scores.items()
            if label == LINK or label in _COURTEOUS or label.startswith("side.")
        )

    @property
    def pleads(self) -> bool:
        """Whether it insists about as much as it asks for anything: somebody who was refused may mean no other thing."""
        return self.scores["insist"] >= CONSENT and self.request[1] - self.scores["insist"] < _LEAD

    def rather(self, named: Request) -> Request | None:
        """What it is like where its words name something else; None where they may be right.

        Questions differ in little, so that a clear lead is enough.
        """
        alike, score = self.request
        if named not in self.requests.values():
            return None
        if alike[0] == named[0] == "question" and score - self.score(named) >= _LEAD and score >= LIKELY:
            return alike
        return alike if score >= ASIDE and self.score(named) <= _SHARE * score else None

    def unlike(self, named: Request) -> bool:
        """Whether sentences that ask for this are known, and this is none of them."""
        return named in self.requests.values() and self.score(named) < UNLIKE

    def reason(self, asked: bool) -> str | None:
        """The rule of the reason that is given; ``asked``: it answers the question for one, so that a guess will do."""
        if self.best in ("back", "unknown", "person") or self.best.startswith("side."):
            return None
        label = max((one for one in self.scores if one.startswith("give.reason.")), key=self.scores.__getitem__)
        least = GUESS if asked else max(LIKELY, self.scores[self.best])
        return label if self.scores[label] >= least else None

    def score(self, request: Request) -> float:
        """How much it is like this request; 0 for one without sentences."""
        return max((self.scores[label] for label, one in self.requests.items() if one == request), default=0.0)

    def is_(self, act: str, least: float = ASIDE) -> bool:
        """Whether it is most like this act (or one whose name begins so), and enough so."""
        return self.best.startswith(act) and self.scores[self.best] >= least


@dataclass(frozen=True, eq=False)
class Acts:
    """``requests``: rule of a goal -> what is asked for; ``fills``: slot -> what can stand there, with values hidden;
    ``hidden``: a text in lower case with its values hidden in the same way.
    """

    lifelike: Callable[[], Lifelike]
    requests: Mapping[str, Request]
    fills: Mapping[str, tuple[str, ...]]
    hidden: Callable[[str], str]
    variants: int = 2
    """How often a sentence with several fills is learnt."""

    def hear(self, sentence: str) -> Heard:
        """What a sentence is like."""
        return self._heard(sentence)

    @cached_property
    def _heard(self) -> Callable[[str], Heard]:
        likeness = Likeness([*self._examples()])
        requests = {label: self._labels[label] for label in likeness.labels if label in self._labels}

        @lru_cache(maxsize=_KEPT)
        def heard(sentence: str) -> Heard:
            return Heard(likeness.scores(self.hidden(sentence)), requests)

        return heard

    @cached_property
    def _labels(self) -> dict[str, Request]:
        return {f"{kind}/{topic}": (kind, topic) for kind, topic in self.requests.values()}

    def _examples(self) -> Iterator[tuple[str, str]]:
        for rule, registers in self.lifelike().wordings("seen").items():
            label = self._label(rule)
            for number, sentence in enumerate(one for sentences in registers.values() for one in sentences):
                copies = self.variants if label in self._labels and _SLOT.search(sentence) else 1
                for copy in range(copies):
                    yield label, self.hidden(self._filled(sentence, number + copy * 3))

    def _label(self, rule: str) -> str:
        request = self.requests.get(rule.removesuffix(_INDIRECT))
        if request is not None:
            return "/".join(request)
        if rule in COURTESIES or rule in _LINKS:
            return COURTESIES.get(rule, LINK)
        return rule if rule.startswith(("side.", "ellipsis.")) or rule.count(".") > 1 else FACT

    def _filled(self, sentence: str, number: int) -> str:
        def fill(slot: re.Match[str]) -> str:
            choices = self.fills.get(slot[1], ("",))
            return choices[number % len(choices)]

        return _SLOT.sub(fill, sentence)


CONSENT_WORDS = ("right", "correct", "consent", "agree", "proceed", "continue", "confirm", "exactly", "perfect")
"""Words that decide whether somebody agrees; a slip in them is put right."""
_SENTENCE = re.compile(r"(?<=[.?!;:])\s+|\n+|,?\s+[-+]+\s+|\.{2,}\s*")


def sentences(text: str) -> list[str]:
    """The sentences of a message, as far as the marks of somebody who types tell them."""
    return [part for part in (piece.strip(" ,;-") for piece in _SENTENCE.split(text)) if part]


def consent(heard: Iterable[Heard]) -> bool | None:
    """Whether sentences agree to a proposal; None where none of them says either."""
    for one in heard:
        yes, no = one.scores["yes"], max(one.scores["no"], one.scores["change_mind"])
        beside = one.request[1] >= LIKELY or one.best == "back" or one.best.startswith("side.")
        if max(yes, no) >= CONSENT and not beside:
            return yes > no
    return None
