"""The rule about goals: an agent pursues what the customer wants, and declines only what was asked for.

What is wanted comes from the task's goals where there is a task, and from the customer's words alone in free talk. A
domain declares the wishes (``core.domain.judging.Wish``).
"""

import re

from tarl_app.core.domain.judging import Finding, Wish
from tarl_app.core.types import AgentTurn, Goal
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.language import consent


def wanted(evidence: Evidence, strict: bool = False) -> list[Wish]:
    """The wishes that the customer has: by the task's goals and, unless ``strict``, their last words; by all that they
    said where there is no task.
    """
    wishes = evidence.judging.wishes
    if not evidence.task.verifiable:
        return [wish for wish in wishes if re.search(rf"\b(?:{wish.asked})", evidence.said)]
    goals = [one for goal in evidence.task.goals for one in goal.chain]
    last = evidence.heard[-1] if evidence.heard and not strict else ""
    return [wish for wish in wishes if any(_is(wish, goal) for goal in goals) or re.search(rf"\b(?:{wish.asked})", last)]


def _is(wish: Wish, goal: Goal) -> bool:
    if goal.kind in wish.kinds or (goal.topic or "") in wish.kinds:
        return True
    # A refused goal is told by its question alone, and can be about several things.
    return goal.expect != "done" and bool(re.search(rf"\b(?:{wish.asked})", consent.fold(goal.question or "")))


def pursued(evidence: Evidence, text: str) -> list[Wish]:
    """The wishes that an agent's text asks for details of, proposes or declines."""
    found: list[Wish] = []
    proposal = words.reads_back(text)
    for sentence in consent.sentences(text):
        if words.closes(sentence) or not (proposal or words.ASKS.search(sentence) or words.declines(sentence)):
            continue
        found += [wish for wish in evidence.judging.wishes if wish.pursued and re.search(wish.pursued, sentence)]
    return found


def wrong_pursuit(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What the agent asks details of, proposes or declines is something that the customer wants."""
    if turn.tool_calls or not turn.text.strip() or evidence.unidentified:
        return None
    followed, wishes = pursued(evidence, turn.text), wanted(evidence)
    if not followed or not wishes or any(wish in wishes for wish in followed):
        return None
    names = " and ".join(dict.fromkeys(wish.name for wish in wishes))
    return -1, f"went on about {followed[0].name}, but the customer wants {names}"
