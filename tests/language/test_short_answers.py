"""Yes and no in one word or sign, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.language.consent import says_no, says_yes

THUMB, TONED, CHECK, DOWN = "\N{THUMBS UP SIGN}", "\U0001f44d\U0001f3fd", "\u2705", "\N{THUMBS DOWN SIGN}"
YES = (
    *("y", "Y.", "k", "kk", "yup", "yep!", "ya", "yas", "si", "s\u00ed", "ok", "okie dokie", "fine", "sure thing", "uh huh"),
    *("mhm", "alright", "aight", "cool", "great, thanks", "go on then", "yes pls", "k thx", "si si", "+1", "ja", "aye"),
    *(THUMB, TONED, THUMB * 3, CHECK, f"yes {THUMB}", "I can hardly wait, yes please"),
)
NO = ("n", "nah", "nope", DOWN, "no thanks", "yeah no", "yes, no", "do not", "please wait")
NEITHER = (
    "y?",
    "ok?",
    "ty",
    "thanks",
    "why",
    "yikes",
    "yet",
    "you",
    "nice try",
    "good question",
    "maybe",
    "hm",
    "1",
    "",
    "?",
)


@pytest.mark.parametrize("text", YES)
def test_a_short_yes_is_one(text: str) -> None:
    assert says_yes(text)
    assert not says_no(text)


@pytest.mark.parametrize("text", NO)
def test_a_short_no_is_one(text: str) -> None:
    assert says_no(text)
    assert not says_yes(text)


@pytest.mark.parametrize("text", NEITHER)
def test_what_only_looks_like_an_answer_is_none(text: str) -> None:
    assert not says_yes(text)
    assert not says_no(text)


@given(st.text(max_size=80))
def test_nothing_is_both(text: str) -> None:
    assert not (says_yes(text) and says_no(text))


@pytest.mark.parametrize("piece", ["y", "k", "si", "ok", "ok ", THUMB, "ya "])
def test_long_rows_of_them_are_read_to_their_end(piece: str) -> None:
    assert says_yes(piece * 200 + "x") in (True, False)
    assert says_yes((piece * 60)[:59] + "x") in (True, False)
