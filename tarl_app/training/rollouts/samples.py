"""Rollouts, which are episodes with their sampled tokens, and batches of them.

Axes are in the names: B rollouts, T tokens of the longest, N tokens that the agent chose. The entry ``[b, t]`` of every
tensor is about token ``t`` itself, so a log-probability at ``t`` is that of token ``t`` given the tokens before it.
"""

# ruff: noqa: N815 - the axes are in the names of fields, too

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tarl_app.agents.omni.decoding.masks import Bits
from tarl_app.core.types import AudioRef, Episode
from tarl_app.training.batch.token_logprobs import Limits


@dataclass(frozen=True, eq=False)
class Sampled:
    """The policy's T tokens of one conversation."""

    ids: npt.NDArray[np.int64]
    """All tokens of the dialogue, exactly as they were sampled and read, never re-encoded from text."""
    chosen: npt.NDArray[np.bool_]
    """Tokens the agent chose: not those of users and tools, and not those that the call grammar forced."""
    logprobs: npt.NDArray[np.float32]
    """Log-probabilities under the sampling policy, at its temperature, among the tokens that its grammar allowed; 0
    where not chosen.
    """
    turn: npt.NDArray[np.int64]
    """Index of the agent turn (0, 1, ...), -1 elsewhere."""
    sounds: tuple[AudioRef, ...]
    """The sounds whose placeholders are in ``ids``, in order."""
    group: str
    """Rollouts of one group have the same task and the same seed of everything but the policy."""
    reward: float = 0.0
    turn_rewards: tuple[float, ...] = ()
    """One for each agent turn, if the scheme rewards turns; otherwise empty."""
    limits: Mapping[int, Bits] = field(default_factory=dict)
    """Index in ``ids`` -> the tokens that the grammar allowed there, where that matters (``batched_decoder.Reply``)."""


@dataclass(frozen=True, eq=False)
class Rollout(Sampled):
    """An episode as the policy's tokens."""

    episode: Episode = field(kw_only=True)

    @property
    def response_tokens(self) -> int:
        """How many tokens the agent chose."""
        return int(self.chosen.sum())


@dataclass(frozen=True, eq=False)
class Batch:
    """Rollouts as tensors, padded on the right; rewards are not normalised."""

    ids_BT: Tensor
    lengths_B: Tensor
    action_mask_BT: Tensor
    old_BT: Tensor
    """Log-probabilities under the sampling policy; 0 where not chosen."""
    turn_BT: Tensor
    rewards_B: Tensor
    turn_rewards: list[tuple[float, ...]]
    """Only for ``tarl_per_turn``; otherwise one empty tuple a row."""
    group_B: Tensor
    """Number of the group, 0, 1, ..."""
    sounds: list[tuple[AudioRef, ...]]
    limit_BT: Tensor | None = None
    """Row in ``limits_MB`` with the allowed tokens, or -1 for all tokens; None: no limits anywhere."""
    limits_MB: Tensor | None = None
    """``masks.Bits``; all rows, whichever rollouts are selected."""

    def __len__(self) -> int:
        return self.ids_BT.shape[0]

    @property
    def tokens(self) -> int:
        """How many tokens the agent chose."""
        return int(self.action_mask_BT.sum())

    def select(self, rows: Sequence[int]) -> "Batch":
        """Those rows, cut to the longest of them."""
        index = torch.tensor(list(rows), dtype=torch.long, device=self.ids_BT.device)
        longest = int(self.lengths_B[index].max()) if len(index) else 0
        return replace(
            self,
            **{name: getattr(self, name)[index, :longest] for name in ("ids_BT", "action_mask_BT", "old_BT", "turn_BT")},
            **{name: getattr(self, name)[index] for name in ("lengths_B", "rewards_B", "group_B")},
            turn_rewards=[self.turn_rewards[row] for row in rows],
            sounds=[self.sounds[row] for row in rows],
            limit_BT=None if self.limit_BT is None else self.limit_BT[index, :longest],
        )

    def joined(self, other: "Batch") -> "Batch":
        """These rows, then the other batch's, which has no limits; its groups are numbered on.

        Raises:
            ValueError: the other batch has limits.
        """
        if other.limit_BT is not None:
            raise ValueError("The second batch has limits, whose rows would have to be numbered on.")
        width = max(self.ids_BT.shape[1], other.ids_BT.shape[1])

        def both(name: str, pad: int = 0) -> Tensor:
            return torch.cat([widened(getattr(one, name), width, pad) for one in (self, other)])

        limit_BT = None
        if self.limit_BT is not None:
            none_BT = self.limit_BT.new_full((len(other), width), -1)
            limit_BT = torch.cat([widened(self.limit_BT, width, -1), none_BT])
        groups = int(self.group_B.max()) + 1 if len(self) else 0
        return replace(
            self,
            ids_BT=both("ids_BT"),
            action_mask_BT=both("action_mask_BT"),
            old_BT=both("old_BT"),
            turn_BT=both("turn_BT", -1),
            lengths_B=torch.cat([self.lengths_B, other.lengths_B]),
            rewards_B=torch.cat([self.rewards_B, other.rewards_B]),
            group_B=torch.cat([self.group_B, other.group_B + groups]),
            turn_rewards=[*self.turn_rewards, *other.turn_rewards],
            sounds=[*self.sounds, *other.sounds],
            limit_BT=limit_BT,
        )

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        names = ("ids_BT", "lengths_B", "action_mask_BT", "old_BT", "turn_BT", "rewards_B", "group_B")
        moved = {name: getattr(self, name).to(device) for name in names}
        if self.limit_BT is not None and self.limits_MB is not None:
            moved |= {"limit_BT": self.limit_BT.to(device), "limits_MB": self.limits_MB.to(device)}
        return replace(self, **moved)

    def limits(self, picked_BT: Tensor) -> Limits | None:
        """The allowed tokens at the picked places; None: all tokens, everywhere."""
        if self.limit_BT is None or self.limits_MB is None:
            return None
        return Limits(self.limit_BT[picked_BT], self.limits_MB)


