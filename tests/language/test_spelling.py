"""Words that are spelled: letters alone, and letters that are said with a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.language.spoken.spelling import join_letters, letters_by_words, spelled_emails, spelled_words


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("K as in king, A, M as in mary", "K, A, M"),
        ("D as in dog, as in apple, as in Nancy", "D, A, N"),  # what a recogniser left out
        ("G for Golf, R like Romeo", "G, R"),
        ("B as in David", "D"),  # letters are misheard, words are not
    ],
)
def test_a_word_says_which_letter_is_meant(said: str, meant: str) -> None:
    assert letters_by_words(said) == meant


@pytest.mark.parametrize(
    "text",
    ["the same as in my last order, as in June", "I like ice cream", "a like a bird", "as in a dream", "It is in Denver."],
)
def test_other_sentences_stay_as_they_are(text: str) -> None:
    assert letters_by_words(text) == text


def test_nothing_is_read_generously_where_nobody_spells_so() -> None:
    text = "Theo Rao in Denver, an order in June"
    assert letters_by_words(text, heard=True) == text


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("R as in Robert, o are as in Oscar", "R, o O"),
        ("Mas in mary, in apple, X", "M, A, X"),
        ("S as an sugar", "S"),
    ],
)
def test_what_a_recogniser_makes_of_it_is_read_generously_where_somebody_spells_so(heard: str, meant: str) -> None:
    assert letters_by_words(heard, heard=True) == meant


def test_words_and_addresses_are_found_in_letters_with_words() -> None:
    assert spelled_words("The surname goes K as in king, L, E as in easy, I, N, given name E, V, A") == ["Klein", "Eva"]
    assert join_letters("that is K as in king, A, O") == "that is kao"
    said = "R as in robert, U, T as in tom, H dot J as in john, A, C, K, S, O, N 25 at example dot com"
    assert spelled_emails(said) == ["ruth.jackson25@example.com"]


@given(st.text(alphabet="as in forlikebyABZ,. -'é", max_size=60), st.booleans())
def test_any_text_is_read_and_nothing_is_invented(text: str, heard: bool) -> None:
    found = letters_by_words(text, heard)
    assert len(found) <= len(text)
    assert {*found.upper()} <= {*text.upper()}
