import re
from itertools import combinations
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.domain import PhrasingSet
from tarl_app.core.types import ToldFact
from tarl_app.domains.airline.expert.nlu import slots, understanding
from tarl_app.domains.airline.user.phrasings import PHRASINGS
from tarl_app.domains.airline.user.reading import read
from tarl_app.domains.airline.words import heard
from tarl_app.domains.airline.words.fact_words import FACT_WORDS, twelve_hours
from tarl_app.language.told import tells
from tarl_app.users.wordings.phrasings import variants

CITIES = {"DEN": "Denver", "BOS": "Boston", "SLC": "Salt Lake City"}


class TestValues:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("It's K3QX7P.", ["K3QX7P"]),
            ("reservation k3qx7p", ["K3QX7P"]),
            ("K3Q X7P, please", ["K3QX7P"]),
            ("K 3 Q X 7 P", ["K3QX7P"]),
            ("K-3-Q-X-7-P", ["K3QX7P"]),
            ("flight JN2041 on May 20", []),
            ("I am on my way to Boston", []),
            ("customer M4821359", []),
        ],
    )
    def test_reservation_codes(self, text, found):
        assert heard.codes(text) == found

    @pytest.mark.parametrize("text", ["M4821359", "It's 4821359.", "M 482 1359", "m4821 359"])
    def test_customer_numbers(self, text):
        assert heard.user_ids(text) == ["M4821359"]

    def test_a_payment_method_is_no_customer_number(self):
        assert heard.user_ids("credit_card_4821359") == []

    @pytest.mark.parametrize(
        ("text", "days"),
        [
            ("on May 20", ["2026-05-20"]),
            ("the twentieth of May, back on June 1st", ["2026-05-20", "2026-06-01"]),
            ("2026-05-20", ["2026-05-20"]),
            ("Ana Cortez, born March 2, 1985", []),
        ],
    )
    def test_travel_days(self, text, days):
        assert heard.travel_days(text) == days

    def test_people_with_their_birthdays(self):
        text = "It's me and Ana Cortez, born March 2, 1985 and Leon Hale, born on 1990-01-31."
        assert heard.people(text) == [("Ana", "Cortez", "1985-03-02"), ("Leon", "Hale", "1990-01-31")]

    @pytest.mark.parametrize(
        ("text", "window"),
        [
            ("after 2:00 pm", ("14:00", None)),
            ("before 9 a.m.", (None, "09:00")),
            ("after noon", ("12:00", None)),
            ("at 2 pm", (None, None)),
        ],
    )
    def test_times(self, text, window):
        assert heard.window(text) == window

    @pytest.mark.parametrize(("text", "count"), [("two bags", 2), ("No bags.", 0), ("just a bag", 1), ("Hello", None)])
    def test_counts(self, text, count):
        assert heard.count(text) == count


