"""The policy: the frozen thinker of a checkpoint with a fresh LoRA; without the LoRA it is the reference.

Earlier adapters of the checkpoint are merged into the frozen weights. The LoRA is float32, and so is PPO's value head;
with bfloat16 weights everything is computed under autocast, in rollouts and in training alike.
"""

# ruff: noqa: N815 - the axes are in the names of fields, too

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from peft.tuners.lora import LoraLayer
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

from tarl_app.agents.omni.audio.encoder_input import Heard, listen
from tarl_app.agents.omni.audio.keyword_spotting import Recognition
from tarl_app.agents.omni.model.adapters import (
    LoraSettings,
    OmniConfig,
    attach_lora,
    fill_lora,
    read_weights,
    save_checkpoint,
    weights_digest,
)
from tarl_app.agents.omni.model.checkpoint import LoadedOmni, load_checkpoint
from tarl_app.agents.omni.model.checkpoint_files import locate_checkpoint, read_config
from tarl_app.agents.omni.model.layout import LANGUAGE, language_model
from tarl_app.core.errors import AgentError, ConfigError
from tarl_app.core.types import AudioRef
from tarl_app.training.algorithms import ValueHead
from tarl_app.training.batch.shared_prefix import Beginning, find_beginning
from tarl_app.training.batch.token_logprobs import token_logprobs
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.configuration.layers import layers_in, require_adapter
from tarl_app.training.partial_pass import frozen_layers, only
from tarl_app.training.rollouts.samples import Batch

_SOUNDS_KEPT = 512


def start_of(config: TrainConfig) -> Path | None:
    """The checkpoint with the LoRA's initial values; None: it is new.

    Raises ``ConfigError`` if its base or form differs.
    """
    name = config.adapter.start
    if not name:
        return None
    folder, base = locate_checkpoint(name), locate_checkpoint(config.base)
    if folder is None:
        raise ConfigError(f"There is no checkpoint {name!r} to start from.")
    made = read_config(folder)
    if made.base != config.base or (made.base_digest and (base is None or made.base_digest != weights_digest(base))):
        raise ConfigError(f"{name} was not made from {config.base}: set base to {made.base}, or leave adapter.start empty.")
    if made.lora != (LoraSettings(**config.adapter.model_dump(exclude={"start", "reference"})),):
        told = ", ".join(f"rank {one.rank}, alpha {one.alpha:g}, targets {one.targets}" for one in made.lora)
        raise ConfigError(f"The adapter of {name} has another form than the one to be trained: {told}.")
    return folder


@dataclass(frozen=True, eq=False)
class TokenStates:
    """The policy's outputs for the tokens of a batch, [B, T]; 0 where the agent did not choose."""

    logprobs_BT: Tensor
    entropy_BT: Tensor
    values_BT: Tensor | None


