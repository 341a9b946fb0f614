"""What the agent can do. Each function is a tool; its first parameter is the database, which is a private copy."""

from datetime import date, timedelta
from typing import Literal

WRITES = ("book_repair", "move_pickup", "cancel_repair")
PRICES = {"inspection": 3000, "new chain": 4500, "brakes": 6200, "puncture": 1800}
TODAY = date(2026, 5, 5)


def find_bike(db, bike_number: int) -> dict:
    """Look up a bike by its number, with its repairs: what is done, how it stands, what it costs, when it is ready."""
    bike = db.execute("SELECT * FROM bikes WHERE number = ?", (bike_number,)).fetchone()
    if bike is None:
        raise ValueError("there is no bike with this number")
    repairs = db.execute("SELECT * FROM repairs WHERE bike = ?", (bike_number,)).fetchall()
    return {"bike": bike_number, "model": bike["model"], "repairs": [_shown(one) for one in repairs]}


def free_days(db) -> list:
    """List the days on which a repair can still be booked."""
    return [row["day"] for row in db.execute("SELECT day FROM days WHERE free > 0 ORDER BY day")]


def book_repair(db, bike_number: int, work: Literal["inspection", "new chain", "brakes", "puncture"], day: str) -> dict:
    """Book a repair on a day with a free place."""
    find_bike(db, bike_number)
    if db.execute("UPDATE days SET free = free - 1 WHERE day = ? AND free > 0", (day,)).rowcount == 0:
        raise ValueError("there is no free place on this day")
    row = (bike_number, work, "waiting", PRICES[work], day)
    added = db.execute("INSERT INTO repairs (bike, work, status, price_cents, pickup_day) VALUES (?, ?, ?, ?, ?)", row)
    return _repair(db, added.lastrowid)


def move_pickup(db, repair: int, day: str) -> dict:
    """Move the pick-up of a repair that is ready to another day."""
    if _repair(db, repair)["status"] != "ready":
        raise ValueError("only a repair that is ready has a pick-up day that can be moved")
    if not TODAY <= date.fromisoformat(day) <= TODAY + timedelta(days=14):
        raise ValueError("this day is not within two weeks from today")
    db.execute("UPDATE repairs SET pickup_day = ? WHERE repair = ?", (day, repair))
    return _repair(db, repair)


def cancel_repair(db, repair: int) -> dict:
    """Cancel a repair that was not begun; its place on that day is free again."""
    found = _repair(db, repair)
    if found["status"] != "waiting":
        raise ValueError("this repair was begun, so it cannot be cancelled")
    db.execute("UPDATE repairs SET status = 'cancelled' WHERE repair = ?", (repair,))
    db.execute("UPDATE days SET free = free + 1 WHERE day = ?", (found["pickup_day"],))
    return _repair(db, repair)


def call_manager(db, why: str) -> str:
    """Hand the caller over to the manager, which ends the call."""
    return "The manager takes the call."


def _repair(db, repair: int) -> dict:  # a name that begins with _ is no tool
    found = db.execute("SELECT * FROM repairs WHERE repair = ?", (repair,)).fetchone()
    if found is None:
        raise ValueError("there is no repair with this number")
    return _shown(found)


def _shown(row) -> dict:
    cents = row["price_cents"]
    return {
        "repair": row["repair"],
        "work": row["work"],
        "status": row["status"],
        "price": f"${cents // 100}.{cents % 100:02}",
        "pickup_day": row["pickup_day"],
    }
