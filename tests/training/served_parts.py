"""Rollout servers on loopback for tests, each with a random model like that of ``tiny_parts``."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch

from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.agents.omni.serving.server import RolloutServer, serving
from tarl_app.training.configuration.config import Servers, TrainConfig
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.policy import Policy
from tarl_app.training.remote.remote_decoder import RemoteDecoder
from tarl_app.training.remote.server_pool import ServerPool, open_fleet
from tarl_app.training.rollouts.play import Rollouts
from tests.training import tiny_parts

BASE = "tiny-random"


@contextmanager
def running(folder: Path, count: int = 1, base_weights: bool = False) -> Iterator[list[RolloutServer]]:
    """So many servers that are up inside the block: of ``tiny_parts.loaded``, or of what the name ``tiny-random`` means."""

    def server() -> RolloutServer:
        loaded = load_checkpoint(BASE, torch.float32) if base_weights else tiny_parts.loaded(folder)
        return RolloutServer(loaded, BASE, folder, "127.0.0.1", 0, 8)

    with ExitStack() as stack:
        yield [stack.enter_context(serving(server())) for _ in range(count)]


def config_for(servers: list[RolloutServer], **changes: Any) -> TrainConfig:
    """A tiny run whose replies come from them; failures are not waited for long."""
    made = Servers(urls=tuple(server.url for server in servers), timeout=60.0, retries=1, pause=0.05)
    return tiny_parts.config(**{"servers": made, **changes})


@contextmanager
def fleet_for(folder: Path, made: TrainConfig, policy: Policy) -> Iterator[ServerPool]:
    """The servers of a configuration, with the policy's adapter published."""
    fleet = open_fleet(made, folder / "run", policy, Processes("cpu"))
    assert fleet is not None
    try:
        fleet.publish(0)
        yield fleet
    finally:
        fleet.close()


def rollouts_with(fleet: ServerPool, policy: Policy, folder: Path, **more: Any) -> Rollouts:
    return Rollouts(policy, tiny_parts.parts(folder), decoder=RemoteDecoder(fleet), **more)


def tuned(policy: Policy, seed: int = 0) -> Policy:
    """The same policy with an adapter that does something."""
    torch.manual_seed(seed)
    for parameter in policy.adapters:
        torch.nn.init.normal_(parameter, std=0.2)
    return policy
