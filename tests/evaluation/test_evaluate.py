import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from tarl_app import wiring
from tarl_app.core.errors import AgentError, ConfigError, UserFault
from tarl_app.core.types import AgentTurn, StopReason, Turn
from tarl_app.evaluation.controls import stored_controls
from tarl_app.evaluation.evaluate import Evaluation, EvaluationConfig, Parts, Progress, episode_id, evaluate, folder_name
from tarl_app.evaluation.folder import CONFIG as CONFIG_FILE
from tarl_app.evaluation.folder import EPISODES, STATUS, held, read_json, stored
from tarl_app.evaluation.report import CONTROLS, as_json, as_text, duration, progress_line, write_reports
from tarl_app.evaluation.selections import select
from tarl_app.sandbox.faults import Faults
from tarl_app.speech.channel import channel

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
    assert path.read_bytes().endswith(b"}\n")


def test_a_line_that_is_no_episode_is_refused_with_its_number(parts, tmp_path):
    (tmp_path / EPISODES).write_text("{}\n")
    with pytest.raises(ConfigError, match="line 1 is not an episode"):
        evaluate(CONFIG, parts, tmp_path)


@pytest.mark.parametrize("other", [{"agent": "null"}, {"seed": 1}, {"phrasings": "seen"}, {"revision": "abc"}])
def test_another_configuration_is_refused_in_the_same_folder(parts, tmp_path, other):
    evaluate(CONFIG.model_copy(update={"limit": 1, "trials": 1}), parts, tmp_path)
    with pytest.raises(ConfigError, match=next(iter(other))):
        evaluate(CONFIG.model_copy(update=other), parts, tmp_path)


@pytest.mark.parametrize(("split", "wordings"), [("train", "seen"), ("dev", "held_out"), ("test", "test")])
def test_the_customers_of_a_split_have_its_own_wordings_where_no_others_are_named(split, wordings):
    assert EvaluationConfig(agent="null", split=split).phrasings == wordings
    assert EvaluationConfig(agent="null", split=split, phrasings=None).phrasings == wordings  # pyright: ignore
    assert EvaluationConfig(agent="null", phrasings=split).phrasings == wordings  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("odd", [[], {}, None, 7, ["test"]])
def test_a_configuration_with_any_value_for_split_or_wordings_is_refused_as_invalid(odd):
    for field in ("split", "phrasings"):
        if (field, odd) != ("phrasings", None):
            with pytest.raises(ValidationError):
                EvaluationConfig.model_validate({"agent": "null", field: odd})


def test_what_was_measured_before_test_had_its_own_wordings_stays_what_it_is():
    older = EvaluationConfig(agent="null", split="test", phrasings="held_out")
    assert EvaluationConfig.model_validate_json(older.model_dump_json()) == older
    assert "held-out" in folder_name(older)
    assert folder_name(older) != folder_name(EvaluationConfig(agent="null", split="test"))


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
    paid = replace(told[0], cost_usd=0.25, seconds_left=149, user_faults=1, failures=2)
    assert progress_line(paid) == (
        "1/6 done, 1 passed, 2 failed for infrastructure reasons, 1 spoiled by the simulated user, $0.25 so far, "
        "about 2 min 29 s left"
    )


def test_an_episode_has_the_same_id_in_every_run_and_another_one_for_another_measurement(parts, tmp_path):
    one = EvaluationConfig(agent="scripted", limit=1)
    first = evaluate(one, parts, tmp_path / "first").episodes[0].id
    assert evaluate(one, parts, tmp_path / "second").episodes[0].id == first
    task = parts.domain.tasks("dev")[0]
    assert episode_id(one.model_copy(update={"revision": "x"}), task, 0) != first
    assert episode_id(one.model_copy(update={"trials": 5}), task, 0) == first


class Interrupting:
    """A user that is well until the third episode, in which somebody presses Ctrl-C."""

    def __init__(self, parts: Parts) -> None:
        self.parts, self.begun = parts, 0

    def __call__(self, task, seed):
        self.begun += 1
        if self.begun == 3:
            raise KeyboardInterrupt
        return self.parts.user(task, seed)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_evaluation_keeps_what_is_finished_and_the_same_command_completes_it(parts, tmp_path, workers):
    undisturbed = evaluate(CONFIG, parts, tmp_path / "undisturbed")
    with pytest.raises(KeyboardInterrupt):
        evaluate(CONFIG, replace(parts, user=Interrupting(parts)), tmp_path / "cut", workers)
    kept = list(stored(tmp_path / "cut"))
    assert 1 <= len(kept) < 6
    assert read_json(tmp_path / "cut" / STATUS)["state"] == "stopped"
    assert {name: len(played) for name, played in stored_controls(tmp_path / "cut").items()} == {"null": 3, "gold": 3}
    again = evaluate(CONFIG, parts, tmp_path / "cut", workers)
    assert all(episode in again.episodes for episode in kept)
    assert len(lines(tmp_path / "cut")) == 6
    assert read_json(tmp_path / "cut" / STATUS)["state"] == "finished"
    assert without_times(as_json(again)) == without_times(as_json(undisturbed))


