"""What strangers and other sites may ask of a page over HTTP, whatever it shows: events by their number, odd headers."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.world.serving import Pages, Served, Visitor, serving

pytestmark = pytest.mark.slow

FORM = (["null"], "retail", "dev", 2, 1, ["text"], ["clean"], 1, "", "plain")
FLOOD = (
    ["scripted", "null"],
    "retail",
    "dev",
    100,
    1000,
    ["text", "speech"],
    [f"noise{n}" for n in range(6)],
    8,
    "",
    "plain",
)
BUFFERED = 24_000_000
"""Bytes that two sockets of one machine may hold between them."""
REFUSED = ("Only the owner of this Space", "Only who began this head to head")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The app, as a public Space and for this machine alone."""
    with serving(tmp_path_factory.mktemp("home")) as found:
        yield found


# --- a public page ----------------------------------------------------------------------------------------------------


def written(home: Path) -> set[str]:
    """What is there of evaluations, exams, comparisons and runs."""
    roots = [home / name for name in ("evaluations", "exams", "comparisons", "runs")]
    return {str(path) for root in roots for path in root.rglob("*")}


EVENTS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "measure": ("eval-start", (None, *FORM)),
    "measure, without end": ("eval-start", (None, *FLOOD)),
    "stop the evaluation": ("eval-stop", (None,)),
    "go on with the evaluation": ("eval-resume", (None,)),
    "examine the judge": ("eval-examine", (None,)),
    "start a head to head": ("cmp-start", ("retail", "scripted", "null", "dev", 3, 1, False, "plain")),
    "go on with the head to head": ("cmp-resume", ()),
    "stop the head to head": ("cmp-halt", ()),
}


@pytest.mark.parametrize(("element", "data"), EVENTS.values(), ids=EVENTS)
def test_a_stranger_who_calls_an_event_by_its_number_starts_and_stops_nothing(
    pages: Pages, element: str, data: tuple[Any, ...]
) -> None:
    with Visitor(pages.space) as visitor:
        messages = visitor.call(visitor.event(element, "click"), *data)
    ended = messages[-1]
    assert any(words in json.dumps(messages) for words in REFUSED) or (ended["success"] is False and data[1:] == FLOOD)
    assert written(pages.space.home) == set()
    assert pages.process.children(recursive=True) == []


def test_a_public_page_is_reached_by_any_name_but_written_to_from_its_own_pages_alone(pages: Pages) -> None:
    name = "ada-voice.hf.space"
    assert pages.space.ask(headers={"host": name})[0] == 200
    assert join(pages.space, host=name, origin=f"https://{name}", sec_fetch_site="same-origin") == 200
    assert join(pages.space, host="10.0.0.3:7860", x_forwarded_host=name, origin=f"https://{name}") == 200
    assert join(pages.space, host=name, origin="https://evil.example") == 403
    assert join(pages.space, host=name, origin="https://evil.example", sec_fetch_site="cross-site") == 403


# --- a page on somebody's own machine ---------------------------------------------------------------------------------


def join(page: Served, **headers: bytes | str) -> int:
    """The status of asking for an event that stops nothing."""
    body = json.dumps({"data": [], "fn_index": 0, "session_hash": "nobody", "event_data": None, "trigger_id": None}).encode()
    return page.ask("/gradio_api/queue/join", "POST", body, {"content_type": "application/json", **headers})[0]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "tarl.localhost", "127.8.9.1", "[::1]"])
def test_a_local_page_answers_to_this_machines_names(pages: Pages, name: str) -> None:
    assert pages.local.ask(headers={"host": f"{name}:{pages.local.port}"})[0] == 200


FOREIGN = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.7", "8.8.8.8"]


@pytest.mark.parametrize("name", FOREIGN)
def test_a_name_that_was_pointed_at_this_machine_reaches_nothing(pages: Pages, name: str) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/tarl/sound/x"):
        status, told = pages.local.ask(path, headers={"host": f"{name}:{pages.local.port}"})
        assert status == 403
        assert "TARL_HOSTS" in told
    assert join(pages.local, host=f"{name}:{pages.local.port}", origin=f"http://{name}:{pages.local.port}") == 403


