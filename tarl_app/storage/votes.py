"""Votes in SQLite, in the same file as the episodes they are about."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Boolean, DateTime, Integer, RowMapping, String, delete, select, type_coerce
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tarl_app.core.types import Vote
from tarl_app.storage.database import PATIENCE, Database

log = logging.getLogger(__name__)
_AT_ONCE = 512
"""Rows that are read at once."""


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

    Every method raises ``StorageError`` when the file cannot be read or written. A single vote that cannot be read is left
    out of the list.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        """The file and its folder are created when they are first needed; ``patience``: seconds to wait for other
        writers.
        """
        self._database = Database(path, _Base, "votes", patience)

    def save(self, vote: Vote) -> None:
        """Stores or replaces the vote under its id."""
        columns = vote.model_dump(exclude={"episodes", "created_at"})
        columns |= {"created_at": vote.created_at.astimezone(UTC).replace(tzinfo=None)}
        columns |= {"episode_a": vote.episodes[0], "episode_b": vote.episodes[1]}
        statement = insert(_Row).values(columns).on_conflict_do_update(index_elements=["id"], set_=columns)
        with self._database.session("written") as session:
            session.execute(statement)

    def list(self, limit: int = 10_000) -> Iterable[Vote]:
        """The newest first; votes that cannot be read do not count."""
        raw = [type_coerce(column, String).label(column.name) for column in _Row.__table__.columns]  # whatever is stored
        statement = select(*raw).order_by(_Row.created_at.desc(), _Row.id.desc()).execution_options(yield_per=_AT_ONCE)
        with self._database.session("read") as session:
            rows = session.execute(statement).mappings()
            return [*islice((one for row in rows if (one := _vote(row)) is not None), max(0, limit))]

    def delete(self, vote_id: str) -> None:
        """Forgets the vote; a missing one is not an error."""
        with self._database.session("written") as session:
            session.execute(delete(_Row).where(_Row.id == vote_id))

    def close(self) -> None:
        """Closes the connections; the store opens them again when it is used again."""
        self._database.close()


def _vote(row: RowMapping) -> Vote | None:
    """The vote; None for one that cannot be read."""
    values: dict[str, Any] = {**row}
    episodes = (values.pop("episode_a"), values.pop("episode_b"))
    try:
        found = Vote.model_validate({**values, "episodes": episodes})
    except (ValidationError, TypeError):
        log.warning("the vote %.40r cannot be read and is left out", values["id"])
        return None
    return found.model_copy(update={"created_at": found.created_at.replace(tzinfo=UTC)})
