"""Foreign sound files are refused or read within bounds of memory and time, whatever their headers claim."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.core.errors import SoundTooLong, SpeechError
from tarl_app.core.settings import settings as app_settings
from tarl_app.core.sound import audio
from tarl_app.core.sound import files_apart as sound_files_apart
from tarl_app.core.sound.files import container, read
from tarl_app.speech.resample import resample
from tarl_app.ui.components import inputs

ROOT = Path(__file__).parents[2]
MEGABYTE = 1 << 20


def tone(seconds: float, rate: int) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def encoded(kind: str, seconds: float = 1.0, rate: int = 16_000) -> bytes:
    buffer = io.BytesIO()
    subtype = {"OGG": "VORBIS", "MP3": "MPEG_LAYER_III"}.get(kind)
    soundfile.write(buffer, tone(seconds, rate), rate, format=kind, subtype=subtype)
    return buffer.getvalue()


def by_ffmpeg(kind: str, codec: str, seconds: float = 1.0, rate: int = 48_000) -> bytes:
    """As phones (m4a, 3gp) and browsers (webm) record."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        size = 960 if codec == "libopus" else 1024
        sound = tone(seconds, rate)
        for at in range(0, len(sound), size):
            frame = av.AudioFrame.from_ndarray(sound[None, at : at + size].copy(), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate, at
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def silence(path: Path, seconds: int, rate: int, channels: int, claimed: int | None = None) -> Path:
    """A FLAC file of silence, written a second at a time; ``claimed`` replaces its header's 36 bits of length (0: none)."""
    second = np.zeros((rate, channels), np.int16)
    with soundfile.SoundFile(path, "w", rate, channels, "PCM_16", format="FLAC") as file:
        for _ in range(seconds):
            file.write(second)
    return path if claimed is None else claim(path, claimed)


def claim(path: Path, claimed: int) -> Path:
    data = bytearray(path.read_bytes())
    data[21] = data[21] & 0xF0 | claimed >> 32  # 4 bytes magic, 4 of the block's header, 13 into STREAMINFO
    data[22:26] = (claimed & 0xFFFFFFFF).to_bytes(4, "big")
    path.write_bytes(data)
    return path


@pytest.fixture(scope="session")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bombs")
    ninety = silence(folder / "ninety minutes.flac", 90 * 60, 8_000, 1)
    unsaid = folder / "does not say.flac"
    unsaid.write_bytes(ninety.read_bytes())
    wide = silence(folder / "eight channels.flac", 20, 192_000, 8)
    return {
        "ninety minutes": ninety,
        "ninety minutes that it does not say": claim(unsaid, 0),
        "eight channels at 192 kHz": wide,
        "2^36 samples": silence(folder / "claims.flac", 1, 16_000, 1, claimed=(1 << 36) - 1),
    }


REPORT = """
import json, pathlib, sys, time
from tarl_app.core.sound import audio
from tarl_app.core.errors import SpeechError
def status(key):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) / 1024
before, began = status("VmHWM"), time.perf_counter()
try:
    told = audio.decode(pathlib.Path(sys.argv[1]), longest=60.0).seconds
except SpeechError as error:
    told = str(error)
print(json.dumps({"told": told, "grew": status("VmHWM") - before, "took": time.perf_counter() - began}))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ninety minutes", "ninety minutes.flac is 5,400 s long; 60 s are allowed."),
        ("ninety minutes that it does not say", "does not say.flac is longer than the 60 s that are allowed."),
        ("eight channels at 192 kHz", 20.0),
        ("2^36 samples", "claims.flac is 4,294,967 s long; 60 s are allowed."),
    ],
)
def test_a_small_file_that_becomes_a_huge_sound_takes_little_memory(bombs: dict[str, Path], name: str, told: object) -> None:
    assert bombs[name].stat().st_size < MEGABYTE
    done = subprocess.run([sys.executable, "-c", REPORT, bombs[name]], capture_output=True, text=True, check=True, cwd=ROOT)
    found = json.loads(done.stdout)
    assert found["told"] == told
    assert found["grew"] < 60  # MB; twenty seconds of those eight channels alone are 123


def test_an_absurd_rate_or_count_of_channels_is_refused(tmp_path: Path) -> None:
    odd, many = tmp_path / "odd rate.wav", tmp_path / "many.wav"
    soundfile.write(odd, tone(1, 16_000), 999_983)
    soundfile.write(many, np.zeros((100, 64), np.float32), 16_000)
    with pytest.raises(SpeechError, match=r"^odd rate\.wav has 999,983 samples a second; 4,000 to 192,000"):
        audio.decode(odd)
    with pytest.raises(SpeechError, match=r"^many\.wav has 64 channels; 8 at most"):
        audio.decode(many)
    with pytest.raises(SpeechError, match="999,983 samples a second"):
        resample(audio.Audio(np.zeros(99, np.float32), 999_983), 16_000)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_what_was_read_before_is_read_still(kind: str) -> None:
    sound = audio.decode(encoded(kind))
    assert sound.rate == 16_000
    assert sound.seconds == pytest.approx(1.0, abs=0.1)
    assert np.abs(sound.samples).max() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(("kind", "codec"), [("ipod", "aac"), ("3gp", "aac"), ("adts", "aac"), ("webm", "libopus")])
def test_what_phones_and_browsers_record_is_read(tmp_path: Path, kind: str, codec: str) -> None:
    path = tmp_path / "Neue Aufnahme 3.m4a"
    path.write_bytes(by_ffmpeg(kind, codec))
    sound = inputs.recording(path)
    assert sound.rate == 16_000
    assert sound.seconds == pytest.approx(1.0, abs=0.1)
    heard = np.abs(np.fft.rfft(sound.samples[2_000:12_000]))
    assert np.argmax(heard) * 1.6 == pytest.approx(440, abs=4)  # Hz


def test_a_phone_recording_that_is_too_long_is_refused() -> None:
    with pytest.raises(SoundTooLong, match=r"^memo\.m4a is 3 s long; 2 s are allowed\.$"):
        audio.decode(by_ffmpeg("ipod", "aac", seconds=3, rate=16_000), "memo.m4a", longest=2.0)


def test_mixing_down_and_resampling_by_blocks_is_the_same_as_at_once() -> None:
    rate, both = 44_100, np.stack([tone(7, 44_100), np.zeros(7 * 44_100, np.float32)], axis=1)
    buffer = io.BytesIO()
    soundfile.write(buffer, both, rate, format="WAV", subtype="FLOAT")
    sound = audio.decode(buffer.getvalue(), rate=16_000)
    whole = soxr.resample(both.mean(axis=1), rate, 16_000)
    assert abs(len(sound.samples) - len(whole)) <= 1
    middle = slice(1_000, 7 * 16_000 - 1_000)
    assert np.abs(sound.samples[middle] - whole[middle]).max() < 1e-3


def test_messages_name_the_file_and_nothing_of_the_program(tmp_path: Path) -> None:
    path = tmp_path / "holiday.mp3"
    path.write_bytes(b"no sound at all" * 9)
    for sent, name in ((path, "holiday.mp3"), (path.read_bytes(), "That recording")):
        with pytest.raises(SpeechError) as told:
            inputs.recording(sent)
        assert str(told.value).startswith(f"{name} cannot be read")
        assert not {"<", ">", "BytesIO", str(tmp_path)} & set(str(told.value).split())
        assert "BytesIO" not in str(told.value)


def test_a_float_sound_of_no_numbers_is_refused() -> None:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.array([0.1, np.nan, np.inf], np.float32), 16_000, format="WAV", subtype="FLOAT")
    with pytest.raises(SpeechError, match="not numbers"):
        audio.decode(buffer.getvalue())


# --- in a process of its own ---


@contextmanager
def all_seats_taken() -> Iterator[None]:
    taken = [sound_files_apart.SEATS.acquire(timeout=30) for _ in range(sound_files_apart.AT_ONCE)]
    try:
        yield
    finally:
        for _ in taken:
            sound_files_apart.SEATS.release()


def test_the_process_of_its_own_answers_what_reading_here_answers() -> None:
    data = encoded("FLAC")
    here, apart = audio.decode(data), audio.decode(data, apart=True)
    assert apart.rate == here.rate
    assert np.array_equal(apart.samples, here.samples)
    with pytest.raises(SoundTooLong, match=r"x\.wav is 3 s long"):
        audio.decode(encoded("WAV", 3.0), "x.wav", longest=2.0, apart=True)


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")
def test_that_process_may_take_no_more_memory_than_it_is_given() -> None:
    code = (
        "import numpy; from tarl_app.core.sound import files_apart as d; d.limit(d.most_memory(60, 16000), 30)\n"
        "try: numpy.ones(600 << 20, numpy.uint8)\nexcept MemoryError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "refused"


def test_that_process_may_take_no_more_time_than_it_is_given() -> None:
    with pytest.raises(SpeechError, match=r"^x takes more memory or time to read"):
        sound_files_apart.read(io.BytesIO(encoded("WAV")), "x", seconds=0.01)


def test_that_process_is_given_no_keys_of_ours() -> None:
    assert not [name for name in sound_files_apart.INHERITED if "TARL" in name or "KEY" in name or "TOKEN" in name]


@pytest.mark.parametrize("answer", [b"", b"Killed", b"[1]\n", b'{"count": 9, "rate": 16000}\nfew', b"[" * 5000 + b"\n"])
def test_an_answer_that_is_none_becomes_a_sentence(answer: bytes) -> None:
    with pytest.raises(SpeechError, match=r"^odd\.ogg takes more memory or time"):
        sound_files_apart.understood(answer, "odd.ogg")


def test_files_beyond_those_that_are_read_at_once_wait_and_are_then_refused() -> None:
    with all_seats_taken(), pytest.raises(SpeechError, match="Many sounds are being read just now"):
        sound_files_apart.read(io.BytesIO(encoded("WAV")), "x", patience=0.05)


@pytest.mark.parametrize("public", [True, False])
def test_on_a_public_page_alone_recordings_are_read_in_a_process_of_its_own(
    monkeypatch: pytest.MonkeyPatch, public: bool
) -> None:
    monkeypatch.setenv("TARL_SPACE", str(int(public)))
    app_settings.cache_clear()
    try:
        with ThreadPoolExecutor(1) as pool:
            with all_seats_taken():
                reading = pool.submit(inputs.recording, encoded("WAV"))
                finished, _ = wait([reading], timeout=0.5)
                assert bool(finished) is not public
            assert reading.result(timeout=30).seconds == pytest.approx(1.0)
    finally:
        app_settings.cache_clear()


# --- whatever the bytes ---

SEEDS: dict[str, Callable[[], bytes]] = {
    "wav": lambda: encoded("WAV", 0.1),
    "flac": lambda: encoded("FLAC", 0.1),
    "ogg": lambda: encoded("OGG", 0.1),
    "mp3": lambda: encoded("MP3", 0.1),
    "m4a": lambda: by_ffmpeg("ipod", "aac", 0.1),
    "webm": lambda: by_ffmpeg("webm", "libopus", 0.1),
}
KEPT = {name: make() for name, make in SEEDS.items()}


def attempt(data: bytes) -> None:
    with suppress(SpeechError):
        samples, rate = read(io.BytesIO(data), "x", 5.0, 16_000)
        assert rate == 16_000
        assert len(samples) <= 5 * rate
        assert np.isfinite(samples).all()
        assert len(samples) == 0 or np.abs(samples).max() <= 1.0


@settings(max_examples=60, deadline=None, database=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_sound_or_a_refusal(data: bytes) -> None:
    attempt(data)


CHANGES = st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8)


@settings(max_examples=150, deadline=None, database=None)
@given(
    st.sampled_from(sorted(KEPT)), st.floats(0, 1), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8)
)
def test_a_damaged_file_is_a_sound_or_a_refusal(kind: str, cut: float, changes: list[tuple[float, int]]) -> None:
    data = bytearray(KEPT[kind])
    for where, value in changes:
        data[int(where**3 * len(data))] = value  # most of them in the header
    attempt(bytes(data[: int((1 - cut**3) * len(data))]))


def test_only_what_libsndfile_cannot_read_goes_to_ffmpeg() -> None:
    assert {name: container(data[:16]) for name, data in KEPT.items()} == {
        "wav": "",
        "flac": "",
        "ogg": "",
        "mp3": "",
        "m4a": "mov",
        "webm": "matroska",
    }
