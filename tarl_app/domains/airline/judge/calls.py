"""Rules about the airline's calls: identity, agreement, and what the policy allows."""

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.domains.airline.judge.shows import account, reservation, reservations
from tarl_app.domains.airline.rules import begun, compensation, refundable
from tarl_app.domains.airline.words import heard
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.language import consent, told


def _succeeded(result: ToolResult | None) -> bool:
    return result is not None and not result.is_error


def identified_first(evidence: Evidence, call: ToolCall, result: ToolResult | None) -> Finding | None:
    """A reservation is opened for somebody unknown only to find out who it is: without a number, by a date of birth."""
    if call.name != "get_reservation_details" or not evidence.unidentified:
        return None
    if not _has_number(evidence) and heard.birthdays(evidence.said):
        return None
    return (-1 if _succeeded(result) else 0), "opened a reservation before the customer was identified"


def _has_number(evidence: Evidence) -> bool:
    """Whether the customer has said a customer number that has not failed."""
    known = all(heard.user_ids(text) for text in (evidence.hearing.meant, evidence.hearing.transcribed))
    return known and not evidence.lookups_failed


def right_person(evidence: Evidence, call: ToolCall, result: ToolResult | None) -> Finding | None:
    """A customer without a customer number is served only if the date of birth matches the account."""
    own = account(evidence)
    if own is None or (not evidence.personal(call.name) and call.name != "get_reservation_details"):
        return None
    numbers = {one.upper() for one in heard.user_ids(evidence.said)}
    if str(own["user_id"]) in numbers or own["date_of_birth"] in {day for day, _, _ in heard.birthdays(evidence.said)}:
        return None
    if not _succeeded(result) or not evidence.domain.writes(call.name):
        return None
    return -1, "went on although the customer had not shown who they are"


def same_trip(evidence: Evidence, call: ToolCall, result: ToolResult | None) -> Finding | None:
    """The customer said yes to this trip: the proposal names its code, or, as a proposal, no trip at all."""
    code = str(call.arguments.get("reservation_id", "")).replace(" ", "").lower()
    if not code or not evidence.domain.writes(call.name) or not _succeeded(result):
        return None
    for proposal in evidence.approved:
        trips = {one for one in evidence.ids_in(proposal) & evidence.owners.keys() if len(one) == len(code)}
        if code in trips or (not trips and (consent.PROPOSAL.search(consent.fold(proposal)) or told.cents_in(proposal))):
            return None
    return -1, f"{evidence.domain.describe(call).done}, before the customer had said yes to it"


def forbidden(evidence: Evidence, call: ToolCall, result: ToolResult | None) -> Finding | None:
    """Writes that the tools allow and the policy forbids, as far as the data show it."""
    if not _succeeded(result) or not evidence.domain.writes(call.name):
        return None
    if call.name == "send_certificate":
        return _undue(evidence, str(call.arguments.get("amount", "")))
    trip = reservation(evidence, str(call.arguments.get("reservation_id", "")).replace(" ", ""))
    if trip is None:
        return None
    if begun(trip):
        return -1, f"changed reservation {trip['reservation_id']}, although the trip has begun"
    if call.name == "cancel_reservation" and not (refundable(trip) or trip["insurance"] == "yes"):
        return -1, f"cancelled reservation {trip['reservation_id']}, which the policy forbids"
    numbers = [leg["flight_number"] for leg in trip["flights"]]
    if call.name == "update_reservation_flights" and trip["cabin"] == "basic_economy":
        wanted = [str(one).upper() for one in call.arguments.get("flight_numbers", ())]
        days = [leg["date"] for leg in trip["flights"]]
        if (wanted, list(call.arguments.get("dates", ()))) != (numbers, days):
            return -1, f"changed the flights of reservation {trip['reservation_id']}, which is in basic economy"
    return None


def _undue(evidence: Evidence, amount: str) -> Finding | None:
    own, trips = account(evidence), reservations(evidence)
    if own is None or not amount.lstrip("$").isdigit():
        return None
    due = {compensation(own, trip) for trip in trips}
    if int(amount.lstrip("$")) not in due:
        return -1, f"sent a certificate of ${amount.lstrip('$')}, which is not due"
    return None
