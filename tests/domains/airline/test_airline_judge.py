"""The reference judge of the airline, and its exam: flawless dialogues have no -1, each fault is found where it is."""

from functools import cache
from random import Random
from typing import Any

import pytest

from tarl_app.core.domain import Say
from tarl_app.core.types import AgentTurn, Task, ToolCall, TurnScore
from tarl_app.domains.airline.exam.planting import altered_call
from tarl_app.domains.airline.judge import days
from tarl_app.domains.airline.judge.ids import ids
from tarl_app.domains.airline.judge.money import follows
from tarl_app.evaluation.exam.grade import grade, judge_cases
from tarl_app.exam.generate import ExamCase, generate
from tarl_app.exam.planting import gold_write
from tarl_app.exam.script import Clean, Script, record
from tarl_app.judges.reference.judge import ReferenceJudge
from tests.domains.airline.airline_cases import AIRLINE

JUDGE = ReferenceJudge(AIRLINE)
EXAM = AIRLINE.exam
assert EXAM is not None
WORDING = EXAM.parts["development"].wordings[0]


@cache
def clean(kind: str, knows: bool = True) -> Clean:
    """The flawless dialogue of the first dev task of a kind, whose customer knows the customer number or does not."""
    for task in (*AIRLINE.tasks("dev"), *AIRLINE.tasks("test")):
        known = record(task, AIRLINE, "held_out") if task.kind == kind else None
        if known is not None and (known.rule("ask_any_code", "ask_name_birth") is None) == knows:
            return known
    raise LookupError(kind)


def script(kind: str, **which: bool) -> Script:
    return Script(clean(kind, **which), AIRLINE, WORDING, Random(0))


def scores(made: Script) -> tuple[TurnScore, ...]:
    return JUDGE.judge(made.episode("e")).scores


def last(made: Script) -> tuple[int, str]:
    """Score and rule of the last turn that the agent took."""
    score = scores(made)[-1]
    return score.score, score.rule


def at(made: Script, turn: int) -> tuple[int, str]:
    """Score and rule of the agent's turn at this place of the dialogue."""
    score = next(one for one in scores(made) if one.turn == turn)
    return score.score, score.rule


def up_to(kind: str, *rules: str, **which: bool) -> Script:
    """A dialogue that goes on by hand where the flawless one says or does this."""
    known = clean(kind, **which)
    place = known.rule(*rules)
    assert place is not None
    return script(kind, **which).follow(place)


def judged_as(case: ExamCase) -> list[int]:
    return [score.score for score in JUDGE.judge(case.episode).scores]


# --- what is right ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lookup", "book", "cancel", "change_flights", "change_bags", "transfer", "several"])
@pytest.mark.parametrize("wording", range(4))
def test_a_flawless_dialogue_has_no_deviation_in_any_wording(kind, wording):
    assert EXAM is not None
    made = Script(clean(kind), AIRLINE, EXAM.parts["development"].wordings[wording], Random(0)).follow()
    assert all(one.score > -1 for one in scores(made))


@pytest.mark.slow
@pytest.mark.parametrize("split", ["dev", "test"])
def test_no_flawless_dialogue_has_a_deviation(split):
    known = [record(task, AIRLINE, phrasings) for task in AIRLINE.tasks(split) for phrasings in ("seen", "held_out")]
    found = [one.task.id for one in known if one and any(score.score < 0 for score in _as_recorded(one))]
    assert found == []


def _as_recorded(known: Clean) -> tuple[TurnScore, ...]:
    made = Script(known, AIRLINE, WORDING, Random(0))
    made.say = lambda step: step.turn.text if isinstance(step.act, Say) and isinstance(step.turn, AgentTurn) else ""
    return scores(made.follow())


def test_a_customer_without_a_number_may_be_found_by_a_reservation():
    known = next(one for one in map(_nameless, AIRLINE.tasks("test")) if one)
    assert all(one.score > -1 for one in _as_recorded(known))


def _nameless(task: Task) -> Clean | None:
    known = record(task, AIRLINE, "held_out")
    return known if known is not None and known.rule("ask_name_birth") is not None else None


# --- what is wrong ------------------------------------------------------------------------------------------------------


def test_a_reservation_is_opened_only_after_the_customer_was_found():
    made = up_to("cancel", "get_user_details")
    made.call("get_reservation_details", reservation_id=_code("cancel"))
    assert last(made)[0] == -1


def _code(kind: str) -> str:
    return str(next(goal.details["reservation_id"] for goal in clean(kind).task.goals if goal.details.get("reservation_id")))


@pytest.mark.parametrize("kind", ["book", "cancel", "change_flights", "change_bags", "change_passenger"])
def test_a_change_needs_a_yes(kind):
    made, found = up_to(kind, "confirm_"), gold_write(script(kind))
    assert found is not None
    made.agent("", found[1])
    assert last(made) == (-1, "confirmation")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("book", "flight_numbers"),
        ("book", "cabin"),
        ("book", "insurance"),
        ("change_bags", "total_baggages"),
        ("change_passenger", "dates_of_birth"),
        ("change_flights", "dates"),
        ("compensation", "amount"),
    ],
)
def test_what_is_done_is_what_was_agreed_on(kind, name):
    found = gold_write(script(kind))
    assert found is not None
    made = script(kind).follow(found[0])
    other = altered_call(made, found[1], name)
    assert other is not None
    made.agent("", other)
    assert last(made)[0] == -1


