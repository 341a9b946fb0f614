"""Reads small untrusted documents: a run's folder, an uploaded run file, a checkpoint's description.

The result is plain data (None, booleans, numbers, strings, lists, dicts) or a ``DocumentError``, within bounded time
and memory. Sizes and depths are limited, YAML has no aliases and no tags that build objects, and a path that leads out
of its folder, or is not a plain file, is not opened.
"""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError

from tarl_app.core.errors import DocumentError

LARGEST = 1_000_000
"""Most bytes of a JSON document."""
LARGEST_YAML = 50_000
"""Most bytes of a YAML document, which takes a hundred times as long to read; our run files have 5,000 at most."""
LARGEST_ROWS = 32_000_000
"""Bytes that are read from the end of a file of rows, and at most of one row."""
DEEPEST = 64
"""Deepest nesting of lists and mappings."""
_WHOLE = 2**63
_BROKEN = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)
"""Exceptions of the parsers for malformed documents: ``!!int x``, ``!!timestamp 2026-99-99``, ``!!bool 2``."""


def read_json(path: Path, root: Path | None = None) -> Any:
    """The value in a JSON file below ``root`` (default: its own folder).

    Raises:
        DocumentError: it is no JSON, too large or too deep, or leads out of ``root``.
        OSError: it cannot be read.
    """
    return parse_json(read_bytes(path, LARGEST, root))


def read_yaml(path: Path, root: Path | None = None) -> Any:
    """The value in a YAML file; raises like ``read_json``."""
    return parse_yaml(read_bytes(path, LARGEST_YAML, root))


def parse_json(data: bytes | str) -> Any:
    """Plain data of a JSON text; raises ``DocumentError``."""
    try:
        return _plain(json.loads(data))
    except _BROKEN as error:
        raise DocumentError(f"This is not JSON that can be read: {_first_line(error)}.") from error


def parse_yaml(data: bytes | str) -> Any:
    """Plain data of a YAML text; None for an empty one. Raises ``DocumentError``."""
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        if len(text) > LARGEST_YAML:
            raise DocumentError(f"This YAML has more than {LARGEST_YAML:,} characters, which is too much.")
        return _plain(yaml.load(text, Loader=_PlainLoader))  # noqa: S506 - a loader that is safer than the safe one
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DocumentError(f"This is not YAML that can be read: {error.problem}{where}.") from error
    except (yaml.YAMLError, *_BROKEN) as error:
        raise DocumentError(f"This is not YAML that can be read: {_first_line(error)}.") from error


@dataclass(frozen=True)
class Written:
    """A value of a YAML document and the line where it stands: every scalar is a text, as it is written.

    ``plain``: a scalar without quotes. ``names``: the lines of a mapping's names.
    """

    value: "str | list[Written] | dict[str, Written]"
    line: int
    plain: bool = field(default=False, compare=False)
    names: dict[str, int] = field(default_factory=dict, compare=False)


def parse_written(data: bytes | str, largest: int) -> Written | None:
    """The values of a YAML text with their lines; None for an empty one. Scalars stay texts: ``yes`` is "yes".

    Built from the parser's events, so that nothing is ever constructed: no tags, aliases, or keys given twice.

    Raises:
        DocumentError: it is no such YAML, too deep, or has more than ``largest`` characters.
    """
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        if len(text) > largest:
            raise DocumentError(f"This YAML has more than {largest:,} characters, which is too much.")
        events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        content = (one for one in events if not isinstance(one, yaml.StreamStartEvent | yaml.DocumentStartEvent))
        return _written(content, next(content), 0)
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DocumentError(f"This is not YAML that can be read: {error.problem}{where}.") from error
    except (yaml.YAMLError, *_BROKEN) as error:
        raise DocumentError(f"This is not YAML that can be read: {_first_line(error)}.") from error


