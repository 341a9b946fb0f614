"""E-mails in a call: typed, spelled, said in words and misheard."""

import pytest

from tarl_app.agents.omni.audio.keyword_spotting import Recognition
from tarl_app.agents.omni.decoding.call_schema import call_schema
from tarl_app.core.types import AgentTurn, AudioRef, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tests.agents.grammar_parts import RETAIL, accepts, call, offered


def test_what_was_put_in_other_words_is_free() -> None:
    assert accepts(call("find_user_id_by_email", email="mei@example.com"), UserTurn(text="mei at example dot com"))


def test_an_email_that_is_spelled_or_said_can_be_looked_up_in_its_written_form() -> None:
    for text in ("m-e-i dot k-o-v-a-c-s 12 at example dot com", "it's mei dot kovacs one two at example dot com."):
        assert accepts(call("find_user_id_by_email", email="mei.kovacs12@example.com"), UserTurn(text=text))


def emails(recognised: str, *later: Turn) -> list[str]:
    """The e-mails with which a customer can be looked up whose words the ear took for ``recognised``."""
    spoken = UserTurn(text="", audio=AudioRef(path="a", seconds=1.0, sample_rate=16_000))
    schema = call_schema(RETAIL, (spoken, *later), lambda ref: Recognition(recognised))
    assert schema is not None
    tools = {tool["properties"]["name"]["const"]: tool["properties"]["arguments"]["properties"] for tool in schema["anyOf"]}
    return tools["find_user_id_by_email"]["email"].get("enum", [])


@pytest.mark.parametrize(
    ("recognised", "meant"),
    [
        ("it's card.keiko8342@example.com", "carter.keiko8342@example.com"),
        ("My email is n Nielsen dot nikoo 6753 at post.example.org.", "nielsen.niko6753@post.example.org"),
        ("f-l-o-r-i-a-n underscore m-o-r-r-i-s 8493 at mail.example. dotcom", "florian_morris8493@mail.example.com"),
        ("javier.lund4165@ example. net", "javier.lund4165@example.net"),
        (
            "It's R as in robert, U, T, H dot J as in john, A, C, K, S, O, N 25 at example dot com",
            "ruth.jackson25@example.com",
        ),
        (
            "My email is s O, f I a dot are in Robert, O as in Oscar, J as in John, O as in apples47@example.org.",
            "sofia.rojas47@example.org",
        ),
        (
            "e-mail: n I k o dot h, or as in Oscar, f as in fox, f m as in mari, N25@example.com.",
            "niko.hoffman25@example.com",
        ),
    ],
)
def test_a_misheard_email_is_offered_as_those_of_known_names_that_it_may_have_been(recognised: str, meant: str) -> None:
    found = emails(recognised)
    assert meant in found
    assert len(found) <= 18
    assert all(email[-len(meant.partition("@")[2]) :] == meant.partition("@")[2] for email in found)


def test_an_email_that_was_heard_as_the_shop_knows_it_leaves_no_doubt() -> None:
    assert emails("look under laura.achebe2783@mail.example.com") == ["laura.achebe2783@mail.example.com"]


@pytest.mark.parametrize("heard", ["Email: lina cruz 4962 at example.com", "l-i-n-a-c-r-u-z 4962 at example dot com"])
def test_where_no_mark_was_heard_none_is_written_and_another_only_after_that_one_was_refused(heard: str) -> None:
    assert "linacruz4962@example.com" in emails(heard)
    assert not {"lina.cruz4962@example.com", "lina_cruz4962@example.com"} & set(emails(heard))
    asked = ToolCall(id="x", name="find_user_id_by_email", arguments={"email": "linacruz4962@example.com"})
    failed = ToolResult(call_id="x", name=asked.name, content="Error: no user has this e-mail address", is_error=True)
    later = emails(heard, AgentTurn(tool_calls=(asked,)), ToolTurn(results=(failed,)))
    assert {"lina.cruz4962@example.com", "lina_cruz4962@example.com"} <= set(later)


def test_an_email_of_a_host_that_the_shop_does_not_know_stays_as_it_was_heard() -> None:
    assert emails("my email is bob.miller1234@hotmail.fr") == ["bob.miller1234@hotmail.fr"]


def test_nobody_is_looked_up_by_an_email_before_one_was_given() -> None:
    assert "find_user_id_by_email" not in offered(UserTurn(text="Tell me a joke."))
    assert "find_user_id_by_email" in offered(UserTurn(text="I'm mei@example.com."))
    assert "find_user_id_by_email" in offered(UserTurn(text="It's mei dot kovacs 1234 at example dot com."))


def test_an_email_that_was_not_found_is_not_offered_again() -> None:
    wrong = "park.keiko8342@example.com"
    heard = "it's card.keiko8342@example.com"
    assert wrong in emails(heard)
    asked = ToolCall(id="x", name="find_user_id_by_email", arguments={"email": wrong})
    failed = ToolResult(call_id="x", name=asked.name, content="Error: no user has this e-mail address", is_error=True)
    assert wrong not in emails(heard, AgentTurn(tool_calls=(asked,)), ToolTurn(results=(failed,)))


@pytest.mark.parametrize("email", ["zbig77@fastmail.fm", "lina-cruz@example.com", "mei.kovacs@example.com"])
def test_an_email_of_whatever_form_and_host_can_be_looked_up_as_it_was_heard(email: str) -> None:
    assert email in emails(f"it's {email}")


def test_an_email_without_digits_is_offered_with_the_names_that_it_may_have_been() -> None:
    assert "javier.salazar@example.net" in emails("javyer.salazar@ example. net")
