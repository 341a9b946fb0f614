"""Compare: two agents get the same messages side by side, people vote, and the simulator plays whole splits with both."""

from typing import Any

import gradio as gr

from tarl_app.ui import example
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.calls.match import MOST_PUBLIC, Matches
from tarl_app.ui.calls.side_by_side import SideBySides
from tarl_app.ui.components.events import listen
from tarl_app.ui.tabs.compare.handlers import Handlers
from tarl_app.ui.tabs.compare.page import VOTES, Page, lay_out

TITLE = "Compare"


def build(blocks: gr.Blocks, live_calls: LiveCalls) -> None:
    """Lays the tab out and connects it; called inside a ``gr.Tab`` of ``blocks``."""
    services = live_calls.services
    if services.comparing is None:
        gr.HTML("<p class='ev-muted'>Comparing is not set up here.</p>", apply_default_css=False, js_on_load=None)
        return
    recorded = example.load()
    page = lay_out(blocks, services, services.comparing, recorded)
    matches = Matches(services.comparing, MOST_PUBLIC if services.public else None)
    _connect(page, Handlers(SideBySides(live_calls), page, services.comparing, matches, recorded))


def _connect(page: Page, do: Handlers) -> None:
    out = page.outputs
    pick = [page.task, page.a, page.b, page.blind, page.aloud]
    many: dict[str, Any] = {"trigger_mode": "multiple"}
    listen(page.load, do.opened, pick, out)

    def follow(fires: Any, act: Any, given: list[Any] | None, **how: Any) -> None:
        listen(listen(fires, act, given, out, do.whole, **how).then, do.settled, None, out)

    follow(page.new.click, do.new, pick)
    listen(page.domain.input, do.domain, [page.domain, page.a, page.b, page.blind, page.aloud], out, do.whole)
    for picker in (page.task, page.a, page.b, page.blind):
        listen(picker.input, do.pick, pick, out, do.whole)
    for fires in (page.text.submit, page.send.click):
        follow(fires, do.say, [page.text, *pick], **many)
    follow(page.voice.spoken, do.spoken, pick, **many)
    for choice in VOTES:
        follow(getattr(page, f"vote_{choice}").click, do.voting(choice), None)
    listen(page.stop.click, do.stop, **many)
    listen(page.aloud.input, do.voice, [page.aloud])
    what = [page.domain, page.a, page.b, page.split, page.limit, page.trials, page.spoken, page.manner]
    listen(page.start.click, do.start, what, out, do.whole)
    listen(page.resume.click, do.go_on, None, out, do.whole)
    listen(page.halt.click, do.halt, **many)
    listen(page.timer.tick, do.tick, None, out)
    follow(page.pairs.picked, do.replay, None, **many)
    follow(page.prepared.picked, do.prepared, pick, **many)
    listen(page.returning.returned, do.returned, pick, out)
    listen(page.back.click, do.back, None, out)
