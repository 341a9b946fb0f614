"""``judge exam`` and ``reward sweep`` from the command line, the exam with a model behind an endpoint as well."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tarl_app import wiring, wiring_llm
from tarl_app.cli import FAILED, main
from tarl_app.core.settings import settings
from tarl_app.llm import shared_budget
from tests.llm.endpoint import Refuse, Say, Step, serving

CACHES = (settings, wiring_llm.answers, wiring_llm.model_of, shared_budget, wiring.make_store)
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def tarl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs a command with ``--json`` in a home of its own, and reads the object it prints; settings by keyword."""

    def run(*arguments: str, code: int = 0, **given: str) -> dict[str, Any]:
        for name, value in {"HOME": str(tmp_path), "OFFLINE": "1", **given}.items():
            monkeypatch.setenv(f"TARL_{name}", value)
        for cached in CACHES:
            cached.cache_clear()
        assert main([*arguments, "--json"]) == code
        out, err = capfd.readouterr()
        return json.loads(out) if code == 0 else {"error": err}

    yield run
    for cached in CACHES:
        cached.cache_clear()


def asked(body: dict[str, Any]) -> list[int]:
    return [int(turn) for turn in re.findall(r"\d+", body["messages"][1]["content"].rpartition("in this order:")[2])]


def kind(body: dict[str, Any]) -> Step:
    """Finds every turn right."""
    return Say(json.dumps({"scores": [{"turn": turn, "reason": "fine", "score": 1} for turn in asked(body)]}))


def harsh(body: dict[str, Any]) -> Step:
    """Finds a deviation in every turn: of these the first stays."""
    return Say(json.dumps({"scores": [{"turn": turn, "reason": "bad", "score": -1} for turn in asked(body)]}))


def test_the_exam_of_the_reference_judge_prints_one_object_and_keeps_it(tarl: Run, tmp_path: Path) -> None:
    report = tarl("judge", "exam", "--judge", "reference", "--limit", "12")
    assert {"episodes", "found_at_right_turn", "false_minus_one", "turn_accuracy", "kappa"} <= set(report)
    assert (report["judge"], report["split"], report["episodes"]) == ("reference", "held_out", 12)
    assert report["cost_usd_per_episode"] == 0 < report["seconds_per_episode"]
    kept = tmp_path / "exams" / "reference-retail-held_out"
    assert json.loads((kept / "report.json").read_text())["kappa"] == report["kappa"]
    assert len((kept / "cases.jsonl").read_text().splitlines()) == 12


def test_a_domain_without_an_exam_is_named(tarl: Run) -> None:
    told = tarl("judge", "exam", "--domain", "math", code=2)["error"]
    assert "The domain 'math' has no judge exam" in told
    assert "Traceback" not in told


def test_a_model_is_examined_beside_the_reference_judge_with_what_it_cost(tarl: Run) -> None:
    with serving(otherwise=harsh) as server:
        given = {"LLM_BASE_URL": server.url, "LLM_MODEL": "tester", "LLM_INPUT_USD": "1"}
        command = ("judge", "exam", "--judge", "reference,llm", "--limit", "8", "--workers", "3")
        report = tarl(*command, **given)
        before = len(server.requests)
        again = tarl(*command, **given)
        assert len(server.requests) == before == 8  # what was answered is kept
    (llm,) = report["others"]
    assert (llm["judge"], llm["episodes"], llm["unanswered"]) == ("llm", 8, 0)
    assert (llm["false_minus_one"], llm["confusion"]["0"]["1"]) == (1.0, 0)  # all turns after the first -1 became 0
    assert llm["cost_usd_per_episode"] > 0
    assert report["kappa_with_judges"] == {"llm": llm["kappa_with_judges"]["reference"]}
    assert llm["kappa"] < report["kappa"]
    assert again["others"][0]["kappa"] == llm["kappa"]


def test_a_model_that_writes_prose_on_some_cases_ends_the_exam_with_those_told_apart(tarl: Run) -> None:
    def sometimes(body: dict[str, Any]) -> Step:
        return Say("The agent was lovely.") if len(asked(body)) % 2 else kind(body)

    with serving(otherwise=sometimes) as server:
        report = tarl("judge", "exam", "--judge", "llm", "--limit", "10", LLM_BASE_URL=server.url, LLM_MODEL="tester")
    assert 0 < report["unanswered"] < 10
    assert report["missed"] == report["faulty_episodes"]
    assert report["false_minus_one"] == 0


def test_a_server_that_is_away_is_said_in_one_line(tarl: Run) -> None:
    with serving(otherwise=lambda body: Refuse(401)) as server:
        given = {"LLM_BASE_URL": server.url, "LLM_MODEL": "tester"}
        told = tarl("judge", "exam", "--judge", "llm", "--limit", "2", code=2, **given)["error"]
    assert "tester at http://127.0.0.1" in told
    assert "Traceback" not in told


def test_a_sweep_prices_the_episodes_of_an_evaluation_by_name_and_by_file(tarl: Run, tmp_path: Path) -> None:
    tarl("evaluate", "--agent", "scripted", "--limit", "3", "--name", "good")
    tarl("evaluate", "--agent", "scripted", "--limit", "3", "--max-agent-turns", "5", "--name", "hasty")
    lines = [(tmp_path / "evaluations" / name / "episodes.jsonl").read_text() for name in ("good", "hasty")]
    both = tmp_path / "both.jsonl"
    both.write_text("".join(lines))
    by_file, by_name = tarl("reward", "sweep", str(both)), tarl("reward", "sweep", "good")
    assert (by_file["episodes"], by_name["episodes"]) == (6, 3)
    names = [one["name"] for one in by_file["variants"]]
    assert names[0] == "the paper's 10 / 5 / 5"
    assert "every -1 counts" in names
    assert sum(name.startswith("factors ") for name in names) == 9
    assert sum(name.startswith("a judge that errs in ") for name in names) == 5
    assert by_file["variants"][0]["tau"] == 1
    assert by_file["variants"][-1]["tau"] < 1


def test_a_sweep_of_nothing_says_what_to_give(tarl: Run) -> None:
    assert "There are no episodes at 'nowhere'" in tarl("reward", "sweep", "nowhere", code=2)["error"]


def test_predicts_prints_how_well_the_scores_of_played_episodes_predict_success(tmp_path, capfd):
    from tests.evaluation.test_predicts import calls

    file = tmp_path / "calls.jsonl"
    played = [*calls(True, [1, 1], 6), *calls(False, [1, -1], 6)]
    file.write_text("".join(one.model_dump_json() + "\n" for one in played))
    assert main(["judge", "predicts", str(file), "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert [(one["turn"], one["score"]) for one in told["turns"]] == [(1, 0.5), (2, 1.0), (0, 1.0)]
    assert main(["judge", "predicts", str(file)]) == 0
    assert "1.00 (1.00 to 1.00)" in capfd.readouterr().out
    for wrong in (["judge", "predicts"], ["judge", "exam", str(file)], ["judge", "predicts", "nothing"]):
        assert main(wrong) == FAILED
