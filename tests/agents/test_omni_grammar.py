"""Constrained decoding: every call can be read and fits its schema, and the model keeps its choice outside of calls."""

import json
from dataclasses import replace
from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.agents.omni.decoding.call_schema import FORMAT, call_schema
from tarl_app.agents.omni.decoding.grammar import CALL_TOKENS, CallGuide
from tarl_app.agents.omni.prompt.template import parse_call
from tarl_app.core.domain import Guard
from tarl_app.core.types import Turn, UserTurn
from tests.agents.grammar_parts import GRAMMAR, IDENTIFIED, MINI, RETAIL, accepts, argument, shown
from tests.agents.omni_parts import SHOP


def test_calls_are_written_as_the_template_writes_them() -> None:
    assert not accepts('{"name":"list_all_product_types","arguments":{}}')
    assert accepts('{"name": "list_all_product_types", "arguments": {}}')
    assert accepts('{"name": "list_all_product_types", "arguments": {}}', gap="\n")


def test_unknown_tools_and_arguments_cannot_be_written() -> None:
    assert not accepts('{"name": "drop_table", "arguments": {}}')
    assert not accepts('{"name": "get_order_details", "arguments": {"order_id": "#W1234567", "force": true}}')


def test_what_is_certain_is_forced() -> None:
    guide = GRAMMAR.guide(SHOP, ())
    assert guide.forced() == []
    guide.take(MINI.special.call_open)
    assert MINI.decode(guide.forced()) == '{"name": "'


@given(st.lists(st.integers(0, MINI.size - 1), max_size=30))
def test_text_outside_of_calls_is_free(tokens: list[int]) -> None:
    guide = GRAMMAR.guide(SHOP, ())
    for token in tokens:
        if token == MINI.special.call_open:
            break
        assert torch.equal(guide.restrict(torch.ones(MINI.size)), torch.ones(MINI.size))
        guide.take(token)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([(), (shown('{"a": "1234567890 credit_card_1234567 mei_k_1234"}'),)]))
def test_whatever_the_model_prefers_a_call_can_be_read_and_fits_its_schema(seed: int, turns: tuple[Turn, ...]) -> None:
    generator = torch.Generator().manual_seed(seed)
    guide = GRAMMAR.guide(RETAIL, (IDENTIFIED, *turns))
    guide.take(MINI.special.call_open)
    ids: list[int] = []
    while not ids or ids[-1] != MINI.special.call_close:
        logits = torch.randn(MINI.size, generator=generator)
        logits[MINI.encode('"')[0]] += 3  # strings end
        for token in guide.forced() or [int(guide.restrict(logits).argmax())]:
            guide.take(token)
            ids.append(token)
    made = parse_call(MINI.decode(ids[:-1]), "x")
    assert made is not None
    spec = RETAIL.tool(made.name)
    assert spec is not None
    assert set(spec.parameters["required"]) <= made.arguments.keys() <= spec.parameters["properties"].keys()


def longest(tool: dict[str, Any], amounts: tuple[str, ...]) -> int:
    """Bytes of a call of the tool, with its tags, when every list, sum and free string goes on as long as it may."""
    guide = CallGuide(GRAMMAR, {**tool, "x-guidance": FORMAT}, amounts)
    guide.take(MINI.special.call_open)
    ending = torch.zeros(MINI.size)
    ending[[MINI.encode(mark)[0] for mark in '"]}']] = -1e3
    taken, closed = 1, False
    while not closed:
        for token in guide.forced() or [int(guide.restrict(ending).argmax())]:
            guide.take(token)
            taken, closed = taken + 1, token == MINI.special.call_close
    return taken


def test_the_longest_call_of_the_shop_ends_by_itself_in_time() -> None:
    free = replace(RETAIL, guard=Guard(amounts=RETAIL.guard.amounts))
    words = UserTurn(
        text="9805 North Heron Court, Albuquerque, NM 87102, maximiliane.featherstonehaugh0096@mail.example.com"
    )
    ids = shown('{"order": "#W1234567", "item": "1234567890", "user": "maximiliane_featherstonehaugh_1234", "a": 1249.95}')
    schema = call_schema(free, (IDENTIFIED, words, ids, shown('{"payment": "credit_card_1234567", "price": 2312.50}')))
    assert schema is not None
    lengths = {tool["properties"]["name"]["const"]: longest(tool, ("1249.95", "2312.50")) for tool in schema["anyOf"]}
    assert lengths.keys() == {tool.name for tool in RETAIL.tools}
    assert max(lengths.values()) <= CALL_TOKENS, lengths
    assert lengths["exchange_delivered_order_items"] > 12 * len('"1234567890", ')  # the list did go on


def test_a_customer_who_pastes_a_book_can_still_be_looked_up() -> None:
    book = " ".join(f"word{number}" for number in range(20_000))
    turns = [UserTurn(text=book), UserTurn(text="I am Ada Ng, 78763.")]
    guide = GRAMMAR.guide(RETAIL, turns)
    guide.take(MINI.special.call_open)
    assert guide.matcher is not None
    assert {"Ada", "Ng"} <= set(argument(guide.schema, "find_user_id_by_name_zip", "first_name")["enum"])


def test_the_schema_is_json() -> None:
    assert json.loads(json.dumps(call_schema(RETAIL, [IDENTIFIED])))
    assert call_schema(RETAIL, ()) is None  # nobody has said who they are


def test_replies_under_one_schema_are_followed_apart() -> None:
    first, second = GRAMMAR.guide(SHOP, ()), GRAMMAR.guide(SHOP, ())
    for guide in (first, second):
        guide.take(MINI.special.call_open)
    before = second.restrict(torch.zeros(MINI.size))
    for token in first.forced():
        first.take(token)
    first.take(int(first.restrict(torch.zeros(MINI.size)).argmax()))
    assert torch.equal(second.restrict(torch.zeros(MINI.size)), before)
    assert MINI.decode(second.forced()) == '{"name": "'
    third = GRAMMAR.guide(SHOP, ())
    third.take(MINI.special.call_open)
    assert torch.equal(third.restrict(torch.zeros(MINI.size)), before)
