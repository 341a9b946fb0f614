"""``tools.py``: typed functions whose first parameter is the database; ``WRITES`` names those that change it.

A function is given its private copy as a ``sqlite3.Connection``, or as a ``sqlalchemy.Connection`` where its first parameter
says so. It answers with JSON, rows or a text, and refuses with ``raise ValueError("why")``. Each call is one transaction.
"""

import inspect
import json
import sqlite3
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import sqlalchemy
import sqlalchemy.exc
from pydantic import BaseModel
from pydantic.errors import PydanticUserError
from sqlalchemy.pool import StaticPool

from tarl_app.core.types import Change, ToolCall, ToolResult
from tarl_app.domains.folder.reading.problems import FolderError, Problems
from tarl_app.domains.folder.tools.seed import Copy, Seed
from tarl_app.domains.folder.tools.toolset import NAME, Toolset
from tarl_app.sandbox.tools.toolbox import RefusalError, Toolbox

FILE = "tools.py"
LARGEST = 200_000
"""Most characters of a tool's answer."""
_LATER = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
_NO_JSON = frozenset(("date", "date-time", "time", "duration", "binary", "uuid"))


class Copies:
    """One conversation's copy."""

    def __init__(self, seed: Seed, toolbox: Toolbox) -> None:
        self.seed, self.copy, self._toolbox = seed, seed.open(), toolbox

    def call(self, call: ToolCall) -> ToolResult:
        """Runs the function in a transaction of its own."""
        self.copy.begin(self._toolbox.writes(call.name))
        return self._toolbox.call(_Transaction(self.copy), call)  # pyright: ignore[reportArgumentType]

    def changes(self) -> tuple[Change, ...]:
        """The difference to the seed."""
        return self.seed.changes(self.copy)

    def close(self) -> None:
        """Frees the copy."""
        self.copy.free()


class _Transaction:
    """What a toolbox needs of a database."""

    def __init__(self, copy: Copy) -> None:
        self.copy = copy
        self.commit, self.rollback = copy.keep, copy.undo


def python_tools(path: Path, seed: Seed) -> Toolset:
    """The tools of a file, which is run. Raises ``FolderError``."""
    problems = Problems()
    module = _run(path, problems)
    toolbox = Toolbox()
    functions = {
        name: one
        for name, one in vars(module).items()
        if inspect.isfunction(one) and not name.startswith("_") and one.__module__ == module.__name__
    }
    writes = getattr(module, "WRITES", ())
    if not isinstance(writes, list | tuple | set | frozenset) or not all(isinstance(one, str) for one in writes):
        problems.add(path.name, None, 'WRITES must name the functions that change the data: WRITES = ("book", "cancel").')
        writes = ()
    for name in sorted(set(writes) - functions.keys()):
        problems.add(path.name, None, f"WRITES names {name!r}, which is no function here: remove it, or correct its name.")
    for name, function in functions.items():
        _add(toolbox, name, function, name in writes, path.name, problems)
    if not functions:
        problems.add(path.name, None, "there is no function in it: write one for each tool.")
    if problems:
        raise FolderError(problems.in_order())
    return Toolset(
        specs=toolbox.specs,
        open=lambda: Copies(seed, toolbox),
        complaint=lambda call: _complaint(toolbox, call),
        normalise=lambda call: toolbox.normalised(call, _plain),
        tables=seed.tables,
        rows=lambda backend, table: seed.rows(backend.copy, table),
    )


def _run(path: Path, problems: Problems) -> Any:
    """The module, run once. What it raises is told with its line."""
    spec = spec_from_file_location(f"tarl_own_tools_{abs(hash(str(path)))}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # nothing is left beside the person's file
    sys.modules[spec.name] = module  # what is defined in it may look itself up there
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        problems.add(path.name, error.lineno, f"Python cannot read this: {error.msg}. Correct it.")
    except (Exception, SystemExit) as error:
        problems.add(path.name, _line(error, path), f"{_told(error)}. Correct it: the file must run by itself.")
    finally:
        sys.dont_write_bytecode = before
    if problems:
        raise FolderError(problems.in_order())
    return module


def _line(error: BaseException, path: Path) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return lines[-1] if lines else None


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}".rstrip(": .")


