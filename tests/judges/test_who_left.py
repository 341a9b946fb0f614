"""Who ended the call: leaving early is the customer's doing, and what was not done is said."""

import pytest

from tarl_app.core.types import Check, StopReason, Verdict
from tarl_app.domains import free_task
from tarl_app.sandbox.verifier import DATABASE
from tarl_app.ui.words import outcome
from tests.judges.judge_dialogue import Dialogue, task_of
from tests.judges.test_reference_judge import proposed

ASKS = "Could you give me your name and zip code, please?"
DONE = StopReason.USER_DONE
LEFT_UNDONE = "The order was not cancelled."
FAILED = Verdict(
    passed=False,
    checks=(
        Check(name=DATABASE, passed=False, detail="orders #W1, status: unchanged instead of 'cancelled'."),
        Check(name="The order is cancelled", passed=False, detail=LEFT_UNDONE),
    ),
)


@pytest.fixture
def cancel() -> Dialogue:
    return Dialogue(task_of("cancel"))


def major(dialogue: Dialogue, stop: StopReason = DONE) -> list[int]:
    return [score.turn for score in dialogue.scores(stop, FAILED) if score.score == -1]


def test_a_customer_who_hangs_up_on_a_right_question_or_proposal_leaves_early(cancel: Dialogue) -> None:
    asked = Dialogue(cancel.task).user(cancel.goal).agent(ASKS)
    assert not major(asked)
    assert major(asked, StopReason.LIMIT)  # nobody left
    assert not major(proposed(cancel))
    assert not major(cancel.user("Never mind, bye.").agent("Nothing was changed. Goodbye!"))


def test_a_customer_who_hangs_up_on_a_look_up_leaves_early(cancel: Dialogue) -> None:
    assert not major(cancel.identify())


def test_a_call_that_the_agent_let_end_is_the_agents(cancel: Dialogue) -> None:
    more = Dialogue(cancel.task).identify().agent("Is there anything else?").user("No, thanks, bye.").agent("Goodbye!")
    assert major(more)
    assert major(proposed(cancel).user("Yes, please. Bye.").agent("You are welcome. Goodbye!"))


def test_a_customer_who_gives_up_after_being_asked_again_and_again_does_not_leave_early(cancel: Dialogue) -> None:
    cancel.identify()
    for reason in ("What is the reason?", "Which reason is it?", "Is it a mistake, or not needed any more?"):
        cancel.agent(reason).user("I said it: I do not need it any more.")
    assert major(cancel.agent("Why is that?").user("This leads nowhere. Bye."))


def test_a_mistake_before_the_leave_stays_the_agents(cancel: Dialogue) -> None:
    cancel.identify().agent(ASKS)  # asked again
    assert major(cancel)


@pytest.mark.parametrize(
    ("said", "score"),
    [
        ("You are welcome. Goodbye!", 0),
        ("Then I have not changed anything. Goodbye!", 1),
        ("Then nothing was cancelled. Goodbye!", 1),
    ],
)
def test_a_goodbye_while_a_proposal_is_open_says_what_was_not_done(cancel: Dialogue, said: str, score: int) -> None:
    last = proposed(cancel).user("Sorry, I have to go. Bye.").agent(said).last()
    assert last.score == score
    assert ("'cancel pending order' was not done" in last.reason) == (score == 0)


def test_a_question_after_which_nothing_is_open_is_no_proposal(cancel: Dialogue) -> None:
    proposed(cancel).user("Yes, please.").agent("", cancel.task.gold[-1])
    cancel.agent(f"Order {cancel.order_id} has been cancelled. Will that be all?")
    assert cancel.user("It is. Bye.").agent("You are welcome. Goodbye!").last().score == 1


def test_in_free_talk_a_goodbye_after_a_mere_question_leaves_nothing_unsaid(cancel: Dialogue) -> None:
    free = Dialogue(free_task("retail")).user("I want to cancel my order.").agent("May I have your name and zip code?")
    assert free.user("Bye.").agent("Goodbye!").last().rule != "left_unsaid"
    free.agent("To confirm: I cancel your order. Shall I go ahead?").user("Bye.").agent("Goodbye!")
    assert free.last().rule == "left_unsaid"


def test_a_deflection_has_a_reason_of_its_own(cancel: Dialogue) -> None:
    cancel.identify()
    put_off = cancel.user("I want to talk to a human.").agent("I can only talk about your own account.").last()
    assert (put_off.score, put_off.rule) == (0, "deflection")
    helped = "I can only cancel the whole order. Would you like me to do that?"
    assert cancel.user("Cancel the mug.").agent(helped).last().rule != "deflection"
    refused = Dialogue(task_of("refusal")).identify().agent("I am sorry, I can only help with your own orders.").last()
    assert refused.rule != "deflection"


def test_what_a_call_came_to_is_not_told_in_words_of_columns(cancel: Dialogue) -> None:
    assert outcome(cancel.episode(DONE, FAILED)) == LEFT_UNDONE.rstrip(".")
    alone = Verdict(passed=False, checks=FAILED.checks[:1])
    assert outcome(cancel.episode(DONE, alone)) == "the data are not as they should be"
