"""Tokens guessed from the dialogue and checked several at once, against one token after the other.

    python benchmarks/guessed_tokens.py [--agent omni-mini] [--tasks N] [--split dev] [--json]

Both sides play the same tasks by text (lifelike customers, same seeds), one conversation after the other, in turn, with
the same model in memory. Reported are CPU seconds of the agent's replies for each token that they have, the ratio of the
two sides, and how many conversations went the same way: bfloat16 rounds otherwise where several tokens are read at once,
which can tip a choice between two words. The first conversation of each side is not counted.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.model.checkpoint import shared_checkpoint
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Manner
from tarl_app.core.settings import settings
from tarl_app.core.types import AgentTurn, Episode, Turn
from tarl_app.domains import load_domain
from tarl_app.users.customers import make_customer


@dataclass
class Timed:
    """An agent whose replies are timed."""

    agent: OmniAgent
    seconds: float = 0.0
    tokens: int = 0
    name: str = field(default="omni")

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """The agent's own."""
        started = time.process_time()
        turn = self.agent.reply(turns, on_text, cancelled)
        self.seconds += time.process_time() - started
        self.tokens += (turn.timing.tokens or 0) if turn.timing else 0
        return turn


def said(episode: Episode) -> list[tuple[str, list[tuple[str, str]]]]:
    """What the agent said and called."""
    return [
        (turn.text, [(call.name, json.dumps(call.arguments, sort_keys=True)) for call in turn.tool_calls])
        for turn in episode.turns
        if isinstance(turn, AgentTurn)
    ]


def main() -> None:
    """Plays and prints."""
    parser = argparse.ArgumentParser(description="Guessed tokens against one token after the other.")
    parser.add_argument("--agent", default="omni-mini")
    parser.add_argument("--domain", default="retail")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--tasks", type=int, default=12)
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    options = parser.parse_args()
    torch.set_num_threads(settings().threads)
    loaded, domain = shared_checkpoint(options.agent), load_domain(options.domain)
    sides = {True: (0.0, 0), False: (0.0, 0)}
    same = played = 0
    for number, task in enumerate(domain.tasks(options.split)[: options.tasks + 1]):
        calls: dict[bool, Episode] = {}
        for guessing in (True, False) if number % 2 else (False, True):
            agent = OmniAgent(loaded, domain)
            agent.drafts = guessing
            timed = Timed(agent)
            user = make_customer(task, domain, 0, "held_out", Manner("lifelike"))
            with closing(Conversation(task, domain, timed, user=user)) as conversation:
                calls[guessing] = conversation.run()
            if number:
                seconds, tokens = sides[guessing]
                sides[guessing] = seconds + timed.seconds, tokens + timed.tokens
        if number:
            played += 1
            same += said(calls[True]) == said(calls[False])
    rates = {guessing: tokens / seconds for guessing, (seconds, tokens) in sides.items()}
    found = {
        "agent": options.agent,
        "conversations": played,
        "tokens_a_second_guessed": round(rates[True], 1),
        "tokens_a_second_one_by_one": round(rates[False], 1),
        "ratio": round(rates[True] / rates[False], 2),
        "same_conversations": same,
    }
    print(json.dumps(found) if options.json else "\n".join(f"{key}: {value}" for key, value in found.items()))


if __name__ == "__main__":
    main()
