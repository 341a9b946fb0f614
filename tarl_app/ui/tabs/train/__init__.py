"""Train: a form that starts a run in the background, and the existing runs.

The page holds no state of a run: it reads the run's directory, so a reload, another visitor or a restarted app see the
same.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from tarl_app.core.errors import JobError, TarlError
from tarl_app.jobs.runs import Run
from tarl_app.ui.access.owner import Handler, for_owners, is_owner
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.components import legible, widgets
from tarl_app.ui.components.events import listen
from tarl_app.ui.tabs.train import telling
from tarl_app.ui.tabs.train.form import share_out
from tarl_app.ui.tabs.train.page import Page, lay_out
from tarl_app.ui.tabs.train.view import Item, run_view, runs_list
from tarl_app.ui.training_service import Training, Values

TITLE = "Train"
OFF = (
    '<div class="ev-empty"><p><strong>Training is off on this public Space.</strong></p><p>Duplicate the Space, or run the '
    "app on your own machine: <code>python app.py</code>.</p>{more}</div>"
)
OWNER = "<p>Its owner can train here after signing in.</p>"
MOST_TOLD = 16
"""Most names of runs that a page tells."""
Updates = dict[Any, Any]


def build(blocks: gr.Blocks, live_calls: LiveCalls) -> None:
    """Lays the tab out and connects it; called inside a ``gr.Tab`` of ``blocks``."""
    training = live_calls.services.training
    if training is None:
        gr.HTML(OFF.format(more=""), elem_id="train-off", apply_default_css=False, js_on_load=None)
        return
    page = lay_out(training) if training.owners is None else _behind_a_door(blocks, training)
    connect(page, Handlers(training, page), for_owners(training.owners))


def _behind_a_door(blocks: gr.Blocks, training: Training) -> Page:
    """The tab, visible only to the owners; the handlers also check the caller."""
    off = gr.HTML(OFF.format(more=OWNER), elem_id="train-off", apply_default_css=False, js_on_load=None)
    gr.LoginButton(size="sm", elem_id="train-sign-in")
    with gr.Column(visible=False, elem_id="train-owner") as inside:
        page = lay_out(training)

    def look(request: gr.Request) -> Updates:
        mine = is_owner(request, training.owners)
        return {off: gr.update(visible=not mine), inside: gr.update(visible=mine)}

    listen(blocks.load, look, None, [off, inside])
    return page


class Handlers:
    """What the buttons do; every handler returns updates of what changed."""

    def __init__(self, training: Training, page: Page) -> None:
        self.training, self.page, self.runs = training, page, training.runs

    # --- painting -----------------------------------------------------------------------------------------------------

    def paint(self, looking: dict[str, Any]) -> Updates:
        """Updates of the runs and the chosen one, when they differ from what was painted last."""
        runs = self.runs.list()
        names = [run.name for run in runs]
        chosen = next((run for run in runs if run.name == looking["run"]), None) or next(
            (run for run in runs if run.live), runs[0] if runs else None
        )
        others = [name for name in looking["drawn"] if name in names and chosen and name != chosen.name]
        looking = {**looking, "run": chosen.name if chosen else "", "drawn": others}
        folders = {run.name: run.folder for run in runs}
        listed = {"call": "runs", "items": runs_list(runs, looking["run"], others)}
        shown = {
            "call": looking["run"],
            "items": self._view(chosen, {name: folders[name] for name in others}) if chosen else [],
        }
        buttons = self._buttons(chosen, looking["sure"])
        seen = hashlib.sha256(json.dumps([listed, shown, buttons]).encode()).hexdigest()
        updates: Updates = {self.page.looking: {**looking, "seen": seen}}
        if seen != looking["seen"]:
            updates |= {self.page.runs: gr.update(value=listed), self.page.view: gr.update(value=shown)}
            updates |= {getattr(self.page, name): gr.update(**update) for name, update in buttons.items()}
        return updates

    def _view(self, chosen: Run, others: dict[str, Path]) -> list[Item]:
        """The chosen run; without the others' curves when something of theirs cannot be read."""
        alone = partial(legible.section, "This run", partial(run_view, chosen, {}))
        return legible.attempt("A comparison of runs", partial(run_view, chosen, others)) or alone()

    def _buttons(self, run: Run | None, sure: str) -> dict[str, dict[str, Any]]:
        live = run is not None and run.live
        again = run is not None and run.state == "stopping"
        startable = run is not None and not live and run.state != "finished"
        really = run is not None and sure == run.name
        return {
            "stop": {"interactive": live, "value": "Stop at once" if again else "Stop"},
            "resume": {
                "interactive": startable,
                "value": "Start" if run is not None and run.state == "created" else "Resume",
            },
            "duplicate": {"interactive": run is not None},
            "delete": {
                "interactive": run is not None and not live,
                "value": f"Really delete {run.name}?" if really and run else "Delete",
                "variant": "stop" if really else "secondary",
            },
        }

    def _told(self, looking: dict[str, Any], act: Callable[[], Updates]) -> Updates:
        """Runs the action; a refusal is shown in words."""
        try:
            extra: Updates = {self.page.notice: gr.update(value=""), **act()}
        except TarlError as error:
            told = escape(telling.in_words(error, self.page.form))
            extra = {self.page.notice: gr.update(value=f'<p class="no-text" role="alert">{told}</p>')}
        chosen = {**looking, **extra.pop(self.page.looking, {})}
        return {**self.paint(chosen), **extra}

    # --- looking ------------------------------------------------------------------------------------------------------

    def shown(self, looking: dict[str, Any], event: gr.EventData) -> Updates:
        """The tab came into view, or left it. The first time the form is filled, which loads the trainer's code."""
        if not getattr(event, "on", False):
            return {self.page.timer: gr.update(active=False)}
        return {**self.paint({**looking, "seen": ""}), self.page.timer: gr.update(active=True)}

    def fill(self, looking: dict[str, Any]) -> Updates:
        """Fills the form, once for a visitor."""
        if looking["filled"]:
            return {self.page.looking: gr.skip()}

        def act() -> Updates:
            desk, form = self.training.desk(), self.page.form
            first = next(iter(desk.presets))
            offered, values = form.offer(desk, desk.choices()), self._filled(desk.presets[first])
            both = {made: {**offered.get(made, {}), **update} for made, update in values.items()}
            preset = {**offered[form.preset], "value": first}
            ready = {form.start: gr.update(interactive=True), self.page.looking: {"filled": True, "preset": first}}
            return {**both, form.preset: preset, **ready}

        return self._told(looking, act)

    def _filled(self, values: Values) -> Updates:
        """The form with these values, and what such a run would take."""
        return {**self.page.form.show(values), self.page.form.outlook: gr.update(value=self._outlook(lambda: values))}

    def _outlook(self, values: Callable[[], Values]) -> str:
        """What such a run would take, with warnings; or why it cannot be started."""
        desk, form = self.training.desk(), self.page.form
        try:
            given = values()
            return telling.html(form, desk.outlook(given), desk.warnings(given))
        except TarlError as error:
            return telling.refused_html(form, telling.refusals(error, form))

    def tick(self, looking: dict[str, Any]) -> Updates:
        """The timer fired. A visit to which nothing was painted yet is one whose memory was lost: the page knows more."""
        return self.paint(looking) if looking["seen"] else {self.page.returning: widgets.asking("train")}

    def returned(self, looking: dict[str, Any], preset: str | None, event: gr.EventData) -> Updates:
        """The page tells the run that it shows, and those drawn beside it, which this visit may not know."""
        run, *drawn = str(getattr(event, "shown", "")).split("\n")[:MOST_TOLD]
        if getattr(event, "why", "") == "asked":  # the form is as the visitor left it
            looking = {**looking, "filled": True, "preset": preset or ""}
        updates = self.paint({**looking, "seen": "", **({"run": run, "drawn": drawn} if run else {})})
        if run and run not in [one.name for one in self.runs.list()]:
            told = f"The run {escape(run)} is gone: its folder is not there any more."
            updates[self.page.notice] = gr.update(value=f'<p class="no-text" role="alert">{told}</p>')
        return updates

    def picked(self, looking: dict[str, Any], event: gr.EventData) -> Updates:
        """A run was chosen."""
        return self.paint({**looking, "run": str(getattr(event, "id", "")), "sure": ""})

    def drawn(self, looking: dict[str, Any], event: gr.EventData) -> Updates:
        """Curves of a run are to be drawn, or not."""
        name = str(getattr(event, "id", ""))
        kept = [one for one in looking["drawn"] if one != name]
        return self.paint({**looking, "drawn": [*kept, name] if getattr(event, "on", False) else kept, "seen": ""})

    # --- the form -----------------------------------------------------------------------------------------------------

    def preset(self, looking: dict[str, Any], name: str | None) -> Updates:
        """A preset was chosen: the whole form follows. Gradio tells a choice twice, and one whenever somebody leaves the
        list without choosing: what was typed since then must stay.
        """
        values = None if name == looking["preset"] else self.training.desk().presets.get(name or "")
        if values is None:
            return {self.page.looking: gr.skip()}
        return {**self._filled(values), self.page.looking: {**looking, "preset": name}}

    def moved(self, domain: str) -> Callable[..., Updates]:
        """A share was moved: the others follow, so that all sum to 1."""
        mix = self.page.form.mix

        def follow(*shares: float) -> Updates:
            new = share_out(dict(zip(mix, shares, strict=True)), domain)
            return {mix[name]: gr.update(value=share) for name, share in new.items()}

        return follow

    def outlook(self, *given: Any) -> Updates:
        """Estimated time, memory and cost of the run, or why it cannot be started."""
        form = self.page.form
        return {form.outlook: gr.update(value=self._outlook(lambda: form.read(given)))}

    def start(self, looking: dict[str, Any], name: str, *given: Any) -> Updates:
        """Creates a run and starts it."""

        def act() -> Updates:
            made = self.training.desk().create(name or "", self.page.form.read(given))
            self.runs.start(made)
            return {self.page.form.name: gr.update(value=""), self.page.looking: {"run": made, "sure": ""}}

        return self._told(looking, act)

    # --- the chosen run -----------------------------------------------------------------------------------------------

    def stop(self, looking: dict[str, Any]) -> Updates:
        """Stops it after the current step; pressed again, at once."""
        return self._told(looking, lambda: self._did(self.runs.stop(looking["run"])))

    def resume(self, looking: dict[str, Any]) -> Updates:
        """Resumes it."""
        return self._told(looking, lambda: self._did(self.runs.start(looking["run"])))

    def _did(self, run: Run) -> Updates:
        return {self.page.looking: {"run": run.name, "sure": ""}}

    def delete(self, looking: dict[str, Any]) -> Updates:
        """Asks for confirmation, then deletes it."""

        def act() -> Updates:
            name = looking["run"]
            if looking["sure"] != name:
                if self.runs.get(name).live:
                    raise JobError(f"{name} is going on: stop it first.")
                return {self.page.looking: {"sure": name}}
            self.runs.delete(name)
            return {self.page.looking: {"run": "", "sure": ""}}

        return self._told(looking, act)

    def duplicate(self, looking: dict[str, Any]) -> Updates:
        """Puts its settings into the form."""

        def act() -> Updates:
            form, name = self.page.form, looking["run"]
            shown = self._filled(self.training.desk().values(name))
            told = (
                f'<p class="no-stored" role="status">The form has the settings of {escape(name)}. Change what you like.</p>'
            )
            named = {form.name: gr.update(value=self.runs.free_name(name)), form.preset: gr.update(value=None)}
            return {**shown, **named, self.page.notice: gr.update(value=told), self.page.looking: {"sure": "", "preset": ""}}

        return self._told(looking, act)


