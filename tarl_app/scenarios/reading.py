"""Reads files of scenarios; every error names its file and line, and for an unknown name one that is meant."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tarl_app.core.documents import Written, parse_written, read_bytes
from tarl_app.core.errors import ConfigError, DocumentError
from tarl_app.scenarios.model import MODELS, Scenario

LARGEST = 200_000
"""Most bytes of a file."""
ENDINGS = (".yaml", ".yml")
_MOST_ERRORS = 20

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Read:
    """A scenario with its file, and where its parts stand."""

    scenario: Scenario
    path: Path
    written: Written

    @property
    def name(self) -> str:
        """Its name, by default the file's."""
        return self.scenario.name or self.path.stem

    def fault(self, place: Place, text: str) -> str:
        """A sentence about a place, with file and line."""
        return f"{self.path}, line {_line(self.written, place)}: {text}"


def find(names: Iterable[str]) -> list[Path]:
    """The files of these names: files, and folders with all that is in them. Raises ``ConfigError``."""
    found: list[Path] = []
    for name in names:
        path = Path(name)
        here = [path] if path.is_file() else sorted(one for one in path.glob("*") if one.suffix in ENDINGS)
        if not here:
            raise ConfigError(f"{name} is no file, and no folder with scenarios ({', '.join(ENDINGS)}).")
        found += here
    return list(dict.fromkeys(found))


def read(paths: Sequence[Path]) -> list[Read]:
    """All scenarios of the files. Raises ``ConfigError`` with all errors, a line each."""
    found: list[Read] = []
    wrong: list[str] = []
    for path in paths:
        try:
            found += _scenarios(path)
        except ConfigError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigError("\n".join(wrong))
    return found


def _scenarios(path: Path) -> list[Read]:
    """A file has one scenario, or a list of them."""
    try:
        data = read_bytes(path, LARGEST, Path("/"))
        written = parse_written(data, LARGEST)
    except (OSError, DocumentError) as error:
        raise ConfigError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    parts = written.value if written is not None and isinstance(written.value, list) else [written]
    if written is None or not parts:
        raise ConfigError(f"{path}, line 1: the file is empty. docs/scenarios.md says what a scenario consists of.")
    found: list[Read] = []
    lines = data.decode("utf-8-sig").splitlines()
    wrong = [f"{path}, line {line}: {text}" for line, text in _cut_off(written, lines)]
    for one in parts:
        if one is None or not isinstance(one.value, dict):
            line = one.line if one else 1
            wrong.append(f"{path}, line {line}: a scenario is a mapping of names to values, such as task: an-id")
            continue
        try:
            found.append(Read(Scenario.model_validate(texts(one)), path, one))
        except ValidationError as error:
            wrong += [f"{path}, line {_line(one, found.place)}: {found.text}" for found in _faults(one, error)]
    if wrong:
        raise ConfigError("\n".join(wrong[:_MOST_ERRORS]))
    return found


def _cut_off(written: Written, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Texts without quotes that end at a ``#``, as in "order #7": the rest is a comment in YAML, which nobody means."""
    value = written.value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _cut_off(inner, lines)
    if isinstance(value, str) and written.plain and value and 0 < written.line <= len(lines):
        _, there, rest = lines[written.line - 1].partition(value)
        if there and re.match(r"\s+#\w", rest):
            cut = rest.split()[0]
            yield written.line, f"{cut!r} and what follows is a comment in YAML: put the whole text in quotes"


def texts(written: Written) -> Any:
    """The value, every scalar as the text that is written."""
    if isinstance(written.value, dict):
        return {name: texts(one) for name, one in written.value.items()}
    return [texts(one) for one in written.value] if isinstance(written.value, list) else written.value


@dataclass(frozen=True)
class _Fault:
    place: Place
    text: str


def _faults(written: Written, error: ValidationError) -> list[_Fault]:
    """One fault for each place; several alternatives that all failed are one."""
    found: dict[Place, _Fault] = {}
    for one in error.errors(include_url=False, include_input=True, include_context=False):
        place = _known(written, one["loc"])
        found.setdefault(place, _Fault(place, _in_words(place, one)))
    return sorted(found.values(), key=lambda fault: _line(written, fault.place))


def _in_words(place: Place, error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in place if isinstance(part, str))
    match error["type"]:
        case "extra_forbidden":
            return f"there is no {place[-1]!r} here{meant(str(place[-1]), _names(place[:-1]))}"
        case "missing":
            lacking = str(error["loc"][-1])
            return f"{lacking} is missing here"
        case "value_error":
            text = error["msg"].removeprefix("Value error, ")
            return f"{name}: {text}" if name else text
        case _:
            return f"{name or 'this'}: {error['msg'][:1].lower()}{error['msg'][1:]}, not {_shown(error['input'])}"


def _shown(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 80 else f"{text[:80]}..."


def meant(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'expect'?``, or which there are."""
    names = sorted(known)
    near = get_close_matches(name, names, 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else f": there are {', '.join(names)}" if names else ""


def _names(place: Place) -> list[str]:
    model = MODELS.get(tuple(part for part in place if isinstance(part, str)))
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _known(written: Written, place: Sequence[str | int]) -> Place:
    """As much of a place as is written."""
    return tuple(part for part, _, _ in _steps(written, place))


def _line(written: Written, place: Place) -> int:
    return next((line for _, _, line in reversed(list(_steps(written, place)))), written.line)


def _steps(written: Written, place: Sequence[str | int]) -> Iterator[tuple[str | int, Written, int]]:
    """Each part of a place with what is written there, and the line of its name; ends where nothing is written."""
    for part in place:
        value, names = written.value, written.names
        if isinstance(value, dict) and isinstance(part, str) and part in value:
            written, line = value[part], names[part]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            written, line = value[part], value[part].line
        else:
            return
        yield part, written, line
