"""What the imports of both benchmarks share: a folder that is read when it is needed, and the domain made of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError

from tarl_app.core.domain import Domain, Labels, Split
from tarl_app.core.errors import ConfigError, DomainError
from tarl_app.core.types import Episode, Task, ToolCall, Verdict
from tarl_app.domains.tau.copy.literals import read_copy
from tarl_app.domains.tau.environment import TauEnvironment
from tarl_app.domains.tau.pair import CUSTOMER, EXPERT
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Base
from tarl_app.sandbox.tools.service_tools import TRANSFER

_KINDS = ("nothing_to_change", "one_change", "several_changes")


class ImportedParts(ABC):
    """The parts of an imported domain, each read when it is first needed; raises ``DomainError`` for a damaged folder."""

    scene: ClassVar[str]
    scratch: ClassVar[tuple[str, ...]]
    tools: Toolset

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.base = cache(self._base)
        self.tasks = cache(self._tasks)

    def _read(self, file: str, parse: Callable[[bytes], Any]) -> Any:
        try:
            return parse(read_copy(self.folder / file))
        except (ConfigError, ValidationError, ValueError) as error:
            raise DomainError(f"The domain {self.name!r} is damaged ({file}): import it again.") from error

    def policy(self) -> str:
        """The benchmark's instructions: its own agents are shown them and nothing else."""
        return self._read("policy.md", lambda data: data.decode())

    def _kind(self, gold: Sequence[ToolCall]) -> str:
        writing = {tool.name for tool in self.tools.specs if tool.writes}
        return _KINDS[min(2, sum(call.name in writing for call in gold))]

    @abstractmethod
    def _base(self) -> Base: ...

    @abstractmethod
    def _tasks(self, split: Split) -> tuple[Task, ...]: ...

    @abstractmethod
    def verdict(self, episode: Episode) -> Verdict:
        """The benchmark's verdict."""

    def domain(self) -> Domain:
        """The domain made of them."""
        policy = self.policy()
        return Domain(
            name=self.name,
            policy=policy,
            policy_brief=policy,
            tools=self.tools.specs,
            tasks=self.tasks,
            open=lambda: TauEnvironment(self.base(), self.tools),
            verdict=self.verdict,
            transfer_tool=TRANSFER,
            scratch_tools=self.scratch,
            labels=Labels(scene=self.scene, kinds={kind: f"{self.name}: {kind.replace('_', ' ')}" for kind in _KINDS}),
            customer=CUSTOMER,
            expert=EXPERT,
        )
