"""What customers do with a sentence, read by its likeness to training sentences; and messages taken apart by it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.agents.acts import Heard, consent, sentences
from tarl_app.agents.reading import Moment, Reader
from tarl_app.domains.airline.expert.nlu import like as flights
from tarl_app.domains.airline.expert.nlu.reading import READER as FLIGHTS
from tarl_app.domains.retail.expert.nlu import like as shop
from tarl_app.domains.retail.expert.nlu.reading import READER as SHOP


@pytest.mark.parametrize(
    ("reader", "text", "kinds"),
    [
        (SHOP, "I've thought about W4821359 and I would rather it never left your warehouse", ["cancel"]),
        (SHOP, "send W4821359 to a different house", ["order_address"]),
        (SHOP, "what was taken from me for W4821359 in all", ["question"]),
        (SHOP, "don't send W4821359 to me anymore + I need an invoice for #W1637192", ["cancel", "transfer"]),
        (FLIGHTS, "we stay home, so K3QX7P is not needed", ["cancel"]),
        (FLIGHTS, "in basic economy please. i need a one-way flight from boston to miami", ["book"]),
        (FLIGHTS, "another person takes a seat on K3QX7P", ["passenger"]),
    ],
)
def test_what_no_pattern_knows_is_read_by_likeness(reader: Reader, text, kinds):
    assert [goal.kind for goal in reader.read(text, Moment()).goals] == kinds


@pytest.mark.parametrize(
    ("reader", "text", "asked"),
    [
        (SHOP, "take my gift card for that", "payment"),
        (SHOP, "the one with 5 shelves", "options"),
        (FLIGHTS, "two bags will come along", "bags"),
        (FLIGHTS, "business for us", "cabin"),
    ],
)
def test_an_answer_is_no_request(reader: Reader, text, asked):
    assert reader.read(text, Moment(busy=True, begun=True, asked=asked)).goals == []


@pytest.mark.parametrize("reader", [SHOP, FLIGHTS])
def test_a_plea_after_a_refusal_is_no_request_for_something_else(reader: Reader):
    over = Moment(begun=True, asked="more")
    assert reader.read("Can you ask someone.", over).goals == []
    assert [goal.kind for goal in FLIGHTS.read("another person takes a seat on K3QX7P", over).goals] == ["passenger"]
    assert [goal.kind for goal in SHOP.read("send W4821359 to a different house", over).goals] == ["order_address"]


@pytest.mark.parametrize(
    ("reader", "text", "topic"),
    [
        (SHOP, "what are the rules for returns with you?", "return_policy"),
        (SHOP, "could a human being take my call instead?", "person"),
        (FLIGHTS, "how much luggage is included in economy as a rule?", "free_bags"),
    ],
)
def test_a_question_by_the_way_is_noted_and_left_out(reader: Reader, text, topic):
    made = reader.read(f"{text} The reference is as I said.", Moment(busy=True, begun=True))
    assert made.sides == [topic]
    assert text not in made.rest


def test_what_was_doubted_is_taken_only_where_it_is_said_plainly():
    doubted = frozenset({("cancel", "")})
    hinted = "W4821359 and I have grown apart a little"
    assert ("cancel", "") not in [(one.kind, one.topic) for one in SHOP.read(hinted, Moment(doubted=doubted)).goals]
    assert [one.kind for one in SHOP.read("please cancel W4821359", Moment(doubted=doubted)).goals] == ["cancel"]


@pytest.mark.parametrize("agrees", [shop.agrees, flights.agrees])
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("you have my consent", True),
        ("Rihgt, do that", True),
        ("that is accurate, please continue", True),
        ("hold on, I've come to another decision", False),
        ("what would that cost me?", None),
    ],
)
def test_consent(agrees, text, meant):
    assert agrees(text) is meant


@pytest.mark.parametrize(
    ("text", "place"), [("the third one", 2), ("the last of them", 2), ("number two", 1), ("economy", None)]
)
def test_an_answer_by_its_place(text, place):
    assert flights.place(text, 3) == place


def test_sentences_are_told_apart_by_the_marks_of_people_who_type():
    assert sentences("hi - it's W1. btw: no... ok + one more") == ["hi", "it's W1.", "btw:", "no", "ok", "one more"]


def test_an_aside_is_no_consent():
    heard = Heard({"yes": 0.3, "no": 0.1, "change_mind": 0.0, "side.robot": 0.6, "buy/": 0.0}, {"buy/": ("buy", "")})
    assert consent([heard]) is None


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_taken_apart(text):
    for reader in (SHOP, FLIGHTS):
        reader.read(text, Moment())
        reader.read(text, Moment(busy=True, begun=True, agreed=True, asked="confirm"))
