"""A checkpoint's files: what was tuned, as bfloat16 in files small enough to ship.

    checkpoints/<name>/config.json              OmniConfig
    checkpoints/<name>/weights-00001.safetensors ...   LoRA pairs, projector, whole modules; each below 9.5 MB

A LoRA pair is ``<module>.lora_A`` [rank, in] and ``<module>.lora_B`` [out, rank]; merged, it adds alpha / rank * B A.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import torch
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from tarl_app.agents.omni.model.layout import TOWER, newer_name
from tarl_app.core.errors import AgentError, ConfigError
from tarl_app.core.types import Frozen

MINI = "omni-mini"
PARTS = {
    MINI: ("smollm2-135m-instruct", "whisper-tiny.en"),
    f"{MINI}-whisper-base": ("smollm2-135m-instruct", "whisper-base"),
}
"""The untuned models that are assembled here, each from the assets of a language model and of the Whisper whose encoder is
its audio tower."""
TINY = "tiny-random"
SHARD_BYTES = 9_400_000
_PROJECTOR = f"{TOWER}proj."


class LoraSettings(Frozen):
    """Adapters of one rank on the linear layers whose whole name matches the regular expression ``targets``."""

    targets: str
    rank: int = Field(gt=0)
    alpha: float = Field(gt=0)


SAID = "said.txt"
"""A checkpoint's file of sentences that people say, one a line, for the CTC decoder (``ctc_decoder.CharacterModel``)."""
REPLIES = "replies.txt"
"""A checkpoint's file of what it often says, one reply a line, the most frequent last (``drafts.Drafts``)."""


