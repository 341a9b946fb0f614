"""How well the scores of a judge predict success."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.types import Episode
from tarl_app.evaluation.measures.predicts import as_text, auc, predicts
from tests.test_rewards import episode


def calls(passed: bool, scores: list[int], count: int) -> list[Episode]:
    made = episode(passed, scores)
    return [
        made.model_copy(update={"task": made.task.model_copy(update={"id": f"{made.task.id}-{n}"})}) for n in range(count)
    ]


@given(st.lists(st.tuples(st.integers(-1, 1), st.booleans()), max_size=30))
def test_auc_is_the_share_of_pairs_in_which_the_passed_one_is_scored_higher(calls: list[tuple[int, bool]]) -> None:
    won, lost = [value for value, win in calls if win], [value for value, win in calls if not win]
    pairs = [(a > b) + (a == b) / 2 for a, b in product(won, lost)]
    expected = sum(pairs) / len(pairs) if pairs else 0.5
    assert auc([value for value, _ in calls], [win for _, win in calls]) == pytest.approx(expected)


def test_a_turn_that_is_scored_as_the_call_ends_predicts_it_and_another_does_not() -> None:
    first, second, whole = predicts([*calls(True, [1, 1], 10), *calls(False, [1, -1], 10)])
    assert (first.turn, first.calls, first.passed, first.score, first.so_far) == (1, 20, 10, 0.5, 0.5)
    assert (second.score, second.so_far) == (1.0, 1.0)
    assert second.score_interval.low == 1.0
    assert (whole.turn, whole.score) == (0, 1.0)


def test_a_fault_long_ago_is_remembered_so_far() -> None:
    _, second, _ = predicts([*calls(True, [1, 1], 6), *calls(False, [-1, 1], 6)])
    assert (second.score, second.so_far) == (0.5, 1.0)


def test_turns_that_too_few_calls_have_are_left_out() -> None:
    found = predicts([*calls(True, [1], 9), *calls(True, [1, 1], 4), *calls(False, [0, 0], 9)])
    assert [one.turn for one in found] == [1, 0]
    assert predicts([]) == ()
    assert "Too few calls" in as_text(())
    assert "all" in as_text(found)


def test_the_interval_contains_the_number_and_narrows_with_more_calls() -> None:
    def width(times: int) -> float:
        some = [*calls(True, [1], 6), *calls(True, [0], 4), *calls(False, [1], 4), *calls(False, [0], 6)]
        every = [
            one.model_copy(update={"task": one.task.model_copy(update={"id": f"{n}/{number}"})})
            for n in range(times)
            for number, one in enumerate(some)
        ]
        found = predicts(every)[0]
        assert found.score_interval.low < found.score < found.score_interval.high
        return found.score_interval.high - found.score_interval.low

    assert width(8) < width(1)
