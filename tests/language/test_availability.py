"""Whether a sentence says that something is not to be had: a table of sentences, written apart from any exam."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.language.availability import gone
from tarl_app.language.consent import fold

GONE = (
    "The red one is sold out.",
    "Sadly the mug is all gone.",
    "We have run out of the blue kettle.",
    "We're clean out of the lamp with color red.",
    "The last lamp in red was snapped up this morning.",
    "Somebody bought the final one an hour ago.",
    "The very last one has found a home.",
    "There are none left in red.",
    "There isn't a single one on the shelf.",
    "Nothing left of that kind, I'm afraid.",
    "Our warehouse is empty for that variant.",
    "The shelves are bare where the red one was.",
    "Stock: zero.",
    "It shows zero in stock.",
    "We no longer carry the red lamp.",
    "We do not stock the lamp with color red any more.",
    "The lamp with color red is out of stock.",
    "That variant has been discontinued.",
    "The lamp in red is on backorder.",
    "It is nowhere to be found.",
    "I cannot offer you one in red.",
    "There is no more of it in the storeroom.",
    "That one's gone.",
    "They flew off the shelves: the red lamp is gone for good.",
    "Economy is fully booked.",
    "Business is booked solid.",
    "Every seat in economy is taken.",
    "No seats remain in economy.",
    "Economy is full.",
    "There are no economy seats left.",
    "The red lamp cannot be had any more.",
    "We sold our last one yesterday.",
    "The lamp in red isn't available.",
    "The lamp in red is unavailable.",
    "Red is not in stock right now.",
    "The red lamp does not exist.",
    "All of them have been taken.",
    "We are short of the red lamp.",
    "It got snatched up.",
    "The last of those went on Tuesday.",
    "Not one of them is left.",
    "Other people were faster: the red ones have already been claimed.",
    "Regrettably the shelf for the red lamp is bare.",
    "We haven't got any of those in red.",
    "I can't get hold of one in red.",
    "Supplies of the red lamp have dried up.",
    "The whole batch in red went on Monday.",
    "Everything in red has been bought.",
    "The stock of the red lamp stands at nothing.",
    "Someone beat you to the red lamp.",
    "The red lamp has left the building.",
    "Right now I see none of the red lamp in stock.",
    "The red lamp won't be back.",
    "Our store has been swept clean of the red lamp.",
    "We await new stock of the red lamp.",
    "All the seats in business were grabbed.",
    "You cannot get the red lamp any more.",
    "The red lamp has become a rarity: there are no units to sell.",
    "Sorry, the red lamp is history.",
)
THERE = (
    "The red one is in stock.",
    "The red one is available for $20.",
    "Is the red one sold out?",
    "If the red one is sold out, would green do?",
    "The red lamp costs $20.",
    "To confirm: in order #W1 I change the lamp for one with color red.",
    "Your last order had the lamp with color red.",
    "The umbrella with type full length is $24.45.",
    "The lamp with color red is not sold out.",
    "The red one is back in stock.",
    "The lamp with color red was delivered.",
    "I cannot exchange the lamp for a toaster.",
    "The lamp you bought last was red.",
    "The lamp with color red is still available.",
    "Order #W1 was shipped with the lamp with color red.",
    "Done, the items have been changed.",
    "The tablet with storage 128 gigabytes has a price of $378.93.",
    "You have $0.00 left on the gift card.",
    "The lamp can be had in red.",
    "Which of the remaining options would you like?",
    "The jacket has no hood and is red.",
    "The last step is the payment for the lamp with color red.",
    "Economy has ten seats.",
    "There are seats in economy.",
    "The flight is not full.",
    "Your lamp is on its way.",
    "The helmet with visor no and color red costs $10.",
    "The webcam with microphone no and mount tripod is $63.83.",
    "The coat with filling down, size small is yours.",
    "The backpack with laptop sleeve no is $60.",
    "The bookshelf with shelves three is the last one you bought.",
    "The Suitcase with color teal was taken out of order #W1.",
    "I took the Lamp with color red off your order.",
    "The refund for the Lamp with color red went to your gift card.",
    "The Lamp with color red has been returned.",
    "The Lamp with color red is all set.",
    "You have already been sold a Lamp with color red.",
    "Your order of the Lamp with color red has been completed.",
    "There is no price difference for the Lamp with color red.",
    "There are no further charges for the lamp with color red.",
    "I do not have the payment method for the Lamp with color red.",
    "The lamp with color red has not been delivered.",
    "The Lamp with color red is the cheapest in stock.",
    "That leaves $0.00 for the lamp with color red, nothing remains to pay.",
    "The lamp with color red: the exchange is booked.",
    "The exchange of the last lamp for one with color red was booked.",
    "The lamp with color red is being taken care of.",
    "Nothing is available cheaper than the lamp with color red.",
    "You will not have to pay for the Lamp with color red.",
    "The Lamp with color red has left the warehouse.",
)


@pytest.mark.parametrize("sentence", GONE)
def test_a_sentence_says_in_its_own_words_that_nothing_is_left(sentence: str) -> None:
    assert gone(fold(sentence))


@pytest.mark.parametrize("sentence", THERE)
def test_other_sentences_about_the_same_thing_do_not(sentence: str) -> None:
    assert not gone(fold(sentence))


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert gone(fold(text)) in (True, False)


@pytest.mark.parametrize(
    "piece", ["no ", "not ", "all ", "last x ", "the shelf ", "we are just ", "is just now ", "none a "]
)
def test_long_texts_are_read_to_their_end(piece: str) -> None:
    gone(piece * 250)
