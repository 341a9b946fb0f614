"""The components of the Evaluate tab and their layout."""

from dataclasses import dataclass
from typing import Any, get_args

import gradio as gr

from tarl_app.core.domain import Split
from tarl_app.ui.access.limits import MOST_TASKS, MOST_TRIALS, MOST_WORKERS
from tarl_app.ui.components import widgets
from tarl_app.ui.components.values import growing
from tarl_app.ui.models import CUSTOMERS, GUARDS
from tarl_app.ui.services import Evaluating

SECONDS = 2.0
"""Seconds between two polls of the evaluations while the tab is in view."""
LOOKING: dict[str, str] = {"row": "", "key": "", "episode": "", "case": ""}
"""What one visitor looks at: an evaluation, a number of it, an episode, or an exam case."""
CHANNELS = ("clean", "phone", "noise15", "noise5", "loss5", "phone+noise15")
WAYS = (("In writing", "text"), ("Aloud", "speech"), ("Aloud, both at once", "duplex"))


@dataclass(frozen=True)
class Page:
    """Every component."""

    looking: gr.State
    seen: gr.State
    """A digest of what was painted last; separate from ``looking``, so that a timer event never reverts a choice."""
    door: gr.Column
    """The column with the start form; it and ``buttons`` are shown only to those who may use them."""
    buttons: gr.Row
    notice: gr.HTML
    agents: gr.Dropdown
    domain: gr.Dropdown
    split: gr.Dropdown
    limit: gr.Number
    trials: gr.Number
    ways: gr.CheckboxGroup
    channels: gr.Dropdown
    workers: gr.Number
    guard: gr.Dropdown
    customer: gr.Dropdown
    start: gr.Button
    examine: gr.Button
    board: gr.HTML
    stop: gr.Button
    resume: gr.Button
    details: gr.HTML
    episodes: gr.HTML
    episode: gr.HTML
    evidence: gr.HTML
    exam: gr.HTML
    cases: gr.HTML
    case: gr.HTML
    case_evidence: gr.HTML
    returning: gr.HTML
    timer: gr.Timer

    @property
    def form(self) -> list[Any]:
        """The components that are read when something is started."""
        tasks = [self.agents, self.domain, self.split, self.limit, self.trials]
        return [*tasks, self.ways, self.channels, self.workers, self.guard, self.customer]

    @property
    def outputs(self) -> list[Any]:
        """What every handler may paint; those that choose something set ``looking`` as well."""
        painted = [self.board, self.stop, self.resume, self.details, self.episodes, self.episode, self.evidence, self.exam]
        painted += [self.cases, self.case, self.case_evidence]
        return [self.seen, self.notice, self.agents, self.returning, self.timer, *painted]


def lay_out(given: Evaluating) -> Page:
    """Creates the components."""
    parts: dict[str, Any] = {"looking": gr.State(dict(LOOKING)), "seen": gr.State("")}
    parts["notice"] = gr.HTML(elem_id="eval-notice", apply_default_css=False, js_on_load=None)
    with gr.Row(elem_id="eval-work"):
        with gr.Column(scale=1, min_width=280, elem_id="eval-form", visible=given.owners is None) as parts["door"]:
            _form(parts, given)
        with gr.Column(scale=3, min_width=340, elem_id="eval-results"):
            parts["board"] = widgets.keyed(False, "Leaderboard", "eval-board", script="evaluate.js")
            with gr.Row(elem_id="eval-buttons", visible=given.owners is None) as parts["buttons"]:
                for name, title in (("stop", "Stop"), ("resume", "Go on")):
                    parts[name] = gr.Button(
                        title, size="sm", scale=0, min_width=40, interactive=False, elem_id=f"eval-{name}"
                    )
            parts["details"] = widgets.keyed(False, "The chosen evaluation", "eval-details")
    _beside(parts, "eval-call", ("episodes", "Episodes"), ("episode", "The episode"), ("evidence", "Evidence"))
    parts["exam"] = widgets.keyed(False, "The judge exam", "eval-exam")
    _beside(parts, "eval-exam-call", ("cases", "Cases"), ("case", "The case"), ("case_evidence", "Evidence of the case"))
    parts["returning"] = widgets.returning("evaluate", "eval-returning")
    parts["timer"] = gr.Timer(SECONDS, active=False)
    return Page(**parts)


def _beside(
    parts: dict[str, Any], elem_id: str, listed: tuple[str, str], opened: tuple[str, str], known: tuple[str, str]
) -> None:
    """A list, the call that was opened in it, and what is known of that, side by side; each has a name and a title."""
    ids = [f"eval-{name.replace('_', '-')}" for name, _ in (listed, opened, known)]
    with gr.Row(elem_id=elem_id, elem_classes="eval-call"):
        with gr.Column(scale=2, min_width=260, elem_classes="eval-list"):
            parts[listed[0]] = widgets.keyed(False, listed[1], ids[0], jumps_to=ids[1])
        with gr.Column(scale=4, min_width=320, elem_classes="eval-opened"):
            parts[opened[0]] = widgets.keyed(False, opened[1], ids[1], script="evaluate.js")
        with gr.Column(scale=3, min_width=280, elem_classes="eval-known"):
            parts[known[0]] = widgets.keyed(False, known[1], ids[2], jumps_to=ids[1])


def _form(parts: dict[str, Any], given: Evaluating) -> None:
    parts["agents"] = growing(
        gr.Dropdown([*given.agents()], value=[], multiselect=True, label="Agents", elem_id="eval-agents", min_width=160)
    )
    with gr.Row():
        parts["domain"] = gr.Dropdown([*given.domains], value=given.domains[0], label="Domain", min_width=100)
        parts["split"] = gr.Dropdown([*get_args(Split)], value="dev", label="Tasks from", min_width=100)
    with gr.Row():
        parts["limit"] = gr.Number(
            10, label="How many", precision=0, minimum=1, maximum=MOST_TASKS, min_width=80, elem_id="eval-limit"
        )
        parts["trials"] = gr.Number(
            1, label="Trials of each", precision=0, minimum=1, maximum=MOST_TRIALS, min_width=80, elem_id="eval-trials"
        )
    parts["ways"] = gr.CheckboxGroup([*WAYS], value=["text"], label="The customer", elem_id="eval-ways")
    parts["channels"] = gr.Dropdown(
        [*CHANNELS],
        value=["clean"],
        multiselect=True,
        allow_custom_value=True,
        label="Aloud over",
        info="noise<dB>, loss<percent of packets>, phone; joined by +",
        elem_id="eval-channels",
    )
    parts["workers"] = gr.Number(
        1, label="Side by side", precision=0, minimum=1, maximum=MOST_WORKERS, elem_id="eval-workers"
    )
    parts["guard"] = gr.Dropdown([*GUARDS], value="", label="Guard on the agent", elem_id="eval-guard")
    parts["customer"] = gr.Dropdown(
        [one for one in CUSTOMERS if one[1]], value="lifelike", label="How customers talk", elem_id="eval-customer"
    )
    parts["start"] = gr.Button("Measure", variant="primary", elem_id="eval-start")
    parts["examine"] = gr.Button("Examine the judge", elem_id="eval-examine")
