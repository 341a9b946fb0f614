"""What every EpisodeStore does, whatever it stores in."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tarl_app.core.errors import StorageError
from tarl_app.core.protocols import EpisodeStore
from tarl_app.core.types import (
    AgentTurn,
    AudioRef,
    Change,
    Check,
    Episode,
    Judgement,
    StopReason,
    Task,
    Timing,
    ToolCall,
    ToolResult,
    ToolTurn,
    TurnScore,
    UserTurn,
    Verdict,
)
from tarl_app.storage.memory import MemoryEpisodeStore
from tarl_app.storage.sql import SqlEpisodeStore

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def episode(identifier: str = "e1", agent: str = "scripted", minutes: int = 0, text: str = "Hello") -> Episode:
    call = ToolCall(id="c1", name="get_order_details", arguments={"order_id": "#W1", "deep": {"list": [1, 2.5, None]}})
    return Episode(
        id=identifier,
        task=Task(id="t1", domain="retail", split="dev", kind="lookup", instruction="Ask for the total."),
        agent=agent,
        user="scripted",
        turns=(
            UserTurn(text=text, heard="Hallo", audio=AudioRef(path="ab/abc.wav", seconds=1.5, sample_rate=24000)),
            AgentTurn(text="One moment.", tool_calls=(call,), timing=Timing(total=0.5)),
            ToolTurn(results=(ToolResult(call_id="c1", name="get_order_details", content='{"total": 12}'),)),
        ),
        stop=StopReason.USER_DONE,
        verdict=Verdict(
            passed=False,
            checks=(Check(name="told the total", passed=False, detail="not told"),),
            changes=(Change(table="orders", key="#W1", column="status", before="pending", after=None),),
        ),
        judgements=(Judgement(judge="reference", scores=(TurnScore(turn=1, score=-1, reason="wrong order"),)),),
        created_at=START + timedelta(minutes=minutes),
    )


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EpisodeStore]:
    if request.param == "memory":
        yield MemoryEpisodeStore()
        return
    sql = SqlEpisodeStore(tmp_path / "deep" / "episodes.sqlite")
    yield sql
    sql.close()


def test_what_was_saved_comes_back_equal(store: EpisodeStore) -> None:
    store.save(episode())
    assert store.get("e1") == episode()


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_a_person_types_survives(store: EpisodeStore, text: str) -> None:
    store.save(episode(text=text))
    turn = store.get("e1").turns[0]
    assert isinstance(turn, UserTurn)
    assert turn.text == text


def test_saving_again_replaces(store: EpisodeStore) -> None:
    store.save(episode(text="first"))
    store.save(episode(text="second"))
    assert store.get("e1") == episode(text="second")
    assert len(list(store.list())) == 1


def test_an_unknown_id_is_an_error_that_names_it(store: EpisodeStore) -> None:
    with pytest.raises(StorageError, match="nowhere"):
        store.get("nowhere")


def test_the_list_has_the_newest_first_and_honours_its_limit(store: EpisodeStore) -> None:
    for minutes in (2, 0, 3, 1):
        store.save(episode(f"e{minutes}", minutes=minutes))
    assert [e.id for e in store.list()] == ["e3", "e2", "e1", "e0"]
    assert [e.id for e in store.list(limit=2)] == ["e3", "e2"]
    assert list(store.list(limit=0)) == []


def test_the_list_can_be_narrowed_to_one_agent(store: EpisodeStore) -> None:
    store.save(episode("a", agent="omni-mini"))
    store.save(episode("b", agent="scripted"))
    assert [e.id for e in store.list(agent="omni-mini")] == ["a"]


def test_a_deleted_episode_is_gone_and_deleting_twice_is_harmless(store: EpisodeStore) -> None:
    store.save(episode())
    store.delete("e1")
    store.delete("e1")
    assert list(store.list()) == []


def test_an_unfinished_episode_can_be_stored(store: EpisodeStore) -> None:
    unfinished = episode().model_copy(update={"stop": None, "verdict": None, "judgements": ()})
    store.save(unfinished)
    assert store.get("e1") == unfinished


def test_many_threads_may_save_at_once(store: EpisodeStore) -> None:
    threads = [threading.Thread(target=store.save, args=(episode(f"e{i}", minutes=i),)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {e.id for e in store.list()} == {f"e{i}" for i in range(16)}


def test_a_new_store_on_the_same_file_finds_the_old_episodes(tmp_path: Path) -> None:
    first = SqlEpisodeStore(tmp_path / "episodes.sqlite")
    first.save(episode())
    first.close()
    second = SqlEpisodeStore(tmp_path / "episodes.sqlite")
    assert second.get("e1") == episode()
    second.close()


def test_a_file_that_is_no_database_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "episodes.sqlite"
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    store = SqlEpisodeStore(path)  # opened when it is needed, so that an app with such a file comes up
    with pytest.raises(StorageError, match=r"episodes\.sqlite"):
        [*store.list()]
