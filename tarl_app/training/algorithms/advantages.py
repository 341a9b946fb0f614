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

    def joined(self, advantages_BT: Tensor) -> "Advantages":
        """These rows, then rows with those advantages, which are as wide or wider; see ``Batch.joined``.

        Raises:
            ValueError: these have values, which the other rows have not.
        """
        if self.values_BT is not None or self.returns_BT is not None:
            raise ValueError("Rows without values cannot follow rows with values.")
        more = advantages_BT.shape[1] - self.advantages_BT.shape[1]
        return Advantages(torch.cat([torch.nn.functional.pad(self.advantages_BT, (0, more)), advantages_BT]))

    def to(self, device: torch.device) -> "Advantages":
        """The same on a device."""

        def move(tensor_BT: Tensor | None) -> Tensor | None:
            return None if tensor_BT is None else tensor_BT.to(device)

        return Advantages(self.advantages_BT.to(device), move(self.returns_BT), move(self.values_BT))
