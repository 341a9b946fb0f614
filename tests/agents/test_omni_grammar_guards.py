"""What can be decoded under each guard: off, schema, policy."""

import json

import pytest
import torch

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.decoding.grammar import CALL_TOKENS
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.core.types import Guards, Turn, UserTurn
from tests.agents.grammar_parts import GRAMMAR, IDENTIFIED, MINI, RETAIL, agreed, call, proposed, returned, shown
from tests.agents.omni_parts import DIALOGUE, SHOP, tiny_loaded


def can_write(text: str, guard: Guards, *turns: Turn) -> bool:
    """Whether a reply that is this call can be decoded under the guard."""
    guide = GRAMMAR.guide(RETAIL, turns, guard=guard)
    special = MINI.special
    for token in [special.call_open, *MINI.encode(text), special.call_close]:
        forced = guide.forced()
        if (forced and forced[0] != token) or (not forced and not guide.left(MINI.size)[token]):
            return False
        guide.take(token)
    return True


CANCELLED = call("cancel_pending_order", order_id="#W1234567", reason="no longer needed")


ASKING = (IDENTIFIED, UserTurn(text="Cancel order #W1234567."))


def test_off_lets_a_write_come_before_consent_and_even_a_call_that_cannot_be_read() -> None:
    assert can_write(CANCELLED, "off", *ASKING)
    assert can_write(CANCELLED, "off", UserTurn(text="Hi."))
    assert can_write('{"name": "cancel_pending', "off", *ASKING)
    guide = GRAMMAR.guide(RETAIL, ASKING, guard="off")
    assert guide.free
    assert guide.forced() == []
    guide.take(MINI.special.call_open)
    assert guide.forced() == []


def test_off_ends_a_reply_at_its_limit_and_leaves_an_open_call_some_room() -> None:
    guide = GRAMMAR.guide(RETAIL, ASKING, guard="off")
    guide.take(MINI.special.call_open)
    for token in MINI.encode("x" * 20):
        guide.take(token)
    assert not guide.is_full(10)
    guide.take(MINI.special.call_open)  # another inside it does not begin the count again
    for token in MINI.encode("x" * CALL_TOKENS):
        guide.take(token)
    assert guide.is_full(10)


def test_schema_lets_a_write_come_before_consent_but_only_with_what_was_said_or_shown() -> None:
    assert can_write(CANCELLED, "schema", *ASKING)
    assert can_write(CANCELLED, "schema", ASKING[1])  # before anybody was identified, too
    assert not can_write(call("cancel_pending_order", order_id="#W7654321", reason="no longer needed"), "schema", *ASKING)
    assert not can_write(call("cancel_pending_order", order_id="#W1234567", reason="why not"), "schema", *ASKING)
    assert not can_write('{"name": "drop_table", "arguments": {}}', "schema", *ASKING)


def test_schema_leaves_amounts_and_what_was_proposed_free() -> None:
    order = shown(json.dumps({"items": [], "payment_history": [{"amount": 12.5}]}))
    assert can_write(call("calculate", expression="99.99 + 1"), "schema", IDENTIFIED, order)
    assert GRAMMAR.guide(RETAIL, [order], guard="schema").amounts == ()
    turns = proposed("To confirm: you return the Mug from order #W1234567. Is that right?")
    assert can_write(returned("2222222222"), "schema", IDENTIFIED, *turns)


def test_policy_keeps_a_write_until_there_is_consent() -> None:
    assert not can_write(CANCELLED, "policy", *ASKING)
    assert can_write(CANCELLED, "policy", *ASKING, *agreed("I cancel order #W1234567"))
    turns = proposed("To confirm: you return the Mug from order #W1234567. Is that right?")
    assert not can_write(returned("2222222222"), "policy", IDENTIFIED, *turns)


@pytest.mark.parametrize("guard", ["off", "schema", "policy"])
def test_an_agent_decodes_under_the_guard_that_it_was_given(guard: Guards) -> None:
    loaded = tiny_loaded(hears=False, sampling=Sampling(max_new_tokens=30))
    opening = loaded.tokenizer.special.call_open
    bias = torch.zeros(loaded.tokenizer.size)
    bias[opening], bias[MINI.encode('"')[0]] = 1e4, 1e3  # the model wants to call whenever it may

    def insist(_: torch.nn.Module, __: object, logits: torch.Tensor) -> torch.Tensor:
        return logits + bias

    handle = loaded.thinker.lm_head.register_forward_hook(insist)
    try:
        turn = OmniAgent(loaded, SHOP, guard=guard).reply(DIALOGUE[:1])
    finally:
        handle.remove()
    assert (turn.malformed is not None) == (guard == "off")
    assert bool(turn.tool_calls) == (guard != "off")
