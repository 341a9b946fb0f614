"""What a scripted agent makes of one message: the things asked for, and the questions beside the point."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SO_FAR = (
    r"\b(?:did (?:you|it|that)|have you|has|was|were|is|got)\b[^.?!]{0,30}\b(?:chang|cancel|book|updat"
    r"|touch)(?:l?ed)\b[^.!]*\?"
    r"|\bdid (?:you|it|that)\b[^.?!]{0,20}\b(?:change|cancel|book|update|touch)\b[^.!]*\?"
    r"|\bnothing\b[^.?!]{0,20}\b(?:chang|cancel|touch|book)\w*[^.!]*\?"
)
"""Asks what has come of the call so far."""
PERSON = (
    r"\b(?:speak|talk|a word|connect me|put me through|transfer me|get me|pass me)\b[^.?!]{0,12}"
    r"\b(?:human|person|manager|"
    r"supervisor|agent|representative|someone|somebody|colleague|people|employee|operator)\b"
    r"|\breal (?:person|human)\b(?![^.]*\?)"
    r"|\b(?:want|need|give me|prefer|rather have|can i (?:have|get)|could i (?:have|get)|is there"
    r"|get me) an? (?:actual |real |live )?(?:human|person|operator|representative)\b"
)
"""Asks for a person."""
PERSONAL = ("transfer", "something that needs a person")
"""The request of who only asks for a person."""
_QUESTION = re.compile(
    r"\?\W*$|\bright\W*$|^(?:and |but |so |oh |also |ok |wait,? |hm+,? )*"
    r"(?:how|when|who|why|what|where|which|until|may|do|does|are|is|will|can|btw|by the way)\b",
    re.I,
)


def questions(clause: str) -> bool:
    """Whether a clause is a question, with its mark or without."""
    return _QUESTION.search(clause) is not None


@dataclass(frozen=True)
class Goal:
    """Something asked for, with the words that belong to it."""

    kind: str
    topic: str
    words: str


@dataclass
class Message:
    """What a message holds; ``rest`` is all of it but the side questions."""

    goals: list[Goal] = field(default_factory=list)
    sides: list[str] = field(default_factory=list)
    rest: str = ""


class SideQuestions:
    """Questions beside the point: ``table`` has for each topic how it is asked (a pattern) and the answer, a sentence."""

    def __init__(self, table: Mapping[str, tuple[str, str]], others: Mapping[str, str] | None = None) -> None:
        """``others``: answers to topics that are known by likeness alone."""
        self._patterns = {topic: re.compile(pattern, re.I) for topic, (pattern, _) in table.items()}
        self._answers = {topic: answer for topic, (_, answer) in table.items()} | {**(others or {})}

    def asked(self, clause: str) -> str | None:
        """The topic of a clause that is a side question, or None."""
        for topic, pattern in self._patterns.items():
            if pattern.search(clause) and (topic in ("person", "robot") or _QUESTION.search(clause)):
                return topic
        return None

    def answer(self, topic: str) -> str:
        """The answer in a sentence; empty where it depends on the call, and a plain word where nothing is known."""
        return self._answers.get(topic, "I have no information about that.")
