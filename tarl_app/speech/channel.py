"""Channel simulation: seeded functions from sound to sound of the same length, named and composable.

``channel("phone+noise15")`` is a telephone line with background noise 15 dB below the voice.
"""

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tarl_app.core.errors import SpeechError
from tarl_app.core.sound.audio import Audio
from tarl_app.speech.resample import resample

Channel = Callable[[Audio], Audio]

_PHONE_RATE = 8_000
_PHONE_BAND = (300.0, 3_400.0)  # Hz, ITU-T G.712
_MU = 255.0  # ITU-T G.711
_PACKET_SECONDS = 0.02
_BABBLE_VOICES = 6
_BEHIND_DB = 12.0  # of what goes on behind the voice


def clean(audio: Audio) -> Audio:
    """The sound unchanged."""
    return audio


def phone(audio: Audio) -> Audio:
    """A telephone line: 300 to 3400 Hz, 8 kHz, 8-bit mu-law; comes back at the sound's own rate."""
    if len(audio.samples) < 2:
        return audio
    from scipy.signal import butter, sosfiltfilt  # here: it takes a second to import

    narrow = resample(audio, _PHONE_RATE).samples
    band = butter(4, _PHONE_BAND, btype="bandpass", fs=_PHONE_RATE, output="sos")
    filtered = np.clip(sosfiltfilt(band, narrow, padlen=min(27, len(narrow) - 1)), -1.0, 1.0)
    squeezed = np.sign(filtered) * np.log1p(_MU * np.abs(filtered)) / np.log1p(_MU)
    coded = np.round((squeezed + 1.0) / 2.0 * _MU) / _MU * 2.0 - 1.0
    heard = np.sign(coded) * np.expm1(np.abs(coded) * np.log1p(_MU)) / _MU
    return _like(audio, resample(Audio(heard.astype(np.float32), _PHONE_RATE), audio.rate).samples)


def noise(snr_db: float, seed: int = 0) -> Channel:
    """Background noise (pink, swelling and fading like distant talk) ``snr_db`` below the sound's own loudness."""

    def add(audio: Audio) -> Audio:
        power = float(np.mean(np.square(audio.samples, dtype=np.float64))) if len(audio.samples) else 0.0
        if power == 0.0:
            return audio
        random = np.random.default_rng([seed, len(audio.samples)])
        background = _babble(random, len(audio.samples), audio.rate)
        background *= np.sqrt(power / 10 ** (snr_db / 10) / np.mean(np.square(background)))
        return _like(audio, audio.samples + background)

    return add


def packet_loss(share: float, seed: int = 0) -> Channel:
    """Packets of 20 ms get lost, ``share`` in [0, 1] of them, in bursts; a lost one repeats the last, quieter each time."""
    if not 0.0 <= share <= 1.0:
        raise SpeechError(f"The share of lost packets lies between 0 and 1, not at {share}.")

    def drop(audio: Audio) -> Audio:
        size = max(1, int(_PACKET_SECONDS * audio.rate))
        random = np.random.default_rng([seed, len(audio.samples)])
        samples = audio.samples.copy()
        lost, last = False, np.zeros(size, dtype=np.float32)
        for at in range(0, len(samples), size):
            # A burst lasts two packets on average; the chance to start one keeps the share.
            starts = share if share == 1.0 else min(1.0, 0.5 * share / (1.0 - share))
            lost = bool(random.random() < (0.5 if lost and share < 1.0 else starts))
            packet = samples[at : at + size]
            if lost:
                last = last * 0.5
                packet[:] = last[: len(packet)]
            else:
                last = np.pad(packet, (0, size - len(packet)))
        return _like(audio, samples)

    return drop


def street(seed: int = 0) -> Channel:
    """Traffic 12 dB below the voice: a rumble, in which cars come and go."""
    return _behind(_traffic, seed)


def cafe(seed: int = 0) -> Channel:
    """A cafe 12 dB below the voice: many who talk, and cups."""
    return _behind(_crowd, seed)


def _behind(background: Callable[[np.random.Generator, int, int], npt.NDArray[np.float64]], seed: int) -> Channel:
    def add(audio: Audio) -> Audio:
        power = float(np.mean(np.square(audio.samples, dtype=np.float64))) if len(audio.samples) else 0.0
        if power == 0.0:
            return audio
        found = background(np.random.default_rng([seed, len(audio.samples)]), len(audio.samples), audio.rate)
        loudness = np.sqrt(power / 10 ** (_BEHIND_DB / 10) / max(1e-12, float(np.mean(np.square(found)))))
        return _like(audio, audio.samples + loudness * found)

    return add


