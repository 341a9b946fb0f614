"""``train`` and ``runs`` at the terminal."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tarl_app import wiring
from tarl_app.cli import FAILED, main
from tarl_app.jobs import launch


def made(name: str = "mine", state: str = "stopped") -> None:
    folder = wiring.make_runs().create(name, {"steps": 9}).folder
    launch.write_json(folder / launch.STATUS, {"state": state, "step": 4, "steps": 9, "message": ""})
    (folder / "metrics.jsonl").write_text('{"step": 4, "reward": 2.5}\n')
    checkpoint = folder / "checkpoints" / "step-000004"
    checkpoint.mkdir(parents=True)
    (checkpoint / "config.json").write_text("{}")


def printed(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capfd.readouterr().out)


def test_show_has_the_step_the_state_and_the_checkpoints(home, capfd):
    made()
    shown = printed(capfd, "runs", "show", "mine")
    assert (shown["state"], shown["step"], shown["steps"], shown["checkpoints"]) == ("stopped", 4, 9, ["mine@4"])
    assert shown["metrics"] == {"step": 4, "reward": 2.5}


def test_list_has_every_run(home, capfd):
    assert printed(capfd, "runs", "list") == {"runs": []}
    made("a")
    made("b", "failed")
    assert {run["name"]: run["state"] for run in printed(capfd, "runs", "list")["runs"]} == {"a": "stopped", "b": "failed"}


def test_a_checkpoint_of_a_run_is_an_agent(home):
    made()
    assert "mine@4" in wiring.agent_names()


def test_delete_removes_the_run(home, capfd):
    made()
    assert printed(capfd, "runs", "delete", "mine")["deleted"]
    assert not (home / "runs" / "mine").exists()


@pytest.mark.parametrize("action", ["show", "stop", "resume", "delete"])
def test_a_run_that_is_not_there_is_an_error_that_names_those_that_are(home, capfd, action):
    made("other")
    assert main(["runs", action, "mine"]) == FAILED
    assert "Runs: other" in capfd.readouterr().err


def test_what_is_not_going_on_cannot_be_stopped(home, capfd):
    made()
    assert main(["runs", "stop", "mine"]) == FAILED
    assert "nothing to stop" in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["run.yaml", "--preset", "tiny"], ["--resume", "x", "--steps", "3"]])
def test_train_wants_exactly_one_thing_to_do(home, capfd, arguments):
    assert main(["train", *arguments]) == FAILED
    assert capfd.readouterr().err.startswith("error: ")
    assert not (home / "runs").exists()


def test_a_configuration_can_be_looked_at_without_training(home, capfd):
    shown = printed(capfd, "train", "--preset", "tiny", "--steps", "3", "--name", "look", "--show")
    assert (shown["name"], shown["steps"], shown["base"]) == ("look", 3, "tiny-random")
    assert not (home / "runs" / "look").exists()


def test_a_file_with_a_mistake_is_refused_with_the_name_of_the_field(home, capfd):
    (home / "run.yaml").write_text("stepps: 3\n")
    assert main(["train", str(home / "run.yaml")]) == FAILED
    assert "stepps" in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_tiny_run_is_stopped_by_a_signal_resumed_in_the_background_and_finishes(home, capfd):
    command = [sys.executable, "-m", "tarl_app", "train", "--preset", "tiny", "--name", "t", "--steps", "3"]
    process = subprocess.Popen(
        command, env={**os.environ, "TARL_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    runs = wiring.make_runs()
    while process.poll() is None and not ((home / "runs" / "t" / "config.yaml").exists() and runs.get("t").step >= 1):
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(600) == 0
    stopped = runs.get("t")
    assert stopped.state in ("stopped", "finished")
    assert stopped.step >= 1
    if stopped.state == "stopped":
        shown = printed(capfd, "runs", "resume", "t", "--wait")
        assert (shown["state"], shown["step"]) == ("finished", 3)
    assert f"t@{runs.get('t').step}" in wiring.agent_names()
