import re
from dataclasses import fields, replace
from types import SimpleNamespace

import pytest

from tarl_app import wiring
from tarl_app.core.errors import UnusableAnswer
from tarl_app.core.human_feedback import with_thumb
from tarl_app.core.types import AgentTurn, Episode, Judgement, TurnScore, UserTurn
from tarl_app.domains import load_domain
from tarl_app.evaluation.board import Board
from tarl_app.evaluation.evaluate import EvaluationConfig, evaluate, folder_name
from tarl_app.evaluation.exam.grade import judge_cases
from tarl_app.evaluation.exam.report import as_json, keep
from tarl_app.exam.generate import generate
from tarl_app.jobs import launch
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.ui.components.shares import few
from tarl_app.ui.services import Evaluating
from tarl_app.ui.tabs.evaluate import Handlers
from tarl_app.ui.tabs.evaluate.page import LOOKING, Page
from tarl_app.ui.words import plain

CONFIG = EvaluationConfig(agent="null", limit=2)
NAME = folder_name(CONFIG)
FORM = (["null"], "retail", "dev", 2, 1, ["text"], ["clean"], 1, "", "plain")


class Standing:
    """Starts nothing; what it was asked to start counts as living until ``killed``."""

    name = "standing"

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.killed = False

    def start(self, folder, command, ticket) -> None:
        self.commands.append([*command])
        folder.mkdir(parents=True, exist_ok=True)
        launch.record(folder, {"pid": 1, "started": ticket, "host": "", "stop": None})

    def alive(self, folder) -> bool:
        return not self.killed and bool(launch.read_json(folder / launch.PROCESS))

    def stop(self, folder, force) -> None:
        return None


@pytest.fixture
def tab(tmp_path):
    launcher = Standing()
    given = Evaluating(
        board=Board(tmp_path / "evaluations", launcher),
        agents=lambda: ("null", "scripted"),
        domains=("retail",),
        revision=lambda name: "",
        exams=tmp_path / "exams",
        user_voice="pico:en-US",
    )
    page = Page(**{one.name: one.name for one in fields(Page)})  # handlers only use components as keys
    return SimpleNamespace(do=Handlers(given, page), page=page, given=given, launcher=launcher, root=tmp_path)


@pytest.fixture
def measured(tab):
    evaluate(CONFIG, wiring.evaluation_parts(CONFIG), tab.root / "evaluations" / NAME)
    return tab


def html(updates, part) -> str:
    return "".join(text for _, text in updates[part]["value"]["items"])


def pick(tab, looking, *what) -> dict:
    return tab.do.picked(looking, SimpleNamespace(id="|".join(what)))


def test_an_empty_tab_says_what_to_do(tab):
    painted = tab.do.paint(LOOKING)
    assert "Nothing has been measured yet" in html(painted, tab.page.board)
    assert "Nobody has asked yet" in html(painted, tab.page.exam)


def test_calls_in_which_both_may_speak_at_once_are_started_from_the_form(tab):
    form = (["scripted"], "retail", "dev", 1, 1, ["duplex"], ["clean"], 1, "", "plain")
    started = tab.do.start(LOOKING, *form)
    (command,) = tab.launcher.commands
    assert command[command.index("--speech") + 1] == "duplex"
    assert command[command.index("--hesitates") + 1] == "0.3"
    assert "both at once" in html(started, tab.page.board)


def test_the_judges_examination_says_at_once_that_it_goes_on_and_how_far_it_is(tab):
    begun = tab.do.examine({**LOOKING})
    assert "The judge is being examined: its examination begins" in html(begun, tab.page.exam)
    assert "Nobody has asked yet" not in html(begun, tab.page.exam)
    (folder,) = (tab.root / "exams").iterdir()
    (folder / launch.LOG).write_text("making the held out episodes ...\nreference: 25/537 judged\n")
    assert "reference: 25/537 judged" in html(tab.do.paint(LOOKING), tab.page.exam)


