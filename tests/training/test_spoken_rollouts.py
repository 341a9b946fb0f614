"""Conversations with two sounds, and bfloat16: what the update computes again is what was recorded when it was sampled."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tarl_app.core.errors import AgentError
from tarl_app.core.types import UserTurn
from tarl_app.training.policy import Policy
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.training.rollouts.samples import Batch, make_batch
from tests.training import tiny_parts
from tests.training.tiny_parts import SPOKEN, WRITTEN, TwiceUser

HALF, HALF_MEAN = 0.1, 0.005
"""How far log-probabilities in bfloat16 (8 bits) may be from those of another order of summation: one, and their mean."""


def twice(folder: Path, policy: Policy) -> Batch:
    """Eight spoken and four written rollouts of two user turns each."""
    torch.manual_seed(0)
    for parameter in policy.adapters:  # adapters that do something
        torch.nn.init.normal_(parameter, std=0.1)
    rollouts = Rollouts(policy, tiny_parts.parts(folder, made=TwiceUser))
    outcomes = rollouts.play([*tiny_parts.jobs(SPOKEN, 4), *tiny_parts.jobs(WRITTEN, 2)])
    for one in outcomes:
        assert [turn.kind for turn in one.episode.turns] == ["user", "agent", "user", "agent"]
        sounds = tuple(turn.audio for turn in one.episode.turns if isinstance(turn, UserTurn) and turn.audio)
        assert one.rollout is not None
        assert one.rollout.sounds == sounds
        assert len(set(sounds)) == (2 if one.job.source.speech else 0)
    return make_batch([one.rollout for one in outcomes if one.rollout])


def logprobs(policy: Policy, batch: Batch) -> Tensor:
    with torch.no_grad():
        return policy.states(batch).logprobs_BT


def two_turns(**changes: Any) -> Any:
    return tiny_parts.config(max_agent_turns=4, **changes)


@pytest.fixture
def heard(tmp_path: Path) -> tuple[Policy, Batch]:
    """A policy, and the spoken conversations that it had."""
    policy = tiny_parts.policy(tmp_path, two_turns())
    return policy, twice(tmp_path, policy).select(range(8))


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_over_both_turns_recomputed_log_probabilities_are_the_recorded_ones(tmp_path: Path, temperature: float) -> None:
    policy = tiny_parts.policy(tmp_path, two_turns(temperature=temperature))
    batch = twice(tmp_path, policy)
    assert batch.turn_BT[batch.action_mask_BT].unique().tolist() == [0, 1]
    assert torch.allclose(logprobs(policy, batch), batch.old_BT, atol=2e-5)
    assert (batch.old_BT[batch.action_mask_BT] < 0).all()


def differences(policy: Policy, batch: Batch, sounds: list[Any]) -> tuple[float, float]:
    """How far log-probabilities of each of the two turns are from the recorded ones when other sounds are heard."""
    off_BT = (logprobs(policy, replace(batch, sounds=sounds)) - batch.old_BT).abs()
    return float(off_BT[batch.turn_BT == 0].max()), float(off_BT[batch.turn_BT == 1].max())


def test_another_second_sound_changes_the_second_turn_alone(heard: tuple[Policy, Batch]) -> None:
    policy, batch = heard
    first, second = differences(policy, batch, [(one, one) for one, _ in batch.sounds])
    assert first < 2e-5
    assert second > 1e-3


def test_the_two_sounds_in_the_other_order_change_both_turns(heard: tuple[Policy, Batch]) -> None:
    policy, batch = heard
    assert min(differences(policy, batch, [pair[::-1] for pair in batch.sounds])) > 1e-3


def test_without_the_second_sound_there_is_an_error_instead_of_other_numbers(heard: tuple[Policy, Batch]) -> None:
    policy, batch = heard
    with pytest.raises(AgentError, match="audio placeholders"):
        policy.states(replace(batch, sounds=[pair[:1] for pair in batch.sounds]))


def test_without_its_sounds_at_all_the_same_text_is_read_otherwise(heard: tuple[Policy, Batch]) -> None:
    """The placeholders without what was heard in their places: what a forward without sounds would have computed."""
    policy, batch = heard
    policy.audio = -1  # no token is a placeholder
    off_BT = (logprobs(policy, replace(batch, sounds=[() for _ in batch.sounds])) - batch.old_BT).abs()
    assert min(float(off_BT[batch.turn_BT == turn].max()) for turn in (0, 1)) > 1e-3


def test_in_bfloat16_recomputed_log_probabilities_are_about_the_recorded_ones(tmp_path: Path) -> None:
    loaded = tiny_parts.loaded(tmp_path)
    loaded.thinker.to(torch.bfloat16)
    half = Policy(loaded, two_turns(dtype="bfloat16"), torch.device("cpu"))
    assert half.thinker.lm_head.weight.dtype is torch.bfloat16
    assert all(parameter.dtype is torch.float32 for parameter in half.adapters)
    batch = twice(tmp_path, half)
    off_N = (logprobs(half, batch) - batch.old_BT).abs()[batch.action_mask_BT]
    assert off_N.max() < HALF
    assert off_N.mean() < HALF_MEAN
    whole = tiny_parts.policy(tmp_path, two_turns())
    twice(tmp_path, whole)  # gives it the same adapters
    assert (logprobs(whole, batch) - logprobs(half, batch)).abs().max() > 1e-3  # it is bfloat16 that was computed
    states = half.states(batch)
    states.logprobs_BT.sum().backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in half.adapters)
    assert states.logprobs_BT.dtype is torch.float32
