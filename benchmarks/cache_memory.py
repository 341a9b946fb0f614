"""Memory of the keys and values of many calls at once: pages that are written, against transformers' dense cache.

    python benchmarks/cache_memory.py [--calls 96] [--limit 2600] [--json]

The calls are those of the scripted pair on train tasks, as omni-mini's tokens; both sides hold the same keys and values in
tensors of omni-mini's shape, grown as the calls go on. The peer is transformers' ``DynamicCache``, which has room for the
longest call in every row and is copied whenever it grows. Reported is by how much the process grew when all calls had ended,
and at most (``peak``).
"""

import argparse
import gc
import json
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import psutil
import torch
from torch import Tensor
from transformers import DynamicCache

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tarl_app import assets
from tarl_app.agents.omni.decoding.kv_cache import KVCache
from tarl_app.agents.omni.model.assemble import assemble_directory
from tarl_app.agents.omni.prompt.template import Template
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.domains import load_domain
from tarl_app.users.scripted import scripted_user

LAYERS, HEADS, WIDTH = 30, 3, 64  # of SmolLM2-135M's keys
PIECE = 64
"""Tokens that every call goes on by before the next ones are written."""
KEY = torch.ones(1, HEADS, PIECE, WIDTH, dtype=torch.bfloat16)


def lengths(count: int, limit: int) -> list[int]:
    """Tokens of so many calls of the scripted pair, at most ``limit`` each."""
    domain = load_domain("retail")
    gguf = next(assets.fetch("smollm2-135m-instruct").glob("*.gguf"))
    folder = assemble_directory(gguf, assets.fetch("whisper-tiny.en"), torch.bfloat16)
    template, found = Template(OmniTokenizer.load(folder), "brief"), list[int]()
    for seed, task in enumerate(domain.tasks("train")[:count]):
        agent, user = ScriptedAgent(task, domain, seed), scripted_user(task, domain, seed)
        with closing(Conversation(task, domain, agent, user=user, seed=seed)) as one:
            turns = one.run().turns
        found.append(min(limit, len(template.render(turns, domain).ids)))
    return found


def pages(calls: Sequence[int]) -> object:
    """Ours: ``KVCache``, as the batched decoder fills it."""
    cache = KVCache(len(calls))
    for begin in range(0, max(calls), PIECE):
        cache.reserve(begin + PIECE)
        for index in range(LAYERS):
            for buffer in cache.layer(index, KEY):
                _write(buffer, calls, begin, begin)
        for slot, length in enumerate(calls):
            cache.marks[slot] = [0] * min(length, begin + PIECE)
    return cache


def dense(calls: Sequence[int]) -> object:
    """The peer: transformers' ``DynamicCache``, a row for each call, ended ones padded."""
    cache = DynamicCache()
    for begin in range(0, max(calls), PIECE):
        for index in range(LAYERS):
            keys, values = (torch.zeros(len(calls), HEADS, PIECE, WIDTH, dtype=KEY.dtype) for _ in range(2))
            for piece in (keys, values):
                _write(piece, calls, begin, 0)
            cache.update(keys, values, index)
    return cache


def _write(buffer: Tensor, calls: Sequence[int], begin: int, place: int) -> None:
    for slot, length in enumerate(calls):
        if (count := min(PIECE, length - begin)) > 0:
            buffer[slot, :, place : place + count] = KEY[0, :, :count]


def grown(fill: Callable[[Sequence[int]], object], calls: Sequence[int]) -> dict[str, int]:
    """By how many bytes the process grows that does this, in the end and at most; they are given back after it."""
    memory, over = psutil.Process().memory_info, threading.Event()
    gc.collect()
    before = peak = memory().rss

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.005):
            peak = max(peak, memory().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        kept = fill(calls)
        after = memory().rss
        del kept
    finally:
        over.set()
        watcher.join()
    return {"bytes": after - before, "peak": max(peak, after) - before}


def main() -> None:
    """Fills both and compares."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=96, help="so many at once")
    parser.add_argument("--limit", type=int, default=2600, help="tokens of a call at most")
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    options = parser.parse_args()
    calls = lengths(options.calls, options.limit)
    torch.set_num_threads(1)
    grown(dense, calls[:1])  # what the first tensors bring with them is not of the calls
    peer, ours = grown(dense, calls), grown(pages, calls)
    result = {
        "ratio": round(peer["bytes"] / ours["bytes"], 2),
        "peak_ratio": round(peer["peak"] / ours["peak"], 2),
        "ours": ours,
        "peer": peer,
        "calls": len(calls),
        "tokens": sum(calls),
        "longest": max(calls),
    }
    if options.json:
        print(json.dumps(result))
        return
    print(f"{len(calls)} calls, {sum(calls)} tokens, the longest {max(calls)}")
    for name, row in (("pages", ours), ("dense", peer)):
        print(f"{name}: {row['bytes'] / 1e9:.2f} GB, at most {row['peak'] / 1e9:.2f} GB")
    print(f"dense takes {result['ratio']} times as much, at most {result['peak_ratio']} times")


if __name__ == "__main__":
    main()
