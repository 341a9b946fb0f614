"""A whole study: trained by every arm, stopped, moved and shared by processes."""

import json
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tarl_app.cli import main
from tarl_app.core.errors import Diverged
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.study.folder import StudyFolder
from tarl_app.training.study.plan import (
    ARMS,
    BASE,
    Job,
)
from tarl_app.training.study.report import as_markdown, write
from tarl_app.training.study.results import StudyResult, results
from tarl_app.training.study.run import StudyStopped, run_study
from tests.training.tiny_study import SCHEMES, STEPS, Tiny, Whole, done, small, study


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder, told = tmp_path_factory.mktemp("studies") / "whole", list[str]()
    return folder, done(folder, study(), Tiny(), told), told


def test_every_arm_is_trained_and_measured_and_what_rewards_teach_is_learned(
    whole: Whole,
) -> None:
    _, result, told = whole
    passed = {one.arm: one for one in result.arms}
    assert [*passed] == [*ARMS]
    assert result.done == result.jobs == 9
    assert {arm: one.seeds for arm, one in passed.items()} == {
        "base": 1,
        "sft": 1,
        "terminal": 2,
        "tarl": 2,
        "math": 1,
        "shuffled": 2,
    }
    for arm, least in (("terminal", 0.2), ("tarl", 0.2), ("sft", 0.1)):
        assert passed[arm].passed > passed[BASE].passed + least, arm
    met = {check.name.split(":")[0]: check.met for check in result.checks}
    (sft,) = [one for one in result.practice if one.arm == "sft"]
    assert sft.kl is not None
    assert sft.kl > 0.01
    assert abs(sft.curves["success"][-1] - sft.curves["success"][0]) < 0.25  # its rollouts are the base's, to the end
    assert met["TARL over its base"]
    assert "finished" in told[-1]
    assert any("h so far, about" in line for line in told)


def test_the_control_with_shuffled_rewards_does_not_learn(whole: Whole) -> None:
    _, result, _ = whole
    passed = {one.arm: one.passed for one in result.arms}
    assert passed["shuffled"] < passed[BASE] + 0.1
    (control,) = [check for check in result.checks if "shuffled" in check.name]
    assert control.met
    (over,) = [one for one in result.gains["text-schema"] if (one.of, one.over) == ("tarl", BASE)]
    assert over.seeds == 2
    assert over.p_value < 0.001
    assert over.over_seeds is not None


def test_arms_play_as_many_rollouts(whole: Whole) -> None:
    _, result, _ = whole
    assert {one.arm: one.rollouts for one in result.practice} == dict.fromkeys(SCHEMES, STEPS * 32)
    assert [check.met for check in result.checks if "as many rollouts" in check.name] == [True]


def test_its_files_travel(whole: Whole) -> None:
    folder, _, _ = whole
    assert StudyFolder(folder).too_large() == []
    for path in (one for one in folder.rglob("*") if one.is_file()):
        assert str(folder.parent).encode() not in path.read_bytes(), path
    assert not [*folder.glob("runs/*/state")]  # of finished runs


