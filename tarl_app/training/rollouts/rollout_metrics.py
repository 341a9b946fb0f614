"""Metrics of a step's rollouts, for one row of ``metrics.jsonl``."""

import re
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean, pstdev
from typing import Any

from tarl_app.core.types import Episode, Frozen
from tarl_app.evaluation.reward import scores_of, succeeded
from tarl_app.training.rollouts.lines import Outcome

_CORRECTION = re.compile(
    r"\b(wait|hold on|actually|on second thought|let me (?:re)?(?:check|think|calculate|consider)|i mean|correction)\b", re.I
)


def self_corrections(episode: Episode) -> int:
    """How often the agent corrects itself ("wait", "let me recheck")."""
    return sum(len(_CORRECTION.findall(turn.text)) for _, turn in episode.agent_turns)


def tool_sequence(episode: Episode) -> tuple[str, ...]:
    """The names of the tools that were called, in order."""
    return tuple(call.name for _, turn in episode.agent_turns for call in turn.tool_calls)


class Facts(Frozen):
    """Figures of one rollout; small, so that processes can exchange them."""

    counts: bool
    """Whether neither infrastructure nor user failed."""
    trained: bool
    """Whether there is a rollout to learn from; the following fields are only for those."""
    names: tuple[str, ...] = ()
    """Names of the source and of its domain."""
    group: str = ""
    given: int = 0
    interventions: int | None = None
    """Of every rollout, like ``given``; None without interventions."""
    reward: float = 0.0
    passed: bool = False
    scores: tuple[int, ...] = ()
    tokens: int = 0
    turns: int = 0
    corrections: int = 0
    tools: tuple[str, ...] = ()


def facts(outcome: Outcome) -> Facts:
    """See ``Facts``."""
    job, episode, rollout = outcome.job, outcome.episode, outcome.rollout
    if rollout is None:
        return Facts(counts=episode.counts, trained=False, given=job.given, interventions=outcome.interventions)
    return Facts(
        counts=episode.counts,
        trained=True,
        names=tuple(dict.fromkeys((job.source.domain, job.source.name))),
        group=job.group,
        given=job.given,
        interventions=outcome.interventions,
        reward=rollout.reward,
        passed=succeeded(episode),
        scores=tuple(scores_of(episode)),
        tokens=rollout.response_tokens,
        turns=len(episode.agent_turns),
        corrections=self_corrections(episode),
        tools=tool_sequence(episode),
    )


def describe(told: Sequence[Facts]) -> dict[str, Any]:
    """Rewards, verdicts, scores and exploration of the rollouts of a step; failures are counted and left out otherwise."""
    rollouts = [one for one in told if one.trained]
    row: dict[str, Any] = {"rollouts": len(rollouts), "failures": sum(not one.counts for one in told)}
    if interventions := [one.interventions for one in told if one.interventions is not None]:
        row["interventions"] = sum(interventions)
    if not rollouts:
        return row
    judged = [one.scores for one in rollouts if one.scores]
    sequences: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    passed: dict[str, list[bool]] = defaultdict(list)
    for one in rollouts:
        sequences[one.group].add(one.tools)
        for name in one.names:
            passed[name].append(one.passed)
    if any(one.given for one in told):
        row["given_turns"] = fmean(one.given for one in told)
    return row | {
        "reward": fmean(one.reward for one in rollouts),
        "reward_std": pstdev(one.reward for one in rollouts),
        "success": fmean(one.passed for one in rollouts),
        "process": fmean(sum(max(s, 0) for s in one) / len(one) for one in judged) if judged else None,
        "minus_one_rate": fmean(-1 in one for one in judged) if judged else None,
        **{f"pass/{name}": fmean(values) for name, values in sorted(passed.items())},
        "response_tokens": fmean(one.tokens for one in rollouts),
        "turns": fmean(one.turns for one in rollouts),
        "self_corrections": fmean(one.corrections for one in rollouts),
        "unique_tool_sequences": fmean(len(found) for found in sequences.values()),
    }
