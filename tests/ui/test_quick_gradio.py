"""Importing Gradio takes half the time: no stubs for editors are made, neither beside its sources nor beside others'."""

import importlib
from pathlib import Path

import pytest

COMPONENT = """
from gradio.components.base import Component


class Own(Component):
    EVENTS = ["change"]

"""


def test_a_component_is_made_with_its_events_and_without_a_stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "with_an_own_component.py").write_text(COMPONENT)
    monkeypatch.syspath_prepend(tmp_path)
    made = importlib.import_module("with_an_own_component")
    assert callable(made.Own.change)
    assert not list(tmp_path.glob("*.pyi"))
