"""The reference judge on calls that a careful reader has labelled, and the reader of such files."""

import json
from pathlib import Path
from typing import Any

import pytest

from tarl_app.cli import main
from tarl_app.core.errors import ConfigError
from tarl_app.domains import load_domain
from tarl_app.evaluation.exam.labelled import LabelledResult, judge_labelled, labelled_report, read_cases
from tarl_app.judges.reference.judge import ReferenceJudge
from tests.judges.people.play import files

PEOPLE = Path(__file__).parents[1] / "data" / "people"


def judged(name: str) -> tuple[LabelledResult, ...]:
    return judge_labelled(read_cases(PEOPLE / name, "retail"), ReferenceJudge)


def report(name: str) -> dict[str, Any]:
    return labelled_report("reference", judged(name))


def test_the_first_fault_of_peoples_calls_is_found_where_it_is() -> None:
    found = report("judge-cases.jsonl")
    assert found["cases"] == 12
    assert found["right_turn"]["count"] >= 8
    assert found["right_turn"]["of"] == 9
    assert found["within_one"]["count"] == 9
    assert found["turns_equal"]["share"] >= 0.85
    assert found["false_minus_one"]["count"] == 0


def test_so_it_is_in_further_calls_of_both_domains() -> None:
    found = report("more-cases.jsonl")
    assert {row["domain"] for row in found["by_case"]} == {"retail", "airline"}
    assert found["right_turn"]["count"] >= 11
    assert found["right_turn"]["of"] == 12
    assert found["turns_equal"]["share"] >= 0.95
    assert found["false_minus_one"]["count"] == 0


def test_so_it_is_in_calls_without_tasks_and_with_short_answers() -> None:
    found = report("judge-cases-more.jsonl")
    assert found["cases"] == 18
    for half, faults in (("develop", 7), ("kept", 5)):
        rows = [row for row in found["by_case"] if row["case"].startswith(half)]
        faulty = [row for row in rows if row["expected"] is not None]
        assert (len(rows), len(faulty)) == (9, faults)
        assert all(row["right"] for row in faulty)
    assert found["turns_equal"]["share"] >= 0.95
    assert found["false_minus_one"]["count"] == 0


def test_the_further_calls_are_what_the_sandbox_answers() -> None:
    for name, lines in files().items():
        stored = (PEOPLE / name).read_text(encoding="utf-8").splitlines()
        assert [json.loads(line) for line in stored] == [json.loads(line) for line in lines]


def test_without_a_task_known_here_a_call_is_judged_as_free_talk(tmp_path: Path) -> None:
    values = [json.loads(line) for line in (PEOPLE / "judge-cases.jsonl").read_text(encoding="utf-8").splitlines()]
    path = tmp_path / "free.jsonl"
    path.write_text("".join(json.dumps({**value, "task": "retail-dev-999"}) + "\n" for value in values))
    cases = read_cases(path, "retail")
    assert not any(case.episode.task.verifiable for case in cases)
    found = labelled_report("reference", judge_labelled(cases, ReferenceJudge))
    assert found["false_minus_one"]["count"] == 0
    assert found["right_turn"]["count"] >= 7


def test_the_scores_of_a_call_do_not_change_while_it_goes_on() -> None:
    judge = ReferenceJudge(load_domain("retail"))
    for case in read_cases(PEOPLE / "judge-cases.jsonl", "retail")[:6]:
        turns = case.episode.turns
        whole = {one.turn: one.score for one in judge.judge(case.episode).scores}
        for end in range(1, len(turns) + 1):
            if turns[end - 1].kind == "agent" and turns[end - 1].tool_calls:
                continue
            part = case.episode.model_copy(update={"turns": turns[:end], "stop": None, "verdict": None})
            assert all(whole[one.turn] == one.score for one in judge.judge(part).scores)


def test_the_command_prints_one_row_a_call(capfd: pytest.CaptureFixture[str]) -> None:
    path = str(PEOPLE / "judge-cases.jsonl")
    assert main(["judge", "exam", "--judge", "reference", "--cases", path, "--json"]) == 0
    printed = json.loads(capfd.readouterr().out)
    assert {"case", "expected", "found", "right", "equal", "turns"} <= set(printed["by_case"][0])
    assert main(["judge", "exam", "--cases", path, "--limit", "2"]) == 0
    assert "-1 at the right turn" in "".join(capfd.readouterr())


GOOD = {"turns": [{"kind": "user", "text": "hi"}, {"kind": "agent", "text": "hello"}], "scores": {"1": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no cases"),
        ("{bad", "line 1: This is not JSON"),
        (json.dumps(GOOD) + "\n\n{bad", "line 3: This is not JSON"),
        ('{"turns": []}', "line 1: the key scores must be there"),
        ("[]", "the keys turns and scores must be there"),
        (json.dumps({**GOOD, "scores": {}}), "every agent turn needs a score"),
        (json.dumps({**GOOD, "scores": {"0": 1}}), "every agent turn needs a score"),
        (json.dumps({**GOOD, "scores": {"1": 7}}), "line 1: scores"),
        (json.dumps({**GOOD, "first_deviation": 1}), "must be at first_deviation"),
        (json.dumps({**GOOD, "domain": "zoo"}), "no domain named 'zoo'"),
    ],
)
def test_a_bad_file_of_cases_is_refused_in_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        read_cases(path, "retail")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.jsonl cannot be read: there is no such file"):
        read_cases(tmp_path / "nowhere.jsonl", "retail")
