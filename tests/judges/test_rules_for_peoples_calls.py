"""One behaviour a rule: the turn that it marks down, and the nearest turn that it must leave alone."""

import json

import pytest

from tarl_app.core.types import Task
from tarl_app.domains.retail.goals import ShopGoal
from tests.judges.judge_dialogue import DOMAIN, Dialogue


def lookup(order: str) -> tuple[str, dict[str, str]]:
    return "get_order_details", {"order_id": order}


def of_kind(kind: str) -> Task:
    """The first dev task with one goal of this kind, whose customer knows the order."""
    return next(
        task
        for task in DOMAIN.tasks("dev")
        if task.kind == kind
        and len(task.goals) == 1
        and ShopGoal.of(task.goals[0]).knows_order_id
        and not task.goals[0].changes_mind
        and task.goals[0].expect == "done"
        and not task.persona.misremembers
    )


def opened(kind: str, *further: tuple[str, dict[str, str]]) -> Dialogue:
    """A customer who is known, with the order of their goal open."""
    dialogue = Dialogue(of_kind(kind))
    dialogue.user(dialogue.goal).agent("Could you give me your email address, or your name and zip code?")
    dialogue.user(", ".join(dialogue.task.facts.values())).agent("", dialogue.task.gold[0])
    dialogue.agent("", lookup(dialogue.order_id))
    for call in further:
        dialogue.agent("", call)
    return dialogue


def verdict(dialogue: Dialogue) -> tuple[int, str]:
    last = dialogue.last()
    return last.score, last.rule


def test_another_goal_than_the_customers_is_a_deviation_and_their_own_is_not() -> None:
    wrong = opened("return").agent("What is the reason for the cancellation?")
    assert verdict(wrong) == (-1, "wrong_pursuit")
    right = opened("return").agent("Should the refund go to the original payment method or to a gift card?")
    assert right.last().score == 1


def test_new_options_are_asked_for_where_another_item_is_wanted_alone() -> None:
    assert verdict(opened("return").agent("Which color should the new kettle have?")) == (-1, "wrong_pursuit")
    assert opened("modify_order_address").agent("What is the complete new address?").last().score == 1


def test_a_change_that_nobody_asked_for_is_not_declined() -> None:
    wrong = opened("return")
    assert verdict(wrong.agent(f"I am sorry, order {wrong.order_id} is delivered, so I cannot cancel it."))[0] == -1


def test_goodbye_is_not_said_while_the_request_is_open() -> None:
    assert verdict(opened("cancel").agent("You are welcome. Goodbye!")) == (-1, "hung_up")
    left = opened("cancel").user("never mind, bye").agent("You are welcome. Goodbye!")
    assert left.last().rule != "hung_up"


def test_more_requests_are_not_asked_for_while_one_is_open() -> None:
    assert verdict(opened("cancel").agent("Is there anything else I can do for you?")) == (0, "left_open")


def test_a_known_customer_is_not_asked_who_they_are() -> None:
    again = opened("cancel").agent("Could you give me your email address, or your name and zip code?")
    assert verdict(again) == (0, "asked_again")
    reason = opened("cancel").agent("What is the reason for the cancellation?")
    assert reason.last().score == 1


def proposal(dialogue: Dialogue, reason: str = "because it is no longer needed") -> str:
    return f"To confirm: I cancel order {dialogue.order_id}, {reason}. Is that right?"


def test_a_correction_is_taken_over() -> None:
    dialogue = opened("cancel")
    dialogue.user("I do not need it any more").agent(proposal(dialogue)).user("no, wrong colour, and I bought twice")
    asked = dialogue.agent("All right, I will not do that. What should I change?")
    assert verdict(asked) == (0, "dropped_correction")
    again = opened("cancel")
    again.user("I do not need it any more").agent(proposal(again)).user("no, put the green one to my sister's place")
    assert verdict(again.agent(proposal(again))) == (-1, "refused_again")
    bare = opened("cancel")
    bare.user("I do not need it any more").agent(proposal(bare)).user("no")
    assert bare.agent("All right, I will not do that. What should I change?").last().score == 1


