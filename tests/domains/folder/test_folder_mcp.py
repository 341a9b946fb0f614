"""Tools of a real MCP server of this machine, by the SDK's client."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from tarl_app.cli import main
from tarl_app.core.domain import Domain
from tarl_app.domains import load_domain
from tarl_app.domains.folder.check import check_folder, in_order
from tests.domains.folder.folders import TASKS, folder_of, use
from tests.domains.folder.servers import BIKE, Workshop, serving


def test_tools_of_an_mcp_server_are_called(mcp: Domain, speaker: tuple[list[str], str]) -> None:
    assert {tool.name: tool.writes for tool in mcp.tools} == {
        "find_bike": False, "cancel_repair": True, "shut_down": True, "odd": False,
    }  # fmt: skip
    assert BIKE["price"] in use(mcp, "find_bike", number=204230)
    assert "there is no such bike" in use(mcp, "find_bike", number=1)
    assert "cancelled" in use(mcp, "cancel_repair", repair=2, why="sold")
    assert use(mcp, "cancel_repair", repair=2).startswith("Error: ")
    assert speaker[0] == ["bike 204230", "bike 1", "cancel 2 sold"]
    assert "more than 500,000 bytes" in use(mcp, "odd", how="huge")
    assert "more than 60,000 characters" in use(mcp, "odd", how="long")


def test_what_was_added_is_not_changed_by_what_the_server_says_later(
    home: Path, speaker: tuple[list[str], str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    written = f"url: {speaker[1]}\ntools: [find_bike, cancel_repair, shut_down]\nwrites: [cancel_repair]"
    folder = folder_of(tmp_path_factory.mktemp("own"), mcp__yaml=written, tasks__yaml=TASKS)
    assert main(["domain", "add", str(folder), "--name", "by-mcp"]) == 0
    path = home / "domains" / "by-mcp"
    assert (path / "tools.json").is_file()
    manifest = (path / "mcp.yaml").read_text("utf-8")
    assert speaker[1] in manifest
    domain = load_domain("by-mcp")
    assert {tool.name: tool.writes for tool in domain.tools} == {
        "find_bike": False, "cancel_repair": True, "shut_down": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("url: {url}\ntools: [find_bike, fly]", "the server has no tool `fly`"),
        ("url: {url}\nwrites: [fly]", "the server has no tool `fly`"),
        ("url: {url}\ntools: []", "must have 1 to 128 tools"),
        ("url: {url}\ntoken: secret", "there is no field `token`"),
        ("url: {url}\ntoken_env: NOBODY_HAS_SET_IT", "NOBODY_HAS_SET_IT with the token"),
        ("url: {base}/nothing", "the server refuses this (404)"),
        ("url: http://127.0.0.1:9/mcp", "cannot be reached (ConnectError)"),
        ("url: nowhere", "is no address"),
        ("tools: [find_bike]", "`url` is missing"),
    ],
)
def test_what_is_wrong_with_an_mcp_file_is_said(
    speaker: tuple[list[str], str], tmp_path: Path, written: str, said: str
) -> None:
    url = speaker[1]
    file = written.format(url=url, base=url.removesuffix("/mcp"))
    folder = folder_of(tmp_path, mcp__yaml=file, tasks__yaml=TASKS)
    found = in_order(check_folder(folder, "workshop"))
    assert [one for one in found if said in one.text and one.file == "mcp.yaml"], found
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("how", "said"), [("redirect", "sends elsewhere (307)"), ("huge", "does not speak MCP"), ("misfit", "1 seconds")]
)
def test_a_server_that_does_not_speak_mcp_is_one_sentence(
    workshop: tuple[Workshop, str], tmp_path: Path, how: str, said: str
) -> None:
    odd = FastAPI()
    odd.post("/odd/{how}")(workshop[0].odd)
    with serving(odd) as url:
        folder = folder_of(
            tmp_path, mcp__yaml=f"url: {url}/odd/{how}\ntimeout: {1 if how == 'misfit' else 20}", tasks__yaml=TASKS
        )
        found = in_order(check_folder(folder, "workshop"))
    assert said in found[0].text