def connect(page: Page, do: Handlers, may: Callable[[Handler], Handler]) -> None:
    """Connects the components to the handlers, each through ``may``."""
    # One after the other: otherwise a timer event that began before a click could revert the selection.
    single = {"concurrency_limit": 1, "concurrency_id": "train"}
    out, form, looking = page.outputs, page.form, [page.looking]
    shown = listen(page.runs.shown, may(do.shown), looking, out, **single)
    listen(shown.then, may(do.fill), looking, out, **single)
    listen(page.runs.picked, may(do.picked), looking, out, **single)
    listen(page.runs.drawn, may(do.drawn), looking, out, trigger_mode="multiple", **single)
    listen(page.timer.tick, may(do.tick), looking, out, **single)
    listen(page.returning.returned, may(do.returned), [page.looking, form.preset], out, **single)
    filling = [page.looking, form.outlook, *form.inputs]
    listen(form.preset.input, may(do.preset), [page.looking, form.preset], filling, **single)
    shares: Sequence[Any] = [*form.mix.values()]
    for domain, slider in form.mix.items():
        moved = listen(slider.release, may(do.moved(domain)), shares, shares)
        listen(moved.then, may(do.outlook), form.inputs, [form.outlook])
    changed = [made.input for made in (*form.fields.values(), form.rest)]
    listen(changed, may(do.outlook), form.inputs, [form.outlook], trigger_mode="always_last")
    listen(form.start.click, may(do.start), [page.looking, form.name, *form.inputs], out, **single)
    listen(page.stop.click, may(do.stop), looking, out, **single)
    listen(page.resume.click, may(do.resume), looking, out, **single)
    listen(page.duplicate.click, may(do.duplicate), looking, out, **single)
    listen(page.delete.click, may(do.delete), looking, out, **single)