def test_an_examination_that_was_killed_says_so_until_one_is_finished(tab):
    tab.do.examine({**LOOKING})
    (folder,) = (tab.root / "exams").iterdir()
    (folder / launch.LOG).write_text("making the held out episodes ...\nreference: 25/537 judged\n")
    tab.launcher.killed = True
    told = html(tab.do.paint(LOOKING), tab.page.exam)
    assert "ended before it was done after “reference: 25/537 judged”" in told
    assert "Examine the judge" in told
    (folder / launch.LOG).write_text("reference: 25/537 judged\nerror: The disk is full.\n")
    assert "ended before it was done: The disk is full." in html(tab.do.paint(LOOKING), tab.page.exam)
    tab.do.examine(LOOKING)
    tab.launcher.killed = False
    assert "ended before" not in html(tab.do.paint(LOOKING), tab.page.exam)
    tab.launcher.killed = True
    keep(tab.given.exams, {"judge": "reference", "domain": "retail", "split": "held_out"}, [])
    assert "ended before" not in html(tab.do.paint(LOOKING), tab.page.exam)


def test_peoples_agreement_with_the_judge_stands_beside_the_exam(tab):
    scores = (TurnScore(turn=1, score=1, reason="r"), TurnScore(turn=2, score=0, reason="r", rule="said_again"))
    judged = with_thumb((Judgement(judge="reference", scores=scores),), 1, up=True)
    judged = with_thumb(judged, 2, up=True)  # which the judge had given a 0
    task = load_domain("retail").tasks("dev")[0]
    turns = (UserTurn(text="a"), AgentTurn(text="b"), AgentTurn(text="b"))
    rated = Episode(id="e", task=task, agent="a", user="human", turns=turns, judgements=judged)
    handlers = Handlers(replace(tab.given, rated=lambda: [rated]), tab.page)
    told = html(handlers.paint(LOOKING), tab.page.exam)
    assert "Do people agree with the judge?" in told
    assert f'<th scope="row">{plain(task.kind)}</th><td>1 of 2</td>' in told
    assert '<th scope="row">Said again</th><td>0 of 1</td>' in told
    assert '<th scope="row">No objection</th><td>1 of 1</td>' in told
    assert "21 to 100" in told  # of the one
    assert "of 1 thumb only" in told


def test_shares_of_few_say_so_and_have_intervals(measured):
    board, details = (
        html(pick(measured, LOOKING, "row", NAME), part) for part in (measured.page.board, measured.page.details)
    )
    for told in (board, details):
        assert "of 2 tasks only" in told
        assert "66" in told  # 0 of 2
    assert "of 2 episodes only" in details
    assert "of 10" not in few(10)


def test_the_leaderboard_has_the_agent_and_both_controls(measured):
    board = html(measured.do.paint(LOOKING), measured.page.board)
    assert all(text in board for text in ("null", "Null agent: does nothing", "Gold agent", "100 %", "finished"))


def test_a_number_opens_its_episodes_and_an_episode_its_dialogue(measured):
    first = pick(measured, LOOKING, "key", NAME, "failed")
    listed = html(first, measured.page.episodes)
    assert "Episodes: failed (2)" in listed
    episode = measured.given.board.episodes(NAME, "failed")[0]
    assert episode.id in listed
    opened = pick(measured, first[measured.page.looking], "episode", NAME, "failed", episode.id)
    assert "Your request is important to us" in html(opened, measured.page.episode)
    assert "Verifier" in html(opened, measured.page.evidence)


def test_the_details_show_every_section_with_numbers_that_open(measured):
    details = html(pick(measured, LOOKING, "row", NAME), measured.page.details)
    assert all(text in details for text in ("Success", "By kind of task", "Time", "Not counted as the agent"))
    assert f"key|{NAME}|user_fault" in details


@pytest.mark.parametrize("what", [(), ("nonsense",), ("key", "only"), ("case", "x")])
def test_a_pick_that_makes_no_sense_changes_nothing(measured, what):
    assert list(pick(measured, LOOKING, *what)) == [measured.page.looking]


def test_a_pick_of_something_gone_is_told_in_words(measured):
    told = pick(measured, {**LOOKING}, "key", NAME, "nonsense")
    assert "no selection" in told[measured.page.notice]["value"]


