"""The airline's tasks: how many, of which kinds, and whose."""

from collections.abc import Sequence

from tarl_app.domains.airline.tasks import people, suggestions
from tarl_app.domains.airline.tasks.calls import KINDS
from tarl_app.domains.airline.tasks.draft import Scene
from tarl_app.domains.airline.tasks.travel import Customer, network
from tarl_app.domains.airline.tools.look_ups import TRANSFER
from tarl_app.domains.airline.world.unlisted import SPLITS
from tarl_app.sandbox.tasks import TaskGenerator, TaskPlan


def _customers() -> Sequence[Customer]:
    return network().customers


PLAN = TaskPlan(
    domain="airline",
    sizes={"train": (600,), "dev": (40,), "test": (80,)},
    shares=SPLITS,
    kinds=KINDS,
    reads=("get_", "list_", "search_"),
    transfer_tool=TRANSFER,
    customers=_customers,
    scene=Scene,
    caller=people.caller,
    introduction=people.introduction,
    prose=people.PROSE,
    everything=people.everything,
    ideas=suggestions.ideas,
)
_GENERATOR = TaskGenerator(PLAN)
tasks, customers, free_task = _GENERATOR.tasks, _GENERATOR.customers, _GENERATOR.free_task
