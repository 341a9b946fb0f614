"""TARL app: talk to, measure and train a voice agent."""

import os

from tarl_app.core.process.proxies import spare_this_machine

__version__ = "0.1.0"

# torch's CPU library keeps what it compiled for each shape, with its scratch memory, 1,024 shapes by default. Sounds and
# dialogues come in every length: hearing ten hours of speech held 13 GB instead of 3, and was no faster. It reads this once,
# at its first computation.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")

# Before any client of any library is made: they read it then.
spare_this_machine()
