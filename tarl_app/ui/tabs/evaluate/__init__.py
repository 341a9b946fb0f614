"""Evaluate: measurements that run in the background, their leaderboard, the episodes behind every number, the judge exam.

The page holds no state of a measurement: it reads the folders, so a reload, another visitor or a restarted app see the
same.
"""

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from pydantic import ValidationError

from tarl_app.core import refusals
from tarl_app.core.errors import ConfigError, JobError, TarlError
from tarl_app.core.types import Episode
from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.evaluation.board import Row
from tarl_app.evaluation.exam.grade import Graded
from tarl_app.evaluation.exam.people import Agreement, agreements, agreements_by_verdict
from tarl_app.evaluation.exam.report import kept_cases, kept_reports, name_of, unfinished
from tarl_app.jobs import launch
from tarl_app.jobs.run_record import last_error, log_tail
from tarl_app.ui import episode_view
from tarl_app.ui.access.owner import for_owners, is_owner
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.components import widgets
from tarl_app.ui.components.events import listen
from tarl_app.ui.components.legible import attempt, section
from tarl_app.ui.components.values import offering
from tarl_app.ui.services import Evaluating
from tarl_app.ui.tabs.evaluate import exam_view, view
from tarl_app.ui.tabs.evaluate.form import read
from tarl_app.ui.tabs.evaluate.page import LOOKING, Page, lay_out

TITLE = "Evaluate"
OFF = '<div class="ev-empty"><p><strong>There are no evaluations here.</strong></p></div>'
EXAMINED = "reference"
"""The judge that the button examines; the command line can examine others."""
Updates = dict[Any, Any]
MOST_TOLD = 2
"""Most picks that a page tells: one of an evaluation, one of an exam."""
REREAD = 20.0
"""Seconds after which people's thumbs are read again."""
Looking = dict[str, str]


def build(blocks: gr.Blocks, live_calls: LiveCalls) -> None:
    """Lays the tab out and connects it; called inside a ``gr.Tab`` of ``blocks``."""
    given = live_calls.services.evaluating
    if given is None:
        gr.HTML(OFF, apply_default_css=False, js_on_load=None)
        return
    page = lay_out(given)
    connect(page, Handlers(given, page), blocks)


def _refused(error: ValidationError) -> str:
    """What the form cannot be, each at its field's name."""
    told = (refusals.with_place(one, "The settings").replace("_", " ") for one in error.errors())
    return "; ".join(text[:1].upper() + text[1:] for text in told) + "."


