"""Draws depend on the seed alone, and stay what they are: worlds and tasks are made of them."""

import pytest

from tarl_app.sandbox.dice import Dice

LETTERS = "abcdefgh"


def test_the_same_seed_draws_the_same():
    assert [Dice(7).digits(12), Dice(7).shuffled(LETTERS)] == [Dice(7).digits(12), Dice(7).shuffled(LETTERS)]
    assert Dice(7).digits(12) != Dice(8).digits(12)


def test_draws_are_pinned():
    dice = Dice(1)
    assert [dice.below(100), dice.between(3, 5), dice.chance(50), dice.pick(LETTERS)] == [13, 5, False, "c"]


def test_a_weighted_value_is_the_one_at_that_place_of_a_list_with_each_as_often_as_its_weight():
    weights = (0, 3, 1, 0, 2)
    written_out = [value for value, weight in zip(LETTERS, weights, strict=False) for _ in range(weight)]
    one, other = Dice(4), Dice(4)
    drawn = [one.weighted(LETTERS[:5], weights) for _ in range(200)]
    assert drawn == [other.pick(written_out) for _ in range(200)]
    assert set(drawn) == set(written_out)


def test_each_value_needs_a_weight():
    with pytest.raises(ValueError, match="8 values have 2 weights"):
        Dice(1).weighted(LETTERS, (1, 2))


def test_some_and_a_subset_are_different_values_in_their_order():
    for draw in (Dice(3).some, Dice(3).subset):
        for count in range(10):
            drawn = draw(LETTERS, count)
            assert len(drawn) == min(count, len(LETTERS))
            assert drawn == sorted(set(drawn))


def test_how_many_are_taken_shifts_what_is_drawn_next_only_without_a_draw_for_each():
    def after(method, count):
        dice = Dice(5)
        getattr(dice, method)(LETTERS, count)
        return dice.below(10**9)

    assert after("subset", 1) == after("subset", 5)
    assert after("some", 1) != after("some", 5)


def test_an_id_is_not_drawn_twice():
    dice = Dice(2)
    assert len({dice.fresh("K", 1) for _ in range(9)}) == 9
