"""Reads an untrusted sound file in a separate process with limits of memory and time.

The decoders are C libraries that read untrusted input. The process is given the open file, the limits and none of the
app's environment. It answers with one line of JSON and the samples; any other outcome becomes one sentence here.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from typing import Any, BinaryIO

import numpy as np

from tarl_app.core.errors import SoundTooLong, SpeechError
from tarl_app.core.paths import ROOT
from tarl_app.core.sound import files as sound_files
from tarl_app.core.sound.files import HIGHEST_RATE, LONGEST, Samples

MEMORY = 384 << 20
"""Bytes of address space beside the sound itself; Python with its libraries takes 210 MB, three quarters never touched."""
SECONDS = 30.0
"""The process is ended after this; a minute of sound takes one or two."""
AT_ONCE = 2
"""Files that are read at the same time; others wait."""
PATIENCE = 15.0
"""Seconds for which a file waits."""
_LINE = 4096  # bytes of the answer's first line at most
INHERITED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "SYSTEMROOT", "VIRTUAL_ENV")
"""The only variables of the environment that the process is given."""
SEATS = threading.BoundedSemaphore(AT_ONCE)
"""One is held while a file is read."""


def read(
    file: BinaryIO,
    name: str,
    longest: float = LONGEST,
    rate: int | None = None,
    *,
    patience: float = PATIENCE,
    seconds: float = SECONDS,
) -> tuple[Samples, int]:
    """``sound_files.read`` in a separate process, which is killed after ``seconds``.

    Raises:
        SoundTooLong, SpeechError: as there; ``SpeechError`` also for a file that takes more memory or time than it may, or
            that has waited for ``patience`` seconds while others were read.
    """
    if not SEATS.acquire(timeout=patience):
        raise SpeechError(f"Many sounds are being read just now, and {name} is not yet: send it again in a moment.")
    try:
        return _ask(file, name, longest, rate, seconds)
    except OSError as error:
        raise SpeechError(
            f"{name} could not be read: {error.strerror or 'no process can be started'}. Try again."
        ) from error
    finally:
        SEATS.release()


def most_memory(longest: float, rate: int | None) -> int:
    """The most address space that reading takes, in bytes: three copies of the sound, and the libraries."""
    return MEMORY + int(3 * 4 * longest * (rate or HIGHEST_RATE))


def _ask(file: BinaryIO, name: str, longest: float, rate: int | None, seconds: float) -> tuple[Samples, int]:
    wanted = json.dumps({"name": name, "longest": longest, "rate": rate})
    environment = {key: os.environ[key] for key in INHERITED if key in os.environ}
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with ExitStack() as held:
        process = subprocess.Popen(
            [sys.executable, "-m", "tarl_app.core.sound.files_apart", wanted],
            cwd=ROOT,
            env=environment,
            stdin=_with_handle(file, held),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        held.enter_context(process)
        held.callback(process.kill)
        watch = threading.Timer(seconds, process.kill)
        held.callback(watch.cancel)
        watch.start()
        assert process.stdout is not None
        answer = process.stdout.read(_LINE + int(4 * (longest + 1) * (rate or HIGHEST_RATE)))
    return understood(answer, name)


def _with_handle(file: BinaryIO, held: ExitStack) -> BinaryIO:
    """The file, or a copy of it that another process can read."""
    try:
        os.lseek(file.fileno(), 0, os.SEEK_SET)  # the file's own place, not that of the buffer around it
    except OSError:
        copy = held.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        copy.write(file.read())
        copy.flush()
        copy.seek(0)
        return copy
    return file


def understood(answer: bytes, name: str) -> tuple[Samples, int]:
    """Samples and rate from what the process wrote; raises ``SoundTooLong`` or ``SpeechError`` for anything else."""
    line, _, data = answer.partition(b"\n")
    try:
        told: dict[str, Any] = json.loads(line)
        if "error" in told:
            raise (SoundTooLong if told.get("long") else SpeechError)(str(told["error"]))
        count, rate = int(told["count"]), int(told["rate"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:  # it crashed, or was ended
        raise _too_much(name) from error
    if len(data) != 4 * count:
        raise _too_much(name)
    return np.frombuffer(data, "<f4").astype(np.float32), rate


def _too_much(name: str) -> SpeechError:
    return SpeechError(f"{name} takes more memory or time to read than a sound file may. {sound_files.CONVERT}")


def limit(memory: int, seconds: float) -> None:
    """Limits this process to so many bytes of address space and seconds of CPU time, without writing files.

    On systems without such limits, the time limit of the parent process remains.
    """
    try:
        import resource
    except ImportError:
        return
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(seconds)),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (value, value))
        except (ValueError, OSError):  # less is allowed already
            continue


def main(wanted: str) -> None:
    """Reads the sound on standard input and answers on standard output; ``wanted`` is JSON: name, longest, rate."""
    asked = json.loads(wanted)
    limit(most_memory(asked["longest"], asked["rate"]), SECONDS)
    try:
        samples, rate = sound_files.read(sys.stdin.buffer, asked["name"], asked["longest"], asked["rate"])
        told, data = {"count": len(samples), "rate": rate}, samples.astype("<f4").tobytes()
    except SpeechError as error:
        told, data = {"error": str(error), "long": isinstance(error, SoundTooLong)}, b""
    except MemoryError:
        told, data = {"error": str(_too_much(asked["name"]))}, b""
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + data)


if __name__ == "__main__":
    main(sys.argv[1])
