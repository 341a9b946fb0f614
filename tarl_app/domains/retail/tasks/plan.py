"""The shop's tasks: how many, of which kinds, and whose."""

from collections.abc import Sequence

from tarl_app.domains.retail.tasks import people, suggestions
from tarl_app.domains.retail.tasks.calls import KINDS
from tarl_app.domains.retail.tasks.draft import Scene
from tarl_app.domains.retail.tasks.market import Customer, market
from tarl_app.domains.retail.tools.look_ups import TRANSFER
from tarl_app.domains.retail.world.unlisted import SPLITS
from tarl_app.sandbox.tasks import TaskGenerator, TaskPlan


def _customers() -> Sequence[Customer]:
    return market().customers


PLAN = TaskPlan(
    domain="retail",
    # The recipe of omni-mini has dialogues about the first 1,000 of train; the others are there to be practised on.
    sizes={"train": (1000, 600), "dev": (60,), "test": (115,)},
    shares=SPLITS,
    kinds=KINDS,
    reads=("find_", "get_", "list_"),
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
