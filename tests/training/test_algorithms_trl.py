"""Advantages, losses and gradients of GRPO and RLOO are TRL's, computed by TRL's own trainers on the same rollouts."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tarl_app.training.algorithms import AlgorithmConfig, make_algorithm
from tarl_app.training.algorithms.grpo import GrpoConfig
from tarl_app.training.algorithms.rloo import RlooConfig
from tests.training.trl_reference import Scored, grpo_trainer, rloo_trainer, score

# TRL's own affairs: an experimental argument, and a name that transformers gave up.
pytestmark = [
    pytest.mark.slow,  # importing TRL takes seconds
    pytest.mark.filterwarnings("ignore:You are using 'rollout_func'"),
    pytest.mark.filterwarnings("ignore:.*gradient_checkpointing:FutureWarning"),
]
CLIP: dict[str, Any] = {"clip_low": 0.1, "clip_high": 0.3}


def assert_same(scored: Scored, config: AlgorithmConfig) -> None:
    algorithm = make_algorithm(config)
    advantages = algorithm.advantages(scored.batch, reference_BT=scored.reference_BT)
    theirs_BT = torch.where(scored.batch.action_mask_BT, scored.inputs["advantages"][:, None], 0.0)
    assert theirs_BT.abs().max() > 0.5
    torch.testing.assert_close(advantages.advantages_BT, theirs_BT, atol=1e-6, rtol=0, check_dtype=False)
    logprobs_BT, entropy_BT = scored.logprobs()
    loss, sums = algorithm.loss(
        logprobs_BT, advantages, scored.batch, algorithm.denominator(scored.batch), scored.reference_BT, entropy_BT
    )
    assert float(sums["clip_low"] + sums["clip_high"]) > 0
    our_loss, our_gradient = scored.with_gradient(loss)
    trl_loss, trl_gradient = scored.trl_loss()
    torch.testing.assert_close(our_loss, trl_loss, atol=1e-6, rtol=0, check_dtype=False)
    # float32, whose sums differ in the sixth digit with the order, which differs with the number of threads
    torch.testing.assert_close(our_gradient, trl_gradient, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("loss_type", "averaging"),
    [("dapo", "token_mean"), ("bnpo", "token_mean"), ("grpo", "sequence_mean"), ("dr_grpo", "constant_length")],
)
def test_grpo_is_trls_in_every_averaging(tmp_path: Path, loss_type: str, averaging: Any) -> None:
    scored = score(grpo_trainer(tmp_path, loss_type=loss_type, beta=0.0))
    assert_same(scored, GrpoConfig(averaging=averaging, constant_length=12, **CLIP))


@pytest.mark.parametrize("normalise", ["group", "batch", "none"])
def test_grpo_with_kl_is_trls_in_every_normalisation(tmp_path: Path, normalise: Any) -> None:
    scored = score(grpo_trainer(tmp_path, loss_type="dapo", beta=0.1, scale_rewards=normalise))
    assert_same(scored, GrpoConfig(normalise=normalise, kl_coefficient=0.1, **CLIP))


def test_grpo_with_unweighted_kl_is_trls(tmp_path: Path) -> None:
    scored = score(grpo_trainer(tmp_path, loss_type="grpo", beta=0.1, use_bias_correction_kl=False))
    assert_same(scored, GrpoConfig(averaging="sequence_mean", kl_coefficient=0.1, kl_weighted=False, **CLIP))


def test_grpo_with_an_entropy_bonus_is_trls(tmp_path: Path) -> None:
    scored = score(grpo_trainer(tmp_path, loss_type="dapo", beta=0.0, entropy_coef=0.02))
    assert_same(scored, GrpoConfig(entropy_coefficient=0.02, **CLIP))


@pytest.mark.parametrize("whitened", [False, True])
@pytest.mark.parametrize("beta", [0.0, 0.05])
def test_rloo_is_trls(tmp_path: Path, whitened: bool, beta: float) -> None:
    scored = score(rloo_trainer(tmp_path, beta=beta, normalize_advantages=whitened))
    assert_same(scored, RlooConfig(normalise="batch" if whitened else "none", kl_coefficient=beta, **CLIP))
