"""Stage ``speak``: every sentence of a pack synthesised, as 16 kHz int16 in shards; resumes with the missing shards.

A shard keeps the digest of its sentences and of their spoken words. After another ``pack``, or a change of the
normalisation, shards with another digest are made again.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from tarl_app.recipes.omni_mini.data.dataset import digest, sentences
from tarl_app.speech import Voice, load_voice, require_trainable

SHARD = 40
RATE = 16_000


@cache
def _voice(name: str) -> Voice:
    return load_voice(name)


def synthesise(text: str, voice: str) -> np.ndarray:
    """The sentence as int16 [n] at 16 kHz."""
    pieces = list(_voice(voice).stream(text))
    samples = np.concatenate([p.samples for p in pieces]) if pieces else np.zeros(1600, np.float32)
    rate = pieces[0].rate if pieces else RATE
    divisor = np.gcd(rate, RATE)
    resampled = resample_poly(samples, RATE // divisor, rate // divisor) if rate != RATE else samples
    return np.clip(resampled * 32767, -32768, 32767).astype(np.int16)


def _shard(job: tuple[Path, int, list[tuple[int, str, str]]]) -> int:
    folder, number, rows = job
    waves = [synthesise(text, voice) for _, text, voice in rows]
    temporary = folder / f".speech-{number:04d}.npz"
    np.savez(
        temporary,
        samples=np.concatenate(waves),
        lengths=np.array([len(w) for w in waves], np.int64),
        index=np.array([i for i, _, _ in rows], np.int32),
        of=np.array(digest(rows)),
    )
    os.replace(temporary, folder / f"speech-{number:04d}.npz")
    return sum(len(w) for w in waves)


def _is_of(folder: Path, number: int, rows: list[tuple[int, str, str]]) -> bool:
    """Whether that shard exists and has the sounds of these sentences."""
    path = folder / f"speech-{number:04d}.npz"
    if not path.exists():
        return False
    with np.load(path, allow_pickle=False) as stored:
        return "of" in stored and str(stored["of"]) == digest(rows)


def speak(folder: Path, processes: int, shard: int = SHARD) -> None:
    """Speaks the sentences of ``folder/utterances.json``, cheap voices first, with progress on stderr.

    ``shard`` is the number of sentences a file. Raises ``SpeechError`` for a voice that no training may hear.
    """
    rows = [(i, text, voice) for i, (text, voice) in enumerate(sentences(folder))]
    for name in {voice for _, _, voice in rows}:
        require_trainable(name)
    rows.sort(key=lambda row: not row[2].startswith("pico"))  # stable: shards stay the same on a second run
    shards = [(folder, k, rows[start : start + shard]) for k, start in enumerate(range(0, len(rows), shard))]
    kept = {folder / f"speech-{number:04d}.npz" for _, number, part in shards if _is_of(folder, number, part)}
    for path in set(folder.glob("speech-*.npz")) - kept:
        path.unlink()
    todo = [job for job in shards if folder / f"speech-{job[1]:04d}.npz" not in kept]
    started, samples = time.monotonic(), 0
    with ProcessPoolExecutor(processes) as pool:
        for done, count in enumerate(pool.map(_shard, todo), 1):
            samples += count
            seconds = time.monotonic() - started
            left = seconds / done * (len(todo) - done)
            print(f"spoken {done}/{len(todo)} shards, {samples / RATE:.0f} s of speech, {left:.0f} s left", file=sys.stderr)  # noqa: T201
