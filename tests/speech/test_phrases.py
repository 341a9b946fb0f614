"""Cutting an answer into phrases while it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.errors import SpeechError
from tarl_app.core.sound.audio import Audio
from tarl_app.language.text_normalization.spoken_form import speakable
from tarl_app.speech import Voice
from tarl_app.speech.phrases import Speaking, phrases
from tarl_app.speech.pico import Pico

ANSWER = "To confirm: I cancel order #W1590803, because it was ordered by mistake. Shall I do that?"
TEXTS = st.text(st.sampled_from("ab .,:;?!\n'\"#W12345_@-St"), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ANSWER, ["To confirm:", "I cancel order", "#W1590803,", "because it was ordered by mistake.", "Shall I do that?"]),
        (
            "Done, order #W1590803 is cancelled, and that is all.",
            ["Done, order", "#W1590803 is cancelled,", "and that is all."],
        ),
        ("You live at 12 St. James Road. Right?", ["You live at 12 St. James Road.", "Right?"]),
        ("That is $1,200.50 in all", ["That is $1,200.50 in all"]),
        ("I charge your card credit_card_1234567 now", ["I charge your card", "credit_card_1234567 now"]),
        ("I find no account of mei.li8@example.com, sorry.", ["I find no account of", "mei.li8@example.com,", "sorry."]),
        ("First this\nthen that", ["First this", "then that"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_phrases_end_where_a_speaker_would_pause(text: str, expected: list[str]):
    assert phrases(text, complete=True) == expected


def test_after_the_first_a_phrase_inside_a_sentence_is_as_long_as_the_one_before():
    found = phrases("I am sorry to hear about that, well, yes, no, and so we go on from here, I say.", complete=True)
    assert found == ["I am sorry to hear about that,", "well, yes, no, and so we go on from here,", "I say."]


def test_the_last_phrase_waits_until_the_text_is_complete():
    assert phrases("Hello there. How can", complete=False) == ["Hello there."]
    assert phrases("Hello there.", complete=False) == []


@given(TEXTS)
def test_nothing_is_lost_or_changed(text: str):
    assert " ".join(phrases(text, complete=True)).split() == text.split()


@given(TEXTS, TEXTS)
def test_more_text_never_changes_the_phrases_before_it(text: str, more: str):
    early = phrases(text, complete=False)
    assert phrases(text + more, complete=True)[: len(early)] == early


def test_ids_are_never_cut():
    for at in range(len(ANSWER)):
        for phrase in phrases(ANSWER[:at], complete=False):
            assert "W1590803" in phrase or "W1" not in phrase


def test_the_first_sound_comes_before_the_text_is_complete_and_nothing_is_said_twice():
    speaking = Speaking(Voice(Pico(), "en-US"))
    early: list[Audio] = []
    for letter in ANSWER:
        early += speaking.write(letter)
    assert len(early) == 4
    rest = list(speaking.finish(ANSWER))
    assert len(rest) == 1
    assert list(speaking.finish(ANSWER)) == []


def test_what_was_not_streamed_is_said_in_the_end():
    assert len(list(Speaking(Voice(Pico(), "en-US")).finish("Hello there. How can I help?"))) == 2
    assert list(Speaking(Voice(Pico(), "en-US")).finish("...")) == []


def test_a_voice_that_does_not_exist_is_an_error():
    with pytest.raises(SpeechError, match="no such voice"):
        list(Speaking(Voice(Pico(), "no such voice")).finish("Hello."))


def test_phrases_are_said_as_in_the_whole():
    assert " ".join(speakable(phrase) for phrase in phrases(ANSWER, complete=True)) == speakable(ANSWER)
