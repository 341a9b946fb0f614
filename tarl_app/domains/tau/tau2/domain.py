"""An imported domain of tau2-bench put together."""

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from tarl_app.core.domain import Domain, Split
from tarl_app.core.types import Episode, Task, ToolCall, Verdict
from tarl_app.domains.tau.parts import ImportedParts
from tarl_app.domains.tau.scoring import fact_of
from tarl_app.domains.tau.tau2.airline import AIRLINE
from tarl_app.domains.tau.tau2.copy import SPLITS, TASKS, Criteria, Manifest, Tau2Task
from tarl_app.domains.tau.tau2.models import TABLES
from tarl_app.domains.tau.tau2.retail import RETAIL
from tarl_app.domains.tau.tau2.scoring import verdict
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Base

TOOLS: dict[str, Toolset] = {"retail": RETAIL, "airline": AIRLINE}
SCENE = (
    "A customer of the benchmark tau2-bench calls. The verdict is the benchmark's own, as far as it is a matter of rules."
)
_MANIFEST = TypeAdapter(Manifest)
_JSON = TypeAdapter(dict[str, Any])


class Imported2(ImportedParts):
    """An import of tau2-bench."""

    scene = SCENE
    scratch = ("calculate",)

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder, name)
        self.kind: str = self._read("domain.json", _MANIFEST.validate_json).kind
        self.tools = TOOLS[self.kind]
        self.benchmark_tasks = cache(self._benchmark_tasks)

    def _base(self) -> Base:
        tables = {table: self._read(f"data/{table}.json", _JSON.validate_json) for table in TABLES[self.kind]}
        return Base(tables, self._read("facts.json", _JSON.validate_json))

    def _benchmark_tasks(self, split: Split) -> tuple[Tau2Task, ...]:
        return self._read(f"tasks/{split}.json", TASKS.validate_json) if split in SPLITS else ()

    def _tasks(self, split: Split) -> tuple[Task, ...]:
        return tuple(self._task(one, split) for one in self.benchmark_tasks(split))

    def _task(self, one: Tau2Task, split: Split) -> Task:
        criteria = one.evaluation_criteria
        gold = tuple(
            ToolCall(id=f"gold_{number}", name=act.name, arguments=act.arguments)
            for number, act in enumerate(criteria.actions or ())
        )
        told = (criteria.communicate_info or ()) if "COMMUNICATE" in criteria.reward_basis else ()
        return Task(
            id=f"{self.name}-{split}-{one.id}",
            domain=self.name,
            split=split,
            kind=self._kind(gold),
            instruction=one.instruction,
            gold=gold,
            must_tell=tuple(map(fact_of, told)),
        )

    def criteria(self, task: Task) -> Criteria:
        """How a task is scored; one that is not known here by its data alone."""
        known = {f"{self.name}-{split}-{one.id}": one for split in SPLITS for one in self.benchmark_tasks(split)}
        found = known.get(task.id)
        return found.evaluation_criteria if found else Criteria(actions=(), reward_basis=("DB",))

    def verdict(self, episode: Episode) -> Verdict:
        """The benchmark's verdict, as far as rules go."""
        return verdict(episode, self.criteria(episode.task), self.base(), self.tools)


def tau2(folder: Path, name: str) -> Domain:
    """The domain in a folder under ``TARL_HOME/domains``; raises ``DomainError``."""
    return Imported2(folder, name).domain()
