import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.types import ToolCall, ToolResult
from tarl_app.domains.retail.effects.actions import ACTIONS
from tarl_app.domains.retail.judge.money import prices
from tarl_app.domains.retail.judge.shows import shows
from tarl_app.domains.retail.user.phrasings import PHRASINGS as TABLES
from tarl_app.judges.reference import words
from tarl_app.judges.reference.results import contents
from tarl_app.language import consent, told
from tarl_app.users.wordings.phrasings import variants
from tests.judges.judge_dialogue import DOMAIN, Dialogue, task_of


@pytest.mark.parametrize("name", TABLES)
def test_every_way_in_which_the_simulated_user_confirms_is_a_yes(name):
    said = [text for rule, ts in TABLES[name].items() if rule.split(".")[0] == "yes" for t in ts for text in variants(t)]
    assert len(said) > 10
    assert [text for text in said if not consent.says_yes(text)] == []


@pytest.mark.parametrize("act", ["no", "change_mind", "decline", "correct.action", "repeat", "unknown", "insist"])
@pytest.mark.parametrize("name", TABLES)
def test_no_way_in_which_the_simulated_user_declines_is_a_yes(name, act):
    rules = [rule for rule in TABLES[name] if rule == act or rule.startswith(f"{act}.")]
    said = [text.format_map(Slots()) for rule in rules for t in TABLES[name][rule] for text in variants(t)]
    assert said
    assert [text for text in said if consent.says_yes(text)] == []


class Slots(dict):
    def __missing__(self, key: str) -> str:
        return "a lamp"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("order #W4821359", {"4821359"}),
        ("W4821 359 or W 482 1359", {"4821359"}),
        ("W 4 8 2 1 3 5 9", {"4821359"}),
        ("W four eight two one three five nine", {"4821359"}),
        ("gift_card_1234567, paypal_7654321", {"gift_card_1234567", "paypal_7654321"}),
        ("mei_kovacs_1234", {"mei_kovacs_1234"}),
        ("write to mei_kovacs1234@mail.example", set()),
        ("zip 62704, $123456.78, in 2026", set()),
        ("a plain_word and twelve", set()),
        ("due on 2026-05-04, and by 2026-06-01 at the latest", set()),
    ],
)
def test_ids_are_found_however_they_are_written(text, ids):
    assert told.ids_in(text) == ids


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("$12.50 and $1,200", {1250, 120000}),
        ("12.50 in total", {1250}),
        ("twelve dollars and fifty cents", {1250}),
        ("45 dollars", {4500}),
        ("That comes to 12.50.", {1250}),
        ("3 items, 20 %, version 1.25.3", set()),
    ],
)
def test_amounts_are_found_however_they_are_said(text, cents):
    assert told.cents_in(text) == cents


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("I've cancelled your order.", {"cancel"}),
        ("Your order has now been canceled.", {"cancel"}),
        ("The return has been requested.", {"return"}),
        ("Your address is now updated.", {"modify"}),
        ("Both items have been exchanged.", {"exchange"}),
        ("Done, the order has been cancelled and $0.00 will be refunded.", {"cancel"}),
        ("The order has been cancelled once you confirm.", set()),
        ("It has not been cancelled.", set()),
        ("Once it has been cancelled, you get an email.", set()),
        ("Has it been cancelled?", set()),
        ("I can cancel it for you.", set()),
    ],
)
def test_claims_are_told_from_talk_about_actions(text, actions):
    assert {action.stem for action in words.claims(text, ACTIONS)} == actions


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("I'm sorry, I can't cancel this order.", {"cancel"}),
        ("I am unable to return that.", {"return"}),
        ("I can't cancel it until I know who you are.", set()),
        ("I cannot find your account.", set()),
        ("I can cancel it.", set()),
    ],
)
def test_refusals_are_told_from_conditions(text, actions):
    assert words.refuses(text, ACTIONS) == actions


@given(st.text(max_size=400))
def test_any_text_can_be_read(text):
    told.ids_in(text)
    told.cents_in(text)
    words.claims(text, ACTIONS)
    words.refuses(text, ACTIONS)
    words.declines(text)
    consent.says_yes(text)
    contents(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["items", "price", "variants", "status", "order_id", "user_id", "orders", "product_id", "name", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_result_can_be_read(value):
    text = json.dumps(value)
    assert all(cents >= 0 for cents in contents(text).amounts)
    for name in ("get_user_details", "get_order_details"):
        shows(ToolCall(id="1", name=name), ToolResult(call_id="1", name=name, content=text))
    prices(text)


@pytest.mark.timeout(60)  # what grows with the square of a text would take hours
@pytest.mark.parametrize("piece", ["a_", "1 ", "return ", "$9", "W 1 ", "yes ", "i've now ", "9" * 50, "twenty ", "can't "])
def test_a_hostile_text_of_100_kb_is_judged(piece):
    text = (piece * 100_000)[:100_000]
    dialogue = Dialogue(task_of("cancel"))
    dialogue.user(text).agent(text).user(text).agent(text, ("think", {"thought": text[:3000]}))
    assert len(dialogue.scores()) == 2


def test_the_policy_names_no_id_that_an_agent_could_pass_off_as_known():
    assert told.ids_in(DOMAIN.policy) == set()
