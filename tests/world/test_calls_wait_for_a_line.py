"""More calls than are answered at once: they wait in order and say so, and nothing short waits behind them."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tarl_app.core.errors import Cancelled, ConversationError
from tarl_app.core.types import AgentTurn, Turn
from tarl_app.ui import layout
from tarl_app.ui.access.lines import Lines
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.live_calls import MOST, LiveCalls
from tarl_app.ui.calls.side_by_side import SideBySides
from tests.ui.whole_page import Served, eventually, services, serving

pytestmark = pytest.mark.slow

LINES = 3
WATCHED = 41
"""Calls at once: more than Gradio by itself works on."""


class Patient:
    """Answers once it is let, or is told to stop."""

    name = "patient"

    def __init__(self, may: threading.Event) -> None:
        self._may = may

    def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
        while not self._may.wait(0.02):
            if cancelled and cancelled():
                raise Cancelled("stopped")
        return AgentTurn(text="Goodbye.")


@pytest.fixture
def may() -> threading.Event:
    return threading.Event()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    never = threading.Event()
    agent = lambda name, task: Patient(never)  # noqa: E731
    with serving(services(tmp_path_factory.mktemp("page"), make_agent=agent, lines=Lines(LINES, WATCHED))) as served:
        yield served


def told(live_call: LiveCall) -> str:
    """What a visitor is told that the app is doing."""
    return live_call.screen.waiting if live_call.screen else ""


def said(live_call: LiveCall) -> int:
    """How many turns a call has."""
    return len(live_call.conversation.episode.turns) if live_call.conversation else 0


def test_more_calls_than_are_answered_at_once_wait_and_stop_is_heard_at_once(page: Served) -> None:
    live_calls, task = page.live_calls, page.live_calls.services.showpiece.id
    watch, stop, short = (
        page.event("tarl-watch", "click"),
        page.event("tarl-stop", "click"),
        page.event("tarl-agent", "focus"),
    )
    clients = [page.client() for _ in range(WATCHED)]
    with ThreadPoolExecutor(WATCHED + 2) as pool:
        for one in clients:
            one.join(watch, [task, "scripted"]).raise_for_status()
        followed = [pool.submit(lambda one=one: [*one.stream()]) for one in clients]
        assert eventually(lambda: sum(live_calls.of(one.tab).busy for one in clients) == WATCHED)
        assert eventually(lambda: sum(live_calls.of(one.tab).followed for one in clients) == WATCHED)
        speaking = [one for one in clients if said(live_calls.of(one.tab))]
        assert len(speaking) <= LINES
        assert eventually(lambda: any("calls are before yours" in told(live_calls.of(one.tab)) for one in clients))

        # What is short is done although all these calls go on.
        assert page.client().done(short, [])["success"]
        waiting = next(one for one in clients if one not in speaking)
        waiting.join(stop, []).raise_for_status()
        assert eventually(lambda: not live_calls.of(waiting.tab).busy)
        assert live_calls.of(waiting.tab).notice.startswith("Stopped")
        for one in reversed(clients):  # the last in the queue first, so that nobody moves up and is painted
            live_calls.of(one.tab).stop()
        messages = [future.result(60) for future in followed]
    assert all(last[-1]["msg"] == "process_completed" and last[-1]["success"] for last in messages)
    assert sum("Everybody is busy" in str(one) for one in messages) >= WATCHED - LINES


def test_those_who_wait_are_answered_in_the_order_in_which_they_came() -> None:
    lines, order, told = Lines(1, 5), [], []
    first, started = threading.Event(), threading.Event()

    def call(number: int) -> None:
        with lines.line(threading.Event(), lambda before: told.append((number, before))):
            order.append(number)
            started.set()
            if number == 0:
                first.wait(30)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]
    for number, thread in enumerate(threads):
        thread.start()
        assert eventually(lambda number=number: number == 0 or (number, number - 1) in told)
        assert started.wait(30)
    first.set()
    for thread in threads:
        thread.join(30)
    assert order == [0, 1, 2, 3]
    assert {(1, 0), (2, 1), (3, 2)} <= {*told}


def test_where_no_place_to_wait_is_left_the_visitor_is_told_and_nothing_is_sent(
    tmp_path: Path, may: threading.Event
) -> None:
    given = services(tmp_path, make_agent=lambda name, task: Patient(may), lines=Lines(1, 1))
    live_calls = LiveCalls(given)
    for tab in ("answered", "waiting"):
        live_calls.of(tab).begin(given.showpiece, "scripted")
        live_calls.of(tab).say("Hello")
        assert eventually(lambda tab=tab: tab == "waiting" or said(live_calls.of(tab)) > 0)
    live_call = live_calls.of("refused")
    live_call.begin(given.showpiece, "scripted")
    assert eventually(lambda: live_calls.of("waiting").busy and given.lines.waiting > 0)
    for act in (lambda: live_call.say("Hello"), live_call.simulate):
        with pytest.raises(ConversationError, match="Too many people are calling"):
            act()
    assert not live_call.busy
    assert not live_call.simulated
    for tab in ("answered", "waiting", "refused"):
        live_calls.leave(tab)


def test_a_call_that_is_stopped_gives_its_line_back() -> None:
    lines, stopped = Lines(1, 1), threading.Event()
    stopped.set()
    with lines.line(threading.Event(), print), pytest.raises(Cancelled), lines.line(stopped, print):
        pass
    with lines.line(threading.Event(), print):
        pass


def test_every_tab_can_be_followed_and_slots_for_what_is_short_are_left() -> None:
    assert layout.SERVING["max_threads"] == layout.SLOTS > 2 * MOST


def test_clicks_during_a_call_do_not_each_follow_it(page: Served) -> None:
    live_calls, send, one = page.live_calls, page.event("tarl-send", "click"), page.client()
    task = live_calls.services.showpiece.id
    with ThreadPoolExecutor(1) as pool:
        one.join(send, ["Hello", task, "scripted"]).raise_for_status()
        read = pool.submit(lambda: [*one.stream()])
        assert eventually(lambda: live_calls.of(one.tab).followed)
        events = [one.join(send, ["Hello?", task, "scripted"]).json()["event_id"] for _ in range(5)]
        queue = page.demo._queue
        assert eventually(lambda: not any(event in queue.event_ids_to_events for event in events))
        assert live_calls.of(one.tab).busy
        live_calls.of(one.tab).stop()
        assert "still at work" in str(read.result(60))


def test_a_call_whose_page_is_gone_is_stopped_and_a_comparison_too(tmp_path: Path, may: threading.Event) -> None:
    given = services(tmp_path, make_agent=lambda name, task: Patient(may))
    live_calls = LiveCalls(given)
    live_call, side_by_side = live_calls.of("gone"), SideBySides(live_calls).of("gone")
    live_call.begin(given.showpiece, "scripted")
    live_call.say("Hello")
    side_by_side.pick(given.showpiece, "scripted", "null", blind=False)
    side_by_side.say("Hello")
    assert eventually(lambda: live_call.busy and side_by_side.busy)
    live_calls.sweep()
    assert live_call.busy
    for party in (live_call, side_by_side):
        party.used = time.monotonic() - 100
    assert eventually(lambda: (live_calls.sweep(), not live_call.busy and not side_by_side.busy)[1])
    assert live_call.notice.startswith("Stopped")
