"""A whole study in seconds: a tiny random model that is to say a letter, trained by every arm, stopped and moved."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from string import ascii_letters
from typing import Any

import pytest
import yaml

from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.agents.omni.serving.scheduler import ScheduledAgent, Scheduler
from tarl_app.cli import FAILED, main
from tarl_app.core.domain import Domain, FactWords
from tarl_app.core.errors import ConfigError, Diverged
from tarl_app.core.settings import settings
from tarl_app.core.types import Task, ToldFact
from tarl_app.evaluation.config import EvaluationConfig
from tarl_app.evaluation.evaluate import Parts as Measured
from tarl_app.judges.readable import ReadableJudge
from tarl_app.training import train
from tarl_app.training.configuration.config import TrainConfig, read_config
from tarl_app.training.rollouts.parts import Parts
from tarl_app.training.study.folder import StudyFolder
from tarl_app.training.study.plan import (
    ARMS,
    BASE,
    Condition,
    Job,
    StudyConfig,
    jobs,
    read_runs,
    require_equal,
)
from tarl_app.training.study.report import as_markdown, write
from tarl_app.training.study.results import StudyResult, results
from tarl_app.training.study.run import StudyStopped, run_study
from tarl_app.users.question import OneQuestionUser
from tests.training import tiny_parts

CONFIGS = Path(__file__).parents[2] / "configs"
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


def small() -> StudyConfig:
    runs = {arm: run_of(arm, 2) for arm in ("terminal", "shuffled")}
    return study(runs=runs, seeds=1, trials=1, limit=6)


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


def test_arms_may_be_left_to_others(tmp_path: Path) -> None:
    config, tools = small(), Tiny()
    place = StudyFolder(tmp_path)
    place.begin(config)
    run_study(config, place, tools, 8, lambda text: None, ("shuffled",))
    assert {what.split("-")[0] for what in tools.did} == {"shuffled", "measures shuffled"}


# --- what is asked ------------------------------------------------------------------------------------------------------


def test_the_run_files_are_comparable_and_one_base_replaces_that_of_all() -> None:
    runs = read_runs(CONFIGS)
    assert [*runs] == [arm for arm in ARMS if arm != BASE]
    assert {run.guard for run in runs.values()} == {"schema"}
    assert runs["shuffled"].shuffle_rewards
    assert runs["terminal"].scheme == "terminal"
    assert any(source.domain == "math" for source in runs["math"].sources)
    assert (runs["sft"].algorithm.name, runs["sft"].rollouts_by) == ("sft", "reference")
    moved = read_runs(CONFIGS, base="tiny-random", domain="airline", steps=2)
    assert {run.base for run in moved.values()} == {"tiny-random"}
    assert {run.steps for run in moved.values()} == {2}
    assert {source.domain for source in moved["math"].sources} == {"airline", "math"}
    alike = {arm: run.model_dump(exclude={"name", "scheme", "shuffle_rewards", "sources"}) for arm, run in runs.items()}
    assert alike["tarl"] == alike["terminal"] == alike["math"] == alike["shuffled"]


def test_the_quick_study_practises_what_its_base_passes_now_and_then() -> None:
    runs = read_runs(CONFIGS / "quick-study")
    assert [*runs] == [arm for arm in ARMS if arm != BASE]
    assert {source.kinds for run in runs.values() for source in run.sources if source.domain == "retail"} == {
        ("lookup", "cancel")
    }
    assert {run.guard for run in runs.values()} == {"policy"}
    alike = {arm: run.model_dump(exclude={"name", "scheme", "shuffle_rewards", "sources"}) for arm, run in runs.items()}
    assert alike["tarl"] == alike["terminal"] == alike["math"] == alike["shuffled"]


def test_arms_that_do_not_exist_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["study", "tarl", "--arms", "tarl,sarsa"])
    assert "choose from base, sft, terminal" in capfd.readouterr().err


@pytest.mark.parametrize("wrong", [{"groups": 5}, {"steps": 3}, {"guard": "policy"}, {"probe": 2, "replacements": 1}])
def test_arms_that_are_not_comparable_are_refused(wrong: dict[str, Any]) -> None:
    changed = TrainConfig.model_validate(run_of("terminal").model_dump() | wrong)
    with pytest.raises(ConfigError):
        require_equal({"tarl": run_of("tarl"), "terminal": changed})


def test_seeds_come_one_after_the_other_so_that_all_arms_are_compared_early() -> None:
    names = [job.name for job in jobs(study(seeds=3))]
    assert names[:6] == ["base", "sft-s0", "terminal-s0", "tarl-s0", "math-s0", "shuffled-s0"]
    assert names[6:9] == ["terminal-s1", "tarl-s1", "shuffled-s1"]
    assert len(names) == 12


def test_another_study_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.begin(small())
    with pytest.raises(ConfigError, match="another customer"):
        folder.begin(small().model_copy(update={"customer": "lifelike"}))
    (tmp_path / "study.json").write_text("[]")
    with pytest.raises(ConfigError, match="not the description"):
        folder.config()


def checkpoint(home: Path, name: str, tmp_path: Path) -> None:
    """An agent of one's own, under ``TARL_HOME``."""
    run = run_of("terminal", 1).model_copy(update={"name": "own"})
    Tiny().train(run, False, tmp_path / "runs", lambda step, row: None)
    shutil.copytree(tmp_path / "runs" / "own" / "checkpoints" / "step-000001", home / "checkpoints" / name)


