"""An imported domain put together."""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from tarl_app.core.domain import Domain, Split
from tarl_app.core.types import Episode, Task, ToolCall, Verdict
from tarl_app.domains.tau.copy.layout import LAYOUTS, Kind, Manifest, TauTask
from tarl_app.domains.tau.parts import ImportedParts
from tarl_app.domains.tau.scoring import fact_of, verdict
from tarl_app.domains.tau.tools.airline import AIRLINE
from tarl_app.domains.tau.tools.retail import RETAIL
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Base
from tarl_app.sandbox.tools.service_tools import SCRATCH

TOOLS: dict[Kind, Toolset] = {"retail": RETAIL, "airline": AIRLINE}
_MANIFEST = TypeAdapter(Manifest)
_TASKS = TypeAdapter(tuple[TauTask, ...])
_JSON = TypeAdapter(dict[str, Any])
SCENE = "A customer of the benchmark tau-bench calls. The verdict is the benchmark's own, by its rules."


class Imported(ImportedParts):
    """An import of tau-bench."""

    scene = SCENE
    scratch = SCRATCH

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder, name)
        self.manifest: Manifest = self._read("domain.json", _MANIFEST.validate_json)
        self.kind: Kind = self.manifest.kind
        self.tools = TOOLS[self.kind]

    def _base(self) -> Base:
        tables = {table: self._read(f"data/{table}.json", _JSON.validate_json) for table in LAYOUTS[self.kind].tables}
        return Base(tables, self._read("facts.json", _JSON.validate_json))

    def _tasks(self, split: Split) -> tuple[Task, ...]:
        if split not in LAYOUTS[self.kind].splits:
            return ()
        found: tuple[TauTask, ...] = self._read(f"tasks/{split}.json", _TASKS.validate_json)
        return tuple(self.task(one, f"{self.name}-{split}-{number:03d}", split) for number, one in enumerate(found))

    def task(self, one: TauTask, task_id: str, split: Split) -> Task:
        """A task of the benchmark as one of ours."""
        gold = tuple(
            ToolCall(id=f"gold_{number}", name=act.name, arguments=act.kwargs) for number, act in enumerate(one.actions)
        )
        return Task(
            id=task_id,
            domain=self.name,
            split=split,
            kind=self._kind(gold),
            instruction=one.instruction,
            user_id=one.user_id,
            gold=gold,
            must_tell=tuple(map(fact_of, one.outputs)),
        )

    def verdict(self, episode: Episode) -> Verdict:
        """The benchmark's verdict."""
        return verdict(episode, self.base(), self.tools)


def imported(folder: Path, name: str) -> Imported:
    """The parts of the domain in a folder; raises ``DomainError``."""
    return Imported(folder, name)


def tau(folder: Path, name: str) -> Domain:
    """The domain in a folder under ``TARL_HOME/domains``; raises ``DomainError``."""
    return imported(folder, name).domain()
