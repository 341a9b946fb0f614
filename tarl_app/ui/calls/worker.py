"""One step at a time in a thread of its own; whatever goes wrong in it becomes words for the visitor."""

import logging
import threading
from collections.abc import Callable

from tarl_app.core.errors import Cancelled, ConversationError, TarlError
from tarl_app.ui.access.lines import Lines

log = logging.getLogger(__name__)
Job = Callable[[], object]


class Worker:
    """Does a visitor's steps; safe to use from any thread."""

    def __init__(
        self,
        name: str,
        lines: Lines,
        tell: Callable[[str], None],
        wait: Callable[[int], None],
        over: Callable[[], None],
        gone: Callable[[], None],
    ) -> None:
        """What it calls: ``tell`` with a notice (empty at a step's begin), ``wait`` with the number of calls before this one
        while it waits for a line, ``over`` after each step, ``gone`` once, after ``leave`` and the step then under way."""
        self._name, self._lines = name, lines
        self._tell, self._wait, self._over, self._gone = tell, wait, over, gone
        self.cancel = threading.Event()
        """Set to stop the step under way."""
        self.busy = False
        """Whether a step is under way."""
        self._leaving = False
        self._after: Job | None = None
        self._lock = threading.Lock()

    def start(self, job: Job, answers: bool = True) -> None:
        """Begins a step and returns; one that ``answers`` holds a line while it does.

        Raises:
            ConversationError: another one goes on, everybody is busy and too many wait, or after ``leave``.
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

    def then(self, job: Job) -> None:
        """What is done when the step under way is over, in its thread."""
        self._after = job

    def leave(self) -> None:
        """Stops the step under way and begins none again."""
        with self._lock:
            self._leaving = True
            self.cancel.set()
            if not self.busy:
                self._attempt(self._gone)

    def require_idle(self) -> None:
        """Raises ``ConversationError`` while a step is under way."""
        if self.busy:
            raise ConversationError("The agent is still at work: wait for its answer, or press Stop.")

    def _guard(self, job: Job, answers: bool) -> None:
        """The boundary of a step and of what follows it: nothing that goes wrong leaves the visit busy."""
        try:
            self._attempt((lambda: self._on_a_line(job)) if answers else job)
            after, self._after = self._after, None
            if after is not None:
                self._tell("")
                self._attempt(after)
            self._attempt(self._over)
        finally:
            with self._lock:
                self.busy = False
                if self._leaving:
                    self._attempt(self._gone)

    def _on_a_line(self, job: Job) -> None:
        with self._lines.line(self.cancel, self._wait):
            job()

    def _attempt(self, job: Job) -> None:
        """Whatever goes wrong becomes a notice, and the conversation stays usable."""
        try:
            job()
        except Cancelled:
            self._tell("Stopped. The turn under way was taken back.")
        except TarlError as error:
            self._tell(str(error))
        except Exception as error:  # a bug must not take the page down: it is logged whole, and named to the visitor
            log.exception("a step of a call failed")
            self._tell(f"Something broke inside the app ({type(error).__name__}); your call is as it was before this step.")
