"""What a scripted agent makes of one message: the things asked for, and the questions beside the point."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tarl_app.core.domain import Act, Say, Use
from tarl_app.language.listed import listed

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
_WISH = re.compile(
    r"\b(?:please|pls|can you|could you|would you|will you|i want|i'd like|i need|also|another thing)\b", re.I
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


def after_what_is_held(act: Act, held: Sequence[Say], changes: Sequence[str], questions: SideQuestions) -> Act:
    """The act with what is ``held`` said before it: answers to side questions (the rule ``aside``) and other utterances.

    ``changes`` is what has been done so far, in words. A tool call is made at once.
    """
    if isinstance(act, Use) or not held:
        return act
    return replace(act, before=(*(_told(one, changes, questions) for one in held), *act.before))


def _told(one: Say, changes: Sequence[str], questions: SideQuestions) -> Say:
    if one.rule != "aside":
        return one
    if one.slots["topic"] == "so_far":
        done = f"So far {listed(list(dict.fromkeys(changes)))}." if changes else "Nothing has been changed."
        return Say("told", {"fact": done})
    return Say("told", {"fact": questions.answer(one.slots["topic"])})
