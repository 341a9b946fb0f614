"""The tools that look things up, think, calculate and transfer; the ones that write are in ``tools_write``."""

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import func, select

from tarl_app.sandbox import calculator
from tarl_app.sandbox.database import RecordingSession
from tarl_app.sandbox.domains.retail.arguments import Email, Line, OrderId, ProductId, UserId, Zip
from tarl_app.sandbox.domains.retail.models import Address, Order, Product, User
from tarl_app.sandbox.domains.retail.views import order_view, product_view, user_view
from tarl_app.sandbox.toolbox import RefusalError, Toolbox

toolbox = Toolbox()


def the_order(session: RecordingSession, order_id: str) -> Order:
    """The order of that id, or a refusal."""
    if (order := session.get(Order, order_id)) is None:
        raise RefusalError("there is no such order")
    return order


def the_user(session: RecordingSession, user_id: str) -> User:
    """The user of that id, or a refusal."""
    if (user := session.get(User, user_id)) is None:
        raise RefusalError("there is no such user")
    return user


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
    found = session.scalar(select(User.user_id).where(User.email == email))
    if found is None:
        raise RefusalError("no user has this e-mail address")
    return found


@toolbox.tool()
def find_user_id_by_name_zip(session: RecordingSession, first_name: Line, last_name: Line, zip: Zip) -> str:  # noqa: A002
    """Find a user id by first name, last name and zip code."""
    query = select(User.user_id).join(User.address).where(Address.zip == zip)
    query = query.where(func.lower(User.first_name) == first_name.lower(), func.lower(User.last_name) == last_name.lower())
    found = session.scalars(query.limit(2)).all()
    if len(found) != 1:
        raise RefusalError("several users have this name and zip code" if found else "no user has this name and zip code")
    return found[0]


@toolbox.tool()
def get_order_details(session: RecordingSession, order_id: OrderId) -> dict[str, Any]:
    """Look up an order: status, items, address, parcels and payments."""
    return order_view(the_order(session, order_id))


@toolbox.tool()
def get_product_details(session: RecordingSession, product_id: ProductId) -> dict[str, Any]:
    """Look up a product: its variants with options, price and whether each is available."""
    if (product := session.get(Product, product_id)) is None:
        raise RefusalError("there is no such product")
    return product_view(product)


@toolbox.tool()
def get_user_details(session: RecordingSession, user_id: UserId) -> dict[str, Any]:
    """Look up a user: name, address, e-mail, payment methods and order ids."""
    return user_view(the_user(session, user_id))


@toolbox.tool()
def list_all_product_types(session: RecordingSession) -> dict[str, str]:
    """List the name and product id of every product type in the shop."""
    rows = session.execute(select(Product.name, Product.product_id).order_by(Product.name))
    return {row.name: row.product_id for row in rows}


@toolbox.tool()
def think(_: RecordingSession, thought: Annotated[str, Field(description="your reasoning; nobody else sees it")]) -> str:
    """Think something over; this looks up and changes nothing."""
    return ""


@toolbox.tool()
def transfer_to_human_agents(_: RecordingSession, summary: Line) -> str:
    """Hand the user over to a human agent with a summary of the request; this ends the conversation."""
    return "Transfer successful"
