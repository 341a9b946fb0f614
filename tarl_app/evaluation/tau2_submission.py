"""Evaluations on imported domains of tau2-bench as its leaderboard takes them: ``submission.json`` and trajectories.

It is always a ``custom`` submission: prompts, customers and the judge are not those of tau2-bench. What nobody but the
submitter knows is left to be filled in.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import AgentTurn, Episode, StopReason, ToolTurn, Turn, UserTurn
from tarl_app.evaluation.config import EvaluationConfig
from tarl_app.evaluation.evaluate import Evaluation
from tarl_app.evaluation.measures.metrics import measure

PREFIX = "tau2-"
FILL_IN = "(fill in)"
MOST_TRIALS = 4
"""pass^1 to pass^4 have a place."""
REASONS = {
    StopReason.USER_DONE: "user_stop",
    StopReason.TRANSFERRED: "agent_stop",
    StopReason.LIMIT: "max_steps",
    StopReason.CONTEXT: "context_window_exceeded",
    StopReason.USER_FAULT: "user_error",
    StopReason.FAILURE: "infrastructure_error",
}
NOTES = (
    "Played outside of tau2-bench by tarl-app, with its agents' prompts, simulated customers and limits of turns. Data, "
    "tools' answers and checks by rule are as in tau2-bench; assertions in natural language were not judged."
)


def check_exportable(configs: Sequence[EvaluationConfig]) -> None:
    """Raises ``ConfigError`` where one is not on a domain of tau2-bench, or they are of several agents or partly aloud."""
    foreign = [one.domain for one in configs if not one.domain.startswith(PREFIX)]
    if foreign:
        raise ConfigError(f"The domain {foreign[0]!r} is not of tau2-bench: import a copy and evaluate {PREFIX}... .")
    if len({(one.agent, one.speech) for one in configs}) > 1:
        raise ConfigError("A submission is of one agent, in writing or aloud: evaluate one at a time.")


def write_submission(evaluations: Sequence[Evaluation], domains: dict[str, Domain], folder: Path) -> tuple[Path, ...]:
    """Writes ``submission.json`` and a file of trajectories a domain; their paths. Raises like ``check_exportable``."""
    check_exportable([one.config for one in evaluations])
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "submission.json"]
    files: dict[str, str] = {}
    for name in dict.fromkeys(one.config.domain for one in evaluations):
        path = folder / f"{name}-trajectories.json"
        played = [episode for one in evaluations if one.config.domain == name for episode in one.episodes]
        path.write_text(json.dumps({"simulations": list(map(_simulation, played))}, ensure_ascii=False), encoding="utf-8")
        files[name.removeprefix(PREFIX)] = path.name
        paths.append(path)
    paths[0].write_text(json.dumps(submission(evaluations, domains, files), indent=2, ensure_ascii=False), encoding="utf-8")
    return tuple(paths)


def submission(evaluations: Sequence[Evaluation], domains: dict[str, Domain], files: dict[str, str]) -> dict[str, Any]:
    """The submission; ``files`` are the trajectories by the benchmark's names of the domains."""
    first = evaluations[0].config
    names = dict.fromkeys(one.config.domain for one in evaluations)
    played = {name: [e for one in evaluations if one.config.domain == name for e in one.episodes] for name in names}
    omitted = any(_omitted(episodes, domains[name]) for name, episodes in played.items())
    newest = max(episode.created_at for episodes in played.values() for episode in episodes).date().isoformat()
    return {
        "model_name": first.agent,
        "model_organization": FILL_IN,
        "submitting_organization": FILL_IN,
        "submission_date": newest,
        "submission_type": "custom",
        "modality": "voice" if first.speech else "text",
        "contact_info": {"email": None, "name": None, "github": None},
        "trajectories_available": True,
        "trajectory_files": files,
        "results": {name.removeprefix(PREFIX): _results(episodes) for name, episodes in played.items()},
        "methodology": {
            "evaluation_date": newest,
            "user_simulator": first.user,
            "notes": NOTES,
            "verification": {"modified_prompts": True, "omitted_questions": omitted, "details": _details(played, domains)},
        },
    }


def _omitted(episodes: Sequence[Episode], domain: Domain) -> bool:
    return bool(_all_tasks(domain) - {episode.task.id for episode in episodes})


def _all_tasks(domain: Domain) -> set[str]:
    return {task.id for task in (*domain.tasks("train"), *domain.tasks("dev"), *domain.tasks("test"))}


def _details(played: dict[str, list[Episode]], domains: dict[str, Domain]) -> str:
    counts = [
        f"{name}: {len({episode.task.id for episode in episodes})} of {len(_all_tasks(domains[name]))} tasks"
        for name, episodes in played.items()
    ]
    return "; ".join(counts)


def _results(episodes: Sequence[Episode]) -> dict[str, float | None]:
    """pass^k in percent, and the mean cost of an episode."""
    found = measure(episodes)
    shares = {f"pass_{k}": found.pass_hat.get(str(k)) for k in range(1, MOST_TRIALS + 1)}
    percent = {name: None if share is None else round(100 * share, 2) for name, share in shares.items()}
    cost = found.cost_usd / len(episodes) if found.cost_usd else None
    return {**percent, "cost": cost}


def _simulation(episode: Episode) -> dict[str, Any]:
    passed = episode.verdict is not None and episode.verdict.passed
    prefix = f"{episode.task.domain}-{episode.task.split}-"
    return {
        "id": episode.id,
        "task_id": episode.task.id.removeprefix(prefix),
        "timestamp": episode.created_at.isoformat(),
        "termination_reason": REASONS[episode.stop or StopReason.LIMIT],
        "reward_info": {"reward": float(passed)},
        "messages": list(_messages(episode.turns)),
        "seed": episode.seed,
    }


def _messages(turns: Sequence[Turn]) -> Iterator[dict[str, Any]]:
    for turn in turns:
        if isinstance(turn, UserTurn):
            yield {"role": "user", "content": turn.text}
        elif isinstance(turn, AgentTurn):
            calls = [{"id": one.id, "name": one.name, "arguments": one.arguments} for one in turn.tool_calls]
            yield {"role": "assistant", "content": turn.text or None, "tool_calls": calls or None}
        elif isinstance(turn, ToolTurn):
            for one in turn.results:
                yield {"role": "tool", "id": one.call_id, "content": one.content, "error": one.is_error}
