"""What the tests of the call grammar share: a tokenizer of bytes, short dialogues, and what can be decoded after them."""

import json
from typing import Any

import torch

from tarl_app.agents.omni.decoding.call_schema import call_schema
from tarl_app.agents.omni.decoding.grammar import CallGrammar
from tarl_app.agents.omni.prompt.template import call_json
from tarl_app.agents.omni.prompt.tokens import byte_tokenizer
from tarl_app.core.types import AgentTurn, AudioRef, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain

MINI = byte_tokenizer()


GRAMMAR = CallGrammar(MINI, MINI.size)


RETAIL = load_domain("retail")


IDENTIFIED = ToolTurn(results=(ToolResult(call_id="f", name="find_user_id_by_email", content=""),))


SPOKEN = UserTurn(
    text="I am Mei, 12345", heard="I am May, 12345", audio=AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000)
)


def shown(content: str, is_error: bool = False) -> ToolTurn:
    return ToolTurn(results=(ToolResult(call_id="a", name="t", content=content, is_error=is_error),))


def offered(*turns: Turn) -> set[str]:
    schema = call_schema(RETAIL, (IDENTIFIED, *turns))
    return {tool["properties"]["name"]["const"] for tool in schema["anyOf"]} if schema else set()


def accepts(text: str, *turns: Turn, gap: str = "") -> bool:
    """Whether a call with this text can be decoded."""
    guide = CallGrammar(MINI, MINI.size, gap).guide(RETAIL, (IDENTIFIED, *turns))
    guide.take(MINI.special.call_open)
    logits = torch.zeros(MINI.size)
    for token in [*MINI.encode(gap + text + gap), MINI.special.call_close]:
        forced = guide.forced()
        if (forced and forced[0] != token) or (not forced and guide.restrict(logits)[token] == float("-inf")):
            return False
        guide.take(token)
    return True


def agreed(what: str) -> tuple[Turn, ...]:
    """The customer agrees to what the agent proposes."""
    return (AgentTurn(text=f"To confirm: {what}. Is that right?"), UserTurn(text="Yes, please."))


def call(name: str, **arguments: object) -> str:
    return call_json(ToolCall(id="x", name=name, arguments=arguments), RETAIL.tool(name))


def argument(schema: dict[str, Any] | None, tool: str, name: str) -> dict[str, Any]:
    assert schema is not None
    offered = next(one for one in schema["anyOf"] if one["properties"]["name"]["const"] == tool)
    return offered["properties"]["arguments"]["properties"][name]


def names_of(schema: dict[str, Any] | None) -> tuple[set[str], set[str]]:
    found: tuple[set[str], set[str]] = (set(), set())
    for tool in schema["anyOf"] if schema else ():
        arguments = tool["properties"]["arguments"]["properties"]
        for part, names in zip(("first_name", "last_name"), found, strict=True):
            names |= set(arguments.get(part, {}).get("enum", ()))
    return found


def proposed(text: str) -> tuple[Turn, ...]:
    items = [
        {"name": name, "product_id": "1000000000", "item_id": item_id, "price": 5.0, "options": {"color": "red"}}
        for name, item_id in (("Mug", "1111111111"), ("Desk Lamp", "2222222222"))
    ]
    order = {"order_id": "#W1234567", "items": items, "payment_history": []}
    return (
        shown(json.dumps(order) + " gift_card_1234567"),
        shown(json.dumps(order)),
        AgentTurn(text=text),
        UserTurn(text="Yes."),
    )


def returned(*item_ids: str) -> str:
    arguments = {"order_id": "#W1234567", "item_ids": list(item_ids), "payment_method_id": "gift_card_1234567"}
    return call("return_delivered_order_items", **arguments)
