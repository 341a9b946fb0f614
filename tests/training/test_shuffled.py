"""The control of shuffled rewards: whatever is rewarded, what an episode gets has nothing to do with how it went."""

from collections import Counter
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from tarl_app.training.algorithms import make_algorithm
from tarl_app.training.algorithms.grpo import GrpoConfig
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.rewards import Scheme, reward, turn_rewards
from tarl_app.training.rollouts.samples import Rollout, make_batch
from tarl_app.training.rollouts.shuffle import shuffled
from tests.test_rewards import episode

SCORES = [[1, 1], [1, 0, 1], [1], [0, -1, 1, 1], [1, 1], [0, 0, 1]]


def priced(one: Rollout, passed: bool, scheme: Scheme) -> Rollout:
    """The same rollout as that of an episode that passed, or did not."""
    made = episode(passed, [score.score for score in one.episode.judgements[0].scores])
    each = turn_rewards(made, scheme) if scheme == "tarl_per_turn" else ()
    return replace(one, episode=made, reward=reward(made, scheme), turn_rewards=each)


def played(scheme: Scheme) -> list[Rollout]:
    """Two groups of three; every other one passes. A token a turn."""
    found = []
    for number, scores in enumerate(SCORES):
        turn = np.arange(len(scores))
        one = Rollout(
            episode=episode(False, scores),
            ids=turn,
            chosen=np.ones(len(scores), np.bool_),
            logprobs=np.zeros(len(scores), np.float32),
            turn=turn,
            sounds=(),
            group=str(number // 3),
        )
        found.append(priced(one, number % 2 == 0, scheme))
    return found


def rewarded(scheme: Scheme, rollouts: list[Rollout], step: int) -> list[tuple[float, tuple[float, ...]]]:
    """What each row of the step's batch is trained on."""
    batch = make_batch(shuffled(TrainConfig(scheme=scheme), step, rollouts))
    return list(zip(batch.rewards_B.tolist(), batch.turn_rewards, strict=True))


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_how_an_episode_went_changes_what_one_row_gets_and_chance_says_which(scheme: Scheme) -> None:
    rollouts = played(scheme)
    other = [priced(rollouts[0], False, scheme), *rollouts[1:]]
    met: Counter[int] = Counter()
    for step in range(120):
        before, after = rewarded(scheme, rollouts, step), rewarded(scheme, other, step)
        (row,) = [row for row, (one, two) in enumerate(zip(before, after, strict=True)) if one != two]
        met[row] += 1
    assert set(met) == set(range(len(rollouts)))
    assert met[0] < 40  # its own reward comes back to an episode as often as any other: 20 times in 120


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_the_advantages_are_those_of_the_rewards_that_were_dealt_out(scheme: Scheme) -> None:
    rollouts, algorithm = played(scheme), make_algorithm(GrpoConfig())
    true = algorithm.advantages(make_batch(rollouts)).advantages_BT
    found = [algorithm.advantages(make_batch(shuffled(TrainConfig(), step, rollouts))).advantages_BT for step in range(20)]
    assert sum(bool((one - true).abs().max() > 0.1) for one in found) > 15
    assert len({tuple(one.flatten().tolist()) for one in found}) > 10


def test_the_rewards_of_turns_are_spread_over_the_turns_of_whoever_gets_them() -> None:
    rollouts = played("tarl_per_turn")
    for step in range(20):
        batch = make_batch(shuffled(TrainConfig(), step, rollouts))
        assert [len(one) for one in batch.turn_rewards] == [len(scores) for scores in SCORES]
        assert [sum(one) for one in batch.turn_rewards] == pytest.approx(batch.rewards_B.tolist())
        assert sorted(batch.rewards_B.tolist()) == pytest.approx(sorted(one.reward for one in rollouts))


def test_what_the_last_turn_got_stays_on_the_last() -> None:
    long = replace(played("tarl_per_turn")[1], reward=13.0, turn_rewards=(1.0, 2.0, 10.0))
    for short, got in (((0.5, 4.0), (0.25, 0.25, 4.0)), ((6.0,), (0.0, 0.0, 6.0))):
        rollouts = [long, replace(long, reward=sum(short), turn_rewards=short)]
        swapped = [made for step in range(20) if (made := shuffled(TrainConfig(), step, rollouts))[0].reward != 13.0]
        assert swapped
        assert swapped[0][0].turn_rewards == pytest.approx(got)
        assert swapped[0][1].turn_rewards == pytest.approx((3.0, 10.0) if len(short) == 2 else (13.0,))
