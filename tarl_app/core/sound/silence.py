"""The silence before and after what a voice says."""

import numpy as np
import numpy.typing as npt

from tarl_app.core.sound.audio import Audio

SILENT = 0.01
"""Loudness up to which a sample is silence."""
_ONSET = 0.01  # seconds kept before the first loud sample: consonants begin softly


def trimmed(sound: Audio) -> Audio:
    """The sound without the silence at both ends."""
    loud = _loud(sound)
    return Audio(sound.samples[loud[0] : loud[-1] + 1], sound.rate) if len(loud) else sound


def without_lead(sound: Audio) -> Audio:
    """The sound from shortly before its first loud sample: voices begin with up to 0.2 s of silence. Silence stays as it
    is.
    """
    loud = _loud(sound)
    first = max(0, int(loud[0]) - round(_ONSET * sound.rate)) if len(loud) else 0
    return Audio(sound.samples[first:], sound.rate)


def _loud(sound: Audio) -> npt.NDArray[np.intp]:
    return np.flatnonzero(np.abs(sound.samples) > SILENT)
