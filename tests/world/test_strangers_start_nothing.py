"""On a public page nobody but its owner starts, stops or resumes what outlives a visit, whatever events they call."""

import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from starlette.requests import Request

from tarl_app.core.errors import ConfigError, ConversationError
from tarl_app.core.settings import Settings
from tarl_app.evaluation.board import MOST_LIVE, Board
from tarl_app.evaluation.comparison.compare import CompareConfig, versus
from tarl_app.evaluation.evaluate import EvaluationConfig, Parts
from tarl_app.jobs import launch
from tarl_app.ui.access.ballot import OF_ALL, OF_ONE, SPAN, TOO_FAST, Ballot
from tarl_app.ui.access.limits import MOST_COMBINATIONS
from tarl_app.ui.access.owner import REFUSED
from tarl_app.ui.calls.match import Matches
from tarl_app.ui.services import AgentChoice, Comparing, Evaluating
from tarl_app.ui.tabs.evaluate import Handlers
from tarl_app.ui.tabs.evaluate.page import LOOKING, Page

FORM = (["null"], "retail", "dev", 2, 1, ["text"], ["clean"], 1)


class Standing:
    """Starts nothing; what it was asked to start counts as living until it is stopped."""

    name = "standing"

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.stopped = 0

    def start(self, folder: Path, command: Any, ticket: float) -> None:
        self.commands.append([*command])
        launch.record(folder, {"pid": 1, "started": ticket, "host": "", "stop": None})

    def alive(self, folder: Path) -> bool:
        return bool(launch.read_json(folder / launch.PROCESS))

    def stop(self, folder: Path, force: bool) -> None:
        self.stopped += 1


def visitor(account: str = "") -> gr.Request:
    info = {"userinfo": {"preferred_username": account}, "expires_at": time.time() + 60}
    return gr.Request(
        Request({"type": "http", "headers": [], "query_string": b"", "session": {"oauth_info": info} if account else {}})
    )


def handlers(root: Path, owners: frozenset[str] | None) -> tuple[Handlers, Page, Standing]:
    launcher = Standing()
    board = Board(root / "evaluations", launcher)  # pyright: ignore[reportArgumentType]
    known = (board, lambda: ("null", "scripted"), ("retail",), lambda name: "", root / "exams")
    given = Evaluating(*known, user_voice="v:w", owners=owners)
    names: dict[str, Any] = {one.name: one.name for one in fields(Page)}  # handlers only use components as keys
    page = Page(**names)
    return Handlers(given, page), page, launcher


@pytest.mark.parametrize("owners", [frozenset(), frozenset({"ada"})])
@pytest.mark.parametrize("account", ["", "mallory"])
def test_the_handlers_refuse_whoever_calls_them(tmp_path: Path, owners: frozenset[str], account: str) -> None:
    do, _, launcher = handlers(tmp_path, owners)
    acts = [(do.start, (*FORM, "", "plain")), (do.stop, ()), (do.resume, ()), (do.examine, ())]
    for act, form in acts:
        with pytest.raises(gr.Error, match=REFUSED):
            act(visitor(account), dict(LOOKING), *form)
    assert launcher.commands == []
    assert not (tmp_path / "evaluations").exists()


def test_the_owner_starts_stops_and_resumes_and_sees_the_form(tmp_path: Path) -> None:
    do, page, launcher = handlers(tmp_path, frozenset({"ada"}))
    ada = visitor("ada")
    looking = do.start(ada, dict(LOOKING), *FORM, "", "plain")[page.looking]
    assert len(launcher.commands) == 1
    do.stop(ada, looking)
    assert launcher.stopped == 1
    do.examine(ada, looking)
    assert len(launcher.commands) == 2
    assert do.opened(ada)[page.door]["visible"] is True
    assert do.opened(visitor())[page.door]["visible"] is False
    assert do.opened(visitor())[page.buttons]["visible"] is False


ODD: dict[str, tuple[Any, ...]] = {
    "an invented agent": (["../../etc"], *FORM[1:]),
    "an agent that is none": ([{"name": "null"}], *FORM[1:]),
    "more agents than there are": (["null"] * 1000, *FORM[1:]),
    "an invented domain": (["null"], "airport", *FORM[2:]),
    "an invented split": (["null"], "retail", "secret", *FORM[3:]),
    "no tasks": (*FORM[:3], 0, *FORM[4:]),
    "tasks without end": (*FORM[:3], 1e9, *FORM[4:]),
    "a thousand trials": (*FORM[:4], 1000, *FORM[5:]),
    "trials that are no number": (*FORM[:4], float("nan"), *FORM[5:]),
    "an invented way": (*FORM[:5], ["telepathy"], *FORM[6:]),
    "an invented channel": (*FORM[:5], ["speech"], ["tunnel"], 1),
    "a channel of many parts": (*FORM[:5], ["speech"], ["+".join(["phone"] * 40)], 1),
    "more channels than may be": (*FORM[:5], ["speech"], [f"noise{n}" for n in range(200)], 1),
    "a thousand calls side by side": (*FORM[:7], 1000),
    "words instead of numbers": (*FORM[:7], "many"),
}


