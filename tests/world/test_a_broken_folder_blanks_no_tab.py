"""One bad line, one bad number, one folder of something else: it hides itself, and the tab goes on showing the rest."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tarl_app.core.types import AgentTurn, Episode, StopReason, Task, UserTurn, Verdict
from tarl_app.evaluation.board import Board
from tarl_app.evaluation.evaluate import EvaluationConfig, folder_name
from tarl_app.jobs import launch
from tarl_app.jobs.runs import Runs
from tarl_app.ui.services import Evaluating
from tarl_app.ui.tabs import train
from tarl_app.ui.tabs.evaluate import Handlers
from tarl_app.ui.tabs.evaluate.page import LOOKING, Page
from tarl_app.ui.tabs.train import page as train_page
from tarl_app.ui.training_service import Training

GOOD, BAD = EvaluationConfig(agent="null", domain="math"), EvaluationConfig(agent="scripted", domain="math")
Looking = dict[str, str]


TURNS = (UserTurn(text="What is 6 times 7?"), AgentTurn(text="42."))


@pytest.fixture
def episodes() -> list[Episode]:
    tasks = [Task(id=f"math-{n}", domain="math", split="dev", kind="sum", instruction="Ask.") for n in (1, 2)]
    ended = {"turns": TURNS, "stop": StopReason.USER_DONE, "verdict": Verdict(passed=True)}
    return [Episode(id=task.id, task=task, agent="a", user="u", **ended) for task in tasks]


def write(root: Path, config: EvaluationConfig, episodes: list[Episode]) -> Path:
    folder = root / "evaluations" / folder_name(config)
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config.measured))
    (folder / "plan.json").write_text(json.dumps({"limit": 2, "trials": 1}))
    (folder / "status.json").write_text(json.dumps({"state": "finished", "step": 2, "steps": 2}))
    (folder / "episodes.jsonl").write_text("".join(one.model_dump_json() + "\n" for one in episodes))
    return folder


@pytest.fixture
def tab(tmp_path: Path, episodes: list[Episode]) -> tuple[Handlers, Page, Path]:
    """The Evaluate tab over a sound evaluation and one to be broken, the folder of the latter."""
    write(tmp_path, GOOD, episodes)
    broken = write(tmp_path, BAD, episodes)
    given = Evaluating(Board(tmp_path / "evaluations"), lambda: (), ("math",), lambda name: "", tmp_path / "exams")
    names: dict[str, Any] = {one.name: one.name for one in fields(Page)}
    page = Page(**names)
    return Handlers(given, page), page, broken


def shown(updates: dict[Any, Any], part: Any) -> str:
    return "".join(text for _, text in updates[part]["value"]["items"])


def odd(episodes: list[Episode], **change: Any) -> bytes:
    return json.dumps({**json.loads(episodes[0].model_dump_json()), **change}).encode()


LINES: dict[str, bytes] = {
    "words": b"nonsense",
    "no text": b"\xff\xfe\x00",
    "a number": b"7",
    "brackets without end": b"[" * 200_000,
    "an object of something else": b'{"step": 1}',
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_bad_line_is_left_out_and_told(tab: tuple[Handlers, Page, Path], line: bytes) -> None:
    do, page, folder = tab
    path = folder / "episodes.jsonl"
    path.write_bytes(line + b"\n" + path.read_bytes())
    looking: Looking = {**LOOKING, "row": folder.name, "key": "counted"}
    painted = do.tick(looking, "painted before")
    assert "scripted" in shown(painted, page.board)
    assert "null" in shown(painted, page.board)
    assert "1 line of its folder is no episode" in shown(painted, page.details)
    assert "(2)" in shown(painted, page.episodes)


def test_an_episode_of_a_domain_that_there_is_not_is_left_out_of_the_numbers(
    tab: tuple[Handlers, Page, Path], episodes: list[Episode]
) -> None:
    do, page, folder = tab
    foreign = {**json.loads(episodes[0].task.model_dump_json()), "domain": "airport", "id": "airport-1"}
    with (folder / "episodes.jsonl").open("ab") as file:
        file.write(odd(episodes, id="odd", task=foreign) + b"\n")
    painted = do.tick({**LOOKING, "row": folder.name, "key": "all"}, "painted before")
    assert "1 line of its folder" in shown(painted, page.details)
    assert "pass^1" in shown(painted, page.details)


STATUSES: tuple[dict[str, Any], ...] = (
    {"state": "running", "step": "many", "steps": [], "seconds_left": "soon", "cost_usd": "free"},
    {"state": {"a": 1}, "step": -1, "message": {"b": 2}},
    {"state": "finished", "step": None, "steps": 1e400, "seconds_left": float("nan"), "message": None},
    {"state": "<b>bold</b>"},
)


@pytest.mark.parametrize("status", STATUSES, ids=str)
def test_a_bad_status_hides_no_evaluation(tab: tuple[Handlers, Page, Path], status: dict[str, Any]) -> None:
    do, page, folder = tab
    (folder / "status.json").write_text(json.dumps(status))
    painted = do.tick({**LOOKING, "row": folder.name}, "painted before")
    assert "scripted" in shown(painted, page.board)
    assert "pass^1" in shown(painted, page.details)
    assert "<b>bold" not in shown(painted, page.board)


@pytest.mark.parametrize("file", ["config.json", "plan.json", "status.json", "process.json", "episodes.jsonl", "null.jsonl"])
@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"agent": []}', b"null\n", b"{" * 1000])
def test_whatever_a_file_holds_the_other_evaluation_is_shown(
    tab: tuple[Handlers, Page, Path], file: str, content: bytes
) -> None:
    do, page, folder = tab
    (folder / file).write_bytes(content)
    painted = do.tick({**LOOKING, "row": folder.name}, "painted before")
    assert folder_name(GOOD) in shown(painted, page.board)


def test_what_is_looked_at_and_is_gone_is_told_and_not_an_error(tab: tuple[Handlers, Page, Path]) -> None:
    do, page, folder = tab
    painted = do.tick({**LOOKING, "row": folder.name, "key": "a key of an older version"}, "painted before")
    assert "no selection" in painted[page.notice]["value"]


REPORT: dict[str, Any] = {
    **{"judge": "sound", "split": "held_out", "episodes": 4, "found_at_right_turn": 1.0, "false_minus_one": 0.0},
    **{"turn_accuracy": 0.9, "kappa": 0.8, "position_error": 0.5, "seconds_per_episode": 0.1, "cost_usd_per_episode": 0.0},
    **{"by_fault": {}, "worst": []},
}


def test_a_broken_exam_hides_itself_alone(tab: tuple[Handlers, Page, Path]) -> None:
    do, page, folder = tab
    exams = folder.parents[1] / "exams"
    reports = {"a": {"judge": "a"}, "b": {**REPORT, "judge": "b", "kappa": "high"}, "c": {**REPORT, "worst": 3}, "d": REPORT}
    for name, report in reports.items():
        (exams / name).mkdir(parents=True)
        launch.write_json(exams / name / "report.json", report)
    painted = do.tick(dict(LOOKING), "painted before")
    assert "sound" in shown(painted, page.exam)
    assert "cannot be read: 2" in shown(painted, page.exam)  # the figures of "c" can; its cases are a list of their own
    assert "cannot be read: the cases of 2" in shown(painted, page.cases)


METRICS = (
    b'{"step": 1, "reward": "high", "seconds": "long"}\n',
    b'{"step": 1, "reward": NaN, "seconds": Infinity}\n{"step": 2, "reward": 1e308}\n{"step": 3, "reward": -1e308}\n',
    b'{"step": 1, "reward": {"a": []}, "pass/<b>": 1}\nnonsense\n\xff\xfe\n',
    b"\xff" * 100,
)


@pytest.mark.parametrize("lines", METRICS, ids=range(len(METRICS)))
def test_a_bad_line_of_metrics_blanks_neither_the_list_nor_another_run(tmp_path: Path, lines: bytes) -> None:
    training = Training(Runs(tmp_path), ("retail",), lambda: pytest.fail("the form is not filled"))
    training.runs.create("good", {"base": "tiny"})
    training.runs.create("odd", {"base": ["a"], "sources": 3, "algorithm": "grpo", "groups": {}, "group_size": None})
    (tmp_path / "odd" / "metrics.jsonl").write_bytes(lines)
    (tmp_path / "odd" / "samples.jsonl").write_bytes(lines)
    names: dict[str, Any] = {one.name: one.name for one in fields(train_page.Page)}
    page = train_page.Page(**names)
    for run, drawn in (("good", "odd"), ("odd", "good")):
        painted = train.Handlers(training, page).paint(
            {"run": run, "drawn": [drawn], "sure": "", "seen": "", "filled": False}
        )
        assert {name for name, _ in painted[page.runs]["value"]["items"]} == {"good", "odd"}
        assert painted[page.view]["value"]["items"] != []
        assert run == "odd" or "good" in shown(painted, page.view)
