"""Runs an agent over a split: tasks x trials, each an episode with the simulated user, the verifier and the judge.

Results are appended as one JSON episode a line, so that a stopped evaluation can be continued. Finished episodes are
identified by (task, trial); only episodes that failed for infrastructure reasons are tried again. A folder refuses
another configuration, so that results are never mixed. An episode's id follows from the configuration, the task and the
seed, so links to it stay valid.
"""

import os
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain
from tarl_app.core.protocols import Agent, Judge, UserSimulator
from tarl_app.core.types import Episode, Guards, StopReason, Task
from tarl_app.evaluation.config import OLDER, EvaluationConfig, episode_id, folder_name
from tarl_app.evaluation.controls import controls
from tarl_app.evaluation.folder import CONFIG, EPISODES, PLAN, STATUS, claim, held, mend, stored, told, why
from tarl_app.evaluation.measures.metrics import Metrics, measure
from tarl_app.jobs import launch
from tarl_app.speech import Voice

__all__ = [
    "CONFIG",
    "EPISODES",
    "Evaluation",
    "EvaluationConfig",
    "Parts",
    "Progress",
    "episode_id",
    "evaluate",
    "folder_name",
    "run_one",
    "stored",
]


@dataclass(frozen=True)
class Parts:
    """The constructors an evaluation needs; agent and user are created for each episode, from the task and the seed."""

    domain: Domain
    agent: Callable[[Task, int], Agent]
    user: Callable[[Task, int], UserSimulator]
    judge: Judge
    voice: Voice | None = None
    hold: Callable[[EvaluationConfig, Task, int, Callable[[], bool]], Episode] | None = None
    """Holds a whole call in full duplex, instead of turn by turn (``EvaluationConfig.duplex``)."""
    guard: Guards = "off"
    """The agent's guard; with ``policy``, calls that the domain's guard forbids are answered with an error."""


@dataclass(frozen=True)
class Progress:
    """How far an evaluation is, after each episode: counts, and the seconds this run has taken and probably still takes."""

    done: int
    total: int
    passed: int
    failures: int
    seconds: float
    seconds_left: float
    user_faults: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True)
class Evaluation:
    """The outcome: one episode for each (task, trial), in order, the two controls, and how long this run took."""

    config: EvaluationConfig
    folder: Path
    episodes: tuple[Episode, ...]
    planned_tasks: int
    seconds: float
    controls: dict[str, tuple[Episode, ...]] = field(default_factory=dict)

    @property
    def guard(self) -> str:
        """The guard, as chosen, or as recorded in the episodes."""
        return self.config.guard or next((one.guard for one in self.episodes), "")

    @property
    def metrics(self) -> Metrics:
        """The numbers."""
        return measure(self.episodes)


def evaluate(
    config: EvaluationConfig,
    parts: Parts,
    folder: Path,
    workers: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    on_episode: Callable[[Episode], None] | None = None,
) -> Evaluation:
    """Runs the missing episodes in ``folder`` and returns all results.

    ``workers`` threads run episodes in parallel; results depend on the number only where ``parts`` do. The callbacks
    are called in this thread. After Ctrl-C (``KeyboardInterrupt``) running episodes are abandoned, finished ones are
    kept, and ``status.json`` says "stopped".

    Raises:
        ConfigError: the folder holds results of another configuration, or another process works in it.
        JobError: the disk is full, or something else cannot be written; ``status.json`` says so.
    """
    started = time.monotonic()
    with told(folder):
        defaults = {name: one.default for name, one in EvaluationConfig.model_fields.items()}
        claim(folder, config.measured, {**defaults, **OLDER})
        with held(folder):
            return _evaluate(config, parts, folder, workers, started, on_progress, on_episode)


