"""Who calls: how they talk, what they know about themselves, and the prose around their goals."""

from collections.abc import Sequence
from typing import Literal

from tarl_app.core.types import Persona
from tarl_app.domains.retail.tasks.draft import Call, Scene
from tarl_app.domains.retail.tasks.market import Customer

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
    "chatty": (
        "You enjoy a chat and tend to add details that nobody asked for.",
        "You are in a good mood and talk more than you need to.",
    ),
    "terse": ("You answer in as few words as possible.", "You do not like to talk and keep every answer short."),
    "impatient": (
        "You are in a hurry and let the agent notice it.",
        "You have been waiting on hold for a while and want this done quickly.",
    ),
    "hesitant": (
        "You are not used to calling customer service and speak with some hesitation.",
        "You are a little unsure of yourself and take your time to answer.",
    ),
}


def persona(scene: Scene) -> Persona:
    """How this user talks and proves who they are; a few first give an outdated email or zip code."""
    dice = scene.dice
    by = "email" if dice.chance(45) else "name_zip"
    wrong = (("email" if by == "email" else "zip"),) if dice.chance(8) else ()
    return Persona(style=dice.weighted(STYLES, STYLE_WEIGHTS), authenticates_by=by, misremembers=wrong)


def facts(scene: Scene, person: Persona) -> dict[str, str]:
    """What the user can tell about themselves when asked."""
    customer, dice = scene.customer, scene.dice
    known = {"first_name": customer.first_name, "last_name": customer.last_name}
    if person.authenticates_by == "name_zip" or dice.chance(50):
        known["zip"] = customer.address.zip
    if person.authenticates_by == "email" or dice.chance(35):
        known["email"] = customer.email
    if dice.chance(12):
        known["user_id"] = customer.id
    return known


def everything(customer: Customer) -> dict[str, str]:
    """All that a customer could know about themselves."""
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "zip": customer.address.zip,
        "email": customer.email,
        "user_id": customer.id,
    }


def authentication(customer: Customer, person: Persona) -> Call:
    """The look-up by which this user is found."""
    if person.authenticates_by == "email":
        return "find_user_id_by_email", {"email": customer.email}
    name = {"first_name": customer.first_name, "last_name": customer.last_name}
    return "find_user_id_by_name_zip", {**name, "zip": customer.address.zip}


def instruction(scene: Scene, person: Persona, known: dict[str, str], goals: Sequence[str]) -> str:
    """The whole scenario in the second person: who you are, what you know, what you want, how you talk."""
    parts = [introduction(scene, known, person), *_joined(scene, goals)]
    if not scene.knows_order_ids:
        parts.append(scene.pick(*NO_ORDER_NUMBER))
    parts.append(scene.pick(*IN_STYLE[person.style]))
    return " ".join(part for part in parts if part)


NO_ORDER_NUMBER = (
    "You do not have the order number at hand, so the agent has to find the order in your account.",
    "You cannot find the email with the order number; the agent will have to look through your orders.",
    "You threw the receipt away and do not know the order number.",
)


def introduction(scene: Scene, known: dict[str, str], person: Persona) -> str:
    """Name and what the user knows to be found by."""
    name = f"{known['first_name']} {known['last_name']}"
    said = [scene.pick(f"You are {name}.", f"Your name is {name}.", f"You are {name}, a customer of the shop.")]
    if "email" in known:
        said.append(scene.pick(f"Your email address is {known['email']}.", f"Your account is under {known['email']}."))
    if "zip" in known:
        said.append(scene.pick(f"Your zip code is {known['zip']}.", f"You live in the area of zip code {known['zip']}."))
    if "email" not in known:
        said.append(
            scene.pick(
                *("You do not remember which email address you signed up with.", "You forgot the email of your account.")
            )
        )
    if "user_id" in known:
        said.append(f"Your user id is {known['user_id']}.")
    for fact in person.misremembers:
        what = "email address" if fact == "email" else "zip code"
        said.append(f"At first you give an old {what} by mistake; when you cannot be found with it you correct yourself.")
    return " ".join(said)


def _joined(scene: Scene, goals: Sequence[str]) -> list[str]:
    """Several goals are said one after another, each introduced."""
    if len(goals) == 1:
        return list(goals)
    later = (
        "When that is done:",
        "After that:",
        "Once that is settled, there is something else.",
        "Then there is another matter.",
    )
    start = scene.pick(f"You call about {_count(len(goals))} things.", "You have more than one thing to settle today.")
    return [start, goals[0], *(f"{scene.pick(*later)} {goal}" for goal in goals[1:])]


def _count(number: int) -> str:
    return {2: "two", 3: "three"}.get(number, str(number))
