"""Head-to-head comparisons in the background: one at a time in a process, on the models that the page has loaded.

A comparison outlives the visitor who started it, and is shown to everybody. Its episodes are on disk, so starting the
same comparison again, after a stop or in another process, continues it.
"""

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import Literal

from tarl_app.core.errors import Cancelled, ConfigError, ConversationError, TarlError
from tarl_app.evaluation.comparison.compare import (
    CompareConfig,
    CompareProgress,
    HeadToHead,
    folder_name,
    head_to_head,
    played,
)
from tarl_app.ui.services import Comparing

log = logging.getLogger(__name__)
MOST_PUBLIC = 10
"""Most tasks of one comparison on a public page."""


@dataclass(frozen=True)
class Match:
    """One comparison: its configuration, progress and results so far."""

    config: CompareConfig
    state: Literal["running", "finished", "stopped", "failed"] = "running"
    progress: CompareProgress | None = None
    result: HeadToHead | None = None
    trouble: str = ""
    told: float = 0.0
    """When the progress was told, in seconds of ``time.monotonic``."""

    def seconds_left(self, now: float) -> float:
        """The estimate, less what has passed since; negative when the call at hand takes longer than all that was left."""
        return self.progress.seconds_left - (now - self.told) if self.progress else 0.0


class Matches:
    """Runs them in a thread; safe to use from any thread."""

    def __init__(self, comparing: Comparing, most: int | None = None) -> None:
        """``most``: most tasks of one comparison."""
        self._comparing, self._most = comparing, most
        self._match: Match | None = None
        self._who = ""
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def current(self) -> Match | None:
        """The one that runs, or the last one."""
        return self._match

    @property
    def running(self) -> bool:
        """Whether one is running."""
        return self._match is not None and self._match.state == "running"

    @property
    def stopping(self) -> bool:
        """Whether the current one, or the last one, was asked to stop."""
        return self._cancel.is_set()

    def begun_by(self, who: str) -> bool:
        """Whether that visitor began the current one."""
        return self._match is not None and self._who == who

    def start(self, config: CompareConfig, who: str = "") -> None:
        """Starts or continues it in the background; ``who`` starts it and may stop it.

        Raises:
            ConversationError: another one is running.
            ConfigError: more tasks than may be compared here.
        """
        if self._most is not None and (config.a.limit or self._most + 1) > self._most:
            raise ConfigError(f"At most {self._most} tasks can be compared on this page, because many people share it.")
        with self._lock:
            if self.running or (self._thread is not None and self._thread.is_alive()):
                raise ConversationError("A head to head is already running: wait for it, or stop it first.")
            self._cancel.clear()
            self._match, self._who = Match(config), who
            self._thread = threading.Thread(target=self._guard, args=(config,), name="head-to-head", daemon=True)
            self._thread.start()

    def stop(self, who: str | None = None) -> None:
        """Stops after the current answer; finished episodes are kept. ``who`` asks for it; None: the owner of the page.

        Raises:
            ConversationError: somebody else began it.
        """
        with self._lock:
            if who is not None and not self.begun_by(who):
                raise ConversationError("Only who began this head to head can stop it, or the owner of this page.")
            self._cancel.set()

    def wait(self, seconds: float) -> bool:
        """Waits until nothing is running; False on a time-out."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.running

    def _guard(self, config: CompareConfig) -> None:
        """Runs it and shows any error on the page, with the results so far."""
        try:
            self._play(config)
        except Cancelled:
            self._set(state="stopped")
        except TarlError as error:
            self._set(state="failed", trouble=str(error))
        except Exception as error:  # a bug must not leave the page waiting: it is logged with its traceback, and named
            log.exception("a head to head failed")
            told = f"Something broke inside the app ({type(error).__name__}); the terminal shows more."
            self._set(state="failed", trouble=told)

    def _play(self, config: CompareConfig) -> None:
        parts = self._comparing.parts(config)
        folder = self._comparing.folder / folder_name(config)
        self._set(result=played(config, parts, folder))

        def tell(progress: CompareProgress, result: HeadToHead) -> None:
            self._set(progress=progress, result=result, told=time.monotonic())

        result = head_to_head(config, parts, folder, tell, self._cancel.is_set)
        self._set(state="finished", result=result)

    def _set(self, **changes: object) -> None:
        if self._match is not None:
            self._match = replace(self._match, **changes)  # pyright: ignore[reportArgumentType]
