"""What no tool does and no rule forbids: the agent first does what it can, then hands over to a person."""

from collections.abc import Callable
from dataclasses import dataclass

from tarl_app.domains.airline.goals import AirlineGoal
from tarl_app.domains.airline.tasks.draft import Part, Scene
from tarl_app.domains.airline.tasks.kinds import cancels, changes, lookups
from tarl_app.domains.airline.tasks.travel import Trip
from tarl_app.domains.airline.tools.look_ups import TRANSFER
from tarl_app.sandbox.tasks.draft import first_that_fits


@dataclass(frozen=True)
class Topic:
    """A matter for a person; ``{trip}`` is the code of the reservation it is about."""

    name: str
    when: str  # "flown" | "ahead" | "" where it is about no trip
    prose: str
    question: tuple[str, ...]
    why: str


TOPICS = (
    Topic(
        "lost_bag",
        "flown",
        "Your suitcase did not arrive with the flight of reservation {trip}, and you want it to be searched for.",
        (
            "My suitcase did not arrive with reservation {trip}. Can somebody search for it?",
            "My bag got lost on reservation {trip}.",
        ),
        "No tool searches for bags.",
    ),
    Topic(
        "damaged_bag",
        "flown",
        "Your suitcase was broken when you got it after the flight of reservation {trip}. You want to report it.",
        ("My suitcase was damaged on reservation {trip}. I want to report it.",),
        "No tool takes reports of damage.",
    ),
    Topic(
        "wheelchair",
        "ahead",
        "You need a wheelchair at the airport for reservation {trip}.",
        (
            "I need a wheelchair at the airport for reservation {trip}.",
            "Could you arrange a wheelchair for reservation {trip}?",
        ),
        "No tool orders assistance.",
    ),
    Topic(
        "pet",
        "ahead",
        "You want to take your small dog with you on reservation {trip}.",
        ("I would like to take my dog with me on reservation {trip}.",),
        "No tool books animals.",
    ),
    Topic(
        "seat",
        "ahead",
        "You want a window seat on reservation {trip}.",
        ("Can I get a window seat on reservation {trip}?",),
        "No tool assigns seats.",
    ),
    Topic(
        "meal",
        "ahead",
        "You want to order a vegetarian meal for reservation {trip}.",
        ("I want to order a vegetarian meal for reservation {trip}.",),
        "No tool orders meals.",
    ),
    Topic(
        "child_alone",
        "ahead",
        "Your nephew is nine and will fly alone. You want somebody to look after him on the way.",
        ("My nephew is nine and will fly alone. Can somebody look after him on the way?",),
        "No tool books care for children.",
    ),
    Topic(
        "left_on_board",
        "flown",
        "You left your tablet on board on the flight of reservation {trip}.",
        ("I left my tablet on board on the flight of reservation {trip}.",),
        "No tool knows what was found on board.",
    ),
    Topic(
        "new_email",
        "",
        "You have another email address now and want it in your account.",
        ("I have a new email address and want it in my account.",),
        "No tool changes the email address of an account.",
    ),
    Topic(
        "crew",
        "",
        "You want to file a complaint about the crew of your last flight, who were rude.",
        ("I want to file a complaint about the crew of my last flight. They were rude.",),
        "No tool files complaints.",
    ),
    Topic(
        "invoice",
        "ahead",
        "Your employer needs an invoice for reservation {trip} that is made out to the company.",
        ("I need an invoice for reservation {trip} that is made out to my company.",),
        "No tool issues invoices.",
    ),
)


def _handed_over(scene: Scene, topic: Topic, trip: Trip | None) -> Part:
    code = trip.id if trip else ""
    goal = AirlineGoal(
        kind="transfer",
        expect="transferred",
        why=topic.why,
        question=scene.pick(*topic.question).format(trip=code),
        topic=topic.name,
        **(changes.named_fields(scene, trip) if trip else {}),
    )
    summary = f"The customer {scene.customer.id} needs a person: {goal.question}"
    return Part(goal, ((TRANSFER, {"summary": summary}),), topic.prose.format(trip=code))


def about(topic: Topic) -> Callable[[Scene], tuple[Part, ...] | None]:
    """Calls about this topic: first something the agent can do, so that a call is never passed by handing over alone."""

    def transfer(scene: Scene) -> tuple[Part, ...] | None:
        trips = scene.ahead() if topic.when == "ahead" else scene.trips(lambda trip: trip.legs[0].status == "landed")
        trip = trips[0] if topic.when and trips else None
        if topic.when and trip is None:
            return None
        if trip is not None:
            scene.taken.add(trip.id)
        if trip is not None and scene.dice.chance(50):
            first = lookups.about(scene, trip, lookups.total, lookups.number, lookups.departure, lookups.bag_count)
        else:
            builders = (lookups.plain_question, lookups.harder_question, cancels.fresh, cancels.business, changes.bags)
            first = first_that_fits(scene, builders)
        return (first, _handed_over(scene, topic, trip)) if first else None

    return transfer


TRANSFERS = tuple(about(topic) for topic in TOPICS)