OWN: dict[str, dict[str, str]] = {
    "its own page": {"origin": "http://127.0.0.1:{port}", "sec_fetch_site": "same-origin"},
    "its own page, of an older browser": {"origin": "http://127.0.0.1:{port}"},
    "a program": {},
    "an address typed by a person": {"sec_fetch_site": "none"},
    "its own page, behind a proxy that hides its name": {"origin": "https://t.example", "sec_fetch_site": "same-origin"},
}
OTHERS: dict[str, dict[str, str]] = {
    "another site": {"origin": "https://evil.example", "sec_fetch_site": "cross-site"},
    "another site, of an older browser": {"origin": "https://evil.example"},
    "another page of this machine": {"origin": "http://127.0.0.1:3000", "sec_fetch_site": "same-site"},
    "the same, of an older browser": {"origin": "http://127.0.0.1:3000"},
    "a file, or a frame without rights": {"origin": "null", "sec_fetch_site": "cross-site"},
    "the same, of an old browser": {"origin": "null"},
    "a site that hides where it is": {"sec_fetch_site": "cross-site"},
    "a name that begins like ours": {"origin": "http://127.0.0.1.evil.example:{port}"},
}


@pytest.mark.parametrize("headers", OWN.values(), ids=OWN)
def test_its_own_pages_and_programs_may_write(pages: Pages, headers: dict[str, str]) -> None:
    assert join(pages.local, **{name: value.format(port=pages.local.port) for name, value in headers.items()}) == 200


@pytest.mark.parametrize("headers", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/upload", "/gradio_api/cancel", "/gradio_api/reset"])
def test_other_pages_may_not_write_whatever_they_write(pages: Pages, headers: dict[str, str], path: str) -> None:
    given = {name: value.format(port=pages.local.port) for name, value in headers.items()} | {"content_type": "text/plain"}
    status, told = pages.local.ask(path, "POST", b"{}", given)  # as forms may send it
    assert status == 403
    assert "Traceback" not in told


def test_other_pages_may_not_ask_whether_they_may(pages: Pages) -> None:
    asked = {"origin": "https://evil.example", "access_control_request_method": "POST"}
    for page in (pages.local, pages.space):
        assert page.ask("/gradio_api/queue/join", "OPTIONS", headers=asked)[0] == 403


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/v1/realtime"])
def test_other_pages_may_not_open_a_socket(pages: Pages, path: str) -> None:
    asked = {
        "host": f"127.0.0.1:{pages.local.port}",
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "origin": "https://evil.example",
    }
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in asked.items())]
    status, _ = pages.local.raw("\r\n".join([*lines, "", ""]).encode())
    assert status == 403


UNUSED = ["/monitoring", "/monitoring/summary", "/monitoring/key", "/gradio_api/deep_link?session_hash=a"]


@pytest.mark.parametrize("path", UNUSED)
def test_what_the_page_does_not_use_is_not_there(pages: Pages, path: str) -> None:
    for page in (pages.local, pages.space):
        assert page.ask(path)[0] == 404


# --- what is stored ---------------------------------------------------------------------------------------------------


def test_a_damaged_store_is_told_on_the_page_without_its_place_and_calls_go_on(pages: Pages) -> None:
    database = pages.space.home / "episodes.sqlite"
    for path in pages.space.home.glob("episodes.sqlite*"):
        path.unlink()
    database.write_bytes(b"no database" * 1000)
    for page in (pages.space, pages.local):
        with Visitor(page) as visitor:
            opened = [visitor.call(number) for number in visitor.loads() if visitor.paints(number, "tarl-stored-list")]
            told = json.dumps(opened)
            assert "is damaged" in told
            assert str(pages.space.home) not in told
            begun = visitor.call(visitor.event("tarl-talk", "click"), visitor.first("tarl-task"), "scripted")
            assert begun[-1]["success"] is True
            assert visitor.client.get("/").status_code == 200
    database.unlink()


# --- odd requests -----------------------------------------------------------------------------------------------------