def _traffic(random: np.random.Generator, count: int, rate: int) -> npt.NDArray[np.float64]:
    frequencies = np.fft.rfftfreq(count, 1.0 / rate)
    shape = 1.0 / np.maximum(frequencies, 40.0) / (1.0 + (frequencies / 1500.0) ** 2)
    rumble, tyres = (np.fft.irfft(np.fft.rfft(random.standard_normal(count)) * shape**power, count) for power in (1.0, 0.6))
    seconds = np.arange(count) / rate
    near = np.zeros(count)
    for _ in range(1 + int(seconds[-1] if count else 0) // 3):
        near += np.exp(-(((seconds - random.uniform(0, seconds[-1] + 1)) / random.uniform(0.6, 1.5)) ** 2))
    return rumble / (np.std(rumble) or 1.0) + 1.5 * near * tyres / (np.std(tyres) or 1.0)


def _crowd(random: np.random.Generator, count: int, rate: int) -> npt.NDArray[np.float64]:
    talk = _babble(random, count, rate)
    spectrum, frequencies = np.fft.rfft(talk), np.fft.rfftfreq(count, 1.0 / rate)
    talk = np.fft.irfft(spectrum * ((frequencies > 150) & (frequencies < 3_800)), count)
    talk /= np.std(talk) or 1.0
    length = min(count, int(0.15 * rate))
    seconds = np.arange(length) / rate
    for _ in range(count // (2 * rate)):
        at = int(random.integers(0, count - length + 1))
        ring = np.sin(2 * np.pi * random.uniform(2_000, 3_500) * seconds) * np.exp(-40 * seconds)
        talk[at : at + length] += random.uniform(1.0, 2.5) * ring
    return talk


def channel(name: str, seed: int = 0) -> Channel:
    """The channel of that name: parts joined by ``+``, from left to right.

    Parts: ``clean``, ``phone``, ``street``, ``cafe``, ``noise<dB>`` (``noise15``; ``noise-3`` is louder than the voice),
    ``loss<percent>`` (``loss5``).

    Raises:
        SpeechError: a part is unknown.
    """
    parts = [_part(part.strip(), seed) for part in name.split("+")]

    def run(audio: Audio) -> Audio:
        for part in parts:
            audio = part(audio)
        return audio

    return run


def _part(name: str, seed: int) -> Channel:
    if name in ("clean", "phone"):
        return clean if name == "clean" else phone
    if name in ("street", "cafe"):
        return street(seed) if name == "street" else cafe(seed)
    match = re.fullmatch(r"(noise|loss)(-?\d{1,3}(?:\.\d+)?)", name)
    if match is None:
        raise SpeechError(
            f"There is no channel {name!r}. Known: clean, phone, street, cafe, noise<dB>, loss<percent>, joined by '+'."
        )
    number = float(match[2])
    return noise(number, seed) if match[1] == "noise" else packet_loss(number / 100.0, seed)


def _babble(random: np.random.Generator, count: int, rate: int) -> npt.NDArray[np.float64]:
    """Pink noise (power ~ 1/f) from several sources, each swelling and fading a few times a second."""
    frequencies = np.fft.rfftfreq(count, 1.0 / rate)
    shape = 1.0 / np.sqrt(np.maximum(frequencies, 50.0))
    seconds = np.arange(count) / rate
    total = np.zeros(count)
    for _ in range(_BABBLE_VOICES):
        pink = np.fft.irfft(np.fft.rfft(random.standard_normal(count)) * shape, count)
        swell = 1.0 + 0.7 * np.sin(2 * np.pi * random.uniform(1.0, 5.0) * seconds + random.uniform(0, 2 * np.pi))
        total += pink * swell
    return total


def _like(audio: Audio, samples: npt.NDArray[np.floating]) -> Audio:
    """The samples with the length and rate of ``audio``, clipped to [-1, 1]."""
    count = len(audio.samples)
    fitted = np.pad(samples[:count], (0, max(0, count - len(samples))))
    return Audio(np.clip(fitted, -1.0, 1.0).astype(np.float32), audio.rate)
