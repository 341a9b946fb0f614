"""Two recognisers of one sound: where they differ, the better words are kept, and ids stay with the letters."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.agents.omni.audio.attention_decoder import LONGEST, States
from tarl_app.agents.omni.audio.ctc_decoder import CharacterModel
from tarl_app.agents.omni.audio.joint_decoding import ctc_scores, joint_text, placed, writable

LETTERS = " @.abcdefghijklmnopqrstuvwxyz0123456789"
STATES = np.zeros((40, 4), np.float32)
USUAL = CharacterModel(["can you scrap it", "my order is w1234567", "look for ana@example.com"])


class Fixed:
    """A decoder that writes one text, and prefers its words by so much each."""

    def __init__(self, text: str, preference: float = 5.0) -> None:
        self.text, self.preference = text, preference
        self.asked = 0

    def write(self, states: States) -> str:
        self.asked += 1
        return self.text

    def word_scores(self, states: States, texts: Sequence[str]) -> list[list[float]]:
        own = self.text.split()
        return [[-1.0 if word in own else -1.0 - self.preference for word in text.split()] for text in texts]


def spoken(text: str, sure: float = 8.0) -> np.ndarray:
    """Log-probabilities of a head that hears these letters, each for a frame with the blank after it."""
    table = np.zeros((2 * len(text), len(LETTERS) + 1), np.float32)
    for place, letter in enumerate(text):
        table[2 * place, LETTERS.index(letter)] = sure
        table[2 * place + 1, -1] = sure
    return table - np.logaddexp.reduce(table, axis=1, keepdims=True)


def joint(heard: str, decoder: Fixed, sure: float = 1.0) -> str:
    return joint_text(spoken(heard, sure), STATES, heard, LETTERS, USUAL, decoder)


def test_a_word_that_the_decoder_knows_takes_the_place_of_letters_that_are_none() -> None:
    assert joint("can you scrup it", Fixed("can you scrap it?")) == "can you scrap it"


def test_letters_that_are_sure_stay() -> None:
    assert joint("can you scrup it", Fixed("can you scrap it", 1.0), sure=20.0) == "can you scrup it"


@pytest.mark.parametrize(
    ("heard", "other"),
    [("my order is w1234567", "my order is w1234576"), ("look for ana@example.com", "look for honor and example dot com")],
)
def test_in_ids_and_addresses_the_decoder_has_no_say(heard: str, other: str) -> None:
    assert joint(heard, Fixed(other, 50.0), sure=4.0) == heard


def test_one_part_may_be_taken_and_another_not() -> None:
    assert joint("can yu scrap w1234567", Fixed("can you scrap w1234576", 8.0), sure=3.0) == "can you scrap w1234567"


@pytest.mark.parametrize("text", ["", "!?", "¿ ü"])
def test_a_decoder_that_writes_nothing_changes_nothing(text: str) -> None:
    assert joint("scrap it", Fixed(text)) == "scrap it"


def test_where_nothing_was_heard_or_the_sound_is_too_long_the_decoder_is_not_asked() -> None:
    decoder = Fixed("hello")
    assert joint("", decoder) == ""
    long = np.zeros((LONGEST + 1, 4), np.float32)
    assert joint_text(spoken("scrap"), long, "scrap", LETTERS, USUAL, decoder) == "scrap"
    assert decoder.asked == 0


@given(st.text(" abc1@."), st.text(" abcdW1@.é?", max_size=30), st.floats(0, 60))
def test_whatever_both_write_the_outcome_is_words_of_theirs(heard: str, other: str, preference: float) -> None:
    heard = " ".join(heard.split())
    found = joint(heard, Fixed(other, preference))
    assert bool(found) == bool(heard)
    assert set(found.split()) <= {*heard.split(), *writable(other, LETTERS).split()}


def test_a_text_is_written_in_the_letters_of_the_head() -> None:
    assert writable("That's  50% & more,\n ok?", " 'abcdefhkmnoprst05") == "hat's 50 percent and more ok"


def test_a_score_is_that_of_all_paths_that_say_the_text() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(4, 3))
    table -= np.logaddexp.reduce(table, axis=1, keepdims=True)

    def said(path: tuple[int, ...]) -> str:
        return "".join("ab"[one] for one, _ in itertools.groupby(path) if one < 2)

    for text in ("a", "ab", "aa", "ba"):
        paths = [path for path in itertools.product(range(3), repeat=4) if said(path) == text]
        total = sum(math.exp(sum(table[frame, one] for frame, one in enumerate(path))) for path in paths)
        assert ctc_scores(table, [text], "ab") == pytest.approx([math.log(total)], abs=1e-4)


def test_each_letter_is_placed_where_it_is_heard() -> None:
    assert placed(spoken("scrap it"), "scrap it", LETTERS) == ("scrap it", list(range(0, 16, 2)))
    assert placed(spoken("aab"), "aab", LETTERS)[1] == [0, 2, 4]


@given(st.text("ab", min_size=1, max_size=12), st.integers(1, 12), st.integers(0, 99))
def test_any_text_has_its_letters_in_order_within_the_frames(text: str, frames: int, seed: int) -> None:
    table = np.random.default_rng(seed).normal(size=(frames, 3))
    table -= np.logaddexp.reduce(table, axis=1, keepdims=True)
    same, places = placed(table, text, "ab")
    assert same == text
    assert len(places) == len(text)
    assert places == sorted(places)
    assert all(0 <= place < frames for place in places)
