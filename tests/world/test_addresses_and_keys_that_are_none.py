"""An address or a key that cannot be used is answered in one sentence, wherever it can be given."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from tarl_app.cli import main
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import Settings
from tarl_app.core.settings import settings as chosen
from tarl_app.llm import LLM, Endpoint, endpoint_of
from tarl_app.llm.address import fault_of
from tarl_app.ui.models import Chosen, Models
from tarl_app.wiring_llm import model_of
from tests.world.hostile_endpoint import SAID, hostile, whole

GOOD = [
    "https://api.openai.com/v1",
    "http://localhost:8000/v1",
    "http://127.0.0.1:1/v1",
    "http://[::1]:8000/v1",
    "https://b\u00fccher.example/v1",
    "http://node_1.cluster.local./v1",
]
NONE = [
    "http://[::1",
    "http://[::1]x/v1",
    "http://[v1.x]/v1",
    "http://x:99999/v1",
    "http://x:port/v1",
    "http://a b/v1",
    "http://\u2460/v1",
    "http://..",
    "http://.x/v1",
    f"http://{'a' * 64}/v1",
    f"http://{'a.' * 200}de/v1",
    "http:///v1",
    "http://%zz/v1",
    "http://x/\ud83d",
    "http://x/\x00",
    "//x/v1",
    "nonsense",
    "",
]
BAD_KEYS = ["schl\u00fcssel", "sk-\u200b123", "two words", "sk-1\n", "sk-\x00", "\ud83d", "\u201csk-1\u201d"]


@pytest.mark.parametrize("address", GOOD)
def test_an_address_that_can_be_asked_is_taken(address: str):
    assert Endpoint(address, "m").base_url == address


@pytest.mark.parametrize("address", NONE)
def test_one_that_cannot_is_refused_in_words(address: str):
    with pytest.raises(ConfigError, match="The endpoint's address is no address such as https://"):
        Endpoint(address, "m")
    if address:
        with pytest.raises(ConfigError, match="is no address"):
            endpoint_of("agent", "m", Settings(llm_base_url=address, llm_model="m"))


@settings(max_examples=40)  # each that may be one makes a client
@given(st.text(max_size=12) | st.from_regex(r"https?://[\[\]:@/?#a%.\d-]{0,12}", fullmatch=True))
def test_any_text_is_an_address_or_none(text: str):
    assert isinstance(fault_of(text), str)
    if not fault_of(text):
        LLM(Endpoint(text, "m"))
        httpx2.Request("POST", text)


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it(key: str):
    with pytest.raises(ConfigError, match="key has blanks or unusual characters") as caught:
        endpoint_of("judge", "m", Settings(llm_base_url=GOOD[0], llm_model="m", llm_api_key=SecretStr(key)))
    assert key not in str(caught.value)


def test_a_models_name_that_cannot_be_sent_is_refused():
    with pytest.raises(ConfigError, match="model's name"):
        Endpoint(GOOD[0], "m\ud83d")


def page() -> Models:
    nobody = lambda *given: None  # noqa: E731
    return Models(nobody, nobody, nobody, configured=False, by_page=True)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("before", [Chosen(), Chosen("llm", "llm", Endpoint(GOOD[1], "m", SecretStr("sk-12345678")))])
@pytest.mark.parametrize(
    ("address", "key", "words"),
    [*[(one, "", "address") for one in NONE if one], *[(GOOD[1], one, "key") for one in BAD_KEYS if one == one.strip()]],
)
def test_the_page_says_so_too_whatever_was_chosen_before(before: Chosen, address: str, key: str, words: str):
    with pytest.raises(ConfigError, match=words):
        page().choose(before, "llm", "llm", address, "m", key)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    monkeypatch.setenv("TARL_LLM_MODEL", "m")
    chosen.cache_clear()
    model_of.cache_clear()
    yield monkeypatch
    chosen.cache_clear()
    model_of.cache_clear()


@pytest.mark.parametrize(
    ("address", "key", "words"),
    [("http://[::1", "", "is no address such as"), (GOOD[1], "schl\u00fcssel", "key has blanks")],
)
@pytest.mark.parametrize("command", [["evaluate", "--agent", "chat", "--limit", "1"], ["judge", "exam", "--judge", "llm"]])
def test_and_so_does_the_command_line(
    environment: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    command: list[str],
    address: str,
    key: str,
    words: str,
):
    environment.setenv("TARL_LLM_BASE_URL", address)
    environment.setenv("TARL_LLM_API_KEY", key)
    assert main(command) != 0
    shown = capfd.readouterr().err
    assert words in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "nonsense", "http://[::1"])
def test_no_proxy_stands_before_an_endpoint_on_this_machine(environment: pytest.MonkeyPatch, proxy: str):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        environment.setenv(name, proxy)
    environment.delenv("NO_PROXY", raising=False)
    environment.delenv("no_proxy", raising=False)
    with hostile(lambda body: whole({"content": SAID})) as server:
        assert LLM(server.endpoint()).ask([{"role": "user", "content": "Hello"}]).text == SAID


def test_a_proxy_that_is_none_is_named_where_one_is_needed(environment: pytest.MonkeyPatch):
    environment.setenv("HTTPS_PROXY", "nonsense://x")
    with pytest.raises(ConfigError, match="HTTPS_PROXY"):
        LLM(Endpoint(GOOD[0], "m"))


def test_half_a_sign_that_somebody_typed_is_sent_as_what_can_be_sent():
    with hostile(lambda body: whole({"content": SAID})) as server:
        LLM(server.endpoint()).ask([{"role": "user", "content": "Hello \ud83d"}])
    assert server.requests[0]["messages"][0]["content"] == "Hello \ufffd"
