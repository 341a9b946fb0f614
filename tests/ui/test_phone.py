"""A visitor's live call over ``/v1/realtime``: it is the call that the page shows."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tarl_app.conversation import TurnAdded
from tarl_app.core.errors import ConversationError
from tarl_app.core.types import AgentTurn, UserTurn
from tarl_app.realtime.server import Door
from tarl_app.speech import load_voice
from tarl_app.ui.calls import party, phone
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.live_calls import LiveCalls
from tests.realtime.agents import VOICE, reciting
from tests.realtime.caller import run, serving

PATIENCE = 120.0
Event = dict[str, Any]


class Page:
    """What the page's script does, as far as it concerns the connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.events = socket, list[Event]()

    async def until(self, kind: str) -> Event:
        while True:
            event = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            self.events.append(event)
            if event["type"] == kind:
                return event

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def write(self, text: str) -> Event:
        """A message; the answer."""
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        await self.send("conversation.item.create", item=item)
        await self.send("response.create")
        return (await self.until("response.done"))["response"]


@asynccontextmanager
async def calling(port: int, key: str, spoken: bool = False) -> AsyncIterator[Page]:
    protocols: Any = ["realtime", f"tarl-visit.{key}"]
    async with connect(f"ws://127.0.0.1:{port}/v1/realtime", subprotocols=protocols) as socket:
        page = Page(socket)
        await page.until("session.created")
        modalities = ["audio" if spoken else "text"]
        await page.send(
            "session.update", session={"output_modalities": modalities, "audio": {"input": {"turn_detection": None}}}
        )
        yield page


@pytest.fixture
def live_calls(home: Path, make_services: Callable[..., Any]) -> LiveCalls:
    del home
    return LiveCalls(make_services(voice=lambda: load_voice(VOICE)))


def begun(live_calls: LiveCalls, tab: str, task: str = "") -> LiveCall:
    live_call = live_calls.of(tab)
    live_call.begin(live_calls.services.task(task), "scripted")
    return live_call


def door(live_calls: LiveCalls, token: str = "") -> Door:
    def nobody(model: str, task: str) -> Any:
        raise ConversationError("Only visitors are here.")

    return Door(nobody, token, visit=partial(phone.visit, live_calls))


def settle(live_call: LiveCall) -> None:
    with live_call.worker.floor():
        live_call.advance()


def test_what_is_said_over_the_connection_is_the_call_that_the_page_shows(live_calls: LiveCalls) -> None:
    live_call = begun(live_calls, "a", live_calls.services.showpiece.id)
    assert live_call.conversation

    async def work() -> None:
        async with calling(port, live_call.key, spoken=True) as page:
            response = await page.write("Hello, can you help me?")
            assert response["status"] == "completed"
            assert [one["type"] for one in page.events].count("tarl.verdict") == 1
            assert any(one["type"] == "response.output_audio.delta" for one in page.events)
            captions = [one["text"] for one in page.events if one["type"] == "tarl.caption"]
            assert "".join("".join(captions).split()) == "".join(said(response).split())
            assert live_call.watched

    with serving(door(live_calls)) as port:
        run(work)
    settle(live_call)
    assert live_call.screen
    turns = live_call.screen.episode.turns
    assert [type(turn) for turn in turns] == [UserTurn, AgentTurn]
    assert live_call.conversation.episode.turns == turns
    assert len(live_call.screen.episode.judgements[0].scores) == 1
    assert live_call.screen.sounds == []  # they went over the connection


def said(response: Event) -> str:
    return " ".join(
        part.get("transcript") or part.get("text") or "" for item in response["output"] for part in item["content"]
    )


def test_two_visitors_have_each_their_own_call(live_calls: LiveCalls) -> None:
    first, second = begun(live_calls, "a"), begun(live_calls, "b")

    async def work() -> None:
        async with calling(port, first.key) as one, calling(port, second.key) as two:
            await asyncio.gather(one.write("I am the first."), two.write("I am the second."))

    with serving(door(live_calls)) as port:
        run(work)
    for live_call, text in ((first, "I am the first."), (second, "I am the second.")):
        assert live_call.conversation
        assert [turn.text for turn in live_call.conversation.episode.turns if isinstance(turn, UserTurn)] == [text]


