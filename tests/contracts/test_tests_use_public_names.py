"""Tests reach the product through its public names alone, and replace no part of it while they run."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import tarl_app

ROOT = Path(tarl_app.__file__).parent
TESTS = Path(__file__).parents[1]
PACKAGE = ROOT.name
FOREIGN = frozenset(("_attn_implementation", "_id", "_queue"))
"""Private names of transformers and Gradio that they share with the product."""


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


@cache
def private_names() -> frozenset[str]:
    """Every private name that the product defines: functions, classes, methods, attributes and constants."""
    found: set[str] = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    found.add(name)
                case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                    found.add(name)
    return frozenset(filter(_is_private, found)) - FOREIGN


def _own(tree: ast.AST) -> set[str]:
    """The private names that the test file itself defines."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                found.add(name)
    return found


def _imported(tree: ast.AST) -> set[str]:
    """What the file calls the parts of the product that it imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            found |= {name.asname or name.name for name in node.names}
        if isinstance(node, ast.Import):
            found |= {(name.asname or PACKAGE) for name in node.names if name.name.split(".")[0] == PACKAGE}
    return found


def _root(node: ast.expr) -> str:
    """The name that a chain of attributes and subscripts begins with; the module, where the place is given as text."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Constant):
        return str(node.value).split(".")[0]
    return node.id if isinstance(node, ast.Name) else ""


def _patched(node: ast.AST) -> ast.expr | None:
    """What is patched, where a call does that."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        name = ast.unparse(node.func)
        if node.func.attr in ("setattr", "delattr") and "patch" in name.lower():
            return node.args[0]
    return None


def breaches(text: str) -> Iterator[str]:
    """The private names of the product in a test file, and the parts of it that are patched."""
    tree = ast.parse(text)
    own, imported = _own(tree), _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in private_names():
            itself = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not (itself and node.attr in own):
                yield f"{node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            names = [*(node.module or "").split("."), *(name.name for name in node.names)]
            yield from (f"{node.lineno}: import of {name}" for name in names if _is_private(name))
        if (target := _patched(node)) is not None and _root(target) in {*imported, PACKAGE}:
            yield f"{node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.Import | ast.ImportFrom) and "mock" in ast.unparse(node).replace(".", " ").split():
            yield f"{node.lineno}: {ast.unparse(node)}"


def test_tests_name_nothing_private_and_patch_nothing_of_the_product() -> None:
    found: list[str] = []
    for path in sorted(TESTS.rglob("*.py")):
        found += [f"{path.relative_to(TESTS)}:{one}" for one in breaches(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "from tarl_app.agents.omni.agent import _UNFINISHED",
        "agent._generator = None",
        "OmniAgent(loaded, domain)._speak(logits)",
        "monkeypatch.setattr('tarl_app.wiring.make_user', None)",
        "from tarl_app import wiring\nmonkeypatch.setattr(wiring, 'make_user', None)",
        "from tarl_app.ui.calls import worker\npytest.MonkeyPatch().setattr(worker.Worker, 'start', None)",
        "import tarl_app.wiring\nmonkeypatch.delattr(tarl_app.wiring, 'make_user')",
        "from unittest import mock",
        "from unittest.mock import patch",
    ],
)
def test_private_names_and_patches_are_found(line: str) -> None:
    assert [*breaches(line)]


@pytest.mark.parametrize(
    "line",
    [
        "class Mine:\n    def __init__(self):\n        self._generator = None\n        print(self._generator)",
        "import torch\nmonkeypatch.setattr(torch.cpu, '_is_amx_tile_supported', None)",
        "monkeypatch.setenv('TARL_HOME', '')",
        "from tarl_app import wiring\nwiring.make_user(task)",
        "row._asdict()",
    ],
)
def test_what_is_public_foreign_or_the_tests_own_is_allowed(line: str) -> None:
    assert not [*breaches(line)]
