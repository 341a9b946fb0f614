"""Damaged, locked, full and read-only files of stored calls and votes: one sentence, no SQL, nothing of what is stored."""

import resource
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tarl_app import wiring
from tarl_app.cli import main
from tarl_app.core.errors import StorageError
from tarl_app.core.settings import settings
from tarl_app.core.types import AgentTurn, Episode, StopReason, Task, UserTurn, Vote
from tarl_app.storage.sql import SqlEpisodeStore
from tarl_app.storage.votes import SqlVoteStore
from tarl_app.ui.poll import Poll

SECRET = "my card number is 4929-1234"
TASK = Task(id="t1", domain="retail", split="dev", kind="lookup", instruction="Ask for the total.")
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def call(name: str, agent: str = "scripted", minutes: int = 0, text: str = SECRET) -> Episode:
    turns = (UserTurn(text=text), AgentTurn(text="One moment."))
    made = WHEN + timedelta(minutes=minutes)
    return Episode(id=name, task=TASK, agent=agent, user="u", turns=turns, stop=StopReason.USER_DONE, created_at=made)


def vote(name: str) -> Vote:
    return Vote(id=name, a="x", b="y", choice="a", task="t1", blind=True, messages=1, episodes=("e1", "e2"), created_at=WHEN)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sound file with thirty calls and a vote, all of it in the one file."""
    path = tmp_path_factory.mktemp("sound") / "episodes.sqlite"
    store, votes = SqlEpisodeStore(path), SqlVoteStore(path)
    for number in range(30):
        store.save(call(f"e{number}", minutes=number, text=f"{SECRET} {number} " * 60))
    votes.save(vote("v1"))
    store.close()
    votes.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, filled: bytes) -> Path:
    found = tmp_path / "episodes.sqlite"
    found.write_bytes(filled)
    return found


@contextmanager
def stores(path: Path) -> Iterator[tuple[SqlEpisodeStore, SqlVoteStore]]:
    store, votes = SqlEpisodeStore(path, patience=0.1), SqlVoteStore(path, patience=0.1)
    yield store, votes
    store.close()
    votes.close()


def told(path: Path, act: Callable[[SqlEpisodeStore, SqlVoteStore], object]) -> str:
    """What a failing act says, which a stranger may read."""
    with stores(path) as (store, votes), pytest.raises(StorageError) as error:
        act(store, votes)
    words = str(error.value)
    assert "\n" not in words
    assert not [part for part in ("SELECT", "INSERT", "SQL", "sqlite3", "PRAGMA", SECRET, str(path.parent)) if part in words]
    assert error.value.__cause__ is None  # a traceback in the log would print the statement with its parameters
    return words


ACTS: dict[str, Callable[[SqlEpisodeStore, SqlVoteStore], object]] = {
    "list": lambda store, _: store.list(),
    "get": lambda store, _: store.get("e1"),
    "save": lambda store, _: store.save(call("new")),
    "votes": lambda _, votes: votes.list(),
    "vote": lambda _, votes: votes.save(vote("v2")),
}
WRITES = {name: ACTS[name] for name in ("save", "vote")}


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "no database": lambda data: b"no database" * 1000,
    "a sound beginning": lambda data: data[:100] + b"\xa5" * (len(data) - 100),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_told_in_one_sentence_with_the_way_out(path: Path, act: Callable, damage: Callable) -> None:
    path.write_bytes(damage(path.read_bytes()))
    words = told(path, act)
    assert "damaged" in words
    assert "episodes set-aside" in words
    assert "nothing is deleted" in words


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_file_that_another_program_holds_is_told_as_such(path: Path, act: Callable) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "another program holds their file" in told(path, act)
    with stores(path) as (store, _):
        assert store.get("e1").id == "e1"  # and afterwards all is as before


@pytest.mark.parametrize("act", WRITES.values(), ids=WRITES)
def test_a_read_only_file_can_be_read_and_says_that_it_is_read_only(path: Path, act: Callable) -> None:
    data = bytearray(path.read_bytes())
    data[18] = 3  # a write version of the future: SQLite opens such a file for reading alone, whoever asks
    path.write_bytes(data)
    assert "read-only" in told(path, act)
    with stores(path) as (store, votes):
        assert len([*store.list()]) == 30
        assert len([*votes.list()]) == 1


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_folder_in_place_of_the_file_is_told_in_words(tmp_path: Path, act: Callable) -> None:
    (tmp_path / "episodes.sqlite").mkdir()
    assert "cannot be opened" in told(tmp_path / "episodes.sqlite", act)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_file_in_place_of_the_folder_is_told_in_words(tmp_path: Path, act: Callable) -> None:
    (tmp_path / "home").write_text("")
    assert "cannot be opened" in told(tmp_path / "home" / "episodes.sqlite", act)


@pytest.mark.parametrize("act", WRITES.values(), ids=WRITES)
def test_a_full_disk_is_told_as_such_and_what_was_stored_stays(path: Path, act: Callable) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))  # no file may grow beyond: as on a disk without room
    try:
        words = told(path, lambda store, votes: [act(store, votes) for _ in range(40)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "full" in words
    with stores(path) as (store, _):
        assert {f"e{number}" for number in range(30)} <= {one.id for one in store.list()}


@pytest.mark.parametrize("seed", range(12))
def test_no_damage_whatever_raises_anything_but_a_sentence(path: Path, filled: bytes, seed: int) -> None:
    random = Random(seed)
    data = bytearray(filled)
    for _ in range(random.choice((1, 5, 60, 400))):
        data[random.randrange(len(data))] = random.randrange(256)
    if random.random() < 0.4:
        del data[random.randrange(len(data)) :]
    path.write_bytes(data)
    words = []
    for act in ACTS.values():
        with stores(path) as (store, votes):
            try:
                act(store, votes)
            except StorageError as error:
                words.append(str(error))
    assert SECRET not in "".join(words)


UNREADABLE = {
    "half a call": "UPDATE episodes SET body = substr(body, 1, 40) WHERE id = 'e7'",
    "no JSON": "UPDATE episodes SET body = 'nonsense' WHERE id = 'e7'",
    "a number": "UPDATE episodes SET body = 7 WHERE id = 'e7'",
    "bytes that are no text": "UPDATE episodes SET body = CAST(x'7bff80' AS TEXT) WHERE id = 'e7'",
    "brackets without end": f"UPDATE episodes SET body = '{'[' * 50_000}' WHERE id = 'e7'",
}


@pytest.mark.parametrize("change", UNREADABLE.values(), ids=UNREADABLE)
def test_one_unreadable_call_hides_itself_alone(path: Path, change: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(change)
        other.commit()
    with stores(path) as (store, _):
        assert [one.id for one in store.list()] == [f"e{number}" for number in range(29, -1, -1) if number != 7]
        assert len([*store.list(limit=25)]) == 25  # what cannot be read takes nobody's place
    words = told(path, lambda store, _: store.get("e7"))
    assert words == "This stored call cannot be read: what is stored of it is damaged."


def test_one_unreadable_vote_hides_itself_alone(path: Path) -> None:
    with stores(path) as (_, votes):
        for name in ("v2", "v3", "v4"):
            votes.save(vote(name))
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE votes SET choice = 'all of them' WHERE id = 'v2'")
        other.execute("UPDATE votes SET created_at = 'yesterday' WHERE id = 'v3'")
        other.commit()
    with stores(path) as (_, votes):
        assert {one.id for one in votes.list()} == {"v1", "v4"}


def test_own_calls_are_found_behind_any_number_of_others(path: Path) -> None:
    with stores(path) as (store, _):
        store.save(call("mine", minutes=-1))
        store.save(call("mine too", agent="null", minutes=-2))
        many = [*(f"x{number}" for number in range(40_000)), "mine", "mine too"]  # more than SQLite has variables
        assert [one.id for one in store.list(5, only=many)] == ["mine", "mine too"]
        assert [one.id for one in store.list(5, agent="null", only=many)] == ["mine too"]
        assert [*store.list(5, only=())] == []


def test_a_store_that_is_held_holds_up_no_page(path: Path) -> None:
    votes = SqlVoteStore(path, patience=2.0)
    with closing(sqlite3.connect(path)) as other:
        poll = Poll(votes.list)
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(20):
            with pytest.raises(StorageError, match="still being read"):
                poll.table()
    end, found = time.monotonic() + 20, ()
    while not found and time.monotonic() < end:
        with suppress(StorageError):
            found = poll.table()
        time.sleep(0.02)
    assert [row.agent for row in found] == ["x", "y"]
    votes.save(vote("v2"))
    assert [row.votes for row in poll.table()] == [2, 2]
    votes.close()


@pytest.fixture
def home(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """``TARL_HOME``, with a damaged file."""
    path.write_bytes(b"no database" * 1000)
    monkeypatch.setenv("TARL_HOME", str(path.parent))
    for cached in (settings, wiring.make_store, wiring.make_votes):
        cached.cache_clear()
    yield path.parent
    for cached in (settings, wiring.make_store, wiring.make_votes):
        cached.cache_clear()


def test_the_command_line_says_one_sentence(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["episodes", "list"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "set-aside" in err


def test_a_damaged_file_is_set_aside_whole_and_an_open_store_begins_a_new_one(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    store = wiring.make_store()
    with pytest.raises(StorageError):
        store.list()
    (home / "episodes.sqlite-wal").write_bytes(b"left behind")
    assert main(["episodes", "set-aside"]) == 0
    assert (home / "episodes.sqlite.damaged").read_bytes() == b"no database" * 1000
    assert (home / "episodes.sqlite.damaged-wal").read_bytes() == b"left behind"
    store.save(call("first"))
    assert [one.id for one in store.list()] == ["first"]
    assert main(["episodes", "set-aside"]) == 2  # a sound one stays where it is
    assert "is sound" in capfd.readouterr().err
    assert [one.id for one in store.list()] == ["first"]


def test_a_second_damaged_file_does_not_replace_the_first(home: Path) -> None:
    assert main(["episodes", "set-aside"]) == 0
    (home / "episodes.sqlite").write_bytes(b"again no database" * 1000)
    assert main(["episodes", "set-aside"]) == 0
    assert (home / "episodes.sqlite.damaged").read_bytes() == b"no database" * 1000
    assert (home / "episodes.sqlite.damaged-2").read_bytes() == b"again no database" * 1000


def test_a_file_that_is_renamed_under_an_open_store_is_not_written_any_more(path: Path) -> None:
    with stores(path) as (store, _):
        assert len([*store.list()]) == 30
        for beside in ("", "-wal", "-shm"):
            if (old := path.with_name(path.name + beside)).exists():
                shutil.move(old, path.with_name(f"kept{beside}"))
        store.save(call("new"))
        assert [one.id for one in store.list()] == ["new"]
        assert path.exists()
