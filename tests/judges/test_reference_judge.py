import pytest

from tarl_app.core.types import Check, StopReason, Task, ToolCall, Verdict
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.judges.reference.judge import FOLLOWS, ReferenceJudge
from tarl_app.sandbox.verifier import DATABASE
from tests.judges.judge_dialogue import DOMAIN, Dialogue, task_of


@pytest.fixture
def cancel() -> Dialogue:
    return Dialogue(task_of("cancel"))


def proposed(dialogue: Dialogue) -> Dialogue:
    """Identified, read the order, proposed the cancellation."""
    dialogue.identify().agent("", ("get_order_details", {"order_id": dialogue.order_id}))
    reason = dialogue.task.gold[-1].arguments["reason"]
    return dialogue.agent(f"I can cancel order {dialogue.order_id} as {reason}. Shall I go ahead?")


def write(dialogue: Dialogue) -> ToolCall:
    return dialogue.task.gold[-1]


def finished(dialogue: Dialogue) -> Dialogue:
    proposed(dialogue).user("Yes, please.").agent("", write(dialogue))
    dialogue.agent(f"Your order {dialogue.order_id} has been cancelled. Is there anything else?")
    return dialogue.user("No, that's all. Bye.")


def found(score) -> tuple[int, str]:
    return score.score, score.rule


def test_a_flawless_call_has_only_correct_turns_and_a_reason_for_each(cancel):
    scores = finished(cancel).scores(StopReason.USER_DONE, Verdict(passed=True))
    assert [score.score for score in scores] == [1] * 6
    assert [score.reason for score in scores] == [
        "asked who the customer is",
        "looked the customer up with what they said",
        "looked it up with 'get order details'",
        "asked for a yes before changing anything",
        f"{DOMAIN.describe(write(cancel)).done}, as agreed",
        "reported what was done",
    ]
    assert [score.turn for score in scores] == [1, 3, 5, 7, 9, 11]


def test_scores_never_change_as_turns_are_added(cancel):
    episode = finished(cancel).agent("Goodbye!").episode()
    whole = ReferenceJudge(DOMAIN).judge(episode).scores
    ends = [n + 1 for n, turn in enumerate(episode.turns) if turn.kind != "agent" or not turn.tool_calls]
    for end in ends:
        part = ReferenceJudge(DOMAIN).judge(episode.model_copy(update={"turns": episode.turns[:end]})).scores
        assert part == whole[: len(part)]


def test_reading_an_order_before_the_customer_is_known_is_a_deviation(cancel):
    cancel.user(cancel.goal).agent("", ("get_order_details", {"order_id": cancel.order_id}))
    assert found(cancel.last()) == (-1, "authentication")
    assert "before the customer was identified" in cancel.last().reason


def test_a_failing_look_up_before_the_customer_is_known_is_minor(cancel):
    cancel.user("Where is order #W0000001?").agent("", ("get_order_details", {"order_id": "#W0000001"}))
    assert found(cancel.last()) == (0, "authentication")


def test_product_questions_need_no_identification(cancel):
    cancel.user("What do you sell?").agent("", ("list_all_product_types", {}))
    assert cancel.last().score == 1


def test_writing_without_a_yes_is_a_deviation(cancel):
    cancel.identify().agent("", ("get_order_details", {"order_id": cancel.order_id})).agent("", write(cancel))
    assert found(cancel.last()) == (-1, "confirmation")


@pytest.mark.parametrize("answer", ["Hmm, what would I get back?", "No, wait.", "Yes, but not that one.", "Maybe."])
def test_an_answer_that_is_no_clear_yes_does_not_allow_the_write(cancel, answer):
    proposed(cancel).user(answer).agent("", write(cancel))
    assert found(cancel.last()) == (-1, "confirmation")


@pytest.mark.parametrize(
    "answer", ["Yes.", "Sure, go ahead", "That's right. Please do it.", "No problem, go ahead.", "Yeah, I don't need it"]
)
def test_a_clear_yes_allows_the_write(cancel, answer):
    proposed(cancel).user(answer).agent("", write(cancel))
    assert cancel.last().score == 1


