"""What listeners say without taking the turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.language.spoken.backchannel import is_backchannel


@pytest.mark.parametrize(
    "text",
    ["Mm-hmm.", "mhm", "Uh-huh.", "Okay.", "Yeah, right.", "I see.", "[cough]", "", "Hmm...", "Oh, OK.", "That's right."],
)
def test_back_channels(text):
    assert is_backchannel(text)


@pytest.mark.parametrize("text", ["Stop.", "No.", "Yes, but wait.", "Okay, cancel it.", "What?", "Right, 42.", "Hello?"])
def test_words_that_take_the_turn(text):
    assert not is_backchannel(text)


def test_the_answer_to_a_question_takes_the_turn():
    assert not is_backchannel("Yes.", asked=True)
    assert not is_backchannel("Mm-hmm.", asked=True)
    assert is_backchannel("(coughs)", asked=True)


def test_a_long_hum_takes_no_longer():
    assert is_backchannel("m" * 60)
    assert not is_backchannel("mh" * 29 + "x")


@given(st.text(max_size=80), st.booleans())
def test_any_text(text, asked):
    assert is_backchannel(text, asked) in (True, False)
