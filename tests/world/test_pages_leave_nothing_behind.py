"""Pages that were closed, or left without a word, and what Gradio and the app kept of them: let go, and capped."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tarl_app.core.errors import ConversationError
from tarl_app.ui import layout
from tarl_app.ui.calls.live_calls import IDLE, LiveCalls
from tarl_app.ui.calls.side_by_side import SideBySides
from tarl_app.ui.components import page_memory
from tarl_app.ui.components.page_memory import PageMemory
from tests.ui.test_live_calls import SlowAgent
from tests.ui.whole_page import Client, Served, eventually, services, serving


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(services(tmp_path_factory.mktemp("page")), state_session_capacity=4) as served:
        yield served


def talk(page: Served, one: Client) -> None:
    answer = one.done(page.event("tarl-send", "click"), ["Hello", page.live_calls.services.free_task.id, "scripted"])
    assert answer["success"]


def kept(page: Served) -> dict[str, int]:
    queue, holder = page.demo._queue, page.demo.state_holder
    return {
        "visits": len(page.live_calls),
        "components": len(holder.session_data) + len(holder.time_last_used),
        "messages": len(queue.pending_messages_per_session),
        "events": len(queue.event_ids_to_events) + len(queue.pending_event_ids_session),
        "statistics": max(0, len(queue.event_analytics) - 1),
    }


NOTHING = dict.fromkeys(("visits", "components", "messages", "events", "statistics"), 0)


def test_a_page_that_is_closed_leaves_nothing(page: Served) -> None:
    one, memory = page.client(), PageMemory(page.demo, page.live_calls)
    with one.open():
        talk(page, one)
        assert kept(page)["visits"] == 1
        memory.sweep()
        assert kept(page)["visits"] == 1
    assert eventually(lambda: len(page.live_calls) == 0)
    assert eventually(lambda: (memory.sweep(), kept(page) == NOTHING)[1]), kept(page)


def test_a_page_that_was_left_without_a_word_is_let_go_after_a_while(page: Served) -> None:
    one, memory = page.client(), PageMemory(page.demo, page.live_calls)
    talk(page, one)
    comparison = SideBySides(page.live_calls).of(one.tab)
    memory.sweep()
    assert kept(page)["visits"] == 3
    for party in (page.live_calls.of(one.tab), comparison):
        party.used -= IDLE + 1
    end = time.monotonic() + 30
    while kept(page) != NOTHING and time.monotonic() < end:  # an event that was under way is let go when it has ended
        memory.sweep(idle=0.0)
        time.sleep(0.05)
    assert kept(page) == NOTHING
    assert page.live_calls.services.store.list()  # what was said is kept


def test_pages_that_nobody_closes_are_capped(page: Served) -> None:
    for _ in range(6):
        assert page.client().done(page.event("tarl-agent", "focus"), [])["success"]
    assert len(page.demo.state_holder.session_data) == 4
    PageMemory(page.demo, page.live_calls).sweep(idle=0.0)


def test_messages_that_nobody_reads_end_what_makes_them(page: Served) -> None:
    one, queue = page.client(), page.demo._queue
    talk(page, one)
    assert page.live_calls.known(one.tab) is not None
    for number in range(page_memory.UNREAD + 1):
        queue.pending_messages_per_session[one.tab].put_nowait(number)  # type: ignore[arg-type]
    PageMemory(page.demo, page.live_calls).sweep()
    assert page.live_calls.known(one.tab) is None
    assert one.tab not in queue.pending_messages_per_session


def test_one_tab_more_takes_the_place_of_the_one_that_was_used_longest_ago(tmp_path: Path) -> None:
    live_calls = LiveCalls(services(tmp_path), most=2)
    first, second = live_calls.of("first"), live_calls.of("second")
    first.begin(live_calls.services.showpiece, "scripted")
    second.used -= 10
    live_calls.of("third")
    assert live_calls.known("first") is first
    assert live_calls.known("second") is None
    assert len(live_calls) == 2


def test_where_everybody_is_busy_one_tab_more_is_refused_in_words(tmp_path: Path) -> None:
    live_calls = LiveCalls(services(tmp_path, make_agent=lambda name, task: SlowAgent()), most=1)
    live_call = live_calls.of("first")
    live_call.begin(live_calls.services.showpiece, "scripted")
    live_call.say("Hello.")
    with pytest.raises(ConversationError, match="Too many people"):
        live_calls.of("second")
    assert live_calls.of("first") is live_call
    live_call.stop()
    assert eventually(lambda: not live_call.busy)


def test_an_open_page_that_only_gives_signs_of_life_is_not_let_go(tmp_path: Path) -> None:
    live_calls = LiveCalls(services(tmp_path))
    live_call, side_by_side = live_calls.of("tab"), SideBySides(live_calls).of("tab")
    for party in (live_call, side_by_side):
        party.used = time.monotonic() - IDLE - 1
    assert live_calls.known("tab") is live_call
    live_calls.sweep()
    assert live_calls.known("tab") is live_call
    assert SideBySides(live_calls).of("tab") is side_by_side


def test_a_tab_that_is_closed_takes_its_call_and_its_comparison_with_it(tmp_path: Path) -> None:
    live_calls = LiveCalls(services(tmp_path))
    live_call, side_by_side = live_calls.of("tab"), SideBySides(live_calls).of("tab")
    side_by_side.pick(live_calls.services.showpiece, "scripted", "null", blind=False)
    side_by_side.say("Hello")
    assert eventually(lambda: not side_by_side.busy)
    live_calls.leave("tab")
    assert len(live_calls) == 0
    assert [one.conversation for one in (*live_call.live_calls, *side_by_side.live_calls)] == [None] * 3
    with pytest.raises(ConversationError, match="closed"):
        side_by_side.say("Anybody?")


def test_the_app_serves_with_these_caps() -> None:
    assert layout.SERVING["state_session_capacity"] == page_memory.PAGES <= 256
