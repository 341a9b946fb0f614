"""Ideas for free talk: what this customer could ask for."""

from tarl_app.domains.retail.tasks.draft import Scene

BY_STATUS = {
    "pending": (
        "You could cancel order {order} or have it sent somewhere else.",
        "You could change the {item} in order {order}, which is not shipped yet, for another version.",
    ),
    "processed": ("You could ask for the tracking number of order {order}.",),
    "delivered": (
        "You could return the {item} from order {order}.",
        "You could exchange the {item} from order {order} for another version.",
    ),
    "cancelled": ("You could ask what happened to order {order}.",),
}


def ideas(scene: Scene) -> list[str]:
    """One idea for each of up to three orders, and one about the catalogue."""
    found = []
    for order in scene.shuffled(scene.customer.orders)[:3]:
        idea = scene.pick(*BY_STATUS[order.status])
        found.append(idea.format(order=order.id, item=scene.pick(*order.lines).product))
    product = scene.pick(*scene.market.products)
    return [
        *found,
        f"You could ask what the cheapest {product.name} in stock costs.",
        "Or anything else that comes to your mind.",
    ]
