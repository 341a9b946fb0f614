"""The database under an environment: built once, kept as bytes, copied in memory for every task.

One engine serves all copies of a template, so SQLAlchemy's compiled statements are shared; each connection of that engine is
its own private database. A copy costs one ``deserialize`` (a memcpy of the image), well under a millisecond.
"""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, bindparam, create_engine, event, inspect, select
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import NullPool

from tarl_app.types import Change

MONEY: dict[str, Any] = {"money": True}
"""Column info of an amount in cents; shown to people in dollars."""

Key = tuple[Any, ...]
Row = tuple[Any, ...]


class RecordingSession(Session):
    """A session that owns its connection and remembers which rows it has written, as (table name, primary key)."""

    def __init__(self, connection: Connection) -> None:
        # Loaded rows stay loaded after a commit: nobody else can change a private copy.
        super().__init__(bind=connection, expire_on_commit=False, autoflush=False)
        self._connection = connection
        self.touched: set[tuple[str, Key]] = set()

    def close(self) -> None:
        """Ends the session and frees its database."""
        super().close()
        self._connection.close()


@event.listens_for(RecordingSession, "after_flush")
def _remember(session: RecordingSession, _context: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        mapper = inspect(row).mapper
        session.touched.add((mapper.local_table.name, tuple(mapper.primary_key_from_instance(row))))


def _connect_empty() -> sqlite3.Connection:
    # An environment lives in one conversation, but a web server may run its turns on different threads.
    return sqlite3.connect(":memory:", check_same_thread=False)


class Template:
    """A filled database that is never written again.

    ``rows`` is called once and gives every row to insert. Raises ``sqlalchemy.exc.IntegrityError`` for rows that contradict
    the schema.
    """

    def __init__(self, base: type[DeclarativeBase], rows: Callable[[], Iterable[DeclarativeBase]]) -> None:
        self.tables: dict[str, Table] = dict(base.metadata.tables)
        source = _connect_empty()
        with create_engine("sqlite://", creator=lambda: source, poolclass=NullPool).connect() as connection:
            base.metadata.create_all(connection)
            with Session(connection) as session:
                session.add_all(rows())
                session.commit()
            self.rows = {name: _read(connection, table) for name, table in self.tables.items()}
            connection.commit()
            self.image: bytes = source.serialize()
        self._engine = create_engine("sqlite://", creator=self._copy, poolclass=NullPool)
        self._by_key = {name: _by_key(table) for name, table in self.tables.items()}

    def _copy(self) -> sqlite3.Connection:
        connection = _connect_empty()
        connection.deserialize(self.image)
        return connection

    def open(self) -> RecordingSession:
        """A session on a fresh private copy; closing it frees the copy."""
        return RecordingSession(self._engine.connect())

    def changes(self, session: RecordingSession) -> tuple[Change, ...]:
        """The difference between that copy and the template, sorted by table, row and column."""
        found: list[Change] = []
        connection = session.connection()
        for name, key in sorted(session.touched, key=repr):
            row = connection.execute(self._by_key[name], {f"key{n}": part for n, part in enumerate(key)}).first()
            found += _difference(self.tables[name], key, self.rows[name].get(key), None if row is None else tuple(row))
        return tuple(found)

    def dump(self, session: Session) -> dict[str, dict[Key, Row]]:
        """Every row of a copy by table and primary key: slow, for tests and audits."""
        return {name: _read(session.connection(), table) for name, table in self.tables.items()}


def _by_key(table: Table) -> Select[Any]:
    return select(table).where(*(column == bindparam(f"key{n}") for n, column in enumerate(table.primary_key)))


def _read(connection: Connection, table: Table) -> dict[Key, Row]:
    places = [list(table.columns).index(column) for column in table.primary_key]
    return {tuple(row[i] for i in places): tuple(row) for row in connection.execute(select(table))}


def _difference(table: Table, key: Key, before: Row | None, after: Row | None) -> list[Change]:
    changes: list[Change] = []
    label = "/".join(str(part) for part in key)
    for place, column in enumerate(table.columns):
        if column.primary_key and before is not None and after is not None:
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
