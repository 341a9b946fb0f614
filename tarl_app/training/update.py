"""One step of learning: a batch of rollouts becomes one or more optimiser steps.

Micro-batches are split by length, and every loss is divided by the denominator of the whole batch over all processes,
so that their gradients add up to exactly the gradient of the batch, however it is split.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from tarl_app.core.errors import ConfigError, Diverged
from tarl_app.training.algorithms import Advantages, Algorithm
from tarl_app.training.batch.importance import Compared, compare
from tarl_app.training.batch.shared_prefix import passes
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.distributed.load_balancing import even_out
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.losses import kl, summarise, weighted
from tarl_app.training.policy import Policy, TokenStates
from tarl_app.training.rollouts.samples import Batch, widened


class Learner:
    """The optimiser and the arithmetic of a step."""

    def __init__(
        self,
        policy: Policy,
        algorithm: Algorithm,
        processes: Processes,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """``check`` is called between micro-batches and raises when the run should stop; nothing has changed then."""
        self.policy, self.algorithm, self.processes, self.check = policy, algorithm, processes, check
        self.config: TrainConfig = policy.config
        self.trained: dict[str, nn.Parameter] = policy.trained()
        head = [one for name, one in self.trained.items() if name.startswith("value_head.")]
        groups = [{"params": policy.adapters, "lr": self.config.learning_rate}]
        groups += [{"params": head, "lr": self.config.value_learning_rate}] if head else []
        self._rates = [group["lr"] for group in groups]
        self._below: dict[tuple[int, ...], Tensor] = {}
        """Cache for the current batch: a pass's rows -> output of the frozen layers (``Policy.below``)."""
        self.optimiser = torch.optim.AdamW(groups, weight_decay=self.config.weight_decay)

    def update(self, batch: Batch, step: int, replayed: Batch | None = None) -> dict[str, Any]:
        """Updates the policy; returns the metrics of the first pass over the batch, which is on policy.

        ``step`` counts from 0. ``replayed`` are rollouts of earlier steps, which are imitated (``config.replay``). What
        ``check`` raises leaves weights and optimiser as they were, unless ``updates`` > 1 and some are done.

        Raises:
            Diverged: a loss, a gradient, the new weights or their outputs are not finite, in any process.
        """
        self._below.clear()
        batch = batch.to(self.policy.device)
        rows, real = self._rows(batch)
        compared: Compared | None = None
        if self.config.servers.urls:
            batch, compared = self._compared(batch, rows)
        reference_BT = self._reference(batch, rows) if self._needs_reference else None
        values_BT = self._values(batch, rows) if self.algorithm.needs_values else None
        advantages = self.algorithm.advantages(batch, values_BT, reference_BT, self.processes.total)
        if compared is not None and compared.weights_BT is not None:
            advantages = replace(advantages, advantages_BT=advantages.advantages_BT * compared.weights_BT)
        denominator = self.processes.total(self.algorithm.denominator(batch))
        pulled = (weighted(advantages.advantages_BT, self.config.algorithm) != 0).any(dim=1).sum()
        row: dict[str, Any] = {"with_gradient": int(self.processes.total(pulled.double()))}
        if (useful := self._useful(advantages)) is not None:
            self._below.clear()
            batch = batch.select(useful)
            advantages = advantages.select(useful, batch.ids_BT.shape[1])
            batch, advantages = even_out(batch, advantages, self.processes, self.policy.audio)
            rows, real = self._rows(batch)
        if replayed is not None and len(replayed):
            batch, advantages, reference_BT = self._joined(batch, advantages, reference_BT, replayed)
            rows, real = self._rows(batch)
        first: dict[str, Any] = {}
        for number in range(self.config.updates):
            metrics = self._pass(batch, rows, real, advantages, denominator, reference_BT)
            if not math.isfinite(metrics["loss"]):
                raise Diverged("The loss is not a number.", begun=not number)
            metrics["learning_rate"] = self._rate(step)
            metrics["grad_norm"] = self._optimise(step, number)
            first = first or metrics
            if number:
                first["clip_fraction"] = metrics["clip_fraction"]  # on policy nothing is clipped
        self._require_numbers(batch, rows[-1])
        self._below.clear()
        return row | first if compared is None else row | first | compared.metrics

    def _joined(
        self, batch: Batch, advantages: Advantages, reference_BT: Tensor | None, replayed: Batch
    ) -> tuple[Batch, Advantages, Tensor | None]:
        """The rows of ``replayed`` after the batch's, as if the policy before this step had sampled them."""
        replayed = replayed.to(self.policy.device)
        rows = passes(replayed, self.config.micro_tokens, self.policy.audio)
        self._below.clear()
        replayed = replace(replayed, old_BT=self._logprobs(replayed, rows) * replayed.action_mask_BT)
        theirs_BT = self._reference(replayed, rows) if reference_BT is not None else None
        self._below.clear()
        joined = batch.joined(replayed)
        width = joined.ids_BT.shape[1]
        if reference_BT is not None and theirs_BT is not None:
            reference_BT = torch.cat([widened(reference_BT, width), widened(theirs_BT, width)])
        pull_BT = self.config.replay.weight * replayed.action_mask_BT.to(advantages.advantages_BT.dtype)
        return joined, advantages.joined(widened(pull_BT, width)), reference_BT

    def _states(self, part: Batch, rows: list[int]) -> TokenStates:
        """The policy's outputs for these rows; layers below its adapters are computed once for all passes of a step."""
        if self.config.updates == 1 and not self._needs_reference:
            return self.policy.states(part)
        key = tuple(rows)
        if key not in self._below and (below := self.policy.below(part)) is not None:
            self._below[key] = below
        return self.policy.states(part, self._below.get(key))

    def _rows(self, batch: Batch) -> tuple[list[list[int]], int]:
        """The micro-batches, and the number of them that are this process's own."""
        rows = passes(batch, self.config.micro_tokens, self.policy.audio)
        real = len(rows)
        if self.config.shard:  # all processes gather the layers together, so all make the same number of passes
            rows += [rows[-1]] * (self.processes.most(real) - real)
        return rows, real

    def _useful(self, advantages: Advantages) -> list[int] | None:
        """The rows with a gradient, at least one; None if all have one (a KL or entropy term)."""
        config = self.config.algorithm
        if self._needs_reference or self.algorithm.needs_values or config.entropy_coefficient:
            return None
        pulls_B = (weighted(advantages.advantages_BT, config) != 0).any(dim=1)
        return torch.nonzero(pulls_B)[:, 0].tolist() or [0]

    @property
    def _needs_reference(self) -> bool:
        return getattr(self.config.algorithm, "kl_coefficient", 0.0) > 0

    def _pass(
        self,
        batch: Batch,
        rows: list[list[int]],
        real: int,
        advantages: Advantages,
        denominator: Tensor,
        reference_BT: Tensor | None,
    ) -> dict[str, Any]:
        """Losses and gradients of all micro-batches; those after the first ``real`` ones only match the other
        processes.
        """
        self.optimiser.zero_grad(set_to_none=True)
        total = torch.zeros((), dtype=torch.float64, device=self.policy.device)
        parts: list[Mapping[str, Tensor]] = []
        for number, some in enumerate(rows):
            self.check()
            part = batch.select(some)
            width = part.ids_BT.shape[1]
            states = self._states(part, some)
            if number >= real:
                (states.logprobs_BT.sum() * 0).backward()
                continue
            reference = (
                None if reference_BT is None else reference_BT[torch.tensor(some, device=batch.ids_BT.device), :width]
            )
            loss, sums = self.algorithm.loss(
                states.logprobs_BT,
                advantages.select(some, width),
                part,
                denominator,
                reference,
                states.entropy_BT,
                states.values_BT,
            )
            loss.backward()
            total += loss.detach().double()
            parts.append(sums)
        drift = None if reference_BT is not None else self._drift(batch, rows[-1])
        metrics = summarise(parts, self.processes.total)
        return {
            **({} if drift is None else {"kl": drift}),
            **metrics,
            "loss": float(self.processes.total(total)),
            "micro_batches": real,
        }

    def _optimise(self, step: int, number: int) -> float:
        """Clips the gradient, updates the weights, and returns the gradient's norm before clipping; see ``update``."""
        self.processes.sum_gradients(self.trained.values())
        norm = float(nn.utils.clip_grad_norm_(self.trained.values(), self.config.gradient_clip))
        if not math.isfinite(norm):
            raise Diverged("The gradient is not a number.", begun=not number)
        for group, rate in zip(self.optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * self._rate(step) / self.config.learning_rate
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return norm

    def _rate(self, step: int) -> float:
        rise = min(1.0, (step + 1) / max(1, self.config.learning_rate_warmup))
        gone = min(1.0, step / max(1, self.config.steps - 1))
        return self.config.learning_rate * rise * (1 - gone * (1 - self.config.learning_rate_end))

    def _require_numbers(self, batch: Batch, rows: list[int]) -> None:
        """Checks the outputs with one more cheap pass: finite but huge weights give NaN only in use. See ``update``."""
        broken = next((name for name, one in self.state().items() if not torch.isfinite(one).all()), None)
        said = broken is None and bool(torch.isfinite(self._logprobs(batch, [rows])).all())
        if self.processes.total(torch.tensor(float(not said))):
            raise Diverged(f"{broken or 'What the new weights say of a reply'} is not a number after the update.")

    # --- passes without gradient ------------------------------------------------------------------------------------------

    @torch.no_grad()
    def _reference(self, batch: Batch, rows: list[list[int]]) -> Tensor:
        """Log-probabilities of the policy without its LoRA, [B, T]."""
        with self.policy.reference():
            return self._logprobs(batch, rows)

    @torch.no_grad()
    def _logprobs(self, batch: Batch, rows: list[list[int]]) -> Tensor:
        """Log-probabilities of the policy, [B, T]."""
        logprobs_BT = torch.zeros_like(batch.old_BT)
        for some in rows:
            self.check()
            part = batch.select(some)
            width = part.ids_BT.shape[1]
            logprobs_BT[torch.tensor(some, device=batch.ids_BT.device), :width] = self._states(part, some).logprobs_BT
        return logprobs_BT

    def _compared(self, batch: Batch, rows: list[list[int]]) -> tuple[Batch, Compared]:
        """The batch with the policy's own log-probabilities in place of the servers', and the comparison."""
        now_BT = self._logprobs(batch, rows)
        cap = self.config.servers.importance_cap
        return replace(batch, old_BT=now_BT), compare(now_BT, batch.old_BT, batch.action_mask_BT, cap, self.processes.total)

    @torch.no_grad()
    def _values(self, batch: Batch, rows: list[list[int]]) -> Tensor:
        """The value head's values before this update, [B, T]."""
        values_BT = torch.zeros_like(batch.old_BT)
        for some in rows:
            self.check()
            part = batch.select(some)
            found = self._states(part, some).values_BT
            assert found is not None
            values_BT[torch.tensor(some, device=batch.ids_BT.device), : part.ids_BT.shape[1]] = found
        return values_BT

    @torch.no_grad()
    def _drift(self, batch: Batch, rows: list[int]) -> float:
        """KL from the reference on the shortest micro-batch, as a cheap metric: the other way round where the reference
        has sampled it, as the estimate needs samples of the first.
        """
        part = batch.select(rows)
        if self.config.rollouts_by == "reference":
            sampler_BT, other_BT = part.old_BT, self._states(part, rows).logprobs_BT
        else:
            with self.policy.reference():
                sampler_BT, other_BT = part.old_BT, self._states(part, rows).logprobs_BT
        return float(kl(sampler_BT, other_BT, "k3")[part.action_mask_BT].mean()) if part.tokens else 0.0

    # --- state --------------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Tensor]:
        """Weights and moments by name, to be stored."""
        tensors: dict[str, Tensor] = {}
        for name, parameter in self.trained.items():
            tensors[f"weight/{name}"] = parameter.detach()
            for key, value in self.optimiser.state.get(parameter, {}).items():
                tensors[f"{key}/{name}"] = value
        return tensors

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restores the result of ``state``; raises ``ConfigError`` when it is of another model or adapter."""
        for name, parameter in self.trained.items():
            stored = tensors.get(f"weight/{name}")
            if stored is None or stored.shape != parameter.shape:
                raise ConfigError(f"The stored state does not fit: {name} is missing, or of another shape.")
            parameter.copy_(stored)
            moments = {
                key: tensors[f"{key}/{name}"] for key in ("step", "exp_avg", "exp_avg_sq") if f"{key}/{name}" in tensors
            }
            if any(value.shape != parameter.shape for key, value in moments.items() if key != "step"):
                raise ConfigError(f"The stored state does not fit: a moment of {name} is of another shape.")
            if moments:
                moved = {
                    key: value.clone() if key == "step" else value.to(parameter.device) for key, value in moments.items()
                }
                self.optimiser.state[parameter] = moved
