"""The example of docs/own-domain.md, with something in it changed; and small folders whose tools are a server."""

import shutil
from pathlib import Path
from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.types import ToolCall

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "bike-repair"


def example(at: Path, *changes: tuple[str, str, str]) -> Path:
    """A copy of the example as ``at/bike-repair``; each change replaces a text of a file, once."""
    folder = at / "bike-repair"
    shutil.copytree(EXAMPLE, folder)
    for file, old, new in changes:
        text = (folder / file).read_text("utf-8")
        assert text.count(old) >= 1, (file, old)
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return folder


def line_of(path: Path, text: str) -> int:
    """The number of the first line that has a text."""
    return next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), start=1) if text in line)


def folder_of(at: Path, **files: str) -> Path:
    """A folder of these files; ``__`` in a name stands for the dot."""
    folder = at / "workshop"
    folder.mkdir(parents=True)
    for name, text in {"policy__md": "Help the callers.", **files}.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    return folder


TASKS = """\
tasks:
  - id: cancel
    goal: You want to cancel the repair of your bike.
    facts: {bike number: 204230}
    calls:
      - find_bike: {number: 204230}
      - cancel_repair: {repair: 2, why: sold}
    never_call: shut_down
  - id: price
    goal: You want to know what the repair of your bike costs.
    facts: {bike number: 204230}
    calls:
      - find_bike: {number: 204230}
    say: {price: $62.00}
"""
"""Tasks for the servers of ``servers``."""


def use(domain: Domain, tool: str, **arguments: Any) -> str:
    environment = domain.open()
    result = environment.call(ToolCall(id="c", name=tool, arguments=arguments))
    assert environment.changes() == ()
    environment.close()
    assert result.is_error == result.content.startswith("Error: ")
    assert "\n" not in result.content or not result.is_error
    return result.content
