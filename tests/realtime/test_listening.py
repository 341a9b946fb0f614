"""Where the caller's turns begin and end."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.core.audio import Audio
from tarl_app.realtime.listening.input_buffer import InputBuffer
from tarl_app.realtime.listening.turn_detection import Change, ServerVad, TurnDetector
from tarl_app.speech import load_voice
from tarl_app.speech.resample import resample
from tests.speech.sounds import clicks, hum, join, silence, white_noise

RATE = 24_000
SENTENCE = load_voice("pico:en-US").say("Please cancel my order, I no longer need it.")
CALL = resample(join(silence(1.0), resample(SENTENCE, 16_000), silence(1.5)), RATE)


def changes(sound: Audio, chosen: ServerVad, size: int = 2_400) -> list[Change]:
    detector = TurnDetector(sound.rate, chosen)
    parts = np.split(sound.samples, range(size, len(sound.samples), size))
    return [change for part in parts for change in detector.add(part)]


def test_a_sentence_is_a_turn_that_ends_after_its_silence():
    started, stopped = changes(CALL, ServerVad())
    assert (started.kind, stopped.kind) == ("started", "stopped")
    assert 0.5 < started.seconds < 1.2  # with its padding
    assert SENTENCE.seconds + 0.5 < stopped.seconds < SENTENCE.seconds + 2.0  # the sentence itself ends in some silence


def test_a_longer_silence_is_waited_for():
    (_, short), (_, long) = (
        changes(CALL, ServerVad(silence_duration_ms=300)),
        changes(CALL, ServerVad(silence_duration_ms=900)),
    )
    assert long.seconds - short.seconds == pytest.approx(0.6, abs=0.1)


@settings(max_examples=8)
@given(st.integers(1, 30_000))
def test_it_does_not_matter_how_the_sound_is_cut(size):
    assert changes(CALL, ServerVad(), size=max(size, 400)) == changes(CALL, ServerVad())


def test_a_telephone_is_heard_as_well():
    assert [change.kind for change in changes(resample(CALL, 8_000), ServerVad(), 800)] == ["started", "stopped"]


@pytest.mark.parametrize("sound", [silence(2), white_noise(2), hum(2), clicks(2)], ids=["silence", "noise", "hum", "clicks"])
def test_nobody_speaks_in_noise(sound):
    assert changes(sound, ServerVad()) == []


def test_the_buffer_holds_the_turn_and_forgets_the_silence_before():
    buffer = InputBuffer(RATE, ServerVad())
    buffer.add(np.zeros(60 * RATE, dtype=np.float32))
    assert buffer.seconds < 3
    found = (change for part in np.array_split(CALL.samples, 20) for change in buffer.add(part))
    start, stopped = next(found), next(found)
    turn = buffer.take(start.seconds, buffer.end_of(stopped))
    assert list(found) == []
    assert turn.seconds == pytest.approx(stopped.seconds - start.seconds - 0.3, abs=0.1)  # with little of its silence
    assert np.abs(turn.samples).max() > 0.1
    assert buffer.clock == pytest.approx(60 + CALL.seconds, abs=0.01)


def test_without_detection_the_buffer_holds_everything():
    buffer = InputBuffer(RATE, None)
    buffer.add(CALL.samples)
    assert buffer.take_all().seconds == pytest.approx(CALL.seconds)
    assert buffer.seconds == 0
