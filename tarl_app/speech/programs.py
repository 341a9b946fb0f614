"""Voices of programs that are installed beside the app, each much faster than real time: Flite and eSpeak NG.

Flite's four voices (`apt install flite`) sound plain and unlike Pico and Kokoro, which makes recognition that is trained on
them more robust. Those of eSpeak NG (`apt install espeak-ng`) are made by rules and not from recordings. They are for
measuring: no training may hear them, so that there is an engine that no ear knows.
"""

import shutil
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from tarl_app.core.errors import SpeechError
from tarl_app.core.settings import settings
from tarl_app.core.sound.audio import Audio, decode
from tarl_app.speech.pool import Pool, parts

_LONGEST = 60.0  # seconds of computing for one sentence
_WORDS_PER_MINUTE = 175  # eSpeak's own pace


class _Program(ABC):
    """Speaks with a program's built-in voices; ``speed`` 1.0 is the natural pace."""

    name: ClassVar[str]
    voices: ClassVar[tuple[str, ...]]
    title: ClassVar[str]
    program: ClassVar[str]

    def __init__(self, speed: float = 1.0) -> None:
        """Raises ``SpeechError`` where the program is not installed."""
        self.speed = speed
        self.pool = Pool(settings().threads)
        found = shutil.which(self.program)
        if found is None:
            raise SpeechError(
                f"{self.title} is not installed. On Debian or Ubuntu: apt install {self.program}. Or use a Pico voice."
            )
        self.path = found

    def stream(self, text: str, voice: str = "") -> Iterator[Audio]:
        """Each sentence as a sound; raises ``SpeechError`` for an unknown voice."""
        voice = voice or self.voices[0]
        if voice not in self.voices:
            raise SpeechError(f"{self.title} has no voice {voice!r}. Known: {', '.join(self.voices)}.")
        return self._stream(text, voice)

    def _stream(self, text: str, voice: str) -> Iterator[Audio]:
        for sentence in parts(text):
            with tempfile.TemporaryDirectory(prefix=f"{self.name}-") as folder:
                target = Path(folder) / "spoken.wav"
                try:
                    with self.pool.seat(sentence):
                        self._speak(sentence, voice, target)
                    yield decode(target)
                except (OSError, subprocess.SubprocessError) as error:
                    raise SpeechError(f"{self.title} could not say {sentence[:80]!r}: {error}") from error

    @abstractmethod
    def _speak(self, sentence: str, voice: str, target: Path) -> None:
        """Writes the sentence as a WAV file. Nothing in it may be read as an option, or by a shell."""


class Flite(_Program):
    """CMU Flite (its own BSD-like licence)."""

    name, program, title = "flite", "flite", "Flite"
    voices = ("rms", "slt", "awb", "kal16")

    def _speak(self, sentence: str, voice: str, target: Path) -> None:
        options = ["-voice", voice, "--setf", f"duration_stretch={1 / self.speed:.3f}"]
        command = [self.path, *options, "-t", sentence, "-o", str(target)]
        subprocess.run(command, check=True, capture_output=True, timeout=_LONGEST)


class Espeak(_Program):
    """eSpeak NG (GPL-3.0-or-later), run as a program; nothing of it is part of the app. For measuring only."""

    name, program, title = "espeak", "espeak-ng", "eSpeak NG"
    voices = ("en-us", "en-gb")

    def _speak(self, sentence: str, voice: str, target: Path) -> None:
        pace = f"{_WORDS_PER_MINUTE * self.speed:.0f}"
        command = [self.path, "-v", voice, "-s", pace, "--stdin", "-w", str(target)]
        subprocess.run(command, input=sentence.encode(), check=True, capture_output=True, timeout=_LONGEST)