def test_the_visits_key_opens_the_line_where_others_need_a_token(live_calls: LiveCalls) -> None:
    live_call = begun(live_calls, "a")

    async def work() -> None:
        async with calling(port, live_call.key):
            pass
        for protocols in (["realtime", "tarl-visit.another"], ["realtime", "tarl-visit."], ["realtime"]):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(f"ws://127.0.0.1:{port}/v1/realtime", subprotocols=protocols):  # type: ignore[arg-type]
                    pass
            assert refused.value.response.status_code == 401

    with serving(door(live_calls, "secret")) as port:
        run(work)


def test_where_there_is_no_call_it_is_said(live_calls: LiveCalls) -> None:
    live_call = live_calls.of("a")

    async def work() -> None:
        async with connect(f"ws://127.0.0.1:{port}/v1/realtime", subprotocols=[f"tarl-visit.{live_call.key}"]) as socket:  # type: ignore[list-item]
            error = (await Page(socket).until("error"))["error"]
            assert (error["code"], error["message"]) == ("not_available", "There is no call yet: begin a new one.")

    with serving(door(live_calls)) as port:
        run(work)


def test_a_typed_message_is_left_to_the_page_while_it_is_connected(live_calls: LiveCalls) -> None:
    live_call = begun(live_calls, "a")
    live_call.line.pick_up()
    live_call.say("Hello?")
    assert [text for _, text in live_call.line.written] == ["Hello?"]
    assert not live_call.busy
    assert live_call.line.phone
    live_call.line.phone.leave()
    assert live_call.line.written == ()
    live_call.say("Hello?")
    assert live_call.busy


def test_undo_and_hang_up_on_the_page_are_those_of_the_same_call(live_calls: LiveCalls) -> None:
    live_call = begun(live_calls, "a", live_calls.services.showpiece.id)

    async def work() -> None:
        async with calling(port, live_call.key) as page:
            await page.write("This is a mistake.")
            while live_call.busy:
                await asyncio.sleep(0.01)
            assert live_call.undo().text == "This is a mistake."
            await page.write("Hello.")
            live_call.hang_up()
            verdict = await page.until("tarl.verifier")
            assert verdict["passed"] is False

    with serving(door(live_calls)) as port:
        run(work)
    assert live_call.conversation
    assert [turn.text for turn in live_call.conversation.episode.turns if isinstance(turn, UserTurn)] == ["Hello."]
    assert not live_call.open


def test_a_later_connection_takes_the_place_of_an_earlier_one(live_calls: LiveCalls) -> None:
    live_call = begun(live_calls, "a")

    async def work() -> None:
        async with calling(port, live_call.key) as one, calling(port, live_call.key) as two:
            assert (await two.write("Here I am again."))["status"] == "completed"
            item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "I am late."}]}
            await one.send("conversation.item.create", item=item)
            assert (await one.until("error"))["error"]["message"] == phone.OVER

    with serving(door(live_calls)) as port:
        run(work)
    assert live_call.conversation
    assert len([turn for turn in live_call.conversation.episode.turns if isinstance(turn, UserTurn)]) == 1


def test_with_a_new_call_the_connection_has_no_part_in_it(live_calls: LiveCalls) -> None:
    live_call = begun(live_calls, "a")
    held = live_call.line.pick_up()
    live_call.begin(live_calls.services.free_task, "scripted")
    assert live_call.line.phone is None
    with pytest.raises(ConversationError, match="goes on elsewhere"), held.floor():
        pass
    held.leave()
    assert live_call.open


