"""The files of a folder as a domain. Everything that is wrong is collected, with file and line."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from tarl_app.core.documents import read_bytes
from tarl_app.core.domain import Domain, Labels, Split
from tarl_app.core.errors import DocumentError
from tarl_app.core.types import Task
from tarl_app.domains.folder.customer import CUSTOMER
from tarl_app.domains.folder.expert import solution
from tarl_app.domains.folder.reading import tasks_file
from tarl_app.domains.folder.reading.marked import Marked, read_texts
from tarl_app.domains.folder.reading.problems import FolderError, Problem, Problems
from tarl_app.domains.folder.reading.tasks_file import Entry
from tarl_app.domains.folder.tasks import KINDS, tasks_of
from tarl_app.domains.folder.tools import mcp_tools, openapi, python_tools, seed
from tarl_app.domains.folder.tools.toolset import Toolset
from tarl_app.sandbox.environment import SandboxEnvironment

POLICY, BRIEF = "policy.md", "policy_brief.md"
TOOLS = (python_tools.FILE, *openapi.FILES, mcp_tools.FILE)
LONGEST_POLICY = 100_000
"""Most bytes of a policy."""
ON_A_SERVER = (
    "The tools act on a server, whose data is not ours: only the calls are checked, and conversations share what it holds."
)
T = TypeVar("T")


@dataclass
class Folder:
    """What was read. ``domain`` is None where it cannot be made; ``files`` has what is needed to make it again."""

    path: Path
    name: str
    problems: Problems = field(default_factory=Problems)
    files: dict[str, bytes] = field(default_factory=dict)
    domain: Domain | None = None
    tools: Toolset | None = None
    at: Marked | None = None
    tasks: list[tuple[int, Entry, Task]] = field(default_factory=list)

    def line(self, place: int, *field: str | int) -> int | None:
        """The line of a task, or of something in it."""
        return self.at.line(("tasks", place, *field)) if self.at else None


def read_folder(path: Path, name: str, *, installed: bool = False) -> Folder:
    """Reads everything; an ``installed`` one has the tools of its server with it."""
    found = Folder(path, name)
    policy = _guarded(found, POLICY, lambda: _policy(path / POLICY))
    brief = _guarded(found, BRIEF, lambda: _policy(path / BRIEF)) if (path / BRIEF).exists() else policy
    found.tools = _tools(found, installed)
    found.at = _guarded(found, tasks_file.FILE, lambda: read_texts(path / tasks_file.FILE))
    if found.at is not None:
        head, entries = tasks_file.read_entries(found.at, found.problems)
        if found.tools is not None and head.tasks:
            found.tools = found.tools.reading(head.transfer_tool)
            found.tasks = tasks_of(name, head, entries, found.tools, found.at, found.problems)
            if policy and brief and (found.tools.remote or found.tools.tables is not None):
                tasks = [task for _, _, task in found.tasks]
                found.domain = _domain(name, policy, brief, head, tasks, found.tools)
    for file in (POLICY, BRIEF, *TOOLS, *seed.FILES, tasks_file.FILE):
        if (path / file).is_file() and found.domain is not None:
            found.files[file] = read_bytes(path / file, seed.LARGEST)
    return found


def _guarded(found: Folder, file: str, read: Callable[[], T]) -> T | None:
    """The result, or None after its problems were noted."""
    try:
        return read()
    except FolderError as error:
        for one in error.problems:
            found.problems.add(one.file, one.line, one.text)
    except DocumentError as error:
        line = re.search(r"\bline (\d+)", str(error))
        found.problems.add(file, int(line[1]) if line else None, str(error))
    except FileNotFoundError:
        found.problems.add(file, None, "there is no such file: write it (docs/own-domain.md).")
    except OSError as error:
        found.problems.add(file, None, f"it cannot be read ({error.strerror}): correct that.")
    return None


def _policy(path: Path) -> str:
    try:
        text = read_bytes(path, LONGEST_POLICY).decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise DocumentError("This is not UTF-8: save it as UTF-8.") from None
    if not text:
        raise DocumentError("This is empty: say what the agent may do, and what not.")
    return text


def _tools(found: Folder, installed: bool) -> Toolset | None:
    path = found.path
    there = [file for file in TOOLS if (path / file).exists()]
    if len(there) != 1:
        has = f"there are {' and '.join(there)}" if there else "there is none"
        found.problems.append(
            Problem(file=python_tools.FILE, line=None, text=f"{has}: a folder has one of {', '.join(TOOLS)}.")
        )
        return None
    seeds = [file for file in seed.FILES if (path / file).exists()]
    if there[0] == python_tools.FILE:
        return _guarded(found, there[0], lambda: _own_tools(found, seeds))
    for file in seeds:
        found.problems.add(file, None, f"{there[0]} names a server, which has its own data: remove this file.")
    if there[0] != mcp_tools.FILE:
        return _guarded(found, there[0], lambda: openapi.openapi_tools(path / there[0]))
    return _guarded(found, there[0], lambda: _mcp(found, installed))


def _own_tools(found: Folder, seeds: list[str]) -> Toolset | None:
    if len(seeds) != 1:
        has = f"there are {' and '.join(seeds)}" if seeds else "there is none"
        found.problems.add(seed.FILES[0], None, f"{has}: tools.py needs one of {' and '.join(seed.FILES)}.")
        return None
    made = _guarded(found, seeds[0], lambda: seed.read_seed(found.path / seeds[0]))
    if made is not None:
        return python_tools.python_tools(found.path / python_tools.FILE, made)
    # What is wrong with tools and tasks is told with it, as far as it can be known without data.
    return replace(python_tools.python_tools(found.path / python_tools.FILE, seed.nothing()), tables=None)


def _mcp(found: Folder, installed: bool) -> Toolset:
    listed = read_bytes(found.path / mcp_tools.LISTED, 5_000_000) if installed else None
    try:
        tools, found.files[mcp_tools.LISTED] = mcp_tools.mcp_tools(found.path / mcp_tools.FILE, listed)
    except ValidationError:
        raise DocumentError(f"{mcp_tools.LISTED} is damaged: add the folder again.") from None
    return tools


def _domain(name: str, policy: str, brief: str, head: Any, tasks: list[Task], tools: Toolset) -> Domain:
    by_split: dict[Split, tuple[Task, ...]] = {
        split: tuple(task for task in tasks if task.split == split) for split in ("train", "dev", "test")
    }
    transfer = head.transfer_tool or None
    scene = head.about or "A customer calls. A voice agent answers, and every one of its turns is judged in front of you."
    rehearse = tools.rehearse
    return Domain(
        name=name,
        policy=policy,
        policy_brief=brief,
        tools=tools.specs,
        tasks=lambda split: by_split[split],
        open=lambda: SandboxEnvironment(tools.specs, tools.open(), transfer),
        normalise=tools.normalise,
        rehearsal=None if rehearse is None else lambda: SandboxEnvironment(tools.specs, rehearse(), transfer),
        transfer_tool=transfer,
        labels=Labels(scene=scene, kinds=KINDS, goal=lambda goal: str(goal.details.get("title", goal.kind))),
        customer=CUSTOMER,
        expert=solution(tools.specs, transfer),
    )
