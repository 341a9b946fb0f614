"""Words for the airline's facts: the states of a flight, memberships, times of day."""

from tarl_app.core.fact_words import FactWords

_STEP = 5  # minutes: all flights leave and land at such times


def twelve_hours(clock: str) -> str:
    """``14:05`` as ``2:05 pm``."""
    hour, minute = int(clock[:2]), clock[3:]
    return f"{(hour - 1) % 12 + 1}:{minute} {'am' if hour < 12 else 'pm'}"


def _times() -> dict[str, tuple[str, ...]]:
    found = {}
    for number in range(0, 24 * 60, _STEP):
        clock = f"{number // 60:02d}:{number % 60:02d}"
        said = [twelve_hours(clock), twelve_hours(clock).replace("am", "a.m.").replace("pm", "p.m.")]
        if clock.endswith(":00"):
            said += [said[0].replace(":00", ""), said[1].replace(":00", "")]
        found[clock] = tuple(said)
    return found


FACT_WORDS = FactWords(
    synonyms={
        "cancelled": ("called off",),
        "scheduled": ("on schedule", "on time"),
        "delayed": ("late",),
        **_times(),
    },
    rivals={
        "status": ("scheduled", "delayed", "cancelled", "departed", "landed"),
        "membership": ("regular", "silver", "gold"),
    },
    kinds=("flight", "trip", "reservation", "booking", "member", "one"),
)
