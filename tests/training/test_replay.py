"""Passed rollouts that come again: which are kept, which are drawn, and what the policy learns from them."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.errors import ConfigError
from tarl_app.training.algorithms import make_algorithm
from tarl_app.training.configuration.config import Replay
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.rollouts.replay import Kept, ReplayBuffer
from tarl_app.training.rollouts.samples import Batch, make_batch
from tarl_app.training.update import Learner
from tests.training import tiny_parts
from tests.training.test_policy import batch


def kept(kind: str, number: int) -> Kept:
    return Kept(kind=kind, ids=tuple(range(20 + number, 32 + number)), spans=((2, 4), (7, 12)))


def first_tokens(buffer: ReplayBuffer, step: int, learned: int) -> list[int]:
    return [int(one.ids[0]) for one in buffer.draw(step, learned)]


def test_the_newest_of_a_kind_are_kept_and_every_kind_is_drawn_alike() -> None:
    buffer = ReplayBuffer(Replay(share=0.5, per_kind=3), seed=0)
    buffer.add([kept("often", number) for number in range(50)])
    buffer.add([kept("rare", 100)])
    drawn = first_tokens(buffer, 1, 4)
    assert len(drawn) == 2
    assert 120 in drawn
    assert {67, 68, 69} >= set(drawn) - {120}
    assert sorted(first_tokens(buffer, 1, 100)) == [67, 68, 69, 120]  # none twice
    assert first_tokens(buffer, 1, 8) == first_tokens(buffer, 1, 8)
    assert {tuple(first_tokens(buffer, step, 4)) for step in range(20)} != {tuple(drawn)}


def test_what_the_agent_chose_is_marked_by_turn() -> None:
    buffer = ReplayBuffer(Replay(share=1.0), seed=0)
    buffer.add([kept("x", 0)])
    made = make_batch(buffer.draw(0, 1))
    assert made.action_mask_BT.tolist() == [[place in (2, 3, *range(7, 12)) for place in range(12)]]
    assert made.turn_BT.tolist() == [[-1, -1, 0, 0, -1, -1, -1, 1, 1, 1, 1, 1]]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 200)), max_size=30), st.integers(0, 9))
def test_a_restored_buffer_draws_the_same(went: list[tuple[str, int]], step: int) -> None:
    first, second = (ReplayBuffer(Replay(share=1.0, per_kind=4), seed=1) for _ in range(2))
    for kind, number in went:
        first.add([kept(kind, number)])
    second.restore(first.state())
    assert first_tokens(first, step, 9) == first_tokens(second, step, 9)


@pytest.mark.parametrize("broken", ["text", [1], [{"kind": "x", "ids": [1, 2], "spans": [[1, 9]]}], [{"kind": "x"}]])
def test_a_state_that_cannot_be_read_is_told(broken: object) -> None:
    with pytest.raises(ConfigError, match="start the run anew"):
        ReplayBuffer(Replay(share=1.0), seed=0).restore(broken)


def learner(folder: Path, **changes: object) -> Learner:
    config = tiny_parts.config(**{"algorithm": {"name": "grpo"}, "learning_rate": 1e-2, **changes})
    return Learner(tiny_parts.policy(folder, config), make_algorithm(config.algorithm), Processes("cpu"))


def without_comparison(rows: Batch) -> Batch:
    """All of one group with the same reward: nothing to learn."""
    return replace(rows, rewards_B=torch.ones(len(rows)))


@pytest.mark.parametrize("algorithm", [{"name": "grpo"}, {"name": "rloo"}, {"name": "grpo", "kl_coefficient": 0.1}])
def test_the_policy_is_pulled_to_what_is_replayed_and_to_nothing_else(tmp_path: Path, algorithm: dict[str, object]) -> None:
    one = learner(tmp_path, replay={"share": 1.0}, algorithm=algorithm, updates=3)
    fresh, again = without_comparison(batch()), batch((14, 8), seed=5)
    with torch.no_grad():
        before = (one.policy.states(again).logprobs_BT.sum(), one.policy.states(fresh).logprobs_BT.sum())
    row = one.update(fresh, 0, again)
    with torch.no_grad():
        gained = one.policy.states(again).logprobs_BT.sum() - before[0]
        other = one.policy.states(fresh).logprobs_BT.sum() - before[1]
    assert row["with_gradient"] == 0  # of the new ones
    assert gained > 0
    assert gained > 2 * abs(other)


def test_without_anything_to_replay_the_step_is_the_usual_one(tmp_path: Path) -> None:
    found = []
    for again in (None, make_batch([])):
        one = learner(tmp_path, replay={"share": 1.0})
        one.update(batch(), 0, again)
        found.append([parameter.detach().clone() for parameter in one.trained.values()])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


def test_replay_is_refused_where_it_cannot_work() -> None:
    with pytest.raises(ValueError, match=r"replay\.share"):
        tiny_parts.config(replay={"share": 0.5}, algorithm={"name": "ppo"})
