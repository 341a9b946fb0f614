"""The components of the Train tab and their layout."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from tarl_app.ui.components import widgets
from tarl_app.ui.tabs.train.form import Form, lay_out_form
from tarl_app.ui.training_service import Training

SECONDS = 1.5
"""Seconds between two polls of the runs while the tab is in view."""
LOOKING: dict[str, Any] = {"run": "", "drawn": [], "filled": False, "preset": "", "sure": "", "seen": ""}
"""What one visitor looks at: the chosen run, others whose curves are drawn, whether the form is filled, the preset that
it was filled with, the run whose deletion awaits confirmation, and a digest of what was painted last.
"""


@dataclass(frozen=True)
class Page:
    """Every component beside the form."""

    form: Form
    looking: gr.State
    notice: gr.HTML
    runs: gr.HTML
    stop: gr.Button
    resume: gr.Button
    duplicate: gr.Button
    delete: gr.Button
    view: gr.HTML
    returning: gr.HTML
    timer: gr.Timer

    @property
    def outputs(self) -> list[Any]:
        """What handlers may paint."""
        form = self.form
        return [
            *(
                self.looking,
                self.notice,
                self.runs,
                self.stop,
                self.resume,
                self.duplicate,
                self.delete,
                self.view,
                self.returning,
                self.timer,
            ),
            *(form.name, form.preset, form.outlook, form.start, *form.inputs),
        ]


def lay_out(training: Training) -> Page:
    """Creates the components."""
    parts: dict[str, Any] = {"looking": gr.State(dict(LOOKING))}
    parts["notice"] = gr.HTML(elem_id="train-notice", apply_default_css=False, js_on_load=None)
    with gr.Row(elem_id="train-work"):
        with gr.Column(scale=2, min_width=320, elem_id="train-form"):
            parts["form"] = lay_out_form(training.domains)
        with gr.Column(scale=3, min_width=320, elem_id="train-live"):
            parts["runs"] = widgets.keyed(False, "Runs", "train-runs", script="train.js")
            with gr.Row(elem_id="train-buttons"):
                for name, title in (
                    ("stop", "Stop"),
                    ("resume", "Resume"),
                    ("duplicate", "Duplicate"),
                    ("delete", "Delete"),
                ):
                    parts[name] = gr.Button(
                        title, size="sm", scale=0, min_width=40, interactive=False, elem_id=f"train-{name}"
                    )
            parts["view"] = widgets.keyed(False, "The chosen run", "train-view", script="train.js")
    parts["returning"] = widgets.returning("train", "train-returning")
    parts["timer"] = gr.Timer(SECONDS, active=False)
    return Page(**parts)
