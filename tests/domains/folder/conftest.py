"""Folders whose tools are the servers of ``servers``, one of each for a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tarl_app.core.domain import Domain
from tarl_app.domains.folder.check import check_folder, in_order, notes
from tests.domains.folder.folders import TASKS, folder_of
from tests.domains.folder.servers import TOKEN, Workshop, document, mcp_app, serving


@pytest.fixture(scope="module")
def workshop() -> Iterator[tuple[Workshop, str]]:
    made = Workshop()
    with serving(made.app) as url:
        yield made, url


@pytest.fixture(scope="module")
def speaker() -> Iterator[tuple[list[str], str]]:
    seen: list[str] = []
    with serving(mcp_app(seen)) as url:
        yield seen, f"{url}/mcp"


@pytest.fixture
def http(workshop: tuple[Workshop, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Domain:
    """The domain of a folder whose tools are the HTTP server; nothing has been asked of it yet."""
    made, url = workshop
    made.seen.clear()
    monkeypatch.setenv("WORKSHOP_TOKEN", TOKEN)
    folder = folder_of(tmp_path, openapi__yaml=document(url, x_token_env="WORKSHOP_TOKEN", x_timeout="2"), tasks__yaml=TASKS)
    checked = check_folder(folder, "workshop")
    assert in_order(checked) == ()
    assert "only the calls are checked" in notes(checked)[0]
    assert checked.domain is not None
    return checked.domain


@pytest.fixture
def mcp(speaker: tuple[list[str], str], tmp_path: Path) -> Domain:
    seen, url = speaker
    seen.clear()
    folder = folder_of(tmp_path, mcp__yaml=f"url: {url}", tasks__yaml=TASKS)
    checked = check_folder(folder, "workshop")
    assert in_order(checked) == ()
    assert checked.domain is not None
    return checked.domain
