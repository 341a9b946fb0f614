"""An imported domain put together."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tarl_app.core.domain import Domain, Labels, Split
from tarl_app.core.errors import ConfigError, DocumentError, DomainError
from tarl_app.core.types import Episode, Task, ToolCall, Verdict
from tarl_app.domains.tau.copy.layout import LAYOUTS, Kind, Manifest, TauTask
from tarl_app.domains.tau.copy.literals import read_copy
from tarl_app.domains.tau.environment import TauEnvironment
from tarl_app.domains.tau.pair import CUSTOMER, EXPERT
from tarl_app.domains.tau.scoring import fact_of, verdict
from tarl_app.domains.tau.tools.airline import AIRLINE
from tarl_app.domains.tau.tools.retail import RETAIL
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Base
from tarl_app.sandbox.service_tools import SCRATCH, TRANSFER

TOOLS: dict[Kind, Toolset] = {"retail": RETAIL, "airline": AIRLINE}
_MANIFEST = TypeAdapter(Manifest)
_TASKS = TypeAdapter(tuple[TauTask, ...])
_JSON = TypeAdapter(dict[str, Any])
_KINDS = ("nothing_to_change", "one_change", "several_changes")
SCENE = "A customer of the benchmark tau-bench calls. The verdict is the benchmark's own, by its rules."


class Imported:
    """The parts of an imported domain, each read when it is first needed; raises ``DomainError`` for a damaged folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.manifest: Manifest = self._read("domain.json", _MANIFEST)
        self.kind: Kind = self.manifest.kind
        self.tools = TOOLS[self.kind]
        self.base = cache(self._base)
        self.tasks = cache(self._tasks)

    def _read(self, file: str, form: TypeAdapter[Any]) -> Any:
        return self._checked(file, form.validate_json)

    def _checked(self, file: str, parse: Callable[[bytes], Any]) -> Any:
        try:
            return parse(read_copy(self.folder / file))
        except (DocumentError, ConfigError, ValidationError, ValueError) as error:
            raise DomainError(f"The domain {self.name!r} is damaged ({file}): import it again.") from error

    def _base(self) -> Base:
        tables = {table: self._read(f"data/{table}.json", _JSON) for table in LAYOUTS[self.kind].tables}
        return Base(tables, self._read("facts.json", _JSON))

    def policy(self) -> str:
        """The benchmark's wiki: its own agents are shown it and nothing else."""
        return self._checked("policy.md", lambda data: data.decode())

    def _tasks(self, split: Split) -> tuple[Task, ...]:
        if split not in LAYOUTS[self.kind].splits:
            return ()
        found: tuple[TauTask, ...] = self._read(f"tasks/{split}.json", _TASKS)
        return tuple(self.task(one, f"{self.name}-{split}-{number:03d}", split) for number, one in enumerate(found))

    def task(self, one: TauTask, task_id: str, split: Split) -> Task:
        """A task of the benchmark as one of ours."""
        gold = tuple(
            ToolCall(id=f"gold_{number}", name=act.name, arguments=act.kwargs) for number, act in enumerate(one.actions)
        )
        writes = sum(any(tool.name == call.name and tool.writes for tool in self.tools.specs) for call in gold)
        return Task(
            id=task_id,
            domain=self.name,
            split=split,
            kind=_KINDS[min(writes, 2)],
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
    parts = imported(folder, name)
    policy = parts.policy()
    return Domain(
        name=name,
        policy=policy,
        policy_brief=policy,
        tools=parts.tools.specs,
        tasks=parts.tasks,
        open=lambda: TauEnvironment(parts.base(), parts.tools),
        verdict=parts.verdict,
        transfer_tool=TRANSFER,
        scratch_tools=SCRATCH,
        labels=Labels(scene=SCENE, kinds={kind: f"{name}: {kind.replace('_', ' ')}" for kind in _KINDS}),
        customer=CUSTOMER,
        expert=EXPERT,
    )
