"""Reads untrusted sound files within bounds: first the header, then blocks that are mixed down and resampled as they
come.

A file of a few hundred kilobytes can claim days of sound, or hold hours of silence in eight channels, so it is never
decoded into memory as a whole. This module needs nothing of the rest of the app, so that it starts fast in a separate
process (``tarl_app.core.sound.files_apart``). WAV, FLAC, OGG and MP3 are libsndfile's; M4A, AAC, 3GP and WebM, as
phones and browsers record, are FFmpeg's (``docs/decisions/foreign-sound.md``).
"""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from tarl_app.core.errors import SoundTooLong, SpeechError

RATES = (4_000, 192_000)
"""Accepted sampling rates in Hz, lowest and highest."""
MOST_CHANNELS = 8
HIGHEST_RATE = 48_000
"""Sound at a higher rate in Hz is resampled to this one."""
LONGEST = 600.0
"""Default limit in seconds."""
CONVERT = "Convert it first, for example with: ffmpeg -i SOUND -ac 1 -ar 16000 SOUND.wav"

_BLOCK = 1 << 18  # samples of all channels together that are decoded at a time
_UNKNOWN = 1 << 62  # frames; libsndfile's answer for a file that does not say
_SLACK = 0.1  # seconds: coders pad the last block
_CODECS = ("aac", "alac", "amrnb", "amrwb", "flac", "mp3", "opus", "vorbis", "pcm_s16le", "pcm_s16be", "pcm_f32le")

Samples = npt.NDArray[np.float32]


def container(head: bytes) -> str:
    """FFmpeg's name of a file's format by its first 16 bytes; empty for formats that libsndfile reads."""
    if head[4:8] == b"ftyp":
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if head.startswith(b"#!AMR"):
        return "amr"
    adts = len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0  # MPEG audio has other bits for its layer
    return "aac" if adts else ""


def read(file: BinaryIO, name: str, longest: float = LONGEST, rate: int | None = None) -> tuple[Samples, int]:
    """The sound as mono, float32 of shape [n] in [-1, 1], and its rate: ``rate``, or the file's own up to 48 kHz.

    ``file`` is open and at its beginning; ``name`` is what messages call it; ``longest`` is in seconds.

    Raises:
        SoundTooLong: it claims, or turns out, to be longer than that.
        SpeechError: it is not a sound file, is damaged, or has an implausible rate or number of channels.
    """
    head = file.read(16)
    file.seek(0)
    kind = container(head)
    sink = _Sink(name, longest, rate)
    for block in _by_ffmpeg(file, kind, sink) if kind else _by_libsndfile(file, sink):
        sink.add(block)
    return sink.finish()


class _Sink:
    """Collects blocks of a sound as one channel, at the requested rate, up to the limit."""

    def __init__(self, name: str, longest: float, rate: int | None) -> None:
        self.name, self.longest, self.wanted = name, longest, rate
        self.rate = 0  # of the file
        self._taken = 0  # frames of the file
        self._kept: list[Samples] = []
        self._resampler = None

    def admit(self, rate: int, channels: int, frames: float | None) -> None:
        """Checks the header; ``frames`` is None if it does not give the length. Raises like ``read``."""
        low, high = RATES
        if not low <= rate <= high:
            raise SpeechError(f"{self.name} has {rate:,} samples a second; {low:,} to {high:,} can be read. {CONVERT}")
        if not 1 <= channels <= MOST_CHANNELS:
            raise SpeechError(f"{self.name} has {channels:,} channels; {MOST_CHANNELS} at most can be read. {CONVERT}")
        if frames is not None and frames > (self.longest + _SLACK) * rate:
            raise SoundTooLong(f"{self.name} is {frames / rate:,.0f} s long; {self.longest:,.0f} s are allowed.")
        if self.rate == rate:
            return
        if self._taken:
            raise SpeechError(f"{self.name} changes its sampling rate midway. {CONVERT}")
        self.rate = rate
        self.target = self.wanted or min(rate, HIGHEST_RATE)
        if self.target != rate:
            import soxr

            self._resampler = soxr.ResampleStream(rate, self.target, 1, dtype="float32")

    def add(self, block: Samples) -> None:
        """A block [n, channels] as it was decoded. Raises like ``read``."""
        self._taken += len(block)
        if self._taken > (self.longest + _SLACK) * self.rate:
            raise SoundTooLong(f"{self.name} is longer than the {self.longest:,.0f} s that are allowed.")
        with np.errstate(over="ignore", invalid="ignore"):
            mono = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)
        if not np.isfinite(mono).all():
            raise SpeechError(f"{self.name} holds values that are not numbers. {CONVERT}")
        self._keep(np.clip(mono, -1.0, 1.0), last=False)

    def finish(self) -> tuple[Samples, int]:
        """All that was kept, and its rate."""
        if not self.rate:
            raise broken(self.name)
        self._keep(np.zeros(0, np.float32), last=True)
        kept, self._kept = self._kept, []
        return np.concatenate(kept)[: int(self.longest * self.target)], self.target

    def _keep(self, mono: Samples, last: bool) -> None:
        if self._resampler is not None:
            mono = np.clip(self._resampler.resample_chunk(mono, last=last), -1.0, 1.0)
        self._kept.append(np.ascontiguousarray(mono, dtype=np.float32))


def broken(name: str) -> SpeechError:
    """The error for a file that cannot be read."""
    return SpeechError(
        f"{name} cannot be read: it is damaged, or no sound that is known here. Try a WAV, FLAC, OGG, MP3 or M4A file."
    )


def _by_libsndfile(file: BinaryIO, sink: _Sink) -> Iterator[Samples]:
    try:
        with soundfile.SoundFile(file) as sound:
            frames = None if sound.frames >= _UNKNOWN else sound.frames
            sink.admit(sound.samplerate, sound.channels, frames)
            size = max(1, _BLOCK // sound.channels)
            while len(block := sound.read(size, dtype="float32", always_2d=True)):
                yield np.asarray(block, dtype=np.float32)
    except (soundfile.LibsndfileError, OSError, TypeError, ValueError, OverflowError) as error:  # TypeError: a .raw file
        raise broken(sink.name) from error


def _by_ffmpeg(file: BinaryIO, kind: str, sink: _Sink) -> Iterator[Samples]:
    try:
        import av
        from av.error import FFmpegError
    except ImportError as error:
        raise SpeechError(f"{sink.name} is of a kind that cannot be read here. {CONVERT}") from error
    # A hostile file may refer to other files, or need rarely used decoders: neither is allowed.
    options = {"protocol_whitelist": "none", "format_whitelist": kind, "codec_whitelist": ",".join(_CODECS)}
    try:
        with av.open(file, mode="r", format=kind, options=options, metadata_errors="ignore") as opened:
            if not opened.streams.audio:
                raise SpeechError(f"{sink.name} holds no sound.")
            stream = opened.streams.audio[0]
            if stream.codec_context is None or stream.codec_context.name not in _CODECS:
                raise broken(sink.name)
            seconds = opened.duration / av.time_base if opened.duration else None
            if stream.sample_rate:
                frames = None if seconds is None else seconds * stream.sample_rate
                sink.admit(stream.sample_rate, stream.channels, frames)
            plain = av.AudioResampler(format="fltp")
            for frame in opened.decode(stream):
                for part in plain.resample(frame):
                    sink.admit(part.sample_rate, part.layout.nb_channels, None)
                    yield np.asarray(part.to_ndarray(), dtype=np.float32).T
    except (FFmpegError, OSError, ValueError, TypeError, OverflowError) as error:
        raise broken(sink.name) from error
