"""What is wrong in a folder is said with file and line, all at once, in sentences that say what to do."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tarl_app.core.documents import parse_written
from tarl_app.core.errors import DocumentError
from tarl_app.domains.folder.arguments import Misfit, arguments_of
from tarl_app.domains.folder.check import check_folder, in_order
from tarl_app.domains.folder.reading.marked import Marked, read_texts, read_typed, texts, typed
from tarl_app.domains.folder.reading.problems import FolderError, Problem, Problems
from tarl_app.domains.folder.reading.tasks_file import read_entries
from tarl_app.domains.folder.tools.openapi import openapi_tools
from tarl_app.domains.folder.tools.seed import statements
from tests.domains.folder.folders import example, line_of
from tests.domains.folder.servers import document

HEAVY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def wrong(folder: Path) -> tuple[Problem, ...]:
    return in_order(check_folder(folder, "bike-repair"))


def test_nothing_is_wrong_with_the_example(tmp_path: Path) -> None:
    folder = check_folder(example(tmp_path), "bike-repair")
    assert in_order(folder) == ()
    assert folder.domain is not None
    assert [len(folder.domain.tasks(split)) for split in ("train", "dev", "test")] == [0, 2, 3]


MISTAKES = [
    # file, what is there, what is there instead, a text of the line that is named, a part of the sentence
    ("tasks.yaml", "id: cancel_waiting", "id: Cancel it", "id: Cancel it", "`id` has a form that is not taken"),
    ("tasks.yaml", "id: cancel_waiting", "id: move_pickup", "", "there is a task `move_pickup` already"),
    ("tasks.yaml", "title: Cancel a repair", "titel: Cancel a repair", "titel", "there is no field `titel` here"),
    ("tasks.yaml", "split: test", "split: exam", "split: exam", "`split` must be 'train', 'dev' or 'test'"),
    ("tasks.yaml", "goal: You want to cancel the repair of your br", "wish: ", "id: cancel_waiting", "`goal` is missing"),
    ("tasks.yaml", "- cancel_repair:", "- cancel_order:", "cancel_order", "there is no tool `cancel_order`"),
    ("tasks.yaml", "{repair: 2}", "{repair: two}", "two", "`repair` must be a whole number, and 'two' is none"),
    ("tasks.yaml", "{repair: 2}", "{number: 2}", "{number: 2}", "there is no argument number"),
    ("tasks.yaml", "{repair: 2}", "{repair: 3}", "{repair: 3}", "is refused: this repair was begun"),
    ("tasks.yaml", "status: ready", "status: waiting", "waiting", "`status` of row 1 is 'ready', and not 'waiting'"),
    ("tasks.yaml", "repairs:\n        2:", "repairs:\n        7:", "7:", "after the task's calls there is no row 7"),
    ("tasks.yaml", "{status: cancelled}", "gone", "gone", "the row 2 of `repairs` is still there"),
    ("tasks.yaml", "{status: cancelled}", "{state: cancelled}", "{state:", "the table `repairs` has no column `state`"),
    ("tasks.yaml", "days:\n", "dates:\n", "dates:", "the seed has no table `dates`"),
    ("tasks.yaml", "never_call: cancel_repair", "never_call: burn_it", "burn_it", "there is no tool `burn_it`"),
    ("tasks.yaml", "never_call: cancel_repair", "never_call: find_bike", "never_call: find", "one of the task's calls"),
    ("tasks.yaml", "never_say: free of charge", "never_say: 2026-05", "never_say", "must be said by `say`"),
    ("tasks.yaml", "transfer_tool: call_manager\n", "", "transfer: true", "no tool hands over to a person"),
    ("tasks.yaml", "transfer_tool: call_manager", "transfer_tool: hand_over", "hand_over", "`transfer_tool` is no tool"),
    ("tasks.yaml", "price: $18.00", "price: {value: cheap, kind: money}", "cheap", "'cheap' is no money"),
    ("tasks.yaml", "outcome: state  ", "outcome: luck  ", "luck", "`outcome` must be 'calls' or 'state'"),
    ("tasks.yaml", "persona: hesitant", "persona: [", "", "This is not YAML that can be read"),
    ("tasks.yaml", "persona: hesitant", "persona: *who", "*who", "aliases"),
    ("tasks.yaml", "says: I'd", "says:\n      - Hello\n      - I'd", "says:", "1 goals and 2 sentences"),
    ("seed.sql", "INSERT INTO days", "INSERT INTO dates", "INSERT INTO dates", "no such table: dates"),
    ("seed.sql", "(2, 204230,", "(2, 999999,", "", "a row of `repairs` refers to one of `bikes`"),
    ("seed.sql", "CREATE TABLE days", "ATTACH 'x.db' AS x;\nCREATE TABLE days", "ATTACH", "a seed reaches no other file"),
    ("tools.py", "def free_days(db)", "def free_days()", "def free_days", "needs the database as its first parameter"),
    ("tools.py", "bike_number: int) -> dict:", "bike_number) -> dict:", "def find_bike", "`find_bike` has no type"),
    ("tools.py", '"""List the days on which a repair can still be booked."""', "", "def free_days", "has no docstring"),
    ("tools.py", "repair: int, day: str", "repair: int, day: date", "def move_pickup", "not one that a model can write"),
    ("tools.py", "def free_days(db)", "def free_days(db", "", "Python cannot read this"),
    ("tools.py", "def free_days(db)", "async def free_days(db)", "def free_days", "is async or yields"),
    ("tools.py", "def free_days(db)", "def freie_tage_für(db)", "def freie", "is no name that a model can call"),
    ("tools.py", "TODAY = date(2026, 5, 5)", "TODAY = date(2026, 5, 55)", "TODAY =", "ValueError: day"),
    ("tools.py", '"cancel_repair")', '"cancel")', "", "WRITES names 'cancel', which is no function here"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "line", "sentence"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_what_to_do(
    tmp_path: Path, file: str, old: str, new: str, line: str, sentence: str
) -> None:
    folder = example(tmp_path, (file, old, new))
    found = wrong(folder)
    told = [one for one in found if sentence in one.text]
    assert told, found
    assert told[0].file == file
    if line:
        assert told[0].line == line_of(folder / file, line)
    assert all(one.text.endswith((".", ")")) or ": correct it" in one.text for one in found)


def test_all_mistakes_are_shown_together(tmp_path: Path) -> None:
    folder = example(
        tmp_path,
        ("tasks.yaml", "title: Cancel a repair", "titel: Cancel a repair"),
        ("tasks.yaml", "split: dev", "split: exam"),
        ("tasks.yaml", "{repair: 1, day", "{repair: one, day"),
        ("seed.sql", "INSERT INTO days", "INSERT INTO dates"),
    )
    (folder / "policy.md").write_text("  ", "utf-8")
    found = wrong(folder)
    assert [one.file for one in found] == ["policy.md", "seed.sql", "tasks.yaml", "tasks.yaml", "tasks.yaml"]
    assert "This is empty" in found[0].text


@pytest.mark.parametrize("file", ["policy.md", "tasks.yaml", "tools.py", "seed.sql"])
def test_a_file_that_is_missing_is_named(tmp_path: Path, file: str) -> None:
    folder = example(tmp_path)
    (folder / file).unlink()
    assert [one.file for one in wrong(folder)] == [file]


def test_one_sort_of_tools_and_one_seed(tmp_path: Path) -> None:
    folder = example(tmp_path)
    (folder / "mcp.yaml").write_text("url: http://127.0.0.1:9", "utf-8")
    assert "there are tools.py and mcp.yaml" in wrong(folder)[0].text
    (folder / "mcp.yaml").unlink()
    (folder / "seed.sqlite").write_bytes(b"")
    assert "there are seed.sql and seed.sqlite" in wrong(folder)[0].text


def test_a_task_that_is_passed_by_doing_nothing_is_found(tmp_path: Path) -> None:
    folder = example(
        tmp_path,
        ("tasks.yaml", "      - cancel_repair: {repair: 2}\n", "      - move_pickup: {repair: 1, day: 2026-05-06}\n"),
        (
            "tasks.yaml",
            "        2: {status: cancelled}\n      days:\n        2026-05-09: {free: 1}\n",
            "        2: {status: waiting}\n",
        ),
    )
    found = wrong(folder)
    assert [one.text for one in found] == [
        "an agent that does nothing passes this task: demand a call that changes something, or a fact in `say`."
    ]
    assert found[0].line == line_of(folder / "tasks.yaml", "id: cancel_waiting")


def test_tools_that_answer_differently_each_time_are_found(tmp_path: Path) -> None:
    folder = example(
        tmp_path,
        ("tools.py", "from typing", "import random\nfrom typing"),
        ("tools.py", '"model": bike["model"]', '"model": random.random()'),
    )
    assert "do not answer the same twice" in wrong(folder)[0].text


def test_a_seed_may_be_a_database_and_only_a_good_one(tmp_path: Path) -> None:
    folder = example(tmp_path)
    with sqlite3.connect(folder / "seed.sqlite") as made:
        made.executescript((folder / "seed.sql").read_text("utf-8"))
    made.close()
    (folder / "seed.sql").unlink()
    assert wrong(folder) == ()
    image = (folder / "seed.sqlite").read_bytes()
    for bad in (b"not a database", image[:100] + b"\xff" * 200 + image[300:], image[: len(image) // 2]):
        (folder / "seed.sqlite").write_bytes(bad)
        assert wrong(folder)[0].file == "seed.sqlite"


# --- readers take anything --------------------------------------------------------------------------------------------

# fmt: off
SCRAPS = st.sampled_from((
    "tasks:", "- id: a", "  goal: x", "{", "}", "[", "]", ": ", "\n", "  ", "'", '"', "&a", "*a", "!!int 3", "\t", "null",
    "\x00", "calls: [f: {a: 1}]", "state: {t: {1: gone}}", "paths: {/a: {get: {}}}", "$ref: '#/a'", "say: {a: {kind: id}}",
))
# fmt: on
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.text(max_size=8), st.just("gone"))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)
FIELDS = ("id", "goal", "calls", "state", "say", "facts", "never_say", "never_call", "transfer", "says", "persona")


def refusal(read: Callable[[Path], object], path: Path, text: str) -> str:
    """Why a text is refused; empty if it is read. Anything else that is raised fails the test."""
    path.write_text(text, "utf-8", errors="replace")
    try:
        read(path)
    except (FolderError, DocumentError) as error:
        return str(error) or "nothing is said"
    return ""


@given(st.lists(SCRAPS, max_size=30).map("".join))
@HEAVY
def test_any_text_is_read_or_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    problems = Problems()
    why = refusal(lambda path: read_entries(read_texts(path), problems), tmp_path / "tasks.yaml", text)
    assert "\n" not in why
    assert why != "nothing is said"
    assert all(one.line is None or 1 <= one.line <= text.count("\n") + 2 for one in problems)


@given(st.dictionaries(st.sampled_from(FIELDS), TREES, max_size=6))
@HEAVY
def test_any_task_is_read_or_refused_in_sentences(fields: dict[str, object]) -> None:
    problems = Problems()
    read_entries(Marked({"tasks": [fields, {"id": "a", "goal": "b", **fields}]}, None), problems)
    assert all(one.text for one in problems)


@given(st.lists(SCRAPS, max_size=20).map("".join), TREES, st.sampled_from(["paths", "components", "servers", "openapi"]))
@HEAVY
def test_any_document_of_a_server_is_read_or_refused(tmp_path: Path, text: str, tree: object, place: str) -> None:
    good = document("http://127.0.0.1:9")
    for written in (text, good + text, good.replace(f"\n{place}:", f"\n{place}: {json.dumps(tree)}\nx-{place}:")):
        assert refusal(openapi_tools, tmp_path / "openapi.yaml", written) != "nothing is said"


@given(TREES)
@HEAVY
def test_any_operation_of_a_server_is_read_or_refused(tmp_path: Path, tree: object) -> None:
    top = {"openapi": "3.0.1", "servers": [{"url": "http://127.0.0.1:9"}]}
    places = (tree, {"parameters": tree}, {"requestBody": tree}, {"responses": {"200": tree}}, {"parameters": [tree]})
    for operation in places:
        text = json.dumps({**top, "paths": {"/a": {"post": operation}}})
        assert refusal(openapi_tools, tmp_path / "openapi.json", text) != "nothing is said"


@given(st.text(alphabet="abc';\n-/*\" \t", max_size=60))
def test_statements_lose_nothing_of_a_script(text: str) -> None:
    found = [*statements(text)]
    assert "".join(part for _, part in found).split() == text.split()
    assert [line for line, _ in found] == sorted(line for line, _ in found)


@given(TREES.filter(lambda tree: "\\ud" not in json.dumps(tree)))
def test_arguments_take_any_value_or_say_why_not(tree: object) -> None:
    written = parse_written(json.dumps({"a": tree, "b": tree}), 10_000)
    schema = {"properties": {"a": {"type": "integer"}, "b": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}
    with suppress(Misfit):
        assert isinstance(arguments_of(written, schema)["a"], int | list | dict)


def test_what_is_written_stays_what_it_is() -> None:
    written = parse_written('{a: 007, b: 2026-05-08, c: yes, d: "3", e: , f: 1.50, g: 12}', 1_000)
    assert texts(written) == {"a": "007", "b": "2026-05-08", "c": "yes", "d": "3", "e": None, "f": "1.50", "g": "12"}
    assert typed(written) == {"a": "007", "b": "2026-05-08", "c": "yes", "d": "3", "e": None, "f": 1.5, "g": 12}
    schema = {"properties": {name: {"type": "string"} for name in "abcdf"} | {"g": {"type": "integer"}}}
    kept = {"a": "007", "b": "2026-05-08", "c": "yes", "d": "3", "f": "1.50", "g": 12}
    assert {name: one for name, one in arguments_of(written, schema).items() if name != "e"} == kept


def test_json_has_lines_too(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text('{\n\t"a": [\n\t\t1,\n\t\t{"b": "\\ud83d\\ude00"}\n\t]\n}', "utf-8")
    at = read_typed(path)
    assert at.value == {"a": [1, {"b": "😀"}]}
    assert at.line(("a", 1, "b")) == 4


def test_a_task_that_is_passed_by_handing_everybody_over_is_found(tmp_path: Path) -> None:
    folder = example(tmp_path, ("tasks.yaml", "    say:\n      day of the repair: 2026-05-09\n", ""))
    assert "hands everybody over" in wrong(folder)[0].text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"cancel_repair")', '"cancel_repair", "call_manager")', "so it changes no data: remove it from WRITES"),
        ("db, why: str", "db, why: int", "the arguments of `call_manager` must be texts"),
    ],
)
def test_the_tool_that_hands_over_fits_every_call(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = wrong(example(tmp_path, ("tools.py", old, new)))
    assert [(one.file, one.line) for one in found if said in one.text] == [("tasks.yaml", 2)]
