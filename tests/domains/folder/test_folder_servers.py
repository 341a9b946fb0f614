"""Tools on real servers of this machine: only the named server, only what was asked for, and one sentence for all else."""

import time
from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.cli import main
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import AgentTurn, ToolCall, ToolTurn, UserTurn
from tarl_app.domains.folder.check import check_folder, in_order
from tarl_app.domains.folder.tools.schemas import MOST_PARTS, SchemaFault, plain
from tarl_app.sandbox.checks import check_tasks, gold_episode, null_episode
from tarl_app.sandbox.verifier import ONLY_CALLS, verify
from tarl_app.training.configuration.config import Source
from tarl_app.training.rollouts.held_out import practised
from tests.domains.folder.folders import TASKS, folder_of, use
from tests.domains.folder.servers import Workshop, document

# --- HTTP -------------------------------------------------------------------------------------------------------------


def test_operations_are_tools_and_calls_are_requests(http: Domain, workshop: tuple[Workshop, str]) -> None:
    made, _ = workshop
    assert {tool.name: tool.writes for tool in http.tools} == {
        "find_bike": False, "cancel_repair": True, "shut_down": True, "odd": False,
    }  # fmt: skip
    assert "pattern" not in str(http.tool("cancel_repair"))
    assert made.seen == []  # a check asks nothing of a server
    assert '"status": "waiting"' in use(http, "find_bike", number=204230)
    assert '"status": "cancelled"' in use(http, "cancel_repair", repair=2, why="sold", quiet=True)
    assert made.seen == ["bike 204230", "cancel 2 {'why': 'sold'} True"]


def test_arguments_are_checked_before_anything_is_sent(http: Domain, workshop: tuple[Workshop, str]) -> None:
    for arguments in ({}, {"number": "204230"}, {"number": 0}, {"number": 1, "more": 2}):
        assert use(http, "find_bike", **arguments).startswith("Error: ")
    assert use(http, "odd", how="..").endswith("the argument how cannot be '..'")
    assert use(http, "odd", how="").endswith("the argument how cannot be ''")
    assert workshop[0].seen == []


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("redirect", "the server sends elsewhere (307), which is not followed"),
        ("huge", "the server's answer has more than 500,000 bytes"),
        ("slow", "the server did not answer within 2 seconds"),
        ("no_json", "the server's answer is no JSON"),
        ("deep", "the server's answer is no JSON"),
        ("packed", "the server's answer is packed, which was not asked for"),
        ("broken", "the server has failed (500)"),
        ("misfit", "the server's answer is not what its description says (price: 62 is not of type 'string')"),
        ("../bikes/204230", "the server refuses this (404): Not Found"),
    ],
)
def test_a_bad_answer_is_one_sentence(http: Domain, workshop: tuple[Workshop, str], how: str, said: str) -> None:
    assert use(http, "odd", how=how) == f"Error: {said}"
    assert "elsewhere" not in workshop[0].seen
    assert not any(one.startswith("bike") for one in workshop[0].seen)


def test_a_refusal_says_what_the_server_says_in_one_line(http: Domain) -> None:
    assert use(http, "find_bike", number=7) == "Error: the server refuses this (404): there is no such bike"


def test_the_token_comes_from_the_environment_and_is_never_shown(http: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSHOP_TOKEN", "another-token")
    assert use(http, "find_bike", number=204230) == "Error: the server refuses this (401): a token is needed"
    monkeypatch.delenv("WORKSHOP_TOKEN")
    said = use(http, "find_bike", number=204230)
    assert "the environment variable WORKSHOP_TOKEN with the token" in said
    assert said.endswith("is not set")


def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, openapi__yaml=document("http://127.0.0.1:9"), tasks__yaml=TASKS)
    checked = check_folder(folder, "workshop")
    assert checked.domain is not None
    assert use(checked.domain, "find_bike", number=1) == (
        "Error: the server at http://127.0.0.1:9 cannot be reached (ConnectError)"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("openapi: 3.1.0", 'openapi: "2.0"', "`openapi` has a form that is not taken"),
        ("/v1\npaths", "/v1\n  - url: http://other\npaths", "at most 1 item"),
        ("  - url: http", "  - url: ftp", "the server's address is no address such as"),
        ("http://", "http://me:secret@", "must not carry a user, a key or a query"),
        ("in: path, required: true, schema: {$ref", "in: query, schema: {$ref", "not its path parameters"),
        ("#/components/schemas/Number", "#/components/schemas/None", "does not exist"),
        ("#/components/schemas/Number", "https://elsewhere/schema", "is not in this document"),
        ("{type: integer, minimum: 1}", "{type: array, items: {$ref: '#/components/schemas/Number'}}", "refer to itself"),
        ("{type: integer, minimum: 1}", "{type: whole}", "it is no JSON schema"),
        ("operationId: cancel_repair", "operationId: find_bike", "there is a tool named `find_bike`"),
        ("operationId: cancel_repair", "operationId: cancel the repair", "no tool can be named"),
        (
            "application/json:\n            schema: {type: object",
            "text/plain:\n            schema: {type: object",
            "only JSON can",
        ),
        ("{type: object, properties: {why", "{type: array, properties: {why", "its body is no object"),
        ("properties: {why:", "properties: {repair:", "its body and its parameters both have `repair`"),
    ],
)
def test_what_is_wrong_with_a_document_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    written = document("http://127.0.0.1:9")
    assert old in written
    folder = folder_of(tmp_path, openapi__yaml=written.replace(old, new), tasks__yaml=TASKS)
    found = in_order(check_folder(folder, "workshop"))
    assert [one for one in found if said in one.text and one.line], found


