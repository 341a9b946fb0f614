"""Where somebody speaks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tarl_app.core.sound.audio import Audio
from tarl_app.speech.pico import Pico
from tarl_app.speech.resample import resample
from tarl_app.speech.vad import RATE, speech_segments, trim
from tests.speech.sounds import clicks, hum, join, say, silence, white_noise

NOTHING = {
    "silence": silence(2),
    "noise": white_noise(2),
    "loud noise": white_noise(2, 0.5),
    "hum": hum(2),
    "clicks": clicks(2),
    "no sound at all": silence(0),
}


@pytest.mark.parametrize("sound", NOTHING.values(), ids=NOTHING)
def test_nobody_speaks_in_silence_and_noise(sound: Audio) -> None:
    assert speech_segments(sound) == []
    assert len(trim(sound).samples) == 0


def test_a_sentence_between_two_silences_is_found(pico: Pico) -> None:
    sentence = say(pico, "I would like to return the lamp.", "en-US")
    sound = join(silence(2), sentence, silence(3))
    (segment,) = speech_segments(sound)
    assert 1.6 < segment.start < 2.5
    assert 2 + sentence.seconds - 0.8 < segment.end < 2 + sentence.seconds + 0.5
    assert trim(sound).seconds == pytest.approx(segment.end - segment.start, abs=0.01)


def test_two_sentences_far_apart_are_two_segments(pico: Pico) -> None:
    one, two = (say(pico, text, "en-GB") for text in ("Good morning to you.", "Please cancel my order."))
    assert len(speech_segments(join(one, silence(2), two))) == 2


def test_the_rate_of_the_sound_does_not_matter(pico: Pico) -> None:
    sound = join(silence(1), say(pico, "Please cancel my order.", "en-US"), silence(1))
    (slow,), (fast,) = speech_segments(sound), speech_segments(resample(sound, 48_000))
    assert slow.start == pytest.approx(fast.start, abs=0.1)
    assert slow.end == pytest.approx(fast.end, abs=0.1)


@hypothesis_settings(max_examples=15)
@given(st.integers(0, 4000), st.floats(0, 1), st.integers(0, 99))
def test_segments_lie_in_order_inside_the_sound(count: int, level: float, seed: int) -> None:
    sound = Audio(np.random.default_rng(seed).uniform(-level, level, count).astype(np.float32), RATE)
    ends = [0.0]
    for segment in speech_segments(sound):
        assert ends[-1] <= segment.start < segment.end <= sound.seconds
        ends.append(segment.end)