class Sampling(Frozen):
    """How the next token is chosen; temperature 0 takes the most likely one."""

    temperature: float = Field(default=0.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_new_tokens: int = Field(default=256, gt=0)
    """Of a reply; a call that was opened within them is finished (``grammar.CALL_TOKENS``)."""


class OmniConfig(Frozen):
    """``config.json`` of a checkpoint."""

    name: str
    base: str = MINI
    """One of ``PARTS`` (assembled from SmolLM2 and Whisper), a hub id such as ``Qwen/Qwen2.5-Omni-7B``, a directory,
    ``tiny-random`` (for tests), or, with ``base_digest``, a checkpoint of ours that this one was tuned from."""
    base_digest: str = ""
    """``weights_digest`` of the checkpoint that ``base`` names; empty: ``base`` names an untuned model."""
    prompt: Literal["brief", "full"] = "brief"
    """The brief policy with signatures, or the full one with JSON schemas."""
    lora: tuple[LoraSettings, ...] = ()
    ctc_letters: str = ""
    """The classes of the projector's CTC head; empty: the base's own projection is kept."""
    projector_inner: int = 768
    projector_context: int = 0
    """Blocks of the projector that see neighbouring states, 40 ms to each side, then 80, 160, ..."""
    modules: tuple[str, ...] = ()
    """Modules that are stored whole, by name."""
    hears: bool = True
    """Whether sound is given to the model; otherwise it reads what speech recognition heard."""
    domains: tuple[str, ...] = ()
    """The domains whose tasks it was trained on; empty: not known, as for a model that was tuned elsewhere."""
    customers: tuple[str, ...] = ()
    """The manners of customers that it was trained with, such as ``plain`` and ``lifelike``; empty: plain ones."""
    sampling: Sampling = Sampling()
    context: int = 8192
    longest_sound: float = 60.0


def attach_lora(thinker: nn.Module, lora: Iterable[LoraSettings], within: str = "") -> list[nn.Parameter]:
    """Puts fresh adapters (they change nothing yet) into the thinker and freezes the rest; answers their parameters.

    Only linear layers get one, and of these only those whose name begins with ``within``.

    Raises:
        ConfigError: an entry's ``targets`` match none of them.
    """
    thinker.requires_grad_(False)
    named: dict[str, LoraSettings] = {}  # modules by the names that this version of transformers gives them
    for entry in lora:
        names = {n: newer_name(thinker, n) for n, one in thinker.named_modules() if isinstance(one, nn.Linear)}
        found = [n for n, name in names.items() if name.startswith(within) and re.fullmatch(entry.targets, name)]
        if not found:
            raise ConfigError(f"No module of the model is meant by {entry.targets}.")
        named["|".join(map(re.escape, found))] = entry
    if not named:
        return []
    patterns = {
        "rank_pattern": {names: entry.rank for names, entry in named.items()},
        "alpha_pattern": {names: entry.alpha for names, entry in named.items()},
    }
    from peft import LoraConfig, inject_adapter_in_model  # here: it imports transformers, which takes seconds

    from tarl_app.agents.omni.model.lora import LoraLinear

    config = LoraConfig(target_modules="|".join(named), **patterns)
    config._register_custom_module({nn.Linear: LoraLinear})  # the way that PEFT documents for layers of one's own
    inject_adapter_in_model(config, thinker)
    return [parameter for name, parameter in thinker.named_parameters() if ".lora_" in name]


@torch.no_grad()
def fill_lora(thinker: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Gives attached adapters the values of stored ones; raises ``AgentError`` where they are not exactly these."""
    own: dict[str, Tensor] = {}
    for name, parameter in thinker.named_parameters():
        if ".lora_" in name:
            own[newer_name(thinker, name).removesuffix(".default.weight")] = parameter
    stored = {name: tensor for name, tensor in weights.items() if ".lora_" in name}
    if {name: one.shape for name, one in own.items()} != {name: one.shape for name, one in stored.items()}:
        raise AgentError("The stored adapters are not of the layers and rank of those that are to be trained.")
    for name, parameter in own.items():
        parameter.copy_(stored[name])


def collect_weights(thinker: nn.Module, config: OmniConfig) -> dict[str, Tensor]:
    """What the checkpoint stores of the thinker: LoRA pairs, projector and whole modules, as bfloat16 on the CPU.

    Raises:
        ConfigError: the adapters are not those that the configuration describes, or a module does not exist.
    """
    weights: dict[str, Tensor] = {}
    for name, module in thinker.named_modules():
        if not isinstance(getattr(module, "lora_A", None), nn.ModuleDict) or not len(module.lora_A):  # pyright: ignore
            continue
        name = newer_name(thinker, name)
        entry = lora_of(name, config)
        rank, scaling = module.r["default"], module.scaling["default"]  # pyright: ignore
        if (rank, scaling) != (entry.rank, entry.alpha / entry.rank):
            raise ConfigError(f"{name} has rank {rank} and scaling {scaling}, the configuration says {entry}.")
        weights[f"{name}.lora_A"] = module.lora_A["default"].weight  # pyright: ignore
        weights[f"{name}.lora_B"] = module.lora_B["default"].weight  # pyright: ignore
    prefixes = [f"{name}." for name in config.modules] + ([_PROJECTOR] if config.ctc_letters else [])
    state = {newer_name(thinker, name): tensor for name, tensor in thinker.state_dict().items()}
    for prefix in prefixes:
        found = {name: tensor for name, tensor in state.items() if name.startswith(prefix) and tensor.is_floating_point()}
        if not found:
            raise ConfigError(f"The thinker has no module {prefix.rstrip('.')}.")
        weights |= {name: tensor for name, tensor in found.items() if ".lora_" not in name}
    return {name: tensor.detach().to("cpu", torch.bfloat16).contiguous() for name, tensor in weights.items()}


def lora_of(module: str, config: OmniConfig) -> LoraSettings:
    """The entry that describes the adapter of that module; raises ``ConfigError`` when none does."""
    for entry in config.lora:
        if re.fullmatch(entry.targets, module):
            return entry
    raise ConfigError(f"{module} has an adapter that the configuration does not describe.")


def save_checkpoint(folder: Path, thinker: nn.Module, config: OmniConfig) -> list[Path]:
    """Writes ``config.json`` and the weights, and answers the files; a README there is kept.

    Raises:
        ConfigError: like ``collect_weights``, or one tensor is too large for a file.
    """
    shards: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, tensor in collect_weights(thinker, config).items():
        if tensor.nbytes > SHARD_BYTES:
            raise ConfigError(f"{name} ({tensor.nbytes / 1e6:.0f} MB) does not fit into a file of a checkpoint.")
        if size + tensor.nbytes > SHARD_BYTES:
            shards.append({})
            size = 0
        shards[-1][name] = tensor
        size += tensor.nbytes
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("weights-*.safetensors"):
        old.unlink()
    files = [folder / f"weights-{number:05d}.safetensors" for number in range(1, len(shards) + 1)]
    for path, shard in zip(files, shards, strict=True):
        save_file(shard, path)
    (folder / "config.json").write_text(config.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return [*files, folder / "config.json"]


def weights_digest(folder: Path) -> str:
    """What tells the weights of a checkpoint apart, in 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of a checkpoint; raises ``AgentError`` for a broken file."""
    weights: dict[str, Tensor] = {}
    for path in sorted(folder.glob("weights-*.safetensors")):
        try:
            weights |= load_file(path)
        except (SafetensorError, OSError) as error:
            raise AgentError(f"{path} cannot be read: {error}") from error
    return weights


@torch.no_grad()
def merge_weights(thinker: nn.Module, config: OmniConfig, weights: Mapping[str, Tensor]) -> None:
    """Adds the LoRA pairs to the thinker's own weights and replaces whole tensors.

    Raises:
        AgentError: tensors are missing, of another shape, or of no module.
    """
    own = {newer_name(thinker, name): parameter for name, parameter in thinker.named_parameters()}
    left = dict(weights)
    if config.lora and not any(name.endswith(".lora_A") for name in left):
        raise AgentError(f"The checkpoint {config.name} lacks the adapters that its configuration names.")
    missing = [name for name in own if config.ctc_letters and name.startswith(_PROJECTOR) and name not in left]
    try:
        for name in [name for name in left if name.endswith(".lora_A")]:
            module = name.removesuffix(".lora_A")
            entry = lora_of(module, config)
            low, high = left.pop(name).float(), left.pop(f"{module}.lora_B").float()
            target = own[f"{module}.weight"]
            delta = (high @ low) * (entry.alpha / entry.rank)
            target.copy_((target.float() + delta.to(target.device)).to(target.dtype))
        for name, tensor in left.items():
            if own[name].shape != tensor.shape:
                raise AgentError(f"{name} has shape {tuple(tensor.shape)}, the model's is {tuple(own[name].shape)}.")
            own[name].copy_(tensor)
    except (KeyError, RuntimeError, ConfigError) as error:
        raise AgentError(f"The checkpoint {config.name} does not fit its base: {error}") from error
    if missing:
        raise AgentError(f"The checkpoint {config.name} lacks {missing[0]}.")
