"""One process or several (``accelerate launch``): ranks, and sums over all processes.

Each process plays and learns from its own groups; gradients of the adapters are summed, which is all that data-parallel
training of an adapter needs. Since every loss is divided by the denominator of all processes, the sum equals the
gradient of a single process.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence

import torch
import torch.distributed as dist
from accelerate import PartialState
from torch import Tensor, nn

from tarl_app.core.errors import JobError
from tarl_app.training.distributed.devices import require_device

_POLL = 0.002
"""Seconds between two checks for the other processes' part."""


def local_count() -> int:
    """How many processes of this run a launcher has started on this machine, this one included."""
    told = os.environ.get("LOCAL_WORLD_SIZE", "1")
    return int(told) if told.isdecimal() else 1


class Processes:
    """The processes of this run."""

    check: Callable[[], None] = staticmethod(lambda: None)
    """Called while this process waits for the others; raises when the run should stop."""

    def __init__(self, device: str = "auto") -> None:
        """Joins the other processes of ``accelerate launch``, ``torchrun`` or ``ranks.led``; ``auto``: a GPU each.

        Raises:
            ConfigError: this machine has no such device, or too few of them.
        """
        name = require_device(device, processes=local_count())
        state = PartialState(cpu=name == "cpu")
        self.count, self.rank = state.num_processes, state.process_index
        self.device = torch.device(f"cuda:{state.local_process_index}" if name == "cuda" else name)
        """The device of this process."""

    @property
    def first(self) -> bool:
        """Whether this process writes the run's folder."""
        return self.rank == 0

    def mine(self, number: int) -> bool:
        """Whether group ``number`` is this process's."""
        return number % self.count == self.rank

    def total(self, value: Tensor) -> Tensor:
        """The sum over all processes."""
        if self.count == 1:
            return value
        summed = value.detach().clone().to(self.device)
        self.wait(dist.all_reduce(summed, async_op=True))
        return summed

    def wait(self, work: dist.Work | None) -> None:
        """Waits for the others' part, interruptibly; raises ``JobError`` when one of them has ended."""
        assert work is not None
        while self.device.type == "cpu" and not work.is_completed():
            self.check()
            time.sleep(_POLL)
        try:
            work.wait()
        except RuntimeError as error:
            self.check()  # when all were asked to stop, another one may have left before
            raise JobError(f"Another process of this run has ended; its own message says why. ({error})") from error

    def most(self, value: int) -> int:
        """The largest value of any process."""
        each = torch.zeros(self.count, dtype=torch.int64)
        each[self.rank] = value
        return int(self.total(each).max())

    def before(self, value: int) -> int:
        """The sum of the values of the processes before this one."""
        each = torch.zeros(self.count, dtype=torch.int64)
        each[self.rank] = value
        return int(self.total(each)[: self.rank].sum())

    def together(self, rows_BT: Tensor, fill: int = 0) -> Tensor:
        """The rows of all processes, those of the first one first, filled up to the longest."""
        if self.count == 1:
            return rows_BT
        sizes = torch.zeros(self.count, 2, dtype=torch.int64)
        sizes[self.rank] = torch.tensor(rows_BT.shape)
        sizes = self.total(sizes)
        sent = rows_BT.to(torch.uint8) if rows_BT.dtype is torch.bool else rows_BT
        padded = sent.new_full(tuple(sizes.max(0).values.tolist()), fill).to(self.device)
        padded[: sent.shape[0], : sent.shape[1]] = sent
        each = [torch.empty_like(padded) for _ in range(self.count)]
        if padded.numel():
            self.wait(dist.all_gather(each, padded, async_op=True))
        rows = [one[:held] for one, held in zip(each, sizes[:, 0].tolist(), strict=True)]
        return torch.cat(rows).to(rows_BT.dtype)

    def gather(self, lines: Sequence[str]) -> list[str]:
        """The lines (not empty, each without a break) of all processes, those of the first one first."""
        if self.count == 1:
            return list(lines)
        said = torch.frombuffer(bytearray("\n".join(lines).encode() + b" "), dtype=torch.uint8)
        longest = self.most(len(said))
        mine = torch.nn.functional.pad(said, (0, longest - len(said)), value=ord(" ")).to(self.device)
        each = [torch.empty_like(mine) for _ in range(self.count)]
        self.wait(dist.all_gather(each, mine, async_op=True))
        return [line for one in each for line in bytes(one.cpu().tolist()).decode().strip().split("\n") if line]

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Sums the gradients in one message; a process without a gradient adds zeros."""
        if self.count == 1:
            return
        held = list(parameters)
        flat = torch.cat([(torch.zeros_like(one) if one.grad is None else one.grad).flatten() for one in held])
        self.wait(dist.all_reduce(flat, async_op=True))
        for one, part in zip(held, flat.split([one.numel() for one in held]), strict=True):
            one.grad = part.view_as(one).clone()

    def close(self) -> None:
        """Leaves the group, once all processes have reached this point."""
        if self.count > 1 and dist.is_initialized():
            dist.barrier()
            dist.destroy_process_group()
