"""Redistributes rows with a gradient among the processes, so that each has about the same amount of computation.

Each process plays its own groups, and some groups have hardly a rollout with a gradient. Without rebalancing, a process
with few such rows would wait for one with many in every pass of an update. Gradients are summed over processes, so it
does not matter which process computes a row.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch

from tarl_app.training.algorithms import Advantages
from tarl_app.training.batch.shared_prefix import common_beginning
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.rollouts.samples import Batch

_GROUPS = 1 << 20  # more than a process has


def even_out(batch: Batch, advantages: Advantages, processes: Processes, audio: int) -> tuple[Batch, Advantages]:
    """This process's share of the rows of all processes, each of which contributes at least one; rewards are not moved.

    Unchanged for a single process, on a GPU (where a pass costs about the same for any size), and where any row has
    sounds (only the process that played them has them). ``audio`` is the placeholder of a position of sound.
    """
    if processes.count == 1 or processes.device.type != "cpu" or processes.most(int(any(batch.sounds))):
        return batch, advantages
    limit_BT, limits_MB = batch.limit_BT, batch.limits_MB
    if limit_BT is None or limits_MB is None:
        limit_BT, limits_MB = torch.full_like(batch.ids_BT, -1), torch.zeros(0, 0, dtype=torch.uint8)
    before = processes.before(len(limits_MB))
    groups_B = processes.together((batch.group_B + processes.rank * _GROUPS)[:, None])[:, 0]
    limits = processes.together(limits_MB)
    whole = replace(
        batch,
        ids_BT=processes.together(batch.ids_BT),
        lengths_B=processes.together(batch.lengths_B[:, None])[:, 0],
        action_mask_BT=processes.together(batch.action_mask_BT),
        old_BT=processes.together(batch.old_BT),
        turn_BT=processes.together(batch.turn_BT, fill=-1),
        rewards_B=torch.zeros(len(groups_B)),
        turn_rewards=[()] * len(groups_B),
        group_B=groups_B,
        sounds=[()] * len(groups_B),
        limit_BT=processes.together(torch.where(limit_BT < 0, -1, limit_BT + before), fill=-1) if len(limits) else None,
        limits_MB=limits if len(limits) else None,
    )
    everyones_BT = processes.together(advantages.advantages_BT)
    mine = shares(_costs(whole, audio), groups_B.tolist(), processes.count)[processes.rank]
    part = whole.select(mine)
    return part, Advantages(everyones_BT).select(mine, part.ids_BT.shape[1])


def _costs(batch: Batch, audio: int) -> list[int]:
    """Tokens of each row after the common prefix, which is computed once a pass."""
    return (batch.lengths_B - common_beginning(batch.ids_BT, batch.lengths_B, audio)).tolist()


def shares(costs: Sequence[int], groups: Sequence[int], count: int) -> list[list[int]]:
    """Row numbers for each of ``count`` processes, none empty, of about the same cost; few groups are divided.

    There must be as many rows as processes.
    """
    order = sorted(range(len(costs)), key=lambda row: (groups[row], -costs[row], row))
    found: list[list[int]] = [[] for _ in range(count)]
    total, gone, place = sum(costs), 0, 0
    for number, row in enumerate(order):
        left = len(order) - number  # rows, this one included
        over = gone + costs[row] / 2 >= total * (place + 1) / count
        if found[place] and place + 1 < count and (over or left < count - place):
            place += 1
        found[place].append(row)
        gone += costs[row]
    return found
