"""A decoder whose replies come from rollout servers, with the interface of ``BatchedDecoder``."""

import threading
import time
from queue import Empty, SimpleQueue
from typing import Protocol

from tarl_app.agents.omni.decoding.batched_decoder import Wanted
from tarl_app.core.errors import TarlError
from tarl_app.training.remote.server_pool import ServerPool

_WAIT = 0.05
"""Seconds that ``step`` waits for a first reply, before the trainer serves its conversations again."""


class Decoder(Protocol):
    """Produces requested replies, some at each step; used from one thread."""

    def __len__(self) -> int:
        """Number of pending replies."""
        ...

    def want(self, wanted: Wanted) -> None:
        """Requests a reply."""
        ...

    def step(self) -> list[Wanted]:
        """Continues; returns the requests that now have a ``reply`` or a ``failure``."""
        ...

    def drop(self) -> None:
        """Discards pending replies and cached states, because the weights may change."""
        ...


class RemoteDecoder:
    """Sends each request to a server, from a separate thread; if all servers fail it has a ``failure``."""

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
        """Waits briefly for a reply; returns all that have arrived, in the order of their slots."""
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
                raise error  # a bug is not a failure of the infrastructure
            wanted.failure = error
            ended.append(wanted)
        return sorted(ended, key=lambda one: one.slot)

    def drop(self) -> None:
        """See ``Decoder``; later replies are discarded."""
        self._dropped.set()
        self._dropped, self._done, self._under_way = threading.Event(), SimpleQueue(), 0