def _add(toolbox: Toolbox, name: str, function: Callable[..., Any], writes: bool, file: str, problems: Problems) -> None:
    """Registers one function, or says why it is no tool."""
    line = function.__code__.co_firstlineno
    try:
        parameters = [*inspect.signature(function, eval_str=True).parameters.values()]
    except (Exception, SystemExit) as error:  # an annotation that cannot be evaluated
        problems.add(file, line, f"the types of `{name}` cannot be read ({_told(error)}): correct them.")
        return
    before = len(problems)
    if not parameters:
        problems.add(file, line, f"`{name}` needs the database as its first parameter: def {name}(db, ...).")
    if not (function.__doc__ or "").strip():
        problems.add(file, line, f"`{name}` has no docstring: say in one what it does, since the agent reads it.")
    if not NAME.fullmatch(name):
        problems.add(file, line, f"`{name}` is no name that a model can call: use A to Z, digits and _, 64 at most.")
    if any(check(function) for check in _LATER):
        problems.add(file, line, f"`{name}` is async or yields: return the answer instead.")
    if any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD, one.POSITIONAL_ONLY) for one in parameters):
        problems.add(file, line, f"`{name}` takes * or / arguments: name each argument instead.")
    for one in parameters[1:]:
        if one.annotation is one.empty:
            problems.add(file, line, f"the argument `{one.name}` of `{name}` has no type: write {one.name}: str, or int.")
    if len(problems) > before:
        return
    try:
        toolbox.tool(writes=writes)(_guarded(function, parameters[0].annotation is sqlalchemy.Connection))
        properties = next(spec for spec in toolbox.specs if spec.name == name).parameters["properties"]
    except (PydanticUserError, TypeError, ValueError, NameError) as error:
        problems.add(file, line, f"the types of `{name}` cannot be used ({str(error).splitlines()[0][:150]}): change them.")
        return
    for argument, schema in properties.items():
        if not _is_plain(schema):
            told = "use str, int, float, bool, Literal or a list of these"
            problems.add(file, line, f"the type of `{argument}` of `{name}` is not one that a model can write: {told}.")


def _is_plain(schema: Any) -> bool:
    if isinstance(schema, dict):
        return "$ref" not in schema and schema.get("format") not in _NO_JSON and all(map(_is_plain, schema.values()))
    return all(map(_is_plain, schema)) if isinstance(schema, list) else True


def _guarded(function: Callable[..., Any], alchemy: bool) -> Callable[..., Any]:
    """The function on the copy of a transaction; what it raises is a refusal, as a model's call raises nothing."""

    @wraps(function)
    def run(transaction: _Transaction, **arguments: Any) -> Any:
        try:
            return _answered(transaction.copy, function, alchemy, arguments)
        except RefusalError:
            raise
        except sqlite3.Error as error:
            raise RefusalError(_refused_by(error, function.__name__)) from None
        except sqlalchemy.exc.DBAPIError as error:
            raise RefusalError(_refused_by(error.orig or error, function.__name__)) from None
        except ValueError as error:
            raise RefusalError(str(error)[:1_000] or "this is not possible") from None
        except (Exception, SystemExit) as error:
            raise RefusalError(f"the tool {function.__name__} failed ({_told(error)})") from None

    return run


def _answered(copy: Copy, function: Callable[..., Any], alchemy: bool, arguments: dict[str, Any]) -> str:
    if alchemy:
        engine = sqlalchemy.create_engine("sqlite://", creator=lambda: copy, poolclass=StaticPool)
        with engine.connect() as connection:
            answer = _json(function(connection, **arguments))
    else:
        answer = _json(function(copy, **arguments))
    if len(answer) > LARGEST:
        raise RefusalError(f"the tool {function.__name__} answered with more than {LARGEST:,} characters")
    return answer


def _json(answer: Any) -> str:
    """The answer as it is shown: a text as it is, all else as JSON."""
    if isinstance(answer, str):
        return answer
    try:
        return json.dumps(answer, ensure_ascii=False, allow_nan=False, default=_row)
    except (TypeError, ValueError, RecursionError) as error:
        told = f"the tool's answer is no JSON ({str(error)[:200]}): it must return texts, numbers, lists, dicts or rows"
        raise RefusalError(told) from None


def _row(value: Any) -> Any:
    if isinstance(value, sqlite3.Row):
        return dict(zip(value.keys(), tuple(value), strict=True))
    if isinstance(value, sqlalchemy.Row):
        return dict(value._mapping)
    if isinstance(value, sqlalchemy.RowMapping):
        return dict(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"a {type(value).__name__}")


def _refused_by(error: BaseException, name: str) -> str:
    told = str(error)
    if "readonly" in told:
        return f"the tool {name} changes the data, but {FILE} does not name it in WRITES"
    if "not authorized" in told:
        return f"the tool {name} makes or drops tables, or reaches a file, which tools may not"
    if told == "interrupted":
        return f"the tool {name} took too long"
    return f"the database refuses this ({told[:200]})"


def _complaint(toolbox: Toolbox, call: ToolCall) -> str:
    try:
        toolbox.validated(call)
    except RefusalError as refusal:
        return str(refusal)
    return ""


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(arguments, default=str))
