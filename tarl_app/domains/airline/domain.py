"""The airline domain put together."""

from typing import Any

from tarl_app.core.domain import Domain, Effect, Split
from tarl_app.core.types import Task, ToolCall
from tarl_app.domains.airline.effects.described import describe
from tarl_app.domains.airline.effects.unwanted import about, unwanted
from tarl_app.domains.airline.exam import EXAM
from tarl_app.domains.airline.expert import EXPERT
from tarl_app.domains.airline.goals import explicit
from tarl_app.domains.airline.guard import GUARD
from tarl_app.domains.airline.judge import JUDGING
from tarl_app.domains.airline.policy import POLICY, POLICY_BRIEF
from tarl_app.domains.airline.recipe import RECIPE
from tarl_app.domains.airline.tools import writes as tools_write  # noqa: F401 - registers the tools that write
from tarl_app.domains.airline.tools.arguments import comparable, fold
from tarl_app.domains.airline.tools.look_ups import SCRATCH, TRANSFER, toolbox
from tarl_app.domains.airline.user import CUSTOMER
from tarl_app.domains.airline.words.fact_words import FACT_WORDS
from tarl_app.domains.airline.words.labels import LABELS
from tarl_app.domains.airline.words.speech import SPOKEN
from tarl_app.domains.airline.world import template
from tarl_app.domains.airline.world.vocabulary import AIRPORTS, EMAIL_HOSTS, FIRST_NAMES, LAST_NAMES
from tarl_app.sandbox.environment import DatabaseEnvironment


def _open() -> DatabaseEnvironment:
    return DatabaseEnvironment(template(), toolbox, TRANSFER)


def _normalise(call: ToolCall) -> dict[str, Any]:
    return toolbox.normalised(call, comparable)


def _describe(call: ToolCall) -> Effect:
    return describe(toolbox.completed(call))


def _tasks(split: Split) -> tuple[Task, ...]:
    # Imported lazily: generating tasks builds the world, and most processes need at most one split.
    from tarl_app.domains.airline.tasks import tasks

    return tasks(split)


def _free(seed: int) -> Task:
    from tarl_app.domains.airline.tasks import free_task

    return free_task(seed)


def airline() -> Domain:
    """An airline's customer service."""
    return Domain(
        name="airline",
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
        guard=GUARD,
        customer=CUSTOMER,
        expert=EXPERT,
        judging=JUDGING,
        exam=EXAM,
        lexicons={
            "first names": FIRST_NAMES,
            "last names": LAST_NAMES,
            "e-mail hosts": EMAIL_HOSTS,
            "cities": tuple(sorted(city for _, city, *_ in AIRPORTS)),
        },
    )
