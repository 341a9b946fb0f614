"""What the tests of training share: a domain of one question, users who write or play tones, and a tiny policy."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tarl_app.agents.omni.audio.encoder_input import Ear
from tarl_app.agents.omni.decoding.generate import prepare
from tarl_app.agents.omni.model.adapters import OmniConfig
from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.agents.omni.model.layout import audio_tower
from tarl_app.core.domain import Domain
from tarl_app.core.protocols import Judge, UserSimulator
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import Episode, Goal, Judgement, Task, ToolTurn, Turn, TurnScore, UserTurn
from tarl_app.domains.math.domain import ToollessEnvironment
from tarl_app.judges.readable import ReadableJudge
from tarl_app.training.configuration.config import Adapter, Source, TrainConfig
from tarl_app.training.policy import Policy
from tarl_app.training.rollouts.lines import Job
from tarl_app.training.rollouts.parts import Parts
from tarl_app.users.question import OneQuestionUser
from tarl_app.users.spoken import SpokenUser

WORDS = ("low", "high")


def task(number: int) -> Task:
    """The user says low or high."""
    word = WORDS[number % 2]
    return Task(
        id=f"tones-train-{number:03d}",
        domain="tones",
        split="train",
        kind=word,
        instruction=f"Say {word}.",
        goals=(Goal(kind="question", question=word),),
        seed=number,
    )


TONES = Domain(
    name="tones",
    policy="Answer.",
    policy_brief="Answer.",
    tools=(),
    tasks=lambda split: tuple(task(number) for number in range(8)),
    open=ToollessEnvironment,
)


class ToneVoice:
    """A ``TextToSpeech`` that plays a low tone for "low" and a high one for anything else."""

    name = "tone"
    voices = ("tone",)

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        time = np.arange(8_000) / 16_000
        pitch = 250 if text.startswith("low") else 2_500
        yield Audio((0.4 * np.sin(2 * np.pi * pitch * time)).astype(np.float32), 16_000)


def parts(
    folder: Path,
    judge: Callable[[Domain], Judge] = ReadableJudge,
    made: Callable[[Task], UserSimulator] = OneQuestionUser,
) -> Parts:
    """Users of the domain of tones, ``made`` from their task; their sounds lie in ``folder``."""

    def user(source: Source, one: Task, seed: int) -> UserSimulator:
        writes = made(one)
        return SpokenUser(writes, ToneVoice(), "tone", folder=folder) if source.speech else writes

    return Parts(domain=lambda name: TONES, user=user, judge=judge)


WRITTEN = Source(name="written", domain="tones")
SPOKEN = Source(name="spoken", domain="tones", speech=True)


def config(**changes: Any) -> TrainConfig:
    """A run of a few seconds."""
    fields: dict[str, Any] = {
        "name": "tiny",
        "base": "tiny-random",
        "steps": 3,
        "sources": (WRITTEN, SPOKEN),
        "groups": 2,
        "max_agent_turns": 2,
        "max_new_tokens": 6,
        "learning_rate": 3e-2,
        "learning_rate_warmup": 0,
        "adapter": Adapter(rank=4, alpha=8),
        "dtype": "float32",
        "device": "cpu",
    }
    return TrainConfig.model_validate(fields | changes)


def policy(folder: Path, made: TrainConfig, sharp: float = 1.0) -> Policy:
    """A policy with a fresh adapter on ``loaded``."""
    return Policy(loaded(folder, sharp), made, torch.device("cpu"))


def loaded(folder: Path, sharp: float = 1.0) -> LoadedOmni:
    """A random model that hears: the tower of the tiny thinker is turned up, or all sounds would be alike to it.

    ``sharp`` multiplies the embeddings, and with them the logits: an adapter moves small ones only slowly.
    """
    thinker, tokenizer = tiny_random_thinker(3)
    with torch.no_grad():
        for convolution in (audio_tower(thinker).conv1, audio_tower(thinker).conv2):
            convolution.weight.mul_(10)
        thinker.get_input_embeddings().weight.mul_(sharp)
        audio_tower(thinker).proj.weight.mul_(sharp)
    prepare(thinker)
    thinker.requires_grad_(False)
    described = OmniConfig(name="tiny", base="tiny-random", context=2048)
    return LoadedOmni(thinker, tokenizer, described, Ear(80, 60.0, folder))


def jobs(source: Source, count: int, group_size: int = 2) -> list[Job]:
    """Rollouts of the first tasks."""
    return [Job(source, task(n), f"{n}", n, member) for n in range(count) for member in range(group_size)]


def at_step(job: Job, step: int) -> Job:
    """The same conversation with other luck, in a group of its own."""
    return replace(job, group=f"{step}/{job.source.name}/{job.group}")


class TwiceUser:
    """Says the task's word and then the other one, and hangs up after the second answer."""

    name = "twice"

    def __init__(self, one: Task) -> None:
        first = WORDS.index(one.kind)
        self.words = (WORDS[first], WORDS[1 - first])

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        said = sum(isinstance(turn, UserTurn) for turn in turns)
        return UserTurn(text=self.words[said]) if said < len(self.words) else None


class SlowUser:
    """A user who needs longer than anybody waits."""

    name = "slow"

    def __init__(self, wait: Callable[[], None]) -> None:
        self.wait = wait

    def speak(self, turns: Sequence[object]) -> UserTurn | None:
        self.wait()
        return UserTurn(text="at last")


class FirstIsWrong(ReadableJudge):
    """-1 for an answer that no reminder came before."""

    def judge(self, episode: Episode) -> Judgement:
        reminded = any(isinstance(turn, ToolTurn) for turn in episode.turns)
        scores = [TurnScore(turn=i, score=1 if reminded else -1, reason="too hasty") for i, _ in episode.agent_turns]
        return Judgement(judge=self.name, scores=tuple(scores))
