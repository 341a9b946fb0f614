"""Whisper's own decoder on its encoder's states, of the Whispers that can be a tower (``adapters.PARTS``)."""

import ctranslate2
import numpy as np
import pytest

from tarl_app import assets
from tarl_app.agents.omni.audio.attention_decoder import AttentionDecoder
from tarl_app.agents.omni.audio.encoder_input import log_mel
from tarl_app.agents.omni.model.adapters import PARTS
from tarl_app.core.sound.audio import Audio
from tarl_app.speech import load_voice

pytestmark = pytest.mark.slow
SAID = "I would like to return the lamp."
FRAMES = 3000  # of a window of 30 s


@pytest.mark.parametrize("whisper", [whisper for _, whisper in PARTS.values()])
def test_a_sentence_is_written_and_its_words_are_likelier_than_others(whisper: str) -> None:
    folder = assets.fetch(whisper)
    encoder = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="int8", intra_threads=1)

    def states(sound: Audio) -> np.ndarray:
        mel = log_mel(sound, 80).numpy()
        padded = np.full((1, 80, FRAMES), mel.min(), np.float32)
        padded[0, :, : mel.shape[1]] = mel[:, :FRAMES]
        return np.array(encoder.encode(ctranslate2.StorageView.from_array(padded), to_cpu=True))[0].astype(np.float32)

    sound = load_voice("pico:en-US").say(SAID)
    decoder = AttentionDecoder(folder, states(Audio(np.zeros(sound.rate, np.float32), sound.rate)))
    spoken = states(sound)[: round(50 * sound.seconds)]
    assert decoder.write(spoken).rstrip(".").lower() == SAID.rstrip(".").lower()
    right, wrong = decoder.word_scores(spoken, [SAID, SAID.replace("lamp", "shoe")])
    assert right[-1] > wrong[-1]
