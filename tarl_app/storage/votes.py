"""Votes in SQLite, in the same file as the episodes they are about."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Boolean, DateTime, Integer, String, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tarl_app.errors import StorageError
from tarl_app.storage.sql import open_database
from tarl_app.types import Vote


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    __tablename__ = "votes"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime, index=True)  # UTC
    a: Mapped[str] = mapped_column(String)
    b: Mapped[str] = mapped_column(String)
    choice: Mapped[str] = mapped_column(String)
    task: Mapped[str] = mapped_column(String)
    blind: Mapped[bool] = mapped_column(Boolean)
    messages: Mapped[int] = mapped_column(Integer)
    episode_a: Mapped[str] = mapped_column(String)
    episode_b: Mapped[str] = mapped_column(String)


class SqlVoteStore:
    """A ``VoteStore`` in one SQLite file that several threads and processes may share.

    Every method raises ``StorageError`` when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        """Opens or creates the file and its folder."""
        self._path = path
        try:
            self._engine = open_database(path, _Base)
        except (OSError, SQLAlchemyError) as error:
            raise self._failure("open", error) from error

    def save(self, vote: Vote) -> None:
        """Stores or replaces the vote under its id."""
        columns = vote.model_dump(exclude={"episodes", "created_at"})
        columns |= {"created_at": vote.created_at.astimezone(UTC).replace(tzinfo=None)}
        columns |= {"episode_a": vote.episodes[0], "episode_b": vote.episodes[1]}
        statement = insert(_Row).values(columns).on_conflict_do_update(index_elements=["id"], set_=columns)
        try:
            with Session(self._engine) as session, session.begin():
                session.execute(statement)
        except SQLAlchemyError as error:
            raise self._failure("write", error) from error

    def list(self, limit: int = 10_000) -> Iterable[Vote]:
        """The newest first."""
        statement = select(_Row).order_by(_Row.created_at.desc(), _Row.id.desc()).limit(max(0, limit))
        try:
            with Session(self._engine) as session:
                return [_vote(row) for row in session.scalars(statement)]
        except (SQLAlchemyError, ValidationError) as error:
            raise self._failure("read", error) from error

    def delete(self, vote_id: str) -> None:
        """Forgets the vote; a missing one is not an error."""
        try:
            with Session(self._engine) as session, session.begin():
                session.execute(delete(_Row).where(_Row.id == vote_id))
        except SQLAlchemyError as error:
            raise self._failure("write", error) from error

    def close(self) -> None:
        """Closes the connections; the store opens them again when it is used again."""
        self._engine.dispose()

    def _failure(self, verb: str, error: Exception) -> StorageError:
        return StorageError(f"Cannot {verb} the votes in {self._path}: {error}")


def _vote(row: _Row) -> Vote:
    return Vote.model_validate(
        {
            **{name: getattr(row, name) for name in ("id", "a", "b", "choice", "task", "blind", "messages")},
            "episodes": (row.episode_a, row.episode_b),
            "created_at": row.created_at.replace(tzinfo=UTC),
        }
    )
