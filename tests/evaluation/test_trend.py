"""The last third of a run's measurements against the first, paired by task."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.evaluation.comparison.figures import sign_test
from tarl_app.evaluation.comparison.trend import DRAWS, in_words, last_against_first, sign_flip


def measured(*rows: str) -> dict[int, dict[str, bool]]:
    """One row a measurement, one letter a task: ``x`` passed."""
    return {step: {f"task-{n}": letter == "x" for n, letter in enumerate(row)} for step, row in enumerate(rows)}


def test_thirds_are_compared_and_the_middle_does_not_count() -> None:
    found = last_against_first(measured("....", "x...", "xxxx", "....", "xx..", "xxx."))
    assert found is not None
    assert (found.tasks, found.measurements) == (4, 2)
    assert (found.first, found.last) == (pytest.approx(1 / 8), pytest.approx(5 / 8))
    assert found.difference == pytest.approx(0.5)
    assert found.p_value == pytest.approx(2 / 2**3)  # three tasks rose, none fell


def test_seven_measurements_are_two_three_and_two() -> None:
    found = last_against_first(measured("..", "..", "xx", "xx", "xx", "..", ".."))
    assert found is not None
    assert (found.measurements, found.difference, found.p_value) == (2, 0.0, 1.0)
    assert "neither a gain nor a loss" in in_words(found)


def test_a_rise_of_every_task_is_no_chance() -> None:
    found = last_against_first(measured("." * 24, "." * 24, "x" * 24))
    assert found is not None
    assert found.p_value < 0.001
    assert "neither" not in in_words(found)
    assert "24 tasks that are never practised" in in_words(found)


def test_one_measurement_has_no_trend_and_neither_have_different_tasks() -> None:
    assert last_against_first(measured("x")) is None
    assert last_against_first({0: {"a": True}, 1: {"b": True}}) is None


@given(st.lists(st.sampled_from((-1.0, 0.0, 1.0)), max_size=13))
def test_with_differences_of_one_size_it_is_the_sign_test(values: list[float]) -> None:
    assert sign_flip(values) == pytest.approx(sign_test(values.count(-1.0), values.count(1.0)))


def test_random_signs_agree_with_all_signs() -> None:
    values = [0.5, 1.0, -0.5, 1.0, 0.25, 1.0, -1.0, 0.5, 0.75, 1.0, -0.25, 0.5]
    many = [*values, 1e-13, -1e-13, 1e-13]  # too many for all signs, and the same sum
    assert sign_flip(many) == pytest.approx(sign_flip(values), abs=0.01)
    assert sign_flip([1.0] * 20) == pytest.approx(1 / (DRAWS + 1))
