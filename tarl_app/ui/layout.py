"""The page: header, the state of the models, and one tab per file in ``ui/tabs``."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import gradio as gr
from gradio import themes

from tarl_app.ui.calls.live_calls import MOST, LiveCalls
from tarl_app.ui.components import page_memory, widgets
from tarl_app.ui.components.events import guard, listen
from tarl_app.ui.components.page_memory import PageMemory
from tarl_app.ui.readiness import Part, Readiness
from tarl_app.ui.services import Services
from tarl_app.ui.tabs import compare, evaluate, talk, train

TABS: tuple[tuple[str, Callable[[gr.Blocks, LiveCalls], None]], ...] = (
    (talk.TITLE, talk.build),
    (compare.TITLE, compare.build),
    (evaluate.TITLE, evaluate.build),
    (train.TITLE, train.build),
)
"""The tabs: title and the function that builds it."""
SLOTS = 2 * MOST + 64
"""Events that Gradio works on at once.

A followed call or comparison takes one for its whole duration. Each tab has at most two, and the rest is for short
events, so that Stop never waits behind a call.
"""
SERVING: dict[str, Any] = {"max_threads": SLOTS, "state_session_capacity": page_memory.PAGES}
"""Arguments for ``launch``."""
IDLE = 0.02
"""Seconds between two checks of Gradio's queue. Its default of 0.001 would use a tenth of a core when idle."""

CSS = widgets.CSS
THEME = themes.Base(
    primary_hue=themes.colors.teal,
    neutral_hue=themes.colors.slate,
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
    font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    radius_size=themes.sizes.radius_md,
).set(
    # Gradio's own colours have a contrast below 4.5 : 1.
    body_text_color_subdued="#55616f",
    body_text_color_subdued_dark="#a5b2c3",
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover_dark="*primary_600",
    body_background_fill="#f7f9fa",
    body_background_fill_dark="#0e151c",
    background_fill_primary_dark="#151e27",
    background_fill_secondary_dark="#1d2833",
    border_color_primary_dark="#2c3a47",
    block_background_fill_dark="#151e27",
    input_background_fill_dark="#1d2833",
    checkbox_label_background_fill_dark="#1d2833",
    checkbox_label_background_fill_hover_dark="#26323f",
    button_secondary_background_fill_dark="#26323f",
    button_secondary_background_fill_hover_dark="#31404f",
    block_label_text_color_dark="#a5b2c3",
    input_placeholder_color="#6b7785",
    input_placeholder_color_dark="#93a1b2",
)
_HEADER = """
<header class="he">
  <div><h1>TARL</h1><p>Talk to a voice agent, and see every turn judged.</p>
  <details class="he-what"><summary>What is TARL?</summary><p>TARL (<a href="https://arxiv.org/abs/2509.14480"
  target="_blank" rel="noopener">turn-level adjudicated reinforcement learning</a>) trains an agent that talks and uses tools
  on calls of its own. A judge scores each turn of the agent −1, 0 or +1, rules compare the database with what should have
  become of it, and both together are the call's reward, at most 15. Word problems are mixed into the training, so that the
  agent keeps reasoning and trying things instead of settling for one routine.</p></details></div>
  <button type="button" class="he-theme" aria-label="Switch between light and dark" title="Light or dark" disabled>◐</button>
</header>
"""
_THEME_JS = """
const button = element.querySelector('.he-theme');
button.addEventListener('click', () => {
  const dark = document.body.classList.toggle('dark');
  document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
});
button.disabled = false;  // a click before now would do nothing
"""


