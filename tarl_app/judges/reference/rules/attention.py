"""Rules about attention: an answer takes up what the customer has just said.

A question that is passed over, a sentence that has nothing to do with the request or puts the customer off, an offer of
more help while the request is open, and a farewell that leaves open what was done are minor issues. To hang up while it
is open is a major one.
"""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.rules.calls import names_change, spoken
from tarl_app.language import consent, told

DENIED = re.compile(
    r"\b(?:could not|couldn't|cannot|can't|did not|didn't|unable to) (?:find|locate|see) "
    r"(?:(?:an?|any|your|the) (?:\w+ )?(?:account|profile)\b|you(?= (?:in|under|with|by)\b|[.,!]|$))"
)
FLAT = re.compile(
    r"(?:help|assist)(?: you)?(?: with (?:that|this|it|your request))?|do (?:that|this|it|anything(?: about (?:that|it))?)|"
    r"make an? exceptions?(?: (?:here|for (?:you|that)))?"
)
"""What a refusal that says nothing of the request declines."""
QUESTION = re.compile(
    r"\?|^(?:and |but |so |ok(?:ay)? |well |oh |hm+ )*"
    r"(?:how|what|when|where|which|who|why|is|are|do|does|did|can|could|will)\b"
)
SUGGESTION = re.compile(r"\b(?:how|what) about\b|^(?:and |but )?what an? \w+")
LEAVE = re.compile(r"\b(?:goodbye|bye|take care|have a (?:nice|good|great|lovely))\b")
GONE = re.compile(
    r"\b(?:bye|goodbye|good night|cheerio|farewell|never ?mind|forget it|that(?:'s|s| is| was) (?:it|all|everything)|"
    r"nothing (?:else|more|further)|no (?:further|more|other) (?:questions?|requests?|wishes)|no thanks|all set|"
    r"leads? nowhere|getting nowhere|let you (?:go|get on)|leave you (?:to it|in peace)|hang(?:ing)? up)\b"
)
"""Words by which a customer leaves."""
ONLY = re.compile(
    r"\b(?:i|we)(?:'m| am|'re| are)? (?:can|could|may|able to|allowed to) (?:only|just|merely)\b|\b(?:i|we) only\b"
)
UNDONE = re.compile(
    r"\b(?:no|not|nothing|never|none|without|unchanged|as (?:it|they|everything) (?:is|was|are|were))\b|n't\b"
)
"""Words by which a farewell says that something was left undone."""
EXCUSE = re.compile(r"\b(?:sorry|afraid|unfortunately|cannot|can't|can only|unable)\b")
"""Words of a sentence that declines."""
DEFLECTED = "put the customer off with what it can only do, instead of attending to the request"


