"""Slow and failing users and judges: how long they are waited for, and who else has to."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tarl_app.core.domain import Domain
from tarl_app.core.errors import Cancelled, ConversationError, SpeechError
from tarl_app.core.types import Episode, Judgement, StopReason, Task
from tarl_app.judges.readable import ReadableJudge
from tarl_app.training.configuration.config import Source
from tarl_app.training.rollouts.lines import Outcome
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.training.rollouts.rollout_metrics import describe, facts
from tarl_app.training.rollouts.timeouts import in_time
from tests.training import tiny_parts
from tests.training.tiny_parts import WRITTEN, SlowUser

LONG = 60.0
"""Seconds after which a test would have failed anyway."""


class Trouble:
    """Judges of which one, that of the first task, is slow or fails ``times`` times; how often each was asked."""

    def __init__(self, times: int, slow: bool) -> None:
        self.left, self.slow, self.over = times, slow, threading.Event()
        self.asked: list[str] = []

    def __call__(self, domain: Domain) -> ReadableJudge:
        trouble = self

        class Judge(ReadableJudge):
            def judge(self, episode: Episode) -> Judgement:
                trouble.asked.append(episode.task.id)
                if episode.task.id == tiny_parts.task(0).id and trouble.left:
                    trouble.left -= 1
                    if not trouble.slow:
                        raise SpeechError("no answer from the endpoint")
                    trouble.over.wait(LONG)
                return super().judge(episode)

        return Judge(domain)


def judged(folder: Path, trouble: Trouble, **changes: Any) -> list[Outcome]:
    """Three conversations, the first of which has that judge."""
    made = tiny_parts.config(**changes)
    try:
        rollouts = Rollouts(tiny_parts.policy(folder, made), tiny_parts.parts(folder, trouble))
        return rollouts.play(tiny_parts.jobs(WRITTEN, 3, group_size=1))
    finally:
        trouble.over.set()


def asked(trouble: Trouble) -> int:
    return trouble.asked.count(tiny_parts.task(0).id)


@pytest.mark.parametrize("slow", [True, False])
def test_a_judge_that_is_slow_or_fails_every_time_is_given_up_marked_and_counted(tmp_path: Path, slow: bool) -> None:
    trouble = Trouble(times=99, slow=slow)
    outcomes = judged(tmp_path, trouble, time_limit=0.3 if slow else LONG, retries=1)
    assert asked(trouble) == 2
    assert [one.rollout is not None for one in outcomes] == [False, True, True]
    assert outcomes[0].episode.stop is StopReason.FAILURE
    why = "the judge did not answer within 0.3 s." if slow else "no answer from the endpoint"
    assert outcomes[0].episode.failure == f"judge: {why}"
    assert outcomes[0].episode.judgements == ()
    row = describe([facts(one) for one in outcomes])
    assert (row["failures"], row["rollouts"]) == (1, 2)


@pytest.mark.parametrize("slow", [True, False])
def test_a_judge_that_is_slow_or_fails_once_is_asked_again(tmp_path: Path, slow: bool) -> None:
    trouble = Trouble(times=1, slow=slow)
    outcomes = judged(tmp_path, trouble, time_limit=1.0 if slow else LONG, retries=1)
    assert asked(trouble) == 2
    assert all(one.rollout for one in outcomes)
    assert all(len(one.episode.judgements) == 1 for one in outcomes)
    assert describe([facts(one) for one in outcomes])["failures"] == 0


def test_nobody_is_asked_again_where_retries_are_none_or_the_run_is_to_stop() -> None:
    tries = 0

    def fail(error: Exception) -> None:
        nonlocal tries
        tries += 1
        raise error

    with pytest.raises(SpeechError):
        in_time(lambda: fail(SpeechError("hoarse")), LONG, 0, "the user")
    with pytest.raises(Cancelled):
        in_time(lambda: fail(Cancelled("stop")), LONG, 3, "the user")
    with pytest.raises(ZeroDivisionError):
        in_time(lambda: fail(ZeroDivisionError()), LONG, 3, "the user")
    assert tries == 3


def test_each_try_has_the_whole_time_and_a_late_answer_goes_nowhere() -> None:
    gate = threading.Event()
    answers = iter(["late", "in time"])

    def answer() -> str:
        mine = next(answers)
        if mine == "late":
            gate.wait(LONG)
        return mine

    assert in_time(answer, 0.5, 1, "the judge") == "in time"
    gate.set()
    with pytest.raises(ConversationError, match=r"the judge did not answer within 0\.1 s"):
        in_time(lambda: threading.Event().wait(0.5), 0.1, 0, "the judge")


# --- who waits for whom -------------------------------------------------------------------------------------------------


class Finished(ReadableJudge):
    """Opens a gate once two conversations have come to their end."""

    gate = threading.Event()
    ended = 0

    def judge(self, episode: Episode) -> Judgement:
        type(self).ended += 1
        if self.ended == 2:
            self.gate.set()
        return super().judge(episode)


@pytest.mark.parametrize("patience", [0.0, None])
def test_with_no_patience_the_others_go_on_while_a_user_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float | None
) -> None:
    """The second of three users speaks once the conversations of the other two have ended."""
    gate = threading.Event()
    monkeypatch.setattr(Finished, "gate", gate)
    monkeypatch.setattr(Finished, "ended", 0)
    usual = tiny_parts.parts(tmp_path, Finished)

    def user(source: Source, task: Task, seed: int) -> Any:
        return SlowUser(gate.wait) if seed == 1 else usual.user(source, task, seed)

    limit = 1.0 if patience is None else LONG
    made = tiny_parts.config(patience=patience, time_limit=limit, retries=0, max_agent_turns=1)
    rollouts = Rollouts(tiny_parts.policy(tmp_path, made), replace(usual, user=user))
    try:
        outcomes = rollouts.play(tiny_parts.jobs(WRITTEN, 3, group_size=1))
    finally:
        gate.set()
    assert [one.rollout is not None for one in outcomes] == [True, patience is not None, True]
    if patience is None:  # nobody's turn was decoded before the slow user was given up
        assert "the user did not answer within 1 s" in (outcomes[1].episode.failure or "")