def build(services: Services, most: int = MOST) -> tuple[gr.Blocks, LiveCalls]:
    """The page and its visitors, for at most ``most`` tabs; the caller launches it with ``SERVING`` (``app.py``)."""
    live_calls = LiveCalls(services, most)
    with gr.Blocks(title="TARL: talk to a voice agent", analytics_enabled=False, delete_cache=(3600, 3600)) as demo:
        with gr.Column(elem_id="tarl-top"):
            script = _THEME_JS + widgets.PICKERS + widgets.FRAMES
            gr.HTML(_HEADER, js_on_load=script, apply_default_css=False, elem_id="tarl-header")
            _states(demo, services)
        with gr.Tabs() as tabs:
            for title, tab in TABS:
                with gr.Tab(title, id=title.lower()):
                    tab(demo, live_calls)
        listen(demo.load, asked_tab, None, [tabs])
        demo.unload(guard(_leaving(PageMemory(demo, live_calls))))
    demo.queue(default_concurrency_limit=16, max_size=256, api_open=False)
    demo._queue.sleep_when_free = IDLE
    page_memory.configure(demo)
    return demo, live_calls


def asked_tab(request: gr.Request) -> dict[str, Any]:
    """The tab that the page's address asks for: ``?compare=NAME&with=BASE`` and ``?evaluate=NAME``; otherwise the
    current one.
    """
    asked = next((name for name in ("compare", "evaluate") if request.query_params.get(name)), None)
    return gr.update(selected=asked) if asked else gr.skip()


def _leaving(memory: PageMemory) -> Callable[[gr.Request], None]:
    def leave(request: gr.Request) -> None:
        memory.leave(str(request.session_hash))

    return leave


def _states(demo: gr.Blocks, services: Services) -> None:
    """The strip with the loading state of the models; it stops polling once all are ready."""
    readiness = services.readiness
    strip = gr.HTML(states_html(readiness, services.home), elem_id="tarl-states", apply_default_css=False, js_on_load=None)
    timer = gr.Timer(1.0)

    def look() -> tuple[str, dict]:
        html = states_html(readiness, services.home)
        comes_with(demo.config, strip._id, html)
        return html, gr.update(active=not readiness.finished.is_set())

    for fires in (timer.tick, demo.load):
        listen(fires, look, None, [strip, timer])


def comes_with(config: Any, component: int, value: str) -> None:
    """Gives a component this value from the beginning on the next page that is opened.

    Gradio would send it afterwards, and a layout shift could make a click miss its button.
    """
    for one in config["components"]:
        if one["id"] == component:
            one["props"]["value"] = value


def states_html(readiness: Readiness, home: str) -> str:
    """One chip for each part that loads, with what it is doing; reasons of failures in full below."""
    chips, reasons = [], []
    for part in readiness.parts():
        detail = f": {part.detail}" if part.detail and part.state == "loading" else ""
        chips.append(
            f'<li class="st-{part.state}"><span class="st-dot" aria-hidden="true"></span>{escape(part.title)} '
            f"<span>{part.told or 'ready'}{escape(detail)}</span></li>"
        )
        if part.state == "failed":
            reasons.append(part)
    where = f'<li class="st-home" title="Everything the app writes lies here">{escape(home)}</li>' if home else ""
    problems = _problems(reasons) if reasons else ""
    return f'<ul class="st-list" aria-label="State of the models">{"".join(chips)}{where}</ul>{problems}'


def _problems(parts: Sequence[Part]) -> str:
    """One line that says what is missing and what goes on without it; the reasons and remedies to unfold."""
    listed = " and ".join(filter(None, (", ".join(part.title for part in parts[:-1]), parts[-1].title)))
    many = len(parts) > 1
    what = f"{'are' if many else 'is'} not on this machine" if all(part.absent for part in parts) else "could not be loaded"
    rest = "calls go by text, with the scripted demo where a model is missing."
    told = "".join(f"<p>{escape(part.title)}: {escape(part.detail)}</p>" for part in parts)
    return (
        f'<div class="st-reasons" role="alert"><details><summary>{escape(listed)} {what}: {rest} '
        f"<u>How to get {'them' if many else 'it'}</u></summary>{told}</details></div>"
    )
