"""The components of the Compare tab and their layout."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

from tarl_app.core.types import VoteChoice
from tarl_app.ui.components import tasks, widgets
from tarl_app.ui.components.values import growing
from tarl_app.ui.example import Pair
from tarl_app.ui.services import Comparing, Services

VOTES: dict[VoteChoice, str] = {"a": "A is better", "b": "B is better", "tie": "Tie", "both_bad": "Both bad"}


@dataclass(frozen=True)
class Page:
    """Every component that a handler reads or paints."""

    load: Callable[..., Any]
    a: gr.Dropdown
    b: gr.Dropdown
    domain: gr.Dropdown
    task: gr.Dropdown
    blind: gr.Checkbox
    aloud: gr.Checkbox
    notice: gr.HTML
    name_a: gr.HTML
    name_b: gr.HTML
    transcript_a: gr.HTML
    transcript_b: gr.HTML
    scenario: gr.HTML
    evidence_a: gr.HTML
    evidence_b: gr.HTML
    voice: gr.HTML
    text: gr.Textbox
    send: gr.Button
    vote_a: gr.Button
    vote_b: gr.Button
    vote_tie: gr.Button
    vote_both_bad: gr.Button
    new: gr.Button
    stop: gr.Button
    back: gr.Button
    prepared: gr.HTML
    returning: gr.HTML
    standings: gr.HTML
    split: gr.Dropdown
    limit: gr.Number
    trials: gr.Dropdown
    spoken: gr.Radio
    manner: gr.Dropdown
    start: gr.Button
    halt: gr.Button
    resume: gr.Button
    outcome: gr.HTML
    pairs: gr.HTML
    timer: gr.Timer

    @property
    def outputs(self) -> list[Any]:
        """What handlers may paint."""
        return [getattr(self, field.name) for field in fields(self) if field.name not in ("load",)]


def lay_out(blocks: gr.Blocks, services: Services, comparing: Comparing, recorded: Pair | None) -> Page:
    """Creates the components; must be called inside ``with blocks``."""
    parts: dict[str, Any] = {"load": blocks.load}
    widgets.fold("Agents, task and settings", "cmp-setup", "cmp-options")
    _setup(parts, services, comparing, recorded)
    parts["notice"] = _html("cmp-notice")
    parts["prepared"] = widgets.keyed(False, "A difference to see at once", "cmp-prepared")
    with gr.Row(elem_id="cmp-sides", equal_height=False):
        for side in ("a", "b"):
            with gr.Column(min_width=320, elem_id=f"cmp-{side}", elem_classes="cmp-side"):
                parts[f"name_{side}"] = _html(f"cmp-name-{side}")
                transcript = f"cmp-transcript-{side}"
                parts[f"transcript_{side}"] = widgets.keyed(True, f"The call with {side.upper()}", transcript)
    _input(parts)
    _buttons(parts)
    parts["scenario"] = widgets.keyed(False, "Scenario", "cmp-scenario")
    with gr.Row(elem_id="cmp-evidence", equal_height=False):
        for side in ("a", "b"):
            with gr.Column(min_width=320, elem_classes="cmp-side"):
                label = f"Evidence about {side.upper()}"
                evidence = widgets.keyed(False, label, f"cmp-evidence-{side}", jumps_to=f"cmp-transcript-{side}")
                parts[f"evidence_{side}"] = evidence
    parts["standings"] = _html("cmp-standings")
    _head_to_head(parts, services.public)
    parts["returning"] = widgets.returning("compare", "cmp-returning")
    parts["timer"] = gr.Timer(1.0, active=False)
    return Page(**parts)


def _html(elem_id: str) -> gr.HTML:
    return gr.HTML(elem_id=elem_id, apply_default_css=False, js_on_load=None)


def _setup(parts: dict[str, Any], services: Services, comparing: Comparing, recorded: Pair | None) -> None:
    agents = agent_choices(comparing)
    first, second = default_pair(services, comparing, recorded)
    shown = recorded is not None and (first, second) == recorded.agents
    task = services.task(recorded.opening.task) if recorded and shown else services.showpiece
    task = task if task.verifiable else services.showpiece
    with gr.Row(elem_id="cmp-setup", equal_height=True):
        for name, value, label in (("a", first, "One agent"), ("b", second, "The other")):
            parts[name] = growing(
                gr.Dropdown(agents, value=value, label=label, scale=2, min_width=160, elem_id=f"cmp-agent-{name}")
            )
        parts["domain"], parts["task"] = tasks.pickers(services, "cmp", scale=4, first=task)
        parts["blind"] = gr.Checkbox(True, label="Blind", scale=1, min_width=90, elem_id="cmp-blind")
        parts["aloud"] = gr.Checkbox(True, label="Voice on", scale=1, min_width=110, elem_id="cmp-aloud")


def agent_choices(comparing: Comparing) -> list[tuple[str, str]]:
    """(title, name) of every agent that can be compared now."""
    return [(agent.title, agent.name) for agent in comparing.agents()]


def default_pair(services: Services, comparing: Comparing, recorded: Pair | None = None) -> tuple[str, str]:
    """A base and what was trained from it: the first agent of the page if it was, the recorded pair, or any other pair
    where agents are loaded from weights.

    Otherwise the first agent and the next that is offered for talking.
    """
    agents = {agent.name: agent for agent in comparing.agents()}
    first = services.first_agent
    tuned = first in agents and agents[first].base in agents
    if not tuned and recorded is not None and {*recorded.agents} <= {*agents}:
        return recorded.agents
    if services.choice(first).needs:
        for name in (first, *agents):
            if name in agents and agents[name].base in agents:
                return agents[name].base, name
    talking = [agent.name for agent in services.agents if agent.name in agents and agent.name != first]
    others = [*talking, *(name for name in agents if name != first)]
    return first, others[0] if others else services.demo_agent


def _input(parts: dict[str, Any]) -> None:
    with gr.Row(elem_id="cmp-input", equal_height=False):
        parts["voice"] = widgets.voice("cmp-voice")
        parts["text"] = gr.Textbox(
            placeholder="…or type here: both agents get the same message",
            show_label=False,
            label="Your message to both",
            lines=1,
            max_lines=4,
            scale=4,
            min_width=180,
            container=False,
            elem_id="cmp-text",
        )
        parts["send"] = gr.Button("Send", variant="primary", scale=0, min_width=80, elem_id="cmp-send")


def _buttons(parts: dict[str, Any]) -> None:
    with gr.Row(elem_id="cmp-buttons"):
        for choice, label in VOTES.items():
            name = f"cmp-vote-{choice.replace('_', '-')}"
            parts[f"vote_{choice}"] = gr.Button(
                label, size="sm", scale=0, min_width=80, interactive=False, elem_id=name, elem_classes="cmp-vote"
            )
        parts["new"] = gr.Button("New", size="sm", scale=0, min_width=40, elem_id="cmp-new")
        parts["stop"] = gr.Button(
            "Stop", size="sm", scale=0, min_width=40, interactive=False, variant="stop", elem_id="cmp-stop"
        )
        parts["back"] = gr.Button("Back to the live calls", size="sm", scale=0, visible=False, elem_id="cmp-back")


def _head_to_head(parts: dict[str, Any], public: bool) -> None:
    whose = " Only the owner of this Space, signed in, can start one." if public else ""
    with gr.Column(elem_id="cmp-match"):
        gr.HTML(
            "<h2>Head to head</h2><p class='ev-muted'>The simulator plays the same tasks with both agents chosen above, "
            f"with the same seeds. It goes on when you close this page.{whose}</p>",
            elem_id="cmp-match-head",
            apply_default_css=False,
            js_on_load=None,
        )
        widgets.fold("How many tasks, and how", "cmp-match-setup", "cmp-match-options")
        with gr.Row(elem_id="cmp-match-setup", equal_height=True):
            splits = [("Development", "dev"), ("Test", "test"), ("Training", "train")]
            parts["split"] = gr.Dropdown(splits, value="dev", label="Tasks", min_width=150, elem_id="cmp-split")
            parts["limit"] = gr.Number(
                10, label="How many", minimum=1, maximum=1000, precision=0, min_width=90, elem_id="cmp-limit"
            )
            trials = [("1 · pass^1", 1), ("2 · to pass^2", 2), ("3 · to pass^3", 3), ("4 · to pass^4", 4)]
            parts["trials"] = gr.Dropdown(trials, value=1, label="Trials of each", min_width=130, elem_id="cmp-trials")
            parts["spoken"] = gr.Radio(
                [("By text", False), ("Aloud", True)], value=False, label="How", min_width=230, elem_id="cmp-spoken"
            )
            parts["manner"] = gr.Dropdown(
                [("Plain", "plain"), ("Lifelike", "lifelike")],
                value="plain",
                label="How customers talk",
                min_width=150,
                elem_id="cmp-manner",
            )
            parts["start"] = gr.Button("Start", variant="primary", scale=0, min_width=90, elem_id="cmp-start")
            parts["halt"] = gr.Button("Stop", variant="stop", interactive=False, scale=0, min_width=90, elem_id="cmp-halt")
        parts["outcome"] = _html("cmp-outcome")
        parts["resume"] = gr.Button("Go on", size="sm", visible=False, elem_id="cmp-resume")
        parts["pairs"] = widgets.keyed(False, "Task by task", "cmp-pairs")
