"""The model being tuned: assembled thinker, projector and adapters, with what the trainer needs of them."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import torch
from peft import LoraConfig, inject_adapter_in_model
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import Qwen2_5OmniThinkerForConditionalGeneration

from tarl_app.agents.omni.hearing import attach_projector
from tarl_app.agents.omni.tokens import OmniTokenizer
from tarl_app.training.omni_mini.config import LoraShape

LANGUAGE_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
TOWER_TARGETS = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


def lora_config(shape: LoraShape) -> LoraConfig:
    """Adapters on every linear layer of the language model and of the audio tower's blocks."""
    language = rf"model\.language_model\.layers\.\d+\.\w+\.({'|'.join(LANGUAGE_TARGETS)})"
    tower = rf"model\.audio_tower\.layers\.\d+\.(self_attn\.)?({'|'.join(TOWER_TARGETS)})"
    return LoraConfig(
        r=shape.rank,
        lora_alpha=shape.alpha,
        lora_dropout=shape.dropout,
        target_modules=f"({language})|({tower})",
        rank_pattern={r"audio_tower\.layers\.\d+\..*": shape.tower_rank},
        alpha_pattern={r"audio_tower\.layers\.\d+\..*": 2 * shape.tower_rank},
    )


class Learner:
    """Frozen base in its own dtype; adapters and projector in float32, trained under autocast."""

    def __init__(
        self,
        thinker: Qwen2_5OmniThinkerForConditionalGeneration,
        tokenizer: OmniTokenizer,
        ctc_tokens: Sequence[int],
        lora: LoraShape,
        device: torch.device,
    ) -> None:
        self.device, self.ctc_tokens = device, tuple(ctc_tokens)
        special = tokenizer.special
        self.audio_pad, self.call_token, self.end_token = special.audio_pad, special.call_open, special.im_end
        thinker.requires_grad_(False)
        self.lora_config = lora_config(lora)
        inject_adapter_in_model(self.lora_config, thinker)
        self.tower = thinker.model.audio_tower
        self.projector = attach_projector(thinker, self.ctc_tokens)
        self.thinker = thinker
        thinker.to(device)  # pyright: ignore[reportArgumentType]
        for name, parameter in thinker.named_parameters():
            parameter.requires_grad_("lora_" in name or "audio_tower.proj." in name)
            if parameter.requires_grad:
                parameter.data = parameter.data.float()

    def autocast(self) -> torch.autocast:
        """bf16 matrix products, float32 adapters."""
        return torch.autocast(self.device.type, torch.bfloat16)

    def parameters(self, hearing_only: bool = False) -> list[list[nn.Parameter]]:
        """What is trained: the hearing's parameters, then (unless ``hearing_only``) the language model's."""
        trained = [(n, p) for n, p in self.thinker.named_parameters() if p.requires_grad]
        hearing = [p for n, p in trained if "audio_tower" in n]
        language = [p for n, p in trained if "audio_tower" not in n]
        return [hearing] if hearing_only else [hearing, language]

    def hidden(self, ids_BT: Tensor, audio_ND: Tensor | None) -> Tensor:
        """Last hidden states [B, T, D] of right-padded rows; audio embeddings fill the audio placeholders in order.

        Raises:
            ValueError: the number of placeholders and of audio embeddings differ (a forward without its sound raises no
                error in transformers and silently shifts the log-probabilities).
        """
        embeds_BTD = self.thinker.get_input_embeddings()(ids_BT)
        slots_BT = ids_BT == self.audio_pad
        given = 0 if audio_ND is None else len(audio_ND)
        if int(slots_BT.sum()) != given:
            raise ValueError(f"{int(slots_BT.sum())} audio placeholders, {given} audio embeddings.")
        if audio_ND is not None:
            embeds_BTD = embeds_BTD.masked_scatter(slots_BT[..., None], audio_ND.to(embeds_BTD.dtype))
        return self.thinker.model.language_model(inputs_embeds=embeds_BTD, use_cache=False).last_hidden_state

    # --- state ------------------------------------------------------------------------------------------------------

    def trained(self) -> dict[str, Tensor]:
        """Names and values of what is trained, on the CPU."""
        return {n: p.detach().cpu().contiguous() for n, p in self.thinker.named_parameters() if p.requires_grad}

    def save(self, folder: Path, progress: dict[str, object]) -> None:
        """Writes weights and progress so that a kill at any moment leaves the old or the new state."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.trained(), folder / "trained.part", metadata={"progress": json.dumps(progress)})
        os.replace(folder / "trained.part", folder / "trained.safetensors")

    def load_state(self, folder: Path) -> dict | None:
        """Reads what ``save`` wrote and answers its progress; None when there is nothing."""
        path = folder / "trained.safetensors"
        if not path.is_file():
            return None
        stored = load_file(path)
        own = dict(self.thinker.named_parameters())
        with torch.no_grad():
            for name, value in stored.items():
                own[name].copy_(value)
        with path.open("rb") as file:  # safetensors: 8 bytes of length, then the JSON header
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        return json.loads(header["__metadata__"]["progress"])
