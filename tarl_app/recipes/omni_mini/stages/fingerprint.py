"""Records what an output was made from in a file beside it, so that another preset's output is never used."""

import json
from collections.abc import Mapping
from pathlib import Path

from tarl_app.core.errors import ConfigError


def _beside(output: Path) -> Path:
    return output.with_name(f"{output.name}.from.json")


def note(output: Path, origin: Mapping[str, object]) -> None:
    """Records what ``output``, which is about to be made, is made from; ``origin`` is plain JSON except for tuples."""
    _beside(output).write_text(json.dumps(origin, indent=1) + "\n", encoding="utf-8")


def is_there(output: Path, origin: Mapping[str, object]) -> bool:
    """Whether ``output`` exists and was made from ``origin``.

    Raises:
        ConfigError: it was made from something else, or its origin is unknown.
    """
    if not output.exists():
        return False
    then = json.loads(_beside(output).read_text("utf-8")) if _beside(output).exists() else {}
    now = json.loads(json.dumps(origin))
    other = [name for name in now if name not in then or then[name] != now[name]]
    if other:
        made = ", ".join(f"{name} {then.get(name, 'unknown')}" for name in other)
        asked = ", ".join(f"{name} {now[name]}" for name in other)
        raise ConfigError(f"{output} was made with {made}; asked for is {asked}. Choose another --out, or delete the file.")
    return True
