"""What the results of the airline's tools show: whose a trip is, and the states of trips and flights."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tarl_app.core.domain.judging import Shows
from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.results import objects, parsed

Json = dict[str, Any]


def who(call: ToolCall, result: ToolResult) -> str:
    """The customer number of an account."""
    value = parsed(result.content)
    return str(value.get("user_id", "")) if isinstance(value, dict) else ""


def shows(call: ToolCall, result: ToolResult) -> Shows:
    """What one result shows."""
    return _shows(result.content)


@lru_cache(maxsize=1024)
def _shows(text: str) -> Shows:
    value = parsed(text)
    if not isinstance(value, dict) or "user_id" not in value:
        return Shows()
    codes = value.get("reservations")
    return Shows(
        owner=str(value["user_id"]),
        belongings=tuple(map(str, codes)) if isinstance(codes, list) else (),
        states=tuple(_states(value)),
    )


def _states(value: Json) -> Iterator[tuple[str, str, str]]:
    code = value.get("reservation_id")
    if code is None:
        return
    yield str(code), "status", str(value.get("status"))
    for leg in objects(value.get("flights", [])):
        yield str(code), "status", str(leg.get("status"))
        yield str(leg.get("flight_number")), "status", str(leg.get("status"))


def account(evidence: Evidence) -> Json | None:
    """The customer's account, as it was shown last."""
    return next((one for one in _newest(evidence) if "membership" in one), None)


def reservation(evidence: Evidence, code: str) -> Json | None:
    """That reservation, as it was shown last."""
    return next((one for one in _newest(evidence) if str(one.get("reservation_id")) == code.upper()), None)


def reservations(evidence: Evidence) -> list[Json]:
    """All reservations that were shown, the newest results first."""
    return [one for one in _newest(evidence) if "reservation_id" in one]


def _newest(evidence: Evidence) -> Iterator[Json]:
    for result in reversed(evidence.results):
        value = parsed(result.content)
        if isinstance(value, dict):
            yield value
