import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.domain import Domain
from tarl_app.core.types import Task, ToldFact
from tarl_app.domains import load_domain
from tarl_app.domains.retail.tasks import tasks
from tarl_app.domains.retail.tasks.calls import KINDS
from tarl_app.language.told import tells
from tarl_app.sandbox.checks import TaskReport, check_tasks
from tarl_app.sandbox.damage import UNWANTED, Pools, damages, near_miss
from tarl_app.sandbox.verifier import verify


def one_of_each_kind(split: str) -> tuple[Task, ...]:
    return tuple({task.kind: task for task in tasks(split)}.values())


def among(chosen: tuple[Task, ...]) -> Domain:
    """The retail domain with these tasks alone."""
    return dataclasses.replace(load_domain("retail"), tasks=lambda split: chosen)


def whole(report: TaskReport) -> bool:
    return (report.gold_passed, report.mutations_caught) == (report.tasks, report.mutations) and not report.failures


def test_every_kind_passes_by_its_ideal_path_and_by_no_damaged_one():
    chosen = one_of_each_kind("test")
    report = check_tasks(among(chosen), "test")
    assert report.tasks == len(chosen) == len(KINDS)
    assert report.mutations > 4 * len(chosen)
    assert whole(report), report.failures
    assert (report.null_passed, report.transfer_only_passed) == (0, 0)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("split", "every"), [("test", 1), ("dev", 1), ("train", 10)])
def test_the_split_passes_the_machine_check(split, every):
    """All of train takes minutes: ``python -m tarl_app tasks check --split train`` checks it after its generator changed."""
    chosen = tasks(split)[::every]
    report = check_tasks(among(chosen), split)
    assert whole(report), report.failures[:20]
    assert report.tasks == len(chosen)
    assert {task.kind for task in chosen} == {kind.name for kind in KINDS}
    assert (report.null_passed, report.transfer_only_passed) == (0, 0)


def test_the_report_has_the_documented_keys():
    keys = {"tasks", "gold_passed", "mutations", "mutations_caught", "null_passed", "transfer_only_passed", "failures"}
    assert set(check_tasks(load_domain("retail"), "dev", limit=1).model_dump()) == keys


def test_a_task_whose_gold_call_is_refused_is_reported():
    task = next(task for task in tasks("test") if task.kind == "cancel")
    broken = task.model_copy(update={"gold": (*task.gold, task.gold[-1])})
    report = check_tasks(among((broken,)), "test")
    assert report.gold_passed == 0
    assert any(broken.id in line and "ideal path" in line for line in report.failures)


def test_two_facts_that_stand_for_one_another_are_reported():
    task = next(task for task in tasks("test") if len(task.must_tell) == 1)
    doubled = task.model_copy(
        update={"must_tell": (*task.must_tell, task.must_tell[0].model_copy(update={"label": "again"}))}
    )
    report = check_tasks(among((doubled,)), "test")
    assert report.mutations_caught < report.mutations
    assert any("not told: again" in line for line in report.failures)


def test_a_task_that_demands_only_a_transfer_is_reported():
    task = next(task for task in tasks("test") if task.must_transfer)
    bare = task.model_copy(update={"gold": (task.gold[0], task.gold[-1]), "must_tell": ()})
    report = check_tasks(among((bare,)), "test")
    assert report.transfer_only_passed == 1
    assert any("only transfers" in line for line in report.failures)


@pytest.mark.parametrize("kind", ["cancel", "exchange", "modify_order_address"])
def test_each_argument_of_a_gold_write_is_damaged(kind):
    domain, task = load_domain("retail"), next(task for task in tasks("test") if task.kind == kind)
    write = next(call for call in task.gold if domain.writes(call.name))
    words = [damage.words for damage in damages(task, domain, Pools(tasks("test")))]
    for name in write.arguments:
        assert any(text.startswith(f"{write.name} with {name} = ") for text in words)
    assert f"left out {write.name}" in words
    assert "a write for another customer" in words


@pytest.mark.parametrize("topic", [None, "foreign_order", "partial_cancel"])
def test_a_write_that_the_user_decided_against_or_the_policy_forbids_is_tried_and_caught(topic):
    domain = load_domain("retail")
    kind = "refusal" if topic else "change_of_mind"
    task = next(task for task in tasks("train") if task.kind == kind and task.goals[0].topic == topic)
    tried = [damage for damage in damages(task, domain, Pools(tasks("test"))) if damage.words == UNWANTED]
    assert len(tried) == 1
    assert not verify(tried[0].episode, domain).passed


VALUES = {
    "money": st.decimals(min_value=0, max_value=99999, places=2).map(str),
    "number": st.integers(0, 999).map(str),
    "id": st.from_regex(r"[0-9]{4,12}", fullmatch=True),
    "date": st.dates().map(lambda day: day.isoformat()),
    "text": st.sampled_from(["pending", "delivered", "gift card"]),
}


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
def test_a_near_miss_never_tells_the_fact(case):
    kind, value = case
    fact = ToldFact(label="it", kind=kind, value=value)
    wrong = near_miss(fact, Pools(()))
    assert wrong != value
    assert not tells(f"It is {'$' if kind == 'money' else ''}{wrong}.", fact)
