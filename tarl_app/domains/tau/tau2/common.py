"""What the tools of both domains of tau2-bench share."""

from typing import Annotated

from pydantic import Field

from tarl_app.domains.tau.tools.arithmetic import calculated
from tarl_app.domains.tau.tools.common import shown
from tarl_app.domains.tau.tools.toolset import Toolset
from tarl_app.domains.tau.world import World

_SIGNS = "Error: invalid characters in expression"


def add_common(tools: Toolset) -> None:
    """Registers a calculator and the hand-over to a person."""

    @tools.tool()
    def calculate(
        data: World, expression: Annotated[str, Field(description="numbers, + - * /, brackets and blanks: '12.5 * (3 + 1)'")]
    ) -> str:
        """Work out an arithmetic expression."""
        answer = calculated(expression)
        return "Error: Invalid characters in expression" if answer == _SIGNS else answer

    @tools.tool()
    def transfer_to_human_agents(
        data: World, summary: Annotated[str, Field(description="what the customer wants, for the person who takes over")]
    ) -> str:
        """Hand the customer over to a person, when they ask for it or the tools cannot help; this ends the call."""
        return "Transfer successful"


__all__ = ["add_common", "shown"]
