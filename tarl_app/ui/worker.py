"""One step at a time in a thread of its own; whatever goes wrong in it becomes words for the visitor."""

import logging
import threading
from collections.abc import Callable

from tarl_app.errors import Cancelled, ConversationError, TarlError

log = logging.getLogger(__name__)


class Worker:
    """Does a visitor's steps; safe to use from any thread."""

    def __init__(self, name: str, tell: Callable[[str], None], over: Callable[[], None], gone: Callable[[], None]) -> None:
        """What it calls: ``tell`` with a notice (empty at a step's begin), ``over`` after each step, ``gone`` once, after
        ``leave`` and the step that was then under way."""
        self._name, self._tell, self._over, self._gone = name, tell, over, gone
        self.cancel = threading.Event()
        """Set to stop the step under way."""
        self.busy = False
        """Whether a step is under way."""
        self._leaving = False
        self._after: Callable[[], object] | None = None
        self._lock = threading.Lock()

    def start(self, job: Callable[[], object]) -> None:
        """Begins a step and returns; raises ``ConversationError`` while another one goes on, or after ``leave``."""
        with self._lock:
            self.require_idle()
            if self._leaving:
                raise ConversationError("This page was closed.")
            self.cancel.clear()
            self._tell("")
            self._after = None
            self.busy = True
            threading.Thread(target=self._guard, args=(job,), name=self._name, daemon=True).start()

    def then(self, job: Callable[[], object]) -> None:
        """What is done when the step under way is over, in its thread."""
        self._after = job

    def leave(self) -> None:
        """Stops the step under way and begins none again."""
        with self._lock:
            self._leaving = True
            self.cancel.set()
            if not self.busy:
                self._gone()

    def require_idle(self) -> None:
        """Raises ``ConversationError`` while a step is under way."""
        if self.busy:
            raise ConversationError("The agent is still at work: wait for its answer, or press Stop.")

    def _guard(self, job: Callable[[], object]) -> None:
        """The boundary of a step: whatever goes wrong becomes a notice, and the conversation stays usable."""
        try:
            job()
        except Cancelled:
            self._tell("Stopped. The turn under way was taken back.")
        except TarlError as error:
            self._tell(str(error))
        except Exception as error:  # a bug must not take the page down: it is logged whole, and named to the visitor
            log.exception("a step of a call failed")
            self._tell(f"Something broke inside the app ({type(error).__name__}); your call is as it was before this step.")
        after, self._after = self._after, None
        if after is not None:
            self._tell("")
            after()
        self._over()
        with self._lock:
            self.busy = False
            if self._leaving:
                self._gone()
