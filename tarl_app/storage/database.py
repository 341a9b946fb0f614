"""One SQLite file, opened when it is first needed, so that the page starts even if it is damaged, locked or read-only.

Every failure is a ``StorageError`` of one sentence that says what to do, without SQL, paths or stored data, because
visitors may read it.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session

from tarl_app.core.errors import StorageError

PATIENCE = 5.0
"""Seconds for which a writer waits for another one."""
BESIDE = ("", "-wal", "-shm")
"""Suffixes of the database and SQLite's side files; a side file left behind would be replayed into a new database."""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA)
_REASONS = {
    sqlite3.SQLITE_BUSY: "another program holds their file; try again in a moment",
    sqlite3.SQLITE_LOCKED: "another program holds their file; try again in a moment",
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "the disk failed, or is full; free some space",
    sqlite3.SQLITE_READONLY: "their file is read-only; make it and its folder writable",
    sqlite3.SQLITE_PERM: "their file is not this user's; make it and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "their file cannot be opened; make it and its folder readable and writable",
    sqlite3.SQLITE_NOMEM: "memory ran out",
}
_FAULTS = (SQLAlchemyError, sqlite3.Error, OSError, MemoryError, ValueError, OverflowError)
"""Exceptions that SQLite and the parsing of rows raise for a damaged file."""


class Database:
    """The tables of ``tables`` in one file; safe to use from any thread and any process."""

    def __init__(self, path: Path, tables: type[DeclarativeBase], what: str, patience: float = PATIENCE) -> None:
        """``what``: the plural of what is stored, for messages. Nothing is opened yet."""
        self._path, self._tables, self._what = path, tables, what
        self._engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
        event.listen(self._engine, "connect", _configurer(patience))
        self._file: int | None = None  # the inode that is open
        self._lock = threading.Lock()

    @contextmanager
    def session(self, verb: Literal["read", "written"]) -> Iterator[Session]:
        """A session that is committed at its end, on a file that is opened or created if it has to be.

        Raises:
            StorageError: the file cannot be read or written.
        """
        try:
            self._open()
            with Session(self._engine) as session, session.begin():
                yield session
        except _FAULTS as error:
            self.close()  # a file that was repaired or replaced meanwhile is opened the next time
            raise StorageError(f"The {self._what} cannot be {verb}: {self._reason(error, verb)}.") from None

    def close(self) -> None:
        """Closes the connections; they are opened again when they are needed."""
        with self._lock:
            self._file = None
            self._engine.dispose()

    def _open(self) -> None:
        with self._lock:
            if self._file is not None and self._file == _inode(self._path):
                return
            self._engine.dispose()  # otherwise its connections would keep using a renamed file
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._tables.metadata.create_all(self._engine)
            self._file = _inode(self._path)

    def _reason(self, error: BaseException, verb: str) -> str:
        if isinstance(error, UnicodeEncodeError) or (verb == "written" and isinstance(error, ValueError)):
            return "there is a character in them that UTF-8 does not have"
        if isinstance(error, OSError):
            return f"their file cannot be opened ({error.strerror or 'the disk failed'})"
        if isinstance(error, PoolTimeout):
            return _REASONS[sqlite3.SQLITE_BUSY]
        return _REASONS.get(_code(error)) or (
            f"their file {self._path.name} is damaged; `python -m tarl_app episodes set-aside` renames it to "
            f"{self._path.name}.damaged, so that a new one is begun and nothing is deleted"
        )


def set_aside(path: Path) -> tuple[Path, ...]:
    """Renames a damaged file and its side files to ``NAME.damaged`` (or ``NAME.damaged-2``, ...); the new paths.

    Raises:
        StorageError: the file is not damaged, is missing, or cannot be renamed.
    """
    if not path.is_file():
        raise StorageError(f"There is no file {path}: a new one is begun by itself.")
    if _sound(path):
        raise StorageError(f"{path} is sound, so it stays where it is.")
    taken = {one.name for one in path.parent.glob(f"{path.name}.damaged*")}
    endings = (".damaged", *(f".damaged-{n}" for n in range(2, 1000)))
    ending = next(one for one in endings if f"{path.name}{one}" not in taken)
    moved = []
    try:
        for beside in BESIDE:
            old = path.with_name(path.name + beside)
            if old.exists():
                moved.append(old.rename(path.with_name(f"{path.name}{ending}{beside}")))
    except OSError as error:
        raise StorageError(f"{path} cannot be renamed: {error.strerror or error}.") from error
    return tuple(moved)


def _sound(path: Path) -> bool:
    """Whether SQLite's check finds no fault. Raises ``StorageError`` when the file cannot be read now."""
    try:
        address = f"{path.resolve().as_uri()}?mode=ro"  # otherwise SQLite would clean up, and delete what it cannot use
        with closing(sqlite3.connect(address, timeout=PATIENCE, uri=True)) as connection:
            return connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except (sqlite3.Error, MemoryError) as error:
        if _code(error) in _DAMAGED:
            return False
        raise StorageError(f"{path} cannot be looked at: {_REASONS.get(_code(error), str(error))}.") from error


def _code(error: BaseException) -> int:
    """SQLite's primary result code; that of a damaged file where the error has none."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, MemoryError):
        return sqlite3.SQLITE_NOMEM
    return getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _configurer(patience: float) -> Any:
    def configure(connection: Any, _record: Any) -> None:
        """Sets WAL, so that the page can read while a background run writes, and a time-out, so that two writers take
        turns.
        """
        connection.text_factory = lambda data: data.decode("utf-8", "replace")  # one invalid byte must not end a list
        connection.execute(f"PRAGMA busy_timeout={round(1000 * patience)}").close()
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if _code(error) not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):  # such a file can still be read
                raise
        connection.execute("PRAGMA synchronous=NORMAL").close()

    return configure
