"""From letter probabilities to text: the best path, and the search that knows what is usually said."""

import math
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.agents.omni.audio.ctc_decoder import CharacterModel, beam_search, best_path

LETTERS = "ab "
SAID = ("order #W4821359", "order #W1180734", "my zip is 31070", "cancel my order")


def logs(rows: list[list[float]]) -> np.ndarray:
    """Log-probabilities of rows of weights."""
    table = np.array(rows, float)
    return np.log(table / table.sum(1, keepdims=True))


def collapsed(path: tuple[int, ...]) -> str:
    return "".join(LETTERS[one] for one, _ in groupby(path) if one < len(LETTERS))


@pytest.mark.parametrize(
    ("path", "text", "frames"),
    [([], "", []), ([3, 0, 0, 3, 0, 1], "aab", [1, 4, 5]), ([2, 0, 2, 1, 2, 3], "a b", [1, 2, 3]), ([3, 2, 2], "", [])],
)
def test_the_best_path_collapses_repeats_and_blanks_and_drops_outer_spaces(path, text, frames):
    assert best_path(path, LETTERS) == (text, frames)


@given(st.lists(st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4), min_size=1, max_size=5))
def test_a_wide_search_without_a_model_sums_all_paths_of_a_text(rows):
    table = logs(rows)
    text, frames = beam_search(table, LETTERS, CharacterModel(()), width=1000, weight=0.0, bonus=0.0, least=-math.inf)
    sums: dict[str, float] = {}
    for path in product(range(4), repeat=len(rows)):
        sums[collapsed(path)] = sums.get(collapsed(path), 0.0) + math.exp(sum(table[i, k] for i, k in enumerate(path)))
    best = max(sums.values())
    assert any(one.strip(" ") == text and math.isclose(sums[one], best, rel_tol=1e-9) for one in sums)
    assert len(frames) == len(text)
    assert frames == sorted(set(frames))


def test_what_is_usually_said_decides_where_the_sound_does_not():
    letters = "abcdefghijklmnopqrstuvwxyz "
    rows = []
    for letter in "caocel my order":  # the third letter sounds like "o" a little more than like "n"
        row = [0.001] * (len(letters) + 1)
        row[letters.index(letter)] = 1.0
        if letter == "o" and len(rows) == 4:
            row[letters.index("n")] = 0.8
        rows += [row, [0.001] * len(letters) + [1.0]]
    heard, _ = best_path(logs(rows).argmax(-1).tolist(), letters), None
    assert heard[0] == "caocel my order"
    assert beam_search(logs(rows), letters, CharacterModel(SAID))[0] == "cancel my order"


def test_the_model_knows_how_long_an_id_is_and_not_which():
    model = CharacterModel(SAID)
    assert model.logprob("order #W900000", "9") > model.logprob("order #W900000", "\n")
    assert model.logprob("order #W9000009", "9") < model.logprob("order #W9000009", "\n")
    digits = [model.logprob("order #W90", digit) for digit in "0123456789"]
    assert max(digits) - min(digits) < 1e-9


@given(st.text(max_size=12))
def test_letters_after_any_text_have_probabilities_that_sum_to_one_at_most(before):
    model = CharacterModel(SAID, order=4)
    seen = {letter for line in SAID for letter in line if not letter.isdigit()} | set("0123456789\n")
    total = sum(math.exp(model.logprob(before, letter)) for letter in seen)
    assert 0.5 < total <= 1 + 1e-9
    assert model.logprob(before, "\u20ac") < 0  # never seen, and still possible
