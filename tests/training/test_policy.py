"""The policy: a LoRA on a frozen checkpoint, its training forward, and agents made of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tarl_app.agents.omni.decoding.masks import pack
from tarl_app.agents.omni.model.adapters import fill_lora, read_weights
from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.agents.omni.model.checkpoint_files import read_config
from tarl_app.agents.omni.model.layout import language_model
from tarl_app.core.errors import AgentError, ConfigError
from tarl_app.training.algorithms.ppo import PpoConfig
from tarl_app.training.batch.token_logprobs import Limits, token_logprobs
from tarl_app.training.policy import Policy
from tarl_app.training.rollouts.samples import Batch, make_batch, micro_batches
from tests.training import tiny_parts

CPU = torch.device("cpu")
START: dict[str, Any] = {"rank": 4, "alpha": 8}


def batch(lengths: tuple[int, ...] = (9, 14, 5), seed: int = 0) -> Batch:
    """Random tokens, of which some were chosen; a made-up batch without sounds."""
    generator = torch.Generator().manual_seed(seed)
    rows, longest = len(lengths), max(lengths)
    inside = torch.arange(longest)[None] < torch.tensor(lengths)[:, None]
    chosen = (torch.rand(rows, longest, generator=generator) < 0.5) & inside
    chosen[:, 0] = False
    empty = make_batch([])
    return replace(
        empty,
        ids_BT=torch.randint(20, 250, (rows, longest), generator=generator) * inside,
        lengths_B=torch.tensor(lengths),
        action_mask_BT=chosen,
        old_BT=torch.zeros(rows, longest),
        turn_BT=torch.where(chosen, 0, -1),
        rewards_B=torch.arange(float(rows)),
        turn_rewards=[()] * rows,
        group_B=torch.zeros(rows, dtype=torch.long),
        sounds=[()] * rows,
    )


def moved(policy: Policy, seed: int = 0) -> Policy:
    """With adapters that change something."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in policy.adapters:
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return policy


def logits_of(name: str | Path) -> Tensor:
    thinker = load_checkpoint(name, torch.float32).thinker
    ids = torch.arange(30, 60)[None]
    with torch.no_grad():
        return thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits


def test_a_policy_can_go_on_from_an_adapter_and_its_reference_is_still_the_base(tmp_path: Path) -> None:
    first = moved(Policy.load(tiny_parts.config(), CPU))
    first.save(tmp_path / "first", "first")
    again = Policy.load(tiny_parts.config(adapter=START | {"start": str(tmp_path / "first")}), CPU)
    told, expected = again.states(batch()).logprobs_BT, first.states(batch()).logprobs_BT
    assert torch.allclose(told, expected, atol=0.02)  # stored as bfloat16
    with again.reference(), torch.no_grad():
        assert torch.allclose(
            again.states(batch()).logprobs_BT, Policy.load(tiny_parts.config(), CPU).states(batch()).logprobs_BT
        )
    assert (told - again.states(batch(seed=1)).logprobs_BT).abs().max() > 0.02
    again.save(tmp_path / "second", "second")
    assert torch.equal(logits_of(tmp_path / "first"), logits_of(tmp_path / "second"))


def test_the_reference_can_be_the_adapter_that_the_run_started_from(tmp_path: Path) -> None:
    moved(Policy.load(tiny_parts.config(), CPU)).save(tmp_path / "first", "first")
    form = START | {"start": str(tmp_path / "first"), "reference": "start"}
    policy = Policy.load(tiny_parts.config(adapter=form), CPU)
    with torch.no_grad():
        at_first = policy.states(batch()).logprobs_BT
        moved(policy, seed=1)
        now = policy.states(batch()).logprobs_BT
        with policy.reference():
            assert torch.equal(policy.states(batch()).logprobs_BT, at_first)
        assert torch.equal(policy.states(batch()).logprobs_BT, now)
    assert not torch.allclose(now, at_first, atol=0.02)
    with pytest.raises(ValueError, match=r"needs the checkpoint in adapter\.start"):
        tiny_parts.config(adapter=START | {"reference": "start"})


