"""Changes of sampling rate."""

from math import gcd

import numpy as np

from tarl_app.core.errors import SpeechError
from tarl_app.core.sound.audio import Audio
from tarl_app.core.sound.files import RATES


def prepare() -> None:
    """Imports what resampling needs, which takes a second: nobody who speaks waits for it then."""
    from scipy.signal import resample_poly  # noqa: F401


def resample(audio: Audio, rate: int) -> Audio:
    """The sound at ``rate`` Hz, band-limited by a polyphase filter; the same object if it has that rate already.

    Raises:
        SpeechError: the sound has values that are not finite, or an invalid rate.
    """
    if not 0 < audio.rate <= RATES[1]:  # larger rates without a common factor would make a filter of millions of taps
        raise SpeechError(f"A sound with {audio.rate:,} samples a second cannot be used.")
    if not np.isfinite(audio.samples).all():
        raise SpeechError("This sound holds values that are not numbers.")
    if audio.rate == rate or not len(audio.samples):
        return Audio(audio.samples, rate)
    from scipy.signal import resample_poly  # here: it takes a second to import

    divisor = gcd(audio.rate, rate)
    samples = resample_poly(audio.samples, rate // divisor, audio.rate // divisor)
    return Audio(np.clip(samples, -1.0, 1.0).astype(np.float32), rate)
