"""Which amounts of money an agent can know."""

import json
import random
import re

import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.types import AgentTurn, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.guard.amounts import amounts
from tarl_app.users.scripted import scripted_user

RETAIL = load_domain("retail")


def shown(*values: object, is_error: bool = False) -> ToolTurn:
    contents = [value if isinstance(value, str) else json.dumps(value) for value in values]
    return ToolTurn(results=tuple(ToolResult(call_id="c", name="t", content=one, is_error=is_error) for one in contents))


def order(*items: tuple[str, float]) -> dict[str, object]:
    return {"items": [{"product_id": product, "price": price} for product, price in items]}


def product(name: str, *prices: float) -> dict[str, object]:
    return {"product_id": name, "variants": {str(n): {"price": price} for n, price in enumerate(prices)}}


def test_before_a_tool_has_shown_any_there_are_none() -> None:
    assert amounts([UserTurn(text="I paid $12.")]) == ()
    assert amounts([shown("Error: 5.50", is_error=True), shown("not JSON 5.50"), shown({"items": 3})]) == ()


def test_amounts_of_results_and_of_the_customer_can_be_named() -> None:
    found = amounts(
        [UserTurn(text="I thought it was $12, or 7.25?"), shown({"price": 1234.5, "history": [{"amount": 0.1}]})]
    )
    assert {"1234.50", "0.10", "12.00", "7.25"} <= set(found)


def test_what_an_exchange_costs_can_be_named_for_one_item_and_for_several_together() -> None:
    turns: list[Turn] = [shown(order(("a", 10.0), ("b", 20.0))), shown(product("a", 10.0, 13.3), product("b", 18.5))]
    found = set(amounts(turns))
    assert {"3.30", "1.50", "1.80"} <= found
    assert "8.50" not in found  # another product's variant


@pytest.mark.parametrize("kind", ["exchange", "modify_items", "lookup", "several"])
def test_the_expert_never_names_any_other(kind: str) -> None:
    named = 0
    tasks = [task for task in RETAIL.tasks("train") if task.kind == kind]
    for task in random.Random(0).sample(tasks, 12):
        conversation = Conversation(task, RETAIL, ScriptedAgent(task, RETAIL, 0), user=scripted_user(task, RETAIL, 0))
        turns = conversation.run().turns
        conversation.close()
        for place, turn in enumerate(turns):
            told = re.findall(r"\$(\d+\.\d\d)", turn.text) if isinstance(turn, AgentTurn) else []
            assert set(told) <= set(amounts(turns[:place])), turn
            named += len(told)
    assert named > 3
