"""Runs one step at a time in a thread; any error becomes a message for the visitor."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tarl_app.core.errors import Cancelled, ConversationError, TarlError
from tarl_app.ui.access.lines import Lines

log = logging.getLogger(__name__)
Job = Callable[[], object]


class Worker:
    """Runs a visitor's steps; safe to use from any thread."""

    def __init__(
        self,
        name: str,
        lines: Lines,
        tell: Callable[[str], None],
        wait: Callable[[int], None],
        over: Callable[[], None],
        gone: Callable[[], None],
    ) -> None:
        """Callbacks: ``tell`` with a notice (empty at the start of a step), ``wait`` with the number of calls before
        this one while it waits for a line, ``over`` after each step, ``gone`` once, after ``leave`` and the last step.
        """
        self._name, self._lines = name, lines
        self._tell, self._wait, self._over, self._gone = tell, wait, over, gone
        self.cancel = threading.Event()
        """Set to stop the running step."""
        self.busy = False
        """Whether a step is running."""
        self._leaving = False
        self._after: Job | None = None
        self._lock = threading.Lock()
        self._rested = threading.Condition(self._lock)

    def start(self, job: Job, answers: bool = True) -> None:
        """Starts a step and returns; one that ``answers`` holds a line meanwhile.

        Raises:
            ConversationError: another one is running, too many calls wait, or after ``leave``.
        """
        with self._lock:
            self.require_idle()
            if self._leaving:
                raise ConversationError("This page was closed.")
            if answers:
                self._lines.require_room()
            self.cancel.clear()
            self._tell("")
            self._after = None
            self.busy = True
            try:
                threading.Thread(target=self._guard, args=(job, answers), name=self._name, daemon=True).start()
            except RuntimeError as error:  # the machine has no thread left
                self.busy = False
                raise ConversationError("The app has too much to do just now: please try again in a minute.") from error

    @contextmanager
    def floor(self) -> Iterator[None]:
        """For another thread: waits until no step is running, and lets none begin meanwhile. Errors are the caller's."""
        with self._rested:
            self._rested.wait_for(lambda: not self.busy)
            self.busy, self._after = True, None
        try:
            yield
        finally:
            self._end()

    def then(self, job: Job) -> None:
        """Runs a job after the current step, in its thread."""
        self._after = job

    def leave(self) -> None:
        """Stops the running step and accepts no further one."""
        with self._lock:
            self._leaving = True
            self.cancel.set()
            if not self.busy:
                self._attempt(self._gone)

    def require_idle(self) -> None:
        """Raises ``ConversationError`` while a step is running."""
        if self.busy:
            raise ConversationError("The agent is still at work: wait for its answer, or press Stop.")

    def _guard(self, job: Job, answers: bool) -> None:
        """Runs a step and its follow-up; no error leaves the visit busy."""
        try:
            self._attempt((lambda: self._on_a_line(job)) if answers else job)
        finally:
            self._end()

    def _end(self) -> None:
        try:
            after, self._after = self._after, None
            if after is not None:
                self._tell("")
                self._attempt(after)
            self._attempt(self._over)
        finally:
            with self._rested:
                self.busy = False
                self._rested.notify_all()
                if self._leaving:
                    self._attempt(self._gone)

    def _on_a_line(self, job: Job) -> None:
        with self._lines.line(self.cancel, self._wait):
            job()

    def _attempt(self, job: Job) -> None:
        """Runs a job; any error becomes a notice, and the conversation remains usable."""
        try:
            job()
        except Cancelled:
            self._tell("Stopped. The turn under way was taken back.")
        except TarlError as error:
            self._tell(str(error))
        except Exception as error:  # a bug must not take the page down: it is logged, and named to the visitor
            log.exception("a step of a call failed")
            self._tell(f"Something broke inside the app ({type(error).__name__}); your call is as it was before this step.")
