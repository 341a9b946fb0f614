import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.sound.audio import Audio
from tarl_app.core.sound.silence import SILENT, trimmed, without_lead

SAMPLES = st.lists(st.sampled_from([0.0, 0.005, 0.01, 0.02, -0.5]), max_size=800)


@given(SAMPLES)
def test_nothing_loud_is_lost_and_at_most_ten_milliseconds_of_silence_stay_before_it(samples: list[float]) -> None:
    sound = Audio(np.array(samples, np.float32), 8_000)
    cut = without_lead(sound)
    assert (sound.samples[len(sound.samples) - len(cut.samples) :] == cut.samples).all()
    loud, left = (np.flatnonzero(np.abs(one.samples) > SILENT) for one in (sound, cut))
    assert len(loud) == len(left)
    if len(loud):
        assert left[0] == min(loud[0], 80)
    else:
        assert len(cut.samples) == len(sound.samples)


@given(SAMPLES)
def test_a_trimmed_sound_begins_and_ends_loud(samples: list[float]) -> None:
    cut = np.abs(trimmed(Audio(np.array(samples, np.float32), 8_000)).samples)
    if (cut > SILENT).any():
        assert cut[0] > SILENT
        assert cut[-1] > SILENT
