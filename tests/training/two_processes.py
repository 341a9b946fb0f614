"""One of several processes that share a batch: ``accelerate launch ... -m tests.training.two_processes FOLDER``.

Every process holds other groups, of other lengths. What comes of it, the advantages, losses, metrics and gradients for every
algorithm under DDP and FSDP2, is written to ``FOLDER/rank-N.safetensors``. A single process has no process group at all.
"""

import json
import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from accelerate import FullyShardedDataParallelPlugin
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel

from tarl_app.training.algorithms import AlgorithmConfig, ValueHead, make_algorithm
from tarl_app.training.algorithms.grpo import GrpoConfig
from tarl_app.training.algorithms.ppo import PpoConfig
from tarl_app.training.algorithms.rloo import RlooConfig
from tarl_app.training.losses import Total, alone, summarise
from tarl_app.training.rollouts.samples import Batch
from tests.training.batches import batch_of

WORDS, WIDTH = 11, 8
CONFIGS: dict[str, AlgorithmConfig] = {
    "grpo": GrpoConfig(normalise="batch", kl_coefficient=0.1, entropy_coefficient=0.01),
    "rloo": RlooConfig(normalise="batch", kl_coefficient=0.1),
    "ppo": PpoConfig(averaging="constant_length", constant_length=16, kl_coefficient=0.1, kl_in="reward"),
}
GROUPS = [[0, 1], [2]]
"""Which groups each of two processes holds: the first has twice as many episodes."""
MICRO = [[[0, 1, 2], [3, 4, 5]], [[0], [1, 2]]]
"""Micro-batches of each of two processes, in rows of its own."""


class Tiny(nn.Module):
    """Log-probability, entropy and (where there is a value head) value of every token, from the token before it."""

    def __init__(self, values: bool) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, WIDTH)
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.head = nn.Linear(WIDTH, WORDS)
        self.value = ValueHead(WIDTH) if values else None
        if self.value is not None:
            nn.init.normal_(self.value.linear.weight)

    def forward(self, ids_BT: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        hidden = torch.tanh(self.mix(self.embed(ids_BT.roll(1, dims=1))))
        logprobs = self.head(hidden).log_softmax(-1)
        entropy_BT = -(logprobs.exp() * logprobs).sum(-1)
        values_BT = None if self.value is None else self.value(hidden)
        return logprobs.gather(-1, ids_BT[..., None]).squeeze(-1), entropy_BT, values_BT


def whole_batch() -> tuple[Batch, Tensor]:
    """Three groups of three episodes, from two to seven agent tokens long, with reference log-probabilities."""
    draw = torch.Generator().manual_seed(7)
    chosen = [[int(at < 2 + row % 6 and at != 1) for at in range(8)] for row in range(9)]
    rewards = [15.0, 5.0, -1.0, 13.0, 2.5, 2.5, -3.75, 0.0, 10.0]
    batch = batch_of(chosen, rewards, [row // 3 for row in range(9)])
    batch.ids_BT.copy_(torch.randint(0, WORDS, batch.ids_BT.shape, generator=draw))
    batch.old_BT.sub_(1.5)
    return batch, batch.old_BT + 0.2 * torch.randn(batch.old_BT.shape, generator=draw)


def train_once(model: nn.Module, rank: int, world: int, config: AlgorithmConfig) -> dict[str, Tensor]:
    """One training step's backward pass over this process's share of the batch."""
    batch, reference_BT = whole_batch()
    total: Total = alone
    micro = [list(range(len(batch)))]
    if world > 1:
        rows = [row for row in range(len(batch)) if int(batch.group_B[row]) in GROUPS[rank]]
        batch, reference_BT, total, micro = batch.select(rows), reference_BT[rows], _all_reduce, MICRO[rank]
    algorithm = make_algorithm(config)
    with torch.no_grad():
        values_BT = model(batch.ids_BT)[2]
    advantages = algorithm.advantages(batch, values_BT, reference_BT, total)
    denominator = float(total(algorithm.denominator(batch)))
    loss_sum, sums = torch.zeros(()), []
    for number, rows in enumerate(micro):
        _synchronise(model, number == len(micro) - 1)
        part = batch.select(rows)
        width = part.ids_BT.shape[1]
        logprobs_BT, entropy_BT, now_BT = model(part.ids_BT)
        loss, some = algorithm.loss(
            logprobs_BT, advantages.select(rows, width), part, denominator, reference_BT[rows, :width], entropy_BT, now_BT
        )
        (loss * world).backward()
        loss_sum, sums = loss_sum + loss.detach(), [*sums, some]
    metrics = {f"metric/{name}": torch.tensor(value) for name, value in summarise(sums, total).items()}
    gradients = {
        f"gradient/{name.removeprefix('module.')}": _whole(one.grad)
        for name, one in model.named_parameters()
        if one.grad is not None
    }
    return {"loss": total(loss_sum), "advantages": advantages.advantages_BT, **metrics, **gradients}


def _all_reduce(value: Tensor) -> Tensor:
    value = value.clone()
    dist.all_reduce(value)
    return value


def _synchronise(model: nn.Module, last: bool) -> None:
    """Gradients are exchanged after the last micro-batch only."""
    if isinstance(model, DistributedDataParallel):
        model.require_backward_grad_sync = last
    elif isinstance(model, FSDPModule):
        model.set_requires_gradient_sync(last)


def _whole(gradient: Tensor) -> Tensor:
    return (gradient.full_tensor() if isinstance(gradient, DTensor) else gradient).contiguous()


def wrappers(world: int, values: bool) -> dict[str, nn.Module]:
    """The same weights in every process and every wrapper."""

    def fresh() -> Tiny:
        torch.manual_seed(0)
        return Tiny(values)

    if world == 1:
        return {"alone": fresh()}
    sharded = fresh()
    mesh = init_device_mesh("cpu", (world,))
    for layer in (sharded.embed, sharded.mix, sharded.head):
        fully_shard(layer, mesh=mesh)
    fully_shard(sharded, mesh=mesh)
    return {"ddp": DistributedDataParallel(fresh()), "fsdp2": sharded}


def main(rank: int, world: int, folder: Path) -> None:
    """Everything this process has to say, into one file."""
    if world > 1:
        dist.init_process_group("gloo")
        plugin = FullyShardedDataParallelPlugin()  # as accelerate launch set it up
        settings = {"version": plugin.fsdp_version, "wrap": plugin.transformer_cls_names_to_wrap}
        (folder / f"fsdp-{rank}.json").write_text(json.dumps(settings))
    results: dict[str, Tensor] = {}
    for name, config in CONFIGS.items():
        for wrapper, model in wrappers(world, make_algorithm(config).needs_values).items():
            made = train_once(model, rank, world, config)
            results |= {f"{wrapper}/{name}/{key}": value.detach().clone() for key, value in made.items()}
    save_file(results, folder / f"rank-{rank}.safetensors")
    if world > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]), Path(sys.argv[1]))
