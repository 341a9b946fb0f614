"""Head-to-head comparisons in the background: one at a time in a process, on the models that the page has loaded.

A comparison outlives the visitor who started it, and is shown to everybody. Its episodes are on disk, so starting the
same comparison again, after a stop or in another process, continues it. What it compares and how it was left are beside
them, so the last one is found again after a restart of the app:

    match.json      {"config", "state"}: "running" of a process that is gone means that it was interrupted
"""

import logging
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast, get_args

from tarl_app.core.errors import Cancelled, ConfigError, ConversationError, JobError, TarlError
from tarl_app.domains import load_domain
from tarl_app.evaluation.comparison.compare import (
    CompareConfig,
    CompareProgress,
    HeadToHead,
    folder_name,
    head_to_head,
    played,
)
from tarl_app.jobs import launch
from tarl_app.jobs.liveness import is_held
from tarl_app.ui.services import Comparing

log = logging.getLogger(__name__)
State = Literal["running", "finished", "stopped", "failed", "interrupted"]
BROKEN_OFF: tuple[State, ...] = ("stopped", "failed", "interrupted")
"""States of a comparison that can go on."""
MATCH = "match.json"
MOST_PUBLIC = 10
"""Most tasks of one comparison on a public page."""


@dataclass(frozen=True)
class Match:
    """One comparison: its configuration, progress and results so far."""

    config: CompareConfig
    state: State = "running"
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
        self._recalls = threading.Thread(target=self._recall, name="last-head-to-head", daemon=True)
        self._recalls.start()

    @property
    def current(self) -> Match | None:
        """The one that runs, or the last one."""
        return self._match

    @property
    def running(self) -> bool:
        """Whether one is running."""
        return self._match is not None and self._match.state == "running"

    @property
    def recalling(self) -> bool:
        """Whether the last comparison of an earlier process is still being read."""
        return self._recalls.is_alive()

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

    def go_on(self, who: str = "") -> None:
        """Continues the last comparison, which was stopped, has failed or was interrupted. Raises like ``start``."""
        match = self._match
        if match is None or match.state not in BROKEN_OFF:
            raise ConversationError("There is no head to head to go on with: press Start.")
        for side in (match.config.a, match.config.b):
            if self._comparing.revision(side.agent) != side.revision:
                raise ConversationError(f"{side.agent} is another one by now: press Start to compare it anew.")
        self.start(match.config, who)

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
            self._end("stopped")
        except TarlError as error:
            self._end("failed", trouble=str(error))
        except Exception as error:  # a bug must not leave the page waiting: it is logged with its traceback, and named
            log.exception("a head to head failed")
            told = f"Something broke inside the app ({type(error).__name__}); the terminal shows more."
            self._end("failed", trouble=told)

    def _play(self, config: CompareConfig) -> None:
        parts = self._comparing.parts(config)
        folder = self._folder(config)
        self._set(result=played(config, parts[0].domain, folder))
        self._note(config, "running")

        def tell(progress: CompareProgress, result: HeadToHead) -> None:
            self._set(progress=progress, result=result, told=time.monotonic())

        result = head_to_head(config, parts, folder, tell, self._cancel.is_set)
        self._end("finished", result=result)

    def _folder(self, config: CompareConfig) -> Path:
        return self._comparing.folder / folder_name(config)

    def _end(self, state: State, **changes: object) -> None:
        self._set(state=state, **changes)
        try:
            if self._match is not None and (self._folder(self._match.config) / MATCH).exists():  # it has begun
                self._note(self._match.config, state)
        except TarlError as error:  # it counts as interrupted after a restart then, and can go on
            log.warning("%s", error)

    def _note(self, config: CompareConfig, state: State) -> None:
        """Writes down what is compared, and its state, for the next process."""
        folder = self._folder(config)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            launch.write_json(folder / MATCH, {"config": config.model_dump(mode="json"), "state": state})
        except OSError as error:
            raise JobError(launch.in_words(error, folder)) from error

    def _recall(self) -> None:
        """The newest comparison that an earlier process has left, as it was left."""
        try:
            found = sorted(self._comparing.folder.glob(f"*/{MATCH}"), key=lambda path: path.stat().st_mtime)
        except OSError:
            return
        for path in reversed(found):
            if not is_held(path.parent) and (match := _left(path)) is not None:  # else another process works on it
                with self._lock:
                    self._match = self._match or match
                return

    def _set(self, **changes: object) -> None:
        if self._match is not None:
            self._match = replace(self._match, **changes)  # pyright: ignore[reportArgumentType]


def _left(path: Path) -> Match | None:
    """The comparison of a ``match.json``; None for a file that is none, or whose episodes cannot be read."""
    kept = launch.read_json(path)
    state = kept.get("state")
    try:
        config = CompareConfig.model_validate(kept.get("config"))
        result = played(config, load_domain(config.a.domain), path.parent)
    except (TarlError, ValueError, OSError):
        return None
    ended = state if state in get_args(State) and state != "running" else "interrupted"
    return Match(config, cast(State, ended), result=result)
