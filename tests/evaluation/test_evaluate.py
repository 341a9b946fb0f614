import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.errors import AgentError, ConfigError
from tarl_app.evaluation.evaluate import EPISODES, Evaluation, EvaluationConfig, Parts, Progress, evaluate, stored
from tarl_app.evaluation.report import as_json, as_text, duration, progress_line
from tarl_app.types import AgentTurn, StopReason, Turn

CONFIG = EvaluationConfig(agent="scripted", limit=3, trials=2)


class Unreachable:
    """An agent whose server does not answer."""

    name = "unreachable"

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        raise AgentError("the server does not answer")


@pytest.fixture
def parts() -> Parts:
    return wiring.evaluation_parts(CONFIG)


@pytest.fixture
def down(parts: Parts) -> Parts:
    return Parts(domain=parts.domain, agent=lambda task, seed: Unreachable(), user=parts.user, judge=parts.judge)


def lines(folder: Path) -> list[str]:
    return (folder / EPISODES).read_text().splitlines()


def test_every_task_is_run_in_every_trial_and_kept_as_one_line(parts, tmp_path):
    evaluation = evaluate(CONFIG, parts, tmp_path)
    assert [(one.task.id, one.seed) for one in evaluation.episodes] == [
        (task.id, seed) for seed in (0, 1) for task in parts.domain.tasks("dev")[:3]
    ]
    assert len(lines(tmp_path)) == 6
    assert evaluation.metrics.pass_hat == {"1": 1.0, "2": 1.0}
    assert all(one.verdict and one.judgements for one in evaluation.episodes)


def test_the_same_command_again_runs_nothing_twice(parts, tmp_path):
    first = evaluate(CONFIG, parts, tmp_path)
    before = lines(tmp_path)
    again = evaluate(CONFIG, parts, tmp_path)
    assert lines(tmp_path) == before
    assert again.episodes == first.episodes


def test_more_tasks_and_trials_only_add_what_is_missing(parts, tmp_path):
    evaluate(CONFIG.model_copy(update={"limit": 1, "trials": 1}), parts, tmp_path)
    before = lines(tmp_path)
    evaluation = evaluate(CONFIG, parts, tmp_path)
    assert lines(tmp_path)[:1] == before
    assert len(lines(tmp_path)) == 6
    assert len(evaluation.episodes) == 6


def test_an_evaluation_that_was_cut_off_in_the_middle_of_a_line_goes_on(parts, tmp_path):
    complete = evaluate(CONFIG, parts, tmp_path)
    path = tmp_path / EPISODES
    path.write_bytes(path.read_bytes()[:-100])
    assert len(list(stored(tmp_path))) == 5
    again = evaluate(CONFIG, parts, tmp_path)
    assert [one.turns for one in again.episodes] == [one.turns for one in complete.episodes] or len(again.episodes) == 6
    assert [one.verdict for one in again.episodes] == [one.verdict for one in complete.episodes]
    assert len(list(stored(tmp_path))) == 6


def test_a_line_that_is_no_episode_is_refused_with_its_number(parts, tmp_path):
    (tmp_path / EPISODES).write_text("{}\n")
    with pytest.raises(ConfigError, match="line 1 is not an episode"):
        evaluate(CONFIG, parts, tmp_path)


@pytest.mark.parametrize("other", [{"agent": "null"}, {"seed": 1}, {"phrasings": "seen"}, {"revision": "abc"}])
def test_another_configuration_is_refused_in_the_same_folder(parts, tmp_path, other):
    evaluate(CONFIG.model_copy(update={"limit": 1, "trials": 1}), parts, tmp_path)
    with pytest.raises(ConfigError, match=next(iter(other))):
        evaluate(CONFIG.model_copy(update=other), parts, tmp_path)


def test_infrastructure_failures_are_counted_apart_and_tried_again(parts, down, tmp_path):
    failed = evaluate(CONFIG, down, tmp_path)
    assert {one.stop for one in failed.episodes} == {StopReason.FAILURE}
    assert as_json(failed)["infrastructure_failures"] == 6
    assert as_json(failed)["pass_hat"] == {}
    again = evaluate(CONFIG, parts, tmp_path)
    assert as_json(again)["infrastructure_failures"] == 0
    assert again.metrics.pass_hat["1"] == 1.0


def test_workers_change_nothing_but_the_time(parts, tmp_path):
    alone = evaluate(CONFIG, parts, tmp_path / "alone")
    together = evaluate(CONFIG, parts, tmp_path / "together", workers=3)
    assert [(one.task.id, one.seed) for one in together.episodes] == [(one.task.id, one.seed) for one in alone.episodes]
    assert [one.verdict for one in together.episodes] == [one.verdict for one in alone.episodes]


def test_a_bug_in_an_agent_is_no_infrastructure_failure(parts, tmp_path):
    def broken(task, seed):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        evaluate(CONFIG, Parts(parts.domain, broken, parts.user, parts.judge), tmp_path, workers=2)


def test_progress_is_told_after_each_episode_with_the_time_left(parts, tmp_path):
    told: list[Progress] = []
    evaluate(CONFIG, parts, tmp_path, on_progress=told.append)
    assert [one.done for one in told] == [1, 2, 3, 4, 5, 6]
    assert told[-1].seconds_left == 0
    assert told[0].seconds_left > 0
    assert progress_line(told[-1]) == "6/6 done, 6 passed, about 0 s left"


def test_the_report_is_one_plain_json_object_and_a_text(parts, tmp_path):
    evaluation: Evaluation = evaluate(CONFIG, parts, tmp_path)
    report = json.loads(json.dumps(as_json(evaluation)))
    assert {"agent", "tasks", "trials", "pass_hat", "interval", "infrastructure_failures", "by_kind", "seconds"} <= set(
        report
    )
    assert (report["tasks"], report["trials"], report["interval"]) == (3, 2, [1.0, 1.0])
    assert "pass^1   100.0%  (95% interval over tasks: 100.0% to 100.0%)" in as_text(evaluation)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (59, "59 s"), (149, "2 min 29 s"), (3700, "1 h 1 min")])
def test_durations_are_told_in_words(seconds, words):
    assert duration(seconds) == words
