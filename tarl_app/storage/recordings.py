"""Recordings that people gave of their own voice: WAV files, and a list of what is said in them (``benchmarks/hearing.py``).

Nothing comes here but by the speaker's own choice. Whoever gave a recording has a code with which it can be taken back; its
file is named by a digest of that code, so that the files can be passed on without it.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from tarl_app.core.characters import whole
from tarl_app.core.errors import SpeechError, StorageError
from tarl_app.core.sound import audio
from tarl_app.core.types import AudioRef

LICENCE = "CC BY 4.0"
"""Under which a recording and its words are given."""
LIST = "recordings.tsv"
"""A line for each recording: its file, a tab, and what is said in it."""
MOST = 10_000
"""Recordings that one folder takes: a page that anybody may visit must not fill the disk."""
LONGEST = 300
"""Characters of what is said."""


class Recordings:
    """The folder; several threads and processes may share it. Methods raise ``StorageError`` in words for the speaker."""

    def __init__(self, folder: Path, sounds: Path | None = None, most: int = MOST) -> None:
        """``folder`` is created with the first recording, and takes at most ``most``; ``sounds``: where the sounds lie
        (default ``Settings.audio``).
        """
        self.folder, self._sounds, self._most = folder, sounds, most

    def give(self, sound: AudioRef, said: str) -> str:
        """Keeps a copy of the sound with its words, and returns the code with which it can be taken back."""
        words = " ".join(whole(said).split())
        if not words or not words.isprintable():
            raise StorageError("Write down what you said, word for word.")
        if len(words) > LONGEST:
            raise StorageError(f"Give a shorter recording: its words may have {LONGEST} characters, not {len(words)}.")
        code = secrets.token_urlsafe(12)
        with self._lock():
            listed = self._listed()
            if len(listed) >= self._most:
                raise StorageError("Thank you, but there are as many recordings here as can be kept.")
            try:
                data = audio.locate(sound, self._sounds).read_bytes()
                _write(self.folder / _name(code), data)
                self._list({**listed, _name(code): words})
            except SpeechError as error:
                raise StorageError("The recording could not be kept: its sound is not there any more.") from error
            except OSError as error:
                raise StorageError(f"The recording could not be kept: {_why(error)}.") from error
        return code

    def take_back(self, code: str) -> None:
        """Deletes the recording that was given with that code."""
        with self._lock():
            listed = self._listed()
            if _name(code) not in listed:
                raise StorageError("There is no recording with that code: it was taken back before, or is another one.")
            del listed[_name(code)]
            try:
                self._list(listed)
                (self.folder / _name(code)).unlink(missing_ok=True)
            except OSError as error:
                raise StorageError(f"The recording could not be deleted: {_why(error)}.") from error

    @contextmanager
    def _lock(self) -> Iterator[None]:
        lock = FileLock(self.folder / ".lock")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            raise StorageError(f"Recordings cannot be kept here: {_why(error)}.") from error
        try:
            yield
        finally:
            lock.release()

    def _listed(self) -> dict[str, str]:
        """Words by file."""
        path = self.folder / LIST
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        except OSError as error:
            raise StorageError(f"The list of recordings cannot be read: {_why(error)}.") from error
        except UnicodeError as error:
            raise StorageError("The list of recordings cannot be read: it is no UTF-8.") from error
        return {name: words for name, tab, words in (line.partition("\t") for line in lines) if tab}

    def _list(self, listed: dict[str, str]) -> None:
        text = "".join(f"{name}\t{words}\n" for name, words in listed.items())
        _write(self.folder / LIST, text.encode())


def _why(error: OSError) -> str:
    """Without the path, which is none of a visitor's business."""
    return error.strerror or type(error).__name__


def _name(code: str) -> str:
    return f"{hashlib.sha256(code.strip().encode(errors='replace')).hexdigest()[:24]}.wav"


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    part = path.with_suffix(".part")
    part.write_bytes(data)
    os.replace(part, path)