@pytest.mark.parametrize("form", ODD.values(), ids=ODD)
def test_what_there_is_not_and_what_is_too_much_is_refused_in_words_anywhere(tmp_path: Path, form: tuple[Any, ...]) -> None:
    do, page, launcher = handlers(tmp_path, None)
    told = do.start(dict(LOOKING), *form, "", "plain")
    assert 'role="alert"' in told[page.notice]["value"]
    assert len(told[page.notice]["value"]) < 400
    assert launcher.commands == []


def test_combinations_and_waiting_processes_are_capped_all_or_none(tmp_path: Path) -> None:
    do, page, launcher = handlers(tmp_path, None)
    many = (["null", "scripted"], *FORM[1:5], ["text", "speech"], [f"noise{n}" for n in range(8)], 1)  # 18
    assert do.start(dict(LOOKING), *many, "", "plain")[page.notice]["value"] == ""
    assert len(launcher.commands) == 18 <= MOST_COMBINATIONS
    again = (["null", "scripted"], "retail", "test", *FORM[3:5], ["text", "speech"], [f"noise{n}" for n in range(8)], 1)
    assert f"{MOST_LIVE} may at once" in do.start(dict(LOOKING), *again, "", "plain")[page.notice]["value"]
    assert len(launcher.commands) == 18
    with pytest.raises(ConfigError, match="going on or waiting"):
        Board(tmp_path / "evaluations", launcher).start_all([EvaluationConfig(agent="null")] * MOST_LIVE)  # pyright: ignore


def test_what_is_measured_waits_for_what_is_trained(tmp_path: Path, home: Path) -> None:
    for kind in ("runs", "evaluations", "exams"):
        (home / kind / "one").mkdir(parents=True)
    busy = launch.hold_device(home / "runs", "local")
    assert busy is not None
    assert launch.hold_device(home / "evaluations", "local") is None
    assert launch.hold_device(home / "exams", "local") is None
    assert launch.hold_device(tmp_path / "elsewhere", "local") is not None


# --- head to heads and votes ------------------------------------------------------------------------------------------


def waiting_parts(config: CompareConfig) -> tuple[Parts, Parts]:
    time.sleep(0.5)
    raise ConfigError("There is nothing to compare.")


def test_a_head_to_head_is_stopped_by_who_began_it_or_the_owner(tmp_path: Path) -> None:
    choices = (AgentChoice("null", "Null"), AgentChoice("scripted", "Scripted"))
    matches = Matches(Comparing(lambda: choices, waiting_parts, lambda name: "", tmp_path))
    matches.start(versus("null", "scripted", limit=1), "ada")
    with pytest.raises(ConversationError, match="Only who began"):
        matches.stop("mallory")
    assert not matches.stopping
    matches.stop("ada")
    assert matches.stopping
    assert matches.wait(10)
    matches.start(versus("null", "scripted", limit=1), "ada")
    matches.stop(None)  # the owner of the page
    assert matches.stopping
    assert matches.wait(10)


def test_votes_have_a_rate_of_one_and_of_all() -> None:
    now = [0.0]
    ballot = Ballot(lambda: now[0])
    for _ in range(OF_ONE):
        ballot.admit("mallory")
    with pytest.raises(ConversationError, match=TOO_FAST[:20]):
        ballot.admit("mallory")
    ballot.admit("ada")  # whom that does not concern
    for number in range(OF_ALL - OF_ONE - 1):
        ballot.admit(f"tab {number}")  # the same person, in a new tab each time
    with pytest.raises(ConversationError):
        ballot.admit("another tab")
    now[0] = SPAN + 1
    ballot.admit("mallory")


# --- the owner's money ------------------------------------------------------------------------------------------------


def test_a_public_page_has_a_budget_unless_its_owner_sets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Settings(space=False).llm_max_tokens, Settings(space=False).llm_max_usd) == (0, 0)
    monkeypatch.setenv("TARL_SPACE", "1")  # what its child processes find as well
    assert 0 < Settings().llm_max_tokens <= 10_000_000
    assert 0 < Settings().llm_max_usd <= 50
    monkeypatch.setenv("TARL_LLM_MAX_USD", "0")
    monkeypatch.setenv("TARL_LLM_MAX_TOKENS", "7")
    assert (Settings().llm_max_tokens, Settings().llm_max_usd) == (7, 0)
