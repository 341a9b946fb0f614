"""Who calls: how they talk, what they know about themselves, and the prose around their goals."""

from tarl_app.core.types import Persona
from tarl_app.domains.retail.tasks.draft import Scene
from tarl_app.domains.retail.tasks.market import Customer
from tarl_app.sandbox.tasks import Caller
from tarl_app.sandbox.tasks.draft import Call
from tarl_app.sandbox.tasks.prose import Prose, drawn_style

PROSE = Prose(
    in_style={
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
    },
    several=("You call about {number} things.", "You have more than one thing to settle today."),
    then=(
        "When that is done:",
        "After that:",
        "Once that is settled, there is something else.",
        "Then there is another matter.",
    ),
    without_ids=(
        "You do not have the order number at hand, so the agent has to find the order in your account.",
        "You cannot find the email with the order number; the agent will have to look through your orders.",
        "You threw the receipt away and do not know the order number.",
    ),
)


def caller(scene: Scene) -> Caller:
    """How this user talks and proves who they are; a few first give an outdated email or zip code."""
    dice = scene.dice
    by = "email" if dice.chance(45) else "name_zip"
    wrong = (("email" if by == "email" else "zip"),) if dice.chance(8) else ()
    persona = Persona(style=drawn_style(dice), authenticates_by=by, misremembers=wrong)
    return Caller(persona, _facts(scene, persona), (_look_up(scene.customer, persona),))


def _facts(scene: Scene, person: Persona) -> dict[str, str]:
    customer, dice = scene.customer, scene.dice
    known = {"first_name": customer.first_name, "last_name": customer.last_name}
    if person.authenticates_by == "name_zip" or dice.chance(50):
        known["zip"] = customer.address.zip
    if person.authenticates_by == "email" or dice.chance(35):
        known["email"] = customer.email
    if dice.chance(12):
        known["user_id"] = customer.id
    return known


def _look_up(customer: Customer, person: Persona) -> Call:
    if person.authenticates_by == "email":
        return "find_user_id_by_email", {"email": customer.email}
    name = {"first_name": customer.first_name, "last_name": customer.last_name}
    return "find_user_id_by_name_zip", {**name, "zip": customer.address.zip}


def everything(customer: Customer) -> dict[str, str]:
    """All that a customer could know about themselves."""
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "zip": customer.address.zip,
        "email": customer.email,
        "user_id": customer.id,
    }


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
