"""Text becomes words that any voice can speak."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tarl_app.language.text_normalization.spoken_form import sentences, speakable, spell_digits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order #W4821359", "order W, four eight two, one three five nine"),
        ("zip 02139", "zip zero two one three nine"),
        ("item 9013366374.", "item nine zero one, three three six, six three seven four."),
        ("tracking 120045678901", "tracking one two zero zero, four five six seven, eight nine zero one"),
        ("credit_card_1234567", "credit card, one two three, four five six seven"),
        ("mei_kovacs_4821", "mei kovacs, four eight two one"),
        ("the Visa that ends in 4242", "the Visa that ends in four two four two"),
        ("mei.kovacs12@example.com", "mei, dot, kovacs, one two, at example dot com"),
        ("Ana_Silva-7@mail.example.org.", "Ana, underscore, Silva, dash, seven, at mail dot example dot org."),
        ("$1,234.50", "one thousand two hundred and thirty-four dollars and fifty cents"),
        ("$1", "one dollar"),
        ("$0.01", "one cent"),
        ("$48.2", "forty-eight dollars and twenty cents"),
        ("-$3.05", "minus three dollars and five cents"),
        ("$0", "zero dollars"),
        ("on 2026-05-15", "on May fifteenth, twenty twenty-six"),
        ("2026-13-45", "two zero two six, one three, four five"),
        ("at 14:05", "at two oh five P M"),
        ("at 9:30 am", "at nine thirty A M"),
        ("the 3rd", "the third"),
        ("42%", "forty-two percent"),
        ("1,234 items", "one thousand two hundred and thirty-four items"),
        ("3.5 liters", "three point five liters"),
        ("**Done**:\n- one\n- two", "Done: one. two"),
        ("tea & coffee / milk", "tea and coffee milk"),
        ("(item 5)", "(item five)"),
        ("It's n\ri\x85k  o.", "It's N I K O."),
        (
            "It's W28 double 1 302, zip 30 triple 1.",
            "It's W two eight double one three zero two, zip three zero triple one.",
        ),
    ],
)
def test_written_forms_are_said_in_words(text: str, said: str) -> None:
    assert speakable(text) == said


def test_plain_words_are_left_alone() -> None:
    text = "Yes, please go ahead! Could you do that for me?"
    assert speakable(text) == text


@given(st.text(max_size=300))
def test_any_text_becomes_words_without_digits_or_symbols(text: str) -> None:
    said = speakable(text)
    assert not re.search(r"[0-9#$%&@*_=+<>{}|~`\[\]\\^/]", said)
    assert "\n" not in said


@given(st.text(max_size=300))
@example("0A A a")  # its letters stand beside a word only when the digit has become one
@example("A\rA\x85a")
def test_saying_what_is_speakable_changes_nothing(text: str) -> None:
    once = speakable(text)
    assert speakable(once) == once


@given(st.from_regex(r"\A[0-9]{1,40}\Z"))
def test_every_digit_is_spoken(digits: str) -> None:
    assert len(re.findall(r"[a-z]+", spell_digits(digits))) == len(digits)


def test_sentences_are_cut_at_their_ends() -> None:
    assert sentences('Hello there. Is it "you?" Yes! Good') == ["Hello there.", 'Is it "you?', "Yes!", "Good"]


@given(st.text(max_size=600))
def test_cutting_loses_no_word_and_no_piece_is_long(text: str) -> None:
    said = speakable(text)
    pieces = sentences(said)
    assert all(len(piece) <= 220 for piece in pieces)
    assert re.findall(r"\w", "".join(pieces)) == re.findall(r"\w", said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("My name is spelled K-O-V-A-C-S.", "My name is spelled K O V A C S."),
        ("it's k o v a c s", "it's K O V A C S"),
        ("L-E, zip 60614.", "L E, zip six zero six one four."),
        ("m-e-i dot k-o-v-a-c-s 1984 at example dot com", "M E I dot K O V A C S one nine eight four at example dot com"),
        ("a T-shirt and an e-mail I sent", "a T-shirt and an e-mail I sent"),
    ],
)
def test_letters_are_said_one_by_one(written: str, said: str) -> None:
    assert speakable(written) == said


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("M 878 4451", "M, eight seven eight, four four five one"),
        ("Code 8AQ6WH", "Code eight A Q six W H"),
        ("EV5 Z6X", "E V five, Z six X"),
        ("ABC 4D5", "A B C, four D five"),
        ("Size M 38-40", "Size M thirty-eight to forty"),
        ("a 128GB disk", "a one hundred and twenty-eight gigabytes disk"),
    ],
)
def test_numbers_and_codes_in_groups_are_read_sign_by_sign(written: str, spoken: str) -> None:
    assert speakable(written) == spoken
