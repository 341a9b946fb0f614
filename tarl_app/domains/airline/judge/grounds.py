"""The rule about refusals in free talk: what the policy allows for the trip as it was shown is not refused."""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn
from tarl_app.domains.airline.judge.ids import ids
from tarl_app.domains.airline.judge.shows import Json, account, reservation
from tarl_app.domains.airline.rules import begun, compensation, refundable
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.rules.subject import subjects
from tarl_app.language import availability, consent

_PART = re.compile(
    r"\b(?:part|one (?:of|flight|passenger)|only|single|first flight|return flight|outbound|remove|fewer|less|"
    r"add (?:an? |another )?(?:passenger|person)|free|with (?:a |your |the )?(?:\w+ )?(?:certificate|card)|"
    r"to (?:a |your |the )?(?:\w+ )?card|more than)\b"
)
"""Words of a refusal that is about less than the whole, or about more than is allowed."""
_INSURED = re.compile(
    r"\b(?:ill|sick\w*|flu|fever|health\w*|hospital|doctor|surgery|operation|broke\w* (?:my|his|her)|injur\w*|weather|"
    r"storm\w*|snow\w*|hurricane|blizzard)\b"
)
_CERTIFICATE = re.compile(r"\b(?:certificate|compensat\w*|voucher)\b")
_ASKED = re.compile(r"\b(?:certificate|compensat\w*|voucher|owe|make (?:it )?up|something for|what do i get)\b")


def wrongful_refusal(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A whole trip is cancelled, its cabin, names or bags are changed, and a certificate is sent, where that is allowed."""
    if turn.tool_calls or evidence.task.verifiable or evidence.unidentified:
        return None
    for sentence in consent.sentences(turn.text):
        if not words.CANNOT.search(sentence) or _PART.search(sentence) or availability.gone(sentence):
            continue
        named = [code for code in ids(sentence) if reservation(evidence, code)]
        about = named or [code for code in subjects(evidence) if reservation(evidence, code)]
        trip = reservation(evidence, about[0]) if len(about) == 1 else None
        if trip is None or begun(trip) or trip.get("status") == "cancelled":
            continue
        if refused := _refused(evidence, trip, sentence):
            return -1, f"refused {refused}, which the policy allows for reservation {trip['reservation_id']}"
    return None


def _refused(evidence: Evidence, trip: Json, sentence: str) -> str:
    """What a sentence refuses although it is allowed; empty when nothing is."""
    what = words.CANNOT.search(sentence)
    refused = what["what"] if what else ""
    insured = trip.get("insurance") == "yes" and _INSURED.search(evidence.said)
    if re.search(r"\bcancel\w*", refused) and (refundable(trip) or insured):
        return "to cancel"
    if re.search(r"\b(?:cabin|upgrad\w*)\b", refused):
        return "another cabin"
    if re.search(r"\b(?:passengers?|names?)\b", refused) and re.search(r"\b(?:chang|replac|correct|swap)\w*", refused):
        return "another passenger"
    if re.search(r"\badd\w* (?:\w+ ){0,3}(?:bags?|luggage|suitcases?)\b", refused):
        return "more bags"
    own = account(evidence)
    due = own is not None and compensation(own, trip) > 0
    return "compensation" if due and _CERTIFICATE.search(refused) and _ASKED.search(evidence.said) else ""
