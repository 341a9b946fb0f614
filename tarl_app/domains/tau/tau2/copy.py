"""``import tau2-bench PATH``: the user's own copy becomes the domains ``tau2-retail`` and ``tau2-airline``.

All of it is JSON, but for the list of airports, which is written out in a Python file that is parsed and never run.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tarl_app.core.documents import replace_folder
from tarl_app.core.domain import Split
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings
from tarl_app.core.types import Frozen
from tarl_app.domains.tau.copy.literals import read_copy, returned
from tarl_app.domains.tau.tau2.models import TABLES

FORMAT = "tau2-bench"
PREFIX = "tau2-"
Basis = Literal["DB", "COMMUNICATE", "ACTION", "NL_ASSERTION", "ENV_ASSERTION"]
SPLITS: tuple[Split, ...] = ("train", "test")


class _Loose(Frozen):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Act(_Loose):
    """A call of the reference solution; ``compare_args``: the arguments that count, None for those of the agent's call."""

    name: str
    arguments: dict[str, Any]
    compare_args: tuple[str, ...] | None = None


class Criteria(_Loose):
    """How a task is scored: by each part that ``reward_basis`` lists."""

    actions: tuple[Act, ...] | None = None
    communicate_info: tuple[str, ...] | None = None
    nl_assertions: tuple[str, ...] | None = None
    env_assertions: Annotated[tuple[Any, ...], Field(max_length=0)] | None = None
    reward_basis: tuple[Basis, ...] = ("DB", "COMMUNICATE")


class Instructions(_Loose):
    """What the customer is told."""

    task_instructions: str
    reason_for_call: str
    known_info: str | None = None
    unknown_info: str | None = None

    @property
    def text(self) -> str:
        """All of it, the reason first."""
        parts = (self.known_info, self.reason_for_call, self.unknown_info, self.task_instructions)
        return "\n".join(part.strip() for part in parts if part and part.strip())


class _Scenario(_Loose):
    persona: str | None = None
    instructions: Instructions | str


class Tau2Task(_Loose):
    """A task as tau2-bench has it."""

    id: str
    user_scenario: _Scenario
    initial_state: None = None
    evaluation_criteria: Criteria

    @property
    def instruction(self) -> str:
        """What the customer is told, in one text."""
        told = self.user_scenario.instructions
        text = told if isinstance(told, str) else told.text
        return f"{self.user_scenario.persona}\n{text}" if self.user_scenario.persona else text


class Manifest(Frozen):
    """``domain.json`` of an imported domain."""

    format: Literal["tau2-bench"] = FORMAT
    kind: Literal["retail", "airline"]


TASKS = TypeAdapter(tuple[Tau2Task, ...])


def import_copy(path: Path) -> tuple[str, ...]:
    """Imports what a copy has, replacing earlier imports; the names of the domains.

    Raises:
        ConfigError: it is no copy of tau2-bench, or something in it cannot be read; nothing of that domain is changed.
    """
    root = path / "data" / "tau2" / "domains"
    kinds = [kind for kind in TABLES if (root / kind / "db.json").is_file()]
    if not kinds:
        raise ConfigError(
            f"{path} is no copy of tau2-bench: there is no data/tau2/domains/retail/db.json, nor one of airline."
        )
    return tuple(_import(path, root / kind, kind) for kind in kinds)


def _import(path: Path, source: Path, kind: str) -> str:
    tables = _json(source / "db.json")
    models = TABLES[kind]
    data = {table: _records(tables, table, model, source / "db.json") for table, model in models.items()}
    tasks = _tasks(source / "tasks.json")
    chosen = _splits(source / "split_tasks.json", tasks)
    facts = (
        {"airports": returned(path / "src/tau2/domains/airline/tools.py", "list_all_airports")} if kind == "airline" else {}
    )
    files = {f"data/{table}.json": json.dumps(records).encode() for table, records in data.items()}
    files |= {f"tasks/{split}.json": TASKS.dump_json(found) for split, found in chosen.items()}
    files["policy.md"] = read_copy(source / "policy.md")
    files["facts.json"] = json.dumps(facts).encode()
    files["domain.json"] = json.dumps({"format": FORMAT, "kind": kind}).encode()
    replace_folder(settings().domains / f"{PREFIX}{kind}", files)
    return f"{PREFIX}{kind}"


def _json(path: Path) -> Any:
    try:
        return json.loads(read_copy(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not JSON that can be read: {error}.") from error


def _records(tables: Any, table: str, model: type[BaseModel], path: Path) -> dict[str, Any]:
    """A table with every field in the order of its model, as tau2-bench writes it."""
    records = tables.get(table) if isinstance(tables, dict) else None
    if not isinstance(records, dict):
        raise ConfigError(f"{path} has no table {table!r}.")
    found: dict[str, Any] = {}
    for key, record in records.items():
        try:
            found[key] = model.model_validate(record).model_dump()
        except ValidationError as error:
            raise ConfigError(f"{path}: {table}: {key}.{_first(error)}") from error
    return found


def _tasks(path: Path) -> tuple[Tau2Task, ...]:
    try:
        return TASKS.validate_python(_json(path))
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first(error)}") from error


def _splits(path: Path, tasks: tuple[Tau2Task, ...]) -> dict[Split, tuple[Tau2Task, ...]]:
    """The tasks of each split; without a file of splits all are for testing."""
    if not path.is_file():
        return {"train": (), "test": tasks}
    told, known = _json(path), {task.id: task for task in tasks}
    try:
        return {split: tuple(known[name] for name in told.get(split, ())) for split in SPLITS}
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} names a task that is not there: {error}.") from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}."
