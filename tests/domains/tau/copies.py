"""A folder laid out like a copy of tau-bench, with a small shop and a small airline of our own making."""

import json
from pathlib import Path
from typing import Any

SHOP_USERS = {
    "ada_north_1001": {
        "name": {"first_name": "Ada", "last_name": "North"},
        "address": {"address1": "1 Pier", "address2": "", "city": "Bay", "country": "USA", "state": "CA", "zip": "90001"},
        "email": "Ada.North@example.com",
        "payment_methods": {
            "gift_card_0000001": {"source": "gift_card", "balance": 20.1, "id": "gift_card_0000001"},
            "credit_card_0000002": {
                "source": "credit_card",
                "brand": "visa",
                "last_four": "0002",
                "id": "credit_card_0000002",
            },
        },
        "orders": ["#W0000001", "#W0000002", "#W0000003"],
    },
    "bo_south_1002": {
        "name": {"first_name": "Bo", "last_name": "South"},
        "address": {"address1": "2 Mole", "address2": "B", "city": "Bay", "country": "USA", "state": "CA", "zip": "90002"},
        "email": "bo@example.com",
        "payment_methods": {"paypal_0000003": {"source": "paypal", "id": "paypal_0000003"}},
        "orders": ["#W0000004"],
    },
}
PRODUCTS = {
    "700": {
        "name": "Teapot",
        "product_id": "700",
        "variants": {
            "71": {"item_id": "71", "options": {"color": "red"}, "available": True, "price": 10.1},
            "72": {"item_id": "72", "options": {"color": "blue"}, "available": True, "price": 30.3},
            "73": {"item_id": "73", "options": {"color": "grey"}, "available": False, "price": 5.0},
        },
    },
    "800": {
        "name": "Mat",
        "product_id": "800",
        "variants": {"81": {"item_id": "81", "options": {}, "available": True, "price": 7}},
    },
}


def _item(product: str, item: str) -> dict[str, Any]:
    variant = PRODUCTS[product]["variants"][item]
    shared = {"name": PRODUCTS[product]["name"], "product_id": product}
    return {**shared, "item_id": item, "price": variant["price"], "options": variant["options"]}


def _order(number: int, user: str, status: str, items: list[dict[str, Any]], method: str) -> dict[str, Any]:
    total = round(sum(item["price"] for item in items), 2)
    return {
        "order_id": f"#W000000{number}",
        "user_id": user,
        "address": SHOP_USERS[user]["address"],
        "items": items,
        "fulfillments": [],
        "status": status,
        "payment_history": [{"transaction_type": "payment", "amount": total, "payment_method_id": method}],
    }


ORDERS = {
    one["order_id"]: one
    for one in (
        _order(1, "ada_north_1001", "pending", [_item("700", "71"), _item("800", "81")], "gift_card_0000001"),
        _order(2, "ada_north_1001", "delivered", [_item("700", "71"), _item("700", "71")], "credit_card_0000002"),
        _order(3, "ada_north_1001", "pending", [_item("700", "72")], "credit_card_0000002"),
        _order(4, "bo_south_1002", "processed", [_item("800", "81")], "paypal_0000003"),
    )
}


def _day(seats: int = 5, prices: tuple[int, int, int] = (50, 100, 400), status: str = "available") -> dict[str, Any]:
    cabins = ("basic_economy", "economy", "business")
    if status != "available":
        return {"status": status}
    return {
        "status": status,
        "available_seats": dict.fromkeys(cabins, seats),
        "prices": dict(zip(cabins, prices, strict=True)),
    }


def _flight(number: str, origin: str, destination: str, leaves: str, lands: str, **dates: Any) -> dict[str, Any]:
    found = {f"2024-05-{day[1:]}": told for day, told in dates.items()}
    times = {"scheduled_departure_time_est": leaves, "scheduled_arrival_time_est": lands}
    return {"flight_number": number, "origin": origin, "destination": destination, **times, "dates": found}


