"""Rollouts: many conversations together against one conversation after another with transformers' ``generate``.

    python benchmarks/rollouts.py [--model tiny-random|omni-mini|...] [--conversations N] [--json]

Both sides play the same tasks with the same users, tools, limits and sampling. The peer is what one writes first: for each
agent turn the whole dialogue goes through ``generate``, tokens outside of the vocabulary of speech and calls suppressed;
nothing is kept from turn to turn. Reported are agent tokens a second of the clock, users and tools included, and ours once
more with one token a pass, without guesses of the next ones (``guesses_ratio``).
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tarl_app.agents.omni.decoding.batched_decoder import BatchedDecoder
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, Episode, Turn
from tarl_app.domains import load_domain
from tarl_app.training.configuration.config import Source, TrainConfig
from tarl_app.training.policy import Policy
from tarl_app.training.rollouts.lines import Job
from tarl_app.training.rollouts.parts import standard_parts
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.users.scripted import scripted_user


class PlainAgent:
    """An ``Agent`` that hands the whole dialogue to ``generate`` for each turn."""

    name = "plain"

    def __init__(self, loaded: LoadedOmni, domain: Domain, config: TrainConfig) -> None:
        self.loaded, self.domain, self.config = loaded, domain, config
        special = loaded.tokenizer.special
        self.stop = [special.im_end, special.call_close]
        self.suppressed = [i for i in loaded.tokenizer.control_ids if i not in (*self.stop, special.call_open)]
        self.tokens = 0

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """See ``protocols.Agent.reply``."""
        rendered = self.loaded.template.render(turns, self.domain, reply=True)
        ids = torch.tensor([rendered.ids], device=self.loaded.thinker.lm_head.weight.device)
        options: dict[str, Any] = {
            "attention_mask": torch.ones_like(ids),
            "do_sample": True,
            "temperature": self.config.temperature,
            "top_k": 0,
            "max_new_tokens": self.config.max_new_tokens,
            "eos_token_id": self.stop,
            "pad_token_id": self.stop[0],
            "suppress_tokens": self.suppressed,
        }
        with torch.inference_mode():
            new = self.loaded.thinker.generate(input_ids=ids, **options)[0, ids.shape[1] :].tolist()  # pyright: ignore
        self.tokens += len(new)
        return self.loaded.template.parse_agent(new, f"call_{len(turns)}")


def one_after_another(policy: Policy, jobs: Sequence[Job], config: TrainConfig) -> tuple[int, float]:
    """Agent tokens and seconds of the peer."""
    begun, tokens = time.perf_counter(), 0
    for job in jobs:
        domain = load_domain(job.source.domain)
        agent = PlainAgent(policy.loaded, domain, config)
        user = scripted_user(job.task, domain, job.seed)
        with closing(Conversation(job.task, domain, agent, user=user, max_agent_turns=config.max_agent_turns)) as one:
            one.run()
        tokens += agent.tokens
    return tokens, time.perf_counter() - begun


def together(rollouts: Rollouts, jobs: Sequence[Job]) -> tuple[int, float, list[Episode]]:
    """Agent tokens (those that the grammar forces included: the agent says them too) and seconds of ours."""
    begun = time.perf_counter()
    outcomes = rollouts.play(jobs)
    seconds = time.perf_counter() - begun
    tokens = sum(int((one.rollout.turn >= 0).sum()) for one in outcomes if one.rollout)
    return tokens, seconds, [one.episode for one in outcomes]


def main() -> None:
    """Plays with both and compares."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="omni-mini")
    parser.add_argument("--conversations", type=int, default=32)
    parser.add_argument("--peer-conversations", type=int, default=4, help="the peer is slow: so many are enough")
    parser.add_argument("--max-agent-turns", type=int, default=12)
    parser.add_argument("--max-new-tokens", type=int, default=96)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    source = Source(name="text", customer="plain")
    config = TrainConfig(
        base=options.model,
        sources=(source,),
        max_agent_turns=options.max_agent_turns,
        max_new_tokens=options.max_new_tokens,
        temperature=0.7,
        concurrent=options.conversations,
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    policy = Policy.load(config, device)
    tasks = load_domain("retail").tasks("train")
    jobs = [Job(source, tasks[n // 4 * 7], f"{n // 4}", n // 4, n % 4) for n in range(options.conversations)]
    parts = standard_parts(config, policy.loaded.config.hears)
    sampling = Sampling(temperature=config.temperature, max_new_tokens=config.max_new_tokens)
    unguessed = BatchedDecoder(policy.thinker, policy.loaded.tokenizer, config.concurrent, sampling)
    rollouts = Rollouts(policy, parts)
    rollouts.play(jobs[:2])  # warm, both worlds built
    peer_jobs = jobs[:: max(1, len(jobs) // options.peer_conversations)][: options.peer_conversations]
    peer_tokens, peer_seconds = one_after_another(policy, peer_jobs, config)
    slow_tokens, slow_seconds, _ = together(Rollouts(policy, parts, decoder=unguessed), jobs)
    our_tokens, our_seconds, episodes = together(rollouts, jobs)
    slow = slow_tokens / slow_seconds
    ours, peer = our_tokens / our_seconds, peer_tokens / peer_seconds
    result = {
        "ratio": ours / peer,
        "guesses_ratio": ours / slow,
        "tokens_per_second": ours,
        "unguessed_tokens_per_second": slow,
        "peer_tokens_per_second": peer,
        "model": options.model,
        "conversations": len(episodes),
        "agent_tokens": our_tokens,
        "peer_agent_tokens": peer_tokens,
    }
    if options.json:
        print(json.dumps(result))
    else:
        print(f"together {ours:.0f} tokens/s, one after another {peer:.0f} tokens/s: {ours / peer:.1f} times as fast")
        print(f"without guesses {slow:.0f} tokens/s: {ours / slow:.2f} times as fast with them")


if __name__ == "__main__":
    main()
