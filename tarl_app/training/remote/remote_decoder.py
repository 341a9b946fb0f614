"""A decoder whose replies come from rollout servers, as those of ``BatchedDecoder`` come from a model at hand."""

import threading
import time
from queue import Empty, SimpleQueue
from typing import Protocol

from tarl_app.agents.omni.decoding.batched_decoder import Wanted
from tarl_app.core.errors import TarlError
from tarl_app.training.remote.server_pool import ServerPool

_WAIT = 0.05
"""Seconds that ``step`` waits for a first reply, before the trainer looks after its conversations again."""


class Decoder(Protocol):
    """Gives the replies that are wanted, some at each step; used from one thread."""

    def __len__(self) -> int:
        """How many replies are under way."""
        ...

    def want(self, wanted: Wanted) -> None:
        """Adds a reply that is wanted."""
        ...

    def step(self) -> list[Wanted]:
        """Goes on; answers what has got its ``reply``, or its ``failure``."""
        ...

    def drop(self) -> None:
        """Forgets what is under way, and what was read: the weights may change."""
        ...


class RemoteDecoder:
    """Sends each wanted reply to a server, from a thread of its own; where all servers failed it has a ``failure``."""

    def __init__(self, fleet: ServerPool) -> None:
        self.fleet = fleet
        self._under_way = 0
        self._done: SimpleQueue[tuple[Wanted, BaseException | None]] = SimpleQueue()
        self._dropped = threading.Event()

    def __len__(self) -> int:
        return self._under_way

    def want(self, wanted: Wanted) -> None:
        """See ``Decoder``."""
        self._under_way += 1
        arguments = (wanted, self._done, self._dropped)
        threading.Thread(target=self._ask, args=arguments, daemon=True, name=f"reply {wanted.slot}").start()

    def _ask(
        self, wanted: Wanted, done: "SimpleQueue[tuple[Wanted, BaseException | None]]", dropped: threading.Event
    ) -> None:
        try:
            wanted.reply = self.fleet.ask(wanted, dropped.is_set)
        except BaseException as error:
            done.put((wanted, error))
        else:
            done.put((wanted, None))

    def step(self) -> list[Wanted]:
        """Waits a moment for a reply; answers all that are there, in the order of their slots."""
        ended: list[Wanted] = []
        end = time.monotonic() + _WAIT
        while self._under_way:
            try:
                left = 0.0 if ended else end - time.monotonic()
                wanted, error = self._done.get(timeout=left) if left > 0 else self._done.get_nowait()
            except Empty:
                break
            self._under_way -= 1
            if error is not None and not isinstance(error, TarlError):
                raise error  # a bug is no failure of the infrastructure
            wanted.failure = error
            ended.append(wanted)
        return sorted(ended, key=lambda one: one.slot)

    def drop(self) -> None:
        """See ``Decoder``; replies that still come go nowhere."""
        self._dropped.set()
        self._dropped, self._done, self._under_way = threading.Event(), SimpleQueue(), 0
