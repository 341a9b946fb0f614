"""The scripted agent's decisions: from what the dialogue shows to the next question, call, proposal, refusal or report.

``decide`` is a function of the state alone. Everything an act names was said by the customer or answered by a tool.
"""

from tarl_app.agents.messages import after_what_is_held
from tarl_app.core.domain import Act, Say, Use
from tarl_app.domains.airline.expert import answers, bookings, cancels, changes, searching, side
from tarl_app.domains.airline.expert.nlu import like, slots
from tarl_app.domains.airline.expert.nlu.slots import Json
from tarl_app.domains.airline.expert.proposing import WRITES, refuse, report
from tarl_app.domains.airline.expert.requests import Request
from tarl_app.domains.airline.expert.state import FACTS, State


def decide(state: State) -> Act:
    """The next act; what is held goes before the next words."""
    return after_what_is_held(_doubting(state, _next(state)), state.held, state.changes, side.QUESTIONS)


_PATIENCE = 3
"""What may go by in vain: 1 for an answer that does not help, 2 for "I don't know"."""


def _doubting(state: State, act: Act) -> Act:
    """Asks what is wanted instead of the same fact a third time: who cannot answer may have asked for something else."""
    if state.last is not None or isinstance(act, Use):
        return act
    again = act.asks in FACTS and act.asks == state.asked and state.request is not None
    said = state.request.said[-1][1] if state.request is not None and state.request.said else ""
    state.stuck = state.stuck + (2 if like.says("unknown", said) else 1) if again else 0
    if state.held or state.stuck < _PATIENCE or state.request is None:
        return act
    now = state.request
    state.stuck, state.requests.at_hand = 0, None
    state.doubted.add((now.kind, now.topic))
    state.dropped.append(now)
    return Say("doubt", asks="help")


def _next(state: State) -> Act:
    if state.bye:
        return Say("left" if state.asked == "confirm" else "bye")
    if state.account is None:
        return _identify(state)
    request = state.request
    if request is None:
        return Say("help", asks="help") if state.asked != "help" or state.held else Say("rephrase", asks="help")
    act = _serve(state, request)
    settled = request.closed or request.refusals
    if isinstance(act, Say) and settled and act.asks in ("", "more") and state.requests.next():
        state.held.append(act)
        return _turn_to(state)
    return act


def _turn_to(state: State) -> Act:
    """What comes first of the request that has waited."""
    request = state.request
    assert request is not None
    if request.kind == "transfer":
        return Say("announce_transfer", {"topic": request.topic}, "transfer")
    return _next(state)


def _serve(state: State, request: Request) -> Act:
    assert state.account is not None
    if state.last and state.last[0].name in WRITES:
        return report(state, request)
    asked, said = request.said[-1] if request.said else ("", "")
    if request.refusals and asked in ("", "more") and state.last is None and like.says("accept", said):
        request.closed = True
        return Say("more", asks="more")
    if request.closed:
        return _closed(state, request)
    if request.kind == "unclear":
        return _unclear(request)
    if request.kind == "transfer" and asked == "transfer" and like.agrees(said) is False:
        request.closed = True
        return Say("more", asks="more")
    if request.kind == "transfer":
        summary = f"The customer {state.account['user_id']} asks about {request.topic}."
        return Use("transfer_to_human_agents", {"summary": summary})
    if request.kind == "question" and request.topic not in answers.ABOUT_TRIPS:
        return _answer(state, request)
    if request.kind == "book":
        return bookings.book(state, request)
    trip = _trip(state, request)
    if isinstance(trip, Say | Use):
        return trip
    return _about(state, request, trip)


def _unclear(request: Request) -> Say:
    """Asks what is wanted with what was only named, before somebody else takes over."""
    request.closed = True
    return Say("ask_about", {"topic": request.topic, "number": request.code or ""}, "help")


def _closed(state: State, request: Request) -> Say:
    """After all is settled: a further question about it is answered with what is known, anything else is asked for."""
    last = request.said[-1][1] if request.said else ""
    if state.held or "?" not in last or not request.fact:
        return Say("more", asks="more")
    return Say("tell", {"fact": request.fact}, "more")


def _about(state: State, request: Request, trip: Json) -> Act:
    """What to do about a request that concerns this reservation of the customer."""
    if request.kind == "question":
        return _told(request, answers.of_trip(state, request.topic, trip))
    if request.kind == "cancel":
        return cancels.cancel(state, request, trip)
    if request.kind == "compensation":
        return cancels.compensate(state, request, trip)
    return changes.change(state, request, trip)


# --- who is calling -------------------------------------------------------------------------------------------------------


def _identify(state: State) -> Act:
    if state.number and state.number not in state.missing:
        return Use("get_user_details", {"user_id": state.number})
    if state.number and not state.no_number:
        return Say("no_user", {"number": state.number}, "user_id")
    if not state.no_number:
        return Say("ask_identity" if state.request else "greet", asks="user_id")
    code = state.any_code
    if code is None:
        return Say("ask_any_code", asks="any_code")
    if code in state.missing:
        return Say("no_code", {"code": code}, "any_code")
    if state.name is None or state.birth is None:
        return Say("ask_name_birth", asks="name_birth")
    if code not in state.reservations:
        return Use("get_reservation_details", {"reservation_id": code})
    owner = state.reservations[code]["user_id"]
    if owner not in state.accounts:
        return Use("get_user_details", {"user_id": owner})
    return Say("no_match", asks="name_birth")


# --- questions ------------------------------------------------------------------------------------------------------------


def _answer(state: State, request: Request) -> Act:
    assert state.account is not None
    if request.topic == "membership" or request.topic.endswith("_balance"):
        if state.stale:
            return Use("get_user_details", {"user_id": state.account["user_id"]})
        return _told(request, answers.of_account(state, request.topic))
    found = answers.of_flights(state, request)
    return _told(request, found) if isinstance(found, str) else found


def _told(request: Request, fact: str) -> Say:
    request.closed, request.fact = True, fact
    return Say("tell", {"fact": fact}, "more")


# --- reservations ---------------------------------------------------------------------------------------------------------


def _trip(state: State, request: Request) -> Act | Json:
    """The reservation of the request, or what has to happen before it is known."""
    assert state.account is not None
    code = request.code
    if code is None and not request.searching and not slots.names_route(request.words):
        return Say("ask_code", asks="code")
    if code is None:
        return _search(state, request)
    if code in state.missing:
        return Say("no_code", {"code": code}, "code")
    if code not in state.reservations:
        return Use("get_reservation_details", {"reservation_id": code})
    trip = state.reservations[code]
    if trip["user_id"] != state.account["user_id"]:
        return refuse(request, f"reservation {code} belongs to another customer, so I cannot help you with it.")
    return trip


def _search(state: State, request: Request) -> Act | Json:
    """Goes through the account's reservations until one has the ends that were named."""
    assert state.account is not None
    if not state.airports:
        return searching.airports()
    about = [(asked, text) for asked, text in request.said if slots.names_trip(text, state.airports)]
    origin, destination = slots.ends(about, state.airports)
    if origin is None or destination is None:
        return Say("ask_ends", asks="code")
    for code in state.account["reservations"]:
        if code not in state.reservations:
            return Use("get_reservation_details", {"reservation_id": code})
        trip = state.reservations[code]
        if (trip["origin"], trip["destination"]) == (origin, destination) and trip["status"] == "active":
            request.code = code
            return trip
    return Say("no_trip", asks="code")
