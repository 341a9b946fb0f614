"""Rollouts on a random model: what is recorded is what was sampled, whoever fails."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tarl_app.core.errors import AgentError, SpeechError, UserFault
from tarl_app.core.types import AgentTurn, Episode, Judgement, StopReason, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.judges.readable import ReadableJudge
from tarl_app.training.configuration.config import Source
from tarl_app.training.rollouts.lines import Outcome
from tarl_app.training.rollouts.parts import standard_parts
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.training.rollouts.samples import make_batch
from tarl_app.users.lifelike.user import LifelikeUser
from tests.training import tiny_parts
from tests.training.tiny_parts import SPOKEN, WRITTEN, FirstIsWrong, SlowUser


def play(folder: Path, count: int = 3, **changes: object) -> tuple[Rollouts, list[Outcome]]:
    made = tiny_parts.config(**changes)
    rollouts = Rollouts(tiny_parts.policy(folder, made), tiny_parts.parts(folder))
    return rollouts, rollouts.play([*tiny_parts.jobs(WRITTEN, count), *tiny_parts.jobs(SPOKEN, count)])


def ids_of(outcomes: list[Outcome]) -> list[list[int]]:
    return [one.rollout.ids.tolist() if one.rollout else [] for one in outcomes]


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_recomputed_log_probabilities_are_the_recorded_ones(tmp_path: Path, temperature: float) -> None:
    rollouts, outcomes = play(tmp_path, temperature=temperature)
    torch.nn.init.normal_(rollouts.policy.adapters[1], std=0.1)  # an adapter that does something
    outcomes = rollouts.play([one.job for one in outcomes])
    batch = make_batch([one.rollout for one in outcomes if one.rollout])
    assert batch.tokens > 20
    assert any(batch.sounds)
    with torch.no_grad():
        states = rollouts.policy.states(batch)
    assert torch.allclose(states.logprobs_BT, batch.old_BT, atol=2e-5)
    assert (batch.old_BT[batch.action_mask_BT] < 0).all()
    assert (batch.old_BT[~batch.action_mask_BT] == 0).all()


def test_what_is_trained_on_is_the_dialogue_with_the_sampled_tokens(tmp_path: Path) -> None:
    rollouts, outcomes = play(tmp_path)
    tokenizer = rollouts.loaded.tokenizer
    for one in outcomes:
        assert one.rollout is not None
        (index, said), *_ = one.episode.agent_turns
        turn = one.rollout.ids[one.rollout.turn == 0]
        assert tokenizer.decode(turn.tolist()).strip() == said.text
        assert turn[-1] == tokenizer.special.im_end
        assert not one.rollout.chosen[one.rollout.turn < 0].any()
        user = one.episode.turns[index - 1]
        assert isinstance(user, UserTurn)
        assert (user.audio is not None) == one.job.source.speech == bool(one.rollout.sounds)


def test_a_training_forward_without_its_sounds_is_an_error(tmp_path: Path) -> None:
    rollouts, outcomes = play(tmp_path)
    batch = make_batch([one.rollout for one in outcomes if one.rollout and one.rollout.sounds])
    rollouts.policy.states(batch)
    with pytest.raises(AgentError, match="audio placeholders"):
        rollouts.policy.states(replace(batch, sounds=[() for _ in batch.sounds]))


def test_another_sound_gives_other_log_probabilities(tmp_path: Path) -> None:
    rollouts, outcomes = play(tmp_path, count=2)
    batch = make_batch([one.rollout for one in outcomes if one.rollout and one.rollout.sounds])
    swapped = replace(batch, sounds=batch.sounds[::-1])
    with torch.no_grad():
        difference = rollouts.policy.states(swapped).logprobs_BT - batch.old_BT
    assert difference.abs().max() > 1e-3


def test_the_same_policy_plays_the_same_rollouts_however_many_advance_together(tmp_path: Path) -> None:
    _, together = play(tmp_path, concurrent=12)
    _, few = play(tmp_path, concurrent=3)
    _, one = play(tmp_path, concurrent=1)
    assert ids_of(together) == ids_of(few) == ids_of(one)
    assert [a.episode.turns[0] for a in together] == [b.episode.turns[0] for b in one]


def test_merging_the_adapter_for_the_replies_changes_none(tmp_path: Path) -> None:
    assert ids_of(play(tmp_path / "a", merge=True)[1]) == ids_of(play(tmp_path / "b", merge=False)[1])


def test_the_members_of_a_group_differ_and_groups_too(tmp_path: Path) -> None:
    _, outcomes = play(tmp_path)
    assert len({tuple(ids) for ids in ids_of(outcomes)}) > len(outcomes) // 2


def test_a_beginning_that_is_shared_is_read_once(tmp_path: Path) -> None:
    rollouts, _ = play(tmp_path, count=1, group_size=4)
    before = rollouts.decoder.read_tokens
    jobs = tiny_parts.jobs(WRITTEN, 1, group_size=4)
    played = rollouts.play(jobs)
    read = rollouts.decoder.read_tokens - before
    prompt = int(np.argmax(played[0].rollout.turn == 0)) if played[0].rollout else 0
    sampled = sum(int((one.rollout.turn >= 0).sum()) for one in played if one.rollout)
    assert read < prompt + sampled + len(jobs)


def with_user(folder: Path, make: Callable[[], object], **changes: object) -> list[Outcome]:
    """Three written jobs; the user of the second is another one."""
    made = tiny_parts.config(**changes)
    usual = tiny_parts.parts(folder)
    user = lambda source, task, seed: make() if seed == 1 else usual.user(source, task, seed)  # noqa: E731
    rollouts = Rollouts(tiny_parts.policy(folder, made), replace(usual, user=user))
    return rollouts.play(tiny_parts.jobs(WRITTEN, 3, group_size=1))


@pytest.mark.parametrize("patience", [None, 0.0])
def test_a_user_who_never_answers_is_left_out_and_the_others_go_on(tmp_path: Path, patience: float | None) -> None:
    forever = threading.Event()
    try:
        outcomes = with_user(tmp_path, lambda: SlowUser(forever.wait), time_limit=0.3, retries=1, patience=patience)
    finally:
        forever.set()
    assert [one.rollout is not None for one in outcomes] == [True, False, True]
    assert outcomes[1].episode.stop is StopReason.FAILURE
    assert "did not answer within 0.3 s" in (outcomes[1].episode.failure or "")


class Stumbling:
    """A user whose first tries fail."""

    name = "stumbling"

    def __init__(self, failures: list[Exception]) -> None:
        self.failures = failures

    def speak(self, turns: tuple[Turn, ...]) -> UserTurn | None:
        if self.failures:
            raise self.failures.pop()
        return None if turns else UserTurn(text="low")


def test_a_user_who_fails_is_asked_again(tmp_path: Path) -> None:
    once = with_user(tmp_path, lambda: Stumbling([SpeechError("hoarse")]), retries=1)
    assert all(one.rollout for one in once)
    twice = with_user(tmp_path, lambda: Stumbling([SpeechError("hoarse")] * 2), retries=1)
    assert twice[1].rollout is None
    fault = with_user(tmp_path, lambda: Stumbling([UserFault("swaps roles")]), retries=3)
    assert fault[1].episode.stop is StopReason.USER_FAULT


def test_a_bug_in_a_user_is_raised_and_nobody_is_left_waiting(tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        with_user(tmp_path, lambda: Stumbling([ZeroDivisionError()]), retries=3)
    for thread in threading.enumerate():
        if thread.name.startswith("rollout"):
            thread.join(timeout=5)
    assert threading.active_count() <= before


class NoJudge(ReadableJudge):
    def judge(self, episode: Episode) -> Judgement:
        raise AgentError("the judge is gone")


def test_an_episode_without_a_judgement_is_marked_and_left_out(tmp_path: Path) -> None:
    made = tiny_parts.config(retries=0)
    rollouts = Rollouts(tiny_parts.policy(tmp_path, made), tiny_parts.parts(tmp_path, NoJudge))
    (outcome,) = rollouts.play(tiny_parts.jobs(WRITTEN, 1, group_size=1))
    assert outcome.rollout is None
    assert outcome.episode.stop is StopReason.FAILURE
    assert outcome.episode.failure == "judge: the judge is gone"


def test_at_a_deviation_the_policy_is_asked_to_reconsider_once(tmp_path: Path) -> None:
    played = {}
    for intervene in (False, True):
        made = tiny_parts.config(intervene=intervene)
        rollouts = Rollouts(tiny_parts.policy(tmp_path, made), tiny_parts.parts(tmp_path, FirstIsWrong))
        (outcome,) = rollouts.play(tiny_parts.jobs(WRITTEN, 1, group_size=1))
        assert outcome.rollout is not None
        played[intervene] = outcome
        with torch.no_grad():
            states = rollouts.policy.states(make_batch([outcome.rollout]))
        assert torch.allclose(states.logprobs_BT, make_batch([outcome.rollout]).old_BT, atol=2e-5)
    assert [turn.kind for turn in played[False].episode.turns] == ["user", "agent"]
    assert [turn.kind for turn in played[True].episode.turns] == ["user", "tool", "agent"]
    reminder = played[True].episode.turns[1]
    assert isinstance(reminder, ToolTurn)
    assert "too hasty" in reminder.results[0].content
    assert played[True].rollout.reward > played[False].rollout.reward
    assert (played[True].interventions, played[False].interventions) == (1, None)


def test_a_run_that_is_to_stop_stops_in_the_middle(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls > 6:
            raise Stop

    made = tiny_parts.config()
    rollouts = Rollouts(tiny_parts.policy(tmp_path, made), tiny_parts.parts(tmp_path), check)
    with pytest.raises(Stop):
        rollouts.play(tiny_parts.jobs(WRITTEN, 4))
    calls = -10_000
    assert all(isinstance(one.episode.turns[-1], AgentTurn) for one in rollouts.play(tiny_parts.jobs(WRITTEN, 2)))


def test_rollouts_are_played_under_the_guard_of_the_run(tmp_path: Path) -> None:
    for guard in ("off", "policy"):
        _, outcomes = play(tmp_path / guard, count=1, guard=guard)
        assert {one.episode.guard for one in outcomes} == {guard}


def test_what_is_sampled_without_a_guard_is_recorded_as_chosen_among_everything(tmp_path: Path) -> None:
    rollouts, outcomes = play(tmp_path, count=2, guard="off")
    for one in outcomes:
        assert one.rollout is not None
        vocabulary = rollouts.loaded.tokenizer.size
        sizes = {int(np.unpackbits(limit, bitorder="little")[:vocabulary].sum()) for limit in one.rollout.limits.values()}
        assert len(sizes) <= 1  # the same everywhere: all but control tokens


def test_no_rollout_is_spoken_by_a_voice_that_is_kept_for_measuring() -> None:
    config = tiny_parts.config(sources=(SPOKEN,), voices=("espeak:en-us",))
    with pytest.raises(SpeechError, match="training must not hear it"):
        standard_parts(config, hears=True)


def test_customers_of_a_source_that_names_no_manner_talk_as_people_do_where_they_can() -> None:
    parts = standard_parts(tiny_parts.config(), hears=False)

    def manner(source: Source) -> bool:
        return isinstance(parts.user(source, load_domain(source.domain).tasks("train")[0], 0), LifelikeUser)

    assert manner(Source(name="text"))
    assert not manner(Source(name="text", customer="plain"))
    assert not manner(Source(name="math", domain="math"))
