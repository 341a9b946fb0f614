"""The rules of the policy in numbers and dates: what bags cost, what can be cancelled, what trouble is worth."""

from typing import Any

from tarl_app.domains.airline.clock import A_DAY_AGO, NOW

BAG_CENTS = 40_00
"""Price of an extra bag in cents."""
INSURANCE_CENTS = 25_00
"""Price of insurance for one passenger in cents."""
FREE_BAGS: dict[str, dict[str, int]] = {
    "regular": {"basic_economy": 0, "economy": 1, "business": 2},
    "silver": {"basic_economy": 1, "economy": 2, "business": 3},
    "gold": {"basic_economy": 2, "economy": 3, "business": 4},
}
"""Free bags of each passenger, by the membership of who booked and the cabin."""
CANCELLED_DOLLARS = 100
"""Compensation of one passenger for a flight that the airline cancelled."""
DELAYED_DOLLARS = 50
"""Compensation of one passenger for a delayed flight."""


Json = dict[str, Any]
"""An account or a reservation, as the tools show them."""


def free_bags(membership: str, cabin: str, passengers: int) -> int:
    """How many bags of a reservation are free."""
    return FREE_BAGS[membership][cabin] * passengers


def begun(trip: Json) -> bool:
    """Whether its first flight should have left."""
    first = trip["flights"][0]
    return f"{first['date']}T{first['departure']}" <= NOW


def refundable(trip: Json) -> bool:
    """Whether the trip can be cancelled for whatever reason; insurance covers only some."""
    by_airline = any(leg["status"] == "cancelled" for leg in trip["flights"])
    return trip["created_at"] > A_DAY_AGO or trip["cabin"] == "business" or by_airline


def compensation(account: Json, trip: Json) -> int:
    """The dollars that are due for trouble on this trip; 0 where none are."""
    states = {leg["status"] for leg in trip["flights"]}
    entitled = account["membership"] != "regular" or trip["insurance"] == "yes" or trip["cabin"] == "business"
    each = CANCELLED_DOLLARS if "cancelled" in states else DELAYED_DOLLARS if "delayed" in states else 0
    return each * len(trip["passengers"]) if entitled else 0
