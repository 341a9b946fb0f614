"""The control that must not learn: rewards are dealt out by chance."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.rollouts.samples import Rollout


def shuffled(config: TrainConfig, step: int, rollouts: Sequence[Rollout]) -> list[Rollout]:
    """The control: rewards shuffled among the rollouts, spread over the turns if the scheme rewards turns."""
    order = list(range(len(rollouts)))
    Random(f"{config.seed}/{step}/shuffle").shuffle(order)
    dealt = [(one, rollouts[other]) for one, other in zip(rollouts, order, strict=True)]
    return [
        replace(one, reward=other.reward, turn_rewards=_spread(other.turn_rewards, len(one.turn_rewards)))
        for one, other in dealt
    ]


def _spread(turn_rewards: Sequence[float], turns: int) -> tuple[float, ...]:
    """The same sum over another number of turns: what the last turn got on the last, the rest in equal shares before it."""
    if turns < 2:
        return (sum(turn_rewards),) * turns
    return (*(sum(turn_rewards[:-1]) / (turns - 1),) * (turns - 1), turn_rewards[-1])
