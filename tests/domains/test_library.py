"""A domain made by following docs/new-domain.md: no engine has heard of it, and all of them serve it."""

import dataclasses
import json
import re
import time
from collections.abc import Iterator
from functools import partial
from itertools import combinations
from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.cli import main
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain, PhrasingSet
from tarl_app.core.errors import DomainError
from tarl_app.core.protocols import Agent
from tarl_app.core.types import AgentTurn, Episode, Task, ToolCall, ToolTurn, UserTurn
from tarl_app.domains import DOMAINS, load_domain
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.sandbox.checks import check_tasks
from tarl_app.sandbox.playing import play
from tarl_app.sandbox.verifier import verify
from tarl_app.ui import words
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.users.scripted import ScriptedUser
from tests.contracts.test_domains_know_themselves import ROOT, SOURCES, found_in
from tests.domains.library.domain import library
from tests.ui.whole_page import services

FOLDER = Path(__file__).parent / "library"
HOW_TO = (FOLDER.parents[2] / "docs" / "new-domain.md").read_text(encoding="utf-8")
SPLITS = ("train", "dev", "test")
WORDINGS: tuple[PhrasingSet, ...] = ("seen", "held_out", "test")


@pytest.fixture
def domain() -> Iterator[Domain]:
    """The library, in the table of domains for as long as a test takes."""
    DOMAINS["library"] = library
    yield load_domain("library")
    del DOMAINS["library"]


def task_of(domain: Domain, kind: str) -> Task:
    return next(task for split in SPLITS for task in domain.tasks(split) if task.kind == kind)


def call(task: Task, domain: Domain, agent: Agent, phrasings: PhrasingSet = "seen", seed: int = 0) -> Episode:
    user = ScriptedUser(task, domain, seed, phrasings)
    conversation = Conversation(task, domain, agent, user, ReferenceJudge(domain), seed=seed, id="call")
    try:
        return conversation.run()
    finally:
        conversation.close()


def test_it_is_a_domain_in_fewer_than_300_lines():
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in FOLDER.glob("*.py")) < 300


