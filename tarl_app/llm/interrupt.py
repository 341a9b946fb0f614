"""Runs network requests in a separate thread, so that the caller can cancel at once."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tarl_app.core.errors import Cancelled

Result = TypeVar("Result")
_POLL = 0.05  # seconds between two looks at ``cancelled``


@dataclass(frozen=True)
class _Done(Generic[Result]):
    value: Result | None = None
    error: BaseException | None = None


def interruptible(
    job: Callable[[Callable[[str], None], Callable[[], bool]], Result],
    on_text: Callable[[str], None],
    cancelled: Callable[[], bool] | None,
) -> Result:
    """Runs ``job(on_text, gone)`` in another thread; its pieces of text are passed on in this one.

    Without ``cancelled`` it runs here. What it raises is raised here; ``Cancelled`` soon after ``cancelled()``, and then
    ``gone()`` tells the job, which may be waiting for a server, to give up as soon as it can.
    """
    if cancelled is None:
        return job(on_text, lambda: False)
    gone = threading.Event()
    inbox: queue.SimpleQueue[str | _Done[Result]] = queue.SimpleQueue()

    def work() -> None:
        try:
            inbox.put(_Done(value=job(inbox.put, gone.is_set)))
        except BaseException as error:  # carried over to the thread that asked
            inbox.put(_Done(error=error))

    threading.Thread(target=work, name="llm-request", daemon=True).start()
    try:
        while True:
            if cancelled():
                raise Cancelled("The turn was stopped.")
            try:
                piece = inbox.get(timeout=_POLL)
            except queue.Empty:
                continue
            if isinstance(piece, str):
                on_text(piece)
            elif piece.error is not None:
                raise piece.error
            else:
                return piece.value  # type: ignore[return-value]
    finally:
        gone.set()
