"""Handles Ctrl-C and SIGTERM, so that the process can end in order."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Signals that end a service, a program in a terminal, and a program whose terminal was closed."""
LOOK = 0.1
"""Seconds between two checks.

A lock would not do: a signal's handler must not wait for the thread that it interrupts.
"""


class Shutdown:
    """Whether the process was asked to end."""

    def __init__(self) -> None:
        self.asked = False

    def wait(self) -> None:
        """Returns once the process was asked to end."""
        while not self.asked:
            time.sleep(LOOK)

    def hear(self, number: int, _frame: FrameType | None) -> None:
        """Handles a signal; the second one ends the process at once."""
        if self.asked:
            os._exit(128 + number)
        self.asked = True


@contextmanager
def heard() -> Iterator[Shutdown]:
    """Within the context, signals that ask the process to end are recorded; signals that are ignored stay ignored.

    Enter it in the main thread.
    """
    shutdown = Shutdown()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, shutdown.hear)
    try:
        yield shutdown
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def leave() -> None:
    """Ends the process now, with status 0, whatever its threads do: at Python's own end, one that is inside of a C++
    library, such as a model's loading, aborts the process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def leave_within(seconds: float) -> None:
    """Ends the process with status 0 after that time if it is still running: a thread may compute for minutes."""
    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()
