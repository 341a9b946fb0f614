"""Which tasks come next."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.errors import ConfigError
from tarl_app.domains import load_domain
from tarl_app.training.configuration.config import Source, TrainConfig, parse_config, read_config, write_config
from tarl_app.training.configuration.presets import PRESETS
from tarl_app.training.curriculum import Choice, Curriculum, is_easy, tasks_of
from tests.training import tiny_parts

EASY = Source(name="easy", warmup=True)
A, B, C = Source(name="a", weight=3), Source(name="b"), Source(name="c")


def made(**changes: object) -> Curriculum:
    config = tiny_parts.config(**{"sources": (EASY, A, B, C), "warmup_steps": 4, "turn_steps": 2, **changes})
    return Curriculum(config, lambda source: tuple(tiny_parts.task(number) for number in range(40)))


def test_the_warm_up_comes_first_then_the_mixture_by_weight() -> None:
    curriculum = made()
    assert {one.source.name for step in range(4) for one in curriculum.choose(step, 8)} == {"easy"}
    counted = Counter(one.source.name for step in range(4, 104) for one in curriculum.choose(step, 8))
    assert set(counted) == {"a", "b", "c"}
    assert 0.5 < counted["a"] / sum(counted.values()) < 0.7


def test_sources_come_in_turn() -> None:
    curriculum = made(order="in_turn")
    names = [{one.source.name for one in curriculum.choose(step, 4)} for step in range(4, 12)]
    assert names == [{"a"}, {"a"}, {"b"}, {"b"}, {"c"}, {"c"}, {"a"}, {"a"}]


MATH = Source(name="math", weight=1, adaptive=True)


def share_of_math(curriculum: Curriculum) -> float:
    counted = Counter(one.source.name for step in range(4, 204) for one in curriculum.choose(step, 8))
    return counted["math"] / sum(counted.values())


def test_a_source_that_teaches_nothing_shrinks_to_a_tenth_and_grows_back_to_its_weight() -> None:
    curriculum = made(sources=(A, MATH), warmup_steps=0, medium_difficulty=False)
    assert 0.2 < share_of_math(curriculum) < 0.3  # one of four
    for number in range(40):
        curriculum.note(Choice(MATH, tiny_parts.task(number)), 0, 4)
    assert share_of_math(curriculum) < 0.05
    restored = made(sources=(A, MATH), warmup_steps=0, medium_difficulty=False)
    restored.restore(curriculum.state())
    assert restored.choose(9, 8) == curriculum.choose(9, 8)
    for number in range(40):
        curriculum.note(Choice(MATH, tiny_parts.task(number)), 2, 4)
    assert 0.2 < share_of_math(curriculum) < 0.3
    for number in range(40):  # all of one group alike teaches as little as none
        curriculum.note(Choice(MATH, tiny_parts.task(number)), 4, 4)
    assert share_of_math(curriculum) < 0.12  # what was before is being forgotten


def test_of_an_adaptive_source_no_task_comes_again_that_is_always_or_never_passed() -> None:
    curriculum = made(sources=(MATH,), warmup_steps=0)
    for number, passed in enumerate((0, 4, 1, 3)):
        curriculum.note(Choice(MATH, tiny_parts.task(number)), passed, 4)
    curriculum.note(Choice(MATH, tiny_parts.task(4)), 0, 2)  # too few tries to say
    drawn = {one.task.id[-2:] for step in range(300) for one in curriculum.choose(step, 8)}
    assert not drawn & {"00", "01"}
    assert {"02", "03", "04"} <= drawn


def test_the_choice_depends_on_seed_step_and_attempt_alone() -> None:
    assert made().choose(9, 4) == made().choose(9, 4)
    assert made().choose(9, 4) != made().choose(10, 4)
    assert made().choose(9, 4) != made().choose(9, 4, attempt=1)
    assert made().choose(9, 4) != made(seed=1).choose(9, 4)


def test_a_step_has_different_tasks_as_long_as_there_are() -> None:
    curriculum = made(order="in_turn")
    assert len({one.task.id for one in curriculum.choose(5, 40)}) == 40
    assert len(curriculum.choose(5, 50)) == 50


def test_tasks_of_medium_difficulty_are_preferred_and_a_kind_stands_for_its_new_tasks() -> None:
    curriculum = made(order="in_turn")
    for number in range(40):
        task = tiny_parts.task(number)
        passes = 0 if task.kind == "low" else 4  # low is never passed, high half of the time
        if number < 30:
            curriculum.note(Choice(A, task), passes, 8)
    drawn = Counter(
        one.task.kind for step in range(4, 6) for attempt in range(50) for one in curriculum.choose(step, 4, attempt)
    )
    assert drawn["high"] > 4 * drawn["low"] > 0
    assert curriculum.pass_rate(A, tiny_parts.task(38)) < 0.1 < 0.4 < curriculum.pass_rate(A, tiny_parts.task(39))
    indifferent = made(medium_difficulty=False)
    indifferent.restore(curriculum.state())
    plain = Counter(one.task.kind for attempt in range(100) for one in indifferent.choose(4, 4, attempt))
    assert 0.35 < plain["high"] / sum(plain.values()) < 0.65


def test_a_task_that_teaches_nothing_rests_longer_each_time_and_not_after_it_taught() -> None:
    curriculum, task = made(sources=(A,), warmup_steps=0, rest_steps=2, medium_difficulty=False), tiny_parts.task(3)

    def drawn(step: int) -> bool:
        return any(task == one.task for attempt in range(3) for one in curriculum.choose(step, 39, attempt))

    def rests(noted: int, passed: int) -> list[int]:
        """The steps in which the task is not drawn, although all but one of the 40 tasks are asked for."""
        curriculum.note(Choice(A, task), passed, 4, noted)
        return [step for step in range(noted + 1, noted + 9) if not drawn(step)]

    assert drawn(0)
    assert rests(0, 4) == [1, 2]
    assert rests(3, 0) == [4, 5, 6, 7]
    assert rests(8, 2) == []
    assert rests(9, 0) == [10, 11]


def test_there_are_tasks_though_all_rest() -> None:
    curriculum = made(sources=(A,), warmup_steps=0, rest_steps=5)
    for number in range(40):
        curriculum.note(Choice(A, tiny_parts.task(number)), 0, 4, 0)
    assert len(curriculum.choose(1, 3)) == 3


@given(st.lists(st.tuples(st.integers(0, 39), st.integers(0, 8)), max_size=30))
def test_a_restored_record_chooses_the_same(went: list[tuple[int, int]]) -> None:
    first, second = made(rest_steps=3), made(rest_steps=3)
    for number, passed in went:
        first.note(Choice(A, tiny_parts.task(number)), passed, 8, 5)
        assert 0 < first.pass_rate(A, tiny_parts.task(number)) < 1
    second.restore(first.state())
    assert first.choose(7, 8) == second.choose(7, 8)


def test_a_source_without_tasks_is_refused() -> None:
    with pytest.raises(ConfigError, match="'a' has no tasks"):
        Curriculum(tiny_parts.config(sources=(A,)), lambda source: ())


def test_easy_tasks_are_explicit_single_wishes() -> None:
    tasks = load_domain("retail").tasks("train")
    easy = [task for task in tasks if is_easy(task, load_domain("retail"))]
    assert 50 < len(easy) < len(tasks) // 2
    assert {task.kind for task in easy} >= {"lookup", "cancel"}
    assert not {task.kind for task in easy} & {
        "several",
        "refusal",
        "unknown_order",
        "change_of_mind",
        "fall_back",
        "transfer",
    }
    found = tasks_of(Source(name="x", kinds=("cancel",), easy=True), load_domain("retail"))
    assert {task.kind for task in found} == {"cancel"}
    assert all(is_easy(task, load_domain("retail")) for task in found)


def test_a_source_leaves_out_the_first_tasks_of_a_split_and_takes_so_many_of_those_it_wants():
    domain = load_domain("retail")
    every = domain.tasks("train")
    assert tasks_of(Source(name="x", skip=1000), domain) == every[1000:]
    wanted = [task for task in every[1000:] if task.kind == "refusal"]
    assert tasks_of(Source(name="x", kinds=("refusal",), skip=1000, limit=5), domain) == tuple(wanted[:5])


# --- configuration ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_yaml(name: str, tmp_path: Path) -> None:
    write_config(PRESETS[name], tmp_path / "run.yaml")
    assert read_config(tmp_path / "run.yaml") == PRESETS[name]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"stepps": 3}, "stepps"),
        ({"steps": 0}, "steps"),
        ({"algorithm": {"name": "trpo"}}, "algorithm"),
        ({"group_size": 1}, "group_size must be 2"),
        ({"sources": [{"name": "a"}, {"name": "a"}]}, "same name"),
        ({"sources": [{"name": "a", "warmup": True}]}, "but those of the warm-up"),
        ({"sources": [{"name": "a", "split": "test"}]}, "split"),
        ({"warmup_steps": 3}, "warmup_steps"),
        ({"channels": ["underwater"]}, "channels"),
        ({"name": "../x"}, "name"),
        ([], "mapping"),
    ],
)
def test_a_wrong_configuration_is_refused_with_the_field_that_is_wrong(values: object, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        parse_config(values)


def test_yaml_that_would_make_objects_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("name: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path / "run.yaml")


def test_an_empty_file_is_the_default_configuration(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("")
    assert read_config(tmp_path / "run.yaml") == TrainConfig()
