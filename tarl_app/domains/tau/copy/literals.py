"""Values out of Python files that are parsed and never run."""

import ast
import warnings
from pathlib import Path
from typing import Any

from tarl_app.core.documents import read_bytes
from tarl_app.core.errors import ConfigError, DocumentError

LARGEST = 64_000_000
"""Most bytes of one file of a copy."""


def read_copy(path: Path) -> bytes:
    """A file's bytes; raises ``ConfigError`` where it is missing, too large, or no plain file."""
    try:
        return read_bytes(path, LARGEST)
    except DocumentError:
        raise
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror or error}).") from error


def assigned(path: Path, *names: str) -> list[Any]:
    """The values that a file, or a function in it, assigns to these names: what is written out on the right side.

    ``Task(a=1)`` is read as ``{"a": 1}``, whatever the name of what is called. Nothing is imported, looked up or run.

    Raises:
        ConfigError: it is no Python, or a name is not there or not written out; the text has the line number.
    """
    tree = _tree(path)
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(target := node.targets[0], ast.Name):
            found.setdefault(target.id, node.value)
    missing = [name for name in names if name not in found]
    if missing:
        raise ConfigError(f"{path}: nothing is assigned to {missing[0]}.")
    try:
        return [_value(found[name]) for name in names]
    except _NotWrittenOut as error:
        raise ConfigError(f"{path}, {error}") from None


def returned(path: Path, function: str) -> Any:
    """The value that a function of a file returns, where it is written out; raises like ``assigned``."""
    nodes = (node for node in ast.walk(_tree(path)) if isinstance(node, ast.FunctionDef) and node.name == function)
    found = next((one.value for node in nodes for one in ast.walk(node) if isinstance(one, ast.Return) and one.value), None)
    if found is None:
        raise ConfigError(f"{path}: {function} returns nothing.")
    try:
        return _value(found)
    except _NotWrittenOut as error:
        raise ConfigError(f"{path}, {error}") from None


def _tree(path: Path) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd backslashes in texts
            return ast.parse(read_copy(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise ConfigError(f"{path}{line}: this is not Python that can be read.") from error


class _NotWrittenOut(Exception):
    """Names the line."""


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            return value
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_value(part) for part in parts]
        case ast.Dict(keys=keys, values=values) if all(isinstance(key, ast.Constant) for key in keys):
            return {_value(key): _value(value) for key, value in zip(keys, values, strict=True) if key is not None}
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.Call(func=ast.Name(), args=[], keywords=given) if all(one.arg for one in given):
            return {one.arg: _value(one.value) for one in given}
        case _:
            raise _NotWrittenOut(f"line {node.lineno}: a value that is written out is expected here, not an expression.")