def without_times(report: dict) -> dict:
    return {name: value for name, value in report.items() if name not in {"seconds", "folder", "latency"}}


def test_a_folder_is_worked_on_by_one_at_a_time(parts, tmp_path):
    with held(tmp_path), pytest.raises(ConfigError, match="Another process is already working"):
        evaluate(CONFIG, parts, tmp_path)


def test_reading_a_folder_leaves_a_line_that_is_being_written_alone(parts, tmp_path):
    evaluate(CONFIG.model_copy(update={"limit": 1, "trials": 1}), parts, tmp_path)
    path = tmp_path / EPISODES
    path.write_bytes(path.read_bytes() + b'{"id": "half')
    assert len(list(stored(tmp_path))) == 1
    assert path.read_bytes().endswith(b"half")


def test_a_user_fault_is_counted_apart_and_not_tried_again(parts, tmp_path):
    class OutOfPart:
        name = "out of part"

        def speak(self, turns):
            raise UserFault("invented an order")

    spoiled = evaluate(CONFIG, replace(parts, user=lambda task, seed: OutOfPart()), tmp_path)
    assert as_json(spoiled)["user_faults"] == 6
    assert (as_json(spoiled)["infrastructure_failures"], as_json(spoiled)["pass_hat"]) == (0, {})
    assert as_json(evaluate(CONFIG, parts, tmp_path))["user_faults"] == 6


def test_the_null_agent_passes_nothing_and_the_gold_agent_everything(parts, tmp_path):
    evaluation = evaluate(CONFIG, parts, tmp_path)
    assert as_json(evaluation)["controls"] == {"null": {"pass_hat": {"1": 0.0}}, "gold": {"pass_hat": {"1": 1.0}}}
    assert stored_controls(tmp_path) == evaluation.controls
    more = evaluate(CONFIG.model_copy(update={"limit": 4}), parts, tmp_path)
    assert more.controls["gold"][:3] == evaluation.controls["gold"]
    assert len(more.controls["gold"]) == 4


def test_an_older_folder_without_newer_settings_is_continued(parts, tmp_path):
    one = CONFIG.model_copy(update={"limit": 1, "trials": 1})
    evaluate(one, parts, tmp_path)
    config = {name: value for name, value in one.measured.items() if name not in {"judge", "user"}}
    (tmp_path / CONFIG_FILE).write_text(json.dumps(config))
    assert len(evaluate(one, parts, tmp_path).episodes) == 1


@pytest.mark.parametrize("name", ["clean", "noise10", "noise-3", "phone", "loss5", "phone+noise15+loss2.5"])
def test_a_channel_is_a_chain_of_known_parts(name):
    assert EvaluationConfig(agent="null", channel=name).channel == name
    channel(name)


@pytest.mark.parametrize("name", ["", "tunnel", "noise", "phone+", "loss101"])
def test_an_unknown_channel_is_refused_before_anything_runs(name):
    with pytest.raises(ValueError, match="channel"):
        EvaluationConfig(agent="null", channel=name)


def test_the_reports_are_written_as_json_csv_and_markdown_and_each_number_names_its_episodes(parts, tmp_path):
    evaluation = evaluate(CONFIG, parts, tmp_path)
    paths = {path.suffix: path for path in write_reports(evaluation)}
    report = json.loads(paths[".json"].read_text())
    rows = list(csv.DictReader(paths[".csv"].read_text().splitlines()))
    ids = {episode.id for episode in evaluation.episodes}
    assert {row["agent"] for row in rows} == {"scripted", *CONTROLS.values()}
    for row in rows:
        assert set(report["selections"][row["episodes"]]) <= ids
    success = next(row for row in rows if row["name"] == "pass^2")
    assert (float(success["value"]), success["of"]) == (1.0, "3")
    assert {one["id"] for one in report["all_episodes"]} == set(report["selections"]["all"]) == ids
    markdown = paths[".md"].read_text()
    assert "| pass^1 | 100.0% | 43.9% to 100.0% | 3 | `counted` |" in markdown
    assert "| null agent (does nothing) | 0.0% |" in markdown


