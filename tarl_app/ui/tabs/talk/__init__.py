"""Talk: one call between a customer (a person, or the simulator) and an agent, with the evidence beside it."""

from typing import Any

import gradio as gr

from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.components.events import listen
from tarl_app.ui.tabs.talk import giving, models
from tarl_app.ui.tabs.talk.handlers import Handlers
from tarl_app.ui.tabs.talk.page import Page, lay_out

TITLE = "Talk"


def build(blocks: gr.Blocks, live_calls: LiveCalls) -> None:
    """Lays the tab out and connects it; called inside a ``gr.Tab`` of ``blocks``."""
    page = lay_out(blocks, live_calls.services)
    _connect_call(page, Handlers(live_calls, page))

    def visit_of(request: gr.Request) -> LiveCall:
        return live_calls.of(str(request.session_hash))

    if page.fold is not None and live_calls.services.models is not None:
        models.connect(page.fold, live_calls.services.models, visit_of)
    if page.giving is not None and live_calls.services.recordings is not None:
        giving.connect(page.giving, live_calls.services.recordings, visit_of)


def _connect_call(page: Page, do: Handlers) -> None:
    out = page.outputs
    pick, many = [page.task, page.agent], {"trigger_mode": "multiple"}
    listen(page.load, do.opened, None, out)
    acts: list[tuple[Any, Any, list[Any] | None, dict[str, Any]]] = [
        (page.watch.click, do.watch, [page.task], {}),
        (page.talk.click, do.talk, [page.task], {}),
        (page.new.click, do.new, pick, {}),
        (page.free.click, do.free, [page.domain, page.agent], {}),
        (page.domain.input, do.domain, [page.domain, page.agent], {}),
        (page.task.input, do.pick, pick, {}),
        (page.agent.input, do.pick, pick, {}),
        (page.text.submit, do.say, [page.text, *pick], many),
        (page.send.click, do.say, [page.text, *pick], many),
        (page.voice.called, do.called, pick, many),
        (page.voice.spoken, do.spoken, pick, many),
        (page.upload.upload, do.uploaded, [page.upload, *pick], {}),
        (page.customer.input, do.customer, [page.customer, *pick], many),
        (page.take_over.click, do.take_over, pick, many),
        (page.pause.click, do.pause, None, many),
        (page.step.click, do.step, pick, many),
        (page.transcript.picked, do.rated, None, many),
        (page.undo.click, do.undo, None, {}),
        (page.retry.click, do.retry, None, {}),
        (page.hang_up.click, do.hang_up, None, many),
    ]
    for fires, act, given, how in acts:
        listen(listen(fires, act, given, out, do.whole, **how).then, do.settled, None, out)
    listen(page.agent.focus, do.agents, None, [page.agent])
    listen(page.stop.click, do.stop, trigger_mode="multiple")
    listen(page.aloud.input, do.voice, [page.aloud])
    if page.persona is not None and page.background is not None:
        for part in (page.persona, page.background):
            listen(part.input, do.sound, [page.persona, page.background], [page.notice], trigger_mode="multiple")
    listen(page.speed.input, do.speed, [page.speed], trigger_mode="multiple")
    listen(page.stored.input, do.open_stored, [page.stored], out)
    listen(page.returning.returned, do.returned, None, out)
    listen(page.close.click, do.close_stored, None, out)
    # The answer to a tick can be what waits for a stream: were one at a time sent, no other would follow.
    listen(page.timer.tick, do.tick, [page.agent, page.timer, page.download], out, do.whole, **many)
