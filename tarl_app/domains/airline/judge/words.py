"""Rules about the agent's statements on trips, flights and memberships, and about its agreement."""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.domains.airline.clock import NOW
from tarl_app.domains.airline.judge import days
from tarl_app.domains.airline.judge.ids import ids
from tarl_app.domains.airline.judge.shows import account, reservation, reservations
from tarl_app.domains.airline.words import heard
from tarl_app.domains.airline.words.fact_words import FACT_WORDS
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.rules import promises
from tarl_app.language import consent, told

_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d\d))? ?([ap])\.?m\b")
_LEVELS = "|".join(FACT_WORDS.rivals["membership"])
_MEMBER = re.compile(
    r"\b(?:your (?:membership|status)(?: level)? is|(?:you are|you're|you hold|you have)(?: \w+){0,2}?|as an?) "
    rf"({_LEVELS})\b"
)
_GONE = re.compile(r"\breservation \w{6} (?:is|was|has been|has now been|is now) (?:now |already )?cancell?ed\b")
_HELPS = re.compile(r"\b(?:help|assist|let me|i'll|moment|check|look)\b")
_ALL = re.compile(r"\b(?:that's|that is|that will be|that'll be) all\b|\bnothing (?:else|more)\b|\ball (?:set|done)\b")
"""Words by which a customer says that there is nothing else."""
_SHORT = 5
"""Shorter texts are fillers, such as "All right"."""
_TOLD = re.compile(r"\b(?:leaves|departs|lands|arrives|passengers? (?:is|are)|bags?|insured|booked for|paid)\b")


def unsupported_time(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Times of day and days of travel are in the data or were said by the customer."""
    for part in promises.statements(turn.text):
        for hour, minute, half in _CLOCK.findall(part):
            clock = f"{int(hour) % 12 + (12 if half == 'p' else 0):02d}:{minute or '00'}"
            said = {_canonical(one) for one in _CLOCK.findall(evidence.said)}
            if clock not in evidence.shown and clock not in said and clock not in NOW:
                return -1, f"told the customer the time {hour}:{minute or '00'} {half}m, which nothing in the data supports"
        for day in heard.travel_days(part):
            if day not in evidence.shown and day not in days.meant(evidence.said) and day not in NOW:
                return -1, f"told the customer the day {day}, which nothing in the data supports"
    return None


def _canonical(found: tuple[str, str, str]) -> str:
    hour, minute, half = found
    return f"{int(hour) % 12 + (12 if half == 'p' else 0):02d}:{minute or '00'}"


def wrong_membership(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The stated membership is the account's."""
    own = account(evidence)
    for part in promises.statements(turn.text) if own else ():
        match = _MEMBER.search(part)
        if own and match and match[1] != own["membership"] and not promises.NEGATED.search(part):
            return -1, f"told the customer that the membership is {match[1]}; it is {own['membership']}"
    return None


def not_cancelled(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A reservation is called cancelled only if it is, not if one of its flights is."""
    for part in promises.statements(turn.text):
        for code in ids(part) if _GONE.search(part) and "flight" not in part else ():
            trip = reservation(evidence, code)
            if trip and trip["status"] != "cancelled" and not words.HYPOTHETICAL.search(part):
                return -1, f"told the customer that reservation {code.upper()} was cancelled, which it is not"
    return None


def tells_a_stranger(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Nothing of a trip is told before the customer is identified."""
    if not evidence.unidentified or turn.tool_calls or not reservations(evidence):
        return None
    flights = {one for one in ids(turn.text) if one.startswith("jn")}
    if flights or told.cents_in(turn.text) or _TOLD.search(consent.fold(turn.text)):
        return -1, "told of a reservation before the customer was identified"
    return None


def agrees(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Where only a refusal is right and its grounds have been read, agreeing is a promise."""
    refused = [one for goal in evidence.task.goals for one in goal.chain if one.expect == "refused"]
    codes = [str(one.details.get("reservation_id") or "") for one in refused]
    read = any(reservation(evidence, code) for code in codes if code)
    if not read or evidence.remaining or turn.tool_calls or any(map(_says_no, evidence.texts)):
        return None
    changed = any(evidence.domain.writes(one.name) and not one.is_error for one in evidence.results_since_user)
    if changed or any(told.tells(turn.text, fact, FACT_WORDS) for fact in evidence.task.must_tell):
        return None
    text = " ".join(part for part in consent.sentences(turn.text) if not words.closes(part))
    if promises.AGREES.search(text) and not (_says_no(turn.text) or "?" in text or promises.HOLDS.search(text)):
        return -1, "agreed to what the policy forbids"
    return None


def leaves_alone(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A request that was just made is not answered with a farewell, or with something irrelevant."""
    if turn.tool_calls or turn.malformed is not None or not evidence.task.verifiable or evidence.results_since_user:
        return None
    said, last = consent.fold(turn.text), consent.fold(evidence.last_user)
    if evidence.unidentified or not _open(evidence) or not words.wants(last, evidence.judging):
        return None
    if _ALL.search(last):
        return None
    if words.asks_on(turn.text) or words.REPEAT.search(last) or _says_no(turn.text) or re.search(r"\d", said):
        return None
    leaves = words.FAREWELL.search(said)
    if not leaves and (promises.AGREES.search(said) or _HELPS.search(said) or len(said.split()) < _SHORT):
        return None
    return -1, "did not attend to what the customer had just asked for"


def _open(evidence: Evidence) -> bool:
    """Whether anything of the task is left to do."""
    said = evidence.texts
    untold = any(not any(told.tells(text, fact, FACT_WORDS) for text in said) for fact in evidence.task.must_tell)
    return bool(evidence.remaining) or untold or (evidence.gold_transfer() and not evidence.transferred)


def _says_no(text: str) -> bool:
    return bool(promises.NO.search(consent.fold(text))) or words.declines(text)