def widened(tensor_BT: Tensor, width: int, pad: int = 0) -> Tensor:
    """The rows, padded on the right to ``width`` tokens."""
    return torch.nn.functional.pad(tensor_BT, (0, width - tensor_BT.shape[1]), value=pad)


def make_batch(rollouts: Sequence[Sampled], pad: int = 0) -> Batch:
    """All rollouts in their order; groups are numbered as they appear."""
    longest = max((len(one.ids) for one in rollouts), default=0)
    shape = (len(rollouts), longest)
    ids_BT = torch.full(shape, pad, dtype=torch.long)
    action_mask_BT = torch.zeros(shape, dtype=torch.bool)
    old_BT = torch.zeros(shape)
    turn_BT = torch.full(shape, -1, dtype=torch.long)
    for row, one in enumerate(rollouts):
        length = len(one.ids)
        ids_BT[row, :length] = torch.from_numpy(one.ids)
        action_mask_BT[row, :length] = torch.from_numpy(one.chosen)
        old_BT[row, :length] = torch.from_numpy(one.logprobs)
        turn_BT[row, :length] = torch.from_numpy(one.turn)
    limit_BT = torch.full(shape, -1, dtype=torch.long)
    bits: dict[int, Bits] = {}  # by identity: replies share them
    rows_of: dict[int, int] = {}
    for row, one in enumerate(rollouts):
        for place, limit in one.limits.items():
            bits[id(limit)] = limit
            limit_BT[row, place] = rows_of.setdefault(id(limit), len(rows_of))
    numbers = {group: number for number, group in enumerate(dict.fromkeys(one.group for one in rollouts))}
    return Batch(
        ids_BT=ids_BT,
        lengths_B=torch.tensor([len(one.ids) for one in rollouts], dtype=torch.long),
        action_mask_BT=action_mask_BT,
        old_BT=old_BT,
        turn_BT=turn_BT,
        rewards_B=torch.tensor([one.reward for one in rollouts], dtype=torch.float32),
        turn_rewards=[one.turn_rewards for one in rollouts],
        group_B=torch.tensor([numbers[one.group] for one in rollouts], dtype=torch.long),
        sounds=[one.sounds for one in rollouts],
        limit_BT=limit_BT if bits else None,
        limits_MB=torch.from_numpy(np.stack(list(bits.values()))) if bits else None,
    )


def micro_batches(lengths: Sequence[int], tokens: int, shared: int = 0) -> Iterator[list[int]]:
    """Row numbers in lists of similar length, the longest first; a list has at most ``tokens``, padding included.

    With ``shared``, all rows have a common prefix of that many tokens, which is computed once, and are not padded. A
    row longer than ``tokens`` makes a list of its own. The longest come first, so that memory runs out at once or
    never.
    """
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    held: list[int] = []
    size = 0
    for row in order:
        more = lengths[row] - shared if shared else lengths[held[0]] if held else 0
        if held and size + more > tokens:
            yield held
            held = []
        size = size + more if held else lengths[row]
        held.append(row)
    if held:
        yield held
