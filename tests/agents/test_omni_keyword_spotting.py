"""Words are found by their letters, wherever in a sound and however they are spelled."""

from itertools import groupby, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.agents.omni.audio.keyword_spotting import Recognition, class_scores, plain, spot, written_scores

LETTERS = "abB -3"
GAP = 26


def folded(path: tuple[int, ...]) -> str:
    """What a path over the classes says: repeats are one letter, gaps none."""
    return "".join(chr(97 + one) for one, _ in groupby(path) if one < GAP)


@given(
    st.lists(st.tuples(*(st.floats(-6, 0) for _ in range(3))), min_size=1, max_size=5),
    st.sampled_from(["a", "b", "ab", "aa", "aba"]),
)
def test_a_phrase_is_worth_what_the_best_path_through_it_is_anywhere(rows: list[tuple[float, ...]], phrase: str) -> None:
    scores = np.full((len(rows), 28), -12, np.float32)
    scores[:, [0, 1, GAP]] = rows
    best = -1e9
    for start in range(len(rows)):
        for end in range(start + 1, len(rows) + 1):
            for path in product((0, 1, GAP), repeat=end - start):
                if folded(path) == phrase:
                    best = max(best, sum(scores[start + k, one] for k, one in enumerate(path)))
    assert spot(scores, [phrase])[0] == pytest.approx(best, rel=1e-5, abs=1e-3)


@given(st.lists(st.text("abcxyz", min_size=1, max_size=6), min_size=1, max_size=5))
def test_phrases_are_looked_for_together_as_they_are_alone(phrases: list[str]) -> None:
    scores = written_scores("some words: abba, c-a-b, xyz")
    assert spot(scores, phrases).tolist() == [spot(scores, [phrase])[0] for phrase in phrases]


@pytest.mark.parametrize("text", ["Javier Salazar.", "S-A-L-A-Z-A-R, Javier", "it's sal a zar", "SALAZAR"])
def test_a_word_fits_wholly_wherever_it_is_and_spelled(text: str) -> None:
    assert Recognition(text).spot(("salazar",))[0] == 0


@given(st.text("abcde", min_size=2, max_size=8), st.text("abcde ", max_size=10))
def test_a_word_of_a_text_fits_and_each_letter_that_differs_costs(word: str, around: str) -> None:
    assert Recognition(f"{around} {word}").spot((word,))[0] == 0
    if any(one == other for one, other in pairwise(word)):
        return  # a doubled letter may also be read as another's repetition
    assert Recognition("zz").spot((word,))[0] < -3


def test_letters_of_either_case_are_one_class_and_what_separates_is_the_gap() -> None:
    probabilities = np.array([[0.1, 0.2, 0.3, 0.05, 0.05, 0.1, 0.2], [0.0001, 0.0001, 0.0001, 0.2, 0.3, 0.0997, 0.4]])
    scores = class_scores(np.log(probabilities), LETTERS)
    assert np.exp(scores[0, [0, 1, GAP, 27]]) == pytest.approx(np.array([0.1, 0.5, 0.3, 0.1]) / 0.5)
    assert np.exp(scores[1, [GAP, 27]]) == pytest.approx([1.0, 0.0997 / 0.9])
    assert scores.min() >= -12


def test_without_sound_nothing_fits() -> None:
    assert Recognition("").spot(("anna",))[0] < -1e6
    assert plain("O'Brien Jr.") == "obrienjr"


def test_a_name_is_found_in_letters_with_words_and_those_words_are_nobodys_name() -> None:
    heard = Recognition("The surname goes K as in Robert, L as in lion, E, I as in india, N, given name E as in Emma, V, A")
    klein, robert, eva, emma = heard.spot(("rlein", "robert", "eva", "emma"))
    assert klein == eva == 0
    assert robert < klein
    assert emma < eva
    assert Recognition("Robert and Emma").spot(("robert",))[0] == 0
