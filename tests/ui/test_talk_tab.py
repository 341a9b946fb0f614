"""The Talk tab's handlers without a browser: what each paints, whatever is faster."""

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from tarl_app import wiring
from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.errors import AssetError
from tarl_app.core.types import Task
from tarl_app.domains import load_domain
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.layout import states_html
from tarl_app.ui.readiness import Loader, Readiness
from tarl_app.ui.services import AgentChoice, Services
from tarl_app.ui.tabs.talk.handlers import Handlers
from tarl_app.ui.tabs.talk.page import Page
from tarl_app.ui.tabs.talk.paint import Painter, voice_off
from tarl_app.ui.tabs.talk.staying import PULSE

CHOICES = (AgentChoice("scripted", "Scripted demo"), AgentChoice("mine@3", "Mine"))


def named(name: str, task: Task) -> ScriptedAgent:
    agent = ScriptedAgent(task, load_domain("retail"))
    agent.name = name
    return agent


@pytest.fixture
def do(make_services: Callable[..., Services]) -> Iterator[Handlers]:
    page: Any = SimpleNamespace(**{field.name: field.name for field in fields(Page)})  # handlers use components as keys
    live_calls = LiveCalls(make_services(agents=CHOICES, make_agent=named, pause=0.05))
    yield Handlers(live_calls, page)
    live_calls.leave("tab")


def request(**asked: str) -> Any:
    return SimpleNamespace(session_hash="tab", query_params=asked)


def frames(found: AsyncIterator[dict[Any, Any]]) -> list[dict[Any, Any]]:
    async def collect() -> list[dict[Any, Any]]:
        return [frame async for frame in found]

    with ThreadPoolExecutor(1) as pool:  # in this thread an event loop may run already: that of the browser tests
        return pool.submit(asyncio.run, collect()).result()


def showpiece(do: Handlers) -> str:
    return do.services.showpiece.id


def test_a_click_before_the_page_was_opened_calls_the_agent_of_the_address(do: Handlers) -> None:
    first, *_ = frames(do.talk(showpiece(do), request(agent="mine@3")))
    assert first["agent"]["value"] == "mine@3"
    assert ("Mine", "mine@3") in first["agent"]["choices"]  # the list that came with the page may be older
    live_call = do.live_calls.of("tab")
    assert live_call.conversation is not None
    assert live_call.conversation.episode.agent == "mine@3"


def test_an_ended_call_leads_to_another_task_to_the_visitor_and_to_the_untrained_agent(
    make_services: Callable[..., Services],
) -> None:
    choices = (AgentChoice("scripted", "Demo"), AgentChoice("early", "early"), AgentChoice("tuned", "t", base="early"))
    page: Any = SimpleNamespace(**{field.name: field.name for field in fields(Page)})
    do = Handlers(LiveCalls(make_services(agents=choices, make_agent=named, first_agent="tuned", pause=0.0)), page)

    def click(where: str) -> tuple[str, str, bool]:
        asked: Any = SimpleNamespace(id=f"next|{where}")
        frames(do.rated(asked, request()))
        conversation = do.live_calls.of("tab").conversation
        assert conversation is not None
        episode = conversation.episode
        return episode.task.id, episode.agent, episode.stop is not None

    first = showpiece(do)
    frames(do.watch(first, request()))
    assert click("base") == (first, "early", True)  # the same call, played to its end
    task, agent, ended = click("watch")
    assert (task != first, agent, ended) == (True, "early", True)
    assert click("me") == (task, "early", False)  # it waits for the visitor
    assert do.live_calls.of("tab").sentences
    assert click("watch") == (task, "early", False)  # a call that has not ended leads nowhere
    do.live_calls.leave("tab")


