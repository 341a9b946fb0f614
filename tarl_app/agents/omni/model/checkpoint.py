"""Loads a checkpoint: its base (assembled here, a directory or on the hub) with what was tuned on top (``adapters``).

For serving the LoRA pairs are merged into the base, which makes a tuned model as fast as the base.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from torch import nn
from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker

from tarl_app import assets
from tarl_app.agents.omni.audio.attention_decoder import AttentionDecoder
from tarl_app.agents.omni.audio.ctc_decoder import CharacterModel
from tarl_app.agents.omni.audio.encoder_input import Ear, silence
from tarl_app.agents.omni.audio.projector import AudioProjector, attach_projector
from tarl_app.agents.omni.decoding.drafts import Drafts
from tarl_app.agents.omni.decoding.generate import prepare
from tarl_app.agents.omni.decoding.grammar import CallGrammar
from tarl_app.agents.omni.model.adapters import MINI, PARTS, REPLIES, SAID, TINY, OmniConfig, merge_weights, read_weights
from tarl_app.agents.omni.model.assemble import assemble_directory, load_thinker, tiny_random_thinker
from tarl_app.agents.omni.model.checkpoint_files import (
    check_lineage,
    locate_checkpoint,
    parent_folder,
    read_config,
)
from tarl_app.agents.omni.model.layout import audio_tower
from tarl_app.agents.omni.model.switch import Switch, TunedLock, tuning_of
from tarl_app.agents.omni.prompt.template import Template
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.core.errors import AgentError
from tarl_app.core.paths import SHIPPED
from tarl_app.core.settings import settings


@dataclass(eq=False)
class LoadedOmni:
    """A model in memory, shared by every conversation with it; hold ``lock`` while it computes.

    Checkpoints tuned from one another share the thinker; the lock sees to it that it is tuned as it should (``switch``).
    """

    thinker: Thinker
    tokenizer: OmniTokenizer
    config: OmniConfig
    ear: Ear
    lock: TunedLock = field(init=False)
    prefixes: dict[str, Any] = field(default_factory=dict)  # system block -> its keys and values (``generate``)
    replies: Drafts = field(default_factory=Drafts)
    """What it often says, from which the next tokens are guessed."""

    def __post_init__(self) -> None:
        self.lock = TunedLock(Switch(self.thinker))

    def tuned(self, config: OmniConfig, weights: Mapping[str, torch.Tensor]) -> "LoadedOmni":
        """A checkpoint that was tuned from this one, on the same thinker; raises ``AgentError`` when it does not fit."""
        other = LoadedOmni(self.thinker, self.tokenizer, config, Ear(self.ear.mels, config.longest_sound))
        other.replies = self.replies
        other.lock = self.lock.upon(tuning_of(self.thinker, config, weights))
        return other

    @property
    def template(self) -> Template:
        """The checkpoint's template."""
        return Template(self.tokenizer, self.config.prompt)

    @cached_property
    def grammar(self) -> CallGrammar:
        """What keeps tool calls valid while they are decoded."""
        gap = "\n" if self.config.prompt == "full" else ""
        return CallGrammar(self.tokenizer, self.thinker.lm_head.weight.shape[0], gap)


# --- loading ------------------------------------------------------------------------------------------------------------


def best_dtype() -> torch.dtype:
    """bfloat16 where the CPU multiplies it, otherwise float32."""
    fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if fast else torch.float32


def base_folder(dtype: torch.dtype, name: str = MINI) -> Path:
    """A base of ``PARTS``, its parts fetched and assembled first if need be; raises ``AssetError``."""
    language, whisper = PARTS[name]
    gguf = next(iter(sorted(assets.fetch(language).glob("*.gguf"))))
    return assemble_directory(gguf, assets.fetch(whisper), dtype)


def load_checkpoint(name: str | Path, dtype: torch.dtype | None = None, device: str = "cpu") -> LoadedOmni:
    """Loads a checkpoint for serving: its adapters are merged.

    Args:
        name: a shipped name, a run's checkpoint ``NAME@STEP``, a directory (ours or Qwen2.5-Omni's), ``omni-mini-base``
            (nothing tuned), ``tiny-random`` or a hub id. What it was tuned from is loaded first, however often.
        dtype: of the weights; default bfloat16 on a GPU, ``best_dtype`` on a CPU.
        device: for ``torch.device``.

    Raises:
        AgentError: there is no such checkpoint, or its files are wrong.
        AssetError: the base's weights cannot be fetched.
    """
    dtype = dtype or (best_dtype() if device == "cpu" else torch.bfloat16)
    folder = locate_checkpoint(str(name))
    if folder is not None:
        config = read_config(folder)
    elif str(name) == f"{MINI}-base":
        config = OmniConfig(name=str(name), hears=False)
    elif str(name) == TINY:
        config = OmniConfig(name=TINY, base=TINY)
    elif re.fullmatch(r"[\w.-]+/[\w.-]+", str(name)):
        config = OmniConfig(name=str(name), base=str(name), prompt="full", context=32768)
    else:
        known = sorted(path.parent.name for path in SHIPPED.glob("*/config.json"))
        raise AgentError(f"There is no checkpoint {name}. Known: {', '.join([*known, f'{MINI}-base'])}.")
    thinker, tokenizer = _tuned(folder, config, dtype, device)
    prepare(thinker)
    ear = Ear(audio_tower(thinker).num_mel_bins, config.longest_sound)
    loaded = LoadedOmni(thinker.requires_grad_(False).eval(), tokenizer, config, ear)
    loaded.replies = _usual_replies(folder, config, tokenizer)
    return loaded


