"""What a step's rollouts say about learning and exploring, as the numbers of one row of ``metrics.jsonl``."""

import re
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean, pstdev
from typing import Any

from tarl_app.evaluation.reward import scores_of, succeeded
from tarl_app.training.rollouts import Outcome
from tarl_app.types import Episode

_CORRECTION = re.compile(
    r"\b(wait|hold on|actually|on second thought|let me (?:re)?(?:check|think|calculate|consider)|i mean|correction)\b", re.I
)


def self_corrections(episode: Episode) -> int:
    """How often the agent's words take themselves back ("wait", "let me recheck")."""
    return sum(len(_CORRECTION.findall(turn.text)) for _, turn in episode.agent_turns)


def tool_sequence(episode: Episode) -> tuple[str, ...]:
    """The names of the tools that were called, in order."""
    return tuple(call.name for _, turn in episode.agent_turns for call in turn.tool_calls)


def describe(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Rewards, verdicts, scores and exploration of the rollouts of a step; failures are counted and left out otherwise."""
    rollouts = [one.rollout for one in outcomes if one.rollout is not None]
    row: dict[str, Any] = {"rollouts": len(rollouts), "failures": sum(not one.episode.counts for one in outcomes)}
    if not rollouts:
        return row
    episodes = [one.episode for one in rollouts]
    scores = [scores_of(one) for one in episodes]
    judged = [one for one in scores if one]
    sequences: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    passed: dict[str, list[bool]] = defaultdict(list)
    for one in outcomes:
        if one.rollout is not None:
            sequences[one.job.group].add(tool_sequence(one.episode))
            passed[one.job.source.domain].append(succeeded(one.episode))
            passed[one.job.source.name].append(succeeded(one.episode))
    if any(one.job.given for one in outcomes):
        row["given_turns"] = fmean(one.job.given for one in outcomes)
    return row | {
        "reward": fmean(one.reward for one in rollouts),
        "reward_std": pstdev(one.reward for one in rollouts),
        "success": fmean(map(succeeded, episodes)),
        "process": fmean(sum(max(s, 0) for s in one) / len(one) for one in judged) if judged else None,
        "minus_one_rate": fmean(-1 in one for one in judged) if judged else None,
        **{f"pass/{name}": fmean(values) for name, values in sorted(passed.items())},
        "response_tokens": fmean(one.response_tokens for one in rollouts),
        "turns": fmean(len(one.agent_turns) for one in episodes),
        "self_corrections": fmean(map(self_corrections, episodes)),
        "unique_tool_sequences": fmean(len(found) for found in sequences.values()),
    }
