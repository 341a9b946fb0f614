"""Makes Gradio's import take half the time, and writes nothing into its installation meanwhile."""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_METACLASS = "gradio.component_meta"
_WRITES_STUBS = "create_or_modify_pyi"


class _WithoutStubs(MetaPathFinder, Loader):
    """Imports the module of the components' metaclass, and takes the writing of stubs for editors out of it.

    At every import, for each of eighty classes, Gradio parses the class's file twice, renders a stub, and compares it with
    the one beside that file, which it writes where they differ.
    """

    def __init__(self) -> None:
        self._loader: Loader | None = None

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != _METACLASS:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            self._loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec) if self._loader else None

    def exec_module(self, module: ModuleType) -> None:
        sys.meta_path.remove(self)
        assert self._loader is not None  # ``find_spec`` comes first
        self._loader.exec_module(module)
        if hasattr(module, _WRITES_STUBS):
            setattr(module, _WRITES_STUBS, lambda *_: None)


def without_stubs() -> None:
    """From now on, Gradio is imported without them; call it before its first import, else it changes nothing."""
    if _METACLASS not in sys.modules:
        sys.meta_path.insert(0, _WithoutStubs())
