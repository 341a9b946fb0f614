"""Each algorithm learns a small spoken-and-written task on a tiny Omni model; with shuffled rewards it does not.

The task: whoever says "low", in writing or as a low tone, wants to hear a character that can be read, and whoever says
"high" one that cannot. A random model is right half of the time; one that understands writing alone, or tones alone, three
quarters of the time.
"""

from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tarl_app.core.types import Episode, Judgement
from tarl_app.judges.readable import ReadableJudge
from tarl_app.training.algorithms import make_algorithm
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.training.rollouts.rollout_metrics import describe, facts
from tarl_app.training.rollouts.samples import make_batch
from tarl_app.training.rollouts.shuffle import shuffled
from tarl_app.training.update import Learner
from tests.training import tiny_parts
from tests.training.tiny_parts import SPOKEN, WRITTEN

ALGORITHMS: dict[str, dict[str, Any]] = {name: {"name": name} for name in ("grpo", "rloo", "ppo")}
STEPS = 60
WINDOW = 4
LEARNT = 0.85


class AsTheyWish(ReadableJudge):
    """1 for a readable answer to "low" and an unreadable one to "high"."""

    def judge(self, episode: Episode) -> Judgement:
        found = super().judge(episode)
        low = episode.task.kind == "low"
        scores = tuple(score.model_copy(update={"score": int((score.score == 1) == low)}) for score in found.scores)
        return found.model_copy(update={"scores": scores})


def learn(folder: Path, algorithm: dict[str, Any], shuffle: bool) -> list[float]:
    """The share of right answers in the last ``WINDOW`` steps, after each; it ends when that is ``LEARNT``."""
    config = tiny_parts.config(
        algorithm=algorithm, group_size=8, max_new_tokens=1, learning_rate=1e-2, adapter={"rank": 8, "alpha": 16}
    )
    policy = tiny_parts.policy(folder, config, sharp=3.0)
    rollouts = Rollouts(policy, tiny_parts.parts(folder, AsTheyWish))
    learner = Learner(policy, make_algorithm(config.algorithm), Processes("cpu"))
    shares: list[float] = []
    means: list[float] = []
    while len(shares) < STEPS and max(means, default=0.0) < LEARNT:
        step = len(shares)
        jobs = [*tiny_parts.jobs(WRITTEN, 2, 8), *tiny_parts.jobs(SPOKEN, 2, 8)]
        outcomes = rollouts.play([tiny_parts.at_step(job, step) for job in jobs])
        shares.append(describe([facts(one) for one in outcomes])["process"])
        means.append(fmean(shares[-WINDOW:]))
        played = [one.rollout for one in outcomes if one.rollout]
        learner.update(make_batch(shuffled(config, step, played) if shuffle else played), step)
    return means


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_it_learns_what_was_said_and_heard(algorithm: str, tmp_path: Path) -> None:
    means = learn(tmp_path, ALGORITHMS[algorithm], shuffle=False)
    assert means[0] < 0.6
    assert means[-1] >= LEARNT


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_with_shuffled_rewards_it_does_not(algorithm: str, tmp_path: Path) -> None:
    means = learn(tmp_path, ALGORITHMS[algorithm], shuffle=True)
    assert len(means) == STEPS  # it never got there
    assert means[-1] < 0.65
