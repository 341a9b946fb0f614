"""The database under an environment: built once, kept as bytes, copied in memory for every task.

One engine serves all copies of a template, so SQLAlchemy's compiled statements are shared; each connection of that engine is
its own private database. A copy costs one ``deserialize`` (a memcpy of the image), about a tenth of a millisecond.

Tables are declared as ORM models, but tools read and write below the ORM: loading and flushing objects costs five times
as much as the same statements, which make up an episode.
"""

import sqlite3
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Delete,
    Executable,
    Insert,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    create_engine,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import DeclarativeBase, configure_mappers
from sqlalchemy.pool import NullPool

from tarl_app.core.types import Change

MONEY: dict[str, Any] = {"money": True}
"""Column info of an amount in cents; shown to people in dollars."""

Key = tuple[Any, ...]
Values = tuple[Any, ...]


Model = TypeVar("Model", bound=DeclarativeBase)


def plain(model: type[Model], **values: Any) -> Model:
    """A row to be read, with these attributes; columns without a value are None.

    It belongs to no session, and relationships are what is given. The model's constructor would track every attribute,
    which takes most of the time of making a world of 20,000 rows.
    """
    row = model.__new__(model)
    vars(row).update(_nothing(model) | values)
    return row


@cache
def _nothing(model: type[DeclarativeBase]) -> dict[str, None]:
    configure_mappers()  # the first instance made by a constructor would do it
    return dict.fromkeys(column.name for column in _table(model).columns)


class Database:
    """One private copy: reads by prepared statements, writes by primary key, so that every changed row is known."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._uncommitted: set[tuple[str, Key]] = set()
        self.touched: set[tuple[str, Key]] = set()

    def first(self, statement: Executable, **values: Any) -> Row[Any] | None:
        """The first row, or None."""
        return self._connection.execute(statement, values).first()

    def all(self, statement: Executable, **values: Any) -> list[Row[Any]]:
        """All rows."""
        return list(self._connection.execute(statement, values))

    def update(self, model: type[DeclarativeBase], *key: Any, **values: Any) -> None:
        """Sets columns of the row of that primary key."""
        table = _table(model)
        self._connection.execute(_update(table, tuple(values)), _named(key) | values)
        self._uncommitted.add((table.name, key))

    def insert(self, model: type[DeclarativeBase], **values: Any) -> None:
        """Adds a row; the primary key is among the values."""
        table = _table(model)
        self._connection.execute(_insert(table, tuple(values)), values)
        self._uncommitted.add((table.name, tuple(values[column.name] for column in table.primary_key)))

    def delete(self, model: type[DeclarativeBase], *key: Any) -> None:
        """Removes the row of that primary key."""
        table = _table(model)
        self._connection.execute(_delete(table), _named(key))
        self._uncommitted.add((table.name, key))

    def commit(self) -> None:
        """Keeps what was written since the last commit."""
        if self._uncommitted:
            self._connection.commit()
            self.touched |= self._uncommitted
            self._uncommitted.clear()

    def rollback(self) -> None:
        """Discards what was written since the last commit."""
        if self._uncommitted:
            self._connection.rollback()
            self._uncommitted.clear()

    def close(self) -> None:
        """Frees the copy."""
        self._connection.close()


class Template:
    """A filled database that is not written any more.

    ``rows`` is called once and gives every row to insert; relationships are not followed. Raises
    ``sqlalchemy.exc.IntegrityError`` for rows that contradict the schema.
    """

    def __init__(self, base: type[DeclarativeBase], rows: Callable[[], Iterable[DeclarativeBase]]) -> None:
        self.tables: dict[str, Table] = dict(base.metadata.tables)
        source = _connect_empty()
        with create_engine("sqlite://", creator=lambda: source, poolclass=NullPool).connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            connection.exec_driver_sql("PRAGMA user_version = 1")  # a database without a single page has no image
            base.metadata.create_all(connection)
            _fill(connection, base, rows())
            self.rows = {name: _read(connection, table) for name, table in self.tables.items()}
            connection.commit()
            self.image: bytes = source.serialize()
        self._engine = create_engine("sqlite://", creator=self._copy, poolclass=NullPool)

    def _copy(self) -> sqlite3.Connection:
        connection = _connect_empty()
        connection.deserialize(self.image)
        return connection

    def open(self) -> Database:
        """A fresh private copy."""
        return Database(self._engine.connect())

    def changes(self, database: Database) -> tuple[Change, ...]:
        """The difference between that copy and the template, sorted by table, row and column."""
        found: list[Change] = []
        for name, key in sorted(database.touched, key=repr):
            row = database.first(_by_key(self.tables[name]), **_named(key))
            found += _difference(self.tables[name], key, self.rows[name].get(key), None if row is None else tuple(row))
        return tuple(found)

    def dump(self, database: Database) -> dict[str, dict[Key, Values]]:
        """Every row of a copy by table and primary key: slow, for audits and tests."""
        return {
            name: {_key(table, row): tuple(row) for row in database.all(select(table))}
            for name, table in self.tables.items()
        }


def _connect_empty() -> sqlite3.Connection:
    # An environment lives in one conversation, but a web server may run its turns on different threads.
    return sqlite3.connect(":memory:", check_same_thread=False)


def _table(model: type[DeclarativeBase]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _named(key: Key) -> dict[str, Any]:
    return {f"key{place}": part for place, part in enumerate(key)}


def _fill(connection: Connection, base: type[DeclarativeBase], rows: Iterable[DeclarativeBase]) -> None:
    by_table: dict[Table, list[dict[str, Any]]] = {table: [] for table in base.metadata.sorted_tables}
    for row in rows:
        table = _table(type(row))
        by_table[table].append({column.name: getattr(row, column.name) for column in table.columns})
    for table, values in by_table.items():
        if values:
            connection.execute(insert(table), values)


def _has_key(table: Table) -> list[ColumnElement[bool]]:
    return [column == bindparam(f"key{place}") for place, column in enumerate(table.primary_key)]


@cache
def _by_key(table: Table) -> Select[Any]:
    return select(table).where(*_has_key(table))


@cache
def _update(table: Table, columns: tuple[str, ...]) -> Update:
    return update(table).where(*_has_key(table)).values({name: bindparam(name) for name in columns})


@cache
def _delete(table: Table) -> Delete:
    return delete(table).where(*_has_key(table))


@cache
def _insert(table: Table, columns: tuple[str, ...]) -> Insert:
    return insert(table).values({name: bindparam(name) for name in columns})


def _read(connection: Connection, table: Table) -> dict[Key, Values]:
    return {_key(table, row): tuple(row) for row in connection.execute(select(table))}


def _key(table: Table, row: Row[Any]) -> Key:
    return tuple(getattr(row, column.name) for column in table.primary_key)


def _difference(table: Table, key: Key, before: Values | None, after: Values | None) -> list[Change]:
    changes: list[Change] = []
    label = "/".join(str(part) for part in key)
    for place, column in enumerate(table.columns):
        if column.primary_key:
            continue
        old = None if before is None else _shown(column, before[place])
        new = None if after is None else _shown(column, after[place])
        if old != new:
            changes.append(Change(table=table.name, key=label, column=_title(column), before=old, after=new))
    return changes


def _title(column: Column[Any]) -> str:
    return column.name.removesuffix("_cents")


def _shown(column: Column[Any], value: Any) -> str | None:
    if value is None:
        return None
    if column.info.get("money"):
        return f"{'-' if value < 0 else ''}${abs(value) // 100:,}.{abs(value) % 100:02d}"
    return str(value)