def test_nothing_is_painted_twice(measured):
    painted = measured.do.paint(LOOKING)
    again = measured.do.tick(LOOKING, painted[measured.page.seen])
    assert list(again) == [measured.page.seen]


def test_measuring_starts_every_combination_in_the_background(tab):
    form = (["null", "scripted"], "retail", "dev", 2, 1, ["text", "speech"], ["clean", "phone+loss5"], 2, "", "plain")
    started = tab.do.start(LOOKING, *form)
    assert len(tab.launcher.commands) == 6
    assert started[tab.page.notice]["value"] == ""
    assert "waiting for its turn" in html(started, tab.page.board)
    assert started[tab.page.stop]["interactive"] is True


@pytest.mark.parametrize(
    ("form", "message"),
    [
        (([], *FORM[1:]), "Choose at least one agent"),
        ((*FORM[:5], [], *FORM[6:]), "Choose at least one agent"),
        ((["elsewhere/model"], *FORM[1:]), "no agent named"),
        ((*FORM[:5], ["speech"], ["tunnel"], 1, "", "plain"), "should match pattern"),
    ],
)
def test_a_form_that_cannot_be_measured_is_refused_in_words(tab, form, message):
    assert message in tab.do.start(LOOKING, *form)[tab.page.notice]["value"]
    assert tab.launcher.commands == []


def test_what_was_started_is_stopped_and_started_again(tab):
    looking = tab.do.start(LOOKING, *FORM)[tab.page.looking]
    assert tab.do.start(LOOKING, *FORM)[tab.page.notice]["value"].count("going on already") == 1
    assert tab.do.stop(looking)[tab.page.notice]["value"] == ""


def test_the_exam_table_has_the_judge_and_a_case_opens_with_its_truth(tab):
    domain = load_domain("retail")
    cases = generate(domain, "development", 4)

    class Blind(ReferenceJudge):
        def judge(self, episode):
            found = super().judge(episode)
            return found.model_copy(update={"scores": tuple(s.model_copy(update={"score": 1}) for s in found.scores)})

    graded = judge_cases(cases, Blind(domain))
    keep(tab.given.exams, as_json("reference", "retail", "development", graded), graded)
    painted = tab.do.paint(LOOKING)
    table = html(painted, tab.page.exam) + html(painted, tab.page.cases)
    assert all(text in table for text in ("Found at the right turn", "reference", "missed", "0.0 %", "Off by"))
    assert "turns that are −1" in table
    assert "0.0 to " in table
    told = r"\d+ %<span class=\"bo-span\">\d+ to \d+</span><span class=\"bo-span\">of \d episodes? only</span> found"
    assert re.search(told, table)
    case = next(one for one in graded if not one.right)
    opened = pick(tab, LOOKING, "case", "reference-retail-development", case.case.id)
    assert "Exam case" in html(opened, tab.page.case)
    assert case.case.fault in html(opened, tab.page.case)
    assert html(opened, tab.page.case_evidence)
    assert html(opened, tab.page.cases).count('<li class="bo-chosen">') == 1
    assert html(opened, tab.page.episode) == ""


def test_the_exam_of_a_model_shows_other_judges_people_cost_and_cases_without_an_answer(tab):
    class Mute(ReferenceJudge):
        def judge(self, episode):
            raise UnusableAnswer("prose <b>only</b>")

    domain = load_domain("retail")
    graded = judge_cases(generate(domain, "development", 2), Mute(domain))
    report = as_json("llm", "retail", "held_out", graded)
    report |= {"kappa_with_judges": {"reference": 0.5}, "kappa_with_people": 0.25, "cost_usd_per_episode": 0.0125}
    keep(tab.given.exams, report, graded)
    painted = tab.do.paint(LOOKING)
    shown = html(painted, tab.page.exam) + html(painted, tab.page.cases)
    assert all(text in shown for text in ("2 without an answer", "reference 0.50", "people 0.25", "$0.0125", "no answer"))
    assert "prose &lt;b&gt;only" in shown
    opened = pick(tab, LOOKING, "case", "llm-retail-held_out", graded[0].case.id)
    assert "no usable answer: prose" in html(opened, tab.page.case)


