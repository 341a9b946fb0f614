"""What is written is said whole: 200 forms, what holds of any text, and phrases that agree with it."""

import csv
import re
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tarl_app.language.spoken.spelling import said_email, spelled_email
from tarl_app.language.text_normalization import clean, spoken_form
from tarl_app.language.text_normalization.spoken_form import sentences, speakable
from tarl_app.speech.phrases import phrases

with (Path(__file__).parent / "spoken_forms.tsv").open(encoding="utf-8") as file:
    FORMS = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

_TOKENS = """
No. no. St. Dr. Mr. Ave. Maple James 5 12 1,234 0 05 2024 -3 - – — / * × x ÷ = + $ € £ US$ USD % ° C kg GB m in ft ^ **
~ < > # W4821359 @ a.com www. http:// : ; , . ! ? ' " ( ) [ ]( am p.m. PM A B I J. U.S. e.g. id ID May Jan. Mon Fri Sun
th st 1/2 IV V Chapter Henry Part T-shirt a b c double at dot equals minus times plus to 555-123-4567 10:30 2024-05-03
Apt TX 78701 _ & ½ ² ５ é 日 k M bn million ¢ { \\ | ` -> is 7. 3) w/o
"""
TOKENS = st.sampled_from([*_TOKENS.split(), "\n", "\t", "\xa0", "\x85"])
TALK = st.lists(st.tuples(TOKENS, st.sampled_from(["", " ", " ", "  "])), max_size=9).map(lambda p: "".join(chain(*p)))
_NUMBER = re.compile(
    r"zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twent|thirt|fort|fift|sixt|sevent|eight|ninet"
    r"|hundred|thousand|half|halves|quarter|first|second|third|\w+fth|ninth|squared|cubed"
)


def words(text: str) -> str:
    return " ".join(re.findall(r"[\w'-]+", text.lower()))


@pytest.mark.parametrize("form", FORMS, ids=[row["written"] for row in FORMS])
def test_a_written_form_is_said_in_its_words(form: dict[str, str]) -> None:
    said = speakable(form["written"])
    assert said == form["said"]
    assert speakable(said) == said
    for fact in form["recovered"].split("; "):
        assert re.search(rf"(?<![\w-]){re.escape(fact)}(?![\w-])", words(said))


def test_the_list_has_two_hundred_forms_none_twice() -> None:
    assert len(FORMS) == len({row["written"] for row in FORMS}) == 200


@pytest.mark.parametrize(
    "text",
    [
        "No. I meant the blue one.",
        "No. Bye.",
        "No. Thanks!",
        "No. It's #W4821359.",
        "No. 94601, please.",
        "No. 2 lamps.",
        "No. 5-7 days.",
    ],
)
def test_a_refusal_stays_one(text: str) -> None:
    assert speakable(text).startswith("No. ")
    assert "number" not in speakable(text).split(",")[0]


@settings(max_examples=100)
@given(TALK | st.text(max_size=80))
@example('-3"')
@example("/a.com")
@example("St.-")
@example("Part id")
@example("Chapter id")
@example("5www.St.")
def test_any_text_is_said_in_words_and_saying_them_again_changes_nothing(text: str) -> None:
    said = speakable(text)
    assert not re.search(r"[0-9#$%&@*_=+<>{}|~`\[\]\\^/\n]", said)
    assert speakable(said) == said


@settings(max_examples=40)
@given(TALK)
@example("Mon May")
def test_what_a_rule_needs_is_in_every_text_that_it_changes(text: str) -> None:
    ungated = clean.in_plain_characters(text)
    for rules in spoken_form.STAGES:
        for pattern, say, _ in rules:
            ungated = pattern.sub(say, ungated)
    assert speakable(text) == ungated.strip()


DIGITS = st.from_regex(r"\A[1-9][0-9]{0,11}\Z")
BETWEEN = st.sampled_from(
    [" ", "-", "–", " - ", "/", " / ", ", ", ",", ".", ". ", " * ", "*", "×", "x", "=", " + ", ":", " $", "% ", "kg "]
)


@settings(max_examples=40)
@given(st.sampled_from(["", "-", "$", "#", "No. ", "W", "("]), st.lists(st.tuples(DIGITS, BETWEEN), min_size=1, max_size=5))
def test_no_number_is_lost(before: str, runs: list[tuple[str, str]]) -> None:
    said = speakable(before + "".join(chain(*runs)))
    assert len(_NUMBER.findall(said)) >= len(runs)


@pytest.mark.timeout(60)  # quadratic rules took minutes each
@pytest.mark.parametrize("piece", ["a", "\n", "-", "No. 5 - 7 * $3, "])
def test_a_long_text_is_said_in_linear_time(piece: str) -> None:
    said = speakable((piece * 100_000)[:100_000])
    assert "\n" not in said
    assert all(len(part) <= 220 for part in sentences(said))


# --- phrases ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No. I meant the blue one.", ["No.", "I meant the blue one."]),
        ("It is No. 5 on the list. Fine.", ["It is No. 5 on the list.", "Fine."]),
        ("Come at 10:30 p.m. on Monday. Bye.", ["Come at 10:30 p.m. on Monday.", "Bye."]),
        ("Ask Dr. Lee on Elm Dr. today. Bye.", ["Ask Dr. Lee on Elm Dr. today.", "Bye."]),
        ("On Jan. 5 it came. Yes.", ["On Jan. 5 it came.", "Yes."]),
        ("He came in Jan. She did not.", ["He came in Jan.", "She did not."]),
    ],
)
def test_an_abbreviation_ends_no_phrase_and_a_refusal_does(text: str, expected: list[str]) -> None:
    assert phrases(text, complete=True) == expected


@pytest.mark.parametrize("form", FORMS, ids=[row["written"] for row in FORMS])
def test_phrases_are_said_in_the_words_of_the_whole(form: dict[str, str]) -> None:
    text = f"Well, I looked it up for you. {form['written']}, that is what it says, and thank you."
    assert words(" ".join(map(speakable, phrases(text, complete=True)))) == words(speakable(text))


def test_a_spelled_address_keeps_letters_of_every_alphabet() -> None:
    assert spelled_email("josé.li@example.com") == "j-o-s-é dot l-i at example dot com"
    assert said_email("josé.li@example.com") == "josé dot li at example dot com"
