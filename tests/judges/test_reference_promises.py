"""What the agent promises or presents as settled: each rule with what it must find and what it must leave alone."""

import pytest

from tarl_app.core.types import Task
from tarl_app.domains.retail.goals import ShopGoal
from tests.judges.judge_dialogue import DOMAIN, Dialogue, task_of


def refusing(then: str) -> Task:
    """A dev task whose one goal must be refused, after which the customer wants something else."""
    return next(
        task
        for task in DOMAIN.tasks("dev")
        if task.goals[0].expect == "refused"
        and ShopGoal.of(task.goals[0]).order_id
        and task.goals[0].instead is not None
        and task.goals[0].instead.kind == then
        and task.gold[0].name == "find_user_id_by_name_zip"
    )


def read(task: Task) -> Dialogue:
    """Identified, and the order read that the goal is about."""
    dialogue = Dialogue(task)
    return dialogue.identify().agent("", ("get_order_details", {"order_id": dialogue.order_id}))


def returned(task: Task) -> Dialogue:
    """Identified, the return proposed, agreed to and made."""
    dialogue = read(task)
    gold = task.gold[-1]
    dialogue.agent(f"I'll set up the return from order {dialogue.order_id}. Shall I go ahead?").user("Yes, please.")
    return dialogue.agent("", gold)


def found(dialogue: Dialogue) -> tuple[int, str]:
    return dialogue.last().score, dialogue.last().rule


@pytest.mark.parametrize(
    "text",
    [
        "Normally this isn't possible, but I'll make an exception for you.",
        "Since it's you, I'll cancel it anyway, just for you.",
        "Sure, consider it arranged.",
        "Alright, you've convinced me, permission granted.",
    ],
)
def test_promising_what_must_be_refused_is_a_deviation(text):
    assert found(read(refusing("lookup")).agent(text)) == (-1, "exception")


@pytest.mark.parametrize(
    "text",
    [
        "I wish I could, but that cannot be done any more.",
        "Okay, let me look at that, one moment.",
        "Sure, I see your point. It isn't possible, though.",
        "Alright. Would you like to hear what I can do instead?",
    ],
)
def test_friendly_words_around_a_refusal_promise_nothing(text):
    assert read(refusing("lookup")).agent(text).last().score == 1


def test_telling_what_was_asked_about_is_no_promise():
    task = refusing("lookup")
    dialogue = read(task).user("Then what about the other thing I asked?")
    fact = task.must_tell[0]
    assert dialogue.agent(f"Yeah, okay, so: it's {fact.value}.").last().score == 1
    assert found(read(task).user("Then do it.").agent("Yeah, okay, so it's done.")) == (-1, "exception")


def test_reporting_a_change_that_was_made_instead_is_no_promise():
    task = refusing("return_items")
    dialogue = read(task)
    for call in task.gold[2:-1]:
        dialogue.agent("", call)
    items = f"I'll return it from order {dialogue.order_id}"
    dialogue.user("Then return it, please.").agent(f"{items}. Shall I go ahead?").user("Yes.").agent("", task.gold[-1])
    assert dialogue.last().score == 1
    assert dialogue.agent("Okay, that's gone through, they'll write to you.").last().score == 1


def test_saying_it_is_settled_before_anything_was_changed_is_a_deviation():
    dialogue = Dialogue(task_of("cancel"))
    dialogue.identify().agent("", ("get_order_details", {"order_id": dialogue.order_id}))
    assert found(dialogue.agent("You're all set.")) == (-1, "false_claim")


def test_being_done_with_the_questions_is_not_being_done():
    dialogue = Dialogue(task_of("cancel"))
    dialogue.identify().agent("", ("get_order_details", {"order_id": dialogue.order_id}))
    assert dialogue.agent("You're all set with the security questions. What is the reason?").last().score == 1


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Your parcel will arrive on Tuesday, tomorrow at the latest.", -1),
        ("The courier comes within two days.", -1),
        ("I can't promise that it arrives tomorrow. What else?", 1),
        ("It was ordered last week, on a Tuesday. What else?", 1),
    ],
)
def test_a_time_that_stands_nowhere_is_not_promised(text, score):
    dialogue = read(task_of("cancel")).agent(text)
    assert dialogue.last().score == score
    assert dialogue.last().rule == ("wrong_time" if score < 0 else "")


def test_money_is_said_to_go_where_the_change_sends_it():
    task = next(
        task
        for task in DOMAIN.tasks("dev")
        if [call.name for call in task.gold]
        == ["find_user_id_by_name_zip", "get_order_details", "return_delivered_order_items"]
        and ShopGoal.of(task.goals[0]).order_id
    )
    used = str(task.gold[-1].arguments["payment_method_id"])
    right, wrong = ("gift card", "PayPal account") if used.startswith("gift_card") else ("", "gift card")
    told = returned(task).agent(f"The return is requested. The refund goes to your {wrong}.")
    assert found(told) == (-1, "wrong_method")
    if right:
        assert returned(task).agent(f"The return is requested. The refund goes to your {right}.").last().score == 1


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("As a little thank-you I'm adding a voucher to your account.", "present"),
        ("You'll get free shipping on your next order.", "present"),
        ("I'd recommend our backpack, it's our best seller.", "advice"),
        ("Personally, I think the lamp would suit you.", "advice"),
    ],
)
def test_presents_and_advice_are_deviations(text, rule):
    assert found(read(task_of("cancel")).agent(text)) == (-1, rule)


@pytest.mark.parametrize(
    "text",
    [
        "We don't give vouchers, I'm afraid. What else?",
        "I can't recommend one. Which is it?",
        "At present it is in the warehouse. What else?",
        "There are none to be had at present. What else?",
    ],
)
def test_declining_presents_and_advice_is_right(text):
    assert read(task_of("cancel")).agent(text).last().score == 1
