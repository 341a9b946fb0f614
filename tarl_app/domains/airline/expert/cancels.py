"""Cancelling a trip and compensation for trouble, by the rules."""

from tarl_app.agents.acts import sentences
from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.airline.expert import money, telling
from tarl_app.domains.airline.expert.nlu import like
from tarl_app.domains.airline.expert.nlu import understanding as hearing
from tarl_app.domains.airline.expert.nlu.slots import Json
from tarl_app.domains.airline.expert.proposing import propose, refuse
from tarl_app.domains.airline.expert.requests import Request
from tarl_app.domains.airline.expert.state import State
from tarl_app.domains.airline.rules import CANCELLED_DOLLARS, DELAYED_DOLLARS, begun, refundable


def _cancelled_legs(trip: Json) -> list[Json]:
    return [leg for leg in trip["flights"] if leg["status"] == "cancelled"]


def cancel(state: State, request: Request, trip: Json) -> Act:
    """What to do about a cancellation of this trip."""
    if trip["status"] != "active":
        return refuse(request, f"reservation {trip['reservation_id']} is cancelled already, so I cannot do it again.")
    if begun(trip):
        return refuse(request, "this trip has already begun, so I cannot cancel it.")
    reason = _reason(request)
    asked_before = any(asked == "reason" for asked, _ in request.said)
    free = refundable(trip)
    insured = trip["insurance"] == "yes"
    decides = insured and not free and reason not in ("health", "weather")
    if not asked_before and (reason is None or (decides and not _stated(request))):
        return Say("ask_reason", asks="reason")
    if not free and insured and reason not in ("health", "weather"):
        return refuse(request, "the insurance covers only reasons of health and weather, so I cannot cancel this trip.")
    if not free and not insured:
        why = "this trip was booked more than a day ago, is not in business and not insured, so I cannot cancel it."
        return refuse(request, why)
    assert state.account is not None
    paid = [payment for payment in trip["payment_history"] if payment["amount"] > 0]
    total = money.worked_out(state, " + ".join(money.plain(payment["amount"]) for payment in trip["payment_history"]))
    if isinstance(total, Use):
        return total
    names = dict.fromkeys(
        money.named(state.account["payment_methods"][payment["payment_method_id"]])
        for payment in paid
        if payment["payment_method_id"] in state.account["payment_methods"]
    )
    spoken = {
        "code": trip["reservation_id"],
        "ends": telling.ends(trip["origin"], trip["destination"], state.airports),
        "amount": money.plain(total),
        "methods": money.listed(list(names)) if names else "the payment method used",
    }
    return propose(request, "cancel_reservation", {"reservation_id": trip["reservation_id"]}, spoken)


def _reason(request: Request) -> str | None:
    """The reason as last said."""
    for asked, text in reversed(request.said):
        found = hearing.reason(text) or like.reason(text, asked == "reason")
        if found:
            return found
    return None


def _stated(request: Request) -> bool:
    """Whether a reason was given for itself: "we dropped our plans, so cancel it" may be no more than a way to say so."""
    parts = [part for _, text in request.said for part in sentences(text) if hearing.request(part) != ("cancel", "")]
    return any(hearing.reason(part) or like.reason(part, asked=False) for part in parts)


def compensate(state: State, request: Request, trip: Json) -> Act:
    """What to do about a claim for this trip."""
    assert state.account is not None
    cancelled = _cancelled_legs(trip)
    delayed = [leg for leg in trip["flights"] if leg["status"] == "delayed"]
    if not cancelled and not delayed:
        return refuse(request, "no flight of this trip is cancelled or delayed, so I cannot offer compensation.")
    entitled = state.account["membership"] != "regular" or trip["insurance"] == "yes" or trip["cabin"] == "business"
    if not entitled:
        why = "as a regular member without insurance you are compensated only in business, so I cannot send anything."
        return refuse(request, why)
    each, count = (CANCELLED_DOLLARS if cancelled else DELAYED_DOLLARS), len(trip["passengers"])
    amount = money.worked_out(state, str(each) if count == 1 else f"{count} * {each}")
    if isinstance(amount, Use):
        return amount
    arguments = {"user_id": state.account["user_id"], "amount": money.plain(amount)}
    spoken = {
        "amount": money.plain(amount),
        "code": trip["reservation_id"],
        "what": "cancelled" if cancelled else "delayed",
    }
    return propose(request, "send_certificate", arguments, spoken)
