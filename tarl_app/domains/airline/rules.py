"""The numbers of the policy: prices of bags and insurance, free bags, compensation."""

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


def free_bags(membership: str, cabin: str, passengers: int) -> int:
    """How many bags of a reservation are free."""
    return FREE_BAGS[membership][cabin] * passengers
