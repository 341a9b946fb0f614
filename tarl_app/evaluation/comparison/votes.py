"""People's votes: win rates with intervals, and strengths that account for the opponents.

Bradley and Terry (1952): agent i is preferred to j with probability p_i / (p_i + p_j). The strengths are found by
Hunter's (2004) minorisation-maximisation, p_i <- W_i / sum_j n_ij / (p_i + p_j). A tie, and "both bad", count as half a
win for each (Davidson's tie parameter is left out: the probability of ties is not needed). One virtual win and one
virtual loss against an opponent of strength 1 keep strengths finite after few votes. Intervals are Wald's on log p,
from the Fisher information.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from tarl_app.core.types import Frozen, Vote
from tarl_app.evaluation.measures.intervals import Interval, Z, wilson

_ROUNDS = 10_000
_POINTS = {"a": 1.0, "b": 0.0, "tie": 0.5, "both_bad": 0.5}


class Standing(Frozen):
    """One agent's votes. ``share``: of wins, ties as halves; ``strength``: the chance to win against an average opponent."""

    agent: str
    votes: int
    wins: int
    losses: int
    ties: int  # "both bad" included
    share: float
    interval: Interval  # of the share (Wilson 1927)
    strength: float
    strength_interval: Interval


def standings(votes: Iterable[Vote]) -> tuple[Standing, ...]:
    """Every agent that was voted on, the strongest first."""
    counted = [*votes]
    agents = sorted({name for vote in counted for name in (vote.a, vote.b)})
    if not agents:
        return ()
    strengths = bradley_terry(agents, counted)
    rows = [_standing(agent, counted, *strengths[agent]) for agent in agents]
    return tuple(sorted(rows, key=lambda row: (-row.strength, row.agent)))


def bradley_terry(agents: Sequence[str], votes: Sequence[Vote]) -> dict[str, tuple[float, Interval]]:
    """Agent -> (chance to win against an opponent of strength 1, its 95 % interval)."""
    index = {agent: i for i, agent in enumerate(agents)}
    points, games = np.ones(len(agents)), np.zeros((len(agents), len(agents)))
    for vote in votes:
        i, j = index[vote.a], index[vote.b]
        points[i] += _POINTS[vote.choice]
        points[j] += 1 - _POINTS[vote.choice]
        games[i, j] += 1
        games[j, i] += 1
    p = np.ones(len(agents))
    for _ in range(_ROUNDS):
        new = points / ((games / (p[:, None] + p[None, :])).sum(axis=1) + 2 / (p + 1))
        done = np.abs(np.log(new / p)).max() < 1e-10
        p = new
        if done:
            break
    weight = games * np.outer(p, p) / (p[:, None] + p[None, :]) ** 2
    information = np.diag(weight.sum(axis=1) + 2 * p / (p + 1) ** 2) - weight
    error = np.sqrt(np.diag(np.linalg.inv(information)))
    theta = np.log(p)
    from scipy.special import expit  # here: every start of the app would take longer

    low, high = expit(theta - Z * error), expit(theta + Z * error)
    return {agent: (float(expit(theta[i])), Interval(low=float(low[i]), high=float(high[i]))) for agent, i in index.items()}


def _standing(agent: str, votes: Sequence[Vote], strength: float, strength_interval: Interval) -> Standing:
    mine = [vote for vote in votes if agent in (vote.a, vote.b)]
    points = [_POINTS[vote.choice] if vote.a == agent else 1 - _POINTS[vote.choice] for vote in mine]
    return Standing(
        agent=agent,
        votes=len(mine),
        wins=points.count(1.0),
        losses=points.count(0.0),
        ties=points.count(0.5),
        share=sum(points) / len(mine),
        interval=wilson(sum(points), len(mine)),
        strength=strength,
        strength_interval=strength_interval,
    )