def test_a_yes_to_another_proposal_does_not_allow_the_write(cancel):
    cancel.identify().agent("Shall I tell you about our opening hours?").user("Yes, please.").agent("", write(cancel))
    assert found(cancel.last()) == (-1, "confirmation")


def test_a_yes_after_the_proposal_was_repeated_in_short_counts(cancel):
    proposed(cancel).user("Sorry, what?").agent("Shall I go ahead?").user("Yes.").agent("", write(cancel))
    assert cancel.last().score == 1


def test_a_wrong_argument_is_named_with_what_was_expected_and_what_was_found(cancel):
    wanted = write(cancel).arguments["reason"]
    other = "no longer needed" if wanted == "ordered by mistake" else "ordered by mistake"
    proposed(cancel).user("Yes.").agent("", (write(cancel).name, {**write(cancel).arguments, "reason": other}))
    assert found(cancel.last()) == (-1, "wrong_write")
    assert f"reason: expected {wanted}, found {other}" in cancel.last().reason


def test_a_write_that_the_task_does_not_ask_for_is_a_deviation():
    dialogue = Dialogue(task_of("lookup"))
    facts = dialogue.task.facts
    address = {
        "address1": "1 Main Street",
        "address2": "",
        "city": "Austin",
        "state": "TX",
        "country": "USA",
        "zip": "78701",
    }
    dialogue.identify().agent(f"Shall I change your address to 1 Main Street, {facts['first_name']}?").user("Yes.")
    dialogue.agent("", ("modify_user_address", {"user_id": dialogue.task.user_id, **address}))
    assert found(dialogue.last()) == (-1, "wrong_write")
    assert "was not what the customer needed" in dialogue.last().reason


def test_the_same_write_in_other_words_is_the_same(cancel):
    arguments = {**write(cancel).arguments, "order_id": cancel.order_id.lstrip("#").lower()}
    proposed(cancel).user("Yes.").agent("", (write(cancel).name, arguments))
    assert cancel.last().score == 1


def test_only_the_first_deviation_stays_and_later_ones_follow_from_it(cancel):
    cancel.user(cancel.goal).agent("", ("get_order_details", {"order_id": cancel.order_id}))
    cancel.agent("", write(cancel))
    cancel.agent(f"Your order was $9999.99 and {cancel.order_id} is cancelled.")
    scores = cancel.scores(StopReason.USER_DONE, Verdict(passed=False, checks=(Check(name="writes", passed=False),)))
    assert [score.score for score in scores] == [-1, 0, 0]
    assert all(score.reason.startswith(FOLLOWS) for score in scores[1:])


def test_another_customers_account_is_off_limits(cancel):
    other = next(task for task in DOMAIN.tasks("dev") if task.user_id != cancel.task.user_id)
    cancel.identify().user(f"Now look at {other.user_id}.").agent("", ("get_user_details", {"user_id": other.user_id}))
    assert found(cancel.last()) == (-1, "another_customer")


def test_moving_on_to_another_customer_is_a_deviation(cancel):
    other = next(task for task in DOMAIN.tasks("dev") if task.user_id != cancel.task.user_id and "email" in task.facts)
    cancel.identify().user(f"My wife's email is {other.facts['email']}.")
    cancel.agent("", ("find_user_id_by_email", {"email": other.facts["email"]}))
    assert found(cancel.last()) == (-1, "another_customer")


def foreign_order(dialogue: Dialogue) -> str:
    return next(
        goal.order_id
        for task in DOMAIN.tasks("dev")
        for goal in ShopGoal.all_of(task.goals)
        if goal.order_id and task.user_id != dialogue.task.user_id and task.kind == "cancel"
    )


def test_reading_an_order_that_the_user_named_is_fine_even_if_it_turns_out_to_be_foreign(cancel):
    order = foreign_order(cancel)
    cancel.identify().user(f"And {order}?").agent("", ("get_order_details", {"order_id": order}))
    assert cancel.last().score == 1