def test_the_report_is_one_plain_json_object_and_a_text(parts, tmp_path):
    evaluation: Evaluation = evaluate(CONFIG, parts, tmp_path)
    report = json.loads(json.dumps(as_json(evaluation)))
    assert {"agent", "tasks", "trials", "pass_hat", "interval", "infrastructure_failures", "by_kind", "seconds"} <= set(
        report
    )
    assert (report["tasks"], report["trials"], report["interval"]) == (3, 2, [0.4385, 1.0])
    words = " ".join(as_text(evaluation).split())
    assert "pass^1 100.0% (95% interval over tasks: 43.9% to 100.0%)" in words
    assert "null agent (does nothing) 0.0%" in words


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (59, "59 s"), (149, "2 min 29 s"), (3700, "1 h 1 min")])
def test_durations_are_told_in_words(seconds, words):
    assert duration(seconds) == words


def test_a_guard_is_another_measurement_and_stands_beside_the_agent_in_the_report(parts, tmp_path):
    held_by = EvaluationConfig(agent="scripted", limit=1, guard="policy")
    plain = EvaluationConfig(agent="scripted", limit=1)
    task = parts.domain.tasks("dev")[0]
    assert episode_id(held_by, task, 0) != episode_id(plain, task, 0)
    assert "guard" not in plain.identity  # ids from before there was a choice stay good
    assert "guard-policy" in folder_name(held_by)
    done = evaluate(held_by, replace(parts, guard="policy"), tmp_path / "held")
    assert [one.guard for one in done.episodes] == ["policy"]
    assert as_json(done)["guard"] == "policy"
    assert "scripted (guard: policy)" in as_text(done)
    with pytest.raises(ConfigError, match="guard"):
        evaluate(plain, parts, tmp_path / "held")


# --- faults on purpose ------------------------------------------------------------------------------------------------

FAULTY = CONFIG.model_copy(update={"faults": Faults(fail=0.3, nonsense=0.2), "trials": 1})


def test_a_configuration_without_faults_has_the_id_and_the_folder_that_it_had_before_there_were_any(parts):
    task = parts.domain.tasks("dev")[0]
    assert "faults" not in CONFIG.identity
    assert episode_id(CONFIG, task, 0) != episode_id(FAULTY, task, 0)
    assert folder_name(CONFIG) in folder_name(FAULTY)
    assert "faults-fail" in folder_name(FAULTY)


def test_a_folder_of_before_goes_on_without_faults_and_not_with_them(parts, tmp_path):
    evaluate(CONFIG.model_copy(update={"limit": 1, "trials": 1}), parts, tmp_path)
    stored_config = {name: value for name, value in read_json(tmp_path / CONFIG_FILE).items() if name != "faults"}
    (tmp_path / CONFIG_FILE).write_text(json.dumps(stored_config))
    evaluate(CONFIG.model_copy(update={"limit": 1, "trials": 1}), parts, tmp_path)
    with pytest.raises(ConfigError, match="faults"):
        evaluate(FAULTY, parts, tmp_path)


def test_the_report_gives_the_rates_and_the_success_with_and_without_a_fault(parts, tmp_path):
    evaluation = evaluate(FAULTY, parts, tmp_path)
    report = as_json(evaluation)
    calls = [result for one in evaluation.episodes for _, result in one.calls]
    hit = [one for one in evaluation.episodes if any(result.fault for _, result in one.calls)]
    assert report["faults"] == "fail=0.3,nonsense=0.2"
    assert report["faults_met"]["episodes"] == len(hit) > 0
    assert sum(report["faults_met"]["met"].values()) == sum(result.fault is not None for result in calls)
    assert report["faults_met"]["passed_with"] == sum(one.verdict is not None and one.verdict.passed for one in hit) / len(
        hit
    )
    assert [one.id for one in select(evaluation.episodes, "fault")] == [one.id for one in hit]
    assert report["tool_errors"] == sum(result.is_error and not result.fault for result in calls)
    assert "faults fail=0.3,nonsense=0.2" in as_text(evaluation)
    assert "Passed, with a fault" in as_text(evaluation)
    assert as_json(evaluate(CONFIG, parts, tmp_path / "none"))["faults_met"] is None
