"""The moment at which all conversations take place; every time is EST."""

NOW = "2026-05-15T15:00"
"""The present moment."""
TODAY = NOW[:10]
"""The present day."""
A_DAY_AGO = "2026-05-14T15:00"
"""Bookings after this moment were made within 24 hours."""
FIRST_DAY, DAYS = "2026-05-10", 30
"""The dates on which there are flights."""