@pytest.mark.parametrize("click", ["watch", "talk"])
def test_a_click_that_is_faster_than_the_page_calls_the_agent_that_the_page_will_show(
    make_services: Callable[..., Services], click: str
) -> None:
    page: Any = SimpleNamespace(**{field.name: field.name for field in fields(Page)})
    do = Handlers(LiveCalls(make_services(agents=CHOICES, make_agent=named, first_agent="mine@3", pause=0.05)), page)
    painted = frames(getattr(do, click)(showpiece(do), request()))
    assert painted[0]["agent"]["value"] == "mine@3"
    conversation = do.live_calls.of("tab").conversation
    assert conversation is not None
    assert conversation.episode.agent == "mine@3"
    do.live_calls.leave("tab")


def test_opening_that_comes_after_a_click_leaves_the_call_on_the_page(do: Handlers) -> None:
    frames(do.talk(showpiece(do), request()))
    (opened,) = frames(do.opened(request()))
    assert opened.keys() == {"stored", "close", "agent"}


def test_a_call_at_rest_is_painted_whole_once_more_and_one_under_way_is_not(do: Handlers) -> None:
    frames(do.watch(showpiece(do), request()))
    (settled,) = frames(do.settled(request()))
    assert settled["transcript"]["value"]["items"][-1][0] == "end"
    assert settled["stop"]["interactive"] is False
    live_call = do.live_calls.of("tab")
    live_call.begin(do.services.showpiece, "scripted")
    live_call.simulate()
    assert live_call.active
    assert frames(do.settled(request())) == []
    live_call.stop()


def test_a_click_while_a_call_at_rest_is_painted_once_more_is_painted_after_that(do: Handlers) -> None:
    frames(do.talk(showpiece(do), request()))

    async def click() -> list[str]:
        late = do.settled(request())
        await anext(late)
        acting = do.take_over(showpiece(do), "scripted", request())
        first = await anext(acting)
        assert [frame async for frame in late] == []
        later = await anext(acting)
        do.stop(request())
        assert [frame async for frame in acting]
        return [frame["take_over"]["value"] for frame in (first, later)]

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, click()).result() == ["Take back"] * 2


def test_once_all_parts_are_there_the_page_only_gives_signs_of_life(do: Handlers) -> None:
    do.services.readiness.finished.set()
    assert do.tick("scripted", 1.0, "", request())["timer"] == gr.update(value=PULSE)
    assert do.tick("scripted", PULSE, "", request()) == {"timer": gr.update()}


def test_a_page_that_opens_paints_no_agent_over_the_one_that_was_picked_meanwhile(do: Handlers) -> None:
    frames(do.new(showpiece(do), "mine@3", request()))
    *_, last = frames(do.opened(request()))
    assert "value" not in last["agent"]


@pytest.mark.parametrize("click", ["watch", "talk"])
def test_a_domain_that_is_picked_while_the_first_call_still_begins_is_the_one_that_is_called(
    make_services: Callable[..., Services], click: str
) -> None:
    begins, ready = threading.Event(), threading.Event()

    def slow(name: str, task: Task) -> ScriptedAgent:
        begins.set()
        assert ready.wait(30)
        return ScriptedAgent(task, load_domain(task.domain))

    page: Any = SimpleNamespace(**{field.name: field.name for field in fields(Page)})
    others = (load_domain("airline"),)
    tasks = (*load_domain("retail").tasks("dev")[:5], *others[0].tasks("dev")[:5])
    more: dict[str, Any] = {"others": others, "tasks": tasks, "make_agent": slow, "pause": 0.0}
    do = Handlers(LiveCalls(make_services(**more, make_user=lambda task, spoken: wiring.make_user(task))), page)

    async def both() -> tuple[list[dict[Any, Any]], list[dict[Any, Any]]]:
        async def collect(found: AsyncIterator[dict[Any, Any]]) -> list[dict[Any, Any]]:
            return [frame async for frame in found]

        first = asyncio.create_task(collect(getattr(do, click)(showpiece(do), request())))
        await asyncio.to_thread(begins.wait, 30)
        second = asyncio.create_task(collect(do.domain("airline", "scripted", request())))
        ignored = asyncio.create_task(collect(do.pick(showpiece(do), "scripted", request())))
        newest = asyncio.create_task(collect(do.domain("airline", "scripted", request())))
        await asyncio.sleep(0.1)
        ready.set()
        await ignored
        return [*await first, *await second], await newest

    with ThreadPoolExecutor(1) as pool:
        older, newest = pool.submit(asyncio.run, both()).result()
    conversation = do.live_calls.of("tab").conversation
    assert conversation is not None
    task = conversation.episode.task
    assert (task.domain, conversation.episode.turns) == ("airline", ())  # nor has a simulated one begun
    assert [frame for frame in older if frame.get("domain", {}).get("value") == "retail"] == []
    assert (newest[-1]["domain"]["value"], newest[-1]["task"]["value"]) == ("airline", task.id)
    do.live_calls.leave("tab")


