"""Rewards of a policy: one scalar an episode, or one reward an agent turn.

    terminal        success * R, on every agent token alike
    tarl            the trajectory reward of the paper, on every agent token alike
    tarl_per_turn   the same sum split: each turn's share on that turn's last token

Deliberately left out: normalisation, which belongs to the algorithm (per group for GRPO, per batch otherwise), and the
mask of user and tool tokens, which belongs to the token samples.
"""

from typing import Literal

from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Episode, StopReason
from tarl_app.evaluation.reward import PAPER, RewardConfig, explain, price, scores_of, succeeded, trajectory_reward

Scheme = Literal["terminal", "tarl", "tarl_per_turn"]
_BREAKERS = {StopReason.FAILURE: "an infrastructure failure", StopReason.USER_FAULT: "a fault of the simulated user"}

__all__ = [
    "PAPER",
    "RewardConfig",
    "Scheme",
    "arithmetic",
    "explain",
    "price",
    "reward",
    "trajectory_reward",
    "turn_rewards",
]


def reward(episode: Episode, scheme: Scheme = "tarl", config: RewardConfig = PAPER, judge: str | None = None) -> float:
    """The episode's reward; for ``tarl_per_turn`` the sum of its turns' rewards, which equals the ``tarl`` reward.

    Raises:
        ConfigError: the infrastructure or the simulated user ended the episode, or it lacks scores that the scheme
            needs.
    """
    _check(episode, scheme, judge)
    return config.success * succeeded(episode) if scheme == "terminal" else trajectory_reward(episode, config, judge)


def turn_rewards(
    episode: Episode, scheme: Scheme = "tarl", config: RewardConfig = PAPER, judge: str | None = None
) -> tuple[float, ...]:
    """One reward for each of the T agent turns.

    ``terminal`` and ``tarl`` give every turn the episode's scalar (each token of the turn gets it). ``tarl_per_turn`` gives
    a turn ``process / T * r_i``, the turn with -1 ``-deviation``, and the last turn ``success * R`` on top. Raises like
    ``reward``.
    """
    scalar = reward(episode, scheme, config, judge)
    turns = len(episode.agent_turns)
    if scheme != "tarl_per_turn":
        return (scalar,) * turns
    scores = scores_of(episode, judge)
    rewards = [config.process / turns * score if score >= 0 else -config.deviation for score in scores]
    if rewards:
        rewards[-1] += config.success * succeeded(episode)
    return tuple(rewards)


def arithmetic(episode: Episode, scheme: Scheme = "tarl", config: RewardConfig = PAPER, judge: str | None = None) -> str:
    """The arithmetic of ``reward`` in one line: ``10 × 1 = 10.0`` where the scheme is ``terminal``.

    For ``tarl_per_turn`` the turns' rewards follow the sum. Raises like ``reward``.
    """
    rewards = turn_rewards(episode, scheme, config, judge)
    if scheme == "terminal":
        passed = succeeded(episode)
        return f"{config.success:g} × {int(passed)} = {config.success * passed:.1f}"
    told = explain(episode, config, judge)
    if scheme == "tarl":
        return told
    return f"{told}; by turn {', '.join(f'{one:.1f}' for one in rewards)}".replace("-", "−")


def _check(episode: Episode, scheme: Scheme, judge: str | None) -> None:
    if not episode.counts:
        why = _BREAKERS.get(episode.stop or StopReason.FAILURE)
        raise ConfigError(f"Episode {episode.id} was broken off by {why}; it has no reward.")
    if scheme != "terminal" and len(scores_of(episode, judge)) != len(episode.agent_turns):
        raise ConfigError(f"The {scheme} reward needs one score for each agent turn of episode {episode.id}.")
