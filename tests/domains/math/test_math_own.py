import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.cli import main
from tarl_app.core.errors import ConfigError, DomainError
from tarl_app.core.settings import settings
from tarl_app.domains import get_task, load_domain
from tarl_app.domains.math import own
from tarl_app.domains.math.generate import SIZES
from tarl_app.domains.math.generate import tasks as generated
from tarl_app.sandbox.checks import check_tasks

DOMAIN = load_domain("math")
LEGS = {"question": "How many legs have 3 cats?", "answer": 12}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TARL_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def written(folder: Path, *rows: object) -> Path:
    path = folder / "own.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def test_imported_questions_follow_the_generated_ones_and_pass_the_machine_check(home):
    (made,) = own.adopt(written(home, LEGS), "train")
    assert DOMAIN.tasks("train") == (*generated("train"), made)
    assert get_task("math", made.id) == made
    assert (made.goals[0].question, made.must_tell[0].value, made.kind) == (LEGS["question"], "12", "math-own")
    report = check_tasks(DOMAIN, "train")
    assert (report.gold_passed, report.failures) == (SIZES["train"] + 1, ())


@pytest.mark.parametrize(
    ("answer", "value", "worked"),
    [
        (12, "12", ""),
        ("12", "12", ""),
        (" 1,234 ", "1234", ""),
        ("$12.00", "12", ""),
        ("-5", "-5", ""),
        ("−5.", "-5", ""),
        ("3 cats with 4 legs have <<3*4=12>>12 legs.\n#### 12", "12", "3 cats with 4 legs have 12 legs."),
        ("007", "7", ""),
    ],
)
def test_answers_come_as_numbers_or_at_the_end_of_a_solution(home, answer, value, worked):
    (task,) = own.adopt(written(home, {"question": "?", "answer": answer, "source": "elsewhere"}), "dev")
    assert (task.must_tell[0].value, task.must_tell[0].worked) == (value, worked)


def test_a_solution_of_its_own_is_kept(home):
    (task,) = own.adopt(written(home, {**LEGS, "solution": "3 times 4\nis 12."}), "dev")
    assert task.must_tell[0].worked == "3 times 4 is 12."


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"question": "What?"}, "expected an object"),
        ({"question": 3, "answer": 3}, "expected an object"),
        (["What?", 3], "expected an object"),
        ({"question": "  ", "answer": 3}, "characters"),
        ({"question": "x" * 5000, "answer": 3}, "characters"),
        ({"question": "What?", "answer": 1.5}, "not a whole number"),
        ({"question": "What?", "answer": True}, "not a whole number"),
        ({"question": "What?", "answer": None}, "not a whole number"),
        ({"question": "What?", "answer": "1/2"}, "not a whole number"),
        ({"question": "What?", "answer": "seven #### seven"}, "not a whole number"),
        ({"question": "What?", "answer": 10**40}, "not a whole number"),
    ],
)
def test_a_line_with_a_mistake_is_named_and_nothing_is_imported(home, row, words):
    with pytest.raises(ConfigError, match=rf"line 2: .*{words}"):
        own.adopt(written(home, LEGS, row), "train")
    assert own.tasks("train") == ()


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00", b"[" * 100_000, b"\n\n", b""])
def test_a_file_that_is_no_jsonl_is_refused_in_words(home, content):
    path = home / "own.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"own\.jsonl"):
        own.adopt(path, "train")
    with pytest.raises(ConfigError, match="cannot be read"):
        own.adopt(home / "missing.jsonl", "train")


def test_a_question_counts_once_and_stands_in_one_split_only(home):
    again = {"question": "how many  LEGS have 3 cats", "answer": 13}
    assert len(own.adopt(written(home, LEGS, again), "train")) == 1
    with pytest.raises(ConfigError, match="already in the split train"):
        own.adopt(written(home, again), "test")


def test_importing_again_replaces_what_was_imported(home):
    own.adopt(written(home, LEGS), "train")
    assert own.tasks("train")[0].must_tell[0].value == "12"
    own.adopt(written(home, {**LEGS, "answer": 120}), "train")
    assert [task.must_tell[0].value for task in own.tasks("train")] == ["120"]
    own.kept("train").unlink()
    assert own.tasks("train") == ()


def test_a_kept_file_that_was_spoilt_is_an_error_in_words(home):
    own.adopt(written(home, LEGS), "train")
    own.kept("train").write_text("spoilt\n")
    with pytest.raises(DomainError, match="import the questions again"):
        DOMAIN.tasks("train")


@given(text=st.text(), answer=st.one_of(st.integers(), st.text(), st.floats(), st.none(), st.lists(st.integers())))
def test_whatever_a_line_holds_it_becomes_a_problem_or_an_error_in_words(tmp_path_factory, text, answer):
    path = written(tmp_path_factory.mktemp("own"), {"question": text, "answer": answer, "solution": text})
    try:
        found = own.questions(path)
    except ConfigError:
        return
    assert [type(one.answer) for one in found] == [int]
    assert found[0].question.encode()


def test_the_command_imports_and_says_where_tasks_of_ones_own_can_go(home, capfd):
    path = str(written(home, LEGS))
    assert main(["tasks", "import", path, "--domain", "math", "--split", "train", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told == {"tasks": 1, "split": "train", "ids": ["math-train-own.00000", "math-train-own.00000"]}
    assert main(["tasks", "show", told["ids"][0]]) == 0
    assert LEGS["question"] in capfd.readouterr().out
    assert main(["tasks", "import", path]) == 2
    assert "--domain math" in capfd.readouterr().err
    assert main(["tasks", "import", "--domain", "math"]) == 2
    assert "Which file" in capfd.readouterr().err


def test_the_commands_know_the_domain(home, capfd):
    assert main(["tasks", "check", "--domain", "math", "--limit", "5", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["mutations_caught"] == 10
    assert main(["tasks", "list", "--domain", "math", "--kind", "math-level-4", "--limit", "2", "--json"]) == 0
    assert len(json.loads(capfd.readouterr().out)["tasks"]) == 2
    assert main(["simulate", "--task", "math-dev-0003", "--agent", "scripted", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["reward"]["value"] == 15
    assert main(["evaluate", "--domain", "math", "--agent", "scripted", "--limit", "5", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert "math-level-5" in json.dumps(told)