def hangs_up(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Nobody is sent off while something is open, unless they leave themselves."""
    if turn.tool_calls or not evidence.task.verifiable or evidence.unidentified or not evidence.unfinished:
        return None
    parts = consent.sentences(turn.text)
    if not parts or not any(
        re.search(r"\b(?:goodbye|bye|take care|have a (?:nice|good|great|lovely))\b", one) for one in parts
    ):
        return None
    if not all(words.closes(one) for one in parts) or any("?" in one for one in parts):
        return None
    last = evidence.heard[-1] if evidence.heard else ""
    if GONE.search(last) or words.CLOSING.search(last):
        return None
    return -1, "said goodbye although the request was still open"


def leaves_open(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Whether there is anything else is asked when the request is done."""
    if turn.tool_calls or not evidence.task.verifiable or evidence.unidentified or not evidence.unfinished:
        return None
    parts = consent.sentences(turn.text)
    last = evidence.heard[-1] if evidence.heard else ""
    if not parts or not all(words.closes(one) for one in parts) or words.CLOSING.search(last) or GONE.search(last):
        return None
    wishes = (wish.asked for wish in evidence.judging.wishes)
    if "?" not in evidence.said and not any(re.search(rf"\b(?:{one})", evidence.said) for one in wishes):
        return None  # no request has been made yet
    return 0, "asked for further requests while the customer's own was still open"


def unanswered(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A question is answered: its subject is in the answer, unless the agent first has to ask something itself."""
    if turn.tool_calls or not turn.text.strip() or not evidence.heard:
        return None
    subjects = _subjects(evidence, evidence.heard[-1])
    if not subjects or evidence.unidentified:
        return None
    said = consent.fold(turn.text)
    answered = [bool(re.search(one, said)) for one in subjects]
    # An excuse for something else can share one of the question's words.
    if all(answered) or (any(answered) and not EXCUSE.search(said)):
        return None
    if not _evades(evidence, said):
        return None
    return 0, "left the customer's question unanswered"


def _subjects(evidence: Evidence, heard: str) -> list[str]:
    """The patterns of the subjects that the customer's questions name."""
    asked = [part for part in consent.sentences(heard) if QUESTION.search(part) and not SUGGESTION.search(part)]
    return [one for one in evidence.judging.words.topics for part in asked if re.search(rf"\b(?:{one})", part)]


def _evades(evidence: Evidence, said: str) -> bool:
    """Whether a text neither tells anything nor asks what is needed: excuses, farewells, proposals."""
    for part in consent.sentences(said):
        if words.closes(part) or EXCUSE.search(part):
            continue
        if part.endswith("?") and words.OPEN.search(part):
            return False  # it asks for something first
        if consent.PROPOSAL.search(part) or words.reads_back(said) or len(part.split()) <= 2:
            continue
        return False
    return True


def denies_account(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A customer who was found is not told that they were not."""
    failed = any(one.is_error and evidence.identifies(one.name) for one in evidence.results_since_user)
    if turn.tool_calls or evidence.customer is None or failed:
        return None
    if any(DENIED.search(sentence) for sentence in consent.sentences(turn.text)):
        return -1, "told the customer that their account was not found, which it was"
    return None


def refuses_flatly(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What the policy allows is not refused in a sentence that fits every request."""
    if turn.tool_calls or not evidence.task.verifiable or evidence.refusable or not evidence.unfinished:
        return None
    if evidence.gold_transfer() or any(result.is_error for result in evidence.results_since_user) or evidence.excuse:
        return None
    goals = [one for goal in evidence.task.goals for one in goal.chain]
    if any(goal.instead or evidence.judging.declinable(goal) for goal in goals):
        return None
    for sentence in consent.sentences(turn.text):
        match = words.CANNOT.search(sentence)
        if match and FLAT.fullmatch(match["what"].strip(" .!,")) and not words.CONDITION.search(sentence):
            return -1, "refused the request, which the policy allows"
    return None


def deflects(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """An open request is not put off by a sentence about what the agent can only do.

    Where the task has something that the policy refuses, such a sentence can be the refusal.
    """
    if turn.tool_calls or evidence.refusable or not evidence.heard or words.asks_on(turn.text):
        return None
    if words.reads_back(turn.text) or not any(ONLY.search(part) for part in consent.sentences(turn.text)):
        return None
    if told.cents_in(turn.text) or evidence.ids_in(turn.text):
        return None  # it tells something as well
    if evidence.task.verifiable:
        return (0, DEFLECTED) if evidence.unfinished else None
    asked = [wish for wish in evidence.judging.wishes if re.search(rf"\b(?:{wish.asked})", evidence.heard[-1])]
    subjects = [wish.asked for wish in asked] + _subjects(evidence, evidence.heard[-1])
    said = consent.fold(turn.text)
    return (0, DEFLECTED) if subjects and not any(re.search(one, said) for one in subjects) else None


def leaves_unsaid(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A customer who leaves before answering a proposal is told that the change was not made."""
    if turn.tool_calls or not words.reads_back(evidence.last_text) or evidence.results_since_user:
        return None
    said = consent.sentences(turn.text)
    if not any(words.FAREWELL.search(part) for part in said) or any(UNDONE.search(part) for part in said):
        return None
    if consent.says_yes(evidence.last_user) or words.asks_on(turn.text):
        return None  # that is a change that was agreed to and not made
    left = next((call for call in evidence.remaining if names_change(evidence, evidence.last_text, call)), None)
    asked = consent.fold(evidence.last_text)
    if left is None and (evidence.task.verifiable or not consent.PROPOSAL.search(asked) or words.OPEN.search(asked)):
        return None  # it only looks like a proposal, as "Will that be all?" or "May I have your name?"
    named = f"'{spoken(left.name)}'" if left is not None else "the change that was read back"
    return 0, f"said goodbye without saying that {named} was not done"


def irrelevant(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What is declined is something that was asked for."""
    if turn.tool_calls or not evidence.heard or evidence.refusable:
        return None
    for sentence in consent.sentences(turn.text):
        if not (EXCUSE.search(sentence) and re.search(r"\bi (?:cannot|can't|can only|am not able|am unable)\b", sentence)):
            continue
        about = [one for one in evidence.judging.words.topics if re.search(one, sentence)]
        if about and not any(re.search(rf"\b(?:{one})", evidence.said) for one in about) and not evidence.ids_in(sentence):
            return 0, "declined something that nobody had asked for"
    return None