def test_the_table_of_an_earlier_versions_exam_is_shown_without_intervals(tab):
    graded = judge_cases(generate(load_domain("retail"), "development", 2), ReferenceJudge(load_domain("retail")))
    report = as_json("reference", "retail", "held_out", graded)
    later = {"domain", "intervals", "confusion", "unanswered"}
    keep(tab.given.exams, {k: v for k, v in report.items() if k not in later}, graded)
    assert "100.0 %" in html(tab.do.paint(LOOKING), tab.page.exam)


def test_the_exam_is_started_once(tab):
    assert tab.do.examine(LOOKING)[tab.page.notice]["value"] == ""
    assert tab.launcher.commands[0][2:5] == ["tarl_app", "judge", "exam"]
    assert "already" in tab.do.examine(LOOKING)[tab.page.notice]["value"]


def told(tab, *picks: str, looking=LOOKING) -> dict:
    return tab.do.returned(looking, SimpleNamespace(shown="\n".join(picks), why="restarted"))


def test_a_visit_whose_memory_was_lost_asks_the_page_what_it_shows_and_shows_that(measured):
    asked = measured.do.tick(LOOKING, "")
    assert [*asked] == [measured.page.returning]
    assert asked[measured.page.returning]["value"] != measured.do.tick(LOOKING, "")[measured.page.returning]["value"]
    episode = measured.do.given.board.episodes(NAME, "failed")[0]
    found = told(measured, f"episode|{NAME}|failed|{episode.id}", "case|an-exam|a-case")
    assert found[measured.page.looking] == {"row": NAME, "key": "failed", "episode": episode.id, "case": "an-exam/a-case"}
    assert found[measured.page.seen]
    assert "ev-agent" in html(found, measured.page.episode)
    nothing = told(measured, "")
    assert nothing[measured.page.looking] == LOOKING
    assert nothing[measured.page.seen]


def test_an_evaluation_that_is_gone_says_so(measured):
    gone = told(measured, "key|an-old-one|failed")
    assert "an-old-one is gone" in gone[measured.page.notice]["value"]
    assert gone[measured.page.looking] == LOOKING
    assert gone[measured.page.seen]


def test_an_evaluation_that_was_interrupted_says_how_far_it_was_and_that_it_can_go_on(measured):
    folder = measured.root / "evaluations" / NAME
    launch.write_json(folder / launch.STATUS, {"state": "running", "step": 1, "steps": 2})
    launch.write_json(folder / launch.PROCESS, {})
    painted = pick(measured, LOOKING, "row", NAME)
    assert "Interrupted after 1 of 2 calls" in html(painted, measured.page.details)
    assert "press Go on" in html(painted, measured.page.details)
    assert painted[measured.page.resume]["interactive"]


def test_what_a_folder_says_is_escaped(measured):
    name = "evaluations"
    folder = measured.root / name / NAME
    launch.write_json(folder / launch.STATUS, {"state": "failed", "message": "<script>alert(1)</script>"})
    details = html(pick(measured, LOOKING, "row", NAME), measured.page.details)
    assert "<script>" not in details
    assert "&lt;script&gt;" in details


def test_how_customers_talk_is_measured_as_chosen_and_shown(tab):
    tab.do.start(LOOKING, *FORM[:-1], "lifelike")
    assert [row.config.customer for row in tab.given.board.rows()] == ["lifelike"]
    assert "lifelike customers" in html(tab.do.paint(LOOKING), tab.page.board)


def test_an_invented_manner_is_refused(tab):
    assert "Customer" in tab.do.start(LOOKING, *FORM[:-1], "rude")[tab.page.notice]["value"]
    assert not tab.launcher.commands


def test_statements_without_support_are_on_the_board_with_their_episodes(measured):
    board = html(measured.do.paint(LOOKING), measured.page.board)
    assert "Unsupported" in board
    assert f"key|{NAME}|unsupported" in board
