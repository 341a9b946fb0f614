"""``import tau-bench PATH``: the user's own copy becomes the domains ``tau-retail`` and ``tau-airline``.

A folder under ``TARL_HOME/domains`` has all that is needed (``domain.json``, ``data``, ``tasks``, ``policy.md``), so that
the copy itself may go. It is made beside its place and moved there when it is whole.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from tarl_app.core.documents import replace_folder
from tarl_app.core.domain import Split
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings
from tarl_app.domains.tau.copy.layout import LAYOUTS, Kind, Manifest, TauTask
from tarl_app.domains.tau.copy.literals import assigned, read_copy
from tarl_app.domains.tau.world import Base, World

PREFIX = "tau-"
_TASKS = TypeAdapter(tuple[TauTask, ...])


def import_copy(path: Path) -> tuple[str, ...]:
    """Imports what a copy has of the benchmark, replacing earlier imports; the names of the domains.

    Raises:
        ConfigError: it is no copy of the benchmark, or something in it cannot be read; nothing of that domain is changed.
    """
    root = next((one for one in (path / "tau_bench" / "envs", path / "envs", path) if _kinds(one)), None)
    if root is None:
        raise ConfigError(
            f"{path} is no copy of tau-bench: there is neither tau_bench/envs/retail/data nor tau_bench/envs/airline/data."
        )
    return tuple(_import(root / kind, kind) for kind in _kinds(root))


def _kinds(root: Path) -> list[Kind]:
    return [kind for kind in get_args(Kind) if (root / kind / "data").is_dir()]


def _import(source: Path, kind: Kind) -> str:
    layout, name = LAYOUTS[kind], f"{PREFIX}{kind}"
    files = {f"data/{table}.json": read_copy(source / "data" / f"{table}.json") for table in layout.tables}
    tables = {table: _table(files[f"data/{table}.json"], source / "data" / f"{table}.json") for table in layout.tables}
    for table, fields in layout.tables.items():
        _check_fields(tables[table], fields, source / "data" / f"{table}.json")
    tasks: dict[Split, tuple[TauTask, ...]] = {
        split: _tasks(source / file, variable) for split, (file, variable) in layout.splits.items()
    }
    digests: dict[Split, str] = {split: tasks_digest(found) for split, found in tasks.items()}
    made = Manifest(kind=kind, data=World(Base(tables)).digest(), tasks=digests)
    files |= {f"tasks/{split}.json": _TASKS.dump_json(found) for split, found in tasks.items()}
    files["policy.md"] = read_copy(source / "wiki.md")
    files["rules.json"] = json.dumps(assigned(source / "rules.py", "RULES")[0]).encode()
    files["facts.json"] = json.dumps(_facts(source, kind)).encode()
    files["domain.json"] = made.model_dump_json(indent=2).encode()
    replace_folder(settings().domains / name, files)
    return name


def tasks_digest(tasks: tuple[TauTask, ...]) -> str:
    """A digest of a split's tasks."""
    return sha256(_TASKS.dump_json(tasks)).hexdigest()


def _table(data: bytes, path: Path) -> dict[str, Any]:
    try:
        table = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not JSON that can be read: {error}.") from error
    if not isinstance(table, dict) or not all(isinstance(record, dict) for record in table.values()):
        raise ConfigError(f"{path} is not a table of tau-bench: an object of objects is expected.")
    return table


def _check_fields(table: dict[str, Any], fields: tuple[str, ...], path: Path) -> None:
    for key, record in table.items():
        if missing := [field for field in fields if field not in record]:
            raise ConfigError(f"{path}: the record {key[:60]!r} has no field {missing[0]!r}.")


def _tasks(path: Path, variable: str) -> tuple[TauTask, ...]:
    (found,) = assigned(path, variable)
    try:
        return _TASKS.validate_python(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {variable}[{place}]: {first['msg']}.") from error


def _facts(source: Path, kind: Kind) -> dict[str, Any]:
    """What a tool of the copy has written out: the airports with their cities."""
    if kind != "airline":
        return {}
    path = source / "tools" / "list_all_airports.py"
    codes, cities = assigned(path, "airports", "cities")
    if (
        not isinstance(codes, list)
        or not isinstance(cities, list)
        or not all(isinstance(one, str) for one in codes + cities)
    ):
        raise ConfigError(f"{path}: airports and cities are no lists of texts.")
    return {"airports": dict(zip(codes, cities, strict=False))}
