"""Constructors of users and judges for training, made from the configuration.

``main`` takes any ``Parts``; these need no endpoint.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from tarl_app.core.domain import Domain, Manner
from tarl_app.core.errors import ConfigError
from tarl_app.core.protocols import Judge, TextToSpeech, UserSimulator
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import Task
from tarl_app.domains import load_domain
from tarl_app.judges.readable import ReadableJudge
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.speech import load_hearing, load_voice, require_trainable
from tarl_app.speech.channel import channel as line
from tarl_app.training.configuration.config import Source, TrainConfig
from tarl_app.users.customers import make_customer, usual
from tarl_app.users.spoken import SpokenUser

JUDGES: dict[str, Callable[[Domain], Judge]] = {"reference": ReferenceJudge, "readable": ReadableJudge}
"""The rule-based judges by name."""


@dataclass(frozen=True)
class Parts:
    """The constructors that training needs; users are created for each episode, from the task and the group's seed."""

    domain: Callable[[str], Domain]
    user: Callable[[Source, Task, int], UserSimulator]
    judge: Callable[[Domain], Judge]


def standard_parts(config: TrainConfig, hears: bool) -> Parts:
    """Scripted users, spoken where the source says so, and a rule-based judge.

    ``hears``: whether the policy is given the sound; otherwise it gets transcripts.

    Raises:
        ConfigError: the configuration asks for other users or judges.
    """
    if config.user != "scripted":
        raise ConfigError(f"There is no user {config.user!r} here: scripted.")
    if config.judge not in JUDGES:
        raise ConfigError(f"There is no judge {config.judge!r} here: {', '.join(JUDGES)}.")
    for name in _voices(config):
        require_trainable(name)
    engines = {name: RememberingVoice(load_voice(name).engine) for name in _voices(config)}

    def user(source: Source, task: Task, seed: int) -> UserSimulator:
        domain = load_domain(task.domain)
        manner = Manner(source.customer or usual(domain))
        writes = make_customer(task, domain, seed, config.phrasings, manner, source.speech)
        if not source.speech:
            return writes
        random = Random(f"{seed}/voice")
        name = random.choice(config.voices)
        heard = None if hears else load_hearing()
        channel = line(random.choice(config.channels), seed)
        return SpokenUser(writes, engines[name], load_voice(name).voice, channel, heard, domain.spoken)

    return Parts(domain=load_domain, user=user, judge=JUDGES[config.judge])


def _voices(config: TrainConfig) -> tuple[str, ...]:
    return config.voices if any(source.speech for source in config.sources) else ()


class RememberingVoice:
    """A ``TextToSpeech`` that caches sentences, because the users of a group begin with the same ones."""

    def __init__(self, inner: TextToSpeech, remembered: int = 256) -> None:
        self.inner, self.remembered = inner, remembered
        self._lock = threading.Lock()
        self._said: dict[tuple[str, str], list[Audio]] = {}

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.inner.name

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices it has."""
        return self.inner.voices

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        """The sentence, cached if it was spoken before; one at a time."""
        with self._lock:
            if (text, voice) not in self._said:
                self._said[text, voice] = list(self.inner.stream(text, voice))
                while len(self._said) > self.remembered:
                    self._said.pop(next(iter(self._said)))
            return iter(self._said[text, voice])
