"""This machine is never reached through a proxy, whatever the environment says; the world outside still is."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.errors import ConfigError
from tarl_app.core.process import proxies
from tarl_app.llm import LLM
from tests.llm.endpoint import Say, serving

ROOT = Path(__file__).parents[2]
DEAD = "http://127.0.0.1:9"
PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
ODD = ("[::1]:80", "fe80::/10", "[x", "a b", "*.x", "::1", "", "/", "1.2.3.4/99", "http://x", "a@[b")
ASK = """
import sys, tarl_app, httpx, httpx2, requests, urllib.request
from huggingface_hub import get_session
for ask in (httpx.get, httpx2.get, requests.get, urllib.request.urlopen, get_session().get):
    for host in ("127.0.0.1", "localhost"):
        try:
            ask(f"http://{host}:{sys.argv[1]}/v1/models", timeout=20)
        except urllib.error.HTTPError:
            pass
try:
    httpx.get("http://192.0.2.1/", timeout=20)
except httpx.ConnectError:
    print("outside: by the proxy")
"""


def proxied(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, proxy)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_clients_of_every_library_reach_this_machine_past_a_dead_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    proxied(monkeypatch, DEAD)
    with serving(Say("Hi.")) as server:
        port = server.url.split(":")[2].split("/")[0]
        command = [sys.executable, "-c", ASK, port]
        done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "outside: by the proxy\n"), done.stderr


@pytest.mark.parametrize("proxy", [DEAD, "socks5://127.0.0.1:9", "ftp://nowhere", "http://[::1"])
def test_a_model_on_this_machine_answers_whatever_proxy_is_set(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proxied(monkeypatch, proxy)
    with serving(Say("Hi.")) as server:
        assert LLM(server.endpoint()).ask([{"role": "user", "content": "Hello"}]).text == "Hi."


@pytest.mark.parametrize("proxy", ["ftp://nowhere", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_told_in_words(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proxied(monkeypatch, proxy)
    with serving() as server, pytest.raises(ConfigError, match="HTTP_PROXY, HTTPS_PROXY or ALL_PROXY"):
        LLM(replace(server.endpoint(), base_url="https://models.example.org/v1"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, "localhost,127.0.0.1,::1,0.0.0.0,::"),
        ({"NO_PROXY": "corp.example, 10.0.0.0/8"}, "corp.example,10.0.0.0/8,localhost,127.0.0.1,::1,0.0.0.0,::"),
        ({"no_proxy": "a", "NO_PROXY": "b"}, "a,b,localhost,127.0.0.1,::1,0.0.0.0,::"),
        ({"TARL_HOST": "[fd00::7]"}, "localhost,127.0.0.1,::1,0.0.0.0,::,fd00::7"),
        ({"TARL_HOST": "192.168.1.5"}, "localhost,127.0.0.1,::1,0.0.0.0,::,192.168.1.5"),
        ({"NO_PROXY": "[::1],fd00::/8"}, "::1,localhost,127.0.0.1,0.0.0.0,::"),  # httpx fails for both
        ({"NO_PROXY": "*"}, "*,localhost,127.0.0.1,::1,0.0.0.0,::"),
    ],
)
def test_what_is_spared_already_stays_and_this_machine_is_added(before: dict[str, str], after: str) -> None:
    environ = dict(before)
    proxies.spare_this_machine(environ)
    assert environ["no_proxy"] == environ["NO_PROXY"] == after
    proxies.spare_this_machine(environ)
    assert environ["no_proxy"] == after


@given(written=st.lists(st.sampled_from(ODD)))
def test_gradios_client_can_be_made_whatever_was_to_be_spared(written: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        proxied(patch, DEAD)
        patch.setenv("NO_PROXY", ",".join(written))
        proxies.spare_this_machine()
        httpx.Client(verify=False).close()


@pytest.mark.parametrize(
    ("host", "here"),
    [
        *((name, True) for name in ("localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]")),
        *((name, True) for name in ("0.0.0.0", "::", "::1%lo")),
        *((name, False) for name in ("", "example.org", "127.example.org", "10.0.0.1", "localhost.example.org", "fd00::1")),
    ],
)
def test_this_machine_is_known_by_its_names(host: str, here: bool) -> None:
    assert proxies.is_this_machine(host) is here
