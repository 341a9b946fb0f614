"""The check of an import: does every task's own solution leave the data that it leaves in the benchmark?

``reference.json`` has, for each known version of data and tasks, the first digits of the hashes that the benchmark's own
code computes (``benchmarks/tau_bench.py --reference``). It holds nothing else of the benchmark.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tarl_app.core.domain import Split
from tarl_app.core.types import Frozen, Task
from tarl_app.domains.tau.domain import Imported
from tarl_app.domains.tau.scoring import played

REFERENCE = Path(__file__).with_name("reference.json")
DIGITS = 16
"""Digits of a hash in the reference."""


class SplitCheck(Frozen):
    """``gold_states_equal`` is None for data or tasks of which there is no reference; ``hashes`` are whole, a task each.

    ``null_passed`` are the tasks that are passed by doing nothing: their solution changes nothing, and nothing must be told.
    """

    tasks: int
    gold_states_equal: int | None
    null_passed: int
    different: tuple[str, ...]
    hashes: tuple[str, ...]


def check(parts: Imported, reference: Mapping[str, Any] | None = None) -> dict[Split, SplitCheck]:
    """Each split's check, against ``reference`` (default: the shipped one). Raises ``DomainError`` for a damaged folder."""
    known = json.loads(REFERENCE.read_text(encoding="utf-8")) if reference is None else reference
    return {split: _check(parts, split, digest, known) for split, digest in parts.manifest.tasks.items()}


def _check(parts: Imported, split: Split, digest: str, known: Mapping[str, Any]) -> SplitCheck:
    tasks, initial = parts.tasks(split), parts.manifest.data
    hashes = tuple(_hash(parts, task) for task in tasks)
    wanted: list[str] | None = known.get(f"{initial[:DIGITS]}/{digest[:DIGITS]}")
    pairs = zip(tasks, hashes, wanted or (), strict=False)
    different = tuple(task.id for task, mine, theirs in pairs if mine[:DIGITS] != theirs)
    return SplitCheck(
        tasks=len(tasks),
        gold_states_equal=None if wanted is None else len(tasks) - len(different),
        null_passed=sum(mine == initial and not task.must_tell for task, mine in zip(tasks, hashes, strict=True)),
        different=different,
        hashes=hashes,
    )


def _hash(parts: Imported, task: Task) -> str:
    return played(parts.base(), parts.tools, task.gold).digest()
