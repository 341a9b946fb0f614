"""From the end of the user's sound to the first sound of the answer: native hearing, a transcript first, and no caches.

    python benchmarks/turn_latency.py [--agent omni-mini] [--tasks N] [--plain-tasks N] [--turns N]
        [--voice ENGINE:VOICE] [--agent-voice ENGINE:VOICE] [--json]

Three sides hold the same spoken calls (dev tasks, scripted user, same seeds), one after the other, with the same weights:

- ``native``: as the app does it. The model hears the sound; keys and values are kept from turn to turn; the first phrase
  is spoken while the rest is still to come.
- ``transcript``: the same, but Whisper writes down what was said and the model reads that.
- ``plain``: the model hears, but each reply is transformers' ``generate`` over the whole dialogue, and is spoken when it is
  complete.

The last one takes minutes for a call, so it holds fewer of them (``--plain-tasks``; 0 leaves it out).

Reported are medians in seconds of turns without and with one tool call before the answer, how many there were, and the
ratios of the other sides to ``native``. What an answer says may differ, since the sides take in different things.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.audio.encoder_input import hear
from tarl_app.agents.omni.model.checkpoint import LoadedOmni, shared_checkpoint
from tarl_app.conversation import Conversation, Event, SpeechPiece, TurnAdded
from tarl_app.core.domain import Domain
from tarl_app.core.protocols import Agent
from tarl_app.core.settings import settings
from tarl_app.core.types import AgentTurn, AudioRef, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.speech import AGENT_VOICE, USER_VOICE, load_hearing, load_voice
from tarl_app.users.scripted import scripted_user
from tarl_app.users.spoken import SpokenUser

OnText = Callable[[str], None]


class PlainAgent:
    """Hands the whole dialogue to ``generate`` for each reply."""

    name = "plain"

    def __init__(self, loaded: LoadedOmni, domain: Domain) -> None:
        self.loaded, self.domain = loaded, domain
        special = loaded.tokenizer.special
        self.stop = [special.im_end, special.call_close]
        self.suppressed = [i for i in loaded.tokenizer.control_ids if i not in (*self.stop, special.call_open)]

    def reply(
        self, turns: Sequence[Turn], on_text: OnText | None = None, cancelled: Callable[[], bool] | None = None
    ) -> AgentTurn:
        """See ``protocols.Agent.reply``."""
        thinker, sounds = self.loaded.thinker, {}

        def positions(ref: AudioRef) -> int:
            sounds[ref.path] = hear(thinker, [self.loaded.ear.features(ref)])[0]
            return len(sounds[ref.path])

        with torch.inference_mode():
            rendered = self.loaded.template.render(turns, self.domain, positions, reply=True)
            ids = torch.tensor([rendered.ids])
            embeds = thinker.get_input_embeddings()(ids)
            if rendered.audios:
                heard = torch.cat([sounds[ref.path] for ref in rendered.audios])
                embeds = embeds.masked_scatter((ids == thinker.config.audio_token_index)[..., None], heard.to(embeds.dtype))
            options: dict[str, Any] = {
                "attention_mask": torch.ones_like(ids),
                "do_sample": False,
                "max_new_tokens": self.loaded.config.sampling.max_new_tokens,
                "eos_token_id": self.stop,
                "pad_token_id": self.stop[0],
                "suppress_tokens": self.suppressed,
            }
            new = thinker.generate(inputs_embeds=embeds, **options)[0].tolist()  # pyright: ignore
        return self.loaded.template.parse_agent(new, f"call_{len(turns)}")


class Transcribing:
    """Gives an agent that reads what Whisper heard; what was written down once is kept."""

    def __init__(self, agent: Agent) -> None:
        self.agent, self.name = agent, agent.name
        self.hearing, self.heard = load_hearing(), {}

    def reply(
        self, turns: Sequence[Turn], on_text: OnText | None = None, cancelled: Callable[[], bool] | None = None
    ) -> AgentTurn:
        """See ``protocols.Agent.reply``."""
        return self.agent.reply([self._read(turn) for turn in turns], on_text, cancelled)

    def _read(self, turn: Turn) -> Turn:
        if not isinstance(turn, UserTurn) or turn.audio is None:
            return turn
        if turn.audio.path not in self.heard:
            from tarl_app.core.sound.audio import load

            self.heard[turn.audio.path] = self.hearing.transcribe(load(turn.audio), load_domain("retail").spoken)
        return turn.model_copy(update={"heard": self.heard[turn.audio.path]})


class Clock:
    """Listens to a conversation: seconds from the customer's turn to the first sound of the answer, by calls in between."""

    def __init__(self) -> None:
        self.seconds: dict[int, list[float]] = {}
        self.begun, self.calls, self.spoke = 0.0, 0, False

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        match event:
            case TurnAdded(turn=UserTurn()):
                self.begun, self.calls, self.spoke = time.perf_counter(), 0, False
            case TurnAdded(turn=AgentTurn() as turn):
                self.calls += len(turn.tool_calls)
            case SpeechPiece() if not self.spoke:
                self.seconds.setdefault(self.calls, []).append(time.perf_counter() - self.begun)
                self.spoke = True
            case _:
                pass