def _usual_replies(folder: Path | None, config: OmniConfig, tokenizer: OmniTokenizer) -> Drafts:
    """From the file of the checkpoint, or of the nearest one that it was tuned from."""
    drafts = Drafts()
    while folder is not None:
        if (folder / REPLIES).is_file():
            for line in (folder / REPLIES).read_text(encoding="utf-8").splitlines():
                drafts.learn(tokenizer.encode(line))
            break
        folder = locate_checkpoint(config.base) if config.base_digest else None
        config = config if folder is None else read_config(folder)
    return drafts


def _tuned(
    folder: Path | None, config: OmniConfig, dtype: torch.dtype, device: str, above: tuple[Path, ...] = ()
) -> tuple[Thinker, OmniTokenizer]:
    """The base of ``config``, itself tuned if need be, with the weights in ``folder`` merged."""
    if config.base_digest:
        parent = parent_folder(config, above)
        thinker, tokenizer = _tuned(parent, read_config(parent), dtype, device, (*above, parent.resolve()))
    else:
        thinker, tokenizer = load_base(config.base, dtype, device)
    if config.ctc_letters:
        attach_projector(thinker, config.ctc_letters, tokenizer.spans, config.projector_inner, config.projector_context)
    if folder is not None and config.base != str(folder):
        merge_weights(thinker, config, read_weights(folder))
    if folder is not None and (projector := projector_of(thinker)) is not None and (folder / SAID).is_file():
        projector.language = CharacterModel((folder / SAID).read_text(encoding="utf-8").splitlines())
        if hears_like_whisper(config):
            projector.attention = AttentionDecoder(assets.fetch(PARTS[config.base][1]), silence(thinker))
    return thinker, tokenizer


def hears_like_whisper(config: OmniConfig) -> bool:
    """Whether the audio tower is still the encoder of Whisper, whose decoder can then read its states."""
    return config.base in PARTS and not any("audio_tower" in entry.targets for entry in config.lora)


def load_base(base: str, dtype: torch.dtype, device: str) -> tuple[Thinker, OmniTokenizer]:
    """The untuned thinker and its tokenizer: one of ``PARTS``, the tiny one, or one from a directory or hub id."""
    if base == TINY:
        tiny, tokens = tiny_random_thinker()
        return tiny.to(device), tokens  # pyright: ignore[reportArgumentType]
    folder = base_folder(dtype, base) if base in PARTS else Path(base)
    local = folder.is_dir()
    options: dict[str, Any] = {} if local else {"local_files_only": settings().offline or not settings().hub}
    if device != "cpu":
        options["device_map"] = device  # straight to the GPU, without a second copy in memory
    thinker = load_thinker(folder if local else base, dtype, **options)
    return thinker, OmniTokenizer.load(folder) if local else hub_tokenizer(base, bool(options.get("local_files_only")))


def hub_tokenizer(repository: str, local_files_only: bool) -> OmniTokenizer:
    """The tokenizer of a Qwen2.5-Omni repository on the hub; raises ``AgentError``."""
    from huggingface_hub import hf_hub_download

    try:
        return OmniTokenizer.load(
            Path(hf_hub_download(repository, "tokenizer.json", local_files_only=local_files_only)).parent
        )
    except (OSError, ValueError) as error:
        raise AgentError(f"The tokenizer of {repository} cannot be read: {error}") from error


_loading = Lock()


@cache
def _shared(name: str, device: str) -> LoadedOmni:
    folder = locate_checkpoint(name)
    config = read_config(folder) if folder is not None else None
    if folder is None or config is None or not _on_a_shared_model(folder, config):
        return load_checkpoint(name, device=device)
    check_lineage(folder)
    return _shared(config.base, device).tuned(config, read_weights(folder))


def _on_a_shared_model(folder: Path, config: OmniConfig) -> bool:
    """Whether it can be put on the model that it was tuned from, instead of merged into one of its own.

    omni-mini itself is merged into its parts, which are no agent; a projector of another shape cannot be exchanged.
    """
    whole = config.base in (*PARTS, TINY) and not config.base_digest
    return not whole and config.base != str(folder) and not config.ctc_letters


def shared_checkpoint(name: str, device: str = "cpu") -> LoadedOmni:
    """The process's one copy of a checkpoint, loaded at the first call; raises like ``load_checkpoint``.

    One that was tuned from another checkpoint is put on that one's model, unless it brings a projector of its own.
    """
    with _loading:
        return _shared(name, device)


def projector_of(thinker: Thinker) -> AudioProjector | None:
    """omni-mini's projector; None where the thinker has Qwen's plain projection."""
    projector: nn.Module = audio_tower(thinker).proj
    return projector if isinstance(projector, AudioProjector) else None
