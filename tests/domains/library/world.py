"""The library's tables with their rows, and the tools that read and write them."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import ForeignKey, Row, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tarl_app.sandbox.database import Database, Template
from tarl_app.sandbox.tools.service_tools import found, transfer_to_human_agents
from tarl_app.sandbox.tools.toolbox import RefusalError, Toolbox

TODAY, EXTENSION, MOST = date(2026, 5, 4), timedelta(14), 3
DUE, EXTENDED = str(TODAY + 2 * EXTENSION), str(TODAY + 3 * EXTENSION)  # of a book that is lent today
NAMES = ["Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gil", "Hana", "Ivo", "June", "Karl", "Lena"]
TITLES = [f"{name} and the {thing}" for name in reversed(NAMES) for thing in ("River", "Garden", "Mirror", "Harbor")]
DAYS = [TODAY + timedelta(1 + n) for n in range(12)]  # when the members' loans are due
CARDS, BOOKS = [f"C{204817 + 311 * n}" for n in range(12)], [f"B{500012 + 17 * n}" for n in range(48)]


class Base(DeclarativeBase): ...


class Member(Base):
    __tablename__ = "members"
    card_number: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Book(Base):
    __tablename__ = "books"
    book_id: Mapped[str] = mapped_column(primary_key=True)
    book_title: Mapped[str]


class Loan(Base):
    __tablename__ = "loans"
    book_id: Mapped[str] = mapped_column(ForeignKey(Book.book_id), primary_key=True)
    card_number: Mapped[str] = mapped_column(ForeignKey(Member.card_number))
    due: Mapped[str]
    extend_to: Mapped[str | None]


def _rows() -> Iterator[Base]:
    """Four books for each member ``n``: the first is on loan to them; where n is even, so are two more, all extended."""
    yield from (Book(book_id=book, book_title=title) for book, title in zip(BOOKS, TITLES, strict=True))
    for n, card in enumerate(CARDS):
        yield Member(card_number=card, name=NAMES[n])
        for book in BOOKS[4 * n : 4 * n + (1 if n % 2 else MOST)]:
            until = str(DAYS[n] + EXTENSION) if n % 2 else None
            yield Loan(book_id=book, card_number=card, due=str(DAYS[n]), extend_to=until)


TEMPLATE, toolbox = Template(Base, _rows), Toolbox()
Card = Annotated[str, Field(pattern=r"^C\d{6}$", description="such as 'C000000'")]
BookId = Annotated[str, Field(pattern=r"^B\d{6}$", description="such as 'B000000'")]
_BOOKS = select(Book.book_id, Book.book_title, Loan.card_number, Loan.due, Loan.extend_to).outerjoin(Loan)


def _book(db: Database, book_id: str, holder: str | None) -> Row[Any]:
    book = db.first(_BOOKS.where(Book.book_id == book_id))
    if book is None or book.card_number != holder:
        raise RefusalError("the member does not have this book" if holder else "this book is not there")
    return book


@toolbox.tool()
def find_member(db: Database, card_number: Card) -> dict[str, Any]:
    """Look up a member with their loans; extend_to is the due date after an extension, null where none is possible."""
    member = found(db.first(select(Member).where(Member.card_number == card_number)), "card")
    return member._asdict() | {"loans": [row._asdict() for row in db.all(_BOOKS.where(Loan.card_number == card_number))]}


@toolbox.tool()
def find_book(db: Database, book_title: str) -> dict[str, Any]:
    """Look up a book by its title, and whether it can be borrowed."""
    book = found(db.first(_BOOKS.where(Book.book_title == book_title)), "book")
    return {"book_id": book.book_id, "book_title": book.book_title, "available": book.card_number is None}


@toolbox.tool(writes=True)
def lend_book(db: Database, card_number: Card, book_id: BookId) -> dict[str, Any]:
    """Lend a book to a member. The answer is the member's account."""
    if len(find_member(db, card_number)["loans"]) >= MOST:
        raise RefusalError(f"nobody may have more than {MOST} books")
    book = _book(db, book_id, holder=None)
    db.insert(Loan, book_id=book.book_id, card_number=card_number, due=DUE, extend_to=EXTENDED)
    return find_member(db, card_number)


@toolbox.tool(writes=True)
def return_book(db: Database, card_number: Card, book_id: BookId) -> dict[str, Any]:
    """Note that a member has brought a book back. The answer is the member's account."""
    db.delete(Loan, _book(db, book_id, holder=card_number).book_id)
    return find_member(db, card_number)


@toolbox.tool(writes=True)
def extend_loan(db: Database, card_number: Card, book_id: BookId) -> dict[str, Any]:
    """Extend a loan, which is possible once. The answer is the member's account."""
    loan = _book(db, book_id, holder=card_number)
    if loan.extend_to is None:
        raise RefusalError("this loan has been extended before")
    db.update(Loan, book_id, due=loan.extend_to, extend_to=None)
    return find_member(db, card_number)


toolbox.tool()(transfer_to_human_agents)
