"""A whole study in seconds: a tiny random model that is to say a letter, trained by every arm."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from string import ascii_letters
from typing import Any

from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.agents.omni.serving.scheduler import ScheduledAgent, Scheduler
from tarl_app.core.domain import Domain, FactWords
from tarl_app.core.types import Task, ToldFact
from tarl_app.evaluation.config import EvaluationConfig
from tarl_app.evaluation.evaluate import Parts as Measured
from tarl_app.judges.readable import ReadableJudge
from tarl_app.training import train
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.rollouts.parts import Parts
from tarl_app.training.study.folder import StudyFolder
from tarl_app.training.study.plan import (
    Condition,
    StudyConfig,
)
from tarl_app.training.study.results import StudyResult, results
from tarl_app.training.study.run import run_study
from tarl_app.users.question import OneQuestionUser
from tests.training import tiny_parts

STEPS = 10
LETTER = ToldFact(label="letter", kind="text", value="some letter")
SCHEMES: dict[str, dict[str, Any]] = {
    "sft": {
        "scheme": "terminal",
        "algorithm": {"name": "sft", "per_task": 8},
        "rollouts_by": "reference",
        "updates": 4,
        "dynamic_sampling": False,
    },
    "terminal": {"scheme": "terminal"},
    "tarl": {"scheme": "tarl"},
    "math": {"scheme": "tarl"},
    "shuffled": {"scheme": "tarl", "shuffle_rewards": True},
}
Whole = tuple[Path, StudyResult, list[str]]


@cache
def letters() -> Domain:
    """Whoever answers with a letter that stands alone has told the fact."""

    def tasks(split: str) -> tuple[Task, ...]:
        return tuple(tiny_parts.task(n).model_copy(update={"must_tell": (LETTER,)}) for n in range(24))

    return replace(tiny_parts.TONES, tasks=tasks, fact_words=FactWords(synonyms={"some letter": tuple(ascii_letters)}))


def run_of(arm: str, steps: int = STEPS) -> TrainConfig:
    return tiny_parts.config(
        **{
            "sources": (tiny_parts.WRITTEN,),
            "steps": steps,
            "checkpoint_every": steps,
            "groups": 4,
            "group_size": 8,
            "max_new_tokens": 1,
            "replacements": 0,
            "medium_difficulty": False,
            "guard": "schema",
            "learning_rate": 3e-2,
            "algorithm": {"name": "grpo", "normalise": "batch"},
            **SCHEMES[arm],
        }
    )


def study(steps: int = STEPS, **changes: Any) -> StudyConfig:
    fields: dict[str, Any] = {
        "base": "tiny-random",
        "runs": {arm: run_of(arm, steps) for arm in SCHEMES},
        "seeds": 2,
        "domain": "tones",
        "split": "train",
        "trials": 2,
        "conditions": (Condition(guard="schema"),),
    }
    return StudyConfig.model_validate(fields | changes)


class Tiny:
    """Trains and measures the tiny model; kills or stops where a test asks for it."""

    def __init__(self, before: Callable[[str], None] = lambda what: None) -> None:
        self.before, self.did = before, list[str]()

    def train(
        self, config: TrainConfig, resume: bool, runs: Path, on_step: Callable[[int, Mapping[str, Any]], None]
    ) -> None:
        def told(step: int, row: Mapping[str, Any]) -> None:
            on_step(step, row)
            self.did.append(f"{config.name} step {step}")
            self.before(self.did[-1])

        parts = Parts(
            domain=lambda name: letters(), user=lambda source, one, seed: OneQuestionUser(one), judge=ReadableJudge
        )
        train.main(config, resume=resume, parts_of=lambda *_: parts, runs=runs, on_step=told)

    def parts(self, config: EvaluationConfig, checkpoint: Path | None) -> Measured:
        loaded = load_checkpoint(checkpoint or "tiny-random")
        sampling = loaded.config.sampling.model_copy(update={"temperature": 1.0, "max_new_tokens": 1})
        scheduler = Scheduler(loaded, 8, sampling)
        self.did.append(f"measures {config.agent} trial {config.seed}")
        self.before(self.did[-1])

        def agent(task: Task, seed: int) -> ScheduledAgent:
            return ScheduledAgent(scheduler, letters(), hash((task.seed, seed)), config.agent, "schema")

        judge = ReadableJudge(letters())
        return Measured(domain=letters(), agent=agent, user=lambda task, seed: OneQuestionUser(task), judge=judge)

    def revision(self, name: str) -> str:
        return Path(name).parent.parent.name[:16]

    def tasks(self, config: StudyConfig) -> int:
        return len(letters().tasks("train")[: config.limit])


def done(folder: Path, config: StudyConfig, tools: Tiny, told: list[str] | None = None) -> StudyResult:
    place = StudyFolder(folder)
    place.begin(config)
    run_study(config, place, tools, 8, (told if told is not None else []).append)
    return results(config, place)


def small() -> StudyConfig:
    runs = {arm: run_of(arm, 2) for arm in ("terminal", "shuffled")}
    return study(runs=runs, seeds=1, trials=1, limit=6)
