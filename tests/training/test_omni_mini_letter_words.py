"""Sentences with a word for a letter, and lifelike customers' remarks, for the ear."""

import importlib.util
import re
from pathlib import Path
from random import Random
from string import ascii_letters, ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.domains import load_domain
from tarl_app.language.spoken.spelling import letters_by_words, spelled_words
from tarl_app.recipes.omni_mini.data.letter_words import LETTER_WORDS, some_with_words, with_words
from tarl_app.recipes.omni_mini.data.remarks import remarks
from tarl_app.users.lifelike.speaking import spelled

NAMES = Path(__file__).parents[2] / "benchmarks" / "names.py"


@given(st.text(ascii_letters, min_size=3, max_size=12), st.integers(0, 999))
def test_the_letters_are_those_that_were_spelled(word: str, seed: int) -> None:
    said = with_words(f"It's spelled {'-'.join(word)}.", Random(seed))
    assert spelled_words(said) == [word.lower().capitalize()]


@given(st.integers(0, 999))
def test_every_word_begins_with_its_letter(seed: int) -> None:
    said = with_words("K-X-Q-Z", Random(seed), share=1.0)
    assert [word[0] for word in re.findall(r"(?:as in|for|like) ([a-z-]+)", said)] == ["k", "x", "q", "z"]
    assert letters_by_words(said) == "K, X, Q, Z"


def test_what_is_not_spelled_stays_as_it_is() -> None:
    plain = ["My order is W2809221.", "It's a T-shirt of the X-ray sort, 12-B.", "mei_nowak12@example.com"]
    assert [with_words(one, Random(0)) for one in plain] == plain


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.5, 30, 70), (1.0, 90, 100)])
def test_the_share_is_of_the_sentences_with_letters(share: float, least: int, most: int) -> None:
    made = some_with_words(["It's N-O-W-A-K.", "No letters."] * 100, share, 1)
    assert made[1::2] == ["No letters."] * 100
    assert least <= sum(one != "It's N-O-W-A-K." for one in made[::2]) <= most
    assert made == some_with_words(["It's N-O-W-A-K.", "No letters."] * 100, share, 1)


def test_the_words_that_names_are_measured_with_are_neither_trainings_nor_the_customers() -> None:
    spec = importlib.util.spec_from_file_location("names_benchmark", NAMES)
    assert spec is not None
    assert spec.loader is not None
    names = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(names)
    assert len(names.WORD_OF) == 26
    assert not LETTER_WORDS & set(names.WORD_OF.values())
    said = ", ".join(spelled(ascii_uppercase, "any", Random(seed)) for seed in range(40))
    customers = set(re.findall(r"as in ([a-z-]+)", said))
    assert len(customers) > 20
    assert not customers & set(names.WORD_OF.values())


def test_remarks_are_sentences_of_train_that_can_be_said_aloud() -> None:
    found = remarks(("retail", "airline"))
    assert len(found) == len(set(found)) > 500
    assert all(re.match(r"\W*[A-Z0-9]", one) and one[-1] in ".?!:" for one in found)
    assert not [one for one in found if re.search(r"[{;]|\b(pls|thx|btw|i)\b", one)]
    customer = load_domain("retail").customer
    assert customer is not None
    lifelike = customer.lifelike
    assert lifelike is not None
    for other in ("held_out", "test"):
        unseen = {one for by in lifelike.wordings(other).values() for some in by.values() for one in some}
        assert not unseen & set(found)


def test_a_domain_without_lifelike_customers_has_no_remarks() -> None:
    assert remarks(("math",)) == []