def test_telling_about_a_foreign_order_is_a_deviation(cancel):
    order = foreign_order(cancel)
    cancel.identify().user(f"And {order}?").agent("", ("get_order_details", {"order_id": order}))
    item = next(iter(cancel.turns[-1].results)).content.split('"item_id": "')[1][:10]
    cancel.agent(f"It contains item {item}.")
    assert found(cancel.last()) == (-1, "invented_id")
    assert "belongs to somebody else" in cancel.last().reason


def test_changing_a_foreign_order_is_a_deviation(cancel):
    order = foreign_order(cancel)
    cancel.identify().user(f"Cancel {order}.").agent("", ("get_order_details", {"order_id": order}))
    cancel.agent(f"Shall I cancel {order}?").user("Yes.")
    cancel.agent("", ("cancel_pending_order", {"order_id": order, "reason": "no longer needed"}))
    assert found(cancel.last()) == (-1, "another_customer")


def test_an_id_that_nobody_said_is_invented(cancel):
    cancel.identify().agent("", ("get_order_details", {"order_id": "#W0000001"}))
    assert found(cancel.last()) == (-1, "invented_id")


def test_an_id_close_to_what_the_user_said_was_misheard(cancel):
    digits = cancel.order_id[2:]
    wrong = "#W" + digits[:-1] + str((int(digits[-1]) + 1) % 10)
    cancel.identify().agent("", ("get_order_details", {"order_id": wrong}))
    assert found(cancel.last()) == (0, "invented_id")
    assert "misheard" in cancel.last().reason


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "W{}",
        "order number {0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}{0[6]}",
        "W {0[0]} {0[1]} {0[2]} {0[3]} {0[4]} {0[5]} {0[6]}",
    ],
)
def test_an_order_number_counts_as_said_in_any_form(cancel, form):
    digits = cancel.order_id[2:]
    cancel.identify()
    cancel.turns[0] = cancel.turns[0].model_copy(update={"text": f"Please cancel {form.format(digits)}."})
    cancel.agent("", ("get_order_details", {"order_id": cancel.order_id}))
    assert cancel.last().score == 1


def test_an_invented_id_in_words_is_a_deviation(cancel):
    cancel.identify().agent("Shall I cancel your order #W0000001?")
    assert found(cancel.last()) == (-1, "invented_id")


def test_looking_the_customer_up_with_what_they_never_said_is_a_deviation(cancel):
    cancel.user("Hello.").agent("", ("find_user_id_by_email", {"email": "someone@nowhere.example"}))
    assert found(cancel.last()) == (-1, "made_up_identity")


def test_a_misheard_name_is_minor(cancel):
    facts = cancel.task.facts
    cancel.user("Hello.").agent("Your name and zip code, please?").user(
        f"{facts['first_name']} {facts['last_name']}, {facts['zip']}"
    )
    name = {"first_name": facts["first_name"], "last_name": facts["last_name"] + "e", "zip": facts["zip"]}
    cancel.agent("", ("find_user_id_by_name_zip", name))
    assert found(cancel.last()) == (0, "made_up_identity")


def test_a_misheard_name_is_never_told_to_be_a_common_word(cancel):
    facts = cancel.task.facts
    cancel.user("Hello.").agent("Your name and zip code, please?").user(f"My name is unclear, zip {facts['zip']}")
    cancel.agent("", ("find_user_id_by_name_zip", {"first_name": "Abe", "last_name": "Unclear", "zip": facts["zip"]}))
    assert found(cancel.last()) == (0, "made_up_identity")
    assert "'name'" not in cancel.last().reason
    assert "'abe'" in cancel.last().reason


def test_a_look_up_that_fails_with_exactly_what_the_customer_said_is_correct(cancel):
    cancel.user("I am nobody@nowhere.example").agent("", ("find_user_id_by_email", {"email": "nobody@nowhere.example"}))
    assert cancel.last().score == 1


def test_repeating_a_failing_call_unchanged_is_a_deviation(cancel):
    cancel.user("I am nobody@nowhere.example")
    for _ in range(2):
        cancel.agent("", ("find_user_id_by_email", {"email": "nobody@nowhere.example"}))
    assert found(cancel.last()) == (-1, "repeated_failure")


