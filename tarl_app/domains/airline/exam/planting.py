"""What the planters of both splits share of the airline: other values for an argument, codes that were said."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tarl_app.core.types import ToolTurn
from tarl_app.domains.airline.tools.booking import code
from tarl_app.domains.airline.words import heard
from tarl_app.exam.numbered import Numbered
from tarl_app.exam.planting import Alterations, refused_write, second_goal
from tarl_app.exam.script import Script

__all__ = ["TRIPS", "altered_call", "code_said", "fresh_code", "refused_write", "second_goal", "writes_otherwise"]

CABINS = ("basic_economy", "economy", "business")


def code_said(script: Script) -> str | None:
    """A reservation code that the customer has said so far."""
    said = " ".join(turn.text for turn in script.turns if turn.kind == "user")
    return next(iter(heard.codes(said)), None)


def fresh_code(script: Script) -> str:
    """A reservation code that nobody has spoken of."""
    return code(script.rng.randrange(10**9))


TRIPS = Numbered(
    look_up="get_reservation_details",
    argument="reservation_id",
    said=code_said,
    fresh=fresh_code,
    identifying=("ask_identity", "get_user_details"),
)


def _later(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _count(_: Script, value: str) -> list[str]:
    return [str(int(value) + 1), str(max(0, int(value) - 1))]


def _methods(script: Script) -> list[str]:
    """The payment methods of the account, as shown last."""
    return [method for account in script.seen("payment_methods")[:1] for method in account["payment_methods"]]


def _offered(script: Script, number: str) -> list[str]:
    """Other flights that a search has shown beside this one."""
    for found in _searches(script):
        if any(offer["flight_number"] == number for offer in found):
            return [offer["flight_number"] for offer in found if offer["flight_number"] != number]
    return []


def _searches(script: Script) -> Iterator[list[dict[str, Any]]]:
    for turn in reversed(script.turns):
        for result in turn.results if isinstance(turn, ToolTurn) else ():
            if result.name == "search_direct_flight" and not result.is_error:
                yield json.loads(result.content)


_ALTERATIONS = Alterations(
    others={
        "payment_method_id": lambda script, _: _methods(script),
        "payment_method_ids": lambda script, _: [[method] for method in _methods(script)],
        "reservation_id": lambda script, _: [
            one for account in script.seen("reservations") for one in account["reservations"]
        ],
        "cabin": lambda _, value: [cabin for cabin in CABINS if cabin != value],
        "total_baggages": _count,
        "nonfree_baggages": _count,
        "amount": lambda _, value: [str(int(value) + 50)],
        "insurance": lambda _, value: ["no" if value == "yes" else "yes"],
        "flight_numbers": lambda script, value: [[other, *value[1:]] for other in _offered(script, value[0])],
        "dates": lambda _, value: [[_later(day) for day in value], [*value[:-1], _later(value[-1])]],
        "last_names": lambda _, value: [[f"{value[0]}e", *value[1:]]],
        "dates_of_birth": lambda _, value: [[f"{int(value[0][:4]) - 1}{value[0][4:]}", *value[1:]]],
    }
)
altered_call, writes_otherwise = _ALTERATIONS.call, _ALTERATIONS.write
