"""Tools that every domain of customer service has, for its toolbox to register: think, hand over to a person; and helpers.

toolbox.tool()(think)
"""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from tarl_app.sandbox.database import Database
from tarl_app.sandbox.tools import calculator
from tarl_app.sandbox.tools.toolbox import RefusalError

T = TypeVar("T")
TRANSFER = "transfer_to_human_agents"
"""The tool that hands the customer to a person."""
SCRATCH = ("think", "calculate")
"""The tools that look nothing up."""


def one_line(text: str) -> str:
    """The text with single blanks for all white space."""
    return " ".join(text.split())


def _filled(text: str) -> str:
    if not (line := one_line(text)):
        raise ValueError("must not be empty")
    return line


Line = Annotated[str, AfterValidator(_filled)]
"""An argument: one line that is not empty."""


def found(row: T | None, what: str) -> T:
    """What was looked up; raises ``RefusalError`` where there is none."""
    if row is None:
        raise RefusalError(f"there is no such {what}")
    return row


def calculated(expression: str) -> str:
    """The value of an expression (``sandbox.calculator``); raises ``RefusalError`` where it has none."""
    try:
        return calculator.calculate(expression)
    except ValueError as error:
        raise RefusalError(str(error)) from None


def think(_: Database, thought: Annotated[str, Field(description="your reasoning; nobody else sees it")]) -> str:
    """Think something over; this looks up and changes nothing."""
    return ""


def transfer_to_human_agents(_: Database, summary: Line) -> str:
    """Hand the user over to a human agent with a summary of the request; this ends the conversation."""
    return "Transfer successful"
