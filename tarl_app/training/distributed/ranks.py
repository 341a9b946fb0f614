"""A run in several processes of this machine's CPU, without a launcher: see ``TrainConfig.processes``.

The process that was started is rank 0, so stopping, killing and watching a run is the same for one as for several. The
others end with it, however it ends: the kernel signals them.
"""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch.multiprocessing.spawn import start_processes

from tarl_app.core.settings import settings
from tarl_app.jobs.launch import THREAD_VARIABLES
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.distributed.devices import is_gpu

_LEAVING = 10.0
"""Seconds for the other processes to end, once asked."""


def count(config: TrainConfig) -> int:
    """Number of processes that the run starts here, this one included; 1 under a launcher or on a GPU."""
    if is_gpu(config.device) or "WORLD_SIZE" in os.environ:
        return 1
    return max(1, min(config.processes, settings().threads, config.groups))


@contextmanager
def led(processes: int, work: Callable[..., None], *arguments: Any) -> Iterator[None]:
    """Makes this process rank 0 of ``processes``; each of the others calls ``work(*arguments)``, which has to be
    picklable.

    Within, ``Processes`` joins them. The threads of this machine are divided among all.
    """
    if processes == 1:
        yield
        return
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "GLOO_SOCKET_IFNAME": "lo"}
    place |= {"WORLD_SIZE": str(processes), "LOCAL_WORLD_SIZE": str(processes)}
    place |= dict.fromkeys(THREAD_VARIABLES, str(max(1, settings().threads // processes)))
    with _environment(place | _rank(0)):
        context = start_processes(_follow, (work, arguments), processes - 1, join=False, daemon=True, start_method="spawn")
        others = [one for one in context.processes if one is not None] if context is not None else []
        try:
            yield
        finally:
            for one in others:
                one.terminate()
            for one in others:
                one.join(_LEAVING)
                one.kill()


def _follow(index: int, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.environ |= _rank(index + 1)
    work(*arguments)


def _rank(rank: int) -> dict[str, str]:
    return {"RANK": str(rank), "LOCAL_RANK": str(rank)}


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Sets environment variables within the context, and lets the settings be read again."""
    before = {name: os.environ.get(name) for name in values}
    os.environ |= values
    settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        settings.cache_clear()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
