"""Episodes in SQLite: the whole episode as JSON, beside the few columns that lists are made from.

The JSON is the truth and the columns only its index, so a new question about old episodes needs no migration. Audio is not
in here: episodes hold references to WAV files beside the database (``tarl_app.audio``).
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import DateTime, Engine, Index, Integer, String, Text, create_engine, event, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tarl_app.errors import StorageError
from tarl_app.types import Episode


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    __tablename__ = "episodes"
    __table_args__ = (Index("ix_episodes_agent_created", "agent", "created_at"),)

    id: Mapped[str] = mapped_column(String, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime, index=True)  # UTC
    task_id: Mapped[str] = mapped_column(String, index=True)
    domain: Mapped[str] = mapped_column(String)
    agent: Mapped[str] = mapped_column(String)
    user: Mapped[str] = mapped_column(String)
    stop: Mapped[str | None] = mapped_column(String)
    passed: Mapped[bool | None] = mapped_column(Integer)
    agent_turns: Mapped[int] = mapped_column(Integer)
    body: Mapped[str] = mapped_column(Text)


def _columns(episode: Episode) -> dict[str, Any]:
    return {
        "id": episode.id,
        "created_at": episode.created_at.replace(tzinfo=None),
        "task_id": episode.task.id,
        "domain": episode.task.domain,
        "agent": episode.agent,
        "user": episode.user,
        "stop": episode.stop.value if episode.stop else None,
        "passed": None if episode.verdict is None else int(episode.verdict.passed),
        "agent_turns": len(episode.agent_turns),
        "body": episode.model_dump_json(),
    }


def _configure(connection: Any, _record: Any) -> None:
    """WAL lets the page read while a background run writes; the time-out lets two writers take turns."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}").close()


def open_database(path: Path, tables: type[DeclarativeBase]) -> Engine:
    """Opens or creates the SQLite file, its folder and those tables; raises ``OSError``, ``SQLAlchemyError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _configure)
    tables.metadata.create_all(engine)
    return engine


class SqlEpisodeStore:
    """An ``EpisodeStore`` in one SQLite file that several threads and processes may share.

    Every method raises ``StorageError`` when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        """Opens or creates the file and its folder."""
        self._path = path
        try:
            self._engine = open_database(path, _Base)
        except (OSError, SQLAlchemyError) as error:
            raise self._failure("open", error) from error

    def save(self, episode: Episode) -> None:
        """Stores or replaces the episode under its id."""
        columns = _columns(episode)
        statement = insert(_Row).values(columns).on_conflict_do_update(index_elements=["id"], set_=columns)
        try:
            with Session(self._engine) as session, session.begin():
                session.execute(statement)
        except SQLAlchemyError as error:
            raise self._failure("write", error) from error

    def get(self, episode_id: str) -> Episode:
        """Raises ``StorageError`` when there is none."""
        bodies = self._bodies(select(_Row.body).where(_Row.id == episode_id))
        if not bodies:
            raise StorageError(f"There is no stored call with the id {episode_id}.")
        return self._parse(bodies[0])

    def list(self, limit: int = 100, agent: str | None = None) -> Iterable[Episode]:
        """The newest first."""
        statement = select(_Row.body).order_by(_Row.created_at.desc(), _Row.id.desc()).limit(max(0, limit))
        if agent is not None:
            statement = statement.where(_Row.agent == agent)
        return [self._parse(body) for body in self._bodies(statement)]

    def delete(self, episode_id: str) -> None:
        """Forgets the episode; a missing one is not an error."""
        try:
            with Session(self._engine) as session, session.begin():
                row = session.get(_Row, episode_id)
                if row is not None:
                    session.delete(row)
        except SQLAlchemyError as error:
            raise self._failure("write", error) from error

    def close(self) -> None:
        """Closes the connections; the store opens them again when it is used again."""
        self._engine.dispose()

    def _bodies(self, statement: Any) -> "list[str]":
        try:
            with Session(self._engine) as session:
                return [*session.scalars(statement)]
        except SQLAlchemyError as error:
            raise self._failure("read", error) from error

    def _parse(self, body: str) -> Episode:
        try:
            return Episode.model_validate_json(body)
        except ValidationError as error:
            raise StorageError(f"A stored call in {self._path} cannot be read: {error}") from error

    def _failure(self, verb: str, error: Exception) -> StorageError:
        return StorageError(f"Cannot {verb} the stored calls in {self._path}: {error}")
