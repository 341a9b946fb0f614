"""Tools of a tools.py: each call is one transaction on a private copy, and nothing that they do is an exception."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tarl_app.core.errors import DomainError
from tarl_app.core.protocols import Environment
from tarl_app.core.types import AgentTurn, ToolCall, ToolTurn
from tarl_app.domains.folder import installing
from tarl_app.domains.folder.check import check_folder
from tarl_app.domains.folder.loading import read_folder
from tarl_app.domains.folder.reading.problems import FolderError
from tarl_app.domains.folder.tools.python_tools import Copies
from tarl_app.domains.folder.tools.seed import read_seed
from tarl_app.sandbox.checks import check_tasks, gold_episode
from tarl_app.sandbox.playing import play
from tarl_app.sandbox.verifier import verify
from tests.domains.folder.folders import example, folder_of

SEED = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO things VALUES (1, 'lamp'), (2, NULL);\n"
SEED += "CREATE TABLE pairs (a TEXT, b TEXT, PRIMARY KEY (a, b)); CREATE TABLE notes (text TEXT);"
TOOLS = '''
import sqlalchemy
WRITES = ("rename", "pair", "fail", "commit_and_fail", "note", "by_sqlalchemy", "drop", "leave")

def look(db, id: int) -> dict:
    """Look."""
    return db.execute("SELECT * FROM things WHERE id = ?", (id,)).fetchone()

def everything(db) -> list:
    """Look at all."""
    return db.execute("SELECT * FROM things").fetchall()

def sneak(db) -> str:
    """Write although it is not in WRITES."""
    db.execute("UPDATE things SET name = 'x'")
    db.commit()
    return "done"

def rename(db, id: int, name: str | None = None) -> str:
    """Rename."""
    db.execute("UPDATE things SET name = ? WHERE id = ?", (name, id))
    return "renamed"

def pair(db, a: str, b: str) -> str:
    """Pair."""
    with db:
        db.execute("INSERT INTO pairs VALUES (?, ?)", (a, b))
    return "paired"

def note(db, text: str) -> str:
    """Note."""
    db.execute("INSERT INTO notes VALUES (?)", (text,))
    return "noted"

def fail(db) -> str:
    """Fail."""
    db.execute("DELETE FROM things")
    raise KeyError("oh")

def commit_and_fail(db) -> str:
    """Commit, and refuse."""
    db.execute("DELETE FROM things")
    db.commit()
    raise ValueError("no,\\nnot now")

def by_sqlalchemy(db: sqlalchemy.Connection, id: int) -> list:
    """Rename with SQLAlchemy."""
    db.execute(sqlalchemy.text("UPDATE things SET name = 'new' WHERE id = :id"), {"id": id})
    db.commit()
    return db.execute(sqlalchemy.text("SELECT id, name FROM things")).all()

def drop(db) -> str:
    """Drop a table."""
    db.execute("DROP TABLE notes")
    return "dropped"

def leave(db, path: str) -> str:
    """Reach a file."""
    db.execute("ATTACH ? AS other", (path,))
    return "attached"

def odd(db) -> object:
    """Answer with what is no JSON."""
    return {1, 2}

def long(db) -> str:
    """Answer at length."""
    return "x" * 300_000

def ever(db) -> list:
    """Never end."""
    return db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n").fetchall()

def exits(db) -> str:
    """Leave Python."""
    raise SystemExit(3)
'''
TASKS = "tasks: [{id: a, goal: Rename the lamp., calls: [{rename: {id: 1, name: torch}}]}]"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    folder = read_folder(folder_of(tmp_path, tools__py=TOOLS, seed__sql=SEED, tasks__yaml=TASKS), "things")
    assert folder.problems == []
    assert folder.domain is not None
    return folder.domain.open()


def use(environment: Environment, tool: str, **arguments: Any) -> str:
    result = environment.call(ToolCall(id="c", name=tool, arguments=arguments))
    assert result.is_error == result.content.startswith("Error: ")
    return result.content


def test_rows_are_json_and_arguments_are_checked(environment: Environment) -> None:
    assert {"look", "everything"} <= {tool.name for tool in environment.tools}
    assert use(environment, "look", id=1) == '{"id": 1, "name": "lamp"}'
    assert use(environment, "everything") == '[{"id": 1, "name": "lamp"}, {"id": 2, "name": null}]'
    assert use(environment, "look", id="1") == "Error: the argument id: Input should be a valid integer"
    assert use(environment, "look") == "Error: the argument id is missing"
    assert use(environment, "gone") == "Error: there is no tool named gone"


def test_only_what_writes_names_can_write(environment: Environment) -> None:
    assert use(environment, "sneak") == "Error: the tool sneak changes the data, but tools.py does not name it in WRITES"
    assert environment.changes() == ()
    assert use(environment, "rename", id=1, name="torch") == "renamed"
    assert use(environment, "sneak").startswith("Error")
    assert [(c.key, c.column, c.before, c.after) for c in environment.changes()] == [("1", "name", "lamp", "torch")]


@pytest.mark.parametrize(
    ("name", "said"), [("fail", "the tool fail failed (KeyError: 'oh')"), ("commit_and_fail", "no, not now")]
)
def test_a_call_that_fails_changes_nothing_even_if_it_commits(environment: Environment, name: str, said: str) -> None:
    assert use(environment, name).replace("\n", " ") == f"Error: {said}"
    assert environment.changes() == ()
    assert use(environment, "look", id=1) == '{"id": 1, "name": "lamp"}'


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("drop", "which tools may not"),
        ("odd", "is no JSON (a set)"),
        ("long", "more than 200,000 characters"),
        ("exits", "the tool exits failed (SystemExit: 3)"),
    ],
)
def test_what_a_tool_may_not_do_is_a_refusal(environment: Environment, name: str, said: str) -> None:
    assert said in use(environment, name)
    assert use(environment, "note", text="still there") == "noted"


def test_a_tool_reaches_no_file(environment: Environment, tmp_path: Path) -> None:
    assert "reaches a file" in use(environment, "leave", path=str(tmp_path / "other.db"))
    assert not (tmp_path / "other.db").exists()


def test_a_statement_that_never_ends_is_stopped(environment: Environment) -> None:
    assert isinstance(environment.backend, Copies)
    environment.backend.copy.seconds = 0.2
    assert use(environment, "ever") == "Error: the tool ever took too long"


def test_sqlalchemy_has_the_same_copy_in_the_same_transaction(environment: Environment) -> None:
    assert use(environment, "by_sqlalchemy", id=2) == '[{"id": 1, "name": "lamp"}, {"id": 2, "name": "new"}]'
    assert use(environment, "look", id=2) == '{"id": 2, "name": "new"}'


def test_copies_are_private_and_rows_without_values_count(tmp_path: Path) -> None:
    folder = read_folder(folder_of(tmp_path, tools__py=TOOLS, seed__sql=SEED, tasks__yaml=TASKS), "things")
    assert folder.domain is not None
    one, other = folder.domain.open(), folder.domain.open()
    use(one, "pair", a="x", b="y")
    use(one, "note", text="hello")
    assert [(c.table, c.key, c.column, c.after) for c in one.changes()] == [
        ("pairs", "x/y", "(row)", "there"),
        ("notes", "1", "text", "hello"),
    ]
    assert other.changes() == ()
    one.close()
    one.close()
    assert use(one, "look", id=1) == "Error: the conversation is over"


def test_a_seed_that_would_grow_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seed.sql"
    path.write_text(
        "CREATE TABLE t (a);\nINSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000)"
        " SELECT zeroblob(1000) FROM n;",
        "utf-8",
    )
    with pytest.raises(FolderError, match=r"seed\.sql, line 2: the database is larger than 400,000 bytes"):
        read_seed(path, 400_000)


# --- tasks ------------------------------------------------------------------------------------------------------------


def test_damaged_solutions_of_the_example_fail_and_doing_nothing_passes_nothing(tmp_path: Path) -> None:
    domain = check_folder(example(tmp_path), "bike-repair").domain
    assert domain is not None
    for split in ("dev", "test"):
        report = check_tasks(domain, split)
        assert report.gold_passed == report.tasks
        assert report.mutations_caught == report.mutations > 0
        assert report.null_passed == report.transfer_only_passed == 0


def test_what_must_not_be_said_or_called_fails_a_call_that_is_otherwise_right(tmp_path: Path) -> None:
    domain = check_folder(example(tmp_path), "bike-repair").domain
    assert domain is not None
    task = next(one for one in domain.tasks("test") if one.id.endswith("too_late_to_cancel"))
    gold = gold_episode(task, domain)
    assert verify(gold, domain).passed
    said = gold.model_copy(update={"turns": (*gold.turns, AgentTurn(text="It is FREE of  charge, too."))})
    assert [one.name for one in verify(said, domain).checks if not one.passed] == ["The agent did not say 'free of charge'"]
    inside = gold.model_copy(update={"turns": (*gold.turns, AgentTurn(text="We are free of charges."))})
    assert verify(inside, domain).passed
    look = task.model_copy(update={"must_not": ("free_days",)})
    environment = domain.open()
    call = ToolCall(id="f", name="free_days")
    turns = (*gold.turns, AgentTurn(tool_calls=(call,)), ToolTurn(results=(environment.call(call),)))
    used = gold.model_copy(update={"turns": turns, "task": look})
    assert [one.name for one in verify(used, domain).checks if not one.passed] == ["The tool free_days was not used"]


def test_a_state_may_be_reached_by_other_calls_only_where_the_task_says_so(tmp_path: Path) -> None:
    domain = check_folder(example(tmp_path), "bike-repair").domain
    assert domain is not None
    task = next(one for one in domain.tasks("test") if one.id.endswith("move_pickup"))
    first = ToolCall(id="m", name="move_pickup", arguments={"repair": 1, "day": "2026-05-11"})
    episode = play(task, domain, (task.gold[0], first, task.gold[1]), task.must_tell)
    assert not verify(episode, domain).passed
    free = task.model_copy(update={"outcome": "state"})
    assert verify(episode.model_copy(update={"task": free}), domain).passed


# --- what was added ---------------------------------------------------------------------------------------------------


def _append(path: Path) -> None:
    (path / "tools.py").write_text((path / "tools.py").read_text("utf-8") + "\nraise SystemExit('it ran')\n", "utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_append, "The file tools.py of the domain 'bike-repair' is not the one that was added"),
        (lambda path: (path / "more.py").write_text("", "utf-8"), "The file more.py"),
        (lambda path: (path / "seed.sql").unlink(), "is damaged"),
        (lambda path: (path / "domain.json").write_text('{"format": "folder", "files": []}', "utf-8"), "is damaged"),
    ],
)
def test_only_what_was_added_is_run(
    home: Path, tmp_path_factory: pytest.TempPathFactory, change: Callable, said: str
) -> None:
    folder = check_folder(example(tmp_path_factory.mktemp("own")), "bike-repair")
    where = installing.install(folder, ("retail",))
    assert installing.load(where, "bike-repair").name == "bike-repair"
    change(where)
    with pytest.raises(DomainError, match=said):
        installing.load(where, "bike-repair")
