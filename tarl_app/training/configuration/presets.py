"""The configurations of training runs that have a name.

python -m tarl_app train --preset cpu-quick  # PRESETS["cpu-quick"]
"""

from tarl_app.agents.omni.model.adapters import TINY
from tarl_app.training.algorithms.grpo import GrpoConfig
from tarl_app.training.configuration.config import UPPER_TARGETS, Adapter, HeldOut, Source, TrainConfig

_EASY = Source(name="warm-up", easy=True, kinds=("lookup", "cancel"), customer="plain", warmup=True)
_MATH = Source(name="math", domain="math", weight=0.25, customer="lifelike")
_TEXT = Source(name="text", weight=0.5, customer="lifelike")
_SPEECH = Source(name="speech", speech=True, weight=0.25, customer="lifelike")

PRESETS: dict[str, TrainConfig] = {
    "tiny": TrainConfig(
        name="tiny",
        base=TINY,
        steps=8,
        sources=(Source(name="text", limit=20, customer="plain"),),
        judge="readable",
        replacements=0,
        max_agent_turns=2,
        max_new_tokens=10,
        learning_rate=3e-2,
        adapter=Adapter(rank=4, alpha=8),
        checkpoint_every=4,
    ),
    "cpu-quick": TrainConfig(
        name="cpu-quick",
        base="omni-mini-early",
        steps=6,
        processes=2,
        sources=(Source(name="text", skip=1000, kinds=("lookup", "cancel"), customer="plain"),),
        held_out=HeldOut(tasks=120, every=3),
        groups=12,
        group_size=8,
        replacements=0,
        max_agent_turns=14,
        temperature=0.8,
        max_new_tokens=96,
        concurrent=48,
        algorithm=GrpoConfig(normalise="batch", clip_high=0.28, negative_weight=0.0, least_advantage=0.2),
        adapter=Adapter(targets=UPPER_TARGETS),
        learning_rate=1e-3,
        learning_rate_warmup=1,
        learning_rate_end=0.3,
        updates=4,
        micro_tokens=6000,
        checkpoint_every=3,
    ),
    "cpu": TrainConfig(
        name="cpu",
        steps=150,
        processes=2,
        sources=(_EASY, _MATH, _TEXT, _SPEECH),
        warmup_steps=15,
        groups=8,
        max_agent_turns=20,
        max_new_tokens=128,
        learning_rate=1e-4,
        channels=("clean", "phone"),
    ),
    "gpu-lora": TrainConfig(
        name="gpu-lora",
        base="Qwen/Qwen2.5-Omni-3B",  # licensed for research only; the 7B is Apache-2.0 (NOTICE)
        steps=300,
        sources=(_EASY, _MATH, _TEXT, _SPEECH),
        warmup_steps=30,
        order="in_turn",
        groups=32,
        temperature=0.7,
        max_new_tokens=256,
        concurrent=64,
        voices=("kokoro:jm_kumo", "pico:en-US", "pico:en-GB"),
        channels=("clean", "phone", "noise15"),
        adapter=Adapter(rank=32, alpha=64),
        learning_rate=1e-5,
        learning_rate_warmup=10,
        micro_tokens=16_384,
        gradient_checkpointing=True,
    ),
    "cluster": TrainConfig(
        name="cluster",
        base="Qwen/Qwen2.5-Omni-7B",
        steps=300,
        sources=(_EASY, _MATH, _TEXT, _SPEECH),
        warmup_steps=30,
        order="in_turn",
        groups=128,
        temperature=0.7,
        max_new_tokens=256,
        concurrent=64,
        voices=("kokoro:jm_kumo", "pico:en-US", "pico:en-GB"),
        channels=("clean", "phone", "noise15"),
        adapter=Adapter(rank=64, alpha=128),
        learning_rate=1e-5,
        learning_rate_warmup=10,
        micro_tokens=16_384,
        gradient_checkpointing=True,
        patience=0.0,
    ),
}
"""``tiny``: a random model, for tests; ``cpu-quick``: short, on two cores; ``cpu``: hours; the others: GPUs.

``cpu-quick`` has plain customers, as its base was tuned on no others; ``cpu`` and those for GPUs have lifelike ones.
"""
