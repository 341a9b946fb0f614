"""What recognition writes, back in the form that tools want."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tarl_app.core.spoken import IdForm, Spoken
from tarl_app.domains import load_domain
from tarl_app.language.spoken import inverse_text_normalization
from tarl_app.language.text_normalization.spoken_form import speakable

RETAIL = load_domain("retail").spoken
FLIGHTS = Spoken(ids=(IdForm("HAT", 3),), codes=(6,))


def normalise_heard(text: str, spoken: Spoken = RETAIL) -> str:
    return inverse_text_normalization.normalise_heard(text, spoken)


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("It's about order W 482 1 3 5 9. My zip is 9 4 6 0 1", "It's about order #W4821359. My zip is 94601"),
        ("order W 482, 1359. The zip is 9-4-6-01.", "order #W4821359. The zip is 94601."),
        ("order W, four eight two, one three five nine", "order #W4821359"),
        ("double u four eight two one three five nine, please", "#W4821359, please"),
        ("Double-you 482 1359", "#W4821359"),
        ("W4,821,359", "#W4821359"),
        ("w-4-8-2-1-3-5-9", "#W4821359"),
        ("order W4821359. 5 items", "order #W4821359. 5 items"),
        ("W4821359 for 2 lamps", "#W4821359 for 2 lamps"),
        ("W 48 to won 359", "#W4821359"),
        ("order w 4a2 1359", "order #W4821359"),
        ("order W109? 3348 to Denver", "order #W1093348 to Denver"),
        ("48 dollars and 5 cents", "$48.05"),
        ("$1,234 and 50 cents", "$1,234.50"),
        ("1 dollar and 1 cent", "$1.01"),
        ("Order W. 482.1359, I think", "Order #W4821359, I think"),
        ("item 901-336-6374.", "item 9013366374."),
        ("item 9,013,366,374", "item 9013366374"),
        ("zip nine four six oh one", "zip 94601"),
        ("zip nine-four-six-oh-one", "zip 94601"),
        ("double five triple 4 one", "554441"),
        ("forty-eight twenty-one three five nine", "4821359"),
        ("the Visa that ends in 4-2-4-2.", "the Visa that ends in 4242."),
        ("ends in 4.2.4.2", "ends in 4242"),
        ("ending in 42 42", "ending in 4242"),
        ("My email is mei dot kovacs 4 8 2 1 at example dot com.", "My email is mei.kovacs4821@example.com."),
        ("My e-mail is mei.kovacs 4821 at example.com.", "My e-mail is mei.kovacs4821@example.com."),
        ("ana underscore silva 73 05 at mail dot example dot com thanks", "ana_silva7305@mail.example.com thanks"),
        (
            "my email address is rossi, dot, yusuf 0096, at example, dot, org",
            "my email address is rossi.yusuf0096@example.org",
        ),
    ],
)
def test_spelled_forms_are_written(heard: str, written: str) -> None:
    assert normalise_heard(heard) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Yes, please go ahead.",
        "It costs $1,234.50, not $48.20.",
        "1,234 items",
        "one or two, maybe three",
        "2 of them, 3, or 4",
        "on May 15, 2026",
        "412 Maple Street, apartment 7",
        "Apt 4, 94601",
        "look at example.com",
        "#W4821359 and mei.kovacs4821@example.com",
        "I was at home. Dot com is a word.",
        "w 12",
        "oh one more thing",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert normalise_heard(text) == text


@given(st.text(max_size=200))
def test_any_text_is_allowed_and_twice_changes_nothing(text: str) -> None:
    once = normalise_heard(text)
    assert normalise_heard(once) == once


WORDS = st.sampled_from(
    "W w # double u triple oh one two to for won forty eleven 4 82 1359 12,345 5.5 at dot com example mail e-mail mei dollars and cents ? 4a2 _ - , . $ May".split()  # noqa: E501, SIM905
)


@given(st.lists(WORDS, max_size=14).map(" ".join))
def test_talk_of_numbers_twice_changes_nothing(text: str) -> None:
    once = normalise_heard(text)
    assert normalise_heard(once) == once


@given(st.from_regex(r"\A[0-9]{7}\Z"))
def test_a_spoken_order_id_comes_back(digits: str) -> None:
    assert normalise_heard(speakable(f"order #W{digits}")) == f"order #W{digits}"


@given(st.from_regex(r"\A[0-9]{5}\Z"))
def test_a_spoken_zip_comes_back(digits: str) -> None:
    assert normalise_heard(speakable(f"My zip is {digits}.")) == f"My zip is {digits}."


@given(st.from_regex(r"\A[0-9]{10}\Z"))
def test_a_spoken_item_id_comes_back(digits: str) -> None:
    assert normalise_heard(speakable(f"item {digits}.")) == f"item {digits}."


@given(
    st.sampled_from(["mei", "yusuf", "ana", "jae-won"]),
    st.sampled_from([".", "", "_"]),
    st.sampled_from(["kovacs", "rossi"]),
    st.from_regex(r"\A[0-9]{1,4}\Z"),
    st.sampled_from(
        ["example.com", "mail.example.org", "inbox.example", "web-post.example.net", "harbour.test", "mail.shop"]
    ),
)
def test_a_spoken_e_mail_comes_back(first: str, joint: str, last: str, digits: str, host: str) -> None:
    text = f"My e-mail is {first}{joint}{last}{digits}@{host}."
    assert normalise_heard(speakable(text)) == text


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("My flight is H A T, 2 7 1 on May 3", "My flight is HAT271 on May 3"),
        ("hat two seven one, please", "HAT271, please"),
        ("The reservation is Z F A zero four Y, thanks", "The reservation is ZFA04Y, thanks"),
        ("Z-F-A-0-4-Y.", "ZFA04Y."),
        ("I am at gate 5 b m in a b", "I am at gate 5 b m in a b"),
        ("He put 3 hats on 2 7 1", "He put 3 hats on 2 7 1"),
        ("that 271", "that 271"),
        ("I have 2 bags and 1 seat", "I have 2 bags and 1 seat"),
        ("W, four eight two, one three five nine", "W, 4821359"),
    ],
)
def test_the_ids_of_another_domain_are_those_that_it_declares(heard: str, written: str) -> None:
    assert normalise_heard(heard, FLIGHTS) == written
    assert normalise_heard(written, FLIGHTS) == written


@given(st.lists(st.one_of(WORDS, st.sampled_from(["H", "A", "T", "hat", "z", "HAT", "Y04"])), max_size=14).map(" ".join))
@example("W forty forty oh")
def test_whatever_ids_are_declared_twice_changes_nothing(text: str) -> None:
    once = normalise_heard(text, FLIGHTS)
    assert normalise_heard(once, FLIGHTS) == once


@given(st.from_regex(r"\A[A-Z]{1,3}[0-9]{2}[A-Z]{1,3}\Z").filter(lambda code: len(code) == 6))
@example("A01AMA")
def test_a_spoken_code_comes_back(code: str) -> None:
    assert normalise_heard(speakable(f"The code is {code}."), FLIGHTS) == f"The code is {code}."


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("born August twenty-fourth, nineteen fifty-three, yes", "born August 24, 1953, yes"),
        ("born on the ninth of march nineteen oh four", "born on march 9, 1904"),
        ("May fifth, two thousand and three", "May 5, 2003"),
        ("on May the second", "on May 2"),
        ("June 3rd nineteen ninety", "June 3, 1990"),
        ("on May 23, two bags", "on May 23, two bags"),
        ("and May twenty-third, twenty bags", "and May 23, twenty bags"),
        ("I may second that, and we march first", "I may second that, and we march first"),
        ("August 24th, 1953", "August 24th, 1953"),
    ],
)
def test_days_that_were_said_in_words_come_back(heard: str, written: str) -> None:
    assert normalise_heard(heard) == written
    assert normalise_heard(written) == written


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("before six P M, please", "before 6 pm, please"),
        ("at two oh five p m", "at 2:05 pm"),
        ("twelve forty a.m", "12:40 am"),
        ("at 2.05 PM", "at 2:05 pm"),
        ("after 6:30 p.m. or 7pm", "after 6:30 p.m. or 7pm"),
        ("one a member", "one a member"),
    ],
)
def test_times_of_day_that_were_said_in_words_come_back(heard: str, written: str) -> None:
    assert normalise_heard(heard) == written
    assert normalise_heard(written) == written


def test_every_day_and_time_that_is_spoken_comes_back() -> None:
    for year in (1904, 1910, 1953, 1990, 2000, 2003, 2010, 2024):
        for month in ("March", "May", "December"):
            for day in (1, 2, 12, 20, 23, 30):
                text = f"born {month} {day}, {year}"
                assert normalise_heard(speakable(text)) == text
    for hour in range(1, 13):
        for minute in range(0, 60, 5):
            text = f"at {hour}:{minute:02d} pm"
            assert normalise_heard(speakable(text)) == text.replace(":00", "")


@pytest.mark.parametrize("text", ["8AQ6WH", "EV5 Z6X", "ABC 4D5", "W7R-D4F", "K-3-Q-X-7-P", "M 878 4451", "M3429 714"])
def test_codes_and_numbers_come_back_in_whatever_groups_they_are_said(text: str) -> None:
    airline = Spoken(ids=(IdForm("M", 7),), codes=(6,))
    assert normalise_heard(f"It is {speakable(text)}.", airline) == f"It is {re.sub('[ -]', '', text)}."