def test_references_that_multiply_are_refused_at_once(tmp_path: Path) -> None:
    doubled = {f"S{n}": {"properties": {k: {"$ref": f"#/c/S{n + 1}"} for k in "abcdefgh"}} for n in range(11)}
    begun = time.process_time()
    with pytest.raises(SchemaFault, match=f"more than {MOST_PARTS:,} parts"):
        plain({"$ref": "#/c/S0"}, {"c": {**doubled, "S11": {}}})
    assert time.process_time() - begun < 30
    assert plain({"type": "string", "pattern": "(a+)+$", "x-shown": True}) == {"type": "string"}


def test_a_server_has_its_own_data(tmp_path: Path) -> None:
    state = TASKS.replace("    never_call", "    state: {repairs: {2: gone}}\n    never_call")
    state = state.replace("  - id: price", "  - id: price\n    outcome: state")
    folder = folder_of(tmp_path, openapi__yaml=document("http://127.0.0.1:9"), tasks__yaml=state, seed__sql="")
    said = [(one.file, one.text) for one in in_order(check_folder(folder, "workshop"))]
    assert [file for file, _ in said] == ["seed.sql", "tasks.yaml", "tasks.yaml"]
    assert all("server" in text for _, text in said)


# --- only calls are compared ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["http", "mcp"])
def test_calls_are_verified_and_never_made_again(kind: str, request: pytest.FixtureRequest) -> None:
    domain: Domain = request.getfixturevalue(kind)
    seen = request.getfixturevalue("workshop")[0].seen if kind == "http" else request.getfixturevalue("speaker")[0]
    report = check_tasks(domain, "test")
    assert (report.tasks, report.gold_passed, report.null_passed) == (2, 2, 0)
    task = domain.tasks("test")[0]
    assert verify(gold_episode(task, domain), domain).checks[-1].name == ONLY_CALLS
    assert not verify(null_episode(task, domain), domain).passed
    assert seen == []
    conversation = Conversation(task, domain, "outside")
    for call in task.gold:
        conversation.act(AgentTurn(tool_calls=(call,)))
    made = len(seen)
    conversation.act(AgentTurn(text="That is done."))
    verdict = conversation.finish()
    assert verdict is not None
    assert verdict.passed
    assert len(seen) == made == 2
    further = ToolCall(id="x", name="shut_down")
    turns = (*conversation.episode.turns, AgentTurn(tool_calls=(further,)), ToolTurn(results=(domain.open().call(further),)))
    wrong = verify(conversation.episode.model_copy(update={"turns": turns}), domain)
    assert [one.detail for one in wrong.checks if not one.passed] == [
        "The tool shut_down was called with {} although the rules forbid it here."
    ]


def test_the_tool_that_hands_over_changes_nothing(workshop: tuple[Workshop, str], tmp_path: Path) -> None:
    tasks = "transfer_tool: shut_down\n" + TASKS + "    transfer: true\n"
    tasks = tasks.replace("    never_call: shut_down\n", "")
    checked = check_folder(folder_of(tmp_path, openapi__yaml=document(workshop[1]), tasks__yaml=tasks), "workshop")
    assert in_order(checked) == ()
    assert checked.domain is not None
    assert not checked.domain.writes("shut_down")
    task = checked.domain.tasks("test")[1]
    assert verify(gold_episode(task, checked.domain), checked.domain).passed


def test_nobody_trains_on_a_server(http: Domain) -> None:
    with pytest.raises(ConfigError, match="which training would call thousands of times"):
        practised(Source(name="a", domain="workshop"), http, ())


def test_undo_leaves_the_server_as_it_is(http: Domain, workshop: tuple[Workshop, str]) -> None:
    task = http.tasks("test")[0]
    conversation = Conversation(task, http, wiring.make_agent("scripted", task, http))
    conversation.say(UserTurn(text="Cancel my repair."))
    conversation.say(UserTurn(text="It is 204230."))
    conversation.say(UserTurn(text="Yes, please."))
    made = list(workshop[0].seen)
    assert len(made) == 2
    conversation.undo()
    conversation.undo()
    assert workshop[0].seen == made
    conversation.close()


def test_the_calls_of_tasks_are_made_only_if_asked_for(http: Domain, workshop: tuple[Workshop, str], tmp_path: Path) -> None:
    folder = tmp_path / "workshop"
    assert main(["domain", "check", str(folder)]) == 0
    assert workshop[0].seen == []
    assert main(["domain", "check", str(folder), "--live"]) == 0
    assert workshop[0].seen == ["bike 204230", "cancel 2 {'why': 'sold'} False", "bike 204230"]
    text = (folder / "tasks.yaml").read_text("utf-8").replace("number: 204230", "number: 7")
    (folder / "tasks.yaml").write_text(text, "utf-8")
    assert main(["domain", "check", str(folder), "--live"]) == 1
