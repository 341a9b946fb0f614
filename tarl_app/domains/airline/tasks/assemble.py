"""The task of one call: the person, their goals in order, and the whole ideal path."""

from collections.abc import Iterable
from typing import get_args

from tarl_app.core.domain import Split
from tarl_app.core.types import Task, ToolCall
from tarl_app.domains.airline.tasks import people
from tarl_app.domains.airline.tasks.draft import Call, Part, Scene, told, transfers

READS = ("get_", "list_", "search_")
SPLITS: tuple[Split, ...] = get_args(Split)


def assemble(scene: Scene, parts: Iterable[Part], *, task_id: str, split: Split, kind: str, seed: int) -> Task:
    """Puts the authentication before the parts and the person around them."""
    parts = tuple(parts)
    facts = people.facts(scene)
    persona = people.persona(scene, facts)
    calls = [*people.authentication(scene.customer, facts), *(call for part in parts for call in part.gold)]
    goals = tuple(part.goal for part in parts)
    return Task(
        id=task_id,
        domain="airline",
        split=split,
        kind=kind,
        instruction=people.instruction(scene, persona, facts, [part.prose for part in parts]),
        persona=persona,
        user_id=scene.customer.id,
        facts=facts,
        goals=tuple(goal.generic for goal in goals),
        gold=tuple(ToolCall(id=f"gold-{n}", name=name, arguments=args) for n, (name, args) in enumerate(_once(calls), 1)),
        must_tell=tuple(dict.fromkeys(fact for goal in goals for fact in told(goal))),
        must_transfer=any(transfers(goal) for goal in goals),
        must_not=tuple(dict.fromkeys(rule for part in parts for rule in part.must_not)),
        seed=seed,
    )


def _once(calls: Iterable[Call]) -> list[Call]:
    """The calls without a second read of what was read before."""
    kept: list[Call] = []
    for call in calls:
        if not (call[0].startswith(READS) and call in kept):
            kept.append(call)
    return kept
