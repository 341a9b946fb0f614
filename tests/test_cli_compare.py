"""``compare`` on the command line, in this process."""

import json
from pathlib import Path

import pytest

from tarl_app.cli import FAILED, main


def test_compare_prints_one_object_and_the_same_command_again_plays_nothing(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = []
    for _ in range(2):
        assert main(["compare", "scripted", "null", "--split", "dev", "--limit", "2", "--json"]) == 0
        out, err = capfd.readouterr()
        found.append((json.loads(out), err))
    (first, _), (second, told) = found
    assert {**first, "seconds": 0} == {**second, "seconds": 0}
    assert "4/4 done" not in told
    assert (first["a"]["agent"], first["b"]["agent"], first["tasks"], first["p_value"]) == ("scripted", "null", 2, 0.5)
    assert (first["a"]["pass_hat"]["1"], first["b"]["pass_hat"]["1"], first["difference"]) == (1.0, 0.0, -1.0)
    assert (first["only_a"], first["interval"]) == (2, [-1.0, -0.07])
    assert first["by_task"][0]["first_difference"]["turn"] == 1
    assert Path(first["folder"]).is_relative_to(home)


def test_compare_in_words_says_who_passed_and_where_they_differ(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "scripted", "null", "--limit", "1"]) == 0
    told = capfd.readouterr().out
    assert "pass^1  A 100.0%   B   0.0%" in told
    assert "only A 1" in told
    assert "turn 2" in told


def test_an_agent_against_itself_is_refused(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "null", "null"]) == FAILED
    assert "two different agents" in capfd.readouterr().err
