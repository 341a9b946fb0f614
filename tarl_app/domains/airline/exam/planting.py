"""What the planters of both splits share of the airline: other values for an argument, codes that were said."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from tarl_app.core.types import ToolCall, ToolTurn
from tarl_app.domains.airline import heard
from tarl_app.domains.airline.booking import code
from tarl_app.exam.planting import altered, gold_write, report
from tarl_app.exam.script import Script

CABINS = ("basic_economy", "economy", "business")


def code_said(script: Script) -> str | None:
    """A reservation code that the customer has said so far."""
    said = " ".join(turn.text for turn in script.turns if turn.kind == "user")
    return next(iter(heard.codes(said)), None)


def fresh_code(script: Script) -> str:
    """A reservation code that nobody has spoken of."""
    return code(script.rng.randrange(10**9))


def writes_otherwise(script: Script, *names: str) -> bool:
    """Follows the dialogue to its write and makes it with one of these arguments replaced."""
    found = gold_write(script)
    if found is None:
        return False
    script.follow(found[0])
    other = altered(script, found[1], names, _others)
    if other is None:
        return False
    script.agent("", other, truth=-1)
    return report(script, found[0])


def altered_call(script: Script, call: ToolCall, *names: str) -> ToolCall | None:
    """The call with one of these arguments replaced by something else that works."""
    return altered(script, call, names, _others)


def _others(script: Script, call: ToolCall, name: str) -> list[Any]:
    value = call.arguments.get(name)
    if isinstance(value, list) and value:
        return list(_lists(script, name, value))
    if not isinstance(value, str):
        return []
    match name:
        case "payment_method_id":
            return methods(script)
        case "reservation_id":
            return [one for account in script.seen("reservations") for one in account["reservations"]]
        case "cabin":
            return [cabin for cabin in CABINS if cabin != value]
        case "total_baggages" | "nonfree_baggages":
            return [str(int(value) + 1), str(max(0, int(value) - 1))]
        case "amount":
            return [str(int(value) + 50)]
        case "insurance":
            return ["no" if value == "yes" else "yes"]
        case _:
            return []


def _lists(script: Script, name: str, value: list[str]) -> Iterator[list[str]]:
    match name:
        case "payment_method_ids":
            yield from ([method] for method in methods(script))
        case "flight_numbers":
            for other in offered(script, value[0]):
                yield [other, *value[1:]]
        case "dates":
            yield [_later(day) for day in value]
            yield [*value[:-1], _later(value[-1])]
        case "last_names":
            yield [f"{value[0]}e", *value[1:]]
        case "dates_of_birth":
            yield [f"{int(value[0][:4]) - 1}{value[0][4:]}", *value[1:]]


def _later(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def methods(script: Script) -> list[str]:
    """The payment methods of the account, as shown last."""
    return [method for account in script.seen("payment_methods")[:1] for method in account["payment_methods"]]


def offered(script: Script, number: str) -> list[str]:
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


def refused_write(script: Script, *names: str) -> ToolCall | None:
    """The write that the customer is refused, among these tools, where it would work."""
    place = script.clean.rule("refuse")
    if place is None:
        return None
    wanted = [call for call in script.domain.unwanted(script.task) if call.name in names]
    script.follow(place)
    return next((call for call in wanted if script.works(call)), None)


def second_goal(script: Script) -> int | None:
    """The place after the customer's second wish, where there is one."""
    place = script.clean.rule("done_", "tell")
    if place is None or len(script.task.goals) < 2:
        return None
    following = script.clean.find(lambda step: step.turn.kind == "user", after=place)
    further = script.clean.rule("done_", "tell", "transfer", after=place + 1)
    return following + 1 if following is not None and further is not None else None