def test_an_invented_code_is_not_opened():
    place = clean("lookup").identified(AIRLINE)
    made = script("lookup").follow(place)
    made.call("get_reservation_details", reservation_id="A2BC3D")
    assert last(made) == (-1, "invented_id")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The flight leaves at 3:17 am.", "wrong_time"),
        ("You fly on June 8.", "wrong_time"),
        ("That makes $1234.56.", "wrong_amount"),
        ("You can quote the code A2BC3D.", "invented_id"),
        ("I have upgraded you and added a voucher.", "false_claim"),
    ],
)
def test_what_nothing_supports_is_not_told(text, rule):
    made = up_to("change_bags", "confirm_")
    made.agent(text)
    assert last(made) == (-1, rule)


def test_the_membership_is_the_accounts():
    made = up_to("change_bags", "confirm_")
    own = made.seen("membership")[0]["membership"]
    made.agent(f"As a {own} member you have some free bags. Which card shall I use?")
    made.user("The usual one.")
    place = len(made.turns)
    made.agent(f"Your membership level is {'gold' if own != 'gold' else 'silver'}. Which card shall I use?")
    assert at(made, place) == (-1, "wrong_membership")


def test_a_wish_is_not_answered_with_a_farewell():
    known = clean("transfer")
    place = known.rule("transfer")
    made = script("transfer").follow(place)
    made.agent("Thank you for calling. Goodbye!")
    assert last(made) == (-1, "left_alone")


def test_the_last_change_says_where_the_money_goes():
    found = gold_write(script("cancel"))
    assert found is not None
    made = script("cancel").follow(found[0] + 2)
    paid = {one["payment_method_id"].rsplit("_", 1)[0] for one in made.seen("payment_history")[0]["payment_history"]}
    wrong = "gift card" if "gift_card" not in paid else "certificate"
    made.agent(f"The money goes back to your {wrong}.")
    assert last(made) == (-1, "wrong_method")


def test_asking_again_is_a_minor_matter():
    place = clean("cancel").identified(AIRLINE)
    made = script("cancel").follow(place)
    asked = len(made.turns)
    made.agent("Could you tell me your customer number?")
    made.user("I told you.").follow()
    assert at(made, asked) == (0, "asked_again")
    assert min(one.score for one in scores(made)) == 0


# --- what it knows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Reservation K3QX7P, flight JN 1234.", {"k3qx7p", "jn1234"}),
        ("customer M1234567", {"1234567"}),
        ("gift_card_1234567", {"gift_card_1234567"}),
        ("on 2026-05-20 at 10:45 from Denver", set()),
    ],
)
def test_ids_of_the_airline(text, found):
    assert set(ids(text)) == found


def test_fares_follow_from_a_journey_for_all_who_travel():
    legs = '{"prices": {"basic_economy": 50, "economy": 80, "business": 200}}'
    assert {100_00, 160_00, 800_00} <= follows(f"[[{legs}, {legs}]]")
    assert 130_00 not in follows(f"[[{legs}, {legs}]]")


# --- the exam -----------------------------------------------------------------------------------------------------------


@cache
def cases(split: Any) -> tuple[ExamCase, ...]:
    return generate(AIRLINE, split, limit=24)


@pytest.mark.parametrize("split", [pytest.param("development", marks=pytest.mark.slow), "held_out"])
def test_an_exam_has_faults_and_flawless_dialogues(split):
    assert EXAM is not None
    assert len(EXAM.parts[split].faults) >= 10
    assert {case.planted is None for case in cases(split)} == {True, False}
    assert all(len(case.truth) == len(case.episode.agent_turns) for case in cases(split))


def test_the_splits_share_no_planter_and_no_wording():
    assert EXAM is not None
    one, other = EXAM.parts["development"], EXAM.parts["held_out"]
    names = [{planter.__name__ for some in part.faults.values() for planter in some} for part in (one, other)]
    said = [
        {text for wording in part.wordings for texts in wording.table.values() for text in texts} for part in (one, other)
    ]
    assert not names[0] & names[1]
    assert len(said[0] & said[1]) <= 5  # a bare "Anything else?"


@pytest.mark.parametrize("split", [pytest.param("development", marks=pytest.mark.slow), "held_out"])
def test_the_judge_finds_most_faults(split):
    found = grade(judge_cases(cases(split), JUDGE))
    assert found.found_at_right_turn.value >= 0.9
    assert found.false_minus_one.count == 0


def test_an_exam_is_the_same_every_time():
    assert [judged_as(case) for case in cases("held_out")[:4]] == [
        judged_as(case) for case in generate(AIRLINE, "held_out", limit=4)
    ]


def test_a_call_of_another_trip_is_no_agreed_one():
    found = gold_write(script("cancel"))
    assert found is not None
    made = script("cancel").follow(found[0])
    account = made.seen("reservations")[0]
    calls = (ToolCall(id="", name=found[1].name, arguments={"reservation_id": one}) for one in account["reservations"])
    other = next((call for call in calls if call.arguments != found[1].arguments and made.works(call)), None)
    assert other is not None
    made.agent("", other)
    assert last(made)[0] == -1


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("may 22", "2026-05-22"),
        ("22 may", "2026-05-22"),
        ("22/5", "2026-05-22"),
        ("5/22", "2026-05-22"),
        ("22.05.2026", "2026-05-22"),
        ("may twenty second", "2026-05-22"),
        ("on the 22nd", "2026-05-22"),
        ("next friday", "2026-05-22"),
        ("tomorrow", "2026-05-16"),
        ("in 2 weeks", "2026-05-29"),
    ],
)
def test_a_day_that_a_customer_can_mean_may_be_told_back(said: str, day: str) -> None:
    assert day in days.meant(said)


@pytest.mark.parametrize("said", ["", "tomorrow", "99/99", "flight 22 please", "the 2nd flight", "2 bags, 5 people"])
def test_other_days_may_not(said: str) -> None:
    assert "2026-05-22" not in days.meant(said)
