"""Names and sizes of the layers of a base that can have an adapter, without loading the base."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from tarl_app.agents.omni.model.adapters import MINI, PARTS, SHARD_BYTES, TINY
from tarl_app.agents.omni.model.checkpoint_files import locate_checkpoint, root_of
from tarl_app.agents.omni.model.layout import LANGUAGE, newer_name
from tarl_app.core import documents
from tarl_app.core.errors import ConfigError, DocumentError
from tarl_app.training.configuration.checks import compiled

Layers = Mapping[str, tuple[int, int]]
"""Name -> inputs, outputs."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a Qwen2.5 decoder: layers, hidden and feed-forward width, and the width of queries and of keys."""

    layers: int
    width: int
    inner: int
    queries: int
    keys: int

    @property
    def linear(self) -> Layers:
        """Its linear layers."""
        inside = {
            "self_attn.q_proj": (self.width, self.queries),
            "self_attn.k_proj": (self.width, self.keys),
            "self_attn.v_proj": (self.width, self.keys),
            "self_attn.o_proj": (self.queries, self.width),
            "mlp.gate_proj": (self.width, self.inner),
            "mlp.up_proj": (self.width, self.inner),
            "mlp.down_proj": (self.inner, self.width),
        }
        return {f"{LANGUAGE}layers.{number}.{name}": size for number in range(self.layers) for name, size in inside.items()}


SHAPES = {
    TINY: Shape(2, 32, 48, 32, 16),
    **dict.fromkeys(PARTS, Shape(30, 576, 1536, 576, 192)),
    "3b": Shape(36, 2048, 11008, 2048, 256),
    "7b": Shape(28, 3584, 18944, 3584, 512),
}
"""Shapes by the name of the untuned base; those of Qwen2.5-Omni by their size."""


def layers_of(base: str) -> Layers | None:
    """The linear layers of the base's decoder; None where only the hub knows. Raises ``AgentError``."""
    folder = locate_checkpoint(base)
    name = root_of(folder) if folder is not None else MINI if base == f"{MINI}-base" else base
    if name in SHAPES:
        return SHAPES[name].linear
    if (Path(name) / "config.json").is_file():
        return _described(Path(name))
    size = re.search(r"omni-(\d+b)\b", name.lower())
    return SHAPES[size[1]].linear if size and size[1] in SHAPES else None


def _described(folder: Path) -> Layers | None:
    """From the ``config.json`` of a Qwen2.5-Omni, whole or its thinker alone."""
    try:
        found: Any = documents.read_json(folder / "config.json", Path("/"))
        text = found.get("thinker_config", found)["text_config"]
        names = ("num_hidden_layers", "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads")
        layers, width, inner, heads, key_heads = (int(text[name]) for name in names)
        head = int(text.get("head_dim") or width // heads)
        return Shape(min(layers, 1000), width, inner, heads * head, key_heads * head).linear
    except (OSError, DocumentError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        return None


def layers_in(thinker: nn.Module) -> Layers:
    """The linear layers of a loaded thinker."""
    named = ((newer_name(thinker, name), one) for name, one in thinker.named_modules() if isinstance(one, nn.Linear))
    return {name: (one.in_features, one.out_features) for name, one in named if name.startswith(LANGUAGE)}


def require_adapter(targets: str, rank: int, layers: Layers) -> list[str]:
    """The names of the layers that get an adapter.

    Raises:
        ConfigError: there are none, or the rank is too large for them or for a checkpoint's file.
    """
    pattern = compiled(targets)
    found = [name for name in layers if pattern.fullmatch(name)]
    if not found:
        example = next(iter(layers), "none")
        raise ConfigError(
            f"adapter.targets means none of the {len(layers)} linear layers of the language model: it has to match whole "
            f"names, such as {example}."
        )
    widest = max(min(layers[name]) for name in found)
    if rank > widest:
        raise ConfigError(f"adapter.rank is {rank}, and the widest of these layers has {widest}: set it to less.")
    longest = max(max(layers[name]) for name in found)
    if rank * longest * 2 > SHARD_BYTES:
        most = SHARD_BYTES // (2 * longest)
        raise ConfigError(f"adapter.rank is {rank}: a checkpoint's files have room for {most} with layers this wide.")
    return found
