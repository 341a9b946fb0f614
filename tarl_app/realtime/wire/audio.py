"""Sound as it goes over the wire: 16-bit PCM at 24 kHz, or G.711 at 8 kHz, in base64."""

import base64
import binascii
import io
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
import soundfile

from tarl_app.core.errors import EventRefused
from tarl_app.core.sound.audio import Audio
from tarl_app.speech.resample import resample

FormatName = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]


@dataclass(frozen=True)
class Format:
    """A format of the wire: ``rate`` in Hz, ``size`` bytes a sample, ``subtype`` is libsndfile's name."""

    name: FormatName
    rate: int
    size: int
    subtype: str

    @property
    def shown(self) -> dict[str, object]:
        """As in a session's configuration."""
        return {"type": self.name, "rate": self.rate} if self.name == "audio/pcm" else {"type": self.name}

    def milliseconds(self, data: bytes) -> float:
        """The duration of those bytes."""
        return 1000 * len(data) / self.size / self.rate


FORMATS: dict[FormatName, Format] = {
    "audio/pcm": Format("audio/pcm", 24_000, 2, "PCM_16"),
    "audio/pcmu": Format("audio/pcmu", 8_000, 1, "ULAW"),
    "audio/pcma": Format("audio/pcma", 8_000, 1, "ALAW"),
}
PCM = FORMATS["audio/pcm"]


def from_base64(text: str, param: str = "audio") -> bytes:
    """The bytes; raises ``EventRefused``."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EventRefused("invalid_value", "This sound is not valid base64: send it again, encoded anew.", param) from error


def decode(data: bytes, form: Format) -> npt.NDArray[np.float32]:
    """Samples of shape [n] in [-1, 1]; raises ``EventRefused`` for half a sample."""
    if len(data) % form.size:
        text = f"This sound has {len(data)} bytes, but a sample of {form.name} has {form.size}: send whole samples."
        raise EventRefused("invalid_value", text, "audio")
    if not data:
        return np.zeros(0, dtype=np.float32)
    endian = "LITTLE" if form.size > 1 else "FILE"
    samples, _ = soundfile.read(
        io.BytesIO(data),
        dtype="float32",
        format="RAW",
        subtype=form.subtype,
        samplerate=form.rate,
        channels=1,
        endian=endian,
    )
    return cast(Any, samples)


def encode(audio: Audio, form: Format) -> bytes:
    """The sound in that format, resampled."""
    sound = resample(audio, form.rate)
    if not len(sound.samples):
        return b""
    buffer = io.BytesIO()
    endian = "LITTLE" if form.size > 1 else "FILE"
    soundfile.write(buffer, sound.samples, form.rate, format="RAW", subtype=form.subtype, endian=endian)
    return buffer.getvalue()


def pieces(data: bytes, form: Format, milliseconds: int) -> list[str]:
    """Base64 of pieces that are at most that long."""
    size = form.rate * milliseconds // 1000 * form.size
    return [base64.b64encode(data[at : at + size]).decode("ascii") for at in range(0, len(data), size)]