class Handlers:
    """What the buttons do; every handler returns updates of what changed."""

    def __init__(self, given: Evaluating, page: Page) -> None:
        self.given, self.page = given, page
        self._read = -REREAD
        self._agreements: tuple[tuple[Agreement, ...], ...] = ((), ())
        may = for_owners(given.owners)  # here, and not where they are connected, so that every call is checked
        self.start, self.stop, self.resume, self.examine = map(may, (self._start, self._stop, self._resume, self._examine))

    # --- painting -----------------------------------------------------------------------------------------------------

    def paint(self, looking: Looking, before: str = "") -> Updates:
        """Updates of everything, when anything differs from what was painted last."""
        page, rows, reports = self.page, self.given.board.rows(), [*kept_reports(self.given.exams)]
        row = next((one for one in rows if one.name == looking["row"]), None)
        values = {
            page.board: {"value": _keyed("board", view.board(rows, looking["row"]))},
            page.exam: {"value": _keyed("exam", self._exam(reports))},
            page.cases: {"value": _keyed("cases", exam_view.cases(reports, looking["case"]))},
            page.stop: {"interactive": row is not None and row.live},
            page.resume: {"interactive": row is not None and not row.live and row.state != "finished"},
            page.details: {"value": _keyed(looking["row"], section("This evaluation", lambda: self._details(row)))},
            **self._chosen(row, looking),
            **self._case(looking["case"]),
        }
        seen = hashlib.sha256(json.dumps([*values.values()]).encode()).hexdigest()
        if seen == before:
            return {page.seen: gr.skip()}
        return {page.seen: seen, **{part: gr.update(**value) for part, value in values.items()}}

    def _chosen(self, row: Row | None, looking: Looking) -> dict[Any, dict[str, Any]]:
        """The list of episodes, and the one that is open."""
        found: Sequence[Episode] = ()
        if row is not None and looking["key"]:
            found = self.given.board.episodes(row.name, looking["key"])
        what = (found, looking["row"], looking["key"], looking["episode"])
        listed = section("This list", lambda: view.episodes(*what)) if looking["key"] else []
        shown, evidence = _opened(next((one for one in found if one.id == looking["episode"]), None))
        return {
            self.page.episodes: {"value": _keyed(f"{looking['row']}/{looking['key']}", listed)},
            self.page.episode: shown,
            self.page.evidence: evidence,
        }

    def _case(self, name: str) -> dict[Any, dict[str, Any]]:
        """The exam case that is open, with what was planted in it."""
        case = self._graded(name)
        episode = case.case.episode.model_copy(update={"judgements": (case.judgement,)}) if case else None
        shown, evidence = _opened(episode, exam_view.case_truth(case) if case else [])
        return {self.page.case: shown, self.page.case_evidence: evidence}

    def _exam(self, reports: Sequence[Mapping[str, Any]]) -> list[view.Item]:
        now = self._examining()
        return [*now, *(exam_view.exam(reports) if reports or not now else []), *self._people()]

    @property
    def _exam_folder(self) -> Path:
        return self.given.exams / name_of({"judge": EXAMINED, "domain": DEFAULT_DOMAIN, "split": "held_out"})

    def _examining(self) -> list[view.Item]:
        """How far the exam is, while there is one; and that it ended before its report was written."""
        folder = self._exam_folder
        if self.given.board.launcher.alive(folder):
            return [("examining", exam_view.examining(log_tail(folder, 1).strip()))]
        if unfinished(folder):
            return [("broken-off", exam_view.broken_off(log_tail(folder, 1).strip(), last_error(folder)))]
        return []

    def _people(self) -> list[view.Item]:
        """How often people agree with the judge; read from the store now and then, not at every look."""
        if time.monotonic() - self._read > REREAD:
            found = attempt("People's thumbs", self._rated)
            self._read, self._agreements = time.monotonic(), found or ((), ())
        return [("people", exam_view.people(*self._agreements))] if self._agreements[0] else []

    def _rated(self) -> tuple[tuple[Agreement, ...], ...]:
        rated = [*self.given.rated()]
        return agreements(rated), agreements_by_verdict(rated)

    def _details(self, row: Row | None) -> list[view.Item]:
        if row is None:
            return []
        why = self.given.untrained(row.config.agent, row.config.domain)
        note = [("untrained", f'<p class="ev-muted" role="status">{escape(why)}</p>')] if why else []
        return [*note, *view.details(row)]

    def _graded(self, name: str) -> Graded | None:
        exam, _, case_id = name.partition("/")
        known = {name_of(report) for report in kept_reports(self.given.exams)}
        if exam not in known:
            return None
        return next((one for one in kept_cases(self.given.exams / exam) if one.case.id == case_id), None)

    def _painted(self, looking: Looking, before: str = "") -> Updates:
        """``paint``, with a message if the shown item was deleted meanwhile."""
        try:
            return self.paint(looking, before)
        except TarlError as error:
            return {self.page.notice: gr.update(value=f'<p class="no-text" role="alert">{escape(str(error))}</p>')}

    def _told(self, looking: Looking, act: Callable[[], Looking]) -> Updates:
        """Runs the action; a refusal is shown in words."""
        try:
            chosen = {**looking, **act()}
            return {**self.paint(chosen), self.page.looking: chosen, self.page.notice: gr.update(value="")}
        except (TarlError, ValidationError) as error:
            text = str(error) if isinstance(error, TarlError) else _refused(error)
            notice = f'<p class="no-text" role="alert">{escape(text)}</p>'
            return {self.page.notice: gr.update(value=notice), self.page.looking: looking}

    # --- looking ------------------------------------------------------------------------------------------------------

    def shown(self, looking: Looking, event: gr.EventData) -> Updates:
        """The tab came into view, or left it."""
        if not getattr(event, "on", False):
            return {self.page.timer: gr.update(active=False)}
        agents = {self.page.agents: gr.update(choices=[*self.given.agents()])}
        return {**self._painted(looking), **agents, self.page.timer: gr.update(active=True)}

    def opened(self, request: gr.Request) -> Updates:
        """The page was opened; ``?evaluate=NAME`` in its address asks for that agent to be measured."""
        known = [*self.given.agents()]
        asked = [name for name in [request.query_params.get("evaluate")] if name in known]
        may = gr.update(visible=is_owner(request, self.given.owners))
        return {self.page.agents: offering(known, asked or None), self.page.door: may, self.page.buttons: may}

    def tick(self, looking: Looking, seen: str) -> Updates:
        """The timer fired. A visit to which nothing was painted yet is one whose memory was lost: the page knows more."""
        return self._painted(looking, seen) if seen else {self.page.returning: widgets.asking("evaluate")}

    def returned(self, looking: Looking, event: gr.EventData) -> Updates:
        """The page tells what was picked of what it shows, which this visit may not know."""

        found: Looking = {}
        for pick in str(getattr(event, "shown", "")).split("\n")[:MOST_TOLD]:
            found |= self._looked_at(pick, looking) or {}
        name = found.get("row", "")
        gone = name if name and name not in [row.name for row in self.given.board.rows()] else ""
        updates = self._told(looking, lambda: {**found, "row": "", "key": "", "episode": ""} if gone else found)
        if gone:
            told = f"The evaluation {escape(gone)} is gone: its folder is not there any more."
            updates[self.page.notice] = gr.update(value=f'<p class="no-text" role="alert">{told}</p>')
        return updates

    def picked(self, looking: Looking, event: gr.EventData) -> Updates:
        """A number, an evaluation, an episode or an exam case was chosen."""
        found = self._looked_at(str(getattr(event, "id", "")), looking)
        return {self.page.looking: gr.skip()} if found is None else self._told(looking, lambda: found)

    def _looked_at(self, pick: str, looking: Looking) -> Looking | None:
        """What is looked at after that pick (``view``); None for what is no pick."""
        kind, *rest = pick.split("|")
        fields = {"row": ("row",), "key": ("row", "key"), "episode": ("row", "key", "episode")}.get(kind, ())
        if kind == "case" and len(rest) == 2:
            return {"case": "/".join(rest)}
        if not fields or len(rest) != len(fields):
            return None
        return {**LOOKING, "case": looking["case"], **dict(zip(fields, rest, strict=True))}

    # --- working ------------------------------------------------------------------------------------------------------

    def _start(self, looking: Looking, *form: Any) -> Updates:
        """Starts every combination; they are measured one after the other."""

        def act() -> Looking:
            started = self.given.board.start_all(*read(self.given, form))
            return {"row": started[0].name, "key": "", "episode": ""}

        return self._told(looking, act)

    def _stop(self, looking: Looking) -> Updates:
        """Stops the chosen evaluation; what is finished is kept."""

        def act() -> Looking:
            self.given.board.stop(looking["row"])
            return {}

        return self._told(looking, act)

    def _resume(self, looking: Looking) -> Updates:
        """Continues the chosen evaluation."""

        def act() -> Looking:
            self.given.board.start(self.given.board.row(looking["row"]).config)
            return {}

        return self._told(looking, act)

    def _examine(self, looking: Looking) -> Updates:
        """Has the judge examined in the background; the table appears when it is done."""

        def act() -> Looking:
            folder = self._exam_folder
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise JobError(launch.in_words(error, folder)) from error
            if self.given.board.launcher.alive(folder):
                raise ConfigError("The judge is being examined already; the table appears below when it is done.")
            command = [sys.executable, "-m", "tarl_app", "judge", "exam", "--judge", EXAMINED]
            self.given.board.launcher.start(folder, command, time.time())
            return {}

        return self._told(looking, act)


