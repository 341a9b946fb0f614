"""TRL's own GRPO and RLOO trainers on rollouts that are given to them, on a tiny language model."""

# ruff: noqa: N815 - the axes are in the names of fields, too

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer

from tarl_app.training.rollouts.samples import Batch

GROUP = 4
REWARDS = (15.0, 5.0, -1.0, 13.0, 2.5, 2.5, -3.75, 0.0)
LENGTHS = (7, 3, 9, 1, 5, 9, 2, 6)
WORDS = 40


def completions() -> list[list[int]]:
    """Eight completions of different lengths, in two groups."""
    draw = torch.Generator().manual_seed(1)
    return [torch.randint(2, WORDS, (length,), generator=draw).tolist() for length in LENGTHS]


def agent_masks() -> list[list[int]]:
    """Which tokens the agent chose: now and then a tool spoke, but the first token is always the agent's."""
    draw = torch.Generator().manual_seed(2)
    return [[1, *(torch.rand(length - 1, generator=draw) > 0.3).int().tolist()] for length in LENGTHS]


def save_tiny_model(folder: Path) -> tuple[str, PreTrainedTokenizerFast]:
    """A random one-layer Llama on disk, and a tokenizer of ``WORDS`` words."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=WORDS,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=64,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=1,
        initializer_range=0.3,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    vocabulary = {"<pad>": 0, "<eos>": 1, **{f"w{n}": n for n in range(2, WORDS)}}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<eos>", padding_side="left")
    tokenizer.save_pretrained(folder)
    return str(folder), tokenizer


class GivenRloo(RLOOTrainer):
    """RLOO on the given completions instead of generated ones; everything after that is TRL's.

    In double precision: TRL subtracts the *sums* of an episode's log-probabilities, which in single precision costs 1e-5.
    """

    def _generate_single_turn(self, prompt_ids: Any, images: Any, multimodal_fields: Any) -> list[list[int]]:
        return completions()

    def _get_per_token_logps_and_entropies(self, *inputs: Any, **options: Any) -> Any:
        logprobs, entropies, auxiliary = super()._get_per_token_logps_and_entropies(*inputs, **options)
        return logprobs.double(), entropies, auxiliary


def _common(folder: Path) -> dict[str, Any]:
    return {
        "output_dir": str(folder / "out"),
        "num_generations": GROUP,
        "per_device_train_batch_size": 2 * GROUP,
        "steps_per_generation": 1,
        "max_completion_length": 12,
        "epsilon": 0.1,
        "epsilon_high": 0.3,
        "bf16": False,
        "use_cpu": True,
        "activation_checkpointing": False,
        "report_to": "none",
        "temperature": 1.0,
    }


PROMPTS = ["w3 w4 w5"] * GROUP + ["w6 w7"] * GROUP


def _given(prompts: Any, trainer: Any) -> dict[str, Any]:
    return {
        "prompt_ids": trainer.processing_class(text=prompts)["input_ids"],
        "completion_ids": completions(),
        "logprobs": None,
        "env_mask": agent_masks(),
    }


def _rewards(completions: Any, **_: Any) -> Any:
    return list(REWARDS)


def grpo_trainer(folder: Path, **options: Any) -> GRPOTrainer:
    """TRL's GRPO trainer, given the rollouts."""
    path, tokenizer = save_tiny_model(folder)
    return GRPOTrainer(
        model=path,
        reward_funcs=_rewards,
        args=GRPOConfig(**_common(folder), **options),
        train_dataset=Dataset.from_dict({"prompt": PROMPTS}),
        processing_class=tokenizer,
        rollout_func=_given,
    )


def rloo_trainer(folder: Path, **options: Any) -> RLOOTrainer:
    """TRL's RLOO trainer, given the completions."""
    path, tokenizer = save_tiny_model(folder)
    return GivenRloo(
        model=path,
        reward_funcs=_rewards,
        args=RLOOConfig(**_common(folder), **options),
        train_dataset=Dataset.from_dict({"prompt": PROMPTS}),
        processing_class=tokenizer,
    )


@dataclass(frozen=True)
class Scored:
    """What TRL made of the rollouts, and the same rollouts as our batch (completion tokens only)."""

    trainer: Any
    inputs: dict[str, Any]
    batch: Batch
    reference_BT: Tensor

    def logprobs(self) -> tuple[Tensor, Tensor]:
        """Log-probabilities and entropies of the completion tokens under the model as it is now, with gradient."""
        return _logprobs(self.trainer, self.trainer.model, self.inputs, entropy=True)

    def trl_loss(self) -> tuple[Tensor, list[Tensor]]:
        """TRL's loss, and its gradient for every parameter."""
        return _with_gradient(self.trainer.model, self.trainer._compute_loss(self.trainer.model, self.inputs))

    def with_gradient(self, loss: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Our loss, and its gradient for every parameter."""
        return _with_gradient(self.trainer.model, loss)


def _with_gradient(model: torch.nn.Module, loss: Tensor) -> tuple[Tensor, list[Tensor]]:
    return loss.detach(), list(torch.autograd.grad(loss, list(model.parameters())))


def _logprobs(trainer: Any, model: Any, inputs: dict[str, Any], entropy: bool = False) -> Any:
    ids = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], dim=1)
    mask = torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], dim=1)
    width = inputs["completion_ids"].shape[1]
    return trainer._get_per_token_logps_and_entropies(model, ids, mask, width, compute_entropy=entropy)[:2]


def _nudge(model: torch.nn.Module, seed: int) -> None:
    """Moves the weights, so that policy, old policy and reference differ from one another."""
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.03 * torch.randn(parameter.shape, generator=draw)


def score(trainer: Any) -> Scored:
    """Lets TRL score the rollouts with the old policy, then moves the policy on."""
    trainer.current_gradient_accumulation_steps = 1  # the Trainer's loop sets it
    _nudge(trainer.model, seed=3)
    trainer.model.train()
    inputs = trainer._generate_and_score_completions([{"prompt": prompt} for prompt in PROMPTS])
    with torch.no_grad():
        old_BT = _logprobs(trainer, trainer.model, inputs)[0]
        reference = trainer.ref_model if trainer.ref_model is not None else trainer.model
        reference_BT = _logprobs(trainer, reference, inputs)[0]
    if isinstance(trainer, GRPOTrainer):
        inputs["old_per_token_logps"] = old_BT
    _nudge(trainer.model, seed=4)
    action_mask_BT = inputs["completion_mask"].bool() & inputs.get("tool_mask", torch.ones(())).bool()
    batch = Batch(
        ids_BT=inputs["completion_ids"],
        lengths_B=torch.tensor(LENGTHS),
        action_mask_BT=action_mask_BT,
        old_BT=old_BT,
        turn_BT=torch.zeros_like(inputs["completion_ids"]),
        rewards_B=torch.tensor(REWARDS),
        turn_rewards=[()] * len(REWARDS),
        group_B=torch.arange(len(REWARDS)) // GROUP,
        sounds=[()] * len(REWARDS),
    )
    return Scored(trainer, inputs, batch, reference_BT)