def test_the_connection_waits_until_the_pages_step_is_over(live_calls: LiveCalls) -> None:
    live_call = begun(live_calls, "a")
    held, go, entered = live_call.line.pick_up(), threading.Event(), threading.Event()

    def enter() -> None:
        with held.floor():
            entered.set()

    live_call.worker.start(lambda: go.wait(PATIENCE))
    thread = threading.Thread(target=enter)
    thread.start()
    assert not entered.wait(0.2)
    go.set()
    assert entered.wait(PATIENCE)
    thread.join()
    assert not live_call.busy


def test_stop_on_the_page_silences_it_and_leaves_the_cancelling_to_the_page(home: Path, make_services: Any) -> None:
    del home
    agent, _ = reciting(AgentTurn(text="I am thinking..."), AgentTurn(text="Yes?"))
    calls = LiveCalls(make_services(make_agent=lambda name, task: agent))
    live_call = begun(calls, "a")

    async def work() -> None:
        async with calling(port, live_call.key) as page:
            item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello?"}]}
            await page.send("conversation.item.create", item=item)
            await page.send("response.create")
            await page.until("response.output_text.delta")
            epoch = live_call.epoch
            live_call.stop()
            assert live_call.epoch == epoch + 1
            await page.send("response.cancel")
            assert (await page.until("response.done"))["response"]["status"] == "cancelled"
            assert (await page.write("Are you there?"))["status"] == "completed"

    with serving(door(calls)) as port:
        run(work)
    assert live_call.conversation
    texts = [turn.text for turn in live_call.conversation.episode.turns]
    assert texts[0] == "Hello?"
    assert texts[-1] == "Yes?"


def test_what_was_heard_is_kept_though_the_page_leaves_at_once(live_calls: LiveCalls) -> None:
    live_call = begun(live_calls, "a")
    opened = door(live_calls)

    async def work() -> str:
        async with calling(port, live_call.key, spoken=True) as page:
            response = await page.write("Hello, can you help me?")
            item = response["output"][0]["id"]
            await page.send("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=600)
        while opened.visitors:
            await asyncio.sleep(0.01)
        return said(response)

    with serving(opened) as port:
        whole = run(work)
    assert live_call.conversation
    kept = live_call.conversation.episode.turns[-1]
    assert isinstance(kept, AgentTurn)
    assert whole.startswith(kept.text)
    assert len(kept.text) < len(whole)
    assert kept.audio is None or kept.audio.seconds <= 0.6


def test_what_the_page_does_by_itself_does_not_reach_the_connection(live_calls: LiveCalls) -> None:
    live_call = begun(live_calls, "a")
    held, told = live_call.line.pick_up(), []
    held.join(told.append)
    assert live_call.conversation
    live_call.line.tell(TurnAdded(0, UserTurn(text="Typed elsewhere.")))
    assert told == []
    with held.floor():
        live_call.line.tell(TurnAdded(0, UserTurn(text="Said here.")))
    assert len(told) == 1


def test_the_page_is_painted_while_the_line_is_open_whatever_short_step_is_over(live_calls: LiveCalls) -> None:
    live_call = begun(live_calls, "a")
    held = live_call.line.pick_up()
    conversation = held.join(lambda event: None)

    class Painted:
        def changed(self) -> dict[Any, Any]:
            assert live_call.episode
            return {"turns": [getattr(turn, "text", "") for turn in live_call.episode.turns]}

    async def work() -> list[dict[Any, Any]]:
        frames: list[dict[Any, Any]] = []
        following = party.follow(live_call, Painted(), Painted)
        async for frame in following:
            frames.append(frame)
            if len(frames) == 1:
                with held.floor():
                    conversation.amend(0, UserTurn(text="Hello, Ana."))
            elif frame == {"turns": ["Hello, Ana."]}:
                held.leave()
        return frames

    with held.floor():
        conversation.hear(UserTurn(text="Hello, Anna."))
    frames = run(work)
    assert frames[0] == {"turns": ["Hello, Anna."]}
    assert frames[-1] == {"turns": ["Hello, Ana."]}
    assert not live_call.watched
