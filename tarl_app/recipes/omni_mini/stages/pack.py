"""Stage ``pack``: dialogues rendered by the serving template; some of them with their user turns spoken."""

import random
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tarl_app.agents.omni.prompt.template import Template
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, AudioRef, Turn, UserTurn
from tarl_app.recipes.omni_mini.config import DialogueConfig
from tarl_app.recipes.omni_mini.data.dataset import Example, Pack, Utterance
from tarl_app.recipes.omni_mini.data.typos import typed
from tarl_app.recipes.omni_mini.stages.dialogues import Dialogue


@dataclass
class Packer:
    """Collects examples and the sentences that have to be spoken for them."""

    template: Template
    domain: Domain
    longest: int
    examples: list[Example] = field(default_factory=list)
    utterances: dict[tuple[str, str], int] = field(default_factory=dict)

    def say(self, text: str, voice: str) -> int:
        """The index of that sentence in that voice."""
        return self.utterances.setdefault((text, voice), len(self.utterances))

    def add(self, turns: Sequence[Turn], voices: Sequence[str | None], stumbles: Sequence[int] = ()) -> None:
        """One dialogue; ``voices[i]`` speaks turn i (None: it is typed); turns among ``stumbles`` have no loss."""
        slots: list[int] = []
        heard: list[Turn] = []
        for turn, voice in zip(turns, voices, strict=True):
            if isinstance(turn, UserTurn) and voice is not None:
                slots.append(self.say(turn.text, voice))
                turn = turn.model_copy(update={"audio": AudioRef(path=f"{slots[-1]}", seconds=0.0, sample_rate=16_000)})
            heard.append(turn)
        rendered = self.template.render(heard, self.domain, hear=lambda ref: 1)
        ids = np.array(rendered.ids, np.int32)
        if len(ids) > self.longest:
            return
        learn = np.zeros(len(ids), bool)
        spoke = [i for i, turn in enumerate(heard) if isinstance(turn, AgentTurn)]
        for i, (start, end) in zip(spoke, rendered.agent_spans, strict=True):
            learn[start:end] = i not in stumbles
        places = np.flatnonzero(ids == self.template.special.audio_pad).tolist()
        self.examples.append(Example(ids, learn, tuple(zip(places, slots, strict=True))))

    def pack(self) -> Pack:
        """The collected pack; a sentence's tokens are those of its written form, with the space before the first word."""
        tokens = [tuple(self.template.tokenizer.encode(" " + text)) for text, _ in self.utterances]
        pairs = zip(self.utterances, tokens, strict=True)
        return Pack(tuple(self.examples), tuple(Utterance(text, voice, ids) for (text, voice), ids in pairs))


def pack_dialogues(
    dialogues: Iterable[Dialogue],
    sentences: Iterable[str],
    domain: Domain,
    tokenizer: OmniTokenizer,
    config: DialogueConfig,
    out: Path,
    voices: Sequence[str] | None = None,
) -> Pack:
    """Renders every episode as text, and ``spoken_share`` of them once more with a voice; ``voices`` overrides the mix."""
    packer = Packer(Template(tokenizer, "brief"), domain, config.longest)
    rng = random.Random(config.seed)
    ordinary = domain.recipe.ordinary() if domain.recipe else frozenset[str]()

    def voice() -> str:
        if voices:
            return rng.choice(voices)
        return rng.choice(config.bulk_voices if rng.random() < config.bulk_share else config.voices)

    for dialogue in dialogues:
        turns = dialogue.episode.turns
        packer.add(_mistyped(turns, rng, config.typos, ordinary), [None] * len(turns), dialogue.stumbles)
        if rng.random() < config.spoken_share:
            speaker = voice()
            keyboard = 0.1 if rng.random() < 0.3 else 0.0  # some people type one of their answers
            drawn = [None if rng.random() < keyboard or i in dialogue.keyed else speaker for i in range(len(turns))]
            packer.add(turns, drawn, dialogue.stumbles)
    for sentence in sentences:
        packer.say(sentence, voice())
    pack = packer.pack()
    out.mkdir(parents=True, exist_ok=True)
    pack.save(out)
    return pack


def _mistyped(turns: Sequence[Turn], rng: random.Random, share: float, ordinary: Set[str]) -> list[Turn]:
    """The turns, in that share of the dialogues with the customer's typing errors; the agent's turns are unchanged."""
    if rng.random() >= share:
        return list(turns)
    return [
        turn.model_copy(update={"text": typed(turn.text, rng, ordinary)}) if isinstance(turn, UserTurn) else turn
        for turn in turns
    ]
