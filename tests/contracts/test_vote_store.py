"""What every VoteStore does, whatever it stores in."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tarl_app.core.errors import StorageError
from tarl_app.core.protocols import VoteStore
from tarl_app.core.types import Vote
from tarl_app.storage.memory import MemoryVoteStore
from tarl_app.storage.sql import SqlEpisodeStore
from tarl_app.storage.votes import SqlVoteStore

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def vote(identifier: str = "v1", choice: str = "a", minutes: int = 0, **more: object) -> Vote:
    fields = {"a": "omni-mini", "b": "scripted", "task": "retail-dev-000", "blind": True, "messages": 2, **more}
    when = START + timedelta(minutes=minutes)
    return Vote.model_validate({"id": identifier, "choice": choice, "episodes": ("e1", "e2"), "created_at": when, **fields})


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VoteStore]:
    if request.param == "memory":
        yield MemoryVoteStore()
        return
    sql = SqlVoteStore(tmp_path / "deep" / "episodes.sqlite")
    yield sql
    sql.close()


@pytest.mark.parametrize("choice", ["a", "b", "tie", "both_bad"])
def test_what_was_saved_comes_back_equal(store: VoteStore, choice: str) -> None:
    store.save(vote(choice=choice))
    assert [*store.list()] == [vote(choice=choice)]


def test_the_moment_of_a_vote_survives_another_time_zone(store: VoteStore) -> None:
    there = START.astimezone(timezone(timedelta(hours=9)))
    store.save(vote(created_at=there))
    assert next(iter(store.list())).created_at == START


def test_saving_again_replaces(store: VoteStore) -> None:
    store.save(vote(choice="a"))
    store.save(vote(choice="b"))
    assert [one.choice for one in store.list()] == ["b"]


def test_the_list_has_the_newest_first_and_honours_its_limit(store: VoteStore) -> None:
    for minutes in (2, 0, 3, 1):
        store.save(vote(f"v{minutes}", minutes=minutes))
    assert [one.id for one in store.list()] == ["v3", "v2", "v1", "v0"]
    assert [one.id for one in store.list(limit=2)] == ["v3", "v2"]
    assert [*store.list(limit=0)] == []


def test_a_deleted_vote_is_gone_and_deleting_twice_is_harmless(store: VoteStore) -> None:
    store.save(vote())
    store.delete("v1")
    store.delete("v1")
    assert [*store.list()] == []


def test_many_threads_may_save_at_once(store: VoteStore) -> None:
    threads = [threading.Thread(target=store.save, args=(vote(f"v{i}", minutes=i),)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.id for one in store.list()} == {f"v{i}" for i in range(16)}


def test_votes_and_episodes_share_one_file_and_survive_its_closing(tmp_path: Path) -> None:
    path = tmp_path / "episodes.sqlite"
    episodes, votes = SqlEpisodeStore(path), SqlVoteStore(path)
    votes.save(vote())
    votes.close()
    again = SqlVoteStore(path)
    assert [*again.list()] == [vote()]
    assert [*episodes.list()] == []
    again.close()
    episodes.close()


def test_a_file_that_is_no_database_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "episodes.sqlite"
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    store = SqlVoteStore(path)  # opened when it is needed, so that an app with such a file comes up
    with pytest.raises(StorageError, match=r"episodes\.sqlite"):
        [*store.list()]
