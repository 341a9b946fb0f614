"""Who calls: how they talk, what they know about themselves, and the prose around their goals."""

from collections.abc import Sequence
from typing import Literal

from tarl_app.core.types import Persona
from tarl_app.domains.airline.tasks.draft import Call, Scene, account
from tarl_app.domains.airline.tasks.travel import Customer
from tarl_app.domains.airline.tasks.words import born

STYLES: tuple[Literal["plain", "chatty", "terse", "impatient", "hesitant"], ...] = (
    "plain",
    "chatty",
    "terse",
    "impatient",
    "hesitant",
)
STYLE_WEIGHTS = (50, 15, 13, 11, 11)

IN_STYLE = {
    "plain": ("",),
    "chatty": ("You like to talk and mention things that have nothing to do with your trip.",),
    "terse": ("You say as little as you can.", "You are a person of few words."),
    "impatient": ("You are on the move and want this to be over soon.", "You hate waiting, and one can hear it."),
    "hesitant": ("You do not fly often and are a bit unsure.", "You take your time and search for words now and then."),
}
NO_CODE = (
    "You do not have the reservation code at hand; the agent will have to find the trip in your account.",
    "The mail with the reservation code is lost, so you can only say where the trip goes.",
)


def facts(scene: Scene) -> dict[str, str]:
    """What the user can tell about themselves when asked: most know their customer number, others the code of a trip."""
    customer, dice = scene.customer, scene.dice
    known = customer.person.model_dump()
    active = [trip for trip in customer.trips if trip.active]
    if scene.knows_codes and active and dice.chance(18):
        about = [trip for trip in active if trip.id in scene.taken]
        return known | {"reservation_id": dice.pick(about or active).id}
    return known | {"user_id": customer.id}


def persona(scene: Scene, known: dict[str, str]) -> Persona:
    """How this user talks; a few first give a wrong customer number."""
    dice = scene.dice
    wrong = ("user_id",) if "user_id" in known and dice.chance(8) else ()
    return Persona(style=dice.weighted(STYLES, STYLE_WEIGHTS), misremembers=wrong)


def everything(customer: Customer) -> dict[str, str]:
    """All that a customer could know about themselves."""
    return customer.person.model_dump() | {"user_id": customer.id}


def authentication(customer: Customer, known: dict[str, str]) -> tuple[Call, ...]:
    """The look-ups by which this user is found."""
    if "user_id" in known:
        return (account(customer),)
    return ("get_reservation_details", {"reservation_id": known["reservation_id"]}), account(customer)


def instruction(scene: Scene, person: Persona, known: dict[str, str], goals: Sequence[str]) -> str:
    """The whole scenario in the second person: who you are, what you know, what you want, how you talk."""
    parts = [introduction(scene, known, person), *_joined(scene, goals)]
    if not scene.knows_codes:
        parts.append(scene.pick(*NO_CODE))
    parts.append(scene.pick(*IN_STYLE[person.style]))
    return " ".join(part for part in parts if part)


def introduction(scene: Scene, known: dict[str, str], person: Persona) -> str:
    """Name and what the user knows to be found by."""
    who = f"{known['first_name']} {known['last_name']}"
    said = [
        scene.pick(f"You are {who}.", f"Your name is {who}.", f"You are {who}, a customer of the airline."),
        f"You were born on {born(known['date_of_birth'])}.",
    ]
    if "user_id" in known:
        said.append(scene.pick(f"Your customer number is {known['user_id']}.", f"You are customer {known['user_id']}."))
    else:
        said.append(
            f"You do not know your customer number, but you have a reservation with the code {known['reservation_id']}."
        )
    if "user_id" in person.misremembers:
        said.append("At first you mix up two digits of your customer number; when it is not found you correct yourself.")
    return " ".join(said)


def _joined(scene: Scene, goals: Sequence[str]) -> list[str]:
    """Several goals are said one after another, each introduced."""
    if len(goals) == 1:
        return list(goals)
    later = ("Then you also have another matter.", "After that:", "When this is settled:", "There is something else, too.")
    number = {2: "two", 3: "three"}.get(len(goals), str(len(goals)))
    start = scene.pick(f"There are {number} things that you want to settle.", "You call about more than one thing.")
    return [start, goals[0], *(f"{scene.pick(*later)} {goal}" for goal in goals[1:])]
