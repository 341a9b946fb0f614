"""What earlier days have left in an app's home: runs, an evaluation, a judge's exam, a head to head."""

import json
from pathlib import Path

from tarl_app import wiring
from tarl_app.core.types import Episode, Judgement
from tarl_app.domains import load_domain
from tarl_app.evaluation.comparison.compare import versus
from tarl_app.evaluation.config import EvaluationConfig, folder_name
from tarl_app.evaluation.evaluate import evaluate
from tarl_app.evaluation.exam.grade import judge_cases
from tarl_app.evaluation.exam.report import as_json, keep
from tarl_app.exam.generate import generate
from tarl_app.jobs import launch
from tarl_app.jobs.runs import Runs
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.ui.calls.match import Matches
from tarl_app.ui.services import AgentChoice, Comparing


def a_run(home: Path, name: str) -> None:
    """A run that was stopped after its third step."""
    folder = Runs(home / "runs").create(name, {"steps": 9}).folder
    rows = [{"step": step, "reward": 1.5 * step, "seconds": 1.0} for step in (1, 2, 3)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    launch.write_json(folder / "status.json", {"state": "stopped", "step": 3, "steps": 9, "message": ""})


def an_evaluation(home: Path) -> None:
    """The null agent's, on three tasks."""
    config = EvaluationConfig(agent="null", limit=3)
    evaluate(config, wiring.evaluation_parts(config), home / "evaluations" / folder_name(config))


def a_broken_evaluation(home: Path) -> None:
    """One whose machine was restarted after its second call."""
    config = EvaluationConfig(agent="null", limit=2)
    folder = home / "evaluations" / folder_name(config)
    evaluate(config, wiring.evaluation_parts(config), folder)
    launch.write_json(folder / "plan.json", {"limit": 3, "trials": 1})
    launch.write_json(folder / launch.STATUS, {"state": "running", "step": 2, "steps": 3})
    (folder / launch.PROCESS).unlink()


class Lenient(ReferenceJudge):
    """Objects to nothing, so that every fault is missed."""

    def judge(self, episode: Episode) -> Judgement:
        found = super().judge(episode)
        return found.model_copy(update={"scores": tuple(one.model_copy(update={"score": 1}) for one in found.scores)})


def an_exam(home: Path) -> None:
    """Of a judge who misses every fault."""
    domain = load_domain("retail")
    graded = judge_cases(generate(domain, "development", 12), Lenient(domain))
    keep(home / "exams", as_json("reference", "retail", "development", graded), graded)


def a_head_to_head(home: Path) -> None:
    """Of the scripted agent and the null agent, on two tasks."""
    agents = tuple(AgentChoice(name, name) for name in ("scripted", "null"))
    matches = Matches(Comparing(lambda: agents, wiring.compare_parts, wiring.revision, home / "comparisons"))
    matches.start(versus("scripted", "null", wiring.revision, limit=2))
    assert matches.wait(120)
