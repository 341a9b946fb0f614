"""The retail domain put together."""

from typing import Any

from tarl_app.core.domain import Domain, Effect, Guard, Split
from tarl_app.core.types import Task, ToolCall
from tarl_app.domains.retail.effects.described import describe
from tarl_app.domains.retail.effects.unwanted import about, unwanted
from tarl_app.domains.retail.exam import EXAM
from tarl_app.domains.retail.expert import EXPERT
from tarl_app.domains.retail.goals import explicit
from tarl_app.domains.retail.guard.agreed import agreed
from tarl_app.domains.retail.guard.amounts import amounts
from tarl_app.domains.retail.guard.permits import permits
from tarl_app.domains.retail.judge import JUDGING
from tarl_app.domains.retail.policy import POLICY, POLICY_BRIEF
from tarl_app.domains.retail.recipe import RECIPE
from tarl_app.domains.retail.tools import writes as tools_write  # noqa: F401 - registers the tools that write
from tarl_app.domains.retail.tools.arguments import comparable, fold
from tarl_app.domains.retail.tools.look_ups import SCRATCH, TRANSFER, toolbox
from tarl_app.domains.retail.user import CUSTOMER
from tarl_app.domains.retail.words.fact_words import FACT_WORDS
from tarl_app.domains.retail.words.labels import LABELS
from tarl_app.domains.retail.words.speech import SPOKEN
from tarl_app.domains.retail.world import template
from tarl_app.domains.retail.world.vocabulary import CITIES, EMAIL_HOSTS, FIRST_NAMES, LAST_NAMES
from tarl_app.sandbox.environment import DatabaseEnvironment


def _open() -> DatabaseEnvironment:
    return DatabaseEnvironment(template(), toolbox, TRANSFER)


def _normalise(call: ToolCall) -> dict[str, Any]:
    return toolbox.normalised(call, comparable)


def _describe(call: ToolCall) -> Effect:
    return describe(toolbox.completed(call))


def _tasks(split: Split) -> tuple[Task, ...]:
    # Imported lazily: generating tasks builds the world, and most processes need at most one split.
    from tarl_app.domains.retail.tasks import tasks

    return tasks(split)


def _free(seed: int) -> Task:
    from tarl_app.domains.retail.tasks import free_task

    return free_task(seed)


def retail() -> Domain:
    """An online shop's customer service."""
    return Domain(
        name="retail",
        policy=POLICY,
        policy_brief=POLICY_BRIEF,
        tools=toolbox.specs,
        tasks=_tasks,
        open=_open,
        normalise=_normalise,
        fold=fold,
        describe=_describe,
        free=_free,
        unwanted=unwanted,
        about=about,
        explicit=explicit,
        fact_words=FACT_WORDS,
        transfer_tool=TRANSFER,
        scratch_tools=SCRATCH,
        labels=LABELS,
        spoken=SPOKEN,
        recipe=RECIPE,
        guard=Guard(agreed=agreed, permits=permits, amounts=amounts),
        customer=CUSTOMER,
        expert=EXPERT,
        judging=JUDGING,
        exam=EXAM,
        lexicons={
            "first names": FIRST_NAMES,
            "last names": LAST_NAMES,
            "e-mail hosts": EMAIL_HOSTS,
            "cities": tuple(sorted({name for name, *_ in CITIES})),
        },
    )