def test_a_reason_that_is_read_back_is_the_customers() -> None:
    said = opened("cancel").user("I clicked the wrong button, it was an accident")
    assert verdict(said.agent(proposal(said))) == (-1, "wrong_reason")
    right = opened("cancel").user("I clicked the wrong button, it was an accident")
    assert right.agent(proposal(right, "because it was ordered by mistake")).last().score == 1


@pytest.mark.parametrize(("answer", "score"), [("I am sorry, I cannot give discounts.", 0), ("That takes five days.", 1)])
def test_a_question_is_answered(answer: str, score: int) -> None:
    dialogue = opened("cancel")
    dialogue.user("I do not need it any more").agent(proposal(dialogue)).user("how long does the refund take?")
    last = dialogue.agent(f"{answer} {proposal(dialogue)}").last()
    assert last.score == score


def test_the_order_number_is_no_name() -> None:
    dialogue = Dialogue(next(one for one in DOMAIN.tasks("dev") if one.kind == "cancel" and "zip" in one.facts))
    facts = dialogue.task.facts
    dialogue.user(f"cancel {dialogue.order_id} please, {facts['first_name']} {facts['last_name']} {facts['zip']}")
    name = {"first_name": dialogue.order_id.lstrip("#"), "last_name": facts["last_name"], "zip": facts["zip"]}
    dialogue.agent("", ("find_user_id_by_name_zip", name))
    assert dialogue.last().score == 0
    assert verdict(dialogue.agent("I could not find an account. Could you repeat your name and zip code?")) == (
        0,
        "own_mistake",
    )


def test_an_order_is_called_changed_only_if_it_was() -> None:
    wrong = opened("cancel")
    assert wrong.agent(f"Order {wrong.order_id} has already been changed once.").last().score == -1


def test_an_address_is_read_back_part_by_part() -> None:
    dialogue = opened("modify_order_address")
    address = dialogue.task.goals[0].details["address"]
    street, city, zip_code = address["address1"], address["city"], address["zip"]
    unit = f"{address['address2']}, " if address.get("address2") else ""
    whole = f"{street}, {unit}{city}, {address['state']} {zip_code}"
    dialogue.user(f"to {whole}")
    right = f"To confirm: order {dialogue.order_id} goes to {whole}. Is that right?"
    twice = right.replace(street, f"{street}, {street}")
    other = right.replace(zip_code, "10001")
    for text, score in ((twice, -1), (other, -1), (right, 1)):
        taken = len(dialogue.turns)
        assert dialogue.agent(text).last().score == score, text
        del dialogue.turns[taken:]


def test_an_address_costs_nothing() -> None:
    dialogue = opened("modify_order_address")
    text = "To confirm: I change the address, $5.00 more. Is that right?"
    dialogue.user("five dollars are $5.00, you know")
    assert verdict(dialogue.agent(text)) == (-1, "charged_for_nothing")


def test_a_sum_counts_nothing_twice_and_is_not_told() -> None:
    dialogue = opened("cancel")
    order = [one for one in dialogue.turns if one.kind == "tool"][-1]
    assert order.kind == "tool"
    value = json.loads(order.results[0].content)
    total, item = value["payment_history"][0]["amount"], value["items"][0]["price"]
    if len(value["items"]) > 1:
        dialogue.agent("", ("calculate", {"expression": f"{total} + {item}"}))
        assert verdict(dialogue) == (0, "odd_calculation")
        assert dialogue.agent(f"You paid ${total + item:.2f} in all.").last().score == -1


def test_after_a_deviation_a_turn_counts_again_when_it_is_on_the_request() -> None:
    dialogue = opened("return").agent("What is the reason for the cancellation?").user("no, I want to return it")
    assert verdict(dialogue.agent("Let me see."))[0] == 0
    dialogue.user("ok")
    assert dialogue.agent("Should the refund go to the original payment method or to a gift card?").last().score == 1