def _evaluate(
    config: EvaluationConfig,
    parts: Parts,
    folder: Path,
    workers: int,
    started: float,
    on_progress: Callable[[Progress], None] | None,
    on_episode: Callable[[Episode], None] | None,
) -> Evaluation:
    """Evaluates in a folder that is locked for this process."""
    mend(folder)
    mine = launch.describe(os.getpid())
    if launch.read_json(folder / launch.PROCESS).get("pid") != mine["pid"]:  # otherwise the page's launcher has written it
        launch.record(folder, mine)
    launch.write_json(folder / PLAN, {"limit": config.limit, "trials": config.trials})
    tasks = parts.domain.tasks(config.split)[: config.limit]
    wanted = [(task, config.seed + trial) for trial in range(config.trials) for task in tasks]
    found = {(one.task.id, one.seed): one for one in stored(folder) if one.stop is not StopReason.FAILURE}
    results = {(task.id, seed): found[task.id, seed] for task, seed in wanted if (task.id, seed) in found}
    before = len(results)

    def tell(state: str, message: str = "") -> Progress:
        now = _progress(results.values(), before, len(wanted), time.monotonic() - started)
        _status(folder, state, now, message)
        return now

    missing = [(task, seed) for task, seed in wanted if (task.id, seed) not in results]
    tell("running")
    try:
        played = controls(folder, parts.domain, tasks)  # first, so that they are shown beside the numbers from the start
        with (folder / EPISODES).open("a", encoding="utf-8") as file:

            def keep(episode: Episode) -> None:
                file.write(episode.model_dump_json() + "\n")
                file.flush()
                results[episode.task.id, episode.seed] = episode
                if on_episode:
                    on_episode(episode)
                progress = tell("running")
                if on_progress:
                    on_progress(progress)

            _run(config, parts, missing, workers, keep)
    except KeyboardInterrupt:
        tell("stopped")
        raise
    except BaseException as error:
        with suppress(OSError):
            tell("failed", why(error, folder))
        raise
    tell("finished")
    episodes = tuple(results[task.id, seed] for task, seed in wanted)
    return Evaluation(config, folder, episodes, len(tasks), time.monotonic() - started, played)


def run_one(
    config: EvaluationConfig, parts: Parts, task: Task, seed: int, cancelled: Callable[[], bool] | None = None
) -> Episode:
    """One episode from the first word to the verdict. Raises ``Cancelled`` soon after ``cancelled()``."""
    if parts.hold is not None:
        return parts.hold(config, task, seed, cancelled or (lambda: False))
    conversation = Conversation(
        task,
        parts.domain,
        parts.agent(task, seed),
        user=parts.user(task, seed),
        judge=parts.judge,
        voice=parts.voice,
        max_agent_turns=config.max_agent_turns,
        seed=seed,
        id=episode_id(config, task, seed),
        guard=parts.guard,
        faults=config.faults,
    )
    with closing(conversation):
        return conversation.run(cancelled)


def _run(
    config: EvaluationConfig,
    parts: Parts,
    missing: Sequence[tuple[Task, int]],
    workers: int,
    keep: Callable[[Episode], None],
) -> None:
    if workers <= 1:
        for task, seed in missing:
            keep(run_one(config, parts, task, seed))
        return
    stop = threading.Event()
    with ThreadPoolExecutor(workers, thread_name_prefix="evaluate") as pool:
        waiting = {pool.submit(run_one, config, parts, task, seed, stop.is_set) for task, seed in missing}
        try:
            for future in as_completed(tuple(waiting)):
                waiting.discard(future)
                keep(future.result())
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            for future in waiting:  # episodes that finished meanwhile are kept
                if future.done() and not future.cancelled() and future.exception() is None:
                    keep(future.result())
            raise


def _progress(episodes: Collection[Episode], before: int, total: int, seconds: float) -> Progress:
    done = len(episodes)
    each = seconds / max(1, done - before)
    return Progress(
        done=done,
        total=total,
        passed=sum(one.counts and one.verdict is not None and one.verdict.passed for one in episodes),
        failures=sum(one.stop is StopReason.FAILURE for one in episodes),
        seconds=seconds,
        seconds_left=each * (total - done),
        user_faults=sum(one.stop is StopReason.USER_FAULT for one in episodes),
        cost_usd=sum(one.cost_usd for one in episodes),
    )


def _status(folder: Path, state: str, progress: Progress, message: str) -> None:
    now = datetime.now(UTC).isoformat()
    counts = {"step": progress.done, "steps": progress.total, **asdict(progress)}
    launch.tell_json(folder / STATUS, {"state": state, "message": message, "updated": now, **counts})
