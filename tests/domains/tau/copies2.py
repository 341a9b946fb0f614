"""A folder laid out like a copy of tau2-bench, made of the small shop and the small airline in ``copies``."""

import json
from pathlib import Path
from typing import Any

from tests.domains.tau.copies import FLIGHTS, FLYERS, ORDERS, PRODUCTS, RESERVATIONS, SHOP_USERS

HOME = {"address1": "3 Quay", "address2": None, "city": "Bay", "country": "USA", "state": "CA", "zip": "90003"}
SHOP = {
    "products": PRODUCTS,
    "users": {key: {"user_id": key, **user} for key, user in SHOP_USERS.items()},
    "orders": ORDERS,
}
AIR = {
    "flights": FLIGHTS,
    "users": {
        key: {"user_id": key, "address": HOME, "dob": "1990-01-01", "saved_passengers": [], **user}
        for key, user in FLYERS.items()
    },
    "reservations": RESERVATIONS,
}
AIRPORTS = """\
class AirlineTools(Base):
    def list_all_airports(self) -> Airports:
        return [AirportCode(iata="SFO", city="San Francisco"), AirportCode(iata="DEN", city="Denver")]
"""


def task(
    number: str, actions: list[tuple[str, dict[str, Any]]], told: list[str], basis: list[str], said: list[str] | None = None
) -> dict[str, Any]:
    """A task; ``said`` are its assertions in words."""
    told_to_customer = {
        "task_instructions": "You are in a hurry.",
        "domain": "any",
        "reason_for_call": "You want what you want.",
        "known_info": "You are Ada North.",
        "unknown_info": None,
    }
    calls = [{"action_id": f"{number}_{n}", "name": name, "arguments": given} for n, (name, given) in enumerate(actions)]
    return {
        "id": number,
        "description": {"purpose": None},
        "user_scenario": {"persona": None, "instructions": told_to_customer},
        "initial_state": None,
        "evaluation_criteria": {
            "actions": calls,
            "communicate_info": told,
            "nl_assertions": said,
            "reward_basis": basis,
        },
    }


CANCEL = ("cancel_pending_order", {"order_id": "#W0000001", "reason": "no longer needed"})
LOOK = ("get_product_details", {"product_id": "700"})
SHOP_TASKS = [
    task("0", [CANCEL], ["17.1"], ["DB", "COMMUNICATE"]),
    task("1", [CANCEL], [], ["DB", "NL_ASSERTION"], ["The agent is kind."]),
    task("2", [LOOK], [], ["ACTION"]),
    task("3", [LOOK], [], ["DB", "NL_ASSERTION"]),
]
BOOKING = (
    "book_reservation",
    {
        "user_id": "cy_west_2001",
        "origin": "SFO",
        "destination": "JFK",
        "flight_type": "one_way",
        "cabin": "economy",
        "flights": [{"flight_number": "HAT003", "date": "2024-05-20"}],
        "passengers": [{"first_name": "Cy", "last_name": "West", "dob": "1990-01-01"}],
        "payment_methods": [{"payment_id": "certificate_0000012", "amount": 100}],
        "total_baggages": 0,
        "nonfree_baggages": 0,
        "insurance": "no",
    },
)
AIR_TASKS = [task("0", [BOOKING], [], ["DB", "COMMUNICATE"])]


def make_copy2(root: Path) -> Path:
    """Writes the folder; returns it."""
    for kind, data, tasks in (("retail", SHOP, SHOP_TASKS), ("airline", AIR, AIR_TASKS)):
        place = root / "data" / "tau2" / "domains" / kind
        place.mkdir(parents=True)
        (place / "db.json").write_text(json.dumps(data), encoding="utf-8")
        (place / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
        (place / "policy.md").write_text(f"# The rules of our small {kind}\n", encoding="utf-8")
    splits = {"train": ["3"], "test": ["0", "1", "2"], "base": ["0", "1", "2", "3"]}
    (root / "data/tau2/domains/retail/split_tasks.json").write_text(json.dumps(splits), encoding="utf-8")
    code = root / "src" / "tau2" / "domains" / "airline"
    code.mkdir(parents=True)
    (code / "tools.py").write_text(AIRPORTS, encoding="utf-8")
    return root
