"""Sensitivity of the ranking of stored episodes to the reward's factors, the single -1, and errors of the judge.

Every variant computes the rewards of the same episodes again. Kendall's tau compares its ranking with that of the
paper's formula (1 the same order, 0 no relation, -1 the opposite; ties count as in tau-b). Nothing is judged again.
"""

import math
from collections.abc import Sequence
from random import Random

import numpy as np

from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Episode, Frozen
from tarl_app.evaluation.reward import PAPER, RewardConfig, judgement_of, price, scores_of, succeeded

FOLLOWS = "follows from the earlier error"
"""Beginning of the reason of a turn that would be a -1 without an earlier one."""
FACTORS = (
    RewardConfig(process=0, deviation=0),
    RewardConfig(process=0),
    RewardConfig(deviation=0),
    RewardConfig(success=5),
    RewardConfig(success=20),
    RewardConfig(process=2.5),
    RewardConfig(process=10),
    RewardConfig(deviation=2.5),
    RewardConfig(deviation=10),
)
ERRORS = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Shares of turns that a judge scores wrongly."""
DRAWS = 20
"""Erring judges drawn for each share; their mean is reported."""


class Variant(Frozen):
    """Another reward for the episodes."""

    name: str
    tau: float
    mean_reward: float
    moved: int
    """Number of episodes whose rank differs from that under the paper's formula."""


def sweep(episodes: Sequence[Episode], judge: str | None = None, seed: int = 0) -> tuple[Variant, ...]:
    """All variants over the episodes that count, are verified and judged.

    Raises:
        ConfigError: there are fewer than two of those.
    """
    usable = [one for one in episodes if one.counts and one.verdict is not None and judgement_of(one, judge)]
    if len(usable) < 2:
        raise ConfigError(f"A ranking needs at least two episodes with a verdict and a judgement; there are {len(usable)}.")
    base = [price(succeeded(one), scores_of(one, judge)) for one in usable]
    variants = [_variant("the paper's 10 / 5 / 5", base, base)]
    for factors in FACTORS:
        name = f"factors {factors.success:g} / {factors.process:g} / {factors.deviation:g}"
        variants.append(_variant(name, [price(succeeded(one), scores_of(one, judge), factors) for one in usable], base))
    variants.append(_variant("every -1 counts", [several(one, judge) for one in usable], base))
    for share in ERRORS:
        draws = [[_erring(one, judge, share, Random(f"{seed}/{draw}/{one.id}")) for one in usable] for draw in range(DRAWS)]
        found = [_variant("", rewards, base) for rewards in draws]
        variants.append(
            Variant(
                name=f"a judge that errs in {share:.0%} of the turns",
                tau=sum(one.tau for one in found) / DRAWS,
                mean_reward=sum(one.mean_reward for one in found) / DRAWS,
                moved=round(sum(one.moved for one in found) / DRAWS),
            )
        )
    return tuple(variants)


def several(episode: Episode, judge: str | None = None, config: RewardConfig = PAPER) -> float:
    """The reward when each major deviation costs ``deviation``, also those that followed the first."""
    judgement = judgement_of(episode, judge)
    scores = judgement.scores if judgement else ()
    further = sum(score.score == 0 and score.reason.startswith(FOLLOWS) for score in scores)
    return price(succeeded(episode), [score.score for score in scores], config) - config.deviation * further


def _erring(episode: Episode, judge: str | None, share: float, rng: Random) -> float:
    """The reward by a judge that replaces so many scores by another one; of two -1s the first is kept."""
    scores: list[int] = []
    for score in scores_of(episode, judge):
        given = rng.choice([one for one in (-1, 0, 1) if one != score]) if rng.random() < share else score
        scores.append(0 if given == -1 and -1 in scores else given)
    return price(succeeded(episode), scores)


def _variant(name: str, rewards: Sequence[float], base: Sequence[float]) -> Variant:
    from scipy.stats import kendalltau  # here: importing it takes half a second, which no other command needs

    tau = 1.0 if rewards == base else float(np.asarray(kendalltau(base, rewards))[0])
    moved = sum(one != other for one, other in zip(_places(rewards), _places(base), strict=True))
    mean = sum(rewards) / len(rewards)
    return Variant(name=name, tau=0.0 if math.isnan(tau) else tau, mean_reward=mean, moved=moved)


def _places(rewards: Sequence[float]) -> list[int]:
    """The rank of each, 0 the best; equal rewards share a rank."""
    ordered = sorted((round(value, 9) for value in rewards), reverse=True)
    return [ordered.index(round(value, 9)) for value in rewards]
