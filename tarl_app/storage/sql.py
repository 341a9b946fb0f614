"""Episodes in SQLite: the whole episode as JSON, beside the few columns that lists are made from.

The JSON is authoritative and the columns are an index, so new queries about old episodes need no migration. Audio is
stored apart: episodes hold references to WAV files beside the database (``tarl_app.core.sound.audio``).
"""

import json
import logging
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import DateTime, Index, Integer, String, Text, delete, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tarl_app.core.errors import StorageError
from tarl_app.core.types import Episode
from tarl_app.storage.database import PATIENCE, Database

log = logging.getLogger(__name__)
_AT_ONCE = 64
"""Rows that are read at once; a list ends as soon as it is long enough."""


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


class SqlEpisodeStore:
    """An ``EpisodeStore`` in one SQLite file that several threads and processes may share.

    Every method raises ``StorageError`` when the file cannot be read or written. A single call that cannot be read is left
    out of lists.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        """The file and its folder are created when they are first needed; ``patience``: seconds to wait for other
        writers.
        """
        self._database = Database(path, _Base, "stored calls", patience)

    def save(self, episode: Episode) -> None:
        """Stores or replaces the episode under its id."""
        with self._database.session("written") as session:
            columns = _columns(episode)
            session.execute(insert(_Row).values(columns).on_conflict_do_update(index_elements=["id"], set_=columns))

    def get(self, episode_id: str) -> Episode:
        """Raises ``StorageError`` when there is none."""
        with self._database.session("read") as session:
            bodies = [*session.scalars(select(_Row.body).where(_Row.id == episode_id))]
        if not bodies:
            raise StorageError(f"There is no stored call with the id {episode_id}.")
        found = _parse(episode_id, bodies[0])
        if found is None:
            raise StorageError("This stored call cannot be read: what is stored of it is damaged.")
        return found

    def list(self, limit: int = 100, agent: str | None = None, only: Collection[str] | None = None) -> Iterable[Episode]:
        """The newest first; calls that cannot be read do not count."""
        statement = select(_Row.id, _Row.body).order_by(_Row.created_at.desc(), _Row.id.desc())
        if agent is not None:
            statement = statement.where(_Row.agent == agent)
        if only is not None:  # as one value: there may be more of them than SQLite takes variables
            ids = func.json_each(json.dumps([*only])).table_valued("value")
            statement = statement.where(_Row.id.in_(select(ids.c.value)))
        with self._database.session("read") as session:
            rows = session.execute(statement.execution_options(yield_per=_AT_ONCE))
            readable = (one for identifier, body in rows if (one := _parse(identifier, body)) is not None)
            return [*islice(readable, max(0, limit))]

    def delete(self, episode_id: str) -> None:
        """Forgets the episode; a missing one is not an error."""
        with self._database.session("written") as session:
            session.execute(delete(_Row).where(_Row.id == episode_id))

    def close(self) -> None:
        """Closes the connections; the store opens them again when it is used again."""
        self._database.close()


def _parse(identifier: str, body: str) -> Episode | None:
    """The episode; None for one that cannot be read, which is logged without what it holds."""
    try:
        return Episode.model_validate_json(body)
    except (ValidationError, TypeError):
        log.warning("the stored call %.40r cannot be read and is left out", identifier)
        return None