def test_the_report_has_what_was_asked_for(whole: Whole, capfd: pytest.CaptureFixture[str]) -> None:
    folder, result, _ = whole
    assert main(["study", "report", str(folder)]) == 0
    printed = capfd.readouterr().out
    for words in ("tarl over terminal", "By kind", "entropy", "KL", "AUC", "control", "hours", "![pass^1 of the arms]"):
        assert words in printed
    assert main(["study", "report", str(folder), "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == result.model_dump(mode="json")
    for name in ("passed-text-schema.svg", "training.svg"):
        drawn = (folder / name).read_text()
        assert drawn.startswith("<svg")
        assert all(arm in drawn for arm in SCHEMES)


def figures(result: StudyResult) -> dict[str, Any]:
    """The result without what the clock says."""
    plain = result.model_dump(mode="json", exclude={"hours"})
    for one in plain["practice"]:
        one.pop("hours")
    return plain


@pytest.mark.parametrize("where", ["terminal-s0 step 1", "measures terminal-s0@2 trial 0"])
def test_a_study_that_was_stopped_goes_on_elsewhere_as_if_it_had_not_been(tmp_path: Path, where: str) -> None:
    config = small()
    expected = done(tmp_path / "whole", config, Tiny())

    def stop(what: str) -> None:
        if what == where:
            os.kill(os.getpid(), signal.SIGINT)

    tools = Tiny(stop)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever other tests of this process have left
    try:
        with pytest.raises(KeyboardInterrupt) as stopped:
            done(tmp_path / "here", config, tools)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (stopped.type is StudyStopped) == where.startswith("terminal-s0 step")
    assert tools.did[-1] == where
    begun = results(config, StudyFolder(tmp_path / "here"))
    assert begun.done == 1
    assert "not complete" in as_markdown(config, begun)
    shutil.move(tmp_path / "here", tmp_path / "there")
    again = Tiny()
    found = done(tmp_path / "there", config, again)
    assert "measures tiny-random trial 0" not in again.did  # what was done is not done again
    assert "terminal-s0 step 1" not in again.did
    assert figures(found) == figures(expected)


def test_a_finished_study_does_nothing_more_and_may_be_asked_for_more(tmp_path: Path) -> None:
    config = small()
    done(tmp_path, config, Tiny())
    idle = Tiny()
    done(tmp_path, config, idle)
    assert idle.did == []
    more = Tiny()
    done(tmp_path, config.model_copy(update={"seeds": 2}), more)
    assert [what for what in more.did if "measures" in what] == [
        "measures terminal-s1@2 trial 0",
        "measures shuffled-s1@2 trial 0",
    ]


def test_a_run_that_diverges_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    class Diverging(Tiny):
        def train(self, config: TrainConfig, *rest: Any) -> None:
            if config.name == "terminal-s0":
                raise Diverged("The loss is not a number.")
            super().train(config, *rest)

    told: list[str] = []
    found = done(tmp_path, small(), Diverging(), told)
    assert any("terminal-s0 is left out: The loss is not a number." in line for line in told)
    assert [one.arm for one in found.arms] == [BASE, "shuffled"]
    assert found.done == 2


def test_two_processes_share_a_study_and_neither_does_what_the_other_is_at(tmp_path: Path) -> None:
    config, inner, told = small(), Tiny(), list[str]()

    def second(what: str) -> None:
        if what == "terminal-s0 step 1":  # in the middle of which the study is started again
            run_study(config, StudyFolder(tmp_path), inner, 8, told.append)

    outer = Tiny(second)
    assert done(tmp_path, config, outer).done == 3
    assert [what for what in inner.did if "measures" in what] == ["measures shuffled-s0@2 trial 0"]
    assert [what for what in outer.did if "measures" in what] == [
        "measures tiny-random trial 0",
        "measures terminal-s0@2 trial 0",
    ]
    assert "others are at work on terminal-s0" in told[-1]


def test_a_study_is_begun_by_one_process_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    with ThreadPoolExecutor() as pool, FileLock(tmp_path / "locks" / "begin"):
        begun = pool.submit(StudyFolder(tmp_path).begin, small())
        with pytest.raises(TimeoutError):
            begun.result(0.5)
        assert not (tmp_path / "study.json").exists()
    assert begun.result(30) == small()


def test_arms_may_be_left_to_others(tmp_path: Path) -> None:
    config, tools = small(), Tiny()
    place = StudyFolder(tmp_path)
    place.begin(config)
    run_study(config, place, tools, 8, lambda text: None, ("shuffled",))
    assert {what.split("-")[0] for what in tools.did} == {"shuffled", "measures shuffled"}


def test_writing_names_every_file(whole: Whole) -> None:
    folder, result, _ = whole
    written = write(study(), StudyFolder(folder), result)
    assert {path.name for path in written} == {"report.md", "report.json", "passed-text-schema.svg", "training.svg"}
    assert Job("tarl", 0).name in (folder / "times.jsonl").read_text()
