"""Ctrl-C and SIGTERM, noticed instead of ending the process where it stands."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What ends a service, a program in a terminal, and what runs in a terminal that is closed."""
LOOK = 0.1
"""Seconds between two looks; a lock would not do, as a signal's handler must not wait for the thread that it interrupts."""


class Shutdown:
    """Whether the process was asked to end."""

    def __init__(self) -> None:
        self.asked = False

    def wait(self) -> None:
        """Returns once it was asked."""
        while not self.asked:
            time.sleep(LOOK)

    def hear(self, number: int, _frame: FrameType | None) -> None:
        """Handles a signal; the second one ends the process at once."""
        if self.asked:
            os._exit(128 + number)
        self.asked = True


@contextmanager
def heard() -> Iterator[Shutdown]:
    """Within, a signal that asks the process to end is noted; those that whoever started it wanted ignored, stay so.

    To be entered in the main thread.
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


def leave_within(seconds: float) -> None:
    """Ends the process with 0 after that time, should it not have ended by itself: a thread may compute for minutes."""

    def leave() -> None:
        sys.stdout.flush()
        os._exit(0)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()
