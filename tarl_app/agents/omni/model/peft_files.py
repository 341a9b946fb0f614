"""An adapter as PEFT stores it, which is how servers take it: ``adapter_config.json`` and ``adapter_model.safetensors``.

Modules have the names of Qwen2.5-Omni's own checkpoints (``thinker.model.layers.0.self_attn.q_proj``), which vLLM translates
to its own. Unlike a checkpoint of ours it keeps the float32 that is trained, and says nothing of a projector.
"""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from tarl_app.agents.omni.model.adapters import LoraSettings, OmniConfig
from tarl_app.agents.omni.model.layout import LANGUAGE, TOWER, newer_name
from tarl_app.agents.omni.model.switch import Tuning, tuning_of
from tarl_app.core.errors import AgentError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_PREFIX = "base_model.model."
_NAMES = ((LANGUAGE, "thinker.model."), (TOWER, "thinker.audio_tower."), ("lm_head", "thinker.lm_head"))


class _PeftConfig(BaseModel):
    """What is needed of ``adapter_config.json``."""

    model_config = ConfigDict(extra="ignore")

    r: int = Field(gt=0)
    lora_alpha: float = Field(gt=0)
    use_rslora: bool = False
    use_dora: bool = False


def collect_pairs(thinker: nn.Module) -> dict[str, Tensor]:
    """The trained LoRA pairs by PEFT's names, float32 on the CPU."""
    tensors: dict[str, Tensor] = {}
    for name, module in thinker.named_modules():
        if isinstance(getattr(module, "lora_A", None), nn.ModuleDict) and len(module.lora_A):  # pyright: ignore
            ours = newer_name(thinker, name)
            for part in ("lora_A", "lora_B"):
                weight: Tensor = getattr(module, part)["default"].weight
                tensors[f"{_PREFIX}{_theirs(ours)}.{part}.weight"] = weight.detach().to("cpu", torch.float32).contiguous()
    return tensors


def adapter_digest(tensors: dict[str, Tensor]) -> int:
    """What tells adapters apart: 48 bits of a hash of their names and numbers."""
    return int.from_bytes(hashlib.sha256(save(dict(sorted(tensors.items())))).digest()[:6], "big")


def write_peft(folder: Path, tensors: dict[str, Tensor], settings: LoraSettings, base: str) -> None:
    """Writes the adapter; ``folder`` appears as a whole, or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    modules = sorted({name.removesuffix(".weight").rsplit(".", 2)[-2] for name in tensors})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": settings.rank,
        "lora_alpha": settings.alpha,
        "target_modules": modules,
        "lora_dropout": 0.0,
        "bias": "none",
        "modules_to_save": None,
        "use_rslora": False,
        "use_dora": False,
        "inference_mode": True,
    }
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".writing-"))
    (temporary / WEIGHTS).write_bytes(save(tensors, metadata={"format": "pt"}))
    (temporary / CONFIG).write_text(json.dumps(config, indent=1), encoding="utf-8")
    temporary.chmod(0o755)  # servers may be run by somebody else
    if folder.exists():
        shutil.rmtree(folder)
    temporary.rename(folder)


def read_peft(folder: Path, thinker: nn.Module) -> Tuning:
    """What the adapter adds to that thinker.

    Raises:
        AgentError: it is no LoRA of PEFT's, or does not fit.
    """
    try:
        config = _PeftConfig.model_validate_json((folder / CONFIG).read_text(encoding="utf-8"))
        tensors = load_file(folder / WEIGHTS)
    except (OSError, ValidationError, SafetensorError) as error:
        raise AgentError(f"{folder} holds no adapter that can be read: {error}") from error
    if config.use_rslora or config.use_dora:
        raise AgentError(f"{folder}: plain LoRA only, neither rsLoRA nor DoRA.")
    pairs: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        module, _, part = name.removesuffix(".weight").removeprefix(_PREFIX).rpartition(".")
        if part not in ("lora_A", "lora_B"):
            raise AgentError(f"{folder} holds {name}, which is no part of a LoRA.")
        pairs[f"{_ours(module)}.{part}"] = tensor
    entry = LoraSettings(targets=".*", rank=config.r, alpha=config.lora_alpha)
    return tuning_of(thinker, OmniConfig(name=folder.name, lora=(entry,)), pairs)


def _theirs(name: str) -> str:
    for ours, theirs in _NAMES:
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    return f"thinker.{name}"


def _ours(name: str) -> str:
    for ours, theirs in _NAMES:
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name.removeprefix("thinker.")
