"""The reference judge judges a domain by what the domain declares, and by what holds everywhere."""

from dataclasses import replace

import pytest

from tarl_app.agents.scripted import TransferAgent
from tarl_app.core.domain import Judging
from tarl_app.core.types import StopReason
from tarl_app.language.transfer import ANNOUNCED
from tests.judges.gym import FREEZE, INJURED, MEMBER, OTHER, Call, Gym, gym

DONE = StopReason.USER_DONE


def flawless(call: Call) -> Call:
    call.agreed().agent("", FREEZE).agent("Your membership is now frozen for 4 weeks. Anything else?")
    return call.user("What does yoga cost?").tool("list_classes").agent("YOG42 is $12.50 a time. Anything else?")


def test_a_flawless_call_has_only_correct_turns_and_is_praised_in_words():
    scores = flawless(Call()).user("No, bye.").agent("Goodbye!").scores(DONE)
    assert [score.score for score in scores] == [1] * 8
    assert [score.reason for score in scores[:3]] == [
        "asked who the customer is",
        "looked the customer up with what they said",
        "asked for a yes before changing anything",
    ]


def test_a_domain_that_declares_nothing_to_judges_is_judged_by_what_holds_everywhere():
    bare = gym(Judging())
    assert {score.score for score in flawless(Call(domain=bare)).scores(DONE)} == {1}
    unasked = Call(domain=bare).identified().agent("", FREEZE)
    assert unasked.last() == (-1, "confirmation")
    wrong = Call(domain=bare).agreed().tool("freeze_membership", member_id=MEMBER, weeks="8")
    assert wrong.last() == (-1, "wrong_write")


def test_a_write_without_a_yes_is_found():
    assert Call().identified().agent("", FREEZE).last() == (-1, "confirmation")
    assert Call().identified().agent("Shall I freeze it?").user("Wait.").agent("", FREEZE).last() == (-1, "confirmation")
    assert Call().identified().agent("Any classes for you?").user("Yes.").agent("", FREEZE).last() == (-1, "confirmation")


def test_a_wrong_write_is_found_and_told_with_both_values():
    call = Call().agreed().tool("freeze_membership", member_id=MEMBER, weeks="8")
    assert call.last() == (-1, "wrong_write")
    assert "weeks: expected 4, found 8" in call.scores()[-1].reason


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("That costs $99.00. Shall I go ahead?", "wrong_amount"),
        (f"I see that {MEMBER} is expired. Shall I go ahead?", "wrong_status"),
        ("Your trainer is member_555555. Shall I go ahead?", "invented_id"),
        ("Would you like to join BOX77 meanwhile?", "invented_id"),
        ("Your membership has been frozen.", "false_claim"),
        ("You're all set.", "false_claim"),
        ("Have a voucher on the house. Shall I go ahead?", "present"),
        ("A card will arrive tomorrow. Shall I go ahead?", "wrong_time"),
        ("I'm sorry, I can't freeze it.", "wrong_refusal"),
        ("SHALL I GO AHEAD?", "shouting"),
    ],
)
def test_what_is_said_wrongly_is_found(text: str, rule: str):
    assert Call().identified().agent(text).last() == (-1, rule)


def test_an_amount_that_the_domain_cannot_explain_is_invented():
    seen = Call().identified().tool("list_classes")
    assert seen.agent("Four times are $50.00. Shall I go on?").last() == (1, "")
    assert seen.agent("Five times are $61.00. Shall I go on?").last() == (-1, "wrong_amount")


def test_ids_of_the_domains_own_kind_are_known_in_any_case_once_they_were_shown():
    seen = Call().identified().user("Which classes are there, and how full?").tool("list_classes")
    assert seen.agent("YOG42 is full. Would you like another one?").last() == (1, "")
    assert seen.agent("I see that yog42 is open. Shall I look further?").last() == (-1, "wrong_status")


def test_nobodys_data_is_touched_before_the_member_is_known_and_no_other_members_after():
    assert Call().user(f"Freeze {MEMBER}.").agent("", FREEZE).last()[0] == -1
    other = Call().identified().user(f"And {OTHER}, my wife?").tool("get_member", member_id=OTHER)
    assert other.last() == (-1, "another_customer")
    assert Call().user("What is there?").tool("list_classes").last() == (1, "")


def test_a_failing_call_is_not_repeated():
    call = Call().user("I'm member_999999.").tool("get_member", member_id="member_999999")
    assert call.last() == (1, "")
    assert call.tool("get_member", member_id="member_999999").last() == (-1, "repeated_failure")


def test_a_missed_transfer_and_one_for_nothing_are_found():
    missed = Call(INJURED).identified().agent("Get well soon!").user("Bye.")
    assert [score.score for score in missed.scores()] == [1, 1, 1]
    last = missed.scores(DONE)[-1]
    assert (last.score, last.rule) == (-1, "omission")
    assert "never handed over to a person" in last.reason
    right = Call(INJURED).identified().tool("ring_colleague", note="injured")
    assert right.scores(StopReason.TRANSFERRED)[-1].reason == "handed over to a person, as the policy demands"
    assert Call().identified().tool("ring_colleague", note="freeze").last() == (-1, "unneeded_transfer")


def test_ending_before_everything_was_done_is_found():
    scores = Call().identified().agent("I have found you.").user("Bye.").agent("Goodbye!").scores(DONE)
    assert [(score.score, score.rule) for score in scores if score.score == -1] == [(-1, "omission")]


def test_the_control_that_hands_over_uses_the_tool_that_the_domain_declares():
    turn = TransferAgent(gym()).reply(())
    assert [call.name for call in turn.tool_calls] == ["ring_colleague"]
    assert Gym().call(turn.tool_calls[0]).is_error is False
    silent = TransferAgent(replace(gym(), transfer_tool=None)).reply(())
    assert silent.tool_calls == ()
    assert ANNOUNCED.search(silent.text.lower())
