"""Preferences: of two episodes of one task, the agent's first different turn, in the better one and in the other."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, Episode
from tarl_app.evaluation.reward import judgement_of, trajectory_reward
from tarl_app.export.rows import Row, agent_message, base_row, dialogue, messages_of, prefix


def preference_rows(episodes: Sequence[Episode], domain: Domain, margin: float = 1.0) -> Iterator[Row]:
    """A row for each two episodes of a task whose rewards differ by ``margin`` or more, once for each pair of turns.

    Both dialogues are the same up to the turn; where the customers said different things first, there is no pair.
    """
    seen: set[tuple[str, str, str]] = set()
    for one, other in combinations(sorted(episodes, key=lambda episode: episode.id), 2):
        if one.task.id != other.task.id:
            continue
        better, worse = sorted((one, other), key=trajectory_reward, reverse=True)
        if trajectory_reward(better) - trajectory_reward(worse) < margin:
            continue
        row = _row(better, worse, domain)
        if row is not None and (key := (str(row["prompt"]), str(row["chosen"]), str(row["rejected"]))) not in seen:
            seen.add(key)
            yield row


def _row(better: Episode, worse: Episode, domain: Domain) -> Row | None:
    place = prefix(better.turns, worse.turns)
    turns = [episode.turns[place] if place < len(episode.turns) else None for episode in (better, worse)]
    chosen, rejected = turns
    if not isinstance(chosen, AgentTurn) or not isinstance(rejected, AgentTurn):
        return None
    before = 1 + sum(map(messages_of, better.turns[:place]))
    return {
        **base_row(better, domain),
        "id": f"{better.id}+{worse.id}",
        "agent": f"{better.agent}+{worse.agent}",
        "prompt": dialogue(better, domain)[:before],
        "chosen": [agent_message(chosen)],
        "rejected": [agent_message(rejected)],
        "chosen_reward": trajectory_reward(better),
        "rejected_reward": trajectory_reward(worse),
        "chosen_score": _score(better, place),
        "rejected_score": _score(worse, place),
        "rejected_episode": worse.model_dump_json(),
    }


def _score(episode: Episode, place: int) -> int | None:
    judgement = judgement_of(episode)
    return next((one.score for one in judgement.scores if one.turn == place), None) if judgement else None


def by_task(episodes: Iterable[Episode]) -> dict[str, list[Episode]]:
    """The episodes of each task."""
    found: dict[str, list[Episode]] = {}
    for episode in episodes:
        found.setdefault(episode.task.id, []).append(episode)
    return found
