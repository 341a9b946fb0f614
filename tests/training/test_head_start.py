"""The expert takes the first turns: the same for a whole group, read and not trained on, and the policy has the rest."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.domains import load_domain
from tarl_app.training.configuration.config import Source
from tarl_app.training.policy import Policy
from tarl_app.training.rollouts.head_start import given_turns
from tarl_app.training.rollouts.lines import Job, Outcome
from tarl_app.training.rollouts.parts import standard_parts
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.training.rollouts.samples import make_batch
from tests.training import tiny_parts

RETAIL = load_domain("retail")
TASK = next(task for task in RETAIL.tasks("train") if task.kind == "cancel")
SOURCE = Source(name="text", head_start=1.0)
PARTS = standard_parts(tiny_parts.config(sources=(SOURCE,)), hears=False)


def play(folder: Path, given: int, scheme: str = "tarl") -> tuple[Policy, list[Outcome]]:
    made = tiny_parts.config(sources=(SOURCE,), max_agent_turns=given + 2, scheme=scheme)
    loaded = tiny_parts.loaded(folder)
    loaded = replace(loaded, config=loaded.config.model_copy(update={"context": 32_768, "hears": False}))
    policy = Policy(loaded, made, torch.device("cpu"))
    return policy, Rollouts(policy, PARTS).play([Job(SOURCE, TASK, "0", 7, member, given) for member in range(3)])


def alone() -> list[str]:
    """What the expert and its customer say to each other without anybody else, one line a turn."""
    expert = ScriptedAgent(TASK, RETAIL, 7, varied=False)
    conversation = Conversation(TASK, RETAIL, expert, user=PARTS.user(SOURCE, TASK, 7), seed=7)
    turns = conversation.run().turns
    conversation.close()
    return [turn.model_dump_json(exclude={"timing", "seconds"}) for turn in turns]


@pytest.mark.parametrize("given", [0, 1, 3])
def test_the_first_turns_are_the_experts_and_the_rest_the_policys(tmp_path: Path, given: int) -> None:
    _, outcomes = play(tmp_path, given)
    for one in outcomes:
        assert one.rollout is not None
        (index, _), *_ = one.episode.agent_turns[given:]
        said = [turn.model_dump_json(exclude={"timing", "seconds"}) for turn in one.episode.turns[:index]]
        assert said == alone()[:index]
        assert not one.rollout.chosen[(one.rollout.turn >= 0) & (one.rollout.turn < given)].any()
        assert one.rollout.chosen[one.rollout.turn == given].any()


def test_what_the_policy_says_after_it_is_recorded_as_it_was_sampled(tmp_path: Path) -> None:
    policy, outcomes = play(tmp_path, 3)
    batch = make_batch([one.rollout for one in outcomes if one.rollout])
    assert batch.tokens > 6
    with torch.no_grad():
        states = policy.states(batch)
    assert torch.allclose(states.logprobs_BT, batch.old_BT, atol=2e-5)


def test_turn_rewards_are_those_of_all_turns(tmp_path: Path) -> None:
    _, outcomes = play(tmp_path, 2, "tarl_per_turn")
    for one in outcomes:
        assert one.rollout is not None
        assert len(one.rollout.turn_rewards) == len(one.episode.agent_turns)


def test_as_many_are_given_as_are_drawn_and_never_all() -> None:
    turns = sum('"kind":"agent"' in line for line in alone())
    found = {given_turns(SOURCE, TASK, seed, PARTS) for seed in range(60)}
    assert found <= set(range(turns + 3))
    assert len(found) > 4
    assert 0 in found
    assert given_turns(SOURCE, TASK, 5, PARTS) == given_turns(SOURCE, TASK, 5, PARTS)
    half = Source(name="text", head_start=0.5)
    assert max(given_turns(half, TASK, seed, PARTS) for seed in range(40)) <= (turns + 3) // 2
    assert {given_turns(Source(name="text"), TASK, seed, PARTS) for seed in range(5)} == {0}


def test_tools_break_down_as_the_run_says_and_for_all_members_alike(tmp_path: Path) -> None:
    made = tiny_parts.config(sources=(SOURCE,), max_agent_turns=5, faults={"fail": 0.5, "nonsense": 0.5})
    loaded = tiny_parts.loaded(tmp_path)
    loaded = replace(loaded, config=loaded.config.model_copy(update={"context": 32_768, "hears": False}))
    policy = Policy(loaded, made, torch.device("cpu"))
    outcomes = Rollouts(policy, PARTS).play([Job(SOURCE, TASK, "0", 7, member, 3) for member in range(2)])
    met = [[(result.fault, result.content) for _, result in one.episode.calls[:2]] for one in outcomes]
    assert all(fault for one in met for fault, _ in one)
    assert met[0] == met[1]
