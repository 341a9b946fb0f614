"""Calls store their sounds: each test has a ``TARL_HOME`` of its own, with the weights that are there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tarl_app.core.settings import settings


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    weights = settings().cache
    weights.mkdir(parents=True, exist_ok=True)
    (tmp_path / "cache").symlink_to(weights)
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    settings.cache_clear()
    yield
    settings.cache_clear()
