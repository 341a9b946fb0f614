"""Plays given turns against the real sandbox, so that results are true, and writes them as labelled cases.

python -m tests.judges.people.play   rewrites tests/data/people/more-cases.jsonl and judge-cases-more.jsonl
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tarl_app.core.types import AgentTurn, Task, ToolCall, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain

FOLDER = Path(__file__).parents[2] / "data" / "people"


@dataclass(frozen=True)
class Call:
    """A call: the task, the kind of its first fault ("none" without), why, and its turns with the agent's scores.

    A call without a task names its domain only.
    """

    task: str
    kind: str
    why: str
    turns: tuple[tuple[Any, ...], ...]


def task_of(name: str) -> Task:
    domain, split, _ = name.split("-")
    return next(task for task in load_domain(domain).tasks(split) if task.id == name)


def played(call: Call) -> tuple[list[Turn], dict[str, int]]:
    """The turns with the sandbox's results, and the scores by turn."""
    domain = load_domain(call.task.split("-")[0])
    environment = domain.open()
    turns: list[Turn] = []
    scores: dict[str, int] = {}
    try:
        for who, what, *arguments in call.turns:
            if who == "u":
                turns.append(UserTurn(text=what))
                continue
            scores[str(len(turns))] = who
            if not arguments:
                turns.append(AgentTurn(text=filled(what, turns)))
                continue
            made = ToolCall(id=f"call_{len(turns)}", name=what, arguments=arguments[0])
            turns.append(AgentTurn(tool_calls=(made,)))
            turns.append(ToolTurn(results=(environment.call(made),)))
    finally:
        environment.close()
    return turns, scores


def filled(text: str, turns: Iterable[Turn]) -> str:
    """A text with the price of a reservation that was opened in place of its code in braces."""
    for turn in turns:
        for result in turn.results if isinstance(turn, ToolTurn) else ():
            value = json.loads(result.content) if result.content.startswith("{") else {}
            if "reservation_id" in value:
                paid = sum(one["amount"] for one in value["payment_history"])
                text = text.replace(f"{{{value['reservation_id']}}}", f"${paid}")
    return text


def case(name: str | int, call: Call) -> dict[str, Any]:
    """One labelled case, as `judge exam --cases` reads it."""
    turns, scores = played(call)
    first = next((int(turn) for turn, score in scores.items() if score == -1), None)
    return {
        "case": name,
        ("task" if "-" in call.task else "domain"): call.task,
        "first_deviation": first,
        "kind": call.kind,
        "why": call.why,
        "scores": scores,
        "turns": [turn.model_dump(mode="json", exclude_defaults=True) | {"kind": turn.kind} for turn in turns],
    }


def files() -> dict[str, list[str]]:
    """The lines of each file: those with a task each, and the further ones, whose half their names tell."""
    from tests.judges.people import calls_airline, calls_retail
    from tests.judges.people.further import develop, kept

    first = (*calls_retail.CALLS, *calls_airline.CALLS)
    halves = {"develop": develop.CALLS, "kept": kept.CALLS}
    return {
        "more-cases.jsonl": [json.dumps(case(number, call)) for number, call in enumerate(first)],
        "judge-cases-more.jsonl": [
            json.dumps(case(f"{half}-{number}", call)) for half, calls in halves.items() for number, call in enumerate(calls)
        ],
    }


if __name__ == "__main__":
    for name, lines in files().items():
        (FOLDER / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