def test_what_was_trained_for_a_domain_and_goes_on_in_another_is_trained_for_both(tmp_path: Path) -> None:
    policy = Policy.load(tiny_parts.config(), CPU)
    policy.save(tmp_path / "unknown", "unknown")
    assert read_config(tmp_path / "unknown").domains == ()
    known = policy.loaded.config.model_copy(update={"domains": ("math",)})
    policy.loaded = replace(policy.loaded, config=known)
    policy.save(tmp_path / "known", "known")
    assert read_config(tmp_path / "known").domains == (
        "math",
        *dict.fromkeys(one.domain for one in tiny_parts.config().sources),
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"adapter": START | {"start": "nowhere"}}, "no checkpoint 'nowhere'"),
        ({"adapter": START | {"rank": 8}}, "another form .* rank 4, alpha 8"),
        ({"base": "omni-mini-early"}, "was not made from omni-mini-early: set base to tiny-random"),
    ],
)
def test_an_adapter_of_another_base_or_form_is_refused(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    Policy.load(tiny_parts.config(), CPU).save(tmp_path, "first")
    changed = tiny_parts.config(**{"adapter": START, **changes})
    adapter = changed.adapter.model_copy(update={"start": changed.adapter.start or str(tmp_path)})
    with pytest.raises(ConfigError, match=told):
        Policy.load(changed.model_copy(update={"adapter": adapter}), CPU)


def test_stored_adapters_that_lack_a_layer_are_refused(tmp_path: Path) -> None:
    policy = Policy.load(tiny_parts.config(), CPU)
    policy.save(tmp_path, "first")
    weights = read_weights(tmp_path)
    weights.pop(next(name for name in weights if ".lora_A" in name))
    with pytest.raises(AgentError, match="not of the layers and rank"):
        fill_lora(policy.thinker, weights)


def test_a_policy_starts_as_its_base_and_without_its_adapter_it_always_is() -> None:
    policy = Policy.load(tiny_parts.config(), CPU)
    before = policy.states(batch()).logprobs_BT
    moved(policy)
    after = policy.states(batch()).logprobs_BT
    with policy.reference(), torch.no_grad():
        reference = policy.states(batch()).logprobs_BT
    assert torch.allclose(before, reference, atol=1e-6)
    assert (after - before).abs().max() > 0.01
    assert all(parameter.requires_grad for parameter in policy.adapters)  # also after the reference


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_chosen_log_probabilities_entropies_and_gradients_are_those_of_all_logits(temperature: float) -> None:
    made = batch()
    policy = moved(Policy.load(tiny_parts.config(temperature=temperature), CPU))
    states = policy.states(made)
    (states.logprobs_BT.sum() + 0.3 * states.entropy_BT.sum()).backward()
    ours = [parameter.grad.clone() for parameter in policy.adapters if parameter.grad is not None]
    for parameter in policy.adapters:
        parameter.grad = None
    mask = (torch.arange(made.ids_BT.shape[1])[None] < made.lengths_B[:, None]).long()
    logits = policy.thinker(input_ids=made.ids_BT, attention_mask=mask).logits / temperature
    every = logits.log_softmax(-1)
    logprobs = every[:, :-1].gather(2, made.ids_BT[:, 1:, None])[..., 0] * made.action_mask_BT[:, 1:]
    entropy = -(every.exp() * every).sum(-1)[:, :-1] * made.action_mask_BT[:, 1:]
    (logprobs.sum() + 0.3 * entropy.sum()).backward()
    assert torch.allclose(states.logprobs_BT[:, 1:], logprobs, atol=1e-5)
    assert torch.allclose(states.entropy_BT[:, 1:], entropy, atol=1e-5)
    theirs = [parameter.grad for parameter in policy.adapters if parameter.grad is not None]
    assert len(ours) == len(theirs) == len(policy.adapters)
    for a, b in zip(ours, theirs, strict=True):
        assert torch.allclose(a, b, atol=1e-4, rtol=1e-3)


def test_gradient_checkpointing_changes_nothing_but_memory() -> None:
    gradients = []
    for checkpointing in (False, True):
        policy = moved(Policy.load(tiny_parts.config(gradient_checkpointing=checkpointing), CPU))
        policy.states(batch()).logprobs_BT.sum().backward()
        gradients.append([parameter.grad for parameter in policy.adapters])
    for plain, checkpointed in zip(*gradients, strict=True):
        assert torch.allclose(plain, checkpointed, atol=1e-6)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_with_checkpointing_each_layer_is_computed_again_on_the_way_back(checkpointing: bool) -> None:
    policy = moved(Policy.load(tiny_parts.config(gradient_checkpointing=checkpointing), CPU))
    layers = language_model(policy.thinker).layers
    calls = [0] * len(layers)

    def count(number: int) -> None:
        calls[number] += 1

    for number, layer in enumerate(layers):
        layer.mlp.register_forward_pre_hook(lambda *_, number=number: count(number))
    states = policy.states(batch())
    assert calls == [1] * len(layers)
    states.logprobs_BT.sum().backward()
    assert calls == [2 if checkpointing else 1] * len(layers)
    with torch.no_grad():
        policy.states(batch())
    assert calls == [3 if checkpointing else 2] * len(layers)


def test_no_tensor_of_the_whole_vocabulary_for_every_token_is_made(tmp_path: Path) -> None:
    seen: list[int] = []
    policy = Policy.load(tiny_parts.config(), CPU)
    policy.thinker.lm_head.register_forward_hook(lambda *_: seen.append(1))
    made = batch((400, 380))
    with torch.profiler.profile(record_shapes=True, activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        policy.states(made).logprobs_BT.sum().backward()
    vocabulary = policy.thinker.lm_head.weight.shape[0]
    rows = [
        shape[0]
        for event in profile.events()
        for shape in event.input_shapes or []
        if len(shape) == 2 and shape[1] == vocabulary
    ]
    wide = [
        shape
        for event in profile.events()
        for shape in event.input_shapes or []
        if len(shape) == 3 and shape[2] == vocabulary
    ]
    assert max(rows) <= max(made.tokens, vocabulary)
    assert not wide
    assert not seen


def test_the_output_layer_must_be_frozen() -> None:
    weight = torch.randn(7, 4, requires_grad=True)
    with pytest.raises(ValueError, match="frozen"):
        token_logprobs(torch.randn(3, 4), weight, torch.tensor([0, 1, 2]))


def test_a_token_that_was_chosen_among_some_is_as_likely_as_among_these() -> None:
    """Log-probabilities, entropies and their gradients are those of a softmax over the tokens that were left."""
    generator = torch.Generator().manual_seed(3)
    weight, targets = torch.randn(40, 6, generator=generator), torch.tensor([3, 5, 11, 39])
    left = torch.rand(2, 40, generator=generator) < 0.3
    left[0, 5] = left[1, 39] = True
    limits = Limits(torch.tensor([-1, 0, -1, 1]), torch.from_numpy(np.stack([pack(row) for row in left])))
    found = []
    for ours in (True, False):
        hidden = torch.randn(4, 6, generator=torch.Generator().manual_seed(4)).requires_grad_()
        if ours:
            logprobs, entropy = token_logprobs(hidden, weight, targets, 0.7, limits)
        else:
            logits = hidden @ weight.T / 0.7
            mask = torch.ones(4, 40, dtype=torch.bool)
            mask[1], mask[3] = left
            every = logits.masked_fill(~mask, -1e30).log_softmax(-1)
            logprobs, entropy = every.gather(1, targets[:, None])[:, 0], -(every.exp() * every).sum(-1)
        (logprobs @ torch.tensor([1.0, -2.0, 0.5, 3.0]) + entropy @ torch.tensor([0.3, 1.0, -1.0, 2.0])).backward()
        found.append((logprobs.detach(), entropy.detach(), hidden.grad))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_what_the_grammar_took_gets_neither_likelier_nor_less_likely() -> None:
    """Left without a limit, a worse reply would make all calls that the grammar allows less likely, without end."""
    weight, targets = torch.eye(8), torch.tensor([2])
    left = torch.zeros(8, dtype=torch.bool)
    left[[2, 3]] = True
    limits = Limits(torch.tensor([0]), torch.from_numpy(pack(left))[None])
    pulls = []
    for given in (limits, None):
        hidden = torch.zeros(1, 8, requires_grad=True)
        (-token_logprobs(hidden, weight, targets, 1.0, given)[0]).sum().backward()
        assert hidden.grad is not None
        pulls.append(hidden.grad[0])
    assert torch.allclose(pulls[0][left].sum(), torch.tensor(0.0), atol=1e-6)
    assert not pulls[0][~left].any()
    assert pulls[1][~left].all()


def test_values_come_with_ppo_alone_and_do_not_pull_at_the_policy() -> None:
    assert Policy.load(tiny_parts.config(), CPU).states(batch()).values_BT is None
    policy = Policy.load(tiny_parts.config(algorithm=PpoConfig()), CPU)
    assert policy.value_head is not None
    torch.nn.init.ones_(policy.value_head.linear.weight)
    values = policy.states(batch()).values_BT
    assert values is not None
    values.sum().backward()
    assert policy.value_head.linear.weight.grad is not None
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in policy.adapters)


def test_micro_batches_hold_every_row_once_and_no_more_tokens_than_allowed() -> None:
    lengths = [30, 5, 9, 30, 100, 1]
    found = list(micro_batches(lengths, 60))
    assert sorted(row for rows in found for row in rows) == list(range(6))
    assert found[0] == [4]  # the longest first, alone although it is too long
    assert all(max(lengths[row] for row in rows) * len(rows) <= 60 for rows in found[1:])


# --- agents made of a policy ----------------------------------------------------------------------------------------


def test_a_saved_policy_is_an_agent_that_computes_the_same(tmp_path: Path) -> None:
    policy = moved(Policy.load(tiny_parts.config(), CPU))
    policy.save(tmp_path / "first", "first")
    ids = torch.arange(30, 60)[None]
    with torch.no_grad():
        ours = policy.thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    assert torch.allclose(ours, logits_of(tmp_path / "first"), atol=0.05, rtol=0.05)  # stored as bfloat16
    assert (ours - logits_of("tiny-random")).abs().max() > 0.2


def test_a_policy_on_top_of_a_policy_loads_both(tmp_path: Path) -> None:
    moved(Policy.load(tiny_parts.config(), CPU)).save(tmp_path / "first", "first")
    second = moved(Policy.load(tiny_parts.config(base=str(tmp_path / "first")), CPU), seed=1)
    with second.reference(), torch.no_grad():
        ids = torch.arange(30, 60)[None]
        reference = second.thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    assert torch.allclose(reference, logits_of(tmp_path / "first"))
    second.save(tmp_path / "second", "second")
    with torch.no_grad():
        ours = second.thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    assert torch.allclose(ours, logits_of(tmp_path / "second"), atol=0.05, rtol=0.05)


def test_an_agent_whose_base_has_changed_or_is_gone_is_refused(tmp_path: Path) -> None:
    moved(Policy.load(tiny_parts.config(), CPU)).save(tmp_path / "first", "first")
    second = Policy.load(tiny_parts.config(base=str(tmp_path / "first")), CPU)
    second.save(tmp_path / "second", "second")
    moved(Policy.load(tiny_parts.config(), CPU), seed=9).save(tmp_path / "first", "first")
    with pytest.raises(AgentError, match="tuned from another"):
        load_checkpoint(tmp_path / "second")
    (tmp_path / "first" / "config.json").unlink()
    with pytest.raises(AgentError, match="which is not here"):
        load_checkpoint(tmp_path / "second")


# --- the adapter inside of the weights ------------------------------------------------------------------------------


def test_merged_the_policy_computes_the_same_and_leaves_its_frozen_weights_as_they_were() -> None:
    policy = moved(Policy.load(tiny_parts.config(), CPU))
    ids = torch.arange(30, 60)[None]

    def logits() -> Tensor:
        with torch.no_grad():
            return policy.thinker(input_ids=ids, attention_mask=torch.ones_like(ids)).logits

    before, weights = logits(), {name: one.clone() for name, one in policy.thinker.state_dict().items()}
    with policy.merged():
        assert torch.allclose(logits(), before, atol=1e-4)
        assert any(not torch.equal(one, weights[name]) for name, one in policy.thinker.state_dict().items())
    assert torch.equal(logits(), before)
    assert all(torch.equal(one, weights[name]) for name, one in policy.thinker.state_dict().items())
