import time
from itertools import pairwise
from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.core.errors import ConfigError
from tarl_app.evaluation.board import Board, command
from tarl_app.evaluation.evaluate import EvaluationConfig, evaluate, folder_name
from tarl_app.jobs import launch

CONFIG = EvaluationConfig(agent="scripted", limit=2)


class Recorder:
    """Starts nothing, and remembers what it was asked to start; its processes live as long as ``living``."""

    name = "recorder"

    def __init__(self) -> None:
        self.started: list[list[str]] = []
        self.stopped, self.living = 0, True

    def start(self, folder: Path, command, ticket: float) -> None:
        self.started.append([*command])
        launch.record(folder, {"pid": 1, "started": ticket, "host": "", "launcher": self.name, "stop": None})

    def alive(self, folder) -> bool:
        return self.living and bool(launch.read_json(folder / launch.PROCESS))

    def stop(self, folder, force: bool) -> None:
        self.stopped += 1


@pytest.fixture
def launcher() -> Recorder:
    return Recorder()


@pytest.fixture
def board(tmp_path, launcher) -> Board:
    return Board(tmp_path, launcher)


def measured(root: Path, config: EvaluationConfig = CONFIG) -> str:
    name = folder_name(config)
    evaluate(config, wiring.evaluation_parts(config), root / name)
    return name


def test_a_finished_evaluation_is_a_row_with_its_numbers_and_controls(board, tmp_path):
    name = measured(tmp_path)
    row = board.row(name)
    assert (row.state, row.config.limit, row.live) == ("finished", 2, False)
    assert row.metrics.pass_hat == {"1": 1.0}
    assert {control: one.pass_hat["1"] for control, one in row.controls.items()} == {"null": 0.0, "gold": 1.0}
    assert (row.status["step"], row.status["steps"], row.status["passed"]) == (2, 2, 2)


def test_every_number_gives_its_episodes_and_so_do_the_controls(board, tmp_path):
    name = measured(tmp_path)
    assert len(board.episodes(name, "passed")) == 2
    assert board.episodes(name, "failed") == ()
    assert [one.verdict.passed for one in board.episodes(name, "null")] == [False, False]
    with pytest.raises(ConfigError, match="no selection"):
        board.episodes(name, "nonsense")


def test_starting_writes_what_is_measured_and_hands_over_a_command_that_measures_just_that(board, launcher, tmp_path):
    config = EvaluationConfig(
        agent="null", limit=3, trials=2, speech=True, voice="pico:en-US", channel="phone+loss5", seed=4
    )
    row = board.start(config, workers=3)
    assert (row.state, row.config) == ("queued", config)
    line = launcher.started[0]
    assert line[1:4] == ["-m", "tarl_app", "evaluate"]
    given = dict(pairwise(line))
    assert (given["--agent"], given["--limit"], given["--trials"], given["--workers"]) == ("null", "3", "2", "3")
    assert (given["--channel"], given["--voice"], given["--seed"], given["--name"]) == (
        "phone+loss5",
        "pico:en-US",
        "4",
        row.name,
    )
    assert "--speech" in line


def test_the_command_of_a_written_measurement_has_no_voice():
    line = command(CONFIG, "name", 1)
    assert "--speech" not in line
    assert "--voice" not in line


def test_what_is_going_on_cannot_be_started_again(board):
    board.start(CONFIG)
    with pytest.raises(ConfigError, match="going on already"):
        board.start(CONFIG)


def test_a_dead_process_is_interrupted_or_stopped_if_that_was_asked(board, launcher):
    name = board.start(CONFIG).name
    launcher.living = False
    assert board.row(name).state == "interrupted"
    launcher.living = True
    board.stop(name)
    launcher.living = False
    assert (board.row(name).state, launcher.stopped) == ("stopped", 1)
    with pytest.raises(ConfigError, match="nothing to stop"):
        board.stop(name)
    board.start(CONFIG)
    launcher.living = True
    assert board.row(name).state == "queued"


def test_folders_that_are_no_evaluations_are_left_out(board, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{")
    assert board.rows() == ()
    with pytest.raises(ConfigError, match="no evaluation named"):
        board.row("other")


@pytest.mark.slow
def test_a_killed_evaluation_goes_on_to_the_same_result_without_doing_anything_twice(home, tmp_path, monkeypatch):
    monkeypatch.setenv("TARL_OFFLINE", "1")
    config = EvaluationConfig(agent="scripted", split="test", limit=40)
    board = Board(tmp_path / "evaluations")
    row = board.start(config)
    path, end = row.folder / "episodes.jsonl", time.monotonic() + 240
    while not path.exists() or path.read_bytes().count(b"\n") < 3:
        assert time.monotonic() < end, (row.folder / launch.LOG).read_text()
        time.sleep(0.05)
    board.launcher.stop(row.folder, force=True)
    while board.row(row.name).live:
        time.sleep(0.05)
    kept = path.read_bytes()
    kept = kept[: kept.rfind(b"\n") + 1]
    assert board.row(row.name).state in ("interrupted", "finished")
    again = evaluate(config, wiring.evaluation_parts(config), row.folder)
    assert path.read_bytes().startswith(kept)
    assert path.read_bytes().count(b"\n") == 40
    whole = evaluate(config, wiring.evaluation_parts(config), tmp_path / "undisturbed")
    assert [(one.id, one.verdict) for one in again.episodes] == [(one.id, one.verdict) for one in whole.episodes]