def test_a_domain_that_is_picked_while_a_call_is_watched_is_refused_and_the_lists_show_that_call(
    make_services: Callable[..., Services],
) -> None:
    page: Any = SimpleNamespace(**{field.name: field.name for field in fields(Page)})
    others = (load_domain("airline"),)
    tasks = (*load_domain("retail").tasks("dev")[:5], *others[0].tasks("dev")[:5])
    do = Handlers(LiveCalls(make_services(others=others, tasks=tasks, pause=0.5)), page)

    async def click() -> dict[Any, Any]:
        watching = do.watch(showpiece(do), request())
        await anext(watching)
        painted: dict[Any, Any] = {}
        async for frame in do.domain("airline", "scripted", request()):
            painted |= frame
        do.stop(request())
        assert [frame async for frame in watching]
        return painted

    with ThreadPoolExecutor(1) as pool:
        painted = pool.submit(asyncio.run, click()).result()
    assert "Stop" in painted["notice"]["value"]
    assert (painted["domain"]["value"], painted["task"]["value"]) == ("retail", showpiece(do))
    do.live_calls.leave("tab")


def away(do: Handlers) -> tuple[str, str]:
    """A call in which something was said, and which was forgotten since; its link for downloading, and its id."""
    frames(do.talk(showpiece(do), request()))
    frames(do.say("Hello, I need help.", showpiece(do), "scripted", request()))
    live_call = do.live_calls.of("tab")
    assert live_call.conversation is not None
    call = live_call.conversation.episode.id
    link = Painter(do.page, live_call).changed()["download"]["value"]
    do.live_calls.leave("tab")
    while live_call.conversation is not None:
        time.sleep(0.01)
    return link, call


def test_a_page_that_was_away_for_long_finds_its_call_as_it_was_stored(do: Handlers) -> None:
    link, call = away(do)
    painted = do.tick("scripted", PULSE, link, request())
    assert "lost its connection" in painted["notice"]["value"]
    assert painted["transcript"]["value"]["call"] == call
    assert painted["send"]["interactive"] is False
    assert do.tick("scripted", PULSE, link, request()) == {"timer": gr.update()}  # it was told once
    frames(do.new(showpiece(do), "scripted", request()))
    assert do.live_calls.of("tab").open


def test_on_a_public_page_a_call_that_was_forgotten_is_gone(do: Handlers) -> None:
    link, _ = away(do)
    public = Handlers(LiveCalls(replace(do.services, public=True)), do.page)
    painted = public.tick("scripted", PULSE, link, request())
    assert "is gone: press the microphone or type to begin a new one" in painted["notice"]["value"]
    assert painted["transcript"]["value"]["call"] is None


def test_a_page_that_shows_no_call_is_told_nothing(do: Handlers) -> None:
    assert "notice" not in do.tick("scripted", 1.0, '<span class="do-link">Download</span>', request())


def test_a_list_that_is_left_without_a_choice_keeps_the_call(do: Handlers) -> None:
    frames(do.talk(showpiece(do), request()))
    frames(do.say("Hello, I need help.", showpiece(do), "scripted", request()))
    kept = do.live_calls.of("tab").conversation
    assert frames(do.pick(showpiece(do), "scripted", request())) == []
    assert frames(do.domain("retail", "scripted", request())) == []
    assert do.live_calls.of("tab").conversation is kept
    frames(do.pick(showpiece(do), "mine@3", request()))
    assert do.live_calls.of("tab").conversation is not kept
    kept = do.live_calls.of("tab").conversation
    frames(do.new(showpiece(do), "mine@3", request()))  # the button asks for another one all the same
    assert do.live_calls.of("tab").conversation is not kept


