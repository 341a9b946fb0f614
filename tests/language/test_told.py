import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.types import ToldFact
from tarl_app.language.spoken.numerals import in_digits
from tarl_app.language.told import tells


def told(kind: str, value: str, text: str) -> bool:
    return tells(text, ToldFact.model_validate({"label": "it", "kind": kind, "value": value}))


@pytest.mark.parametrize(
    "text",
    [
        "It is $1,234.50.",
        "That makes 1234.5 dollars, thank you",
        "one thousand two hundred thirty-four dollars and fifty cents",
        "1,234 dollars and 50 cents",
        "$1234.50",
        "a refund of -$1,234.50 is due",
        "USD 1,234.50",
        "The total was 1234.50, as I said",
        "(1234.50)",
    ],
)
def test_a_sum_is_told_in_any_usual_form(text: str):
    assert told("money", "1234.50", text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12.50", "It is $112.50."),
        ("12.50", "It is $12.501"),
        ("12.50", "It is $12.55"),
        ("34.50", "It is $1,234.50"),
        ("12.00", "There are 12 of them"),
        ("12.00", "Your order #W12 costs nothing"),
        ("50.00", "12 dollars and 50 cents"),
        ("12.50", "W12.50"),
        ("12.50", ""),
        ("not a sum", "not a sum"),
    ],
)
def test_another_number_does_not_tell_a_sum(value: str, text: str):
    assert not told("money", value, text)


@pytest.mark.parametrize(
    ("value", "text"), [("0.50", "fifty cents"), ("12.00", "12 dollars"), ("12.00", "$12"), ("7", "seven dollars")]
)
def test_whole_sums_and_cents_are_told_with_their_unit(value: str, text: str):
    assert told("money", value, text)


@pytest.mark.parametrize(
    ("value", "text"), [("3", "there are three"), ("42", "The answer is 42."), ("-7", "It is -7"), ("1200", "1,200 things")]
)
def test_a_number_is_told_in_digits_or_words(value: str, text: str):
    assert told("number", value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [("3", "13"), ("3", "3.5"), ("3", "$3"), ("3", "#W3"), ("7", "-7"), ("1", "this one, one moment please")],
)
def test_another_number_or_a_pronoun_does_not_tell_a_number(value: str, text: str):
    assert not told("number", value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("#W1234567", "order #w1234567."),
        ("#W1234567", "order W 1 2 3 4 5 6 7"),
        ("#W1234567", "W one two three, four five six seven"),
        ("4242", "the card that ends in 4242"),
        ("4242", "ending in four two four two"),
        ("credit_card_1234567", "credit card 1234567"),
    ],
)
def test_an_id_is_told_with_or_without_gaps(value: str, text: str):
    assert told("id", value, text)


@pytest.mark.parametrize(("value", "text"), [("#W1234567", "#W12345678"), ("4242", "14242"), ("4242", "42420"), ("#", "#")])
def test_part_of_a_longer_id_does_not_tell_an_id(value: str, text: str):
    assert not told("id", value, text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-03",
        "May 3, 2026",
        "3 May 2026",
        "on the 3rd of May",
        "May the third",
        "05/03/2026",
        "5/3",
        "May third",
        "may 3rd",
    ],
)
def test_a_date_is_told_in_any_usual_form(text: str):
    assert told("date", "2026-05-03", text)


@pytest.mark.parametrize("text", ["May 13", "May 3, 2025", "2026-05-30", "3 March 2026", "May 30th", "15/3"])
def test_another_date_does_not_tell_a_date(text: str):
    assert not told("date", "2026-05-03", text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("gift card", "It was your Gift-Card."),
        ("pending", "It is pending"),
        ("5 feet", "five feet tall"),
        ("PayPal", "paypal"),
    ],
)
def test_a_text_is_told_word_by_word(value: str, text: str):
    assert told("text", value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("pending", "It is not pending"),
        ("delivered", "it hasn't been delivered"),
        ("available", "unavailable"),
        ("red", "ordered"),
        ("!", "!"),
    ],
)
def test_a_negated_or_merely_contained_text_is_not_told(value: str, text: str):
    assert not told("text", value, text)


@given(st.integers(0, 999_999_999))
def test_every_spelled_number_is_read_back(number: int):
    from num2words import num2words

    assert in_digits(num2words(number).replace(",", "")) == str(number)


@given(st.text(max_size=200), st.sampled_from(["money", "number", "id", "date", "text"]), st.text(max_size=20))
def test_any_text_can_be_asked_for_any_fact(text: str, kind: str, value: str):
    assert told(kind, value, text) in (True, False)


beside = st.text("fghjvz äéß世;!\n", max_size=20)  # nothing that asks, doubts, denies or counts


@given(st.decimals(0, 99999, places=2), beside, beside)
def test_a_sum_stands_among_any_words(amount, before: str, after: str):
    assert told("money", str(amount), f"{before} ${amount:,} {after}")


def test_a_very_long_text_is_read_in_no_time():
    for piece in ("one hundred and ", "1,234 ", "W 1 2 ", "may 3 ", "$", "not pending "):
        for kind, value in (
            ("money", "1.23"),
            ("number", "5"),
            ("id", "#W7654321"),
            ("date", "2026-01-01"),
            ("text", "pending order"),
        ):
            assert not told(kind, value, piece * 20_000)
