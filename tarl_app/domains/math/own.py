"""The user's own questions: a JSONL file with a question and an answer a line becomes tasks of a split.

    {"question": "How many legs have 3 cats?", "answer": 12}
    {"question": "...", "answer": "3 cats with 4 legs each have 3*4 = <<3*4=12>>12 legs. #### 12"}

The answer is a whole number, or a worked solution that ends with ``####`` and that number; ``solution`` may hold the
worked solution separately. Other fields are ignored. Imported tasks are stored under ``TARL_HOME/tasks``, one file a
split.
"""

import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tarl_app.core.domain import Split
from tarl_app.core.errors import ConfigError, DomainError
from tarl_app.core.settings import settings
from tarl_app.core.types import Task
from tarl_app.domains.math.generate import NAME, SIZES, task_of
from tarl_app.domains.math.work import Problem

KIND = f"{NAME}-own"
LONGEST = 4000
"""Characters of a question, or of a worked solution."""
MOST = 100_000
"""Questions in a file."""
_WHOLE = re.compile(r"[-−]?\s?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.0+)?")
_MARK = "####"
_ANNOTATION = re.compile(r"<<[^<>]*>>")


def adopt(path: Path, split: Split) -> tuple[Task, ...]:
    """Makes the questions of a file tasks of a split, replacing earlier imports; returns these tasks.

    A repeated question counts once. Nothing is imported from a file with an error.

    Raises:
        ConfigError: the file cannot be read, a line is no question with an answer, or a question is in another split.
    """
    imported = questions(path)
    taken = {_key(_question(task)): other for other in SIZES if other != split for task in tasks(other)}
    clash = next((one for one in imported if _key(one.question) in taken), None)
    if clash is not None:
        raise ConfigError(f"The question {clash.question[:80]!r} is already in the split {taken[_key(clash.question)]}.")
    made = tuple(task_of(f"{NAME}-{split}-own.{n:05d}", one, KIND, split, seed=n) for n, one in enumerate(imported))
    target = kept(split)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(f".{os.getpid()}.part")
        temporary.write_text("".join(task.model_dump_json() + "\n" for task in made), encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        raise ConfigError(f"{target} cannot be written: {error}") from error
    return made


def tasks(split: Split) -> tuple[Task, ...]:
    """The imported tasks of the split; raises ``DomainError`` for a file that was changed by hand."""
    path = kept(split)
    try:
        state = path.stat()
    except OSError:
        return ()
    return _read(path, state.st_mtime_ns, state.st_size)


def kept(split: Split) -> Path:
    """The file of a split's imported tasks; deleting it removes them."""
    return settings().home / "tasks" / f"{NAME}-{split}.jsonl"


@lru_cache(maxsize=8)
def _read(path: Path, modified: int, size: int) -> tuple[Task, ...]:
    try:
        return tuple(map(Task.model_validate_json, path.read_text(encoding="utf-8").splitlines()))
    except (OSError, ValueError) as error:
        raise DomainError(f"{path} cannot be read; import the questions again, or delete it. {error}") from error


def questions(path: Path) -> list[Problem]:
    """The distinct questions of a JSONL file, in order; raises ``ConfigError`` with the line number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    found: dict[str, Problem] = {}
    for number, line in _lines(text):
        try:
            one = _problem(json.loads(line))
        except (ValueError, RecursionError, ValidationError) as error:
            raise ConfigError(f"{path}, line {number}: {error}") from error
        found.setdefault(_key(one.question), one)
        if len(found) > MOST:
            raise ConfigError(f"{path} holds more than {MOST} questions.")
    if not found:
        raise ConfigError(f"{path} holds no questions.")
    return list(found.values())


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # Not splitlines(): it also cuts at characters that may stand within a JSON text.
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def _problem(row: Any) -> Problem:
    if not isinstance(row, dict) or not isinstance(row.get("question"), str) or "answer" not in row:
        raise ValueError('expected an object such as {"question": "What is 2 plus 3?", "answer": 5}')
    question = " ".join(row["question"].split())
    if not 0 < len(question) <= LONGEST:
        raise ValueError(f"a question has 1 to {LONGEST} characters")
    answer, worked = row["answer"], str(row.get("solution") or "")
    if isinstance(answer, str) and _MARK in answer:
        before, _, answer = answer.rpartition(_MARK)
        worked = worked or before
    worked = " ".join(_ANNOTATION.sub("", worked).split())[:LONGEST]
    return Problem(question=_clean(question), answer=_whole(answer), worked=_clean(worked), written="")


def _whole(answer: Any) -> int:
    if isinstance(answer, int) and not isinstance(answer, bool) and abs(answer) < 10**15:
        return answer
    text = answer.strip().lstrip("$").rstrip(".") if isinstance(answer, str) else ""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"the answer {str(answer)[:60]!r} is not a whole number")
    return int(re.sub(r"[,\s]|\.0+$", "", text.replace("−", "-")))


def _clean(text: str) -> str:
    # A lone surrogate must not make an episode unserialisable.
    return text.encode("utf-8", "replace").decode("utf-8")


def _key(question: str) -> str:
    return " ".join(re.findall(r"\w+", question.casefold()))


def _question(task: Task) -> str:
    return task.goals[0].question or "" if task.goals else ""
