"""Who pays: payment methods that can carry a sum, and how the customer calls them."""

from dataclasses import dataclass

from tarl_app.domains.airline.tasks.draft import Scene
from tarl_app.domains.airline.tasks.travel import Payment


@dataclass(frozen=True)
class Paying:
    """One payment method or several, in the first person (``said``) and the second."""

    ids: tuple[str, ...]
    said: str
    yours: str


def alone(method: Payment) -> Paying:
    """One method pays all of it."""
    return Paying((method.id,), method.said, method.yours)


def booking(scene: Scene, total: int) -> Paying:
    """How a booking is paid: by credit card, or first with what a gift card or certificate has left."""
    cards = scene.shuffled(scene.customer.kind("credit_card"))
    others = [p for p in scene.customer.payments if p.source != "credit_card" and p.balance and p.id not in scene.taken]
    if not others or scene.dice.chance(50):
        return alone(cards[0])
    first = scene.pick(*others)
    scene.taken.add(first.id)
    if first.balance >= total:
        return alone(first)
    rest = f"and the rest on {cards[0].said}", f"and the rest on {cards[0].yours}"
    return Paying((first.id, cards[0].id), f"{first.said} {rest[0]}", f"{first.yours} {rest[1]}")


def change(scene: Scene, owed: int) -> Paying:
    """How a change is settled: one credit card, or a gift card that covers it."""
    methods = scene.customer.kind("credit_card")
    gift = [p for p in scene.customer.kind("gift_card") if p.balance >= max(owed, 0) and p.id not in scene.taken]
    chosen = scene.pick(*gift) if gift and scene.dice.chance(35) else scene.pick(*methods)
    if chosen.source == "gift_card":
        scene.taken.add(chosen.id)
    return alone(chosen)
