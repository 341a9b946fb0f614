"""Rules about proposals: what is read back is what was agreed.

The right values are those of the gold call that is still to be made, so these rules are silent in free talk.
"""

import re

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn, ToolCall
from tarl_app.domains.airline.judge.ids import ids
from tarl_app.domains.airline.judge.money import METHODS
from tarl_app.domains.airline.judge.shows import reservation
from tarl_app.domains.airline.judge.trips import objects_of
from tarl_app.domains.airline.words import heard
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.language import consent, told
from tarl_app.language.spoken.numerals import in_digits

CABIN = re.compile(r"\b(basic economy|business|economy)\b")
DIGITS = re.compile(r"\bending (?:in|with) (\d{4})\b")


def wrong_read_back(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Flights, days, cabin, passengers, bags, amounts and payment of a proposal are those of the change."""
    text = consent.fold(turn.text)
    if turn.tool_calls or not words.reads_back(turn.text):
        return None
    call = _meant(evidence, text)
    if call is None:
        return None
    for rule in (_flights, _days, _cabin, _people, _bags, _amount, _payment):
        if wrong := rule(evidence, call, text):
            return -1, f"read back {wrong}"
    return None


def _meant(evidence: Evidence, text: str) -> ToolCall | None:
    """The one change that the task still demands and that a text proposes."""
    named = set(ids(text))
    found = []
    for call in evidence.proposed:
        code = str(call.arguments.get("reservation_id", "")).lower()
        trips = {one for one in named if reservation(evidence, one) is not None}
        if code not in named if code else trips:
            continue
        if not code and call.arguments.get("flight_numbers") and not any(one.startswith("jn") for one in named):
            continue  # a question on the way to the booking
        if not consent.names_other_action(text, call.name, evidence.judging.actions):
            found.append(call)
    clear = [call for call in found if consent.proposes(text, call.name, evidence.judging.actions)]
    return next(iter(clear or found)) if len(clear or found) == 1 else None


def _flights(evidence: Evidence, call: ToolCall, text: str) -> str:
    wanted = {str(one).lower() for one in call.arguments.get("flight_numbers", ())}
    others = {one for one in ids(text) if one.startswith("jn")} - wanted
    trip = reservation(evidence, str(call.arguments.get("reservation_id", "")))
    others -= {str(leg.get("flight_number")).lower() for leg in objects_of(trip or {})}
    return f"the flight {min(others).upper()}, which the customer did not choose" if wanted and others else ""


def _days(evidence: Evidence, call: ToolCall, text: str) -> str:
    wanted = {str(one) for one in call.arguments.get("dates", ())}
    trip = reservation(evidence, str(call.arguments.get("reservation_id", "")))
    known = wanted | {str(leg.get("date")) for leg in objects_of(trip or {})}
    others = set(heard.travel_days(text)) - known
    return f"{min(others)} as the day, which the customer did not want" if wanted and others else ""


def _cabin(evidence: Evidence, call: ToolCall, text: str) -> str:
    wanted = str(call.arguments.get("cabin", "")).replace("_", " ")
    named = set(CABIN.findall(text))
    trip = reservation(evidence, str(call.arguments.get("reservation_id", "")))
    named.discard(str((trip or {}).get("cabin", "")).replace("_", " "))
    return f"{named.pop()} as the cabin; the customer wants {wanted}" if wanted and named and wanted not in named else ""


def _people(evidence: Evidence, call: ToolCall, text: str) -> str:
    pairs = zip(call.arguments.get("first_names", ()), call.arguments.get("last_names", ()), strict=False)
    trip = reservation(evidence, str(call.arguments.get("reservation_id", ""))) or {}
    there = {(one.get("first_name"), one.get("last_name")) for one in trip.get("passengers", ())}
    for first, last in pairs:
        if (first, last) not in there and str(last).lower() not in text and str(first).lower() not in text:
            return f"the passengers without {first} {last}"
    return ""


def _bags(evidence: Evidence, call: ToolCall, text: str) -> str:
    total = str(call.arguments.get("total_baggages", ""))
    if call.name != "update_reservation_baggages" or not total:
        return ""
    trip = reservation(evidence, str(call.arguments.get("reservation_id", ""))) or {}
    added, said = str(int(total) - int(trip.get("total_baggages", 0))), in_digits(text)
    more = re.search(r"\badd(?:ing)? (\d{1,2}|a|another)\b", said)
    whole = re.search(r"\b(\d{1,2}) (?:bags? )?(?:in all|altogether|in total)\b", said)
    if more and (more[1] if more[1].isdigit() else "1") != added:
        return f"{more[1]} more bags; the customer wants {added}"
    return f"{whole[1]} bags in all; it should be {total}" if whole and whole[1] != total else ""


def _amount(evidence: Evidence, call: ToolCall, text: str) -> str:
    if call.name != "send_certificate":
        return ""
    wanted, named = str(call.arguments.get("amount", "")), told.cents_in(text)
    right = int(wanted) * 100 if wanted.isdigit() else None
    return f"a certificate of ${min(named) / 100:.0f}; ${wanted} are due" if right and named and right not in named else ""


def _payment(evidence: Evidence, call: ToolCall, text: str) -> str:
    used = [call.arguments.get("payment_method_id"), *call.arguments.get("payment_method_ids", ())]
    right = {kind for kind in METHODS for one in used if one and str(one).startswith(kind)}
    named = {kind for kind, pattern in METHODS.items() if pattern.search(text)}
    wrong = sorted(named - right) if right and call.name != "send_certificate" else []
    return f"a {wrong[0].replace('_', ' ')}, with which the customer does not want to pay" if wrong else ""
