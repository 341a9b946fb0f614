"""Several checkpoints on one model in memory: what was tuned is switched, everything else is shared.

A checkpoint that was tuned from another one is served on that one's thinker. Its LoRA pairs are added unmerged, by a hook on
each linear layer, which is what the trainer computed; tensors that it stores whole are exchanged, not copied. So a second
checkpoint costs its own few megabytes, and a switch costs nothing that can be felt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import RLock
from types import TracebackType
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from tarl_app.agents.omni.model.adapters import OmniConfig, lora_of
from tarl_app.agents.omni.model.layout import newer_name
from tarl_app.core.errors import AgentError, ConfigError

Pair = tuple[Tensor, Tensor]  # A [rank, in], B [out, rank], the scaling in B


@dataclass(frozen=True, eq=False)
class Tuning:
    """What one checkpoint adds to the model it was tuned from, by module and by parameter."""

    pairs: dict[str, Pair] = field(default_factory=dict)
    whole: dict[str, Tensor] = field(default_factory=dict)


def tuning_of(thinker: nn.Module, config: OmniConfig, weights: Mapping[str, Tensor]) -> Tuning:
    """A checkpoint's weights in the thinker's type and on its device.

    Raises:
        AgentError: tensors are missing, of another shape, or of no module.
    """
    own = {newer_name(thinker, name): parameter for name, parameter in thinker.named_parameters()}
    tuning, left = Tuning(), dict(weights)
    if config.lora and not any(name.endswith(".lora_A") for name in left):
        raise AgentError(f"The checkpoint {config.name} lacks the adapters that its configuration names.")
    try:
        for module in [name.removesuffix(".lora_A") for name in left if name.endswith(".lora_A")]:
            entry, target = lora_of(module, config), own[f"{module}.weight"]
            low, high = left.pop(f"{module}.lora_A"), left.pop(f"{module}.lora_B")
            _same_shape(module, (high.shape[0], low.shape[1]), target)
            tuning.pairs[module] = (low.to(target), (high.float() * (entry.alpha / entry.rank)).to(target))
        for name, tensor in left.items():
            _same_shape(name, tuple(tensor.shape), own[name])
            tuning.whole[name] = tensor.to(own[name])
    except (KeyError, ConfigError) as error:
        raise AgentError(f"The checkpoint {config.name} does not fit its base: {error}") from error
    return tuning


def _same_shape(name: str, shape: tuple[int, ...], parameter: Tensor) -> None:
    if shape != tuple(parameter.shape):
        raise AgentError(f"{name} has shape {shape}, the model's is {tuple(parameter.shape)}.")


class Switch:
    """The tunings of one thinker; at first none is on. To be used by whoever has the model to themselves."""

    def __init__(self, thinker: nn.Module) -> None:
        self._modules = {newer_name(thinker, name): module for name, module in thinker.named_modules()}
        self._parameters = {newer_name(thinker, name): parameter for name, parameter in thinker.named_parameters()}
        self._own: dict[str, Tensor] = {}  # the thinker's own tensors, of those that some tuning replaces
        self._pairs: dict[str, list[Pair]] = {}  # what the hooks add now
        self._hooked: set[str] = set()
        self._on: tuple[Tuning, ...] = ()

    def to(self, tunings: tuple[Tuning, ...]) -> None:
        """Makes the model what it is with those tunings, one upon the other, and no others."""
        if len(tunings) == len(self._on) and all(one is other for one, other in zip(tunings, self._on, strict=True)):
            return
        with torch.no_grad():
            for name, tensor in self._own.items():
                self._parameters[name].data = tensor
            self._pairs.clear()
            for tuning in tunings:
                for module, pair in tuning.pairs.items():
                    self._pairs.setdefault(module, []).append(pair)
                    self._hook(module)
                for name, tensor in tuning.whole.items():
                    self._own.setdefault(name, self._parameters[name].data)
                    self._parameters[name].data = tensor
        self._on = tunings

    def _hook(self, name: str) -> None:
        if name in self._hooked:
            return
        self._hooked.add(name)

        def add(module: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
            pairs = self._pairs.get(name)
            if not pairs:
                return None
            for low, high in pairs:
                output = output + functional.linear(functional.linear(given[0], low), high)
            return output

        self._modules[name].register_forward_hook(add)


class TunedLock:
    """The lock of one checkpoint on a model: who gets it has the model to themselves, and finds it tuned as their own."""

    def __init__(self, switch: Switch, tunings: tuple[Tuning, ...] = (), lock: "RLock | None" = None) -> None:
        """``lock``: that of the model, the same for all checkpoints on it."""
        self.switch, self.tunings = switch, tunings
        self._lock = lock or RLock()

    def upon(self, tuning: Tuning) -> "TunedLock":
        """The lock of a checkpoint that was tuned from this one."""
        return TunedLock(self.switch, (*self.tunings, tuning), self._lock)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Like ``threading.RLock.acquire``."""
        if not self._lock.acquire(blocking, timeout):
            return False
        self.switch.to(self.tunings)
        return True

    def release(self) -> None:
        """Like ``threading.RLock.release``."""
        self._lock.release()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()
