"""What the recipe can be told; one line under each field says what it does."""

from dataclasses import dataclass, field

from tarl_app.agents.omni.adapters import LoraSettings
from tarl_app.training.audio_batch import Augmentation


@dataclass(frozen=True)
class DialogueConfig:
    """Rolling out the scripted pair."""

    domain: str = "retail"
    rollouts: int = 8
    """Conversations per train task, each with its own phrasing seed."""
    spoken_share: float = 0.35
    """Share of conversations that are also packed with spoken user turns."""
    extra_utterances: int = 3000
    """Single sentences full of ids, names, zips and e-mails, for the alignment only."""
    bulk_voices: tuple[str, ...] = ("pico:en-US", "pico:en-GB")
    voices: tuple[str, ...] = ("kokoro:jf_gongitsune", "kokoro:jm_kumo", "kokoro:jf_alpha", "kokoro:jf_tebukuro")
    """Slower, better voices; ``kokoro:jf_nezumi`` is left out on purpose: it is the unseen voice of the evaluation."""
    bulk_share: float = 0.75
    """Share of the spoken conversations that a bulk voice speaks."""
    seed: int = 0


LORA = (
    LoraSettings(
        targets=r"model\.language_model\.layers\.\d+\.\w+\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)",
        rank=32,
        alpha=64,
    ),
    LoraSettings(
        targets=r"model\.audio_tower\.layers\.\d+\.(self_attn\.)?(q_proj|k_proj|v_proj|out_proj|fc1|fc2)", rank=64, alpha=128
    ),
)
"""Adapters on every linear layer of the language model and of the audio tower's blocks."""


@dataclass(frozen=True)
class StageConfig:
    """One training stage; the stages of ``SftConfig`` run in order."""

    name: str
    steps: int
    learning_rate: float
    text_tokens: int = 0
    """Tokens of text dialogues per step."""
    speech_tokens: int = 0
    """Tokens of spoken dialogues per step (audio positions count)."""
    ctc_utterances: int = 0
    """Single utterances per step, for the CTC loss alone."""
    ctc_weight: float = 1.0
    warmup: int = 50


@dataclass(frozen=True)
class SftConfig:
    """Supervised fine-tuning of the assembled thinker."""

    stages: tuple[StageConfig, ...] = (
        StageConfig("text", steps=900, learning_rate=1e-3, text_tokens=48_000),
        StageConfig("align", steps=1500, learning_rate=1e-3, ctc_utterances=192),
        StageConfig("listen", steps=1200, learning_rate=6e-4, text_tokens=24_000, speech_tokens=36_000, ctc_utterances=64),
    )
    lora: tuple[LoraSettings, ...] = LORA
    augmentation: Augmentation = field(default_factory=Augmentation)
    micro_tokens: int = 24_000
    """Tokens per forward pass; a step accumulates several."""
    gradient_clip: float = 1.0
    weight_decay: float = 0.0
    seed: int = 0
    save_every: int = 100
