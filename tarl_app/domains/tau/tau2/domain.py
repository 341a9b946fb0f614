"""An imported domain of tau2-bench put together."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tarl_app.core.domain import Domain, Labels, Split
from tarl_app.core.errors import ConfigError, DomainError
from tarl_app.core.types import Episode, Task, ToolCall, Verdict
from tarl_app.domains.tau.copy.literals import read_copy
from tarl_app.domains.tau.environment import TauEnvironment
from tarl_app.domains.tau.pair import CUSTOMER, EXPERT
from tarl_app.domains.tau.scoring import fact_of
from tarl_app.domains.tau.tau2.airline import AIRLINE
from tarl_app.domains.tau.tau2.copy import SPLITS, TASKS, Criteria, Manifest, Tau2Task
from tarl_app.domains.tau.tau2.models import TABLES
from tarl_app.domains.tau.tau2.retail import RETAIL
from tarl_app.domains.tau.tau2.scoring import verdict
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Base
from tarl_app.sandbox.service_tools import TRANSFER

TOOLS: dict[str, Toolset] = {"retail": RETAIL, "airline": AIRLINE}
SCENE = (
    "A customer of the benchmark tau2-bench calls. The verdict is the benchmark's own, as far as it is a matter of rules."
)
_MANIFEST = TypeAdapter(Manifest)
_JSON = TypeAdapter(dict[str, Any])
_KINDS = ("nothing_to_change", "one_change", "several_changes")


class Imported2:
    """The parts of an imported domain, each read when it is first needed; raises ``DomainError`` for a damaged folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.kind: str = self._read("domain.json", _MANIFEST.validate_json).kind
        self.tools = TOOLS[self.kind]
        self.base = cache(self._base)
        self.benchmark_tasks = cache(self._benchmark_tasks)
        self.tasks = cache(self._tasks)

    def _read(self, file: str, parse: Callable[[bytes], Any]) -> Any:
        try:
            return parse(read_copy(self.folder / file))
        except (ConfigError, ValidationError, ValueError) as error:
            raise DomainError(f"The domain {self.name!r} is damaged ({file}): import it again.") from error

    def _base(self) -> Base:
        tables = {table: self._read(f"data/{table}.json", _JSON.validate_json) for table in TABLES[self.kind]}
        return Base(tables, self._read("facts.json", _JSON.validate_json))

    def policy(self) -> str:
        """The benchmark's policy."""
        return self._read("policy.md", lambda data: data.decode())

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
        writing = {tool.name for tool in self.tools.specs if tool.writes}
        told = (criteria.communicate_info or ()) if "COMMUNICATE" in criteria.reward_basis else ()
        return Task(
            id=f"{self.name}-{split}-{one.id}",
            domain=self.name,
            split=split,
            kind=_KINDS[min(2, sum(call.name in writing for call in gold))],
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
    parts = Imported2(folder, name)
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
        scratch_tools=("calculate",),
        labels=Labels(scene=SCENE, kinds={kind: f"{name}: {kind.replace('_', ' ')}" for kind in _KINDS}),
        customer=CUSTOMER,
        expert=EXPERT,
    )
