"""Advantages of a batch."""

# ruff: noqa: N815 - the axes are in the names of fields, too

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Advantages:
    """One advantage a token (0 where the agent did not choose) and, for PPO, the targets of its value head."""

    advantages_BT: Tensor
    returns_BT: Tensor | None = None
    """Targets of the values."""
    values_BT: Tensor | None = None
    """Values at sampling time."""

    def select(self, rows: Sequence[int], width: int) -> "Advantages":
        """Those rows, cut to ``width`` tokens, to match ``Batch.select(rows)`` of that width."""
        index = torch.tensor(list(rows), dtype=torch.long, device=self.advantages_BT.device)

        def cut(tensor_BT: Tensor | None) -> Tensor | None:
            return None if tensor_BT is None else tensor_BT[index, :width]

        return Advantages(self.advantages_BT[index, :width], cut(self.returns_BT), cut(self.values_BT))

    def to(self, device: torch.device) -> "Advantages":
        """The same on a device."""

        def move(tensor_BT: Tensor | None) -> Tensor | None:
            return None if tensor_BT is None else tensor_BT.to(device)

        return Advantages(self.advantages_BT.to(device), move(self.returns_BT), move(self.values_BT))
