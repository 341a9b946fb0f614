import dataclasses

import pytest

from tarl_app.core.domain import Domain
from tarl_app.core.errors import DomainError
from tarl_app.core.types import Task
from tarl_app.domains import free_task, get_task
from tarl_app.domains.airline.goals import AirlineGoal, explicit
from tarl_app.domains.airline.tasks import tasks
from tarl_app.domains.airline.tasks.calls import KINDS
from tarl_app.sandbox.checks import TaskReport, check_tasks
from tarl_app.sandbox.damage import UNWANTED, Pools, damages
from tarl_app.sandbox.verifier import verify
from tests.domains.airline.airline_cases import AIRLINE

SIZES = {"train": 600, "dev": 40, "test": 80}
SPLITS = tuple(SIZES)


def among(chosen: tuple[Task, ...]) -> Domain:
    """The airline domain with these tasks alone."""
    return dataclasses.replace(AIRLINE, tasks=lambda split: chosen)


def whole(report: TaskReport) -> bool:
    return (report.gold_passed, report.mutations_caught) == (report.tasks, report.mutations) and not report.failures


def test_the_splits_have_their_sizes_and_every_kind():
    for split in SPLITS:
        assert len(tasks(split)) == SIZES[split]
        assert {task.kind for task in tasks(split)} == {kind.name for kind in KINDS}
    with pytest.raises(DomainError, match="no split"):
        tasks("free")  # type: ignore[arg-type]


def test_no_customer_is_in_two_splits():
    users = {split: {task.user_id for task in tasks(split)} for split in SPLITS}
    assert not users["train"] & users["dev"]
    assert not users["train"] & users["test"]
    assert not users["dev"] & users["test"]


def test_every_kind_passes_by_its_ideal_path_and_by_no_damaged_one():
    chosen = tuple({task.kind: task for task in tasks("test")}.values())
    report = check_tasks(among(chosen), "test")
    assert report.mutations > 4 * len(chosen)
    assert whole(report), report.failures
    assert (report.null_passed, report.transfer_only_passed) == (0, 0)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("split", "every"), [("test", 2), ("dev", 2), ("train", 20)])
def test_the_split_passes_the_machine_check(split, every):
    chosen = tasks(split)[::every]
    report = check_tasks(among(chosen), split)
    assert whole(report), report.failures[:20]
    assert (report.null_passed, report.transfer_only_passed) == (0, 0)


@pytest.mark.parametrize(("kind", "least"), [("refusal", 25), ("change_of_mind", 10)])
def test_the_write_that_was_not_to_happen_is_tried_and_caught(kind, least):
    """Only where the tools would carry it out: what they refuse needs no agent that knows better."""
    found = 0
    for task in (task for task in tasks("train") if task.kind == kind):
        for damage in damages(task, AIRLINE, Pools((task,))):
            if damage.words == UNWANTED:
                found += 1
                assert not verify(damage.episode, AIRLINE).passed, task.id
    assert found >= least


def test_a_task_says_who_calls_by_number_or_by_reservation():
    for task in tasks("train"):
        assert ("user_id" in task.facts) != ("reservation_id" in task.facts)
        assert task.facts["first_name"] in task.instruction


def test_goals_survive_their_generic_form():
    for task in tasks("dev"):
        goals = AirlineGoal.all_of(task.goals)
        assert tuple(goal.generic for goal in goals) == task.goals
        assert all(explicit(goal) for goal in task.goals) != (task.kind in ("fall_back", "unknown_code"))


def test_a_free_task_can_be_found_by_its_id():
    task = free_task("airline", 3)
    assert task == get_task("airline", "airline-free-3")
    assert not task.verifiable
    assert "You could" in task.instruction
