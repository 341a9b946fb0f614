"""A customer, her trips and what is said with her: dialogues by hand for the guard."""

import json
from collections.abc import Sequence
from typing import Any

from tarl_app.core.types import AgentTurn, AudioRef, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.sandbox.tools.guarded import forbidden
from tests.domains.airline.airline_cases import AIRLINE

NUMBER, CODE = "M4821359", "K3QX7P"
VISA, AMEX, GIFT, CERTIFICATE = "credit_card_1111111", "credit_card_2222222", "gift_card_3333333", "certificate_4444444"
ANA = {"first_name": "Ana", "last_name": "Cortez", "date_of_birth": "1985-03-02"}
LEON = {"first_name": "Leon", "last_name": "Hale", "date_of_birth": "1990-01-31"}
ACCOUNT: dict[str, Any] = {
    "user_id": NUMBER,
    "name": {"first_name": "Ana", "last_name": "Cortez"},
    "date_of_birth": "1985-03-02",
    "membership": "regular",
    "payment_methods": {
        VISA: {"source": "credit_card", "id": VISA, "brand": "visa", "last_four": "4242"},
        AMEX: {"source": "credit_card", "id": AMEX, "brand": "amex", "last_four": "1717"},
        GIFT: {"source": "gift_card", "id": GIFT, "balance": 100},
        CERTIFICATE: {"source": "certificate", "id": CERTIFICATE, "balance": 50},
    },
    "saved_passengers": [LEON],
    "reservations": [CODE, "W7RD4F"],
}
SOUND = AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000)


def leg(number: str, date: str, status: str = "scheduled") -> dict[str, Any]:
    return {"flight_number": number, "date": date, "departure": "08:05", "status": status, "origin": "DEN", "price": 100}


def trip(**changes: Any) -> dict[str, Any]:
    """A trip of Ana's in economy, booked long ago, not insured, with a bag."""
    return {
        "reservation_id": CODE,
        "user_id": NUMBER,
        "origin": "DEN",
        "destination": "BOS",
        "flight_type": "one_way",
        "cabin": "economy",
        "flights": [leg("JN2041", "2026-05-20")],
        "passengers": [ANA],
        "total_baggages": 1,
        "nonfree_baggages": 0,
        "insurance": "no",
        "created_at": "2026-05-01T10:00",
        "status": "active",
        "payment_history": [{"payment_method_id": VISA, "amount": 100}],
        **changes,
    }


def shown(*values: object, tool: str = "get", error: bool = False) -> ToolTurn:
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
    return ToolTurn(results=tuple(ToolResult(call_id="c", name=tool, content=text, is_error=error) for text in texts))


def said(text: str) -> UserTurn:
    return UserTurn(text=text)


KNOWN: tuple[Turn, ...] = (said(f"Hi, my number is {NUMBER}."), shown(ACCOUNT))
"""Ana has been looked up."""


def why(turns: Sequence[Turn], name: str, **arguments: Any) -> str:
    """Why the guard forbids this call after these turns."""
    return forbidden(AIRLINE, ToolCall(id="x", name=name, arguments=arguments), turns)


def after(proposal: str, *before: Turn, answer: str = "Yes, please.") -> list[Turn]:
    """Ana's dialogue up to her answer to this proposal."""
    return [*KNOWN, *before, AgentTurn(text=proposal), said(answer)]


def booking(**changes: Any) -> dict[str, Any]:
    return {
        "user_id": NUMBER,
        "origin": "DEN",
        "destination": "BOS",
        "flight_type": "one_way",
        "cabin": "economy",
        "flight_numbers": ["JN2041"],
        "dates": ["2026-05-20"],
        "first_names": ["Ana"],
        "last_names": ["Cortez"],
        "dates_of_birth": ["1985-03-02"],
        "payment_method_ids": [VISA],
        "total_baggages": "1",
        "nonfree_baggages": "0",
        "insurance": "no",
        **changes,
    }


def new_flights(**changes: Any) -> dict[str, Any]:
    return {
        "reservation_id": CODE,
        "cabin": "economy",
        "flight_numbers": ["JN3000"],
        "dates": ["2026-05-21"],
        "payment_method_id": VISA,
        **changes,
    }


def bags(total: int, nonfree: int, **changes: Any) -> dict[str, Any]:
    counts = {"total_baggages": str(total), "nonfree_baggages": str(nonfree)}
    return {"reservation_id": CODE, **counts, "payment_method_id": VISA, **changes}


def people(*persons: dict[str, str]) -> dict[str, Any]:
    return {
        "reservation_id": CODE,
        "first_names": [one["first_name"] for one in persons],
        "last_names": [one["last_name"] for one in persons],
        "dates_of_birth": [one["date_of_birth"] for one in persons],
    }
