"""Statements of fact without support, as the reference judge found them.

A statement counts where an agent's words say that something was done which was not, name an id, a sum, a state, a price,
a stock, the contents of an order or trip, or a time that no result supports, or tell such a fact about another thing
than the one that was asked for (``UNSUPPORTED``). Not counted: proposals that read back something wrong, refusals,
promises, and calls, which state nothing. A turn counts once; turns after the one that was scored -1 count as well.
"""

from collections.abc import Sequence

import numpy as np

from tarl_app.core.types import AgentTurn, Episode, Frozen
from tarl_app.evaluation.measures.intervals import wilson
from tarl_app.evaluation.reward import judgement_of

JUDGE = "reference"
"""Only its reasons have rules by which statements can be told from other faults."""
UNSUPPORTED = frozenset(
    {
        "charged_for_nothing",
        "false_claim",
        "false_ground",
        "false_sold_out",
        "invented_id",
        "invented_option",
        "other_subject",
        "told_of_another",
        "unread_state",
        "unsound_amount",
        "wrong_amount",
        "wrong_answer",
        "wrong_contents",
        "wrong_difference",
        "wrong_membership",
        "wrong_method",
        "wrong_price",
        "wrong_status",
        "wrong_time",
        "wrong_total",
        "wrong_trip_facts",
    }
)
"""The rules of the judge, general ones and those of domains, that count."""
FOLLOWS = "follows from the earlier error ("
"""How the reason of a major finding begins that came after the -1."""


class Support(Frozen):
    """``statements`` turns of ``turns`` agent turns stated something without support."""

    statements: int
    turns: int
    per_100: float
    low: float
    high: float
    """95 % interval of ``per_100``: the bootstrap over tasks, or Wilson's over turns where that is wider."""


def unsupported(episode: Episode) -> int | None:
    """How many agent turns state something without support; None where the reference judge has not judged."""
    judgement = judgement_of(episode, JUDGE)
    if judgement is None:
        return None
    found = 0
    for one in judgement.scores:
        turn = episode.turns[one.turn]
        states = isinstance(turn, AgentTurn) and bool(turn.text.strip()) and not turn.tool_calls
        major = one.score == -1 or one.reason.startswith(FOLLOWS)
        found += one.rule in UNSUPPORTED and states and major
    return found


def measure_support(episodes: Sequence[Episode], resamples: int = 2000, seed: int = 0) -> Support | None:
    """The rate over these episodes; None where the reference judge has judged none of them."""
    tasks: dict[str, list[int]] = {}
    for episode in episodes:
        if (found := unsupported(episode)) is not None:
            counts = tasks.setdefault(episode.task.id, [0, 0])
            counts[0] += found
            counts[1] += len(episode.agent_turns)
    table = np.array([*tasks.values()], dtype=float).reshape(-1, 2)
    said, turns = table.sum(axis=0)
    if not turns:
        return None
    picks = np.random.default_rng(seed).integers(0, len(table), size=(resamples, len(table)))
    sums = table[picks].sum(axis=1)
    rates = 100 * sums[:, 0] / np.maximum(1, sums[:, 1])
    low, high = np.quantile(rates, (0.025, 0.975))
    # No such turn in a few is not certainty: never narrower than the interval of a share of the turns.
    share = wilson(int(said), int(turns))
    return Support(
        statements=int(said),
        turns=int(turns),
        per_100=float(100 * said / turns),
        low=min(float(low), 100 * share.low),
        high=max(float(high), 100 * share.high),
    )
