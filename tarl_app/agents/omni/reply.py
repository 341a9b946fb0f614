"""From a dialogue to what the model reads, and from what it sampled to a turn: the same alone, in a batch and in training.

    prompt = replies.prompt(turns, ears)          # rendered, sounds marked, with a guide of what may come
    ids = ...                                     # decoded by whoever has the model
    turn = replies.turn(prompt, ids)              # None: that call has no point; decode once more, the guide knows

What was sampled for an earlier turn is kept, so that a reply is never encoded again from its text.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tarl_app.agents.omni.audio.keyword_spotting import Recognition
from tarl_app.agents.omni.decoding.grammar import CallGuide, pointless
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.agents.omni.prompt.template import Rendered, check_length
from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, AudioRef, Guards, Turn


class Ears(Protocol):
    """What a model has heard of the sounds in a dialogue."""

    def positions(self, ref: AudioRef) -> int:
        """How many places in the dialogue the sound takes."""
        ...

    def recognised(self, ref: AudioRef) -> Recognition | None:
        """What it took the sound for, as far as it recognises words."""
        ...

    def mark(self, ref: AudioRef) -> int:
        """A negative number for the sound, unlike those of others (``kv_cache.Piece``)."""
        ...


@dataclass(frozen=True, eq=False)
class Prompt:
    """A dialogue as the model reads it, and what may come next."""

    turns: Sequence[Turn]
    ids: list[int]
    marks: list[int]
    """``ids`` with every position of sound replaced by that sound's mark."""
    audios: list[AudioRef]
    guide: CallGuide


class Replies:
    """The replies of one conversation."""

    def __init__(self, loaded: LoadedOmni, domain: Domain, guard: Guards, max_new_tokens: Callable[[], int]) -> None:
        """``max_new_tokens``: how many a reply may have now."""
        self.loaded, self.domain, self._room = loaded, domain, max_new_tokens
        self.guard: Guards = guard
        self.sampled: dict[tuple[int, str], list[int]] = {}
        """Place and content of a turn (``content_of``) -> the ids that were sampled for it, with their ends."""

    def prompt(self, turns: Sequence[Turn], ears: Ears) -> Prompt:
        """What is read before the reply to ``turns``; raises ``DialogueTooLong``."""
        rendered = self.render(turns, ears, reply=True)
        check_length(rendered.ids, self.loaded.config.context, self._room())
        recognised = ears.recognised if self.loaded.config.hears else None
        guide = self.loaded.grammar.guide(self.domain, turns, recognised, self.guard)
        return Prompt(turns, rendered.ids, list(self._marks(rendered, ears)), rendered.audios, guide)

    def render(self, turns: Sequence[Turn], ears: Ears, reply: bool = False) -> Rendered:
        """The dialogue as tokens, those that were sampled as they were."""
        sampled: dict[int, list[int]] = {}
        for index, turn in enumerate(turns):
            if isinstance(turn, AgentTurn) and (ids := self.sampled.get((index, content_of(turn)))) is not None:
                sampled[index] = ids
        hear = ears.positions if self.loaded.config.hears else None
        return self.loaded.template.render(turns, self.domain, hear, reply=reply, sampled=sampled)

    def turn(self, prompt: Prompt, ids: Sequence[int]) -> AgentTurn | None:
        """The turn that was sampled; None where it repeats a call whose answer is known, which the guide now forbids."""
        turn = self.loaded.template.parse_agent(ids, f"call_{len(prompt.turns)}")
        if not prompt.guide.free and not turn.text and (call := pointless(turn, prompt.turns, self.domain)):
            prompt.guide.forbid(call)
            return None
        self.sampled[len(prompt.turns), content_of(turn)] = self.closed(ids)
        return turn

    def _marks(self, rendered: Rendered, ears: Ears) -> Iterator[int]:
        special, audios, sound = self.loaded.tokenizer.special, iter(rendered.audios), 0
        for token in rendered.ids:
            if token == special.audio_bos:
                sound = ears.mark(next(audios))
            yield sound if token == special.audio_pad else token

    def closed(self, ids: Sequence[int]) -> list[int]:
        """What was sampled, with the ends that stopping early left out."""
        special = self.loaded.tokenizer.special
        if ids[-1] == special.im_end:
            return [*ids]
        unclosed = special.call_open in ids and ids[-1] != special.call_close
        return [*ids, *([special.call_close] if unclosed else []), special.im_end]


def content_of(turn: AgentTurn) -> str:
    """What tells replies at the same place apart (not their sound or timing)."""
    calls = [(call.name, call.arguments) for call in turn.tool_calls]
    return json.dumps([turn.text, calls, turn.malformed], ensure_ascii=False)
