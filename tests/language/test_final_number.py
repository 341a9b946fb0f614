from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from tarl_app.core.types import ToldFact
from tarl_app.language.told import final_number, tells


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The answer is 42.", 42),
        ("6 times 7 is 42", 42),
        ("6*7=42.", 42),
        ("First 40, no wait, 42!", 42),
        ("The answer is 42 apples, packed in 6 boxes of 7.", 42),
        ("The answer is 41. Let me check: 6 times 7. So the answer is 42, not 41.", 42),
        ("**Answer: 42**", 42),
        ("... so we get #### 42", 42),
        (r"Therefore \boxed{42}, as 6 \times 7.", 42),
        ("She pays $1,234 in all.", 1234),
        ("It is 42.0", 42),
        ("It costs 42%", 42),
        ("The answer is forty-two.", 42),
        ("That makes one hundred and five", 105),
        ("a hundred and five", 105),
        ("the answer is two thousand three hundred and forty one", 2341),
        ("there are twenty one of them", 21),
        ("The answer is -5.", -5),
        ("The answer is −5.", -5),
        ("The answer is minus five.", -5),
        ("It is negative 5", -5),
        ("-$5", -5),
        ("9 minus 4", 4),
        ("9 - 4", 4),
        ("9-4", 4),
        ("(9)-4", 4),
        ("The answer is 7. That was the right one!", 7),
        ("I got 7. One moment, that is all.", 7),
        ("The answer is the 3rd of 7", 7),
        ("42. The answer is clear.", 42),
    ],
)
def test_the_last_number_that_an_answer_commits_to(text: str, number: int):
    assert final_number(text) == number


@pytest.mark.parametrize("text", ["", "I do not know.", "This one, the 3rd of x2.", "#W42", "v1.2.3", "the answer is"])
def test_no_number_is_none(text: str):
    assert final_number(text) is None


@given(st.text())
def test_any_text_gives_a_number_or_none(text: str):
    found = final_number(text)
    assert found is None or found.is_finite()


@given(number=st.integers(-(10**6), 10**6), before=st.lists(st.integers(-999, 999)))
def test_in_words_or_digits_whatever_came_before(number: int, before: list[int]):
    thoughts = " ".join(f"{one} plus {one} is {2 * one}." for one in before)
    for said in (str(number), f"{number:,}", num2words(number).replace(",", "")):
        assert final_number(f"{thoughts} The answer is {said}.") == number
        assert final_number(f"{thoughts} It is {said}.") == number


def test_a_final_fact_is_told_by_the_last_number_alone():
    last = ToldFact(label="answer", kind="number", value="7", final=True)
    anywhere = ToldFact(label="answer", kind="number", value="7")
    assert tells("It is 7.", last)
    assert not tells("7, 8 or 9", last)
    assert not tells("7, 8 or 9", anywhere)
    assert not tells("It is 7. No, it is 8.", last)
    assert tells("It is 7. No, it is 8.", anywhere)
    assert not tells("none", last)
    assert not tells("7", ToldFact(label="answer", kind="number", value="seven", final=True))


def test_a_long_text_ends_with_its_end():
    assert final_number("1 " * 100_000 + "2") == Decimal(2)
