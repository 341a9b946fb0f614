"""Passed rollouts of earlier steps, a few of each kind of task, to be imitated beside the new ones (``config.Replay``).

Without them a policy that improves on some kinds forgets others. A replayed rollout has a positive advantage on every
token of the agent, and its ratio is relative to the policy before the step: it is pulled up until the clip.
"""

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
from pydantic import ValidationError

from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Frozen
from tarl_app.evaluation.reward import succeeded
from tarl_app.training.configuration.config import Replay
from tarl_app.training.rollouts.lines import Outcome
from tarl_app.training.rollouts.samples import Sampled


class Kept(Frozen):
    """A passed rollout: its kind of task, its T tokens, and the spans [start, end) of those that the agent chose."""

    kind: str
    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def to_keep(outcomes: Sequence[Outcome]) -> list[Kept]:
    """The passed rollouts that can be replayed."""
    return [_kept(one) for one in replayable(outcomes) if succeeded(one.episode)]


def replayable(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those that are written, and spoken by the policy from the first turn on."""
    return [one for one in outcomes if one.rollout is not None and not one.rollout.sounds and not one.job.before]


def kept_by_chance(outcomes: Sequence[Outcome], random: Random) -> list[Kept]:
    """For the control that must not learn: as many as ``to_keep`` has, whether or not they passed."""
    able = replayable(outcomes)
    return [_kept(one) for one in random.sample(able, sum(succeeded(one.episode) for one in able))]


def _kept(one: Outcome) -> Kept:
    assert one.rollout is not None
    edges = np.flatnonzero(np.diff(np.concatenate([[False], one.rollout.chosen, [False]]).astype(np.int8)))
    spans = tuple(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    return Kept(kind=f"{one.job.source.domain}/{one.job.task.kind}", ids=tuple(one.rollout.ids.tolist()), spans=spans)


class ReplayBuffer:
    """The newest passed rollouts of each kind; the same in every process."""

    def __init__(self, config: Replay, seed: int) -> None:
        self.config, self.seed = config, seed
        self._kept: dict[str, list[Kept]] = defaultdict(list)

    def add(self, kept: Sequence[Kept]) -> None:
        """Keeps these, and no more of a kind than ``per_kind``, the newest."""
        for one in kept:
            self._kept[one.kind] = [*self._kept[one.kind], one][-self.config.per_kind :]

    def draw(self, step: int, learned: int) -> list[Sampled]:
        """Rollouts to replay in a step that learns from ``learned`` new ones: every kind alike, none twice.

        They have no log-probabilities, which are those of the policy before the step (``Learner.update``).
        """
        random = Random(f"{self.seed}/{step}/replay")
        piles = [random.sample(pile, len(pile)) for _, pile in sorted(self._kept.items())]
        random.shuffle(piles)
        dealt = [pile[place] for place in range(self.config.per_kind) for pile in piles if place < len(pile)]
        return [_replayed(one, f"replay/{place}") for place, one in enumerate(dealt[: round(self.config.share * learned)])]

    def state(self) -> list[dict[str, Any]]:
        """The state for ``restore``, as plain JSON."""
        return [one.model_dump(mode="json") for _, pile in sorted(self._kept.items()) for one in pile]

    def restore(self, state: Any) -> None:
        """Takes the rollouts of an earlier process, None for none; raises ``ConfigError`` for an invalid state."""
        try:
            self.add([_sound(Kept.model_validate(one)) for one in state or ()])
        except (TypeError, ValueError, ValidationError) as error:
            raise ConfigError("The stored state has no rollouts to replay that can be read: start the run anew.") from error


def _sound(kept: Kept) -> Kept:
    if any(not 0 < start < end <= len(kept.ids) for start, end in kept.spans):
        raise ValueError("a span lies outside of its tokens")
    return kept


def _replayed(kept: Kept, group: str) -> Sampled:
    count = len(kept.ids)
    chosen, turn = np.zeros(count, np.bool_), np.full(count, -1, np.int64)
    for number, (start, end) in enumerate(kept.spans):
        chosen[start:end], turn[start:end] = True, number
    return Sampled(np.array(kept.ids, np.int64), chosen, np.zeros(count, np.float32), turn, (), group)
