"""Where the caller's turns begin and end."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.core.sound.audio import Audio
from tarl_app.language.spoken.unfinished import Completeness
from tarl_app.realtime.listening.input_buffer import InputBuffer
from tarl_app.realtime.listening.patience import Eagerness
from tarl_app.realtime.listening.turn_detection import (
    Change,
    Detection,
    Finished,
    SemanticVad,
    ServerVad,
    TurnDetector,
)
from tarl_app.speech import load_voice
from tarl_app.speech.resample import resample
from tarl_app.speech.smart_turn import load_smart_turn
from tests.speech.sounds import clicks, hum, join, silence, white_noise

RATE = 24_000
SENTENCE = load_voice("pico:en-US").say("Please cancel my order, I no longer need it.")
CALL = resample(join(silence(1.0), resample(SENTENCE, 16_000), silence(1.5)), RATE)


def heard(sound: Audio, chosen: Detection, size: int = 2_400, finished: Finished | None = None) -> list[Change]:
    detector = TurnDetector(sound.rate, chosen, finished=finished)
    parts = np.split(sound.samples, range(size, len(sound.samples), size))
    return [change for part in parts for change in detector.add(part)]


def changes(sound: Audio, chosen: Detection, size: int = 2_400, finished: Finished | None = None) -> list[Change]:
    """The ends of turns."""
    return [change for change in heard(sound, chosen, size, finished) if change.kind in ("started", "stopped")]


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
    assert heard(CALL, ServerVad(), size=max(size, 400)) == heard(CALL, ServerVad())


def test_a_telephone_is_heard_as_well():
    assert [change.kind for change in changes(resample(CALL, 8_000), ServerVad(), 800)] == ["started", "stopped"]


@pytest.mark.parametrize("sound", [silence(2), white_noise(2), hum(2), clicks(2)], ids=["silence", "noise", "hum", "clicks"])
def test_nobody_speaks_in_noise(sound):
    assert changes(sound, ServerVad()) == []


def test_the_buffer_holds_the_turn_and_forgets_the_silence_before():
    buffer = InputBuffer(RATE, ServerVad())
    buffer.add(np.zeros(60 * RATE, dtype=np.float32))
    assert buffer.seconds < 3
    all_found = (change for part in np.array_split(CALL.samples, 20) for change in buffer.add(part))
    found = (change for change in all_found if change.kind in ("started", "stopped"))
    start, stopped = next(found), next(found)
    turn = buffer.take(start.seconds, buffer.end_of(stopped))
    assert list(found) == []
    assert turn.seconds == pytest.approx(stopped.seconds - start.seconds - 0.4, abs=0.1)  # with little of its silence
    assert np.abs(turn.samples).max() > 0.1
    assert buffer.clock == pytest.approx(60 + CALL.seconds, abs=0.01)


def test_what_is_heard_ahead_in_the_last_pause_is_the_message():
    buffer = InputBuffer(RATE, ServerVad())
    ahead: list[Audio] = []
    start = 0.0
    for part in np.array_split(CALL.samples, 20):
        for change in buffer.add(part):
            if change.kind == "started":
                start = change.seconds
            elif change.kind == "paused":
                ahead.append(buffer.peek(start, buffer.end_of(change)))
            elif change.kind == "stopped":
                assert buffer.take(start, buffer.end_of(change)).wav() == ahead[-1].wav()
    assert ahead


class TestBySound:
    """``semantic_vad``."""

    @staticmethod
    def silence(probability: float | None, eagerness: Eagerness = "auto", words: Completeness | None = None) -> float:
        detector = TurnDetector(RATE, SemanticVad(eagerness), finished=probability and (lambda start, end: probability))
        for part in np.split(CALL.samples, range(480, len(CALL.samples), 480)):
            for change in detector.add(part):
                if change.kind == "paused" and words:
                    detector.words(change.spoken, words)
                if change.kind == "stopped":
                    return change.seconds - change.spoken
        return 9.0

    def test_a_voice_that_sounds_finished_is_answered_sooner(self):
        sure, unsure = self.silence(0.9, "high"), self.silence(0.1, "high")
        assert 0.2 <= sure < 0.3
        assert 0.8 <= unsure < 0.9

    def test_the_voice_is_asked_before_the_shortest_silence_is_over_and_shown_all_of_it(self):
        asked: list[tuple[float, Audio]] = []

        def finished(sound: Audio) -> float:
            asked.append((buffer.clock, sound))
            return 0.9

        buffer = InputBuffer(RATE, SemanticVad("high"), finished=finished)
        found = [change for part in np.array_split(CALL.samples, len(CALL.samples) // 480) for change in buffer.add(part)]
        stopped = next(change for change in reversed(found) if change.kind == "stopped")
        clock, sound = asked[-1]
        assert clock < stopped.seconds - 0.06  # what it takes to compute is over by then
        assert stopped.seconds - stopped.spoken < 0.3
        silent = np.abs(sound.samples[-round(0.19 * RATE) :]).max()
        assert silent < 0.02 < np.abs(sound.samples).max()

    def test_words_that_go_on_are_waited_for_and_a_yes_is_not(self):
        assert 0.2 <= self.silence(0.9, words="open") < 0.3 <= self.silence(0.1, words="open")
        assert self.silence(0.3, words="finished") < 0.3
        assert self.silence(0.9, words="unfinished") == 9.0  # longer than the silence of this sound

    def test_eagerness_is_how_soon(self):
        high, medium, auto = (self.silence(0.3, one) for one in ("high", "medium", "auto"))
        assert high < medium == auto

    def test_without_the_model_silence_decides(self):
        assert 0.8 <= self.silence(None) < 0.9

    def test_words_of_an_earlier_pause_count_no_more(self):
        detector = TurnDetector(16_000, SemanticVad("auto"), finished=lambda start, end: 0.3)
        said = join(resample(SENTENCE, 16_000), silence(0.3))
        pauses = [change for _ in range(2) for change in detector.add(said.samples) if change.kind == "paused"]
        detector.words(pauses[0].spoken, "finished")
        assert detector.add(silence(0.1).samples) == []
        detector.words(pauses[-1].spoken, "finished")
        assert [change.kind for change in detector.add(silence(0.1).samples)] == ["stopped"]


class TestSmartTurn:
    def test_it_is_given_the_features_that_it_was_trained_with(self):
        from transformers import WhisperFeatureExtractor

        sound = resample(SENTENCE, 16_000)
        padded = np.pad(sound.samples, (8 * 16_000 - len(sound.samples), 0))
        wanted = WhisperFeatureExtractor(chunk_length=8)(
            padded, sampling_rate=16_000, return_tensors="np", do_normalize=True, truncation=True, max_length=8 * 16_000
        )
        found = load_smart_turn().features(sound)
        assert found.shape == (80, 800)
        assert np.abs(found - wanted.input_features[0]).max() < 1e-3

    def test_a_sentence_that_breaks_off_is_less_finished_than_a_whole_one(self):
        model = load_smart_turn()
        whole, half = (load_voice("pico:en-GB").say(text) for text in ("I moved to Denver a month ago.", "I moved to the"))
        assert model(whole) > 0.5 > model(half)

    def test_nothing_and_a_long_sound_have_a_probability_as_well(self):
        model = load_smart_turn()
        for sound in (Audio(np.zeros(0, dtype=np.float32), RATE), white_noise(20)):
            assert 0 <= model(sound) <= 1


def test_without_detection_the_buffer_holds_everything():
    buffer = InputBuffer(RATE, None)
    buffer.add(CALL.samples)
    assert buffer.take_all().seconds == pytest.approx(CALL.seconds)
    assert buffer.seconds == 0
