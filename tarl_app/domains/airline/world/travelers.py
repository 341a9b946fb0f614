"""The airline's customers: accounts, payment methods, and the passengers they often travel with."""

from typing import TYPE_CHECKING

from tarl_app.domains.airline.models import PaymentMethod, SavedPassenger, User
from tarl_app.domains.airline.world.unlisted import EMAIL_FORMS
from tarl_app.domains.airline.world.vocabulary import (
    CARD_BRANDS,
    EMAIL_HOSTS,
    FIRST_NAMES,
    HOMES,
    LAST_NAMES,
    STREET_KINDS,
    STREETS,
)
from tarl_app.sandbox.database import plain
from tarl_app.sandbox.dice import Dice

if TYPE_CHECKING:
    from tarl_app.domains.airline.world import World

USERS = 640
MEMBERSHIPS: tuple[str, ...] = ("regular", "silver", "gold")
"""From the lowest to the highest."""
_MEMBERSHIP_WEIGHTS = (46, 30, 24)


def fill_customers(made: "World", dice: Dice) -> None:
    """Adds customers with payment methods and saved passengers; no two have the same name."""
    taken: set[tuple[str, str]] = set()
    while len(made.users) < USERS:
        who = dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES)
        if who in taken:
            continue
        taken.add(who)
        user = _user(dice, *who)
        made.users[user.user_id] = user
        made.methods[user.user_id] = _methods(dice, user.user_id)
        made.saved[user.user_id] = _saved(dice, user)


def birthday(dice: Dice, first: int = 1948, last: int = 2004) -> str:
    """A date of birth."""
    return f"{dice.between(first, last)}-{dice.between(1, 12):02d}-{dice.between(1, 28):02d}"


def _user(dice: Dice, first: str, last: str) -> User:
    user_id = dice.fresh("M", 7)
    city, state, prefix = dice.pick(HOMES)
    form = dice.weighted(EMAIL_FORMS, (5, 3, 2))
    email = f"{form.format(first.lower(), last.lower(), user_id[-4:])}@{dice.pick(EMAIL_HOSTS)}"
    return plain(
        User,
        user_id=user_id,
        first_name=first,
        last_name=last,
        date_of_birth=birthday(dice),
        email=email,
        membership=dice.weighted(MEMBERSHIPS, _MEMBERSHIP_WEIGHTS),
        street=f"{dice.between(10, 980)} {dice.pick(STREETS)} {dice.pick(STREET_KINDS)}",
        unit=f"Apt {dice.between(1, 60)}" if dice.chance(35) else "",
        city=city,
        state=state,
        country="USA",
        zip=f"{prefix}{dice.below(10)}{dice.below(10)}",
    )


def _methods(dice: Dice, user_id: str) -> list[PaymentMethod]:
    """One or two credit cards; some have a gift card, some a certificate."""
    brands = dice.shuffled(CARD_BRANDS)[: 2 if dice.chance(30) else 1]
    made = [
        plain(
            PaymentMethod,
            payment_method_id=dice.fresh("credit_card_", 7),
            user_id=user_id,
            source="credit_card",
            brand=brand,
            last_four=dice.digits(4),
        )
        for brand in brands
    ]
    for source, share, low, high in (("gift_card", 55, 6, 90), ("certificate", 35, 5, 40)):
        if dice.chance(share):
            cents = dice.between(low, high) * 1000
            method_id = dice.fresh(f"{source}_", 7)
            made.append(
                plain(PaymentMethod, payment_method_id=method_id, user_id=user_id, source=source, balance_cents=cents)
            )
    return made


def _saved(dice: Dice, user: User) -> list[SavedPassenger]:
    """One to four people, some of the same family."""
    made: list[SavedPassenger] = []
    for first in dice.subset([name for name in FIRST_NAMES if name != user.first_name], dice.between(1, 4)):
        last = user.last_name if dice.chance(60) else dice.pick(LAST_NAMES)
        born = birthday(dice, 1950, 2016)
        row = plain(
            SavedPassenger,
            user_id=user.user_id,
            position=len(made),
            first_name=first,
            last_name=last,
            date_of_birth=born,
        )
        made.append(row)
    return made
