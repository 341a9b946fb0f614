"""Sound as a value, and its files: mono 16-bit WAV, named by content under ``Settings.audio``."""

import hashlib
import io
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt
import soundfile

from tarl_app.core.errors import SpeechError
from tarl_app.core.settings import settings
from tarl_app.core.sound import files as sound_files
from tarl_app.core.sound import files_apart as sound_files_apart
from tarl_app.core.sound.files import LONGEST
from tarl_app.core.types import AudioRef

_LONGEST_NAME = 80  # characters
LARGEST_BROUGHT = 50_000_000
"""Most bytes of a sound that is copied out of a run's folder."""


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


def decode(
    data: bytes | Path, name: str = "", *, longest: float = LONGEST, rate: int | None = None, apart: bool = False
) -> Audio:
    """Reads a sound file (WAV, FLAC, OGG, MP3, M4A, WebM ...) as mono, at ``rate`` or its own up to 48 kHz.

    All sound from outside is read here. The header is checked first, and at most ``longest`` seconds are held in
    memory. ``name`` is used in messages (default: the file's own name). ``apart`` decodes in a separate process with a
    memory and a time limit; formats that need FFmpeg always are.

    Raises:
        SoundTooLong: it is longer than ``longest`` seconds.
        SpeechError: the bytes are no sound file, or one with an absurd rate, number of channels or length.
    """
    shown = _shown(name or (data.name if isinstance(data, Path) else "This sound file"))
    try:
        with io.BytesIO(data) if isinstance(data, bytes) else data.open("rb") as file:
            apart = apart or bool(sound_files.container(file.read(16)))
            file.seek(0)
            read = sound_files_apart.read if apart else sound_files.read
            return Audio(*read(file, shown, longest, rate))
    except OSError as error:
        raise SpeechError(f"{shown} cannot be read: {error.strerror or 'its file is not readable'}.") from error


def _shown(name: str) -> str:
    """A file's name, fit to be quoted in a message."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[: _LONGEST_NAME - 1]}…"


def reference(audio: Audio) -> AudioRef:
    """What ``save`` would answer; nothing is stored."""
    digest = hashlib.sha256(audio.wav()).hexdigest()
    return AudioRef(path=f"{digest[:2]}/{digest}.wav", seconds=round(audio.seconds, 3), sample_rate=audio.rate)


def save(audio: Audio, folder: Path | None = None) -> AudioRef:
    """Stores the sound once, named by its content; a half-written file never has that name."""
    root = folder or settings().audio
    data = audio.wav()
    digest = hashlib.sha256(data).hexdigest()
    path = _place(root, digest)
    if not path.exists():
        _write(path, io.BytesIO(data))
    return AudioRef(path=str(path.relative_to(root)), seconds=round(audio.seconds, 3), sample_rate=audio.rate)


class Recorder:
    """A sound that is recorded piece by piece on disk, so that it takes no memory."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._sound: soundfile.SoundFile | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was added."""
        return self._sound is None

    def add(self, piece: Audio) -> None:
        """Appends a piece, at the rate of the first one. Raises ``SpeechError`` when the disk cannot take it."""
        try:
            if self._sound is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by ``close``; it has no name to be left behind
                self._sound = soundfile.SoundFile(self._file, "w", piece.rate, 1, "PCM_16", format="WAV")
            self._sound.write(piece.samples)
        except (soundfile.LibsndfileError, OSError) as error:
            raise SpeechError(f"The sound cannot be kept: {_why(error)}") from error

    def keep(self, folder: Path | None = None) -> AudioRef:
        """Stores what was added, as ``save`` would, and closes. Raises ``SpeechError`` like ``add``, and when empty."""
        if self._sound is None or self._file is None:
            raise SpeechError("There is no sound to keep.")
        root, rate, frames = folder or settings().audio, self._sound.samplerate, self._sound.frames
        try:
            self._sound.close()
            self._file.seek(0)
            digest = hashlib.file_digest(cast(Any, self._file), "sha256").hexdigest()
            path = _place(root, digest)
            if not path.exists():
                self._file.seek(0)
                _write(path, self._file)
        except (soundfile.LibsndfileError, OSError) as error:
            raise SpeechError(f"The sound cannot be kept: {_why(error)}") from error
        finally:
            self.close()
        return AudioRef(path=str(path.relative_to(root)), seconds=round(frames / rate, 3), sample_rate=rate)

    def close(self) -> None:
        """Deletes what was added and not kept."""
        with suppress(soundfile.LibsndfileError, OSError):
            if self._sound is not None:
                self._sound.close()
        if self._file is not None:
            self._file.close()
        self._sound = self._file = None


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or "its disk may be full."


def _place(root: Path, digest: str) -> Path:
    return root / digest[:2] / f"{digest}.wav"


def bring(ref: AudioRef, source: Path | None = None, target: Path | None = None) -> None:
    """Copies a sound of the audio folder ``source`` into ``target``, unless it is there already.

    Raises:
        SpeechError: as ``locate``, or the content does not match the name (the folder may come from elsewhere).
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
    _write(copy, io.BytesIO(data))


def _write(path: Path, data: IO[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        shutil.copyfileobj(data, file)
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


def load(ref: AudioRef, folder: Path | None = None, longest: float = LONGEST) -> Audio:
    """Reads a stored sound; raises ``SpeechError`` like ``locate`` and ``decode``."""
    return decode(locate(ref, folder), "This recording", longest=longest)
