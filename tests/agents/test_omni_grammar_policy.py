"""Under the policy guard a write does what was proposed, and an amount is one that was shown."""

import json

import numpy as np
import torch

from tarl_app.core.types import Turn, UserTurn
from tests.agents.grammar_parts import GRAMMAR, IDENTIFIED, MINI, RETAIL, accepts, call, proposed, returned, shown


def test_a_write_takes_the_items_that_were_proposed_all_of_them_and_no_other() -> None:
    turns = proposed("To confirm: you return the Desk Lamp and the Mug from order #W1234567. Is that right?")
    assert accepts(returned("2222222222", "1111111111"), *turns)
    assert not accepts(returned("2222222222"), *turns)
    assert not accepts(returned("1111111111", "2222222222"), *turns)
    one = proposed("To confirm: you return the Mug from order #W1234567. Is that right?")
    assert accepts(returned("1111111111"), *one)
    assert not accepts(returned("2222222222"), *one)


def test_where_a_proposal_leaves_the_items_open_a_write_takes_whatever_was_shown() -> None:
    turns = proposed("Shall I go ahead with the return?")
    assert accepts(returned("2222222222"), *turns)
    assert accepts(returned("1111111111", "2222222222"), *turns)


def test_without_a_proposal_nothing_is_written_nor_after_a_no() -> None:
    yes = proposed("To confirm: you return the Mug from order #W1234567. Is that right?")
    assert accepts(returned("1111111111"), *yes)
    for text in ("I have found your order #W1234567.", "Which items of order #W1234567 do you want to return?"):
        assert not accepts(returned("1111111111"), *proposed(text))
    for said in ("Nope. The lamp.", "Hang on, you've got that wrong.", "You know what, forget it.", "Send it to my office"):
        assert not accepts(returned("1111111111"), *yes[:-1], UserTurn(text=said))


def says(text: str, *turns: Turn) -> bool:
    """Whether a reply with this text can be decoded."""
    guide = GRAMMAR.guide(RETAIL, turns)
    for token in MINI.encode(text):
        left = guide.left(MINI.size)
        assert np.array_equal(left, (guide.restrict(torch.zeros(MINI.size)) == 0).numpy())
        if not left[token]:
            return False
        guide.take(token)
    return True


def test_after_a_dollar_sign_comes_an_amount_that_was_shown() -> None:
    order = shown(json.dumps({"items": [], "payment_history": [{"amount": 12.5}, {"amount": 128.99}]}))
    assert says("You paid $12.50, or ($128.99) for 13 items.", order)
    assert not says("You paid $12.51.", order)
    assert not says("You paid $1,250.", order)
    assert says("You paid $3 or so.")  # as long as nothing is known nothing is held against it


def test_what_is_calculated_are_amounts_that_were_shown() -> None:
    order = shown(json.dumps([{"amount": 12.5}, {"amount": 128.99}]))
    for expression in ("128.99 - 12.50", "12.50 + 128.99 * 2", "12.50"):
        assert accepts(call("calculate", expression=expression), order)
    for expression in ("128.99 - 12.51", "12.50 + 4916399467", "128.99 12.50", "12.50 +", "128.99) / 10"):
        assert not accepts(call("calculate", expression=expression), order)
    assert accepts(call("calculate", expression="17 * 230"))


def test_an_amount_is_forced_as_far_as_there_is_no_choice_and_text_goes_on_after_it() -> None:
    order = shown(json.dumps([{"amount": 12.5}, {"amount": 128.99}]))
    guide = GRAMMAR.guide(RETAIL, [IDENTIFIED, order])
    guide.take(MINI.encode("$")[0])
    assert MINI.decode(guide.forced()) == "12"
    for token in MINI.encode("12."):
        guide.take(token)
    assert MINI.decode(guide.forced()) == "50"
    for token in MINI.encode("50"):
        left = guide.left(MINI.size)
        assert (left[token], left.sum()) == (True, 1)
        guide.take(token)
    assert guide.matcher is None
    assert guide.forced() == []
    guide.take(MINI.special.call_open)
    assert guide.matcher is not None
