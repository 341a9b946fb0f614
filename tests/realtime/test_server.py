"""Who may use the route, and for how long; and what a client can do wrong."""

import asyncio
import base64
import json
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tarl_app.core.errors import AgentError
from tarl_app.core.types import AgentTurn
from tarl_app.realtime.server import KEY_PROTOCOL, Door, Limits
from tarl_app.realtime.wire.events import LARGEST
from tests.realtime.agents import reciting, scripted
from tests.realtime.caller import FORMS, calling, run, serving, words


def door(**more) -> Door:
    return Door(lambda model, task: scripted(), **more)


def status(port: int, **options) -> int:
    """The status of a connection's handshake."""

    async def work():
        try:
            async with connect(f"ws://127.0.0.1:{port}/v1/realtime?model=x", **options) as socket:
                assert json.loads(await socket.recv())["type"] == "session.created"
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code

    return run(work)


def test_without_the_token_nobody_enters():
    with serving(door(token="se cret")) as port:
        assert status(port) == 401
        assert status(port, additional_headers={"Authorization": "Bearer wrong"}) == 401
        assert status(port, additional_headers={"Authorization": "Bearer se cret"}) == 101


def test_a_browser_gives_its_token_as_a_subprotocol():
    async def work():
        offered = ["realtime", f"{KEY_PROTOCOL}secret"]
        async with connect(f"ws://127.0.0.1:{port}/v1/realtime", subprotocols=offered) as socket:  # pyright: ignore
            return socket.subprotocol

    with serving(door(token="secret")) as port:
        assert run(work) == "realtime"
        assert status(port, subprotocols=["realtime", f"{KEY_PROTOCOL}other"]) == 401


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 101),
        ({}, 101),
    ],
)
def test_no_other_sites_page_can_call(headers, code):
    with serving(door()) as port:
        assert status(port, additional_headers=headers) == code


def test_a_name_that_was_pointed_here_is_refused():
    async def work():
        with pytest.raises(InvalidStatus):
            async with connect(f"ws://rebound.example:{port}/v1/realtime", host="127.0.0.1"):
                pass

    with serving(door()) as port:
        run(work)


def test_an_agent_that_cannot_be_had_is_told():
    def fail(model, task):
        raise AgentError("There is no such agent.")

    async def work():
        async with connect(f"ws://127.0.0.1:{port}/v1/realtime") as socket:
            event = json.loads(await socket.recv())
            FORMS["error"].model_validate(event)
            assert (event["error"]["code"], event["error"]["message"]) == ("not_available", "There is no such agent.")
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd
            assert closed.value.rcvd.code == 1008

    with serving(Door(fail)) as port:
        run(work)


def test_lines_are_limited_and_free_again_when_a_caller_is_gone():
    async def work():
        async with calling(port):
            assert one.connections == 1
            with pytest.raises(InvalidStatus) as refused:
                async with calling(port):
                    pass
            assert refused.value.response.status_code == 503
        while one.connections:
            await asyncio.sleep(0.01)
        async with calling(port):
            pass

    one = door(limits=Limits(connections=1))
    with serving(one) as port:
        run(work)


def test_a_caller_who_goes_away_stops_the_agent():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            await caller.write("Hello?")
            await caller.connection.response.create()
            await caller.until("response.output_text.delta")
        while one.connections:
            await asyncio.sleep(0.01)

    agent, made = reciting(AgentTurn(text="I am thinking..."))
    one = Door(lambda model, task: made)
    with serving(one) as port:
        run(work)
    assert agent.stopped.is_set()


def test_who_says_nothing_is_told_and_let_go():
    async def work():
        async with calling(port) as caller:
            assert (await caller.refusal())["code"] == "idle_timeout"
            with pytest.raises(ConnectionClosed) as closed:
                await caller.connection.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001

    with serving(door(limits=Limits(idle=0.3))) as port:
        run(work)


def test_a_working_agent_is_not_idle():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            await caller.write("Hello?")
            await caller.connection.response.create()
            end = time.monotonic() + 1.0
            while time.monotonic() < end:
                await asyncio.sleep(0.1)
            await caller.connection.response.cancel()
            await caller.until("response.done")

    _, made = reciting(AgentTurn(text="I am thinking..."))
    with serving(Door(lambda model, task: made, limits=Limits(idle=0.3))) as port:
        run(work)


def test_no_call_lasts_for_ever():
    async def work():
        async with calling(port) as caller:
            assert (await caller.refusal())["code"] == "session_expired"

    with serving(door(limits=Limits(longest=0.3))) as port:
        run(work)


HALF = base64.b64encode(b"abc").decode()
WRONG = [
    ("{", "invalid_event", None),
    ("[]", "invalid_event", None),
    ('{"type": 7, "event_id": "e"}', "invalid_event", "type"),
    ('{"type": "no.such", "event_id": "e"}', "invalid_value", "type"),
    ('{"type": "input_audio_buffer.append", "event_id": "e"}', "invalid_value", "audio"),
    ('{"type": "input_audio_buffer.append", "audio": "?", "event_id": "e"}', "invalid_value", "audio"),
    (f'{{"type": "input_audio_buffer.append", "audio": "{HALF}", "event_id": "e"}}', "invalid_value", "audio"),
    ('{"type": "input_audio_buffer.commit", "event_id": "e"}', "input_audio_buffer_commit_empty", None),
    ('{"type": "response.cancel", "event_id": "e"}', "response_cancel_not_active", "response_id"),
    ('{"type": "response.create", "response": {"conversation": "none"}, "event_id": "e"}', "invalid_value", "response"),
    ('{"type": "conversation.item.retrieve", "item_id": "x", "event_id": "e"}', "item_not_found", "item_id"),
    ('{"type": "conversation.item.delete", "item_id": "x", "event_id": "e"}', "item_not_found", "item_id"),
    (
        '{"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "x", "output": ""}}',
        "invalid_value",
        "item.call_id",
    ),
    (
        '{"type": "conversation.item.create", "item": {"type": "message", "role": "system", "content": []}}',
        "invalid_value",
        "item.type",
    ),
    (
        '{"type": "session.update", "session": {"tools": [{"type": "function", "name": "fly"}]}, "event_id": "e"}',
        "unsupported_tools",
        "session.tools",
    ),
    (
        '{"type": "session.update", "session": {"instructions": "Sing."}, "event_id": "e"}',
        "instructions_not_followed",
        "session.instructions",
    ),
    (
        '{"type": "session.update", "session": {"audio": {"output": {"voice": "nobody"}}}, "event_id": "e"}',
        "invalid_value",
        "session.audio.output.voice",
    ),
    (f'{{"type": "input_audio_buffer.append", "audio": "{"A" * LARGEST}"}}', "event_too_large", None),
]


def test_what_is_wrong_is_told_and_the_call_goes_on():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            for text, code, param in WRONG:
                await caller.connection.send_raw(text)
                refused = await caller.refusal()
                assert (refused["code"], refused["param"]) == (code, param), text[:200]
                assert refused["event_id"] == ("e" if '"event_id": "e"' in text else None)
                assert refused["message"].endswith(".")
            assert words(await caller.answer("Hello, I have a question."))

    with serving(door()) as port:
        run(work)


def test_what_is_no_text_is_refused():
    async def work():
        async with connect(f"ws://127.0.0.1:{port}/v1/realtime") as socket:
            await socket.recv()
            await socket.send(b"\x00\x01")
            return json.loads(await socket.recv())["error"]["code"]

    with serving(door()) as port:
        assert run(work) == "invalid_event"
