"""What no tool does and no rule forbids: the agent first does what it can, then hands over to a person."""

from collections.abc import Callable
from dataclasses import dataclass

from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.tasks import words
from tarl_app.domains.retail.tasks.draft import Part, Scene
from tarl_app.domains.retail.tasks.kinds import lookups, orders
from tarl_app.domains.retail.tasks.market import Order
from tarl_app.domains.retail.tools.look_ups import TRANSFER
from tarl_app.sandbox.tasks.draft import first_that_fits


@dataclass(frozen=True)
class Topic:
    """A matter for a person; ``{order}`` and ``{item}`` are filled in."""

    name: str
    statuses: tuple[str, ...]  # of the order it is about; empty where it is about no order
    prose: tuple[str, ...]
    question: tuple[str, ...]
    why: str


SHIPPED = ("delivered",)

TOPICS = (
    Topic(
        "damaged",
        SHIPPED,
        (
            "The {item} from order {order} arrived broken, and you want compensation. You do not want to send it back.",
            "When you opened the parcel of order {order}, the {item} was in pieces. You claim the damage and keep it.",
        ),
        (
            "The {item} from order {order} arrived broken. I want to claim compensation for the damage.",
            "My {item} from order {order} was broken when I opened the parcel. I would like to file a damage claim.",
        ),
        "No tool files a damage claim.",
    ),
    Topic(
        "missing_parcel",
        SHIPPED,
        (
            "Order {order} is said to be delivered, but the parcel never reached you. Somebody should search for it.",
            "The parcel of order {order} is missing: your neighbors do not have it either. You want it to be traced.",
        ),
        (
            "The parcel of order {order} never reached me. Can somebody search for it?",
            "Order {order} is marked as delivered, but I never got the parcel. I want it traced.",
        ),
        "No tool traces a missing parcel.",
    ),
    Topic(
        "wrong_item",
        SHIPPED,
        ("Instead of the {item} from order {order} somebody else's article was in the box. You want this put right.",),
        ("A completely different article was in the box instead of the {item} from order {order}. Please put this right.",),
        "What is in the box is not what is in the order, so no return or exchange fits.",
    ),
    Topic(
        "repair",
        SHIPPED,
        ("The {item} from order {order} stopped working after some weeks, and you want it to be repaired under warranty.",),
        ("The {item} from order {order} stopped working. I would like to have it repaired under warranty.",),
        "No tool arranges a repair.",
    ),
    Topic(
        "change_email",
        (),
        ("You have a new email address and want it in your account in place of the old one.",),
        ("I have a new email address. Can you put it in my account instead of the old one?",),
        "No tool changes the email address of an account.",
    ),
    Topic(
        "change_name",
        (),
        ("You have married and want the last name in your account to be changed.",),
        ("I got married and would like to change the last name in my account.",),
        "No tool changes the name of an account.",
    ),
    Topic(
        "bulk_purchase",
        (),
        (
            "You buy for your company and want an offer for two hundred pieces of one article.",
            "Your club needs a large quantity, about three hundred pieces, and you want to arrange a bulk purchase.",
        ),
        ("I would like an offer for a bulk purchase for my company, about two hundred pieces.",),
        "No tool arranges bulk purchases.",
    ),
    Topic(
        "close_account",
        (),
        ("You want your customer account to be deleted with all your data.",),
        ("Please delete my customer account and all my data.",),
        "No tool deletes an account.",
    ),
    Topic(
        "courier",
        (),
        ("The driver who brought your last parcel was rude to you, and you want to file a complaint about the courier.",),
        ("I want to file a complaint about the courier: the driver was very rude to me.",),
        "No tool files complaints.",
    ),
    Topic(
        "company_invoice",
        ("processed", "delivered"),
        ("For your taxes you need an invoice for order {order} that is made out to your company.",),
        ("I need an invoice for order {order} that is made out to my company.",),
        "No tool issues invoices.",
    ),
)


def _handed_over(scene: Scene, topic: Topic, order: Order | None) -> Part:
    line = scene.pick(*order.lines) if order else None
    filled = {"order": order.id, "item": words.item(order, line)} if order and line else {}
    goal = ShopGoal(
        kind="transfer",
        expect="transferred",
        why=topic.why,
        order_id=order.id if order else None,
        choices=(words.kept(line),) if line else (),
        question=scene.pick(*topic.question).format(**filled),
        topic=topic.name,
    )
    summary = f"The customer {scene.customer.id} needs a person: {goal.question}"
    return Part(goal, ((TRANSFER, {"summary": summary}),), scene.pick(*topic.prose).format(**filled))


def about(topic: Topic) -> Callable[[Scene], tuple[Part, ...] | None]:
    """Calls about this topic: first something the agent can do, so that a call is never passed by handing over alone."""

    def transfer(scene: Scene) -> tuple[Part, ...] | None:
        order = next(iter(scene.orders(*topic.statuses)), None)
        if topic.statuses and order is None:
            return None
        if order is not None:
            scene.taken.add(order.id)
        if order is not None and scene.dice.chance(50):
            first = lookups.about(scene, order, lookups.total, lookups.tracking, lookups.item_price)
        else:
            first = first_that_fits(
                scene, (lookups.plain_question, lookups.harder_question, orders.cancel, orders.return_some)
            )
        return (first, _handed_over(scene, topic, order)) if first else None

    return transfer


TRANSFERS = tuple(about(topic) for topic in TOPICS)