def _written(events: Iterator[Any], event: Any, depth: int) -> Written | None:
    line = event.start_mark.line + 1
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or depth > DEEPEST:
        raise ValueError(f"line {line}: aliases (`*name`), anchors and more than {DEEPEST} levels are not taken")
    if getattr(event, "tag", None) not in (None, "!"):
        raise ValueError(f"line {line}: tags (`!name`) are not taken")
    if isinstance(event, yaml.ScalarEvent):
        return Written(_plain(event.value), line, plain=not event.style)
    if isinstance(event, yaml.SequenceStartEvent):
        rows: list[Written] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            rows += [one for one in (_written(events, event, depth + 1),) if one]
        return Written(rows, line)
    if not isinstance(event, yaml.MappingStartEvent):
        return None  # the document is empty
    fields: dict[str, Written] = {}
    names: dict[str, int] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key, value = _written(events, event, depth + 1), _written(events, next(events), depth + 1)
        if key is None or value is None or not isinstance(key.value, str) or key.value in fields:
            raise ValueError(f"line {event.start_mark.line + 1}: a name must be a text, and given once")
        fields[key.value], names[key.value] = value, key.line
    return Written(fields, line, names=names)


def read_rows(path: Path, longest: int = LARGEST_ROWS, root: Path | None = None) -> Iterator[dict[str, Any]]:
    """The objects in the last ``longest`` bytes of a file with one JSON object a line.

    Other lines are skipped: they are still being written, or were truncated by a full disk. A file that cannot be read,
    or leads out of ``root``, has no rows.
    """
    try:
        data = read_tail(path, longest, root)
    except (OSError, DocumentError):
        return
    for line in data.splitlines():
        try:
            row = parse_json(line)
        except DocumentError:
            continue
        if isinstance(row, dict):
            yield row


def read_bytes(path: Path, largest: int, root: Path | None = None) -> bytes:
    """The whole file; raises ``DocumentError`` when it has more than ``largest`` bytes, and like ``read_json``."""
    with open_inside(path, root) as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise DocumentError(f"{path.name} has more than {largest:,} bytes, which is too much.")
    return data


def read_tail(path: Path, longest: int, root: Path | None = None) -> bytes:
    """The last ``longest`` bytes of a file; raises like ``read_json``."""
    with open_inside(path, root) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - longest))
        return file.read(longest)


def open_inside(path: Path, root: Path | None = None) -> Any:
    """A plain file below ``root`` (default: its own folder), opened for reading bytes.

    Raises:
        DocumentError: it is a link that leads out of ``root``, or not a plain file (a pipe would never end).
        OSError: it cannot be opened.
    """
    inside = (root or path.parent).resolve()
    try:
        real = path.resolve(strict=True)
    except (RuntimeError, ValueError) as error:  # circular links; an impossible file name
        raise DocumentError(f"{path.name} cannot be found.") from error
    if not real.is_relative_to(inside):
        raise DocumentError(f"{path.name} leads out of its folder, so it is not read.")
    handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise DocumentError(f"{path.name} is not a plain file, so it is not read.")
    return os.fdopen(handle, "rb")


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases (ten lines of them are a billion values) and with bounded depth; dates are texts."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way of saying it
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """One node of the document; aliases and nodes that are too deep are refused."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise ComposerError(None, None, "aliases (`*name`) are not taken", mark)
        if self._depth > DEEPEST:
            mark = self.peek_event().start_mark
            raise ComposerError(None, None, f"more than {DEEPEST} levels within one another", mark)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _plain(value: Any, depth: int = 0) -> Any:
    """The value, checked to be plain data; raises ``ValueError`` otherwise."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, int):
        if not -_WHOLE <= value < _WHOLE:
            raise ValueError("a whole number is too large")
        return value
    if depth > DEEPEST:
        raise ValueError(f"more than {DEEPEST} levels within one another")
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("the name of a value is not a text")
        return {_plain(key): _plain(one, depth + 1) for key, one in value.items()}
    raise ValueError(f"{type(value).__name__} is not a text, a number, a list or a mapping")


def _first_line(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "too many levels within one another"
    return (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")


def replace_folder(target: Path, files: dict[str, bytes]) -> None:
    """Makes the folder of these files (path below it -> contents), or replaces it, when all are written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, data in files.items():
            (made / name).parent.mkdir(exist_ok=True)
            (made / name).write_bytes(data)
        former = made.with_suffix(".former")
        if target.exists():
            target.rename(former)
        made.rename(target)
        shutil.rmtree(former, ignore_errors=True)
    finally:
        shutil.rmtree(made, ignore_errors=True)
