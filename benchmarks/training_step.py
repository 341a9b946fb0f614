"""One step of training on given rollouts: ours against TRL's GRPOTrainer, same model, same rollouts, same LoRA.

    python benchmarks/training_step.py [--size tiny|small|mini] [--dtype float32|bfloat16] [--steps N]
        [--vocabulary N] [--json]

The rollouts are dialogues as agents have them: a long prompt, then turns of the agent between those of users and tools,
of very different lengths, with a vocabulary of 151,936 tokens. They are written ones, since TRL leaves sounds out. Both
get the same random weights' sizes, the same adapter, the same number of rows in a pass, and no reference model. Each side
runs in a process of its own, after one step that is not counted; reported are tokens of dialogue a second (median of the
steps) and the process's peak memory above what it held when its libraries were imported (on a GPU: the allocator's peak).
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

VOCABULARY = 151_936
SIZES: dict[str, dict[str, int]] = {
    "tiny": {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2},
    "small": {"hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 8, "num_attention_heads": 4},
    "mini": {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30, "num_attention_heads": 9},
}
LENGTHS = {"tiny": (120, 400), "small": (200, 900), "mini": (300, 1200)}
ROWS, GROUP, ROWS_A_PASS, PROMPT, RANK = 16, 4, 4, 64, 16
LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def rollouts(size: str, step: int, vocabulary: int) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Ids, which of them the agent chose, and the reward, of each row: turns of 15 to 40 tokens, a third the agent's."""
    draw = np.random.default_rng([1, step])
    rows = []
    for _ in range(ROWS):
        length = int(draw.integers(*LENGTHS[size]))
        chosen = np.zeros(length, bool)
        place = PROMPT
        while place < length:
            turn = int(draw.integers(15, 40))
            chosen[place : place + turn] = True
            place += turn + int(draw.integers(30, 80))
        rows.append((draw.integers(100, vocabulary - 1000, length), chosen, float(draw.normal())))
    return rows


# --- our side -----------------------------------------------------------------------------------------------------------


