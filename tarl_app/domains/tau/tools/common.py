"""What the tools of both domains share."""

import json
from typing import Annotated, Any

from pydantic import Field

from tarl_app.domains.tau.tools.arithmetic import calculated
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import Record, World

UserId = Annotated[str, Field(description="the customer's user id")]
PaymentId = Annotated[str, Field(description="the id of a payment method in the customer's profile")]
STORED_VALUE = "gift_card"
"""The kind of payment method that has a balance of its own."""


def shown(record: Any) -> str:
    """A record as an answer."""
    return json.dumps(record)


def methods(data: World, user_id: str) -> dict[str, Record]:
    """The payment methods of a customer, to read."""
    return data["users"][user_id]["payment_methods"]


def add_common(tools: Toolset) -> None:
    """Registers what both domains have: customers by id, a calculator, a notepad, the hand-over to a person."""

    @tools.tool()
    def get_user_details(data: World, user_id: UserId) -> str:
        """Show a customer's profile with what belongs to it."""
        return shown(data["users"][user_id]) if user_id in data["users"] else "Error: user not found"

    @tools.tool()
    def calculate(
        data: World, expression: Annotated[str, Field(description="numbers, + - * /, brackets and blanks: '12.5 * (3 + 1)'")]
    ) -> str:
        """Work out an arithmetic expression."""
        return calculated(expression)

    @tools.tool()
    def think(data: World, thought: Annotated[str, Field(description="your reasoning; nobody else sees it")]) -> str:
        """Think something over; this looks up and changes nothing."""
        return ""

    @tools.tool()
    def transfer_to_human_agents(
        data: World, summary: Annotated[str, Field(description="what the customer wants, for the person who takes over")]
    ) -> str:
        """Hand the customer over to a person, when they ask for it or the tools cannot help; this ends the call."""
        return "Transfer successful"