def test_a_click_before_the_page_was_opened_begins_the_task_of_the_address(do: Handlers) -> None:
    other = do.services.tasks[-1].id
    assert other != showpiece(do)
    first, *_ = frames(do.talk(showpiece(do), request(task=other)))
    assert first["task"]["value"] == other
    frames(do.talk(showpiece(do), request(task=other)))  # then the lists count
    conversation = do.live_calls.of("tab").conversation
    assert conversation is not None
    assert conversation.episode.task.id == showpiece(do)


def test_offline_chip_microphone_and_watch_say_the_same(make_services: Callable[..., Services]) -> None:
    def missing(tell: object) -> None:
        raise AssetError("run: python -m tarl_app assets fetch")

    readiness = Readiness([Loader("hearing", "Hearing", missing), Loader("agent", "mine@3", missing)])
    readiness.load()
    choices = (CHOICES[0], AgentChoice("mine@3", "Mine", needs=("agent",)))
    live_calls = LiveCalls(make_services(agents=choices, first_agent="mine@3", readiness=readiness, make_agent=named))
    page: Any = SimpleNamespace(**{field.name: field.name for field in fields(Page)})
    offline = Handlers(live_calls, page)
    chips = re.sub(r"<[^>]*>", "", states_html(readiness, ""))
    assert chips.count("not on this machine") == 2 + 1  # each chip, and the line that names the remedy
    assert "assets fetch" in chips
    frames(offline.watch(live_calls.services.showpiece.id, request()))
    live_call = live_calls.of("tab")
    assert voice_off(live_call) == "Hearing: not on this machine"
    assert (
        live_call.notice
        == "mine@3: not on this machine. This is the scripted demo, which follows rules: no model is talking."
    )
    assert live_call.episode is not None
    assert live_call.episode.agent == "scripted"
    live_calls.leave("tab")


def test_every_frame_of_a_call_shows_the_call_as_a_page_under_load_loses_frames(do: Handlers) -> None:
    painted = frames(do.watch(showpiece(do), request()))
    assert len(painted) > 3
    assert all(frame["hero"] == gr.update(visible=False) and frame["work"] == gr.update(visible=True) for frame in painted)
    (settled,) = frames(do.settled(request()))
    assert settled["work"] == gr.update(visible=True)


def test_every_frame_of_a_call_sets_the_buttons_as_a_page_under_load_loses_frames(do: Handlers) -> None:
    made = frames(do.watch(showpiece(do), request()))
    assert len(made) > 2
    assert all({"stop", "new", "hang_up", "take_over", "customer"} <= frame.keys() for frame in made)
    stops = [frame["stop"]["interactive"] for frame in made]
    assert stops[0]
    assert not stops[-1]
    assert stops == sorted(stops, reverse=True)


def test_a_first_click_that_is_refused_shows_why(do: Handlers) -> None:
    first, *_ = frames(do.open_stored("nowhere", request()))
    assert "nowhere" in first["notice"]["value"]
    assert first["work"] == gr.update(visible=True)


def test_leaving_the_list_of_stored_calls_without_choosing_changes_nothing(do: Handlers) -> None:
    frames(do.watch(showpiece(do), request()))
    live_call = do.live_calls.of("tab")
    assert frames(do.open_stored("", request())) == []
    assert live_call.conversation is not None
    live_call.show_stored(live_call.conversation.episode)
    assert frames(do.open_stored(live_call.conversation.episode.id, request())) == []


def test_a_call_that_is_watched_is_switched_while_it_goes_on(do: Handlers) -> None:
    frames(do.talk(showpiece(do), request()))
    live_call = do.live_calls.of("tab")
    do.speed("fast", request())
    assert live_call.fast
    do.speed("heard", request())
    assert not live_call.fast
    assert "no such voice" in do.sound("loud", "cafe", request())["notice"]["value"]