def ours(size: str, dtype: str, steps: int, device: str, vocabulary: int) -> Any:
    """Yields before and after each step."""
    from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker

    from tarl_app.agents.omni.audio.encoder_input import Ear
    from tarl_app.agents.omni.decoding.generate import prepare
    from tarl_app.agents.omni.model.adapters import OmniConfig
    from tarl_app.agents.omni.model.assemble import thinker_config
    from tarl_app.agents.omni.model.checkpoint import LoadedOmni
    from tarl_app.agents.omni.prompt.tokens import byte_tokenizer
    from tarl_app.core.types import Episode, Task
    from tarl_app.training.algorithms import make_algorithm
    from tarl_app.training.configuration.config import Adapter, TrainConfig
    from tarl_app.training.distributed.processes import Processes
    from tarl_app.training.policy import Policy
    from tarl_app.training.rollouts.samples import Rollout, make_batch
    from tarl_app.training.update import Learner

    yield
    tokenizer = byte_tokenizer()
    text = {**SIZES[size], "num_key_value_heads": SIZES[size]["num_attention_heads"], "vocab_size": vocabulary}
    sound = {"d_model": 16, "encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 32, "num_mel_bins": 80}
    torch.manual_seed(0)
    with torch.device(device):
        thinker = Thinker(thinker_config({**text, "rope_theta": 1e4}, sound, tokenizer)).to(getattr(torch, dtype))
    prepare(thinker)
    loaded = LoadedOmni(thinker.requires_grad_(False).eval(), tokenizer, OmniConfig(name="benchmark"), Ear())
    longest = LENGTHS[size][1]
    config = TrainConfig(adapter=Adapter(rank=RANK, alpha=2 * RANK), micro_tokens=ROWS_A_PASS * longest, device=device)
    policy = Policy(loaded, config, torch.device(device))
    learner = Learner(policy, make_algorithm(config.algorithm), Processes(device))
    task = Task(id="x", domain="x", split="train", kind="x", instruction="x")
    for step in range(steps):
        made = [
            Rollout(
                ids.astype(np.int64),
                chosen,
                np.where(chosen, -11.9, 0).astype(np.float32),
                np.where(chosen, 0, -1),
                (),
                str(row // GROUP),
                reward,
                episode=Episode(id=str(row), task=task, agent="x", user="x"),
            )
            for row, (ids, chosen, reward) in enumerate(rollouts(size, step, vocabulary))
        ]
        yield
        learner.update(make_batch(made), step)
        yield


# --- TRL ------------------------------------------------------------------------------------------------------------------


def trl(size: str, dtype: str, steps: int, device: str, vocabulary: int) -> Any:
    """Yields before and after each step; TRL's trainer is driven from a thread-free loop over its own ``training_step``."""
    from datasets import Dataset
    from peft import LoraConfig
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    yield
    words = {"<pad>": 0, "<eos>": 1, **{f"w{number}": number for number in range(2, 300)}}
    plain = Tokenizer(models.WordLevel(words, unk_token="<pad>"))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # pyright: ignore
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<pad>", eos_token="<eos>", padding_side="left")
    given: list[tuple[np.ndarray, np.ndarray, float]] = []

    def play(prompts: Any, trainer: Any) -> dict[str, Any]:
        return {
            "prompt_ids": [ids[:PROMPT].tolist() for ids, _, _ in given],
            "completion_ids": [ids[PROMPT:].tolist() for ids, _, _ in given],
            "logprobs": None,
            "env_mask": [chosen[PROMPT:].astype(int).tolist() for _, chosen, _ in given],
        }

    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        heads = SIZES[size]["num_attention_heads"]
        sizes = {**SIZES[size], "num_key_value_heads": heads, "vocab_size": vocabulary, "tie_word_embeddings": True}
        model = Qwen2ForCausalLM(Qwen2Config(**sizes)).to(getattr(torch, dtype))
        arguments = GRPOConfig(
            output_dir=folder,
            num_generations=GROUP,
            per_device_train_batch_size=ROWS_A_PASS,
            gradient_accumulation_steps=ROWS // ROWS_A_PASS,
            max_completion_length=LENGTHS[size][1],
            beta=0.0,
            epsilon_high=0.28,
            bf16=dtype == "bfloat16",
            use_cpu=device == "cpu",
            activation_checkpointing=False,
            gradient_checkpointing=False,
            report_to="none",
            learning_rate=3e-5,
        )
        trainer = GRPOTrainer(
            model=model,
            reward_funcs=lambda completions, **_: [reward for _, _, reward in given],
            args=arguments,
            train_dataset=Dataset.from_dict({"prompt": ["w3 w4"] * ROWS}),
            processing_class=tokenizer,
            rollout_func=play,
            peft_config=LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=list(LAYERS)),
        )
        trainer.create_optimizer()
        trainer.model.train()  # pyright: ignore
        trainer.current_gradient_accumulation_steps = ROWS // ROWS_A_PASS
        prompts = [{"prompt": "w3 w4"} for _ in range(ROWS)]
        for step in range(steps):
            given[:] = rollouts(size, step, vocabulary)
            yield
            trainer._buffered_inputs = None
            trainer._step = 0
            for _ in range(ROWS // ROWS_A_PASS):  # the trainer keeps the batch and takes a part of it each time
                trainer.training_step(trainer.model, prompts, None)  # pyright: ignore
            torch.nn.utils.clip_grad_norm_([p for p in trainer.model.parameters() if p.requires_grad], 1.0)  # pyright: ignore
            trainer.optimizer.step()  # pyright: ignore
            trainer.optimizer.zero_grad()  # pyright: ignore
            yield


# --- measuring --------------------------------------------------------------------------------------------------------


def resident(field: str) -> float:
    """``VmRSS`` or ``VmHWM`` (the peak) of this process in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return 1024.0 * int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no {field}")


def measure(side: str, size: str, dtype: str, steps: int, device: str, vocabulary: int) -> dict[str, float]:
    """Tokens a second and peak bytes of one side."""
    if device == "cpu":
        torch.set_num_threads(max(1, torch.get_num_threads()))
    run = {"ours": ours, "trl": trl}[side](size, dtype, steps + 1, device, vocabulary)
    next(run)  # the libraries are imported
    before = resident("VmRSS")
    seconds = []
    for step in range(steps + 1):
        next(run)
        if step == 1:
            Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here, weights included
        begun = time.perf_counter()
        next(run)
        if step:
            tokens = sum(len(ids) for ids, _, _ in rollouts(size, step, vocabulary))
            seconds.append((time.perf_counter() - begun) / tokens)
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else resident("VmHWM") - before
    return {"tokens_per_second": 1 / statistics.median(seconds), "peak_bytes": float(peak)}


def main() -> None:
    """Runs both sides, one after the other, and compares."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--vocabulary", type=int, default=VOCABULARY, help="at least 2,000; default: %(default)s")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--side", choices=("ours", "trl"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        sizes = options.size, options.dtype, options.steps, options.device, options.vocabulary
        print(json.dumps(measure(options.side, *sizes)))
        return
    found: dict[str, dict[str, float]] = {}
    for side in ("ours", "trl"):
        command = [sys.executable, __file__, "--side", side, "--size", options.size, "--dtype", options.dtype]
        command += ["--steps", str(options.steps), "--device", options.device, "--vocabulary", str(options.vocabulary)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found[side] = json.loads(done.stdout.splitlines()[-1])
    speed = found["ours"]["tokens_per_second"] / found["trl"]["tokens_per_second"]
    memory = found["ours"]["peak_bytes"] / found["trl"]["peak_bytes"]
    result = {"speed_ratio": speed, "memory_ratio": memory, "size": options.size, "dtype": options.dtype, **found}
    if options.json:
        print(json.dumps(result))
        return
    for side, row in found.items():
        print(f"{side:5} {row['tokens_per_second']:9.0f} tokens/s   peak {row['peak_bytes'] / 1e6:8.0f} MB")
    print(f"ours is {speed:.2f} times as fast and takes {memory:.2f} times the memory")


if __name__ == "__main__":
    main()
