"""Sound as a value, and its files: mono 16-bit WAV, named by content under ``Settings.audio``."""

import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from tarl_app.errors import SpeechError
from tarl_app.settings import settings
from tarl_app.types import AudioRef

LARGEST_BROUGHT = 50_000_000
"""Bytes of a sound that is taken out of a run's folder."""


@dataclass(frozen=True, eq=False)
class Audio:
    """Mono sound: ``samples`` is float32 of shape [n] in [-1, 1] at ``rate`` Hz."""

    samples: npt.NDArray[np.float32]
    rate: int

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.samples) / self.rate

    def wav(self) -> bytes:
        """The sound as the bytes of a 16-bit WAV file."""
        buffer = io.BytesIO()
        soundfile.write(buffer, self.samples, self.rate, format="WAV", subtype="PCM_16")
        return buffer.getvalue()


def decode(data: bytes | Path) -> Audio:
    """Reads a WAV, FLAC, OGG or MP3 file as mono.

    Raises:
        SpeechError: the bytes are not a sound file.
    """
    try:
        samples, rate = soundfile.read(
            io.BytesIO(data) if isinstance(data, bytes) else data, dtype="float32", always_2d=True
        )
    except (soundfile.LibsndfileError, OSError) as error:
        raise SpeechError(f"This sound file cannot be read ({error}). Try a WAV, FLAC, OGG or MP3 file.") from error
    return Audio(np.ascontiguousarray(samples.mean(axis=1), dtype=np.float32), rate)


def save(audio: Audio, folder: Path | None = None) -> AudioRef:
    """Stores the sound once under its content's name; a half-written file never carries that name."""
    root = folder or settings().audio
    data = audio.wav()
    digest = hashlib.sha256(data).hexdigest()
    path = root / digest[:2] / f"{digest}.wav"
    if not path.exists():
        _write(path, data)
    return AudioRef(path=str(path.relative_to(root)), seconds=round(audio.seconds, 3), sample_rate=audio.rate)


def bring(ref: AudioRef, source: Path | None = None, target: Path | None = None) -> None:
    """Puts a sound of the audio folder ``source`` into ``target``, too, unless it is there.

    Raises:
        SpeechError: as ``locate``, or it is not the sound that its name says: the folder may be a stranger's.
        OSError: ``target`` cannot be written.
    """
    sound, copy = locate(ref, source), (target or settings().audio) / ref.path
    if copy.exists():
        return
    with sound.open("rb") as file:
        data = file.read(LARGEST_BROUGHT + 1)
    digest = hashlib.sha256(data).hexdigest()
    if len(data) > LARGEST_BROUGHT or ref.path != f"{digest[:2]}/{digest}.wav":
        raise SpeechError(f"The sound {ref.path} is not what its name says.")
    _write(copy, data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(temporary, path)


def locate(ref: AudioRef, folder: Path | None = None) -> Path:
    """The file of a reference.

    Raises:
        SpeechError: the reference points outside the audio folder, or its file is gone.
    """
    root = (folder or settings().audio).resolve()
    path = (root / ref.path).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise SpeechError(f"The sound {ref.path} is not in {root}.")
    return path


def load(ref: AudioRef, folder: Path | None = None) -> Audio:
    """Reads a stored sound; raises ``SpeechError`` like ``locate`` and ``decode``."""
    return decode(locate(ref, folder))
