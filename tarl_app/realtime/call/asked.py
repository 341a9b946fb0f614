"""What the session asks the conversation's thread for."""

import threading
import time
from dataclasses import dataclass, field

from tarl_app.realtime.wire.config import Config


@dataclass
class Asked:
    """A response that is asked for; ``started`` on the clock of ``time.perf_counter``."""

    id: str
    config: Config
    spoken: bool
    goes_on: bool = False
    """Settable, before it is cancelled: the caller goes on with the turn that was to be answered."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    started: float = field(default_factory=time.perf_counter)
