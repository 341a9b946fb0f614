"""Conversations that are played again from the first fault on: what their members share, what they cost and teach."""

import json
from pathlib import Path
from typing import Any

import pytest

from tarl_app.core.types import Episode, Judgement, TurnScore
from tarl_app.jobs import run_record
from tarl_app.judges.readable import ReadableJudge, readable
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.rollouts.branches import branches, described, doubtful
from tarl_app.training.rollouts.lines import Outcome
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.training.train import main
from tests.training import tiny_parts
from tests.training.test_train import Stopping, rows, written
from tests.training.tiny_parts import WRITTEN, TwiceUser


class SecondCounts(ReadableJudge):
    """-1 for a second answer that cannot be read; whatever came before is right."""

    def judge(self, episode: Episode) -> Judgement:
        turns = episode.agent_turns
        scores = [
            TurnScore(turn=index, score=-1 if number == 1 and not readable(turn.text) else 1, reason="so it is")
            for number, (index, turn) in enumerate(turns)
        ]
        return Judgement(judge=self.name, scores=tuple(scores))


def alone(number: int) -> bool:
    return True


def played(folder: Path, **changes: Any) -> tuple[Rollouts, list[Outcome]]:
    config = written(max_new_tokens=3, branch={"groups": 3, "size": 4}, **changes)
    rollouts = Rollouts(tiny_parts.policy(folder, config), tiny_parts.parts(folder, SecondCounts, TwiceUser))
    return rollouts, rollouts.play(tiny_parts.jobs(WRITTEN, 4, 4))


def test_they_share_what_came_before_the_fault_and_differ_after_it(tmp_path: Path) -> None:
    rollouts, first = played(tmp_path)
    jobs = branches(rollouts.config, 0, first, alone)
    assert len(jobs) == 12
    assert len({job.group for job in jobs}) == 3
    again = rollouts.play(jobs)
    by_id = {f"{one.job.group}/branch/{one.job.member}": one for one in first}
    for one in again:
        parent = by_id[one.job.group]
        assert doubtful(parent) == 1
        assert one.episode.turns[:2] == parent.episode.turns[:2]  # what was said, and the answer, word for word
        assert one.episode.seed == parent.episode.seed
        assert one.rollout is not None
        assert set(one.rollout.turn[one.rollout.chosen].tolist()) == {1}  # nothing of the past is trained on
    for name in {job.group for job in jobs}:
        texts = {one.episode.agent_turns[1][1].text for one in again if one.job.group == name}
        assert len(texts) > 1
    told = described(again, Processes("cpu"))
    assert (told["branches"], told["branch_turns_given"], told["branch_turns"]) == (12, 1.0, 1.0)


def test_as_many_groups_as_possible_have_one_and_branches_have_none_themselves(tmp_path: Path) -> None:
    rollouts, first = played(tmp_path)
    faulty = {one.job.group for one in first if doubtful(one) is not None}
    jobs = branches(rollouts.config, 0, first, alone)
    assert len({job.group.partition("/")[0] for job in jobs}) == min(3, len(faulty))
    assert branches(rollouts.config, 0, rollouts.play(jobs), alone) == []
    assert jobs == branches(rollouts.config, 0, first, alone) != branches(rollouts.config, 1, first, alone)
    assert len(branches(rollouts.config, 0, first, lambda number: number == 0)) == 4  # a process's share


def test_a_fault_in_the_first_turn_has_no_past_to_share(tmp_path: Path) -> None:
    config = written(branch={"groups": 3})
    rollouts = Rollouts(tiny_parts.policy(tmp_path, config), tiny_parts.parts(tmp_path, tiny_parts.FirstIsWrong))
    first = rollouts.play(tiny_parts.jobs(WRITTEN, 2, 2))
    assert branches(config, 0, first, alone) == []
    assert described([], Processes("cpu")) == {"branches": 0}


def run(folder: Path, name: str, steps: int, group_size: int = 2, **changes: Any) -> list[dict[str, Any]]:
    """The metrics of a run in which only the second answer counts."""
    config = written(name=name, steps=steps, max_new_tokens=1, groups=4, group_size=group_size, **changes)
    main(config, parts_of=lambda *_: tiny_parts.parts(folder, SecondCounts, TwiceUser), runs=folder)
    return [*run_record.metrics(folder / name)]


def mean(found: list[dict[str, Any]]) -> float:
    return sum(row["minus_one_rate"] for row in found) / len(found)


BRANCH = {"branch": {"groups": 6, "size": 6}, "algorithm": {"name": "grpo", "normalise": "batch"}}


@pytest.mark.slow
def test_branches_teach_the_turn_at_fault_and_with_shuffled_rewards_they_do_not(tmp_path: Path) -> None:
    found = {
        name: run(tmp_path, name, 16, group_size=4, **{**BRANCH, **changes})
        for name, changes in {"learned": {}, "control": {"shuffle_rewards": True}, "without": {"branch": {}}}.items()
    }
    learned = found["learned"]
    assert mean(learned[:4]) > 0.5
    assert mean(learned[-8:]) < 0.35
    assert mean(found["control"][-8:]) > 0.45
    assert mean(found["without"][-8:]) > 0.45  # as many whole conversations alone do not teach it in that time
    assert learned[0]["branches"] > 0
    assert learned[0]["rollouts"] == 16  # whole conversations are counted apart


def test_a_run_with_branches_goes_on_after_a_stop_as_without_it(tmp_path: Path) -> None:
    run(tmp_path, "whole", 3, **BRANCH)
    stopped = Stopping(tmp_path, at=70)
    stopped.usual = tiny_parts.parts(tmp_path, SecondCounts, TwiceUser)
    config = written(name="stopped", steps=3, max_new_tokens=1, groups=4, group_size=2, **BRANCH)
    main(config, parts_of=stopped, runs=tmp_path)
    assert 0 < json.loads((tmp_path / "stopped" / "status.json").read_text())["step"] < 3
    main(config, resume=True, parts_of=lambda *_: stopped.usual, runs=tmp_path)
    assert rows(tmp_path / "stopped") == rows(tmp_path / "whole")


def test_branches_and_interventions_exclude_one_another() -> None:
    with pytest.raises(ValueError, match="choose one of them"):
        written(branch={"groups": 1}, intervene=True)
