"""The TARL trajectory reward of an episode, and the same arithmetic written out.

Source: arXiv 2509.14480 (turn-level adjudicated reinforcement learning): a terminal reward, plus the share of correct
turns, minus a penalty when the judge found the one major deviation. The reward is a pure function of an episode and a
``RewardConfig``, so that stored episodes can be rewarded again. It is in this package because both the page and
training use it (``docs/decisions/reward-formula.md``).
"""

from collections.abc import Sequence

from pydantic import Field

from tarl_app.core.human_feedback import PEOPLE
from tarl_app.core.types import Episode, Frozen, Judgement


class RewardConfig(Frozen):
    """The three factors of the formula; the defaults are the paper's."""

    success: float = Field(default=10.0, ge=0)
    """Factor of the terminal reward R in {0, 1}."""
    process: float = Field(default=5.0, ge=0)
    """Divided among the agent turns: each correct one earns ``process / T``."""
    deviation: float = Field(default=5.0, ge=0)
    """Taken off once when a turn was scored -1."""


PAPER = RewardConfig()


def price(passed: bool, scores: Sequence[int], config: RewardConfig = PAPER) -> float:
    """``success * R + process / T * sum of r_i over r_i >= 0 - deviation if some r_i = -1``.

    ``scores`` holds the T turn scores in {-1, 0, 1}; without any, the process part is 0.
    """
    share = sum(score for score in scores if score >= 0) / len(scores) if scores else 0.0
    return config.success * passed + config.process * share - config.deviation * (-1 in scores)


def judgement_of(episode: Episode, judge: str | None = None) -> Judgement | None:
    """The judgement by that judge, or the newest one when no judge is named; people's thumbs only by their name."""
    matching = [one for one in episode.judgements if one.judge == judge or (judge is None and one.judge != PEOPLE)]
    return matching[-1] if matching else None


def scores_of(episode: Episode, judge: str | None = None) -> tuple[int, ...]:
    """The turn scores by that judge, in the order of the agent turns; empty when it has not judged."""
    judgement = judgement_of(episode, judge)
    return tuple(score.score for score in judgement.scores) if judgement else ()


def succeeded(episode: Episode) -> bool:
    """The terminal reward R; an episode without a verdict (free talk, still going on) has not succeeded."""
    return episode.verdict is not None and episode.verdict.passed


def trajectory_reward(episode: Episode, config: RewardConfig = PAPER, judge: str | None = None) -> float:
    """The reward that every agent token of the episode is trained on (before normalisation)."""
    return price(succeeded(episode), scores_of(episode, judge), config)


def explain(episode: Episode, config: RewardConfig = PAPER, judge: str | None = None) -> str:
    """The arithmetic in one line: ``10 × 1 + 5/7 × 6 − 0 = 14.3``."""
    scores = scores_of(episode, judge)
    correct = sum(score for score in scores if score >= 0)
    process = f"{config.process:g}/{len(scores)} × {correct}" if scores else "0"
    deviation = f"{config.deviation:g}" if -1 in scores else "0"
    total = f"{trajectory_reward(episode, config, judge):.1f}".replace("-", "−")
    return (
        f"{config.success:g} × {int(succeeded(episode))} + {process} − {deviation} = {'0.0' if total == '−0.0' else total}"
    )
