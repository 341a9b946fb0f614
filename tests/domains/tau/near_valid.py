"""Random calls of the benchmark's tools, most of them nearly right, so that every refusal and every success is reached."""

import json
from random import Random
from typing import Any

from tarl_app.core.types import ToolSpec

Data = dict[str, Any]
_JUNK: tuple[Any, ...] = (
    "", "x", 5, -1, 2.5, None, True, [], {}, ["a"], [1], {"a": 1}, "#W0", "gift_card_0", 10**20, "économie", [[]], [None],
)  # fmt: skip
_SIGNS = "0123456789+-*/(). "


class Calls:
    """Draws calls for the data as it is now; ``data`` is read, and never changed."""

    def __init__(self, data: Data, tools: tuple[ToolSpec, ...], rng: Random) -> None:
        self.data, self.rng = data, rng
        self.tools = {tool.name: tool for tool in tools}
        self.writing = [tool.name for tool in tools if tool.writes]

    def draw(self) -> tuple[str, dict[str, Any]]:
        """A tool's name and its arguments, which are plain JSON."""
        rng = self.rng
        if rng.random() < 0.02:
            return rng.choice(("nope", "Think", "")), {}
        name = rng.choice(self.writing if rng.random() < 0.5 else [*self.tools])
        known = self._about_an_order() if "orders" in self.data else self._about_a_trip(name)
        arguments = {
            argument: rng.choice(_JUNK) if rng.random() < 0.04 else self._value(argument, known)
            for argument in self.tools[name].parameters["properties"]
        }
        self._damage(arguments)
        return name, json.loads(json.dumps(arguments))

    def _damage(self, arguments: dict[str, Any]) -> None:
        chance = self.rng.random()
        if chance < 0.03:
            for _ in range(self.rng.randint(1, 2)):
                arguments.pop(self.rng.choice([*arguments]), None) if arguments else None
        elif chance < 0.04:
            arguments[self.rng.choice(("extra", "data"))] = 1

    def _value(self, argument: str, known: dict[str, Any]) -> Any:
        rng = self.rng
        if argument in known:
            return known[argument]
        match argument:
            case "expression":
                return self._expression()
            case "summary" | "thought" | "address1" | "address2" | "city" | "state" | "country":
                return rng.choice(("hm", "1 Main", ""))
            case "reason":
                return rng.choice(("no longer needed", "ordered by mistake", "other"))
            case "product_id":
                return rng.choice([*self.data["products"]])
            case "origin" | "destination":
                return rng.choice([*self.data["flights"].values()])[argument]
            case "date":
                return self._day()
            case "flight_type":
                return rng.choice(("one_way", "round_trip"))
            case "cabin":
                return rng.choice(("basic_economy", "economy", "business"))
            case "insurance":
                return rng.choice(("yes", "no"))
            case "amount":
                return rng.choice((50, 100, 49.5))
            case _:
                return rng.choice((0, 1, 2, 3))

    def _expression(self) -> str:
        rng = self.rng
        if rng.random() < 0.5:
            return "".join(rng.choice(_SIGNS) for _ in range(rng.randint(0, 9)))
        parts = (f"{rng.random() * 100:.2f} {rng.choice('+-*/')} " for _ in range(rng.randint(1, 4)))
        return "".join(parts) + str(rng.randint(0, 30))

    def _day(self) -> str:
        return f"2024-05-{self.rng.randint(10, 31):02}"

    def _of_a_customer(self, user_id: str) -> dict[str, Any]:
        user = self.data["users"][user_id]
        method = self.rng.choice([*user["payment_methods"], "x"])
        name, address = user.get("name", {}), user.get("address", {})
        return {
            "user_id": user_id,
            "email": user["email"].upper(),
            **{part: name.get(part) for part in ("first_name", "last_name")},
            "zip": self.rng.choice((address.get("zip"), "12345")),
            "payment_method_id": method,
            "payment_id": method,
        }

    def _about_an_order(self) -> dict[str, Any]:
        rng, orders = self.rng, self.data["orders"]
        order_id = rng.choice([*orders])
        order = orders[order_id]
        chosen = [rng.choice(order["items"]) for _ in range(rng.randint(0, 2))] if rng.random() < 0.2 else []
        chosen = chosen or rng.sample(order["items"], rng.randint(0, len(order["items"])))
        new: list[str] = []
        for item in chosen:
            variants = self.data["products"][item["product_id"]]["variants"]
            there = [one for one in variants if variants[one]["available"]] or [*variants]
            new.append(rng.choice(there if rng.random() < 0.85 else [*variants]))
        user_id = order["user_id"] if rng.random() < 0.9 else rng.choice([*self.data["users"]])
        return {
            **self._of_a_customer(user_id),
            "order_id": order_id if rng.random() < 0.95 else order_id[1:],
            "item_ids": [item["item_id"] for item in chosen],
            "new_item_ids": new if rng.random() < 0.93 else new[1:],
        }

    def _about_a_trip(self, tool: str) -> dict[str, Any]:
        rng, reservations = self.rng, self.data["reservations"]
        reservation_id = rng.choice([*reservations])
        reservation = reservations[reservation_id]
        user_id = reservation["user_id"] if rng.random() < 0.9 else rng.choice([*self.data["users"]])
        known = {**self._of_a_customer(user_id), "reservation_id": reservation_id if rng.random() < 0.95 else "x"}
        people = len(reservation["passengers"]) if rng.random() < 0.8 else rng.randint(0, 3)
        known["passengers"] = [{"first_name": "A", "last_name": "B", "dob": "1990-01-01"} for _ in range(people)]
        known["flights"] = [self._flight(reservation) for _ in range(rng.choice((0, 1, 1, 2)))]
        return {**known, **self._payment(known)} if tool.startswith("book") else known

    def _flight(self, reservation: dict[str, Any]) -> dict[str, Any]:
        rng = self.rng
        flight = {"flight_number": rng.choice([*self.data["flights"]]), "date": f"2024-05-{rng.randint(14, 31):02}"}
        if reservation["flights"] and rng.random() < 0.4:
            kept = rng.choice(reservation["flights"])
            flight = {"flight_number": kept["flight_number"], "date": kept["date"]}
        if rng.random() < 0.03:
            flight.pop(rng.choice([*flight]))
        return flight

    def _payment(self, known: dict[str, Any]) -> dict[str, Any]:
        """What a booking costs, paid with one method or several, mostly right."""
        rng, people = self.rng, len(known["passengers"])
        cabin, insured, bags = self._value("cabin", {}), rng.choice(("yes", "no")), rng.choice((0, 0, 1, 2))
        left = (30 * people if insured == "yes" else 0) + 50 * bags
        for flight in known["flights"]:
            dates = self.data["flights"].get(flight.get("flight_number"), {}).get("dates", {})
            left += dates.get(flight.get("date"), {}).get("prices", {}).get(cabin, 0) * people
        methods, paid = [*self.data["users"][known["user_id"]]["payment_methods"], "x"], list[dict[str, Any]]()
        while left > 0 and len(paid) < 3:
            amount = left if len(paid) == 2 or rng.random() < 0.6 else min(left, rng.choice((10, 50, 100)))
            paid.append({"payment_id": rng.choice(methods), "amount": amount})
            left -= amount
        if paid and rng.random() < 0.1:
            paid.append({"payment_id": paid[0]["payment_id"], "amount": 0})
        return {"cabin": cabin, "insurance": insured, "nonfree_baggages": bags, "payment_methods": paid}
