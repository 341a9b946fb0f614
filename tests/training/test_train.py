"""Whole runs on a random model: what they write, and that a stop or a kill changes nothing of what follows."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from string import ascii_letters
from typing import Any, get_args

import pytest
import torch

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.core.domain import Domain, Split
from tarl_app.core.errors import ConfigError, SpeechError
from tarl_app.core.fact_words import FactWords
from tarl_app.core.protocols import UserSimulator
from tarl_app.core.settings import settings
from tarl_app.core.sound.audio import locate
from tarl_app.core.types import Episode, Judgement, Task, ToldFact, UserTurn
from tarl_app.evaluation.reward import succeeded
from tarl_app.jobs import run_record
from tarl_app.judges.readable import ReadableJudge
from tarl_app.training.algorithms.ppo import PpoConfig
from tarl_app.training.configuration.config import Source, TrainConfig
from tarl_app.training.rewards import Scheme, arithmetic
from tarl_app.training.rollouts.parts import Parts
from tarl_app.training.train import PartsOf, main
from tests.training import tiny_parts
from tests.training.tiny_parts import FirstIsWrong

TIMES = {"seconds", "rollout_seconds", "tokens_per_second"}


def usual(folder: Path) -> PartsOf:
    return lambda config, hears: tiny_parts.parts(folder)


def written(**changes: Any) -> TrainConfig:
    return tiny_parts.config(**{"sources": (tiny_parts.WRITTEN,), "replacements": 0, **changes})


def rows(folder: Path) -> list[dict[str, Any]]:
    """The metrics without what the clock says."""
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [{name: value for name, value in json.loads(line).items() if name not in TIMES} for line in lines]


def status(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "status.json").read_text())


def test_a_run_writes_what_the_page_reads(tmp_path: Path) -> None:
    config = written(steps=2, checkpoint_every=1)
    main(config, parts_of=usual(tmp_path), runs=tmp_path)
    folder = tmp_path / "tiny"
    assert {**status(folder), "updated": ""} == {"state": "finished", "step": 2, "steps": 2, "message": "", "updated": ""}
    metrics = run_record.metrics(folder)
    assert [row["step"] for row in metrics] == [1, 2]
    told = {"seconds", "loss", "reward", "reward_std", "success", "process", "minus_one_rate", "pass/tones", "kl", "entropy"}
    told |= {"response_tokens", "turns", "clip_fraction", "grad_norm", "learning_rate", "tokens_per_second", "groups_equal"}
    assert told | {"failures", "self_corrections", "unique_tool_sequences"} <= metrics[0].keys()
    assert metrics[0]["grad_norm"] > 0
    assert metrics[1]["kl"] > metrics[0]["kl"] == pytest.approx(0, abs=1e-6)
    samples = run_record.samples(folder)
    assert {sample.step for sample in samples} == {1, 2}
    assert all(sample.explained for sample in samples)
    assert [one.step for one in run_record.checkpoints(folder)] == [1, 2]
    facts = json.loads((folder / "provenance.json").read_text())
    assert facts["seed"] == 0
    assert facts["libraries"]["torch"] == version("torch")
    assert facts["sources_digest"]
    assert facts["root"] == {"name": "tiny-random"}
    assert run_record.read_config(folder)["name"] == "tiny"
    assert not [path for path in folder.rglob("*") if path.suffix in {".pt", ".pkl", ".bin"} or ".writing" in path.name]


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_a_sample_is_explained_by_the_scheme_that_priced_it(tmp_path: Path, scheme: Scheme) -> None:
    main(written(steps=1, scheme=scheme, samples=8), parts_of=usual(tmp_path), runs=tmp_path)
    samples = run_record.samples(tmp_path / "tiny")
    assert len(samples) == 8
    for sample in samples:
        assert sample.explained == arithmetic(sample.episode, scheme)
        total = sample.explained.partition(" = ")[2].partition(";")[0]
        assert float(total.replace("−", "-")) == pytest.approx(sample.reward, abs=0.05)


def test_what_was_said_in_a_sample_is_heard_where_the_run_is_copied_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(home: Path) -> Path:
        monkeypatch.setenv("TARL_HOME", str(home))
        settings.cache_clear()
        return settings().audio

    sounds = at(tmp_path / "here")
    spoken = tiny_parts.config(steps=1, sources=(tiny_parts.SPOKEN,), replacements=0)
    main(spoken, parts_of=lambda *_: tiny_parts.parts(sounds), runs=tmp_path)
    refs = {ref for sample in run_record.samples(tmp_path / "tiny") for ref in sample.episode.sounds}
    assert refs
    assert {path.name for path in (tmp_path / "tiny" / "audio").rglob("*.*")} == {Path(ref.path).name for ref in refs}
    (tmp_path / "tiny").rename(tmp_path / "copied")
    shutil.rmtree(tmp_path / "here")
    at(tmp_path / "there")
    with pytest.raises(SpeechError):
        locate(next(iter(refs)))
    run_record.samples(tmp_path / "copied")
    assert all(locate(ref).read_bytes() == locate(ref, tmp_path / "copied" / "audio").read_bytes() for ref in refs)
    settings.cache_clear()


def test_interventions_are_counted(tmp_path: Path) -> None:
    for intervene in (True, False):
        made = written(name=f"run-{intervene}", steps=1, intervene=intervene)
        main(made, parts_of=lambda *_: tiny_parts.parts(tmp_path, FirstIsWrong), runs=tmp_path)
    (row,) = rows(tmp_path / "run-True")
    assert row["interventions"] == row["rollouts"] == 8
    assert "interventions" not in rows(tmp_path / "run-False")[0]


def test_a_checkpoint_of_a_run_is_an_agent_at_once(tmp_path: Path) -> None:
    main(written(steps=1), parts_of=usual(tmp_path), runs=tmp_path)
    (checkpoint,) = run_record.checkpoints(tmp_path / "tiny")
    loaded = load_checkpoint(checkpoint.folder, torch.float32)
    assert loaded.config.name == "tiny@1"
    assert OmniAgent(loaded, tiny_parts.TONES).reply([UserTurn(text="low")]).timing is not None


def test_the_same_configuration_gives_the_same_run_and_another_seed_another(tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 0), ("three", 1)):
        main(written(name=name, seed=seed, steps=2), parts_of=usual(tmp_path), runs=tmp_path)
    assert rows(tmp_path / "one") == rows(tmp_path / "two") != rows(tmp_path / "three")


class Stopping:
    """Parts whose users send this process SIGTERM when the n-th of them is made: in the middle of a step."""

    def __init__(self, folder: Path, at: int) -> None:
        self.usual, self.at, self.made = tiny_parts.parts(folder), at, 0

    def __call__(self, config: TrainConfig, hears: bool) -> Parts:
        return replace(self.usual, user=self.user)

    def user(self, source: Source, task: Task, seed: int) -> UserSimulator:
        self.made += 1
        if self.made == self.at:
            os.kill(os.getpid(), signal.SIGTERM)
        return self.usual.user(source, task, seed)


@pytest.mark.parametrize("algorithm", [{"name": "grpo"}, {"name": "ppo"}])
def test_after_a_stop_and_a_resume_everything_is_as_without_them(tmp_path: Path, algorithm: dict[str, Any]) -> None:
    main(written(name="whole", algorithm=algorithm), parts_of=usual(tmp_path), runs=tmp_path)
    stopped = written(name="stopped", algorithm=algorithm)
    main(stopped, parts_of=Stopping(tmp_path, at=12), runs=tmp_path)  # 8 rollouts a step: in the second one
    folder = tmp_path / "stopped"
    assert (status(folder)["state"], status(folder)["step"]) == ("stopped", 1)
    assert [one.step for one in run_record.checkpoints(folder)] == [1]
    assert len(rows(folder)) == 1
    main(stopped, resume=True, parts_of=usual(tmp_path), runs=tmp_path)
    assert rows(folder) == rows(tmp_path / "whole")
    assert status(folder)["state"] == "finished"
    assert len(json.loads((folder / "provenance.json").read_text())["resumed"]) == 1


def test_a_run_goes_on_though_what_its_lora_started_from_is_gone(tmp_path: Path) -> None:
    main(written(name="earlier", steps=1), parts_of=usual(tmp_path), runs=tmp_path)
    start = str(run_record.checkpoints(tmp_path / "earlier")[0].folder)
    form = tiny_parts.config().adapter.model_copy(update={"start": start})
    main(written(name="whole", adapter=form, steps=2), parts_of=usual(tmp_path), runs=tmp_path)
    stopped = written(name="stopped", adapter=form, steps=2)
    main(stopped, parts_of=Stopping(tmp_path, at=12), runs=tmp_path)
    shutil.rmtree(tmp_path / "earlier")
    main(stopped, resume=True, parts_of=usual(tmp_path), runs=tmp_path)
    assert rows(tmp_path / "stopped") == rows(tmp_path / "whole")


def test_a_run_that_is_there_is_not_begun_again(tmp_path: Path) -> None:
    main(written(steps=1), parts_of=usual(tmp_path), runs=tmp_path)
    with pytest.raises(ConfigError, match="resume it"):
        main(written(steps=1), parts_of=usual(tmp_path), runs=tmp_path)
    assert status(tmp_path / "tiny")["state"] == "finished"


def test_a_run_that_cannot_begin_says_why(tmp_path: Path) -> None:
    config = written(sources=(tiny_parts.WRITTEN.model_copy(update={"kinds": ("unknown",)}),))
    with pytest.raises(ConfigError, match="no tasks"):
        main(config, parts_of=usual(tmp_path), runs=tmp_path)
    assert status(tmp_path / "tiny")["state"] == "failed"
    assert "no tasks" in status(tmp_path / "tiny")["message"]
    with pytest.raises(ConfigError, match="pip install trackio"):
        main(written(name="tracked", trackers=("trackio",)), parts_of=usual(tmp_path), runs=tmp_path)


class Indifferent(ReadableJudge):
    """Always content: no group has anything to teach."""

    def __init__(self, domain: Domain) -> None:
        super().__init__(domain)

    def judge(self, episode: Episode) -> Judgement:
        scores = tuple(one.model_copy(update={"score": 1}) for one in super().judge(episode).scores)
        return Judgement(judge=self.name, scores=scores)


def test_groups_with_equal_rewards_are_replaced_counted_and_not_learned_from(tmp_path: Path) -> None:
    def parts(config: TrainConfig, hears: bool) -> Parts:
        return tiny_parts.parts(tmp_path, Indifferent)

    main(written(steps=1, replacements=2), parts_of=parts, runs=tmp_path)
    (row,) = rows(tmp_path / "tiny")
    assert row["groups_equal"] == 6  # two, and their replacements twice
    assert row["rollouts"] == 24
    assert row["loss"] == 0.0
    assert "grad_norm" not in row


def telling(folder: Path) -> PartsOf:
    """Who answers "low" with any letter that stands alone, which a random model does now and then, has told the fact;
    whoever is asked "high" never has.
    """
    facts = {
        "low": ToldFact(label="letter", kind="text", value="some letter"),
        "high": ToldFact(label="id", kind="id", value="#W1"),
    }
    words = FactWords(synonyms={"some letter": tuple(ascii_letters)})

    def tasks(split: Split) -> tuple[Task, ...]:
        return tuple(one.model_copy(update={"must_tell": (facts[one.kind],)}) for one in tiny_parts.TONES.tasks(split))

    domain = replace(tiny_parts.TONES, tasks=tasks, fact_words=words)
    return lambda config, hears: replace(tiny_parts.parts(folder), domain=lambda name: domain)


def test_only_groups_of_which_some_passed_are_played_to_their_end(tmp_path: Path) -> None:
    config = written(steps=1, groups=8, group_size=6, probe=2, replacements=1, medium_difficulty=False, samples=100)
    main(config, parts_of=telling(tmp_path), runs=tmp_path)
    (row,) = rows(tmp_path / "tiny")
    groups: dict[str, list[Episode]] = {}
    for line in (tmp_path / "tiny" / "samples.jsonl").read_text().splitlines():
        episode = Episode.model_validate(json.loads(line)["episode"])
        groups.setdefault(episode.id.rpartition("-")[0], []).append(episode)
    sizes = Counter(len(group) for group in groups.values())
    assert set(sizes) == {2, 6}
    assert sizes[2] == row["groups_equal"]
    at_first = [group for name, group in groups.items() if name.rpartition("-")[0].endswith("-0")]
    assert len(at_first) == 8
    assert len(groups) - 8 == sum(len(group) == 2 for group in at_first)  # replaced once
    whole = [group for group in groups.values() if len(group) == 6]
    assert all({succeeded(one) for one in group} == {True, False} for group in whole)
    assert all(group[0].task.kind == "low" for group in whole)
    assert row["rollouts"] == sum(map(len, groups.values()))
    assert 0 < row["gradient_share"] <= 6 * len(whole) / row["rollouts"]


def test_a_probe_is_a_part_of_a_group_that_is_replaced() -> None:
    for wrong in ({"probe": 1}, {"probe": 4}, {"probe": 2, "dynamic_sampling": False}):
        with pytest.raises(ValueError, match="probe"):
            written(group_size=4, **wrong)


REPLAYING = {"sources": (tiny_parts.WRITTEN,), "replay": {"share": 1.0}, "steps": 3}


def test_passed_rollouts_come_again_and_a_resumed_run_has_them_still(tmp_path: Path) -> None:
    whole = written(name="whole", **REPLAYING)
    main(whole, parts_of=telling(tmp_path), runs=tmp_path)
    stored = json.loads(next((tmp_path / "whole" / "state").glob("step-000003/*.json")).read_text())["replay"]
    assert {one["kind"] for one in stored} == {"tones/low"}
    stopped = Stopping(tmp_path, at=20)
    stopped.usual = telling(tmp_path)(whole, True)
    main(written(name="stopped", **REPLAYING), parts_of=stopped, runs=tmp_path)
    assert status(tmp_path / "stopped")["step"] == 2
    main(written(name="stopped", **REPLAYING), resume=True, parts_of=telling(tmp_path), runs=tmp_path)
    assert rows(tmp_path / "stopped") == rows(tmp_path / "whole")
    without = REPLAYING | {"replay": {"share": 0.0}}
    main(written(name="without", **without), parts_of=telling(tmp_path), runs=tmp_path)
    assert rows(tmp_path / "without")[-1] != rows(tmp_path / "whole")[-1]


def test_the_control_replays_any_rollouts_as_many_as_passed(tmp_path: Path) -> None:
    for shuffle in (False, True):
        config = written(name=f"run-{shuffle}", shuffle_rewards=shuffle, groups=8, medium_difficulty=False, **REPLAYING)
        main(config, parts_of=telling(tmp_path), runs=tmp_path)
    true, chance = (
        [
            one["kind"]
            for one in json.loads(next((tmp_path / name / "state").glob("step-000003/*.json")).read_text())["replay"]
        ]
        for name in ("run-False", "run-True")
    )
    assert set(true) == {"tones/low"}
    assert "tones/high" in chance  # which nobody ever passed


SFT = {"algorithm": {"name": "sft"}, "scheme": "terminal", "dynamic_sampling": False}


def test_rollouts_by_the_reference_are_the_bases_however_far_the_policy_has_moved(tmp_path: Path) -> None:
    def rewards(name: str, rate: float, by: str) -> list[float]:
        config = written(name=name, learning_rate=rate, rollouts_by=by, groups=6, **SFT)
        main(config, parts_of=telling(tmp_path), runs=tmp_path)
        return [row["reward"] for row in rows(tmp_path / name)]

    assert rewards("far", 0.3, "reference") == rewards("near", 1e-9, "reference") == rewards("still", 1e-9, "policy")
    assert rewards("moving", 0.3, "policy") != rewards("far-2", 0.3, "reference")
    assert rows(tmp_path / "far")[-1]["kl"] > 0.01 > rows(tmp_path / "near")[-1]["kl"]


@pytest.mark.parametrize(
    "wrong",
    [
        SFT | {"scheme": "tarl"},
        SFT | {"dynamic_sampling": True},
        SFT | {"shuffle_rewards": True},
        SFT | {"replay": {"share": 0.5}},
        {"rollouts_by": "reference", "held_out": {"tasks": 2}},
        {"rollouts_by": "reference", "merge": True},
    ],
)
def test_what_does_not_go_with_fine_tuning_on_passed_rollouts_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"sft|rollouts_by|replay"):
        written(**wrong)


def test_failures_are_left_out_and_counted(tmp_path: Path) -> None:
    class Failing(ReadableJudge):
        def judge(self, episode: Episode) -> Judgement:
            if episode.seed % 2:
                raise ConfigError("no credit left")
            return super().judge(episode)

    main(written(steps=2, groups=4), parts_of=lambda *_: tiny_parts.parts(tmp_path, Failing), runs=tmp_path)
    for row in rows(tmp_path / "tiny"):
        assert row["failures"] + row["rollouts"] == 16
    assert sum(row["failures"] for row in rows(tmp_path / "tiny")) > 0


def test_ppo_learns_its_value_head(tmp_path: Path) -> None:
    main(written(steps=2, algorithm=PpoConfig().model_dump()), parts_of=usual(tmp_path), runs=tmp_path)
    assert all("value_error" in row for row in rows(tmp_path / "tiny"))


# --- kill -9 ----------------------------------------------------------------------------------------------------------

CHILD = """
import sys
from pathlib import Path
from tarl_app.training.train import main
from tests.training import tiny_parts
from tests.training.test_train import usual, written
folder = Path(sys.argv[1])
main(written(name=sys.argv[2], steps=8), resume=True, parts_of=usual(folder), runs=folder)
"""


def child(folder: Path, name: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", CHILD, str(folder), name], cwd=Path(__file__).parents[2])


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_at_most_the_step_at_hand(tmp_path: Path) -> None:
    main(written(name="whole", steps=8), parts_of=usual(tmp_path), runs=tmp_path)
    folder = tmp_path / "killed"
    completed = 0
    for pause in (0.0, 0.05):
        process = child(tmp_path, "killed")
        metrics = folder / "metrics.jsonl"
        wanted = completed + 2
        while process.poll() is None and (not metrics.exists() or metrics.read_bytes().count(b"\n") < wanted):
            time.sleep(0.005)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        states = sorted(path.name for path in (folder / "state").glob("step-*"))
        reached = int(states[-1].removeprefix("step-"))
        assert reached >= wanted - 1
        assert reached >= metrics.read_bytes().count(b"\n") - 1
        completed = reached
    assert child(tmp_path, "killed").wait() == 0
    assert rows(folder) == rows(tmp_path / "whole")