def measure(
    agent_of: Callable[[Domain], Agent], tasks: int, turns: int, agent_voice: str, user_voice: str
) -> dict[int, list[float]]:
    """Seconds to the first sound, by tool calls before it, in calls of at most so many ``turns`` of the agent."""
    domain, voice, clock = load_domain("retail"), load_voice(agent_voice), Clock()
    speaker = load_voice(user_voice)
    voice.say("Hello.")  # loads it
    for number, task in enumerate(domain.tasks("dev")[:tasks]):
        user = SpokenUser(scripted_user(task, domain, number, "held_out"), speaker.engine, speaker.voice)
        agent = agent_of(domain)
        conversation = Conversation(
            task, domain, agent, user=user, voice=voice, max_agent_turns=turns, on_event=clock, seed=number
        )
        with closing(conversation):
            conversation.run()
    return clock.seconds


def main() -> int:
    """Prints a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", default="omni-mini")
    parser.add_argument("--tasks", type=int, default=8, help="calls of native and transcript; default: %(default)s")
    parser.add_argument("--plain-tasks", type=int, default=1, help="calls of plain; default: %(default)s")
    parser.add_argument("--turns", type=int, default=12, help="of the agent in a call, tool calls too; default: %(default)s")
    parser.add_argument("--voice", default=USER_VOICE, help="the customer's, ENGINE:VOICE")
    parser.add_argument("--agent-voice", default=AGENT_VOICE)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(settings().threads)
    loaded = shared_checkpoint(args.agent)
    reading = LoadedOmni(loaded.thinker, loaded.tokenizer, loaded.config.model_copy(update={"hears": False}), loaded.ear)
    sides: dict[str, Callable[[Domain], Agent]] = {
        "native": lambda domain: OmniAgent(loaded, domain),
        "transcript": lambda domain: Transcribing(OmniAgent(reading, domain)),
        "plain": lambda domain: PlainAgent(loaded, domain),
    }
    row: dict[str, Any] = {"agent": args.agent, "tasks": args.tasks, "threads": torch.get_num_threads()}
    for name, agent_of in sides.items():
        tasks = args.plain_tasks if name == "plain" else args.tasks
        print(f"{name}: {tasks} calls ...", file=sys.stderr)
        found = measure(agent_of, tasks, args.turns, args.agent_voice, args.voice)
        for calls, label in ((0, "no_call"), (1, "one_call")):
            seconds = found.get(calls, [])
            row[f"{name}_{label}"] = round(statistics.median(seconds), 3) if seconds else None
            row[f"{name}_{label}_turns"] = len(seconds)
            print(f"{name}, {label}: {row[f'{name}_{label}']} s, {len(seconds)} turns", file=sys.stderr)
    for label in ("no_call", "one_call"):
        for name in ("transcript", "plain"):
            ours, theirs = row[f"native_{label}"], row[f"{name}_{label}"]
            row[f"{name}_{label}_ratio"] = round(theirs / ours, 2) if ours and theirs else None
    if args.json:
        print(json.dumps(row))
        return 0
    for name in sides:
        print(f"{name:<12} no call {row[f'{name}_no_call']} s, one call {row[f'{name}_one_call']} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