FLIGHTS = {
    one["flight_number"]: one
    for one in (
        _flight("HAT001", "SFO", "DEN", "06:00:00", "08:00:00", d20=_day(), d21=_day(1)),
        _flight("HAT002", "DEN", "JFK", "09:00:00", "12:00:00", d20=_day(), d21=_day(prices=(60, 120, 500))),
        _flight("HAT003", "SFO", "JFK", "10:00:00", "15:00:00", d20=_day(), d21=_day(status="cancelled")),
        _flight("HAT004", "SFO", "DEN", "22:00:00", "01:00:00+1", d20=_day()),
        _flight("HAT005", "DEN", "JFK", "02:00:00", "05:00:00", d20=_day(), d21=_day()),
    )
}
FLYERS = {
    "cy_west_2001": {
        "name": {"first_name": "Cy", "last_name": "West"},
        "email": "cy@example.com",
        "payment_methods": {
            "gift_card_0000011": {"source": "gift_card", "amount": 130, "id": "gift_card_0000011"},
            "certificate_0000012": {"source": "certificate", "amount": 100, "id": "certificate_0000012"},
            "credit_card_0000013": {
                "source": "credit_card",
                "brand": "visa",
                "last_four": "0013",
                "id": "credit_card_0000013",
            },
        },
        "membership": "gold",
        "reservations": ["AAAAAA"],
    }
}
RESERVATIONS = {
    "AAAAAA": {
        "reservation_id": "AAAAAA",
        "user_id": "cy_west_2001",
        "origin": "SFO",
        "destination": "DEN",
        "flight_type": "one_way",
        "cabin": "economy",
        "flights": [
            {"origin": "SFO", "destination": "DEN", "flight_number": "HAT001", "date": "2024-05-20", "price": 90},
        ],
        "passengers": [{"first_name": "Cy", "last_name": "West", "dob": "1990-01-01"}],
        "payment_history": [{"payment_id": "credit_card_0000013", "amount": 90}],
        "created_at": "2024-05-01T00:00:00",
        "total_baggages": 1,
        "nonfree_baggages": 0,
        "insurance": "no",
    }
}
DATA = {
    "retail": {"orders": ORDERS, "products": PRODUCTS, "users": SHOP_USERS},
    "airline": {"flights": FLIGHTS, "reservations": RESERVATIONS, "users": FLYERS},
}

SHOP_TASKS = """\
from tau_bench.types import Task, Action

TASKS_{split} = [
    Task(
        annotator="0",
        user_id="ada_north_1001",
        instruction="You are Ada North in 90001. You want to cancel order #W0000001 as you no longer need it, "
        "and you want to know what you get back.",
        actions=[
            Action(name="get_order_details", kwargs={{"order_id": "#W0000001"}}),
            Action(name="cancel_pending_order", kwargs={{"order_id": "#W0000001", "reason": "no longer needed"}}),
        ],
        outputs=["17.1"],
    ),
    Task(
        annotator="1",
        user_id="ada_north_1001",
        instruction="You are Ada North. You want to talk to a person.",
        actions=[Action(name="transfer_to_human_agents", kwargs={{"summary": "wants a person"}})],
        outputs=[],
    ),
    Task(
        annotator="2",
        user_id="bo_south_1002",
        instruction="You are Bo South. How many kinds of teapots are there?",
        actions=[Action(name="get_product_details", kwargs={{"product_id": "700"}})],
        outputs=["3"],
    ),
]
"""
FLIGHT_TASKS = """\
from tau_bench.types import Action, Task

TASKS = [
    Task(
        annotator="0",
        user_id="cy_west_2001",
        instruction="You are Cy West. You want to fly from San Francisco to New York on May 20.",
        actions=[
            Action(
                name="book_reservation",
                kwargs={
                    "user_id": "cy_west_2001", "origin": "SFO", "destination": "JFK", "flight_type": "one_way",
                    "cabin": "economy", "flights": [{"flight_number": "HAT003", "date": "2024-05-20"}],
                    "passengers": [{"first_name": "Cy", "last_name": "West", "dob": "1990-01-01"}],
                    "payment_methods": [{"payment_id": "certificate_0000012", "amount": 100}],
                    "total_baggages": 0, "nonfree_baggages": 0, "insurance": "no",
                },
            ),
        ],
        outputs=[],
    ),
]
"""
AIRPORTS = """\
import json
from somewhere import Tool


class ListAllAirports(Tool):
    @staticmethod
    def invoke(data):
        airports = ["SFO", "DEN", "JFK"]
        cities = ["San Francisco", "Denver", "New York"]
        return json.dumps({airport: city for airport, city in zip(airports, cities)})
"""


def make_copy(root: Path) -> Path:
    """Writes the folder; returns it."""
    for kind, tables in DATA.items():
        place = root / "tau_bench" / "envs" / kind
        (place / "data").mkdir(parents=True)
        (place / "tools").mkdir()
        for table, records in tables.items():
            (place / "data" / f"{table}.json").write_text(json.dumps(records, indent=1), encoding="utf-8")
        (place / "wiki.md").write_text(f"# The rules of our small {kind}\n\nBe kind.\n", encoding="utf-8")
        (place / "rules.py").write_text('RULES = ["Be kind."]\n', encoding="utf-8")
    shop, air = (root / "tau_bench" / "envs" / kind for kind in ("retail", "airline"))
    for split in ("test", "train", "dev"):
        (shop / f"tasks_{split}.py").write_text(SHOP_TASKS.format(split=split.upper()), encoding="utf-8")
    (air / "tasks_test.py").write_text(FLIGHT_TASKS, encoding="utf-8")
    (air / "tools" / "list_all_airports.py").write_text(AIRPORTS, encoding="utf-8")
    return root
