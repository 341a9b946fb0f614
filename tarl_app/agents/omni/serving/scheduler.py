"""Many conversations with one model at once: replies are decoded in one batch (``batched_decoder``), each for its thread.

Much faster than one after the other, for measuring; a person who waits for a voice is served sooner alone. A reply that was
computed beside others may differ from one computed alone where two tokens are about as likely: sums are rounded otherwise.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import count
from random import Random
from typing import TypeVar

from torch import Tensor

from tarl_app.agents.omni.agent import OmniAgent, TextStream
from tarl_app.agents.omni.decoding.batched_decoder import BatchedDecoder, Wanted
from tarl_app.agents.omni.decoding.grammar import CallGuide
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.agents.omni.reply import Prompt
from tarl_app.agents.omni.serving.reply_queue import ReplyQueue
from tarl_app.core.domain import Domain
from tarl_app.core.errors import AgentError, Cancelled
from tarl_app.core.types import Guards, Turn

_IDLE = 30.0
"""Seconds after which what was read is forgotten: longer than a voice takes between two turns of the last call."""
_POLL = 0.2
"""Seconds between two looks at whether a reply is still wanted."""
T = TypeVar("T")


class Scheduler:
    """The model's thread, which ends with the process; ``decode`` and ``compute`` may be called from any other."""

    def __init__(self, loaded: LoadedOmni, slots: int, sampling: Sampling, idle: float = _IDLE) -> None:
        """At most ``slots`` replies advance together, and as many dialogues are kept in memory.

        They are gigabytes with many slots, and are forgotten after ``idle`` seconds in which nobody asks for a reply.
        """
        self.loaded, self.sampling, self._idle = loaded, sampling, idle
        self._replies = ReplyQueue(BatchedDecoder(loaded.thinker, loaded.tokenizer, slots, sampling, loaded.replies))
        self.marks = count(-1, -1)
        """Numbers for sounds, a new one for each."""
        self._waiting: list[tuple[Wanted, Future[Wanted]]] = []
        self._errands: list[Callable[[], None]] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._run, daemon=True, name="omni scheduler").start()

    def decode(
        self,
        ids: Sequence[int],
        marks: Sequence[int],
        sounds: Tensor | None,
        guide: CallGuide,
        cancelled: Callable[[], bool],
        seed: int = 0,
    ) -> list[int]:
        """The ids of the reply to the dialogue ``ids``, without ends that stopping early left out.

        Args:
            ids: the rendered dialogue.
            marks: ``ids`` with audio positions replaced by what stands for their sound (``kv_cache.Piece``).
            sounds: embeddings [positions, D] of all audio positions.
            guide: the calls that are possible.
            cancelled: asked now and then.
            seed: where chance comes from, at a temperature above zero.

        Raises:
            AgentError: the sounds do not fit their places.
            Cancelled: soon after ``cancelled()``.
        """
        future: Future[Wanted] = Future()
        with self._changed:
            self._waiting.append((Wanted(-1, ids, marks, sounds, guide, seed), future))
            self._changed.notify_all()
        wanted = _result(future, cancelled)
        return wanted.reply.ids[: wanted.sampled]

    def compute(self, errand: Callable[[], T]) -> T:
        """Runs something else that needs the model between two tokens; raises what it raises."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(errand())
            except BaseException as error:
                future.set_exception(error)

        with self._changed:
            self._errands.append(run)
            self._changed.notify_all()
        return future.result()

    @property
    def kept(self) -> int:
        """How many dialogues are kept in memory."""
        return self._replies.kept

    # --- the model's thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._waiting or self._errands or len(self._replies)):
                    if not self._changed.wait(self._idle if self._replies.kept else None):
                        self._replies.forget()
                errands, self._errands = self._errands, []
                room = self._replies.room
                taken, self._waiting = self._waiting[:room], self._waiting[room:]
            with self.loaded.lock:
                for errand in errands:
                    errand()
                for wanted, future in taken:
                    wanted.slot = self._replies.best(wanted.marks)
                    try:
                        self._replies.take(wanted, future)
                    except AgentError as error:
                        future.set_exception(error)
                self._replies.step()


def _result(future: "Future[Wanted]", cancelled: Callable[[], bool]) -> Wanted:
    while True:
        if cancelled():
            raise Cancelled("The turn was stopped.")  # what was begun is decoded to its end, and nobody reads it
        try:
            return future.result(_POLL)
        except TimeoutError:
            if future.done():  # the error was the reply's own
                raise


class ScheduledAgent(OmniAgent):
    """An ``OmniAgent`` whose replies are decoded beside those of others; its text comes at once when the reply has ended."""

    def __init__(
        self, scheduler: Scheduler, domain: Domain, seed: int = 0, name: str | None = None, guard: Guards = "policy"
    ) -> None:
        super().__init__(scheduler.loaded, domain, scheduler.sampling, seed, name, guard)
        self._scheduler, self._random = scheduler, Random(seed)

    @contextmanager
    def _turn_of(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        yield  # the scheduler has the model

    def _hear(self, turns: Sequence[Turn]) -> Tensor | None:
        return self._scheduler.compute(lambda: super(ScheduledAgent, self)._hear(turns))

    def _read_ahead(self, turns: Sequence[Turn], sounds: Tensor | None, cancelled: Callable[[], bool]) -> None:
        pass  # the scheduler reads when it decodes

    def _new_mark(self) -> int:
        return next(self._scheduler.marks)

    def _answer(
        self,
        prompt: Prompt,
        sounds: Tensor | None,
        on_text: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> tuple[list[int], float]:
        seed = self._random.getrandbits(62)
        ids = self._scheduler.decode(prompt.ids, prompt.marks, sounds, prompt.guide, cancelled, seed)
        stream = TextStream(self.loaded.tokenizer, on_text)
        special = self.loaded.tokenizer.special
        for token in ids:
            if token in self._stop or token == special.call_open:
                break
            stream.add(token)
        stream.finish()
        return ids, time.perf_counter()
