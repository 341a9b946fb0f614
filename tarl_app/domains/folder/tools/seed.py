"""The data of a folder: ``seed.sql`` or ``seed.sqlite``, kept as bytes, copied in memory for every environment."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tarl_app.core.documents import read_bytes
from tarl_app.core.errors import DocumentError
from tarl_app.core.types import Change
from tarl_app.domains.folder.reading.problems import FolderError, Problems

FILES = ("seed.sql", "seed.sqlite")
LARGEST = 32_000_000
"""Most bytes of a seed, as a file and as a database."""
LONGEST = 10.0
"""Seconds that it may take to build, and that one statement of a tool may take."""
_OPCODES = 20_000  # between two looks at the clock
_SCHEMA = frozenset(
    getattr(sqlite3, f"SQLITE_{verb}_{what}")
    for verb in ("CREATE", "DROP")
    for what in ("TABLE", "INDEX", "VIEW", "TRIGGER", "VTABLE")
) | {sqlite3.SQLITE_ALTER_TABLE}
_FILES = frozenset((sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH))
Row = dict[str, str | None]


class Copy(sqlite3.Connection):
    """One private copy. A tool's own ``commit``, ``rollback`` and ``close`` do nothing: a call is one transaction."""

    deadline = 0.0
    seconds = LONGEST
    """How long the statements of one call may take."""

    def keep(self) -> None:
        """Keeps what the call has written."""
        super().commit()

    def undo(self) -> None:
        """Takes back what the call has written."""
        super().rollback()

    def free(self) -> None:
        """Frees the copy."""
        super().close()

    def commit(self) -> None:
        """Nothing: see ``keep``."""

    def rollback(self) -> None:
        """Nothing: see ``undo``."""

    def close(self) -> None:
        """Nothing: see ``free``."""

    def __enter__(self) -> "Copy":
        return self

    def __exit__(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - never swallows
        return None

    def begin(self, writes: bool) -> None:
        """A call begins, which may write or may not."""
        self.deadline = time.monotonic() + self.seconds
        self.execute(f"PRAGMA query_only = {0 if writes else 1}")

    def late(self) -> bool:
        """Whether the statement has taken too long."""
        return time.monotonic() > self.deadline


def _empty() -> Copy:
    # An environment lives in one conversation, but a web server may run its turns on different threads.
    made = sqlite3.connect(":memory:", check_same_thread=False, factory=Copy)
    made.row_factory = sqlite3.Row
    made.deadline = time.monotonic() + LONGEST
    made.set_progress_handler(made.late, _OPCODES)
    return made


def _allows(forbidden: frozenset[int]) -> Any:
    return lambda action, *_: sqlite3.SQLITE_DENY if action in forbidden else sqlite3.SQLITE_OK


class Seed:
    """A filled database that is not written any more."""

    def __init__(self, image: bytes) -> None:
        self.image = image
        copy = self.open()
        try:
            named = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'")
            self._keys: dict[str, tuple[str, ...]] = {}
            self.tables: dict[str, tuple[str, ...]] = {}
            for (table,) in named.fetchall():
                info = copy.execute(f"PRAGMA table_info({_quoted(table)})").fetchall()
                keys = sorted((row["pk"], row["name"]) for row in info if row["pk"])
                self._keys[table] = tuple(name for _, name in keys)
                self.tables[table] = tuple(row["name"] for row in info)
            self._rows = {table: self.rows(copy, table) for table in self.tables}
        finally:
            copy.free()

    def dangling(self) -> list[tuple[str, str]]:
        """(table, table that it refers to) of the rows that refer to nothing."""
        copy = self.open()
        try:
            return sorted({(row[0], row[2]) for row in copy.execute("PRAGMA foreign_key_check")})
        finally:
            copy.free()

    def open(self) -> Copy:
        """A fresh private copy, whose tables cannot be made or dropped and which reaches no file."""
        copy = _empty()
        copy.deserialize(self.image)
        copy.execute("PRAGMA trusted_schema = OFF")
        copy.execute("PRAGMA foreign_keys = ON")
        copy.execute(f"PRAGMA max_page_count = {LARGEST // 4096 * 2}")
        copy.set_authorizer(_allows(_SCHEMA | _FILES))
        return copy

    def rows(self, copy: sqlite3.Connection, table: str) -> dict[str, Row]:
        """The rows by their primary key (its parts joined by "/"; without one, SQLite's ``rowid``), values as texts."""
        columns, keys = self.tables[table], self._keys[table]
        asked = ", ".join(map(_quoted, (*(keys or ("rowid",)), *columns)))
        found = copy.execute(f"SELECT {asked} FROM {_quoted(table)}")  # noqa: S608 - names of the seed's own tables
        found.row_factory = None
        width = len(keys) or 1
        return {
            "/".join(map(str, row[:width])): {
                name: None if value is None else value.hex() if isinstance(value, bytes) else str(value)
                for name, value in zip(columns, row[width:], strict=True)
            }
            for row in found
        }

    def changes(self, copy: Copy) -> tuple[Change, ...]:
        """What differs from the seed, value by value; a row that has none but its key is told by "(row)"."""
        if copy.total_changes == 0:
            return ()
        found: list[Change] = []
        for table, before in self._rows.items():
            after = self.rows(copy, table)
            for key in sorted(before.keys() | after.keys()):
                if before.get(key) != after.get(key):
                    found += self._difference(table, key, before.get(key), after.get(key))
        return tuple(found)

    def _difference(self, table: str, key: str, before: Row | None, after: Row | None) -> list[Change]:
        old, new = before or {}, after or {}
        columns = [name for name in self.tables[table] if name not in self._keys[table]]
        changed = [
            Change(table=table, key=key, column=name, before=old.get(name), after=new.get(name))
            for name in columns
            if old.get(name) != new.get(name)
        ]
        if changed:
            return changed
        there = ["there" if row is not None else None for row in (before, after)]
        return [Change(table=table, key=key, column="(row)", before=there[0], after=there[1])]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def read_seed(path: Path, largest: int = LARGEST) -> Seed:
    """The seed in a file, of so many bytes at most, as a file and as a database.

    Raises ``FolderError``, ``DocumentError``, ``OSError``.
    """
    data = read_bytes(path, largest)
    problems = Problems()
    copy = _empty()
    try:
        if path.suffix == ".sqlite":
            _check_image(data, path.name, problems)
            return _made(data, path.name, problems)
        copy.set_authorizer(_allows(_FILES))
        copy.execute(f"PRAGMA max_page_count = {largest // 4096}")
        copy.execute("PRAGMA user_version = 1")  # a database without a single page has no image
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise DocumentError(f"{path.name} is not UTF-8: save it as UTF-8.") from None
        for line, statement in statements(text):
            try:
                copy.executescript(statement)
            except (sqlite3.Error, sqlite3.Warning) as error:
                problems.add(path.name, line, _why(error, largest))
                break  # what follows would fail for the same reason
        if copy.in_transaction:
            copy.keep()
        return _made(copy.serialize(), path.name, problems)
    finally:
        copy.free()


def nothing() -> Seed:
    """A seed without a table, where the person's own cannot be read."""
    copy = _empty()
    try:
        copy.execute("PRAGMA user_version = 1")
        return Seed(copy.serialize())
    finally:
        copy.free()


def statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a script, each with the line where it begins; lines with several are taken together."""
    begun, first = "", 1
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if not begun.strip():
            begun, first = "", number
        begun += line
        if ";" in line and sqlite3.complete_statement(begun):
            yield first, begun
            begun = ""
    if begun.strip():
        yield first, begun


def _check_image(data: bytes, name: str, problems: Problems) -> None:
    if not data.startswith(b"SQLite format 3\x00"):
        problems.add(name, None, "this is no SQLite database: make it anew, or write a seed.sql.")
    elif data[18:20] == b"\x02\x02":
        problems.add(name, None, "this database is in WAL mode: run `PRAGMA journal_mode = DELETE` on it and copy it again.")


def _made(image: bytes, name: str, problems: Problems) -> Seed:
    if not problems:
        try:
            made = Seed(image)
            if not made.tables:
                problems.add(name, None, "there is no table in it: create one, and insert its rows.")
            for table, other in made.dangling():
                problems.add(name, None, f"a row of `{table}` refers to one of `{other}` that does not exist: correct it.")
            if not problems:
                return made
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            problems.add(name, None, _why(error))
    raise FolderError(problems.in_order())


def _why(error: Exception, largest: int = LARGEST) -> str:
    told = str(error).rstrip(".") or type(error).__name__
    if "not authorized" in told or "authorizer" in told:
        return "a seed reaches no other file (ATTACH, VACUUM INTO): put all rows into this file."
    if told == "interrupted":
        return f"building it took more than {LONGEST:g} seconds: make it smaller."
    if "full" in told:
        return f"the database is larger than {largest:,} bytes: make it smaller."
    return f"SQLite says: {told}. Correct this statement."
