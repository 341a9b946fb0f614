"""Whether an endpoint answers, asked once."""

import re

import pytest

from tarl_app.llm import Endpoint
from tarl_app.wiring_llm import probe
from tests.llm.endpoint import KEY, Hang, Refuse, Say, serving


def test_an_endpoint_that_answers_has_no_trouble() -> None:
    with serving(otherwise=lambda body: Say("OK")) as server:
        assert probe(server.endpoint()) == ""


@pytest.mark.parametrize(
    ("refusal", "words"),
    [(Refuse(401, f"bad key {KEY}"), "refused the key"), (Refuse(404, "no model named m"), "no model named m")],
)
def test_a_refusal_is_told_in_the_servers_words_without_the_key(refusal: Refuse, words: str) -> None:
    with serving(otherwise=lambda body: refusal) as server:
        told = probe(server.endpoint())
    assert words in told
    assert KEY not in told


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with serving(otherwise=lambda body: Hang(3.0)) as server:
        assert re.search(r"not answered within|no sign of life", probe(server.endpoint(), seconds=0.3))


def test_an_address_where_nobody_listens_is_told() -> None:
    assert "cannot be reached" in probe(Endpoint("http://127.0.0.1:9/v1", "m"))