HEADERS: tuple[dict[str, bytes], ...] = (
    {"host": b"b\xc3\xbccher.example"},
    {"host": b"\xff\xfe"},
    {"host": b"[::1"},
    {"host": b"127.0.0.1:99999999"},
    {"host": b"a b"},
    {"x_forwarded_host": b"b\xc3\xbccher.example"},
    {"x_forwarded_host": b"[::1"},
    {"x_forwarded_host": b"a.example, \xff"},
    {"x_forwarded_proto": b"\xff"},
    {"origin": b"http://[::1"},
    {"origin": b"\xff"},
    {"origin": b"http://a:b"},
    {"cookie": b"session=\xff\xfe; a=\xc3\xbc"},
    {"authorization": b"Bearer \xff"},
    {"accept_language": b"\xff"},
    {"user_agent": b"\xf0\x9f\x98\x80"},
    {"referer": b"\xff"},
    {"range": b"bytes=\xff"},
    {"if_none_match": b"\xff"},
    {"content_type": b"\xff"},
    {"content_length": b"\xb2"},
    {"content_length": b"-1"},
)


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_no_header_whatever_is_an_error_of_the_server(pages: Pages, headers: dict[str, bytes]) -> None:
    for page in (pages.local, pages.space):
        for path, method in (("/", "GET"), ("/config", "GET"), ("/gradio_api/queue/join", "POST")):
            status, told = page.ask(path, method, headers=headers)
            assert status < 500
            assert "Traceback" not in told


@pytest.mark.parametrize("key", ["%C3%BC", "%FF", "%00", "a%0Ab", "%F0%9F%98%80", "x" * 5000])
def test_no_key_whatever_is_an_error_of_the_server(pages: Pages, key: str) -> None:
    with Visitor(pages.local) as visitor:
        visitor.call(visitor.event("tarl-stop", "click"))  # so that there is a visit whose key is compared
    for path in ("piece/{}/x", "piece/x/{}", "episode/{}/x.zip", "episode/x/{}.zip", "sound/{}"):
        assert pages.local.ask(f"/tarl/{path.format(key)}")[0] in (400, 404)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(pages: Pages) -> None:
    for path, size in (("/gradio_api/queue/join", 7_000_000), ("/gradio_api/upload", 40_000_000), ("/config", 7_000_000)):
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{pages.local.port}\r\nContent-Type: application/json\r\n"
        status, told = pages.local.raw(f"{head}Content-Length: {size}\r\n\r\n".encode())  # and not a byte of it
        assert status == 413
        assert "MB" in told


@pytest.mark.parametrize(("path", "most"), [("/gradio_api/queue/join", 8_000_000), ("/gradio_api/upload", 30_000_000)])
def test_a_body_in_pieces_is_refused_as_soon_as_it_is_too_large(pages: Pages, path: str, most: int) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{pages.local.port}\r\nTransfer-Encoding: chunked\r\n"
    kind = "multipart/form-data; boundary=b" if "upload" in path else "application/json"
    before, sent = pages.process.memory_info().rss, 0
    piece = b"%x\r\n" % 500_000 + b"a" * 500_000 + b"\r\n"
    begin = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n'
    with socket.create_connection(("127.0.0.1", pages.local.port), timeout=20) as connection:
        connection.sendall(f"{head}Content-Type: {kind}\r\n\r\n".encode() + b"%x\r\n" % len(begin) + begin + b"\r\n")
        connection.settimeout(20)
        while sent < 10 * most and not answered(connection):
            try:
                connection.sendall(piece)
            except ConnectionError:
                break
            sent += 500_000
        assert sent <= most + BUFFERED
        assert answer_of(connection).startswith(b"HTTP/1.1 413")
    assert pages.process.memory_info().rss - before < 100_000_000


def answered(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(20)


def answer_of(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 100_000, b"{", b"null", b"[]", b'{"data": 1}', b'{"fn_index": 1e999}'])
def test_no_body_whatever_is_an_error_of_the_server(pages: Pages, body: bytes) -> None:
    status, told = pages.local.ask("/gradio_api/queue/join", "POST", body, {"content_type": "application/json"})
    assert 400 <= status < 500
    assert "Traceback" not in told
