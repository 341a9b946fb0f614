"""Reading back, writing after a yes, refusing, reporting."""

from typing import Any

from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.airline.expert import money
from tarl_app.domains.airline.expert.requests import Request
from tarl_app.domains.airline.expert.state import State

WRITES = {
    "book_reservation": "book",
    "cancel_reservation": "cancel",
    "update_reservation_flights": "flights",
    "update_reservation_baggages": "bags",
    "update_reservation_passengers": "passenger",
    "send_certificate": "compensation",
}

_DONE = {
    "book": "reservation {code} has been booked",
    "cancel": "reservation {code} has been cancelled",
    "flights": "reservation {code} has been changed",
    "bags": "bags have been added to reservation {code}",
    "passenger": "the passengers of reservation {code} have been changed",
    "compensation": "a certificate of ${amount} has been sent",
}


def propose(request: Request, name: str, arguments: dict[str, Any], slots: dict[str, str], rule: str = "") -> Act:
    """Writes what the customer has agreed to; before that, reads it back and asks."""
    proposal = (name, arguments)
    if request.proposed == proposal and request.consent:
        return Use(name, arguments)
    if request.proposed == proposal and request.consent is False:
        request.consent = None
        return Say("ask_change", asks="confirm")
    request.proposed, request.consent, request.withdrawn = proposal, None, False
    return Say(f"confirm_{rule or WRITES[name]}", slots, "confirm")


def refuse(request: Request, why: str) -> Say:
    """Declines, with the reason; from the second time on firmly."""
    request.refusals += 1
    return Say("refuse" if request.refusals == 1 else "still_refuse", {"why": why})


def report(state: State, request: Request) -> Say:
    """What came of a write."""
    assert state.last is not None
    call, result = state.last
    if result.is_error:
        return refuse(request, f"I could not do that: {result.content.removeprefix('Error: ').rstrip('.')}.")
    request.closed = True
    kind = WRITES[call.name]
    slots = {"code": str(call.arguments.get("reservation_id", "")), "amount": str(call.arguments.get("amount", ""))}
    if kind == "book":
        slots["code"] = next(code for code in state.reservations if f'"{code}"' in result.content)
    if kind == "cancel":
        trip = state.reservations[slots["code"]]
        refunds = [p for p in trip["payment_history"] if p["amount"] < 0]
        slots["amount"] = money.plain(-refunds[-1]["amount"]) if refunds else "0"
        card = any(p["payment_method_id"].startswith("credit_card") for p in refunds)
        slots["when"] = "within seven business days" if card else "at once"
    state.changes.append(_DONE[kind].format(**slots))
    return Say(f"done_{kind}", slots)
