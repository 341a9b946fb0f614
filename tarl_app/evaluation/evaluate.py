"""Runs an agent over a split: tasks x trials, each an episode with the simulated user, the verifier and the judge.

Results are appended as one JSON episode a line, so that an evaluation that was stopped goes on where it was. What is done is
known by (task, trial); only episodes that failed for infrastructure reasons are tried again. The same folder refuses another
configuration, because mixed results would be nobody's.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from tarl_app.conversation import Conversation
from tarl_app.errors import ConfigError
from tarl_app.evaluation.metrics import Metrics, measure
from tarl_app.protocols import Agent, Judge, UserSimulator
from tarl_app.sandbox.domain import Domain, Split
from tarl_app.speech import Voice
from tarl_app.types import Episode, Frozen, StopReason, Task

Channel = Literal["clean", "phone", "noise15", "phone+noise15"]

EPISODES = "episodes.jsonl"
CONFIG = "config.json"


class EvaluationConfig(Frozen):
    """What is measured. Everything but ``limit`` and ``trials`` must stay the same in one folder."""

    agent: str
    domain: str = "retail"
    split: Split = "dev"
    limit: int | None = Field(default=None, ge=1)
    """Only the first so many tasks."""
    trials: int = Field(default=1, ge=1)
    """Independent trials of each task; pass^k needs k of them."""
    speech: bool = False
    """The user speaks and the agent hears; otherwise both write."""
    voice: str = ""
    """The user's voice, with speech."""
    channel: Channel = "clean"
    """What the user's voice passes through, with speech."""
    phrasings: Literal["seen", "held_out"] = "held_out"
    """Which wordings the simulated user has; training dialogues use the seen ones."""
    seed: int = 0
    """Trial t runs with seed + t."""
    max_agent_turns: int = Field(default=30, ge=1)
    revision: str = ""
    """What the agent's name stood for: a digest of its checkpoint."""


@dataclass(frozen=True)
class Parts:
    """The constructors an evaluation needs; agent and user are made anew for each episode, from the task and the seed."""

    domain: Domain
    agent: Callable[[Task, int], Agent]
    user: Callable[[Task, int], UserSimulator]
    judge: Judge
    voice: Voice | None = None


@dataclass(frozen=True)
class Progress:
    """How far an evaluation is, after each episode: counts, and the seconds this run has taken and probably still takes."""

    done: int
    total: int
    passed: int
    failures: int
    seconds: float
    seconds_left: float


@dataclass(frozen=True)
class Evaluation:
    """The outcome: one episode for each (task, trial), in order, and how long this run took."""

    config: EvaluationConfig
    folder: Path
    episodes: tuple[Episode, ...]
    planned_tasks: int
    seconds: float

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
    """Runs what is missing in ``folder`` and returns everything that was asked for.

    ``workers`` threads run episodes side by side; results do not depend on it. The callbacks are called in this thread.

    Raises:
        ConfigError: the folder holds results of another configuration.
    """
    started = time.monotonic()
    _claim(folder, config)
    tasks = parts.domain.tasks(config.split)[: config.limit]
    wanted = [(task, config.seed + trial) for trial in range(config.trials) for task in tasks]
    found = {(one.task.id, one.seed): one for one in stored(folder) if one.stop is not StopReason.FAILURE}
    results = {(task.id, seed): found[task.id, seed] for task, seed in wanted if (task.id, seed) in found}
    missing = [(task, seed) for task, seed in wanted if (task.id, seed) not in results]
    before = len(results)
    with (folder / EPISODES).open("a", encoding="utf-8") as file:
        for episode in _run(config, parts, missing, workers):
            file.write(episode.model_dump_json() + "\n")
            file.flush()
            results[episode.task.id, episode.seed] = episode
            if on_episode:
                on_episode(episode)
            if on_progress:
                on_progress(_progress(results.values(), before, len(wanted), time.monotonic() - started))
    episodes = tuple(results[task.id, seed] for task, seed in wanted)
    return Evaluation(config, folder, episodes, len(tasks), time.monotonic() - started)


def stored(folder: Path) -> Iterator[Episode]:
    """The episodes of an evaluation's folder; a line that was cut off by a crash is left out, and removed from the file.

    Raises:
        ConfigError: a line other than the last is not an episode.
    """
    path = folder / EPISODES
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with path.open("r+b") as file:
            file.truncate(whole)
    for number, line in enumerate(data[:whole].splitlines(), start=1):
        try:
            yield Episode.model_validate_json(line)
        except ValidationError as error:
            raise ConfigError(f"{path}, line {number} is not an episode. Remove the line, or use another name.") from error


def run_one(config: EvaluationConfig, parts: Parts, task: Task, seed: int) -> Episode:
    """One episode from the first word to the verdict."""
    conversation = Conversation(
        task,
        parts.domain,
        parts.agent(task, seed),
        user=parts.user(task, seed),
        judge=parts.judge,
        voice=parts.voice,
        max_agent_turns=config.max_agent_turns,
        seed=seed,
    )
    with closing(conversation):
        return conversation.run()


def _run(config: EvaluationConfig, parts: Parts, missing: Sequence[tuple[Task, int]], workers: int) -> Iterator[Episode]:
    if workers <= 1:
        for task, seed in missing:
            yield run_one(config, parts, task, seed)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="evaluate") as pool:
        futures = [pool.submit(run_one, config, parts, task, seed) for task, seed in missing]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _progress(episodes: Collection[Episode], before: int, total: int, seconds: float) -> Progress:
    done = len(episodes)
    each = seconds / max(1, done - before)
    return Progress(
        done=done,
        total=total,
        passed=sum(one.verdict is not None and one.verdict.passed for one in episodes),
        failures=sum(one.stop is StopReason.FAILURE for one in episodes),
        seconds=seconds,
        seconds_left=each * (total - done),
    )


def _claim(folder: Path, config: EvaluationConfig) -> None:
    """Writes the configuration beside the results, or compares it with the one that is there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CONFIG
    mine = config.model_dump(exclude={"limit", "trials"})
    if not path.exists():
        path.write_text(json.dumps(mine, indent=2) + "\n", encoding="utf-8")
        return
    theirs = json.loads(path.read_text(encoding="utf-8"))
    differing = [f"{name} {theirs.get(name)!r} -> {mine[name]!r}" for name in mine if theirs.get(name) != mine[name]]
    if differing:
        raise ConfigError(
            f"{folder} holds results of another configuration ({'; '.join(differing)}). "
            "Choose another --name, or remove the folder."
        )