def test_the_page_shows_code_that_is_there_and_every_part_that_a_domain_can_have():
    excerpts = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", HOW_TO, re.S)
    assert {name for name, _ in excerpts} == {"world.py", "members.py", "expert.py", "domain.py"}
    assert [name for name, code in excerpts if code not in (FOLDER / name).read_text(encoding="utf-8")] == []
    table = HOW_TO.partition("## All parts of `Domain`")[2].partition("\n## ")[0]
    parts = [name for row in re.findall(r"^\| (`.*?) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(parts) == sorted(field.name for field in dataclasses.fields(Domain))


@pytest.mark.parametrize("phrasings", WORDINGS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_scripted_pair_passes_every_task_and_the_judge_finds_every_turn_correct(domain, phrasings, seed):
    for task in (task for split in SPLITS for task in domain.tasks(split)):
        episode = call(task, domain, ScriptedAgent(task, domain, seed), phrasings, seed)
        assert episode.verdict is not None
        assert episode.verdict.passed, (task.id, episode.verdict)
        assert {score.score for score in episode.judgements[-1].scores} == {1}, (task.id, episode.judgements)


def test_the_splits_have_four_members_each_and_share_none(domain):
    cards = [{task.facts["card_number"] for task in domain.tasks(split)} for split in SPLITS]
    assert [len(one) for one in cards] == [4, 4, 4]
    assert len(set.union(*cards)) == 12
    assert {"lookup", "lend", "return", "extend", "refusal", "transfer"} == {
        task.kind for split in SPLITS for task in domain.tasks(split)
    }


def test_the_sets_of_wordings_share_none(domain):
    tables = [domain.customer.phrasings[one] for one in WORDINGS]
    assert all(one.keys() == tables[0].keys() for one in tables)
    texts = [{text for texts in table.values() for text in texts} for table in tables]
    assert [one & other for one, other in combinations(texts, 2)] == [set()] * 3


@pytest.mark.parametrize("split", SPLITS)
def test_gold_passes_damaged_gold_fails_and_doing_nothing_passes_nothing(domain, split):
    report = check_tasks(domain, split)
    assert report.failures == ()
    assert (report.tasks, report.gold_passed) == (4, 4)
    assert report.mutations_caught == report.mutations > 4
    assert report.null_passed == report.transfer_only_passed == 0


# --- the judge --------------------------------------------------------------------------------------------------------


def judged(domain: Domain, task: Task, *said: str | ToolCall) -> tuple[int, str]:
    """The score and the rule of the last agent turn, where members and agent take turns and calls are the agent's."""
    environment, turns = domain.open(), []
    for one in said:
        if isinstance(one, ToolCall):
            turns += [AgentTurn(tool_calls=(one,)), ToolTurn(results=(environment.call(one),))]
        else:
            turns.append(UserTurn(text=one[2:]) if one.startswith("M:") else AgentTurn(text=one))
    environment.close()
    episode = Episode(id="e", task=task, agent="by hand", user="by hand", turns=tuple(turns))
    last = ReferenceJudge(domain).judge(episode).scores[-1]
    return last.score, last.rule


def found(domain: Domain, kind: str) -> tuple[Task, list[str | ToolCall], ToolCall]:
    """A task, its call until the member was found, and the write that it needs."""
    task = task_of(domain, kind)
    card = f"M:It's {task.facts['card_number']}."
    return task, [f"M:{task.goals[0].question}", "What is your card number?", card, task.gold[0]], task.gold[-1]


def test_a_write_needs_a_yes_to_that_very_book(domain):
    task, said, write = found(domain, "extend")
    book = write.arguments["book_id"]
    proposal = f"Shall I extend the loan of {book}?"
    assert judged(domain, task, *said, write) == (-1, "confirmation")
    assert judged(domain, task, *said, proposal, "M:Wait.", write) == (-1, "confirmation")
    assert judged(domain, task, *said, proposal, "M:Yes, please.", write) == (1, "")


def test_a_write_on_a_wrong_book_is_found(domain):
    task, said, write = found(domain, "lend")
    other = next(one for one in domain.tasks("test") if one.kind == "lend").goals[0].details
    look = ToolCall(id="l", name="find_book", arguments={"book_title": other["book_title"]})
    wrong = write.model_copy(update={"arguments": {**write.arguments, "book_id": other["book_id"]}})
    proposed = (*said, look, f"Shall I lend you {other['book_title']}, {other['book_id']}?", "M:Yes.")
    assert judged(domain, task, *proposed, wrong) == (-1, "wrong_write")


def test_a_date_that_nothing_has_shown_is_found(domain):
    task, said, _ = found(domain, "lookup")
    due = task.must_tell[0].value
    assert judged(domain, task, *said, f"It is due on {due}. Anything else?") == (1, "")
    assert judged(domain, task, *said, "It is due on 2026-05-31. Anything else?") == (-1, "wrong_date")
    assert judged(domain, task, *said, "It is due on the 3rd of June. Anything else?") == (-1, "wrong_date")


def test_nothing_is_written_for_somebody_who_was_not_found_and_no_card_is_made_up(domain):
    task, said, write = found(domain, "return")
    assert judged(domain, task, said[0], write)[0] == -1
    assert judged(domain, task, said[0], ToolCall(id="c", name="find_member", arguments={"card_number": "C999999"}))[0] == -1


# --- the engines that were changed for it -----------------------------------------------------------------------------


def test_a_row_that_was_removed_is_a_change_and_the_verdict_says_so(domain):
    task = task_of(domain, "lookup")
    book = task.goals[0].details["book_id"]
    taken = ToolCall(id="r", name="return_book", arguments={**task.gold[0].arguments, "book_id": book})
    verdict = verify(play(task, domain, (*task.gold, taken), task.must_tell), domain)
    gone = [(change.key, change.column, change.after) for change in verdict.changes]
    assert gone == [(book, "card_number", None), (book, "due", None)]
    assert f"loans {book}, due: empty instead of unchanged" in " ".join(check.detail for check in verdict.checks)


def test_a_row_that_was_removed_and_put_back_is_no_change(domain):
    task = task_of(domain, "lend")
    lent = task.gold[-1]
    taken = ToolCall(id="r", name="return_book", arguments=lent.arguments)
    verdict = verify(
        play(task, domain, (*task.gold, taken, lent.model_copy(update={"id": "again"})), task.must_tell), domain
    )
    once = verify(play(task, domain, task.gold, task.must_tell), domain)
    assert verdict.changes == once.changes


def test_a_domain_comes_and_goes_with_its_line_in_the_table():
    with pytest.raises(DomainError, match="no domain named 'library'"):
        load_domain("library")
    DOMAINS["library"] = library
    try:
        first = load_domain("library")
        assert load_domain("library") is first
        assert wiring.domain_names()[-1] == "library"
        DOMAINS["library"] = partial(library)
        assert load_domain("library") is not first
    finally:
        del DOMAINS["library"]
    with pytest.raises(DomainError, match="no domain named 'library'"):
        load_domain("library")
    assert "library" not in wiring.domain_names()


# --- from outside -----------------------------------------------------------------------------------------------------


def test_the_commands_of_the_page_work(domain, home, capfd):
    assert main(["tasks", "check", "--domain", "library", "--split", "test", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["gold_passed"] == 4
    assert main(["evaluate", "--agent", "scripted", "--domain", "library", "--split", "test", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["pass_hat"]["1"] == 1.0
    assert main(["judge", "exam", "--domain", "library"]) != 0
    assert "library" in capfd.readouterr().err


def test_no_engine_knows_a_word_of_it(domain):
    places = {path: path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name for path in SOURCES}
    assert [hit for path, place in places.items() for hit in found_in(place, path.read_text("utf-8"), "library")] == []


def test_a_call_can_be_watched_on_the_page(domain, tmp_path):
    task = task_of(domain, "extend")
    live_call = LiveCall(
        services(
            tmp_path,
            tasks=domain.tasks("train"),
            others=(domain,),
            make_agent=lambda name, task: ScriptedAgent(task, load_domain(task.domain)),
        )
    )
    live_call.begin(live_call.services.task(task.id), "scripted")
    live_call.simulate()
    live_call.hush()
    assert settled(live_call)
    episode, screen = live_call.episode, live_call.screen
    assert episode is not None
    assert episode.verdict is not None
    assert episode.verdict.passed
    assert {score.score for score in episode.judgements[-1].scores} == {1}
    assert screen is not None
    assert {change.column: change.after for change in screen.changes} == {"due": task.must_tell[0].value, "extend_to": None}


def settled(live_call: LiveCall, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while live_call.active and time.monotonic() < end:
        if live_call.screen:
            live_call.screen.apply_due()
        time.sleep(0.005)
    live_call.rest()
    return not live_call.active


def test_its_tasks_and_tools_read_well(domain):
    assert {tool.name for tool in domain.tools} == {*domain.labels.tools}
    titles = [words.task_title(task) for split in SPLITS for task in domain.tasks(split)]
    assert {"Lend Karl and the Harbor", "Return June and the River", "Speak to a person"} <= {*titles}
    assert all("_" not in title for title in titles)