def test_repeating_it_after_the_user_said_it_again_is_minor(cancel):
    for _ in range(2):
        cancel.user("I am nobody@nowhere.example").agent("", ("find_user_id_by_email", {"email": "nobody@nowhere.example"}))
    assert found(cancel.last()) == (0, "repeated_failure")


def test_a_call_that_a_tool_refuses_is_minor(cancel):
    proposed(cancel).user("Yes.").agent("", (write(cancel).name, {"order_id": cancel.order_id, "reason": "bored"}))
    assert found(cancel.last()) == (0, "failed_call")


def test_looking_the_same_up_again_is_minor(cancel):
    cancel.identify()
    for _ in range(2):
        cancel.agent("", ("get_order_details", {"order_id": cancel.order_id}))
    assert found(cancel.last()) == (0, "repeated_read")


def test_a_transfer_that_was_not_needed_is_a_deviation(cancel):
    cancel.identify().agent("", ("transfer_to_human_agents", {"summary": "wants to cancel"}))
    assert found(cancel.last()) == (-1, "unneeded_transfer")


def test_saying_done_before_it_is_done_is_a_deviation(cancel):
    cancel.identify().agent("I've cancelled your order.")
    assert found(cancel.last()) == (-1, "false_claim")


@pytest.mark.parametrize(
    "text",
    [
        "Once the order has been cancelled, the refund takes five days.",
        "The order hasn't been cancelled yet. Shall I cancel it?",
        "Would you like the order to be cancelled?",
        "An order that has been cancelled stays cancelled, doesn't it?",
    ],
)
def test_speaking_of_a_cancellation_is_no_claim_that_it_happened(cancel, text):
    cancel.identify().agent(text)
    assert cancel.last().score == 1


def test_an_amount_that_nothing_supports_is_a_deviation(cancel):
    cancel.identify().agent("", ("get_order_details", {"order_id": cancel.order_id}))
    cancel.agent("You get $123456.78 back. Shall I go on?")
    assert found(cancel.last()) == (-1, "wrong_amount")


def test_amounts_from_the_data_and_their_sums_are_fine(cancel):
    cancel.identify().agent("", ("get_order_details", {"order_id": cancel.order_id}))
    content = cancel.turns[-1].results[0].content
    prices = [float(part.split(",")[0].split("}")[0]) for part in content.split('"price": ')[1:]]
    cancel.agent(f"That is ${prices[0]} of ${sum(prices):.2f}. Shall I go on?")
    assert cancel.last().score == 1


def test_a_wrong_status_is_a_deviation(cancel):
    cancel.identify().agent("", ("get_order_details", {"order_id": cancel.order_id}))
    cancel.agent(f"Your order {cancel.order_id} is delivered. What would you like to do?")
    assert found(cancel.last()) == (-1, "wrong_status")
    assert "it is pending" in cancel.last().reason


def test_the_right_status_is_fine(cancel):
    cancel.identify().agent("", ("get_order_details", {"order_id": cancel.order_id}))
    cancel.agent(f"Your order {cancel.order_id} is still pending. What would you like to do?")
    assert cancel.last().score == 1


def test_refusing_what_the_policy_allows_is_a_deviation(cancel):
    cancel.identify().agent("", ("get_order_details", {"order_id": cancel.order_id}))
    cancel.agent("I'm sorry, I can't cancel this order.")
    assert found(cancel.last()) == (-1, "wrong_refusal")


def refused() -> Task:
    return next(
        task
        for split in ("dev", "test")
        for task in DOMAIN.tasks(split)
        if task.goals[0].expect == "refused"
        and task.goals[0].kind == "cancel_order"
        and "zip" in task.facts
        and task.gold[0].name == "find_user_id_by_name_zip"
    )


def test_a_correct_refusal_is_not_marked_down():
    dialogue = Dialogue(refused())
    dialogue.identify()
    if dialogue.order_id:
        dialogue.agent("", ("get_order_details", {"order_id": dialogue.order_id}))
    dialogue.agent("I'm sorry, I can't cancel this order.")
    assert dialogue.last().score == 1
    assert dialogue.last().reason == "declined as the policy demands"


def test_a_condition_is_no_refusal(cancel):
    cancel.identify().agent("I can't cancel anything without your yes. Shall I cancel it?")
    assert cancel.last().score == 1


