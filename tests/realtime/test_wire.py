"""Formats of sound, words that were heard, and configurations."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.realtime import SessionUpdateEvent

from tarl_app.core.errors import EventRefused
from tarl_app.core.sound.audio import Audio
from tarl_app.realtime.listening.turn_detection import SemanticVad, ServerVad
from tarl_app.realtime.wire import events
from tarl_app.realtime.wire.audio import FORMATS, PCM, decode, encode, from_base64, pieces
from tarl_app.realtime.wire.config import Config
from tarl_app.realtime.wire.items import Phrase, begun, heard

ULAW, ALAW = FORMATS["audio/pcmu"], FORMATS["audio/pcma"]
BEGINNING = Config(model="scripted", instructions="Be kind.", voice="pico:en-US")


class TestSound:
    def test_pcm_is_16_bits_little_endian(self):
        assert decode(b"\x00\x40\x00\xc0", PCM).tolist() == [0.5, -0.5]
        assert encode(Audio(np.array([0.5, -0.5], dtype=np.float32), 24_000), PCM) == b"\x00\x40\x00\xc0"

    @pytest.mark.parametrize(
        ("form", "data", "samples"),  # of ITU-T G.711, tables 2a and 1a, on a scale of 16 bits
        [
            (ULAW, b"\xff\x7f\x80\x00", [0, 0, 32124, -32124]),
            (ALAW, b"\xd5\x55\xaa\x2a", [8, -8, 32256, -32256]),
        ],
    )
    def test_g711_is_that_of_the_standard(self, form, data, samples):
        assert (decode(data, form) * 32768).round().astype(int).tolist() == samples

    @pytest.mark.parametrize("form", [ULAW, ALAW])
    @given(data=st.binary(max_size=64))
    def test_g711_survives_there_and_back(self, form, data):
        once = decode(data, form)
        again = decode(encode(Audio(once, form.rate), form), form)
        assert np.array_equal(once, again)  # bytes may differ: there are two zeros

    def test_a_voice_at_another_rate_is_resampled(self):
        assert len(encode(Audio(np.zeros(16_000, dtype=np.float32), 16_000), PCM)) == 2 * 24_000
        assert len(encode(Audio(np.zeros(24_000, dtype=np.float32), 24_000), ULAW)) == 8_000

    def test_half_a_sample_is_refused(self):
        with pytest.raises(EventRefused, match="3 bytes"):
            decode(b"abc", PCM)

    @given(st.text(max_size=40))
    def test_any_text_is_base64_or_refused(self, text):
        try:
            data = from_base64(text)
        except EventRefused:
            return
        assert base64.b64encode(data).decode() == text

    def test_pieces_are_no_longer_than_asked_for(self):
        sound = pieces(bytes(2 * 24_000), PCM, 200)
        assert [len(base64.b64decode(piece)) for piece in sound] == [9_600] * 5


class TestWordsThatWereHeard:
    PHRASES = (Phrase("Your order is", 600), Phrase("W4 82 on its way.", 1_000))

    @pytest.mark.parametrize(
        ("milliseconds", "words"),
        [
            (0, ""),
            (250, "Your"),
            (600, "Your order is"),
            (1_000, "Your order is W4"),  # digits take longer than letters
            (1_250, "Your order is W4 82"),
            (1_600, "Your order is W4 82 on its way."),
            (9_000, "Your order is W4 82 on its way."),
        ],
    )
    def test_of_a_phrase_that_was_cut_its_share(self, milliseconds, words):
        assert heard(self.PHRASES, milliseconds) == words

    @given(
        st.lists(st.builds(Phrase, st.text(max_size=20), st.floats(0, 5_000)), max_size=5),
        st.floats(0, 10_000),
        st.floats(0, 10_000),
    )
    def test_more_sound_is_never_fewer_words(self, phrases, one, other):
        shorter, longer = (heard(phrases, time).split() for time in sorted((one, other)))
        assert longer[: len(shorter)] == shorter


def updated(**session) -> Config:
    fields = {"type": "session.update", "session": session}
    received = events.read(fields)
    assert isinstance(received.form, SessionUpdateEvent)
    return BEGINNING.updated(received.form.session, received.fields["session"])  # pyright: ignore[reportArgumentType]


class TestConfigurations:
    def test_only_what_is_sent_changes(self):
        assert updated() == BEGINNING
        changed = updated(audio={"output": {"format": {"type": "audio/pcmu"}}})
        assert (changed.output, changed.input, changed.detection) == (ULAW, PCM, BEGINNING.detection)

    def test_null_turns_detection_off(self):
        assert updated(audio={"input": {"turn_detection": None}}).detection is None

    def test_silence_can_be_chosen(self):
        detection = updated(
            audio={"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 900}}}
        ).detection
        assert isinstance(detection, ServerVad)
        assert (detection.silence_duration_ms, detection.prefix_padding_ms) == (900, 300)

    def test_semantic_vad_has_its_eagerness(self):
        detection = updated(audio={"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}}).detection
        assert detection == SemanticVad("low")
        assert detection is not None
        assert detection.shown["eagerness"] == "low"

    def test_a_voice_of_openais_is_the_agents_own(self):
        assert updated(audio={"output": {"voice": "marin"}}).voice == ""

    @pytest.mark.parametrize(
        ("session", "param"),
        [
            ({"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 7}}}}, "threshold"),
            ({"audio": {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": -1}}}}, "silence"),
            ({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16_000}}}}, "session"),
            ({"audio": {"output": {"speed": 1.5}}}, "speed"),
            ({"tool_choice": "required"}, "tool_choice"),
            ({"tools": [{"type": "function", "name": "two words"}]}, "tools[0].name"),
            ({"tools": [{"type": "function", "name": "same"}] * 2}, "tools[1].name"),
            ({"tools": [{"type": "mcp", "server_label": "x"}]}, "tools[0].type"),
            ({"tools": [{"type": "function", "name": "f", "parameters": [1]}]}, "parameters"),
            ({"instructions": "x" * 100_001}, "instructions"),
            ({"type": "transcription"}, "session.type"),
            ({"output_modalities": "loud"}, "output_modalities"),
        ],
    )
    def test_what_cannot_be_had_is_refused_by_name(self, session, param):
        with pytest.raises(EventRefused) as refused:
            updated(**session)
        assert param in (refused.value.param or "")
        assert refused.value.code == "invalid_value"


def test_a_question_is_put_once_its_phrase_has_begun():
    phrases = [Phrase("Your lamp has left us.", 1000.0), Phrase("Is that all?", 500.0)]
    assert "?" not in begun(phrases, -1.0)
    assert "?" not in begun(phrases, 900.0)
    assert "?" in begun(phrases, 1000.0)
    assert begun([], 5.0) == ""