class TestSlots:
    def test_the_ends_of_a_trip(self):
        assert slots.ends([("", "from Salt Lake City to Boston, please")], CITIES) == ("SLC", "BOS")

    def test_there_and_back(self):
        said = [("", "A round trip on May 20, and back on May 27.")]
        assert slots.days(said, both=True) == ("2026-05-20", "2026-05-27")
        assert slots.round_trip(said)

    def test_what_was_said_last_counts(self):
        said = [("cabin", "Economy."), ("confirm", "No, that's wrong. Basic economy.")]
        assert slots.cabin(said) == "basic_economy"

    def test_the_customers_own_birthday_makes_no_passenger(self):
        said = [("name_birth", "I'm Ana Cortez, born March 2, 1985."), ("cabin", "Economy.")]
        assert slots.passengers(said, ("Ana", "Cortez", "1985-03-02")) == ()

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("my certificate and the rest on my Visa that ends in 4242", ("certificate", "4242")),
            ("With my gift card, please", ("gift card",)),
            ("my Amex", ("amex",)),
            ("I don't know", ()),
        ],
    )
    def test_payment(self, text, found):
        assert slots.payment([("payment", text)]) == found

    @pytest.mark.parametrize(
        ("asked", "text", "wanted"),
        [
            ("insurance", "Yes, please.", True),
            ("insurance", "Nah, skip it.", False),
            ("bags", "No bags.", None),
            ("", "and without insurance", False),
            ("insurance", "Yes, I want the insurance. I don't have all day.", True),
            ("insurance", "Yes. I don't have all day.", True),
            ("insurance", "Hmm. No, thanks.", False),
            ("insurance", "No problem, yes.", True),
            ("insurance", "Could you add it, please?", True),
            ("insurance", "How much would it be?", None),
            ("insurance", "Do I need insurance?", None),
            ("insurance", "Sorry, the line is bad.", None),
            ("insurance", "Two bags, please.", None),
            ("confirm", "No, not quite. Yes, I'd like the insurance.", True),
            ("confirm", "No, that's not what I said. Please skip the insurance.", False),
        ],
    )
    def test_insurance(self, asked, text, wanted):
        assert slots.insurance([(asked, text)]) is wanted

    @pytest.mark.parametrize("phrasings", get_args(PhrasingSet))
    @pytest.mark.parametrize(("answer", "wanted"), [("yes", True), ("no", False)])
    def test_every_wording_of_an_answer_to_insurance_is_understood(self, phrasings, answer, wanted):
        table = PHRASINGS[phrasings]
        said = [text for rule in (f"give.insurance.{answer}", f"give.insurance.{answer}.terse") for text in table[rule]]
        texts = [text for template in said for text in variants(template)]
        assert [text for text in texts if slots.insurance([("insurance", text)]) is not wanted] == []

    def test_an_answer_that_is_neither_leaves_what_was_said_before(self):
        assert slots.insurance([("", "with insurance, please"), ("insurance", "Sorry?")]) is True


class TestRequests:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("I'd like to book a one-way flight from Denver to Boston", ("book", "")),
            ("Please cancel reservation K3QX7P", ("cancel", "")),
            ("A flight of K3QX7P was cancelled. I want compensation.", ("compensation", "")),
            ("Add one more bag to K3QX7P", ("bags", "")),
            ("Change the return flight of K3QX7P", ("flights", "")),
            ("Change K3QX7P to business", ("cabin", "")),
            ("I want to add insurance to it", ("insurance", "")),
            ("I need a wheelchair", ("transfer", "a wheelchair")),
            ("How many bags do I have on K3QX7P?", ("question", "bag_count")),
            ("My name is Ana Cortez.", None),
        ],
    )
    def test_requests(self, text, kind):
        assert understanding.request(text) == kind

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("Our plans have changed.", "change of plans"),
            ("My plan is to cancel my reservation.", None),
            ("I've fallen ill and can't fly.", "health"),
            ("A storm is coming.", "weather"),
            ("You cancelled one of the flights.", "airline cancelled"),
        ],
    )
    def test_reasons(self, text, reason):
        assert understanding.reason(text) == reason

    @pytest.mark.parametrize(
        ("asked", "text"),
        [
            ("reason", "My plans changed, that's all."),
            ("reason", "That's all there is to it: our plans have changed."),
            ("bags", "Two bags, nothing else."),
            ("payment", "My Visa, that is all. Cheers."),
            ("insurance", "No, that's all."),
            ("insurance", "Nah, nothing more, thanks."),
            ("confirm", "Yes, that's all correct."),
            ("confirm", "That's it."),
            ("route", "From Denver to Boston and that's everything."),
        ],
    )
    def test_behind_an_answer_that_is_all_takes_no_leave(self, asked, text):
        assert understanding.says_bye(text)
        assert not understanding.says_bye(text, asked)

    @pytest.mark.parametrize("asked", ["", "reason", "bags"])
    @pytest.mark.parametrize(
        "text", ["No, that's all, thanks.", "Nothing else, thank you so much.", "That's it, I think.", "No. Bye."]
    )
    def test_without_an_answer_it_does(self, asked, text):
        assert understanding.says_bye(text, asked)

    def test_whoever_says_goodbye_leaves_whatever_they_answer(self):
        assert understanding.says_bye("My plans changed, that's all. Goodbye.", "reason")
        assert understanding.says_bye("Yes, that's all. Bye!", "confirm")

    @given(st.text(max_size=200))
    def test_nothing_heard_is_ever_an_error(self, text):
        read(text)
        understanding.request(text)
        understanding.reason(text)
        understanding.says_bye(text, "reason")
        said = [("bags", text)]
        slots.ends(said, CITIES)
        slots.days(said, both=True)
        slots.passengers(said, ("A", "B", "1990-01-01"))
        slots.choice(said)
        slots.payment(said)
        heard.name(text)


