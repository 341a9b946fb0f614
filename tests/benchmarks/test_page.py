"""What the benchmark of the page makes of what it has noted."""

import pytest

from tests.benchmarks.scripts import load

SOUNDS = [[0.0, 1000.0], [1200.0, 800.0], [6000.0, 500.0]]
"""Begin and length in ms: 0.2 s of silence, then 4 s."""


@pytest.mark.parametrize(
    ("told", "unexplained"),
    [
        ([[at, True] for at in range(0, 7000, 100)], 0.0),  # the page says all the time what goes on
        ([[at, at < 3000] for at in range(0, 7000, 100)], 3.0),  # only in the first second of the long silence
        ([], 0.0),
    ],
)
def test_a_silence_counts_from_the_end_of_a_sound_and_words_on_the_page_explain_it(
    told: list[list[object]], unexplained: float
) -> None:
    longest, silent = load("page").silences(SOUNDS, told)
    assert longest == pytest.approx(4.0)
    assert silent == pytest.approx(unexplained, abs=0.15)


def test_sounds_that_overlap_leave_no_silence_and_no_sound_none() -> None:
    silences = load("page").silences
    assert silences([[0.0, 5000.0], [1000.0, 500.0], [4900.0, 100.0]], []) == (0.0, 0.0)
    assert silences([], []) == (0.0, 0.0)
