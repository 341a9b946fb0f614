"""Checks the device of a run: that it exists, and supports the type of the weights."""

import torch

from tarl_app.core.errors import ConfigError

TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_KNOWN = "Set device to auto, or to cpu"


def resolve(device: str) -> str:
    """Resolves ``auto`` for this machine."""
    return device if device != "auto" else ("cuda" if torch.cuda.is_available() else "cpu")


def is_gpu(device: str) -> bool:
    """Whether it is a device of which each process takes one."""
    return resolve(device) != "cpu"


def require_device(device: str, dtype: str = "auto", processes: int = 1) -> str:
    """The device's name for torch, after a small test computation; ``processes`` of this machine share its GPUs.

    Raises:
        ConfigError: torch has no such device here, too few of them, or it cannot compute with that type.
    """
    name = resolve(device)
    if name.startswith("cuda"):
        _require_gpus(name, processes)
    elif name != "cpu" and processes > 1:
        raise ConfigError(f"device is {name}, of which this machine has one, for {processes} processes: start one.")
    try:
        some = torch.ones(2, 2, dtype=TYPES.get(dtype, torch.float32), device=name)
        (some @ some).sum().item()
    except (RuntimeError, AssertionError, ValueError, TypeError, NotImplementedError) as error:
        told = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"device is {name} with dtype {dtype}, which torch cannot use here ({told}). {_KNOWN}.") from error
    return name


def _require_gpus(name: str, processes: int) -> None:
    if not torch.cuda.is_available():
        raise ConfigError(f"device is {name}, and torch finds no GPU here. {_KNOWN}, or install torch's build for CUDA.")
    count, (_, _, index) = torch.cuda.device_count(), name.partition(":")
    if index and int(index) >= count:
        raise ConfigError(f"device is {name}, and this machine has {count} GPUs: cuda:0 to cuda:{count - 1}.")
    if index and processes > 1:
        raise ConfigError(f"device is {name}, one GPU for {processes} processes: set it to cuda, and each takes its own.")
    if processes > count:
        raise ConfigError(f"{processes} processes are to train on this machine, which has {count} GPUs: start {count}.")
