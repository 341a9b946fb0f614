"""A folder that was added is a domain like any other: on the command line, on the page, over the API and MCP."""

import json
import re
from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.cli import main
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain
from tarl_app.core.errors import DomainError
from tarl_app.core.settings import settings
from tarl_app.core.types import AgentTurn, StopReason, UserTurn
from tarl_app.domains import domain_names, load_domain
from tarl_app.domains.folder.reading.tasks_file import Entry, Head
from tests.domains.folder.folders import EXAMPLE, ROOT, example
from tests.llm.endpoint import Say, serving
from tests.service import foreign

PAGE = (ROOT / "docs" / "own-domain.md").read_text("utf-8")
NAME = "bike-repair"


@pytest.fixture
def domain(home: Path, capfd: pytest.CaptureFixture[str]) -> Domain:
    assert main(["domain", "add", str(EXAMPLE)]) == 0
    capfd.readouterr()
    return load_domain(NAME)


def test_a_folder_is_checked_added_listed_and_removed(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["domain", "check", str(EXAMPLE), "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["ok"], told["problems"], told["added"], told["tools"]) == (True, [], False, 6)
    assert NAME not in domain_names()
    assert main(["domain", "add", str(EXAMPLE), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["added"]
    assert main(["domain", "add", str(EXAMPLE)]) == 0  # again: it is replaced
    assert main(["domain", "list", "--json"]) == 0
    listed = {one["name"]: one for one in json.loads(capfd.readouterr().out.splitlines()[-1])["domains"]}
    assert listed[NAME] == {
        "name": NAME,
        "kind": "folder",
        "tools": 6,
        "tasks": {"train": 0, "dev": 2, "test": 3},
        "damaged": "",
    }
    assert listed["retail"]["kind"] == "shipped"
    assert main(["domain", "remove", NAME]) == 0
    assert NAME not in domain_names()
    assert not [one for one in (home / "domains").iterdir() if one.name.startswith(NAME)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check"], "Which folder?"),
        (["remove"], "Which domain?"),
        (["check", "nowhere"], "nowhere is no folder"),
        (["remove", "retail"], "no folder named 'retail'"),
        (["remove", "../domains"], "no folder named"),
        (["add", str(EXAMPLE), "--name", "retail"], "another sort of domain named 'retail'"),
        (["add", str(EXAMPLE), "--name", "Bike Repair"], "cannot be a domain's name"),
        (["add", str(EXAMPLE), "--name", "bike-test"], "cannot be a domain's name"),
    ],
)
def test_what_cannot_be_done_is_said(home: Path, capfd: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert main(["domain", *words]) == 2
    assert said in capfd.readouterr().err


def test_a_folder_with_mistakes_is_not_added(
    home: Path, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = example(tmp_path_factory.mktemp("own"), ("tasks.yaml", "split: dev", "split: exam"))
    assert main(["domain", "add", str(folder)]) == 1
    shown = capfd.readouterr().out
    assert re.search(r"^tasks\.yaml, line \d+: `split` must be", shown, re.M)
    assert "1 to correct" in shown
    assert NAME not in domain_names()


def test_the_scripted_pair_plays_every_task_and_the_judge_finds_no_major_fault(domain: Domain) -> None:
    for task in (*domain.tasks("dev"), *domain.tasks("test")):
        for seed in (0, 1):
            agent, user = wiring.make_agent("scripted", task, domain, seed), wiring.make_user(task, seed)
            conversation = Conversation(task, domain, agent, user, wiring.make_judge(domain), seed=seed)
            episode = conversation.run()
            conversation.close()
            assert episode.verdict is not None
            assert episode.verdict.passed, (task.id, episode.verdict)
            assert min(one.score for one in episode.judgements[-1].scores) >= 0, (task.id, episode.judgements)
            assert episode.stop == (StopReason.TRANSFERRED if task.must_transfer else StopReason.USER_DONE)


@pytest.mark.parametrize("persona", ["plain", "chatty", "terse", "impatient", "hesitant"])
def test_the_customer_gives_what_is_asked_for_in_every_persona(domain: Domain, persona: str) -> None:
    task = domain.tasks("test")[0]
    task = task.model_copy(update={"persona": task.persona.model_copy(update={"style": persona})})
    said: list[UserTurn | AgentTurn] = []
    for asked, given in (
        ("What is your bike number?", "204117"),
        ("And your name, please?", "Mara Okoye"),
        ("Which colour do you like?", ""),
        ("To confirm: I move it to Friday. Is that right?", ""),
    ):
        user = wiring.make_user(task)
        first = user.speak(said)
        assert first is not None
        said += [first, AgentTurn(text=asked)]
        answer = user.speak(said)
        assert answer is not None
        assert given in answer.text


def test_it_is_evaluated_with_both_controls(domain: Domain, capfd: pytest.CaptureFixture[str]) -> None:
    for agent, passed in (("scripted", 1.0), ("null", 0.0)):
        assert main(["evaluate", "--agent", agent, "--domain", NAME, "--split", "test", "--json"]) == 0
        assert json.loads(capfd.readouterr().out)["pass_hat"]["1"] == passed


def test_a_model_behind_an_endpoint_talks_and_one_judges(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    task = domain.tasks("test")[0]
    asked = '{"scores": [{"turn": 1, "reason": "asked", "score": 1}, {"turn": 3, "reason": "told", "score": 1}]}'
    with serving(Say("May I have the bike number?"), Say("Goodbye."), otherwise=lambda body: Say(asked)) as server:
        for name, value in {"BASE_URL": server.url, "MODEL": "big", "API_KEY": "key"}.items():
            monkeypatch.setenv(f"TARL_LLM_{name}", value)
        settings.cache_clear()
        conversation = Conversation(task, domain, wiring.make_agent("chat", task, domain))
        conversation.say(UserTurn(text="What does it cost?"))
        conversation.say(UserTurn(text="204117."))
        conversation.finish()
        judged = wiring.make_judge(domain, "llm").judge(conversation.episode)
        bodies = server.requests
    settings.cache_clear()
    assert [one.score for one in judged.scores] == [1, 1]
    assert "bike workshop" in json.dumps(bodies[0])
    assert "find_bike" in json.dumps(bodies[0]["tools"])
    assert "Mara Okoye" not in json.dumps(bodies[0])
    assert "Mara Okoye" in json.dumps(bodies[-1])


def test_it_is_on_the_page_and_in_the_api_and_is_played_there(domain: Domain) -> None:
    assert NAME in [one.name for one in wiring.playable()]
    task = domain.tasks("test")[0].id
    with foreign.service() as client:
        names = [one["name"] for one in client.get("/domains").json()]
        assert NAME in names
        shown = client.get(f"/tasks/{task}").json()
        assert shown["full"] is None
        env = foreign.create(client, task)
        foreign.play(task, *foreign.over_http(client, env))
        assert client.post(f"/environments/{env}/finish").json()["passed"]


def test_nothing_over_the_api_adds_a_folder(domain: Domain) -> None:
    with foreign.service() as client:
        paths = client.get("/openapi.json").json()["paths"]
    assert not [path for path in paths if "folder" in path or "import" in path]
    assert all("post" not in paths[path] for path in paths if path.startswith("/domains"))


def test_an_unknown_domain_is_said_to_be_none(home: Path) -> None:
    with pytest.raises(DomainError, match="no domain named 'bike-repair'"):
        load_domain(NAME)


def test_the_page_shows_files_that_are_there_and_every_field() -> None:
    excerpts = re.findall(r"```(?:python|yaml|sql)\n# (bike-repair/\S+)\n(.*?)```", PAGE, re.S)
    assert {name for name, _ in excerpts} >= {"bike-repair/tools.py", "bike-repair/tasks.yaml"}
    for name, text in excerpts:
        assert text in (EXAMPLE.parent / name).read_text("utf-8"), name
    fields = {*Entry.model_fields, *Head.model_fields}
    told = set(re.findall(r"^\| `(\w+)`", PAGE, re.M))
    assert fields - told == set()
