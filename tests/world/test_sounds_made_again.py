"""Sounds for the ear that were made of other words than those of today are not trained on, and are made again."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from tarl_app.core.errors import ConfigError
from tarl_app.language.text_normalization.spoken_form import speakable
from tarl_app.recipes.omni_mini.data.dataset import Pack, Speech, Utterance, digest
from tarl_app.recipes.omni_mini.stages.speak import speak

TEXT, VOICE = "No. I meant the blue one.", "pico:en-US"


def shard(folder: Path, of: str | None) -> Path:
    """A pack of one sentence, and a sound of it that says it is of ``of``."""
    Pack((), (Utterance(TEXT, VOICE, (1,)),)).save(folder)
    stored = {"samples": np.zeros(9, np.int16), "lengths": np.array([9]), "index": np.array([0])}
    np.savez(folder / "speech-0000.npz", **stored, **({} if of is None else {"of": np.array(of)}))
    return folder / "speech-0000.npz"


def of(*row: object) -> str:
    return hashlib.sha256(json.dumps([list(row)]).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    "made_of",
    [None, of(0, TEXT, VOICE), of(0, TEXT, "number I meant the blue one.", VOICE)],
    ids=["nobody knows what", "the text alone", "other words"],
)
def test_a_sound_of_other_words_is_refused_and_made_again(tmp_path: Path, made_of: str | None) -> None:
    path = shard(tmp_path, made_of)
    with pytest.raises(ConfigError, match="run speak again"):
        Speech(tmp_path)
    speak(tmp_path, 1)
    assert len(Speech(tmp_path)[0]) > 1000
    made = path.stat().st_mtime_ns
    speak(tmp_path, 1)
    assert path.stat().st_mtime_ns == made


def test_a_sound_of_the_words_of_today_is_kept(tmp_path: Path) -> None:
    assert digest([(0, TEXT, VOICE)]) == of(0, TEXT, speakable(TEXT), VOICE)
    shard(tmp_path, digest([(0, TEXT, VOICE)]))
    assert len(Speech(tmp_path)[0]) == 9