class TestReading:
    """What an agent of any kind can ask for."""

    @pytest.mark.parametrize(
        ("text", "asks"),
        [
            ("Could you please provide your customer ID?", {"user_id"}),
            ("What is your full name and date of birth?", {"name", "birth"}),
            ("May I have your reservation number?", {"reservation"}),
            ("Which city are you departing from, and what is your destination?", {"route"}),
            ("What date would you like to travel?", {"date"}),
            ("Would you like a one-way or a round-trip ticket?", {"kind"}),
            ("Which cabin class do you prefer?", {"cabin"}),
            ("How many checked bags will you bring?", {"bags"}),
            ("Would you like to add travel insurance?", {"insurance"}),
            ("Do you want insurance?", {"insurance"}),
            ("Which payment method would you like to use?", {"payment"}),
            ("What is the reason for your cancellation?", {"reason"}),
            ("Please give me the name and date of birth of each passenger.", {"passengers"}),
            ("Who should travel instead?", {"newcomer"}),
            ("Is it the outbound or the return flight?", {"direction"}),
        ],
    )
    def test_questions(self, text, asks):
        found = read(text)
        assert found.asks == asks
        assert not found.proposes

    @pytest.mark.parametrize(
        "text",
        [
            "I will cancel reservation K3QX7P and refund $200 to your Visa. Shall I proceed?",
            "That is $228 altogether with insurance. Do you want me to book it?",
            "Do you confirm that I book this trip with 2 bags for $300?",
        ],
    )
    def test_proposals(self, text):
        assert read(text).proposes


def _words(text: str) -> str:
    return " ".join(re.findall(r"[\w{}']+", text.lower()))


class TestWordings:
    @pytest.mark.parametrize(("one", "other"), list(combinations(get_args(PhrasingSet), 2)))
    def test_two_sets_have_the_same_acts_and_no_wording_in_common(self, one, other):
        first, second = PHRASINGS[one], PHRASINGS[other]
        assert {rule.partition(".")[0] for rule in first} == {rule.partition(".")[0] for rule in second}
        for rule in first.keys() & second.keys():
            of_one = {sentence for template in first[rule] for sentence in variants(template) if sentence}
            of_other = {sentence for template in second[rule] for sentence in variants(template) if sentence}
            assert not of_one & of_other, rule

    def test_the_wordings_of_test_are_no_other_ones_in_other_signs(self):
        """The case of letters and the signs between words make no other sentence."""
        said = {
            name: {_words(text) for act in table for template in table[act] for text in variants(template)}
            for name, table in PHRASINGS.items()
        }
        assert said["test"] & (said["seen"] | said["held_out"]) <= {""}

    @pytest.mark.parametrize(("clock", "said"), [("14:05", "2:05 pm"), ("00:30", "12:30 am"), ("12:00", "12:00 pm")])
    def test_times_of_day(self, clock, said):
        assert twelve_hours(clock) == said
        fact = ToldFact(label="departure time", kind="text", value=clock)
        assert tells(f"It leaves at {said}.", fact, FACT_WORDS)
        assert tells(f"It leaves at {said.upper()}.", fact, FACT_WORDS)
        assert not tells("It leaves at 3:55 pm.", fact, FACT_WORDS)
