"""How long a thread of Python keeps the others waiting."""

import sys

INTERVAL = 0.001
"""Seconds after which a thread that computes lets another one go on; Python's default is 5 ms."""


def switch_often() -> None:
    """For programs that answer over sockets while other threads compute: an answer passes from thread to thread a few
    times, and each time would wait for that long.
    """
    sys.setswitchinterval(INTERVAL)
