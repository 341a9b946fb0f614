"""Faults of weak agents: a true fact that nobody asked for, a refusal that fits every request, an account denied."""

import pytest

from tests.judges.judge_dialogue import DOMAIN, Dialogue, task_of
from tests.judges.test_rules_for_peoples_calls import opened

MORE = "Is there anything else?"


@pytest.fixture
def lookup() -> Dialogue:
    task = next(
        task
        for task in DOMAIN.tasks("dev")
        if task.kind == "lookup" and len(task.goals) == 1 and len(task.must_tell) == 1 and task.must_tell[0].kind != "money"
    )
    dialogue = Dialogue(task).user(task.goals[0].question or "").agent("Your email, or your name and zip code?")
    dialogue.user(", ".join(task.facts.values()))
    for call in task.gold:
        dialogue.agent("", call)
    return dialogue


def found(dialogue: Dialogue) -> tuple[int, str]:
    last = dialogue.last()
    return last.score, last.rule


def test_a_true_fact_that_ends_the_matter_is_the_one_that_was_asked_for(lookup: Dialogue) -> None:
    assert found(lookup.agent(f"I have opened your account, and all is well. {MORE}")) == (-1, "wrong_answer")


def test_the_fact_itself_and_one_on_the_way_to_it_are_right(lookup: Dialogue) -> None:
    on_the_way = Dialogue(lookup.task)
    on_the_way.turns, on_the_way.environment = [*lookup.turns], lookup.environment
    assert on_the_way.agent("I have opened your account. One moment, please.").last().rule != "wrong_answer"
    fact = lookup.task.must_tell[0]
    assert lookup.agent(f"The {fact.label.removeprefix('the ')} is {fact.value}. {MORE}").last().score == 1


@pytest.mark.parametrize("said", ["I am sorry, I cannot help you with that.", "Sorry, I can't do that. What is the order?"])
def test_what_the_policy_allows_is_not_refused_by_a_sentence_that_fits_everything(said: str) -> None:
    assert found(opened("cancel").agent(said)) == (-1, "wrong_refusal")


def test_a_flat_refusal_may_be_right_where_something_is_refused_or_awaited() -> None:
    refused = Dialogue(task_of("refusal")).identify().agent("I am sorry, I cannot help you with that.")
    assert refused.last().rule != "wrong_refusal"
    before = Dialogue(task_of("cancel")).user("Cancel my order, please.")
    assert before.agent("I cannot do that before I know who you are. What is your name and zip code?").last().score == 1


def test_a_customer_who_was_found_is_not_told_otherwise() -> None:
    denied = "I could not find an account with that name. Could you spell it?"
    assert found(opened("cancel").agent(denied)) == (-1, "not_found")
    slipped = opened("cancel").agent("", ("calculate", {"expression": "1 +"}))  # which has nothing to do with it
    assert slipped.agent("Sorry, I did not find you in our records.").last().score == -1
    others = (
        "I could not find a lamp in your order.",
        "I could not find the order in your account.",
        "I can't find you one.",
    )
    assert all(opened("cancel").agent(other).last().rule != "not_found" for other in others)
    unknown = Dialogue(task_of("cancel")).user("Cancel it. I am Ada King, 10001.")
    unknown.agent("", ("find_user_id_by_name_zip", {"first_name": "Ada", "last_name": "King", "zip": "10001"}))
    assert unknown.agent(denied).last().score == 1


def test_the_same_question_is_not_asked_again_after_another_one() -> None:
    call = opened("cancel").agent("Why would you like to cancel it?").user("What?").agent("Which reason is it?").user("Hm.")
    assert found(call.agent("Why would you like to cancel it?")) == (0, "said_again")


@pytest.mark.parametrize(
    "leave", ["Nothing more, thanks.", "This leads nowhere, good night.", "That was it.", "No further questions."]
)
def test_a_goodbye_to_a_customer_who_leaves_is_no_hanging_up(leave: str) -> None:
    assert opened("cancel").user(leave).agent("You are welcome. Goodbye!").last().rule not in ("hung_up", "left_open")
