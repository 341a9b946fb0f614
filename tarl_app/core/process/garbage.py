"""Python's garbage collector, which is in the way where a program makes much that it keeps.

It goes through everything there is each time that this has grown by a quarter. While torch and transformers or Gradio are
imported, that is a fifth of the time; while the domains' worlds are made, two fifths; and it finds nothing.
"""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected(keep: bool = False) -> Iterator[None]:
    """No garbage is collected within, in any thread; where that is so already, it changes nothing.

    With ``keep``, all that there is at the end is never gone through again. That is for the entry points, before there is
    anything that may become garbage: it would stay.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if keep:
            gc.freeze()
            atexit.register(gc.unfreeze)  # libraries that look for what is left over at the end would find it
        gc.enable()