def test_silence_is_minor(cancel):
    assert found(cancel.user("Hello.").agent("").last()) == (0, "silence")


def test_a_call_that_cannot_be_read_is_minor(cancel):
    assert found(cancel.user("Hello.").agent("", malformed="{name:").last()) == (0, "malformed_call")


def test_asking_for_what_was_given_is_minor(cancel):
    cancel.user("I'm somebody@example.org and want to cancel an order.").agent("Could you tell me your email?")
    assert found(cancel.last()) == (0, "asked_again")


def test_asking_again_after_a_failed_look_up_is_correct(cancel):
    cancel.user("I am nobody@nowhere.example").agent("", ("find_user_id_by_email", {"email": "nobody@nowhere.example"}))
    cancel.agent("I could not find that. Could you tell me your email once more?")
    assert cancel.last().score == 1


def test_saying_the_same_again_is_minor_unless_the_user_asked_for_it(cancel):
    cancel.user("Hello.").agent("How can I help?").user("I want to cancel.").agent("How can I help?")
    assert found(cancel.last()) == (0, "said_again")
    cancel.turns[-2] = cancel.turns[-2].model_copy(update={"text": "Sorry, what did you say?"})
    assert cancel.last().score == 1


def test_announcing_a_transfer_without_making_it_is_minor(cancel):
    cancel.user("Hello.").agent("I'm transferring you to a colleague now.")
    assert found(cancel.last()) == (0, "handover_in_words")


def test_talking_about_a_wish_before_asking_who_is_calling_is_minor(cancel):
    cancel.user(cancel.goal).agent("What are you asking me?")
    assert found(cancel.last()) == (0, "identity_first")
    cancel.turns[-1] = cancel.turns[-1].model_copy(update={"text": "Could you tell me your email?"})
    assert cancel.last().score == 1


def test_a_greeting_is_answered_with_a_greeting(cancel):
    assert cancel.user("Hello.").agent("Hello! What can I do for you?").last().score == 1


def test_idle_talk_is_minor(cancel):
    cancel.identify().user("And now?").agent("The sky is blue.")
    assert found(cancel.last()) == (0, "idle")


def test_an_unfinished_task_costs_the_last_turn_only_once_the_call_has_ended(cancel):
    proposed(cancel).user("Hm, that is a good question.").agent("All right.")
    assert cancel.last().score == 0
    left_undone = Check(name="writes", passed=False, detail="The order was not cancelled.")
    columns = Check(name=DATABASE, passed=False, detail="orders #W1, status: unchanged instead of 'cancelled'.")
    failed = Verdict(passed=False, checks=(columns, left_undone))
    last = cancel.scores(StopReason.USER_DONE, failed)[-1]
    assert found(last) == (-1, "omission")
    assert "The order was not cancelled." in last.reason
    assert "status" not in last.reason  # no words of columns
    alone = cancel.scores(StopReason.USER_DONE, Verdict(passed=False, checks=(columns,)))[-1]
    assert found(alone) == (-1, "omission")
    assert "status" not in alone.reason
    assert found(cancel.scores(StopReason.LIMIT)[-1]) == (-1, "omission")


def test_an_infrastructure_failure_is_not_held_against_the_agent(cancel):
    assert proposed(cancel).scores(StopReason.FAILURE)[-1].score == 1


def test_free_talk_is_judged_by_the_policy_alone(cancel):
    gold = write(cancel)
    cancel.task = cancel.task.model_copy(update={"split": "free", "gold": (cancel.task.gold[0],)})
    proposed_free = cancel.identify().agent("", ("get_order_details", {"order_id": cancel.order_id}))
    proposed_free.agent(f"Shall I cancel order {cancel.order_id}?").user("Yes.").agent("", gold)
    assert [score.score for score in cancel.scores(StopReason.USER_DONE)] == [1] * 5


def test_free_talk_still_needs_a_yes(cancel):
    gold = write(cancel)
    cancel.task = cancel.task.model_copy(update={"split": "free", "gold": (cancel.task.gold[0],)})
    cancel.identify().agent("", gold)
    assert found(cancel.last()) == (-1, "confirmation")
