"""What a line does to a sound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tarl_app.core.errors import SpeechError
from tarl_app.core.sound.audio import Audio
from tarl_app.speech.channel import channel, noise, packet_loss, phone
from tarl_app.speech.resample import resample

SOUNDS = st.builds(
    Audio,
    arrays.arrays(np.float32, st.integers(0, 3000), elements=st.floats(-1, 1, width=32)),
    st.sampled_from([8_000, 16_000, 22_050, 24_000, 48_000]),
)
NAMES = st.lists(
    st.sampled_from(["clean", "phone", "street", "cafe", "noise15", "noise-3", "noise2.5", "loss5", "loss0", "loss100"]),
    min_size=1,
    max_size=3,
).map("+".join)


def tone(frequency: float, rate: int = 16_000, seconds: float = 1.0) -> Audio:
    times = np.arange(int(rate * seconds)) / rate
    return Audio((0.5 * np.sin(2 * np.pi * frequency * times)).astype(np.float32), rate)


def loudness(audio: Audio) -> float:
    return float(np.sqrt(np.mean(np.square(audio.samples))))


@given(SOUNDS, NAMES)
def test_every_channel_keeps_length_and_rate_and_stays_finite_and_bounded(sound: Audio, name: str) -> None:
    heard = channel(name)(sound)
    assert len(heard.samples) == len(sound.samples)
    assert heard.rate == sound.rate
    assert heard.samples.dtype == np.float32
    assert np.isfinite(heard.samples).all()
    assert np.abs(heard.samples).max(initial=0.0) <= 1.0


@given(SOUNDS, NAMES, st.integers(0, 5))
def test_the_same_seed_gives_the_same_sound_and_the_input_is_left_alone(sound: Audio, name: str, seed: int) -> None:
    before = sound.samples.copy()
    first, second = channel(name, seed)(sound), channel(name, seed)(sound)
    np.testing.assert_array_equal(first.samples, second.samples)
    np.testing.assert_array_equal(sound.samples, before)


def test_another_seed_gives_another_noise() -> None:
    first, second = noise(10, seed=1)(tone(440)), noise(10, seed=2)(tone(440))
    assert not np.array_equal(first.samples, second.samples)


@pytest.mark.parametrize("name", ["street", "cafe"])
def test_what_goes_on_behind_a_voice_is_quieter_by_12_db(name: str) -> None:
    sound = tone(440, seconds=4.0)
    behind = Audio(channel(name, 3)(sound).samples - sound.samples, sound.rate)
    assert 20 * np.log10(loudness(sound) / loudness(behind)) == pytest.approx(12, abs=1)
    assert not np.array_equal(channel("street")(sound).samples, channel("cafe")(sound).samples)


def test_clean_changes_nothing() -> None:
    sound = tone(440)
    assert channel("clean")(sound) is sound


def test_the_telephone_passes_speech_and_stops_what_lies_outside_its_band() -> None:
    inside, below, above = (loudness(phone(tone(frequency))) for frequency in (1_000, 60, 6_000))
    assert inside == pytest.approx(loudness(tone(1_000)), rel=0.1)
    assert below < 0.05 * inside
    assert above < 0.05 * inside


@pytest.mark.parametrize("snr", [20.0, 10.0, 0.0])
def test_noise_has_the_loudness_its_name_says(snr: float) -> None:
    sound = Audio(tone(440).samples * 0.2, 16_000)  # quiet, so that nothing is clipped
    added = noise(snr)(sound).samples - sound.samples
    measured = 20 * np.log10(loudness(sound) / np.sqrt(np.mean(np.square(added))))
    assert measured == pytest.approx(snr, abs=0.3)


def test_the_noise_is_pink() -> None:
    sound = Audio(tone(440, seconds=4).samples * 0.05, 16_000)
    spectrum = np.square(np.abs(np.fft.rfft(noise(0)(sound).samples - sound.samples)))
    frequencies = np.fft.rfftfreq(len(sound.samples), 1 / sound.rate)
    octaves = [spectrum[(frequencies >= low) & (frequencies < 2 * low)].sum() for low in (200, 400, 800, 1600, 3200)]
    assert max(octaves) / min(octaves) < 1.6  # equal power in each octave


def test_noise_on_silence_is_silence() -> None:
    silence = Audio(np.zeros(1600, dtype=np.float32), 16_000)
    assert not noise(0)(silence).samples.any()


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_about_the_named_share_of_packets_is_lost(share: float) -> None:
    sound = Audio(np.random.default_rng(0).uniform(-1, 1, 320 * 5000).astype(np.float32), 16_000)
    heard = packet_loss(share)(sound)
    lost = (heard.samples != sound.samples).reshape(-1, 320).any(axis=1).mean()
    assert lost == pytest.approx(share, abs=0.04)


def test_losing_no_packet_changes_nothing_and_losing_all_leaves_silence() -> None:
    sound = tone(440)
    np.testing.assert_array_equal(packet_loss(0.0)(sound).samples, sound.samples)
    assert not packet_loss(1.0)(sound).samples.any()


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(SpeechError):
        packet_loss(share)


@pytest.mark.parametrize("name", ["", "telephone", "noise", "loss101", "loss-1", "phone+", "noise15 dB"])
def test_an_unknown_channel_is_refused(name: str) -> None:
    with pytest.raises(SpeechError):
        channel(name)


def test_parts_are_applied_from_left_to_right() -> None:
    sound = tone(440)
    np.testing.assert_array_equal(channel("phone+noise15")(sound).samples, noise(15)(phone(sound)).samples)


@given(SOUNDS, st.sampled_from([8_000, 16_000, 24_000]))
def test_resampling_keeps_the_duration(sound: Audio, rate: int) -> None:
    changed = resample(sound, rate)
    assert changed.rate == rate
    assert abs(changed.seconds - sound.seconds) <= 1 / min(rate, sound.rate)


def test_a_sound_with_values_that_are_not_numbers_is_refused() -> None:
    with pytest.raises(SpeechError):
        resample(Audio(np.array([0.0, np.nan], dtype=np.float32), 8_000), 16_000)


def test_a_sound_without_a_rate_is_refused() -> None:
    with pytest.raises(SpeechError):
        resample(Audio(np.zeros(10, dtype=np.float32), 0), 16_000)
