"""What a proposal names is read off it: the values of the call that may follow, and nothing where it is open."""

import json
import random

import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.types import AgentTurn, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.guard.agreed import agreed
from tarl_app.users.scripted import scripted_user

READ_OFF = ("order_id", "item_ids", "new_item_ids", "payment_method_id", "address1", "address2", "city", "state", "zip")
LAMP = {
    "name": "Desk Lamp",
    "product_id": "10",
    "item_id": "101",
    "price": 20.0,
    "options": {"color": "red", "size": "small"},
}
TWIN = {
    "name": "Desk Lamp",
    "product_id": "10",
    "item_id": "102",
    "price": 21.0,
    "options": {"color": "blue", "size": "small"},
}
MUG = {"name": "Mug", "product_id": "20", "item_id": "201", "price": 5.0, "options": {"color": "white"}}
VARIANTS = {
    str(100 + n): {"item_id": str(100 + n), "options": {"color": color, "size": size}, "available": True, "price": 20.0}
    for n, (color, size) in enumerate([("red", "small"), ("blue", "small"), ("blue", "large"), ("red", "extra large")], 1)
}


def shown(*items: dict) -> list[Turn]:
    order = {
        "order_id": "#W1234567",
        "items": list(items),
        "payment_history": [{"transaction_type": "payment", "amount": 1.0, "payment_method_id": "paypal_1"}],
    }
    cards = {
        f"credit_card_{n}": {"source": "credit_card", "id": f"credit_card_{n}", "brand": "visa", "last_four": f"111{n}"}
        for n in (1, 2)
    }
    account = {"payment_methods": {**cards, "paypal_1": {"source": "paypal", "id": "paypal_1"}}}
    product = {"name": "Desk Lamp", "product_id": "10", "variants": VARIANTS}
    results = tuple(
        ToolResult(call_id=str(n), name="get", content=json.dumps(value))
        for n, value in enumerate((order, account, product))
    )
    return [UserTurn(text="Hello."), ToolTurn(results=results)]


def after(text: str, *items: dict) -> dict[str, tuple[str, ...]]:
    return dict(agreed([*shown(*items), AgentTurn(text=text), UserTurn(text="Yes.")]))


def test_items_variants_and_payment_are_looked_up_by_what_the_proposal_names() -> None:
    text = "To confirm: in order #W1234567 I exchange the Desk Lamp for one with size large and color blue. "
    found = after(text + "$3.00 will be charged to your Visa ending in 1112. Is that right?", LAMP, MUG)
    assert found == {
        "order_id": ("#W1234567",),
        "item_ids": ("101",),
        "new_item_ids": ("103",),
        "payment_method_id": ("credit_card_2",),
    }


def test_options_that_are_not_named_stay_as_they_are_and_the_longer_name_counts() -> None:
    assert after("In order #W1234567 I exchange the Desk Lamp for one with color blue. Ok?", LAMP)["new_item_ids"] == (
        "102",
    )
    text = "In order #W1234567 I exchange the Desk Lamp for one with size extra large. Ok?"
    assert after(text, LAMP)["new_item_ids"] == ("104",)


def test_several_items_come_in_the_order_in_which_they_are_named() -> None:
    text = "You return the Mug and the Desk Lamp from order #W1234567, and $25.00 goes to the original payment method. Ok?"
    found = after(text, LAMP, MUG)
    assert found["item_ids"] == ("201", "101")
    assert found["payment_method_id"] == ("paypal_1",)


def test_of_two_alike_the_one_with_the_named_options_is_meant_and_without_any_the_items_are_open() -> None:
    text = "You return the Desk Lamp with color blue from order #W1234567. Is that right?"
    assert after(text, LAMP, TWIN)["item_ids"] == ("102",)
    assert "item_ids" not in after("You return the Desk Lamp from order #W1234567. Is that right?", LAMP, TWIN)


@pytest.mark.parametrize(
    "text",
    [
        "Done, the return from order #W1234567 has been requested.",
        "Is that right?",
        "Which of #W1234567 and #W7654321 do you mean?",
        "What is wrong with order #W7654321?",
        "",
    ],
)
def test_what_proposes_nothing_about_one_known_order_leaves_everything_open(text: str) -> None:
    assert after(text, LAMP) == {}


def test_where_one_of_the_named_items_is_not_in_the_order_like_that_all_items_are_open() -> None:
    text = "You return the Mug with color green and the Desk Lamp from order #W1234567. Is that right?"
    assert "item_ids" not in after(text, LAMP, MUG)


def test_an_item_that_is_named_twice_counts_once() -> None:
    text = "You return the Mug from order #W1234567, and $5.00 for the Mug goes to your PayPal account. Is that right?"
    assert after(text, LAMP, MUG)["item_ids"] == ("201",)


def test_a_variant_that_does_not_exist_is_open() -> None:
    found = after("In order #W1234567 I exchange the Desk Lamp for one with color green. Is that right?", LAMP)
    assert found["item_ids"] == ("101",)
    assert "new_item_ids" not in found


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("order #W1234567 goes to 5 Elm Street, Salem, OR 97301", ("5 Elm Street", "", "Salem", "OR", "97301")),
        ("order #W7654321 goes to 5 Elm Street, Apt 3, Salem, OR 97301", ("5 Elm Street", "Apt 3", "Salem", "OR", "97301")),
        ("the address of your account becomes 12 Oak Way, Erie, PA 16501", ("12 Oak Way", "", "Erie", "PA", "16501")),
    ],
)
def test_an_address_is_the_one_that_was_read_back(text: str, parts: tuple[str, ...]) -> None:
    found = after(f"To confirm: {text}. Is that right?", LAMP)
    assert tuple(found[name][0] for name in ("address1", "address2", "city", "state", "zip")) == parts
    assert "city" not in after(f"I see that {text}.", LAMP)


def test_the_expert_never_writes_anything_else_than_it_proposed() -> None:
    domain = load_domain("retail")
    compared = 0
    for task in random.Random(3).sample(domain.tasks("train"), 60):
        conversation = Conversation(
            task, domain, ScriptedAgent(task, domain, seed=1, varied=False), user=scripted_user(task, domain, 1), seed=1
        )
        episode = conversation.run()
        conversation.close()
        for index, turn in enumerate(episode.turns):
            for call in turn.tool_calls if isinstance(turn, AgentTurn) else ():
                if domain.writes(call.name):
                    found = agreed(episode.turns[:index])
                    for name in READ_OFF:
                        if name in found and name in call.arguments:
                            value = call.arguments[name]
                            assert found[name] == (tuple(value) if isinstance(value, list) else (value,))
                            compared += 1
    assert compared > 60
