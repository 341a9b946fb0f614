"""Ideas for free talk: what this customer could ask for."""

from tarl_app.domains.airline.tasks import words
from tarl_app.domains.airline.tasks.draft import Scene
from tarl_app.domains.airline.tasks.travel import Trip


def ideas(scene: Scene) -> list[str]:
    """One idea for each of up to three trips, and one about a new one."""
    where = words.ends(scene, *scene.pick(*scene.network.routes))
    return [
        *(_idea(scene, trip) for trip in scene.shuffled(scene.customer.trips)[:3]),
        f"You could book a flight {where}.",
        "Or anything else that comes to your mind.",
    ]


def _idea(scene: Scene, trip: Trip) -> str:
    where = f"{trip.id}, {words.ends(scene, trip.origin, trip.destination)} on {words.day(trip.legs[0].date)}"
    if not trip.active or trip.begun:
        return f"You could ask what you paid for reservation {where}."
    return scene.pick(
        f"You could cancel reservation {where}.",
        f"You could add a bag to reservation {where}.",
        f"You could change the flights or the cabin of reservation {where}.",
    )
