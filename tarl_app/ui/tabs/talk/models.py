"""The fold of the Talk tab for choosing the simulated customer, the judge, the guard, and the endpoint."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import gradio as gr

from tarl_app.core.errors import TarlError
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.components.events import listen
from tarl_app.ui.models import CUSTOMERS, GUARDS, JUDGES, REFERENCE, SCRIPTED, SIMULATORS, Models, customer_of, guard_of

_KEPT = "kept for this page, not shown again"


@dataclass(frozen=True)
class Fold:
    """Its components."""

    simulator: gr.Dropdown
    customer: gr.Dropdown
    judge: gr.Dropdown
    guard: gr.Dropdown
    address: gr.Textbox
    model: gr.Textbox
    key: gr.Textbox
    use: gr.Button
    said: gr.HTML


def lay_out(models: Models) -> Fold:
    """Creates the fold; it has fields for an endpoint only where a visitor may give one."""
    with gr.Accordion("Simulated customer, judge and guard", open=False, elem_id="tarl-models"):
        with gr.Row():
            simulator = gr.Dropdown(
                [*SIMULATORS], value=SCRIPTED, label="Simulated customer", min_width=200, elem_id="tarl-simulator"
            )
            customer = gr.Dropdown(
                [*CUSTOMERS], value="", label="How a scripted one talks", min_width=200, elem_id="tarl-manner"
            )
            judge = gr.Dropdown([*JUDGES], value=REFERENCE, label="Judge", min_width=200, elem_id="tarl-judge")
            guard = gr.Dropdown([*GUARDS], value="", label="Guard on the agent", min_width=200, elem_id="tarl-guard")
        with gr.Row(visible=models.by_page):
            own = "the one that the settings name" if models.configured else "https://api.openai.com/v1"
            address = gr.Textbox(
                label="Endpoint", info="Any OpenAI-compatible address", placeholder=own, elem_id="tarl-llm-address"
            )
            model = gr.Textbox(label="Model", info="As the endpoint knows it", elem_id="tarl-llm-model")
            key = gr.Textbox(
                label="Key", info="If it wants one", type="password", autofocus=False, elem_id="tarl-llm-key", max_lines=1
            )
        with gr.Row(equal_height=True):
            use = gr.Button("Use these", size="sm", scale=0, min_width=120, elem_id="tarl-llm-use")
            said = gr.HTML(elem_id="tarl-llm-said", apply_default_css=False, js_on_load=None)
    return Fold(simulator, customer, judge, guard, address, model, key, use, said)


def connect(fold: Fold, models: Models, visit_of: Callable[[gr.Request], LiveCall]) -> None:
    """Connects the button."""

    def use(
        simulator: str, customer: str, judge: str, guard: str, address: str, model: str, key: str, request: gr.Request
    ) -> dict[Any, Any]:
        live_call = visit_of(request)
        try:
            chosen = models.choose(live_call.chosen, simulator, judge, address or "", model or "", key or "")
            live_call.chosen = replace(chosen, guard=guard_of(guard or ""), customer=customer_of(customer or ""))
        except TarlError as error:
            return {fold.said: f'<p class="ev-muted" role="alert">{escape(str(error))}</p>'}
        kept = live_call.chosen.endpoint is not None and bool(live_call.chosen.endpoint.api_key.get_secret_value())
        both = (simulator, judge) == (SCRIPTED, REFERENCE)
        own = live_call.chosen.endpoint
        if own is not None and (why := models.probe(own)):
            told = f'<p class="no-text" role="alert">{escape(why)} It is kept: press the button again to try it again.</p>'
        else:
            bill = "A model sees the whole call, and its owner may bill you for it."
            words = "By rules, from the next call on." if both else f"From the next call on. {bill}"
            answered = "It answers. " if own is not None else ""
            told = f'<p class="ev-muted" role="status">{answered}{words}</p>'
        return {
            fold.said: told,
            fold.key: gr.update(value="", placeholder=_KEPT if kept else ""),
        }

    given = [fold.simulator, fold.customer, fold.judge, fold.guard, fold.address, fold.model, fold.key]
    listen(fold.use.click, use, given, [fold.said, fold.key])
