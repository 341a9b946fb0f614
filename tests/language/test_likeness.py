"""What a sentence is most like: of a few that are known, of none, and the same each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.language.likeness import Likeness

EXAMPLES = [
    ("stop", "please stop my paper"),
    ("stop", "i do not want the paper any more"),
    ("stop", "could you end the delivery of the paper"),
    ("move", "we have moved to another house"),
    ("move", "my new address is _n elm street"),
    ("move", "the paper should come to another house"),
    ("thanks", "thank you very much"),
    ("thanks", "thanks, that is all"),
]
LIKENESS = Likeness(EXAMPLES)


def best(text: str) -> str:
    scores = LIKENESS.scores(text)
    return max(scores, key=scores.__getitem__)


def test_every_known_sentence_is_most_like_its_own_label():
    assert [best(text) for _, text in EXAMPLES] == [label for label, _ in EXAMPLES]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("stop delivering", "stop"),
        ("we moved house", "move"),
        ("thanks a lot", "thanks"),
        ("our hosue is antoher one", "move"),
    ],
)
def test_other_words_and_slips_are_recognised(text, label):
    assert best(text) == label


def test_what_is_like_nothing_scores_low():
    assert max(LIKENESS.scores("zebra").values()) < 0.2


def test_it_is_the_same_each_time():
    text = "the house of the paper"
    assert Likeness(EXAMPLES).scores(text) == LIKENESS.scores(text)


def test_a_label_with_many_sentences_is_not_the_guess_for_everything():
    many = [("much", f"the paper number {word}") for word in ("one", "two", "three", "four", "five", "six", "seven")]
    scores = Likeness([*many, ("stop", "stop the paper")]).scores("please stop paper")
    assert scores["stop"] > scores["much"]


@given(st.text(max_size=200))
def test_any_text_has_scores(text):
    assert set(LIKENESS.scores(text)) == {"stop", "move", "thanks"}