def _opened(episode: Episode | None, above: Sequence[view.Item] = ()) -> tuple[dict[str, Any], dict[str, Any]]:
    """A call that is open, with something above it, and its evidence."""
    if episode is None:
        return {"value": _keyed("none", [])}, {"value": _keyed("none", [])}
    shown = [*above, *section("This call", lambda: episode_view.dialogue(episode))]
    evidence = section("This call's evidence", lambda: episode_view.evidence(episode))
    return {"value": _keyed(episode.id, shown)}, {"value": _keyed(episode.id, evidence)}


def _keyed(call: str, items: list[view.Item]) -> dict[str, Any]:
    return {"call": call, "items": items}


def connect(page: Page, do: Handlers, blocks: gr.Blocks) -> None:
    """Connects the components to the handlers."""
    out, looking = page.outputs, [page.looking]
    choosing = [page.looking, *out]
    listen(blocks.load, do.opened, None, [page.agents, page.door, page.buttons])
    listen(page.board.shown, do.shown, looking, out)
    listen(page.timer.tick, do.tick, [page.looking, page.seen], out)
    listen(page.returning.returned, do.returned, looking, choosing)
    for part in (page.board, page.details, page.episodes, page.cases):
        listen(part.picked, do.picked, looking, choosing, trigger_mode="multiple")
    listen(page.start.click, do.start, [page.looking, *page.form], choosing)
    listen(page.stop.click, do.stop, looking, choosing)
    listen(page.resume.click, do.resume, looking, choosing)
    listen(page.examine.click, do.examine, looking, choosing)
