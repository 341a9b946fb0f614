"""The tools that look things up, think, calculate and transfer; the ones that write are in ``tools_write``."""

from typing import Any

from sqlalchemy import bindparam, func, select

from tarl_app.domains.retail.models import Address, User
from tarl_app.domains.retail.tools.arguments import Email, FirstName, LastName, OrderId, ProductId, Sum, UserId, Zip
from tarl_app.domains.retail.tools.views import order_view, product_view, products_view, user_view
from tarl_app.sandbox.database import Database
from tarl_app.sandbox.tools.service_tools import SCRATCH as SCRATCH
from tarl_app.sandbox.tools.service_tools import TRANSFER as TRANSFER
from tarl_app.sandbox.tools.service_tools import calculated, found, think, transfer_to_human_agents
from tarl_app.sandbox.tools.toolbox import RefusalError, Toolbox

toolbox = Toolbox()

_BY_EMAIL = select(User.user_id).where(User.email == bindparam("email"))


def _letters(name: Any) -> Any:
    """A name in SQL by its letters alone, as ``_heard`` has it."""
    return func.lower(func.replace(func.replace(func.replace(name, "'", ""), "-", ""), " ", ""))


_BY_NAME = (
    select(User.user_id)
    .join(User.address)
    .where(
        Address.zip == bindparam("zip"),
        _letters(User.first_name) == bindparam("first"),
        _letters(User.last_name) == bindparam("last"),
    )
    .limit(2)
)


def _heard(name: str) -> str:
    """O'Shea is spelled O-S-H-E-A and written O’Shea: neither case nor apostrophes and hyphens tell people apart."""
    return "".join(sign for sign in name.lower() if sign.isalnum())


@toolbox.tool()
def calculate(_: Database, expression: Sum) -> str:
    """Work out an arithmetic expression with + - * / and brackets, rounded to cents."""
    return calculated(expression)


@toolbox.tool()
def find_user_id_by_email(db: Database, email: Email) -> str:
    """Find the user id that belongs to an e-mail address."""
    user = db.first(_BY_EMAIL, email=email)
    if user is None:
        raise RefusalError("no user has this e-mail address")
    return user.user_id


@toolbox.tool()
def find_user_id_by_name_zip(db: Database, first_name: FirstName, last_name: LastName, zip: Zip) -> str:  # noqa: A002
    """Find a user id by first name, last name and zip code."""
    users = db.all(_BY_NAME, first=_heard(first_name), last=_heard(last_name), zip=zip)
    if len(users) != 1:
        raise RefusalError("several users have this name and zip code" if users else "no user has this name and zip code")
    return users[0].user_id


@toolbox.tool()
def get_order_details(db: Database, order_id: OrderId) -> dict[str, Any]:
    """Look up an order: status, items, address, parcels and payments."""
    return found(order_view(db, order_id), "order")


@toolbox.tool()
def get_product_details(db: Database, product_id: ProductId) -> dict[str, Any]:
    """Look up a product: its variants with options, price and whether each is available."""
    return found(product_view(db, product_id), "product")


@toolbox.tool()
def get_user_details(db: Database, user_id: UserId) -> dict[str, Any]:
    """Look up a user: name, address, e-mail, payment methods and order ids."""
    return found(user_view(db, user_id), "user")


@toolbox.tool()
def list_all_product_types(db: Database) -> dict[str, str]:
    """List the name and product id of every product type in the shop."""
    return products_view(db)


toolbox.tool()(think)
toolbox.tool()(transfer_to_human_agents)
