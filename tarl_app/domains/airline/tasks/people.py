"""Who calls: how they talk, what they know about themselves, and the prose around their goals."""

from tarl_app.core.types import Persona
from tarl_app.domains.airline.tasks.draft import Scene, account
from tarl_app.domains.airline.tasks.travel import Customer
from tarl_app.domains.airline.tasks.words import born
from tarl_app.sandbox.tasks import Caller
from tarl_app.sandbox.tasks.draft import Call
from tarl_app.sandbox.tasks.prose import Prose, drawn_style

PROSE = Prose(
    in_style={
        "plain": ("",),
        "chatty": ("You like to talk and mention things that have nothing to do with your trip.",),
        "terse": ("You say as little as you can.", "You are a person of few words."),
        "impatient": ("You are on the move and want this to be over soon.", "You hate waiting, and one can hear it."),
        "hesitant": ("You do not fly often and are a bit unsure.", "You take your time and search for words now and then."),
    },
    several=("There are {number} things that you want to settle.", "You call about more than one thing."),
    then=("Then you also have another matter.", "After that:", "When this is settled:", "There is something else, too."),
    without_ids=(
        "You do not have the reservation code at hand; the agent will have to find the trip in your account.",
        "The mail with the reservation code is lost, so you can only say where the trip goes.",
    ),
)


def caller(scene: Scene) -> Caller:
    """How this user talks and is found; a few first give a wrong customer number."""
    known, dice = _facts(scene), scene.dice
    wrong = ("user_id",) if "user_id" in known and dice.chance(8) else ()
    return Caller(Persona(style=drawn_style(dice), misremembers=wrong), known, _look_ups(scene.customer, known))


def _facts(scene: Scene) -> dict[str, str]:
    """What the user can tell about themselves when asked: most know their customer number, others the code of a trip."""
    customer, dice = scene.customer, scene.dice
    known = customer.person.model_dump()
    active = [trip for trip in customer.trips if trip.active]
    if scene.knows_ids and active and dice.chance(18):
        about = [trip for trip in active if trip.id in scene.taken]
        return known | {"reservation_id": dice.pick(about or active).id}
    return known | {"user_id": customer.id}


def _look_ups(customer: Customer, known: dict[str, str]) -> tuple[Call, ...]:
    if "user_id" in known:
        return (account(customer),)
    return ("get_reservation_details", {"reservation_id": known["reservation_id"]}), account(customer)


def everything(customer: Customer) -> dict[str, str]:
    """All that a customer could know about themselves."""
    return customer.person.model_dump() | {"user_id": customer.id}


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
