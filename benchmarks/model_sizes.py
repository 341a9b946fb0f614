"""What cutting SmolLM2-135M would save: fewer layers, a smaller vocabulary, each measured beside the whole model.

    python benchmarks/model_sizes.py [--rounds N] [--tiny] [--json]

The sizes have random weights, since speed does not depend on them; what a size learns is in
``docs/decisions/omni-mini-size.md``. A size trains what it would have to: the whole model's layers fit together, so adapters
of rank 32 do; layers that have lost their neighbours need all their weights. Reported are the language model's parameters
and how many are trained, tokens a second of forward and backward passes (4 rows of 850 tokens, a third of them the agent's),
and milliseconds for a token of a reply after 900 tokens of dialogue; medians of ``--rounds``, the sizes taking turns, and
the ratios to the whole model. ``--tiny`` cuts a narrow model instead, in seconds: it shows that the script works, and no
more.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tarl_app.agents.omni.decoding.generate import KeyValues, prefill, prepare, read
from tarl_app.agents.omni.model.adapters import LoraSettings, attach_lora
from tarl_app.agents.omni.model.assemble import thinker_config
from tarl_app.agents.omni.model.checkpoint import best_dtype
from tarl_app.agents.omni.model.layout import language_model
from tarl_app.agents.omni.prompt.tokens import byte_tokenizer
from tarl_app.core.settings import settings
from tarl_app.training.configuration.config import LANGUAGE_TARGETS


@dataclass(frozen=True)
class Scale:
    """How wide the model is, and how much it is given: rows to train on and their length, a dialogue, tokens of a reply."""

    width: int
    inner: int
    rows: int
    length: int
    dialogue: int
    tokens: int


MINI, TINY = Scale(576, 1536, 4, 850, 900, 20), Scale(72, 96, 1, 100, 60, 3)


@dataclass(frozen=True)
class Size:
    """A cut of the model."""

    layers: int
    vocabulary: int
    whole: bool
    """All layers are there: adapters are trained. Otherwise all weights are."""


SIZES = {
    "30 layers": Size(30, 49_152, True),
    "30 layers, vocabulary 8,192": Size(30, 8_192, True),
    "20 layers": Size(20, 49_152, False),
    "10 layers": Size(10, 49_152, False),
    "10 layers, vocabulary 8,192": Size(10, 8_192, False),
}


class Model:
    """One size, ready to train and to reply."""

    def __init__(self, size: Size, scale: Scale) -> None:
        self.scale, self.thinker = scale, _thinker(size, scale)
        self.served = _thinker(size, scale)  # adapters are merged for serving
        self.model = language_model(self.thinker)
        self.parameters = sum(one.numel() for one in self.model.parameters())
        if size.whole:
            self.trained = attach_lora(self.thinker, (LoraSettings(targets=LANGUAGE_TARGETS, rank=32, alpha=64),))
        else:
            self.trained = list(self.model.layers.parameters())
        for one in self.trained:
            one.requires_grad_()
        self.ids_BT = torch.randint(20, 250, (scale.rows, scale.length))
        self.agents_BT = torch.arange(scale.length).expand(scale.rows, -1) % 90 < 30
        self.cache = KeyValues()
        dialogue = torch.randint(20, 250, (scale.dialogue,)).tolist()
        prefill(self.served, dialogue, dialogue, None, self.cache)

    def train(self) -> float:
        """Tokens a second of one pass, forward and backward."""
        begun = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16):
            embeds_BTD = self.thinker.get_input_embeddings()(self.ids_BT)
            hidden_BTD = self.model(inputs_embeds=embeds_BTD, use_cache=False).last_hidden_state
            logits_NV = self.thinker.lm_head(hidden_BTD[:, :-1][self.agents_BT[:, 1:]])
        nn.functional.cross_entropy(logits_NV.float(), self.ids_BT[:, 1:][self.agents_BT[:, 1:]]).backward()
        for one in self.trained:
            one.grad = None
        return self.ids_BT.numel() / (time.perf_counter() - begun)

    def reply(self) -> float:
        """Milliseconds a token."""
        begun = time.perf_counter()
        for token in range(self.scale.tokens):
            read(self.served, [token], self.cache)
        self.cache.rewind(self.cache.marks[: self.scale.dialogue])
        return (time.perf_counter() - begun) / self.scale.tokens * 1000


def _thinker(size: Size, scale: Scale) -> Thinker:
    text: dict[str, Any] = {"hidden_size": scale.width, "intermediate_size": scale.inner, "num_attention_heads": 9}
    text |= {"num_key_value_heads": 3, "num_hidden_layers": size.layers, "vocab_size": size.vocabulary}
    sound = {"d_model": 16, "encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 32, "num_mel_bins": 80}
    torch.manual_seed(0)
    thinker = Thinker(thinker_config({**text, "rope_theta": 1e5}, sound, byte_tokenizer()))
    nn.Module.to(thinker, best_dtype())
    prepare(thinker)
    return thinker.requires_grad_(False).eval()


def measure(scale: Scale, rounds: int, log: Callable[[str], None]) -> dict[str, dict[str, float]]:
    """A row for each size."""
    models = {name: Model(size, scale) for name, size in SIZES.items()}
    trained: dict[str, list[float]] = {name: [] for name in models}
    replied: dict[str, list[float]] = {name: [] for name in models}
    for number in range(rounds + 1):
        log(f"round {number} of {rounds}" if number else "warming up")
        for name, model in models.items():
            speed, token = model.train(), model.reply()
            if number:
                trained[name].append(speed)
                replied[name].append(token)
    rows = {
        name: {
            "parameters": model.parameters,
            "trained": sum(one.numel() for one in model.trained),
            "train_tokens_per_second": round(statistics.median(trained[name]), 1),
            "reply_ms_per_token": round(statistics.median(replied[name]), 2),
        }
        for name, model in models.items()
    }
    whole = next(iter(rows.values()))
    for row in rows.values():
        row["train_ratio"] = round(row["train_tokens_per_second"] / whole["train_tokens_per_second"], 2)
        row["reply_ratio"] = round(whole["reply_ms_per_token"] / row["reply_ms_per_token"], 2)
    return rows


def main() -> int:
    """Prints a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--tiny", action="store_true", help="of a narrow model, to see that the script works")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(settings().threads)
    rows = measure(TINY if args.tiny else MINI, args.rounds, lambda text: print(text, file=sys.stderr))
    if args.json:
        print(json.dumps({"threads": torch.get_num_threads(), "sizes": rows}))
        return 0
    for name, row in rows.items():
        print(
            f"{name:28} {row['parameters'] / 1e6:6.1f} M, {row['trained'] / 1e6:5.1f} M trained; "
            f"{row['train_tokens_per_second']:6.1f} tokens/s in training ({row['train_ratio']:.2f}), "
            f"{row['reply_ms_per_token']:5.1f} ms a token of a reply ({row['reply_ratio']:.2f})"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
