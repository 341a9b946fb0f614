"""Where much is made that stays, no garbage is collected; afterwards it is, and nothing is different at the end."""

import gc
import subprocess
import sys

import pytest

from tarl_app.core.process.garbage import uncollected
from tarl_app.core.process.once import once


def test_the_collector_is_off_within_and_on_afterwards_also_after_an_error() -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected(keep=True):
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="on the way"), uncollected():
        raise ValueError("on the way")
    assert gc.isenabled()


def test_where_it_is_off_it_stays_off() -> None:
    gc.disable()
    try:
        with uncollected(keep=True):
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_made_once_is_made_without_it() -> None:
    assert once(gc.isenabled)() is False
    assert gc.isenabled()


def test_what_is_kept_is_not_gone_through_again_but_can_be_when_the_process_ends() -> None:
    program = """
import atexit, gc
from tarl_app.core.process.garbage import uncollected
atexit.register(lambda: print(gc.get_freeze_count()))  # called after what is registered later
with uncollected():
    pass
print(gc.get_freeze_count() > 0)
with uncollected(keep=True):
    pass
print(gc.get_freeze_count() > 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "0"]
