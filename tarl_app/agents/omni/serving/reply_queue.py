"""Who waits for which reply of a ``BatchedDecoder`` that has a thread of its own (``scheduler``, ``engine``)."""

from collections.abc import Sequence
from concurrent.futures import Future

from tarl_app.agents.omni.decoding.batched_decoder import BatchedDecoder, Wanted


class ReplyQueue:
    """The decoder's slots, and the future of each reply that is under way; used from the model's thread."""

    def __init__(self, decoder: BatchedDecoder) -> None:
        self.decoder = decoder
        self._futures: dict[int, Future[Wanted]] = {}

    def __len__(self) -> int:
        return len(self._futures)

    @property
    def room(self) -> int:
        """How many more replies can be taken."""
        return len(self.decoder.slots.marks) - len(self)

    @property
    def kept(self) -> int:
        """How many dialogues are kept in memory, ended replies among them."""
        return sum(1 for marks in self.decoder.slots.marks if marks)

    def forget(self) -> None:
        """Gives their memory back; only while nobody waits."""
        if not self._futures:
            self.decoder.drop()

    def best(self, marks: Sequence[int]) -> int:
        """The free slot that holds most of a dialogue's beginning."""
        slots = self.decoder.slots
        return slots.holds_most(marks, (slot for slot in range(len(slots.marks)) if slot not in self._futures))[0]

    def take(self, wanted: Wanted, future: "Future[Wanted]") -> None:
        """Begins a reply in its slot; raises ``AgentError`` when its sounds do not fit."""
        self.decoder.want(wanted)
        self._futures[wanted.slot] = future

    def step(self) -> int:
        """One forward pass; answers how many replies have ended. A bug in it is told to those who wait."""
        try:
            ended = self.decoder.step()
        except Exception as bug:
            self.clear(bug)
            self.decoder.drop()
            return 0
        for wanted in ended:
            future = self._futures.pop(wanted.slot)
            future.set_result(wanted) if wanted.failure is None else future.set_exception(wanted.failure)
        return len(ended)

    def clear(self, error: BaseException) -> None:
        """Gives everybody up who waits."""
        for future in self._futures.values():
            future.set_exception(error)
        self._futures.clear()
