"""Flite: four more English voices, much faster than real time, where the program is installed.

`apt install flite`. They sound plain and unlike Pico and Kokoro, which makes recognition that is trained on them more
robust.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tarl_app.core.audio import Audio, decode
from tarl_app.core.errors import SpeechError
from tarl_app.core.settings import settings
from tarl_app.speech.pool import Pool, parts

_LONGEST = 60.0  # seconds of computing for one sentence


class Flite:
    """Speaks with the program's built-in voices; ``speed`` 1.0 is the natural pace."""

    name = "flite"
    voices: tuple[str, ...] = ("rms", "slt", "awb", "kal16")

    def __init__(self, speed: float = 1.0) -> None:
        """Raises ``SpeechError`` where the program is not installed."""
        self.speed = speed
        self.pool = Pool(settings().threads)
        self.program = shutil.which("flite")
        if self.program is None:
            raise SpeechError("Flite is not installed. On Debian or Ubuntu: apt install flite. Or use a Pico voice.")

    def stream(self, text: str, voice: str = "rms") -> Iterator[Audio]:
        """Each sentence as 16 kHz sound; raises ``SpeechError`` for an unknown voice."""
        if voice not in self.voices:
            raise SpeechError(f"Flite has no voice {voice!r}. Known: {', '.join(self.voices)}.")
        return self._stream(text, voice)

    def _stream(self, text: str, voice: str) -> Iterator[Audio]:
        for sentence in parts(text):
            with tempfile.TemporaryDirectory(prefix="flite-") as folder:
                target = Path(folder) / "spoken.wav"
                options = ["-voice", voice, "--setf", f"duration_stretch={1 / self.speed:.3f}"]
                # the sentence is one argument behind -t, so nothing in it is read as an option or by a shell
                command = [str(self.program), *options, "-t", sentence, "-o", str(target)]
                try:
                    with self.pool.seat(sentence):
                        subprocess.run(command, check=True, capture_output=True, timeout=_LONGEST)
                    yield decode(target)
                except (OSError, subprocess.SubprocessError) as error:
                    raise SpeechError(f"Flite could not say {sentence[:80]!r}: {error}") from error