class Policy:
    """Samples (``thinker``, in ``rollouts``) and is trained (``states``)."""

    def __init__(self, loaded: LoadedOmni, config: TrainConfig, device: torch.device) -> None:
        self.loaded, self.config, self.device = loaded, config, device
        self.thinker = loaded.thinker
        self.settings = (LoraSettings(**config.adapter.model_dump(exclude={"start", "reference"})),)
        require_adapter(config.adapter.targets, config.adapter.rank, layers_in(self.thinker))
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(config.seed)
            self.adapters = attach_lora(self.thinker, self.settings, LANGUAGE)
        for parameter in self.adapters:
            parameter.data = parameter.data.float()
            parameter.requires_grad_()
        self.started: list[Tensor] | None = None
        """The LoRA that the run started from, if that is the reference."""
        self._switches = [module for module in self.thinker.modules() if isinstance(module, BaseTunerLayer)]
        width = self.thinker.get_input_embeddings().weight.shape[1]  # pyright: ignore
        self.value_head = ValueHead(int(width)).to(device) if config.algorithm.name == "ppo" else None
        self.audio = int(self.thinker.config.audio_token_index)
        """The placeholder of a position of sound."""
        self._half = self.thinker.lm_head.weight.dtype is torch.bfloat16
        self._sounds: OrderedDict[str, Heard] = OrderedDict()
        self.frozen_layers = 0 if config.shard else frozen_layers(language_model(self.thinker).layers)
        """Number of layers below the first one with an adapter; their output does not change during training."""
        if config.gradient_checkpointing:
            model = language_model(self.thinker)
            enable = getattr(model, "activation_checkpointing_enable", None) or model.gradient_checkpointing_enable
            enable({"use_reentrant": False})  # the second name is that of older versions of transformers

    @classmethod
    def load(cls, config: TrainConfig, device: torch.device, begun: bool = False) -> "Policy":
        """The policy that the configuration starts from; raises ``AgentError``, ``AssetError``, ``ConfigError``.

        ``begun``: a run's state will be restored, so the checkpoint that its LoRA started from is needed as a reference
        only.
        """
        dtype = {"auto": None, "float32": torch.float32, "bfloat16": torch.bfloat16}[config.dtype]
        start = start_of(config) if not begun or config.adapter.reference == "start" else None
        policy = cls(load_checkpoint(config.base, dtype, str(device)), config, device)
        if start is not None:
            fill_lora(policy.thinker, read_weights(start))
        if config.adapter.reference == "start":
            policy.started = [parameter.detach().clone() for parameter in policy.adapters]
        return policy

    def trained(self) -> dict[str, nn.Parameter]:
        """The trained parameters by name: the LoRA, and ``value_head.*``."""
        named = {name: one for name, one in self.thinker.named_parameters() if one.requires_grad}
        if self.value_head is not None:
            named |= {f"value_head.{name}": one for name, one in self.value_head.named_parameters()}
        return named

    def autocast(self) -> torch.autocast:
        """bfloat16 matrix products where the weights are bfloat16."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._half)

    @contextmanager
    def reference(self) -> Iterator[None]:
        """Within the context, the LoRA is the one that the run started from, or is disabled (``Adapter.reference``)."""
        if self.started is not None:
            trained = [parameter.data for parameter in self.adapters]
            _fill(self.adapters, self.started)
            try:
                yield
            finally:
                _fill(self.adapters, trained)
            return
        for module in self._switches:
            module.enable_adapters(False)
        try:
            yield
        finally:
            for module in self._switches:
                module.enable_adapters(True)

    @contextmanager
    @torch.no_grad()
    def merged(self) -> Iterator[None]:
        """Merges the LoRA into the frozen weights within the context, so that it needs no separate kernels.

        The frozen weights are restored from a copy afterwards; adding and subtracting would round them a little more
        each time.
        """
        layers = [module for module in self._switches if isinstance(module, LoraLayer)]
        frozen = [layer.get_base_layer().weight.data for layer in layers]  # pyright: ignore
        for layer, weight in zip(layers, frozen, strict=True):
            delta = layer.get_delta_weight("default")  # pyright: ignore
            layer.get_base_layer().weight.data = (weight.float() + delta.float()).to(weight.dtype)  # pyright: ignore
            layer.merged_adapters.append("default")
        try:
            yield
        finally:
            for layer, weight in zip(layers, frozen, strict=True):
                layer.get_base_layer().weight.data = weight  # pyright: ignore
                layer.merged_adapters.clear()

    # --- hearing --------------------------------------------------------------------------------------------------------

    def hear(self, refs: Sequence[AudioRef]) -> Tensor | None:
        """The sounds' embeddings from the frozen audio tower, concatenated [positions, D]; None without sounds."""
        return torch.cat([self._heard(ref).embeddings for ref in refs]) if refs else None

    def positions(self, ref: AudioRef) -> int:
        """Number of positions of the sound in the dialogue."""
        return len(self._heard(ref).embeddings)

    def recognised(self, ref: AudioRef) -> Recognition | None:
        """What the projector recognised in the sound; None if it recognises no words."""
        return self._heard(ref).recognition

    @torch.no_grad()
    def _heard(self, ref: AudioRef) -> Heard:
        """Encodes each sound separately, so that it is the same in rollouts, in training, and after a resume."""
        if ref.path not in self._sounds:
            features = self.loaded.ear.features(
                ref
            )  # outside of autocast: older versions of transformers compute it in torch
            with self.autocast():
                self._sounds[ref.path] = listen(self.thinker, [features])[0]
            while len(self._sounds) > _SOUNDS_KEPT:
                self._sounds.popitem(last=False)
        self._sounds.move_to_end(ref.path)
        return self._sounds[ref.path]

    # --- training forward -----------------------------------------------------------------------------------------------

    @torch.no_grad()
    def below(self, batch: Batch) -> Tensor | None:
        """The output of the frozen lower layers for a batch, for ``states``; None where the first layer has an adapter."""
        if not self.frozen_layers:
            return None
        with self.autocast():
            return self._read(batch.to(self.device), slice(self.frozen_layers))[0]

    def states(self, batch: Batch, below: Tensor | None = None) -> TokenStates:
        """Log-probabilities at the sampling temperature, entropies and values of the chosen tokens, with gradient.

        Logits are computed only where the agent chose. ``below`` is the result of ``below(batch)``, which saves those
        layers.

        Raises:
            AgentError: the sounds do not fit the placeholders in the ids; a forward without its sounds would run, and give
                other log-probabilities.
        """
        batch = batch.to(self.device)
        target_BT = batch.action_mask_BT[:, 1:]
        with self.autocast():
            hidden_BTD, found = self._read(batch, slice(0 if below is None else self.frozen_layers, None), below)
        picked_BT = nn.functional.pad(target_BT, (0, 1))
        hidden_ND = hidden_BTD[picked_BT] if found is None else hidden_BTD[0, found.places_BT[picked_BT]]
        targets_N = batch.ids_BT[:, 1:][target_BT]
        limits = batch.limits(nn.functional.pad(target_BT, (1, 0)))
        logprobs_N, entropy_N = token_logprobs(
            hidden_ND, self.thinker.lm_head.weight, targets_N, self.config.temperature, limits
        )
        # The state is detached: the value head does not train the policy's features.
        values_N = None if self.value_head is None else self.value_head(hidden_ND.detach())
        return TokenStates(
            _spread(logprobs_N, target_BT),
            _spread(entropy_N, target_BT),
            _spread(values_N, target_BT) if values_N is not None else None,
        )

    def _read(self, batch: Batch, layers: slice, below: Tensor | None = None) -> tuple[Tensor, Beginning | None]:
        """Hidden states [B, T, D] after these layers, or [1, N, D] where the rows' common prefix is computed once.

        Rows are padded on the right; padding is ignored. ``below`` are the input states of the layers.
        """
        model = language_model(self.thinker)
        model.train(self.config.gradient_checkpointing and torch.is_grad_enabled())  # it has no dropout
        found = find_beginning(batch.ids_BT, batch.lengths_B, self.audio)
        states_BTD = self._embed(batch, found) if below is None else below
        with only(model, layers):
            if found is None:
                return model(inputs_embeds=states_BTD, use_cache=False).last_hidden_state, None
            hidden_BTD = model(
                inputs_embeds=states_BTD,
                attention_mask={"full_attention": None},
                position_ids=found.positions_N[None],
                use_cache=False,
                slots=found,
            ).last_hidden_state
        return hidden_BTD, found

    def _embed(self, batch: Batch, found: Beginning | None) -> Tensor:
        """Embeddings of the tokens, and of the sounds in their places."""
        ids_BT = batch.ids_BT if found is None else found.ids_N[None]
        embeds_BTD = language_model(self.thinker).get_input_embeddings()(ids_BT)
        slots_BT = ids_BT == self.audio
        if found is None:
            slots_BT &= torch.arange(ids_BT.shape[1], device=self.device)[None] < batch.lengths_B[:, None]
        sounds_PD = self.hear([ref for row in batch.sounds for ref in row])
        given = 0 if sounds_PD is None else len(sounds_PD)
        if int(slots_BT.sum()) != given:
            raise AgentError(f"{int(slots_BT.sum())} audio placeholders, but {given} positions of sound.")
        return (
            embeds_BTD
            if sounds_PD is None
            else embeds_BTD.masked_scatter(slots_BT[..., None], sounds_PD.to(embeds_BTD.dtype))
        )

    # --- checkpoints ----------------------------------------------------------------------------------------------------

    def save(self, folder: Path, name: str) -> list[Path]:
        """Writes an agent: the LoRA on top of the checkpoint that the run started from."""
        started = self.loaded.config
        parent = locate_checkpoint(self.config.base)
        ours = parent is not None and any(parent.glob("weights-*.safetensors"))
        # A name refers to the same checkpoint wherever the agent is loaded; a relative path would not.
        base = (
            str(parent.resolve()) if parent is not None and str(parent) == str(Path(self.config.base)) else self.config.base
        )
        learned = (source.domain for source in self.config.sources if source.weight)
        config = OmniConfig(
            **{**started.model_dump(exclude={"name", "base", "base_digest", "lora", "ctc_letters", "modules", "domains"})},
            name=name,
            base=base if ours else started.base,
            base_digest=weights_digest(parent) if ours and parent is not None else "",
            lora=self.settings,
            domains=tuple(dict.fromkeys([*started.domains, *learned])) if started.domains else (),
        )
        return save_checkpoint(folder, self.thinker, config)


def _fill(parameters: Sequence[nn.Parameter], values: Sequence[Tensor]) -> None:
    for parameter, value in zip(parameters, values, strict=True):
        parameter.data = value


def _spread(value_N: Tensor, target_BT: Tensor) -> Tensor:
    """Values of the chosen tokens scattered to [B, T]; the first token is never chosen."""
    placed_BT = value_N.new_zeros(target_BT.shape).masked_scatter(target_BT, value_N)
    return nn.functional.pad(placed_BT, (1, 0))
