"""A stage that was killed and begun again goes on as if it had not been: the same losses, the same weights."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from tarl_app.agents.omni.model.adapters import LoraSettings
from tarl_app.core.errors import AgentError
from tarl_app.recipes.omni_mini.config import LANGUAGE_LORA, TOWER_LORA, StageConfig
from tarl_app.recipes.omni_mini.stages.learner import STATE
from tarl_app.recipes.omni_mini.stages.sft import Trainer, run
from tests.training.test_omni_mini_recipe import tones, trainer

BOTH = (LANGUAGE_LORA, TOWER_LORA)
LISTEN = StageConfig(
    "listen", steps=9, learning_rate=1e-2, text_tokens=400, speech_tokens=400, ctc_utterances=4, alternate=True, warmup=3
)
ALIGN = StageConfig("align", steps=9, learning_rate=1e-2, ctc_utterances=4, warmup=3)
TEXT = StageConfig("text", steps=9, learning_rate=1e-2, text_tokens=200, warmup=3)
OWN = StageConfig("own", steps=9, learning_rate=1e-2, speech_tokens=400, own_words=True, warmup=3)


class Killed(Exception):
    """As by a signal: nothing is written any more."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tones(tmp_path)
    return tmp_path


def fresh(
    folder: Path,
    work: str,
    lora: tuple[LoraSettings, ...],
    *stages: StageConfig,
    clock: Callable[[], float] = time.monotonic,
) -> Trainer:
    """It logs every step and saves every third."""
    return trainer(folder, *stages, lora=lora, work=work, save_every=3, clock=clock)


@contextmanager
def killed_after(steps: int) -> Iterator[None]:
    """Lets a trainer die in the middle of a step, after so many whole ones."""
    left = [steps]

    def die(*_: object) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1

    handle = register_optimizer_step_pre_hook(die)
    try:
        with pytest.raises(Killed):
            yield
    finally:
        handle.remove()


def losses(made: Trainer) -> dict[tuple[str, int], dict[str, float]]:
    """What was logged of each step; of a step that was done twice, what was logged last."""
    rows = [json.loads(line) for line in (made.out / "metrics.jsonl").read_text().splitlines()]
    return {
        (row["stage"], row["step"]): {key: value for key, value in row.items() if key != "seconds"}
        for row in rows
        if "step" in row
    }


def assert_same(one: Trainer, other: Trainer) -> None:
    assert losses(one) == losses(other)
    theirs = other.learner.trained()
    for name, value in one.learner.trained().items():
        assert torch.equal(value, theirs[name]), name


@pytest.mark.parametrize("stage", [LISTEN, ALIGN, TEXT, OWN], ids=lambda stage: stage.name)
@pytest.mark.parametrize("lora", [BOTH, (LANGUAGE_LORA,)], ids=["tower", "frozen tower"])
def test_a_stage_that_was_killed_goes_on_as_if_it_had_not_been(
    folder: Path, stage: StageConfig, lora: tuple[LoraSettings, ...]
) -> None:
    whole = fresh(folder, "whole", lora, stage)
    run(whole)
    broken = fresh(folder, "broken", lora, stage)
    with killed_after(5):
        run(broken)
    resumed = fresh(folder, "broken", lora, stage)
    with killed_after(5):  # begun at the third
        run(resumed)
    resumed = fresh(folder, "broken", lora, stage)
    run(resumed)
    assert len(losses(whole)) == 9
    assert_same(whole, resumed)


def test_a_run_that_was_killed_in_its_second_stage_goes_on_there(folder: Path) -> None:
    whole, broken = (fresh(folder, work, BOTH, TEXT, LISTEN) for work in ("whole", "broken"))
    run(whole)
    run(broken, only=("text",))
    killed = fresh(folder, "broken", BOTH, TEXT, LISTEN)
    with killed_after(4):
        run(killed)
    resumed = fresh(folder, "broken", BOTH, TEXT, LISTEN)
    run(resumed)
    assert_same(whole, resumed)


def test_a_run_is_drawn_by_its_seed(folder: Path) -> None:
    one, again, other = (trainer(folder, LISTEN, work=f"{at}", seed=seed) for at, seed in enumerate((1, 1, 2)))
    for made in (one, again, other):
        run(made)
    assert_same(one, again)
    assert losses(one) != losses(other)


@pytest.fixture
def clock() -> Iterator[Callable[[], float]]:
    """By which every step of an optimiser takes two seconds, and nothing else any."""
    now = [100.0]

    def tick(*_: object) -> None:
        now[0] += 2.0

    handle = register_optimizer_step_post_hook(tick)
    try:
        yield lambda: now[0]
    finally:
        handle.remove()


def test_a_deadline_counts_the_seconds_before_the_kill(folder: Path, clock: Callable[[], float]) -> None:
    """With steps of two seconds and ten seconds, five steps are done, whether it is killed or not."""
    whole = fresh(folder, "whole", BOTH, TEXT, clock=clock)
    run(whole, deadlines={"text": 10.0})
    broken = fresh(folder, "broken", BOTH, TEXT, clock=clock)
    with killed_after(4):
        run(broken, deadlines={"text": 10.0})
    resumed = fresh(folder, "broken", BOTH, TEXT, clock=clock)
    run(resumed, deadlines={"text": 10.0})
    assert sorted(losses(whole)) == [("text", step) for step in range(5)]
    assert_same(whole, resumed)


def test_a_snapshot_that_was_kept_is_not_kept_again(folder: Path, clock: Callable[[], float]) -> None:
    broken = fresh(folder, "run", BOTH, TEXT, clock=clock)
    broken.snapshots = [4.0, 14.0]
    with killed_after(4):
        run(broken)
    kept = (folder / "run-4s" / "state" / STATE).read_bytes()
    resumed = fresh(folder, "run", BOTH, TEXT, clock=clock)
    resumed.snapshots = [4.0, 14.0]
    run(resumed)
    assert (folder / "run-4s" / "state" / STATE).read_bytes() == kept
    reached = resumed.learner.load_state(folder / "run-14s" / "state")
    assert reached == {"stage": "text", "step": 7, "seconds": 14.0}


def test_what_another_sort_of_run_left_is_refused_in_words(folder: Path) -> None:
    made = trainer(folder, StageConfig("text", steps=3, learning_rate=1e-2, text_tokens=200), work="run", save_every=3)
    run(made)
    made.learner.checkpoint = made.learner.checkpoint.model_copy(update={"ctc_letters": "xy"})
    with pytest.raises(AgentError, match="trained for the letters 'lr'"):
        made.learner.load_state(folder / "run" / "state")
    made.learner.take(folder / "run" / "state", ("language",))
    other = trainer(folder, lora=(LANGUAGE_LORA,), work="run")
    with pytest.raises(AgentError, match="not the state of a run like this one"):
        other.learner.load_state(folder / "run" / "state")
    with pytest.raises(AgentError, match="not the state of a run like this one"):
        other.learner.take(folder / "nowhere" / "state", ("hearing",))