def test_the_base_travels_with_the_study_and_another_one_of_its_name_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tarl_app.agents.omni.model.adapters import weights_digest
    from tarl_app.cli.training.study import Local  # noqa: F401 - the command must load

    checkpoint(home, "mine@1", tmp_path)
    digest = weights_digest(home / "checkpoints" / "mine@1")
    config = small().model_copy(update={"base": "mine@1", "base_digest": digest})
    StudyFolder(tmp_path / "study").begin(config)
    monkeypatch.setenv("TARL_HOME", str(tmp_path / "elsewhere"))
    settings.cache_clear()
    StudyFolder(tmp_path / "study").begin(config)
    assert weights_digest(tmp_path / "elsewhere" / "checkpoints" / "mine@1") == digest
    weights = next((tmp_path / "elsewhere" / "checkpoints" / "mine@1").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes() + b" ")
    with pytest.raises(ConfigError, match="began from another mine@1"):
        StudyFolder(tmp_path / "study").begin(config)
    settings.cache_clear()


@pytest.mark.parametrize("name", ["../../other", "a/../../b", "/etc", ".hidden"])
def test_a_copied_study_writes_nowhere_else(home: Path, tmp_path: Path, name: str) -> None:
    config = small().model_copy(update={"base": name})
    folder = tmp_path / "study"
    kept = folder / "base" / name
    if not name.startswith("/"):
        kept.mkdir(parents=True)
        (kept / "config.json").write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    StudyFolder(folder).begin(config)
    assert {*tmp_path.rglob("*")} - {*before} <= {folder, folder / "study.json"}


def test_the_command_says_what_it_would_do(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "tarl", "--dry-run", "--json", "--limit", "5", "--trials", "4", "--speech", "both"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert len(told["jobs"]) == 12
    assert told["rollouts"] == 11 * 10 * 48
    assert told["calls"] == 12 * 4 * 5 * 4
    assert not (home / "studies").exists()
    assert main(["study", "report", str(home)]) == FAILED
    assert main(["study", "tarl", "--configs", str(home)]) == FAILED


@pytest.mark.slow
def test_the_command_trains_measures_and_goes_on(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """On real tasks, which a random model never passes; run files as the shipped ones, but tiny."""
    configs = tmp_path / "configs"
    configs.mkdir()
    small = {"groups": 2, "group_size": 2, "max_agent_turns": 1, "max_new_tokens": 4, "adapter": {"rank": 2}, "steps": 1}
    for arm in SCHEMES:
        fields = read_config(CONFIGS / f"tarl-study-{arm}.yaml").model_dump(mode="json") | small | {"base": "tiny-random"}
        (configs / f"tarl-study-{arm}.yaml").write_text(yaml.safe_dump(fields))
    asked = ["study", "tarl", "--out", str(tmp_path / "out"), "--configs", str(configs), "--json", "--seeds", "1"]
    asked += ["--limit", "2", "--guard", "schema", "--workers", "2", "--max-agent-turns", "1"]
    assert main(asked) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["done"] == told["jobs"] == 6
    assert main(["study", "tarl", "--out", str(tmp_path / "out"), "--json", "--workers", "2"]) == 0  # nothing is left
    assert json.loads(capfd.readouterr().out) == told


def test_writing_names_every_file(whole: Whole) -> None:
    folder, result, _ = whole
    written = write(study(), StudyFolder(folder), result)
    assert {path.name for path in written} == {"report.md", "report.json", "passed-text-schema.svg", "training.svg"}
    assert Job("tarl", 0).name in (folder / "times.jsonl").read_text()
