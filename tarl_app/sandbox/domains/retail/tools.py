"""The tools that look things up, think, calculate and transfer; the ones that write are in ``tools_write``."""

from typing import Annotated, Any, TypeVar

from pydantic import Field
from sqlalchemy import bindparam, func, select

from tarl_app.sandbox import calculator
from tarl_app.sandbox.database import RecordingSession
from tarl_app.sandbox.domains.retail.arguments import Email, Line, OrderId, ProductId, UserId, Zip
from tarl_app.sandbox.domains.retail.models import Address, User
from tarl_app.sandbox.domains.retail.views import order_view, product_view, products_view, user_view
from tarl_app.sandbox.toolbox import RefusalError, Toolbox

toolbox = Toolbox()

T = TypeVar("T")

_BY_EMAIL = select(User.user_id).where(User.email == bindparam("email"))
_BY_NAME = (
    select(User.user_id)
    .join(User.address)
    .where(
        Address.zip == bindparam("zip"),
        func.lower(User.first_name) == func.lower(bindparam("first")),
        func.lower(User.last_name) == func.lower(bindparam("last")),
    )
    .limit(2)
)


def found(row: T | None, what: str) -> T:
    """What was looked up, or a refusal."""
    if row is None:
        raise RefusalError(f"there is no such {what}")
    return row


@toolbox.tool()
def calculate(_: RecordingSession, expression: Annotated[str, Field(description="such as '2 * (3.5 + 1)'")]) -> str:
    """Work out an arithmetic expression with + - * / and brackets, rounded to cents."""
    try:
        return calculator.calculate(expression)
    except ValueError as error:
        raise RefusalError(str(error)) from None


@toolbox.tool()
def find_user_id_by_email(session: RecordingSession, email: Email) -> str:
    """Find the user id that belongs to an e-mail address."""
    user_id = session.connection().execute(_BY_EMAIL, {"email": email}).scalar()
    if user_id is None:
        raise RefusalError("no user has this e-mail address")
    return user_id


@toolbox.tool()
def find_user_id_by_name_zip(session: RecordingSession, first_name: Line, last_name: Line, zip: Zip) -> str:  # noqa: A002
    """Find a user id by first name, last name and zip code."""
    who = {"first": first_name, "last": last_name, "zip": zip}
    user_ids = session.connection().execute(_BY_NAME, who).scalars().all()
    if len(user_ids) != 1:
        raise RefusalError("several users have this name and zip code" if user_ids else "no user has this name and zip code")
    return user_ids[0]


@toolbox.tool()
def get_order_details(session: RecordingSession, order_id: OrderId) -> dict[str, Any]:
    """Look up an order: status, items, address, parcels and payments."""
    return found(order_view(session, order_id), "order")


@toolbox.tool()
def get_product_details(session: RecordingSession, product_id: ProductId) -> dict[str, Any]:
    """Look up a product: its variants with options, price and whether each is available."""
    return found(product_view(session, product_id), "product")


@toolbox.tool()
def get_user_details(session: RecordingSession, user_id: UserId) -> dict[str, Any]:
    """Look up a user: name, address, e-mail, payment methods and order ids."""
    return found(user_view(session, user_id), "user")


@toolbox.tool()
def list_all_product_types(session: RecordingSession) -> dict[str, str]:
    """List the name and product id of every product type in the shop."""
    return products_view(session)


@toolbox.tool()
def think(_: RecordingSession, thought: Annotated[str, Field(description="your reasoning; nobody else sees it")]) -> str:
    """Think something over; this looks up and changes nothing."""
    return ""


@toolbox.tool()
def transfer_to_human_agents(_: RecordingSession, summary: Line) -> str:
    """Hand the user over to a human agent with a summary of the request; this ends the conversation."""
    return "Transfer successful"
