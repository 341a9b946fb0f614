"""The components of the Talk tab and their layout."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from tarl_app.ui import example
from tarl_app.ui.components import tasks, widgets
from tarl_app.ui.components.values import growing
from tarl_app.ui.models import BACKGROUNDS
from tarl_app.ui.services import Services
from tarl_app.ui.tabs.talk import giving, models

OPEN_ONE = "Open one to read and hear it again."


@dataclass(frozen=True)
class Page:
    """Every component that a handler reads or paints."""

    load: Callable[..., Any]
    hero: gr.Column
    watch: gr.Button
    talk: gr.Button
    work: gr.Column
    agent: gr.Dropdown
    domain: gr.Dropdown
    task: gr.Dropdown
    free: gr.Button
    customer: gr.Radio
    aloud: gr.Checkbox
    persona: gr.Dropdown | None
    background: gr.Dropdown | None
    speed: gr.Radio
    notice: gr.HTML
    transcript: gr.HTML
    voice: gr.HTML
    text: gr.Textbox
    send: gr.Button
    upload: gr.UploadButton
    undo: gr.Button
    retry: gr.Button
    take_over: gr.Button
    pause: gr.Button
    step: gr.Button
    new: gr.Button
    hang_up: gr.Button
    stop: gr.Button
    download: gr.HTML
    evidence: gr.HTML
    stored: gr.Dropdown
    close: gr.Button
    returning: gr.HTML
    timer: gr.Timer
    fold: models.Fold | None
    giving: giving.Fold | None

    @property
    def outputs(self) -> list[Any]:
        """What handlers may paint."""
        return [
            *(
                self.hero,
                self.work,
                self.agent,
                self.domain,
                self.task,
                self.customer,
                self.notice,
                self.transcript,
                self.voice,
                self.text,
            ),
            *(
                self.undo,
                self.retry,
                self.take_over,
                self.pause,
                self.step,
                self.new,
                self.hang_up,
                self.stop,
                self.download,
                self.evidence,
            ),
            *(self.stored, self.close, self.timer, self.send),
        ]


def lay_out(blocks: gr.Blocks, services: Services) -> Page:
    """Creates the components; must be called inside ``with blocks``."""
    parts: dict[str, Any] = {"load": blocks.load}
    _hero(parts, services.domain.labels.scene)
    # Built with the page, and hidden by page.css as long as the first visit's words are there: what is painted while
    # components are being built can be lost.
    with gr.Column(elem_id="tarl-work") as parts["work"]:
        widgets.fold("Agent, task and settings", "tarl-setup tarl-watching tarl-models", "tarl-options")
        _setup(parts, services)
        _watching(parts, services)
        parts["notice"] = gr.HTML(elem_id="tarl-notice", apply_default_css=False, js_on_load=None)
        with gr.Row(elem_id="tarl-call"):
            with gr.Column(scale=3, min_width=320, elem_id="tarl-left"):
                parts["transcript"] = widgets.keyed(True, "The call", "tarl-transcript")
                _input(parts)
                _buttons(parts)
            with gr.Column(scale=2, min_width=300, elem_id="tarl-right"):
                parts["evidence"] = widgets.keyed(False, "Evidence", "tarl-evidence", calm=True)
        parts["fold"] = models.lay_out(services.models) if services.models else None
        parts["giving"] = giving.lay_out() if services.recordings else None
    _stored(parts)
    parts["returning"] = widgets.returning("talk", "tarl-returning")
    parts["timer"] = gr.Timer(1.0)
    return Page(**parts)


def _hero(parts: dict[str, Any], scene: str) -> None:
    with gr.Column(elem_id="tarl-hero") as parts["hero"]:
        with gr.Row(elem_id="tarl-begin", equal_height=True):
            gr.HTML(
                f"<h2>{escape(scene, quote=False)}</h2>",
                apply_default_css=False,
                js_on_load=None,
                elem_id="tarl-scene",
                min_width=300,
            )
            parts["watch"] = gr.Button(
                "▶  Watch a call", variant="primary", size="lg", elem_id="tarl-watch", scale=0, min_width=180
            )
            parts["talk"] = gr.Button("Talk yourself", size="lg", elem_id="tarl-talk", scale=0, min_width=180)
        gr.HTML(
            example.html(example.load()),
            js_on_load=widgets.EXAMPLE,
            apply_default_css=False,
            elem_id="tarl-example",
        )


def _setup(parts: dict[str, Any], services: Services) -> None:
    agents = [(agent.title, agent.name) for agent in services.agents]
    with gr.Row(elem_id="tarl-setup", equal_height=True):
        parts["agent"] = growing(
            gr.Dropdown(agents, value=services.demo_agent, label="Agent", scale=2, min_width=170, elem_id="tarl-agent")
        )
        parts["domain"], parts["task"] = tasks.pickers(services, "tarl", scale=5)
        parts["customer"] = gr.Radio(
            [("Me", "me"), ("Simulator", "simulator")],
            value="me",
            label="Customer",
            scale=2,
            min_width=190,
            elem_id="tarl-customer",
        )
        parts["aloud"] = gr.Checkbox(True, label="Voice on", scale=1, min_width=110, elem_id="tarl-aloud")
        parts["free"] = gr.Button("Free talk", size="sm", scale=0, min_width=90, elem_id="tarl-free")


def _watching(parts: dict[str, Any], services: Services) -> None:
    """How a simulated customer is heard; switches of a call under way."""
    parts["persona"] = parts["background"] = None
    with gr.Accordion("Watching: the customer's voice, background and speed", open=False, elem_id="tarl-watching"), gr.Row():
        if services.dress is not None:
            parts["persona"] = gr.Dropdown(
                [*services.voices], value="", label="Customer's voice", min_width=180, elem_id="tarl-persona"
            )
            parts["background"] = gr.Dropdown(
                [*BACKGROUNDS], value="clean", label="Background", min_width=180, elem_id="tarl-background"
            )
        parts["speed"] = gr.Radio(
            [("1×", "heard"), ("As fast as possible", "fast")],
            value="heard",
            label="Speed",
            min_width=220,
            elem_id="tarl-speed",
        )


def _input(parts: dict[str, Any]) -> None:
    parts["voice"] = widgets.live("tarl-voice")
    with gr.Row(elem_id="tarl-input", equal_height=False):
        parts["text"] = gr.Textbox(
            placeholder="…or type here and press Enter",
            show_label=False,
            label="Your message",
            lines=1,
            max_lines=4,
            scale=4,
            min_width=180,
            container=False,
            elem_id="tarl-text",
        )
        parts["send"] = gr.Button("Send", variant="primary", scale=0, min_width=80, elem_id="tarl-send")


def _buttons(parts: dict[str, Any]) -> None:
    def button(label: str, name: str, **more: Any) -> gr.Button:
        return gr.Button(label, size="sm", scale=0, min_width=40, elem_id=f"tarl-{name}", **more)

    with gr.Row(elem_id="tarl-buttons"):
        parts["undo"] = button("Undo", "undo", interactive=False)
        parts["retry"] = button("Retry", "retry", interactive=False)
        parts["take_over"] = button("Let the simulator take over", "take-over", interactive=False)
        parts["pause"] = button("Pause", "pause", interactive=False)
        parts["step"] = button("Step", "step", interactive=False)
        parts["hang_up"] = button("Hang up", "hang-up", interactive=False)
        parts["stop"] = button("Stop", "stop", interactive=False, variant="stop")
        parts["new"] = button("New", "new")
        parts["upload"] = gr.UploadButton(
            "Sound file…", file_types=["audio"], size="sm", scale=0, min_width=90, type="filepath", elem_id="tarl-upload"
        )
        parts["download"] = gr.HTML(elem_id="tarl-download", apply_default_css=False, js_on_load=None, min_width=90)


def _stored(parts: dict[str, Any]) -> None:
    with gr.Row(elem_id="tarl-stored", equal_height=True):
        parts["stored"] = growing(
            gr.Dropdown(
                [],
                value=None,
                label="Stored calls",
                info=OPEN_ONE,
                scale=6,
                visible=False,
                elem_id="tarl-stored-list",
            )
        )
        parts["close"] = gr.Button("Back to the live call", size="sm", scale=1, visible=False, elem_id="tarl-close")
