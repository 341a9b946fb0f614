"""Forward and backward through dialogues that begin alike: ours against padded rows with PEFT's own LoRA layers.

    python benchmarks/training_forward.py [--model omni-mini] [--rows N] [--layers all|upper] [--json]

Both get the same weights, tokens and adapters and make the log-probabilities of the same chosen tokens, with gradient. Ours
reads the common beginning once and computes the LoRA in the layer's precision; the peer pads rows to the longest and makes
as many passes as fit the same number of tokens. Reported are processor seconds, which other work on the machine disturbs
less than the clock.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.agents.omni.model.layout import language_model
from tarl_app.training.batch.shared_prefix import passes
from tarl_app.training.batch.token_logprobs import token_logprobs
from tarl_app.training.configuration.config import LANGUAGE_TARGETS, UPPER_TARGETS, Adapter, TrainConfig
from tarl_app.training.policy import Policy
from tarl_app.training.rollouts.samples import Batch, make_batch, micro_batches

TOKENS = 4096
"""Of one pass, padding included."""


def dialogues(rows: int, begin: int, vocabulary: int) -> Batch:
    """Rows of ``begin`` common tokens and 300 to 1,200 of their own, of which the agent chose a fifth."""
    draw = torch.Generator().manual_seed(0)
    lengths_B = begin + torch.randint(300, 1200, (rows,), generator=draw)
    longest = int(lengths_B.max())
    ids_BT = torch.randint(100, min(40_000, vocabulary), (rows, longest), generator=draw)
    ids_BT[:, :begin] = ids_BT[0, :begin]
    inside_BT = torch.arange(longest)[None] < lengths_B[:, None]
    action_mask_BT = (torch.rand(ids_BT.shape, generator=draw) < 0.2) & inside_BT
    action_mask_BT[:, :begin] = False
    made = make_batch([])
    return replace(
        made,
        ids_BT=ids_BT * inside_BT,
        lengths_B=lengths_B,
        action_mask_BT=action_mask_BT,
        old_BT=torch.zeros(ids_BT.shape),
        turn_BT=torch.where(action_mask_BT, 0, -1),
        rewards_B=torch.zeros(rows),
        turn_rewards=[()] * rows,
        group_B=torch.zeros(rows, dtype=torch.long),
        sounds=[()] * rows,
    )


def ours(policy: Policy, made: Batch) -> Tensor:
    """The mean log-probability of what was chosen; its gradient is left in the adapters."""
    total = torch.zeros(())
    for rows in passes(made, TOKENS, policy.audio):
        loss = policy.states(made.select(rows)).logprobs_BT.sum() / made.tokens
        loss.backward()
        total += loss.detach()
    return total


def peers(model: str, targets: str) -> Callable[[Batch], Tensor]:
    """The same with PEFT's layers and padded rows."""
    thinker = load_checkpoint(model, None, "cpu").thinker.requires_grad_(False)
    inject_adapter_in_model(LoraConfig(target_modules=targets, r=16, lora_alpha=32), thinker)
    language = language_model(thinker)

    def run(made: Batch) -> Tensor:
        total = torch.zeros(())
        for rows in micro_batches(made.lengths_B.tolist(), TOKENS):
            part = made.select(rows)
            with torch.autocast("cpu", torch.bfloat16, enabled=thinker.lm_head.weight.dtype is torch.bfloat16):
                embeds = language.get_input_embeddings()(part.ids_BT)
                hidden_BTD = language(inputs_embeds=embeds, use_cache=False).last_hidden_state
            picked_BT = part.action_mask_BT[:, 1:]
            logprobs, _ = token_logprobs(
                hidden_BTD[:, :-1][picked_BT], thinker.lm_head.weight, part.ids_BT[:, 1:][picked_BT]
            )
            loss = logprobs.sum() / made.tokens
            loss.backward()
            total += loss.detach()
        return total

    return run


def timed(run: Callable[[], Tensor], times: int) -> tuple[float, float]:
    """Processor seconds of the fastest of so many runs, after one that is not counted, and what came out."""
    value = float(run())
    seconds = []
    for _ in range(times):
        begun = time.process_time()
        run()
        seconds.append(time.process_time() - begun)
    return min(seconds), value


def main() -> None:
    """Measures both and compares."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="omni-mini")
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--beginning", type=int, default=1100, help="tokens; those of the shop's brief policy and tools")
    parser.add_argument("--layers", choices=("all", "upper"), default="all", help="which have adapters")
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    targets = UPPER_TARGETS if options.layers == "upper" else LANGUAGE_TARGETS
    policy = Policy.load(TrainConfig(base=options.model, adapter=Adapter(targets=targets)), torch.device("cpu"))
    made = dialogues(options.rows, options.beginning, len(policy.loaded.thinker.lm_head.weight))
    our_seconds, our_value = timed(lambda: ours(policy, made), options.times)
    peer = peers(options.model, rf".*{targets}")
    peer_seconds, peer_value = timed(lambda: peer(made), options.times)
    result = {
        "ratio": peer_seconds / our_seconds,
        "seconds": our_seconds,
        "peer_seconds": peer_seconds,
        "mean_logprob": our_value,
        "peer_mean_logprob": peer_value,
        "layers": options.layers,
        "model": options.model,
        "tokens": int(made.lengths_B.sum()),
    }
    if options.json:
        print(json.dumps(result))
    else:
        print(
            f"ours {our_seconds:.1f} s, padded with PEFT's layers {peer_seconds:.1f} s: {result['ratio']:.2f} times as fast"
        )


if __name__ == "__main__":
    main()
