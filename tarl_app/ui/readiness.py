"""Loading of heavy parts in the background, and its state for the page."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from tarl_app.core.errors import AssetError, TarlError

log = logging.getLogger(__name__)
State = Literal["waiting", "loading", "ready", "failed"]


@dataclass(frozen=True)
class Part:
    """One heavy part and its state; ``detail`` says what is being fetched, or why it failed and what to do."""

    name: str
    title: str
    state: State = "waiting"
    detail: str = ""
    absent: bool = False
    """It failed because its weights are not on this machine."""

    @property
    def told(self) -> str:
        """Its state in two or three words, the same wherever the page tells it; empty once it is ready."""
        if self.state == "failed":
            return "not on this machine" if self.absent else "failed"
        return "" if self.state == "ready" else "loading" if self.state == "loading" else "waiting"


@dataclass(frozen=True)
class Loader:
    """How to load one part: ``load`` may call the given function with progress messages."""

    name: str
    title: str
    load: Callable[[Callable[[str], None]], Any]


class Readiness:
    """Loads parts one after another in a background thread; safe to read from any thread."""

    def __init__(
        self,
        loaders: Sequence[Loader] = (),
        first: Callable[[], object] | None = None,
        last: Callable[[], object] | None = None,
    ) -> None:
        """``first`` is done before them, ``last`` after them, when all that can be used is ready. What they prepare is made
        when it is needed, where they fail.
        """
        self._loaders, self._first, self._last = tuple(loaders), first, last
        self._lock = threading.Lock()
        self._parts = {loader.name: Part(loader.name, loader.title) for loader in loaders}
        self._loaded: dict[str, Any] = {}
        self.finished = threading.Event()
        """Set when every part is ready or has failed."""

    def start(self) -> None:
        """Starts loading in a daemon thread."""
        threading.Thread(target=self.load, name="loading", daemon=True).start()

    def load(self) -> None:
        """Loads every part now. A part that fails does not keep the next from loading."""
        self._prepare(self._first)
        for loader in self._loaders:
            self._set(loader.name, state="loading", detail="")
            try:
                part = loader.load(lambda text, name=loader.name: self._set(name, detail=text))
            except TarlError as error:
                self._set(loader.name, state="failed", detail=str(error), absent=isinstance(error, AssetError))
            except Exception as error:  # the page must start whatever one part does; the log has the traceback
                log.exception("%s could not be loaded", loader.title)
                self._set(loader.name, state="failed", detail=f"{type(error).__name__}: {error}. The terminal shows more.")
            else:
                with self._lock:
                    self._loaded[loader.name] = part
                self._set(loader.name, state="ready", detail="")
        self._prepare(self._last)
        self.finished.set()

    def _prepare(self, work: Callable[[], object] | None) -> None:
        try:
            if work is not None:
                work()
        except TarlError as error:
            log.warning("%s", error)
        except Exception:  # nobody waits for it
            log.exception("nothing could be prepared")

    def parts(self) -> tuple[Part, ...]:
        """All parts, in the order in which they load."""
        with self._lock:
            return tuple(self._parts.values())

    def get(self, name: str) -> Any | None:
        """The loaded part, or None while (or because) there is none."""
        with self._lock:
            return self._loaded.get(name)

    def told(self, names: Sequence[str]) -> str:
        """What keeps the first of those parts that is not ready from being used: ``Hearing: not on this machine``."""
        parts = {part.name: part for part in self.parts()}
        missing = [parts[name] for name in names if name in parts and parts[name].told]
        return f"{missing[0].title}: {missing[0].told}" if missing else ""

    def why_not(self, names: Sequence[str]) -> str:
        """Why those parts cannot be used now, in words; empty when they can."""
        with self._lock:
            missing = [self._parts[name] for name in names if name in self._parts and name not in self._loaded]
        failed = [part for part in missing if part.state == "failed"]
        if failed:
            return f"{failed[0].title} could not be loaded. {failed[0].detail}"
        return f"{missing[0].title} is still loading. {missing[0].detail}".strip() if missing else ""

    def _set(self, name: str, **changes: Any) -> None:
        with self._lock:
            self._parts[name] = replace(self._parts[name], **changes)
