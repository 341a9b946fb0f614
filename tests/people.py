"""People who call: each a few sentences in their own words, and what they say when they are asked for something.

A person has a ``task``, an ``opening``, and lines for what an agent may ask: ``identity``, ``order``, ``payment`` ... (the
keys of ``TOPICS``), one line or several that are said one after another, the last of them again. ``confirm`` lists what
the person says to a proposal: the first entry whose words the proposal ``has`` (alternatives are joined by ``|``) and
``hasnt``; to a proposal that fits none the person says ``no``. ``more`` are the lines for "anything else?"; behind the
last the person hangs up. ``hears`` are words that the person must be told besides what the task demands.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.types import AgentTurn, Episode, Turn, UserTurn
from tarl_app.domains import load_domain

FOLDER = Path(__file__).parent / "data" / "people"
SHOP = {
    "change": r"will not do that|not changed anything|what (is|was) wrong|what should be different",
    "address": r"new address",
    "identity": r"e-?mail|\bzip\b|full name|your name",
    "content": r"what did you buy|which item was in",
    "order": r"order number|which order",
    "reason": r"\breason\b|\bwhy\b",
    "which": r"which one",
    "payment": r"payment method|refund|gift card",
    "items": r"which items?",
    "options": r"instead|which option",
}
FLIGHTS = {
    "change": r"will not do that|not changed anything|what (is|was) wrong|what should be different",
    "any_code": r"code of one of",
    "name_birth": r"full name",
    "identity": r"customer number",
    "code": r"reservation code|which reservation",
    "newcomer": r"who should travel|new passenger",
    "replaced": r"be replaced",
    "passengers": r"who will travel|who are the passengers",
    "ends": r"from where|which trip|fly from",
    "kind": r"one way or",
    "reason": r"\breason\b|\bwhy\b",
    "choice": r"cheapest",
    "date": r"\bdate\b",
    "cabin": r"\bcabin\b",
    "bags": r"\bbags?\b",
    "insurance": r"insurance",
    "payment": r"pay\b|payment method",
}
TOPICS: Mapping[str, Mapping[str, str]] = {"retail": SHOP, "airline": FLIGHTS}
_PROPOSAL = re.compile(r"is that right\?|shall i go ahead\?", re.I)
_MORE = re.compile(r"anything else|how can i help|what can i do for you|you are welcome|something else", re.I)
_PATIENCE = 3
"""How often a person says the same line before they hang up."""
_WHAT = "sorry, what do you mean?"


def people(domain: str, half: str) -> list[dict[str, Any]]:
    """The people of one file."""
    return yaml.safe_load((FOLDER / f"{domain}-{half}.yaml").read_text())


def _lines(said: str | Sequence[str] | None) -> list[str]:
    return [] if said is None else [said] if isinstance(said, str) else list(said)


def _in(words: str, text: str) -> bool:
    return any(word.lower() in text.lower() for word in words.split("|"))


class Person:
    """One of them as a simulated user; what they say next depends on the dialogue alone."""

    name = "person"

    def __init__(self, known: Mapping[str, Any], domain: str) -> None:
        self.known, self.topics = known, TOPICS[domain]

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """The next line, or None where the person hangs up."""
        if not turns:
            return UserTurn(text=self.known["opening"])
        said: Counter[str] = Counter()
        line: str | None = None
        for turn in turns:
            if isinstance(turn, AgentTurn) and turn.text:
                line = self._reply(turn.text, said)
        return None if line is None else UserTurn(text=line)

    def _reply(self, text: str, said: Counter[str]) -> str | None:
        place, lines = self._heard(text)
        count = said[place]
        said[place] += 1
        if place == "more":
            return lines[count] if count < len(lines) else None
        if count >= len(lines) + _PATIENCE - 1:
            return None
        return lines[min(count, len(lines) - 1)]

    def _heard(self, text: str) -> tuple[str, list[str]]:
        """What the agent asks for, and the lines for it."""
        if _PROPOSAL.search(text):
            for number, entry in enumerate(self.known.get("confirm", ())):
                fits = all(_in(words, text) for words in entry["has"])
                if fits and not any(_in(words, text) for words in entry.get("hasnt", ())):
                    return f"confirm {number}", _lines(entry["say"])
            return "no", _lines(self.known.get("no", "no, that's not what I want"))
        asked = [part for part in re.split(r"(?<=[.?!])\s+", text) if part.endswith("?")] or [text]
        if "change" in self.known and re.search(self.topics["change"], text, re.I):
            return "change", _lines(self.known["change"])
        for topic, words in self.topics.items():
            if topic in self.known and any(re.search(words, part, re.I) for part in asked if not _MORE.search(part)):
                return topic, _lines(self.known[topic])
        if any(_MORE.search(part) for part in asked) or (len(asked) == 1 and not asked[0].endswith("?")):
            return "more", _lines(self.known.get("more"))
        return "what", [_WHAT]


@cache
def call(domain_name: str, half: str, number: int) -> Episode:
    """The call of one person with the scripted agent."""
    domain = load_domain(domain_name)
    known = people(domain_name, half)[number]
    task = next(task for task in domain.tasks("dev") if task.id == known["task"])
    conversation = Conversation(task, domain, ScriptedAgent(task, domain), Person(known, domain_name), id="person")
    try:
        return conversation.run()
    finally:
        conversation.close()


def served(domain_name: str, half: str, number: int) -> bool:
    """Whether the verifier passes the call and the person was told all that they wanted to hear."""
    episode = call(domain_name, half, number)
    told = " ".join(turn.text for _, turn in episode.agent_turns)
    wanted = people(domain_name, half)[number].get("hears", ())
    return bool(episode.verdict and episode.verdict.passed) and all(_in(words, told) for words in wanted)
