"""Whether the words so far can be all of them."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.spoken import IdForm, Spoken
from tarl_app.language.spoken.unfinished import Completeness, completeness

ORDERS = Spoken(ids=(IdForm("W", 7, "#"),))
CODES = Spoken(ids=(IdForm("M", 7),), codes=(6,))


@pytest.mark.parametrize(
    "text",
    [
        "W.",
        "W four eight two",
        "My number is W482.",
        "It's W 4 8 2, 5 6 9",
        "double u four eight two five",
        "I would like to",
        "Um",
        "Could you, please.",
        "If it is possible.",
        "After I opened the box.",
        "The last time I called.",
        "My number is W358 in?",
        "What I need.",
        "Let me see.",
        "Okay, one moment please.",
        "My e-mail is Martha.",
        "I live in.",
        "I was asking about.",
    ],
)
def test_what_cannot_be_all(text):
    assert completeness(text, ORDERS) == "unfinished"


@pytest.mark.parametrize(
    "text",
    ["Yes.", "No, thank you.", "yes please go ahead", "W4825691.", "It is W four eight two five six nine one", "Bye!"],
)
def test_what_is_all(text):
    assert completeness(text, ORDERS) == "finished"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Put it as it is.",
        "Where is my package?",
        "I live at 12 Main Street.",
        "vitamin B12",
        "nine zero two one zero",
        "I need it on the 5.",
        "If so, why?",
        "It is 4 to me.",
        "When will it arrive?",
        "Before Saturday.",
        "After five.",
        "The last time was better.",
        "What do I need?",
        "You see what I mean by that.",
        "My e-mail is martha at example dot net.",
        "My e-mail is not the same any more.",
        "Tell me what it is for.",
        "I sent it in.",
    ],
)
def test_words_that_do_not_tell(text):
    assert completeness(text, ORDERS) == "open"


@pytest.mark.parametrize(
    ("text", "found"), [("Z F A zero", "unfinished"), ("Z F A zero four Y", "finished"), ("ZFA04Y", "finished")]
)
def test_codes_of_letters_and_digits(text, found):
    assert completeness(text, CODES) == found


def test_digits_of_which_there_may_be_more():
    assert completeness("That's 29412 7.", ORDERS) == completeness("It says four eight two.", ORDERS) == "more"
    assert completeness("5.", ORDERS) == "more"


def test_a_recogniser_that_writes_sentences_ends_them():
    assert completeness("The parcel came", ORDERS) == "more"  # the recogniser may have misheard: not waited for as long
    assert completeness("The parcel came.", ORDERS) == completeness("the parcel came", ORDERS) == "open"


@given(st.text(max_size=60), st.sampled_from([ORDERS, CODES, Spoken()]))
def test_any_text(text, spoken):
    assert completeness(text, spoken) in get_args(Completeness)
