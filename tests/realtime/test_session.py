"""Items and responses of a session, and any event at all."""

import asyncio
import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tarl_app.core.types import AgentTurn
from tarl_app.realtime.server import Door
from tarl_app.realtime.session import Session
from tarl_app.realtime.wire.events import TYPES
from tests.realtime.agents import reciting, scripted
from tests.realtime.caller import FORMS, OURS, calling, run, serving, words


def test_a_message_can_be_deleted_until_it_is_answered():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            wrong, right = await caller.write("Forget this."), await caller.write("Hello?")
            await caller.connection.conversation.item.delete(item_id=wrong)
            await caller.until("conversation.item.deleted", item_id=wrong)
            await caller.connection.response.create()
            await caller.until("response.done")
            await caller.connection.conversation.item.delete(item_id=right)
            assert "answered" in (await caller.refusal())["message"]

    agent, made = reciting(AgentTurn(text="Hello."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert [turn.text for turn in agent.seen[0] if turn.kind == "user"] == ["Hello?"]


def test_what_the_agent_said_can_be_deleted():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            (item,) = (await caller.answer("Hello?"))["output"]
            await caller.connection.conversation.item.delete(item_id=item["id"])
            await caller.answer("Are you there?")

    agent, made = reciting(AgentTurn(text="Nobody hears this."), AgentTurn(text="Yes."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert [turn.kind for turn in agent.seen[1]] == ["user", "user"]


def test_a_greeting_can_be_put_before_the_first_turn():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            content = [{"type": "output_text", "text": "Hello, how can I help?"}]
            greeting = {"type": "message", "role": "assistant", "content": content, "id": "greeting"}
            await caller.connection.conversation.item.create(item=greeting)
            await caller.until("conversation.item.done")
            await caller.write("Where is my order?")
            assert caller.of("conversation.item.added")[-1]["previous_item_id"] == "greeting"
            await caller.connection.response.create()
            await caller.until("response.done")
            await caller.connection.conversation.item.create(item=greeting)
            assert (await caller.refusal())["param"] == "item.id"

    agent, made = reciting(AgentTurn(text="On its way."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert [turn.kind for turn in agent.seen[0]] == ["agent", "user"]


def test_one_response_at_a_time_and_none_to_nothing():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            await caller.connection.response.create()
            failed = (await caller.until("response.done"))["response"]
            assert "nothing to answer" in failed["status_details"]["error"]["message"]
            await caller.write("Hello?")
            await caller.connection.response.create(response={"metadata": {"turn": "one"}})
            await caller.connection.response.create()
            assert (await caller.refusal())["code"] == "conversation_already_has_active_response"
            await caller.connection.response.cancel()
            assert (await caller.until("response.done"))["response"]["metadata"] == {"turn": "one"}

    _, made = reciting(AgentTurn(text="Well..."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)


def test_tools_are_fixed_once_the_dialogue_has_begun():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            await caller.answer("Hello?")
            tools = [{"type": "function", "name": "fly"}]
            await caller.connection.session.update(session={"type": "realtime", "tools": tools})  # pyright: ignore
            assert (await caller.refusal())["code"] == "tools_fixed"

    _, made = reciting(AgentTurn(text="Hello."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)


def test_after_the_call_nothing_is_answered():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            await caller.answer("Hello?")
            assert (await caller.hang_up())["reason"] == "user_done"
            response = await caller.answer("Hello?")
            assert response["status"] == "failed"
            assert "has ended" in response["status_details"]["error"]["message"]

    with serving(Door(lambda model, task: scripted())) as port:
        run(work)


def test_a_message_holds_a_minute_and_a_call_half_an_hour_of_sound():
    minute = base64.b64encode(bytes(2 * 24_000 * 59)).decode()
    longer = base64.b64encode(bytes(2 * 24_000 * 61)).decode()

    async def work():
        session = Session(reciting(hears=True)[1], pool)
        errors = []
        for sound in (longer, "", *[minute] * 31):
            part = {"type": "input_audio", "audio": sound}
            item = {"type": "message", "role": "user", "content": [part]}
            await session.receive(json.dumps({"type": "conversation.item.create", "item": item}))
            while session.call.waiting:
                await asyncio.sleep(0.01)
        session.end("over", "That was all.")
        while (sent := await session.next_text()) is not None:
            if (event := json.loads(sent))["type"] == "error":
                errors.append(event["error"]["code"])
        session.close()
        return errors

    with ThreadPoolExecutor(2) as pool:
        assert run(work) == ["invalid_value", "invalid_value", "too_much_sound", "over"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    re.findall(
        r"\w+",
        "audio session item item_id content_index audio_end_ms response response_id event_id previous_item_id type role "
        "content text tools name parameters call_id output instructions output_modalities tool_choice turn_detection "
        "threshold id input format voice transcription silence_duration_ms",
    )
)
VALUES = st.sampled_from(
    ["AAAA", "message", "user", "assistant", "function", "function_call_output", "realtime", "server_vad", "input_text", "x"]
)
NESTED = st.recursive(
    JSON | VALUES, lambda inner: st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner, max_size=2), max_leaves=10
)
EVENTS = st.builds(
    lambda kind, fields: json.dumps({**fields, "type": kind}), st.sampled_from([*TYPES]), st.dictionaries(NAMES, NESTED)
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENTS | JSON.map(json.dumps) | st.text(max_size=20), min_size=5, max_size=30))
def test_any_events_are_carried_out_or_answered_by_an_error(texts):
    async def work():
        session = Session(scripted(), pool)
        for text in texts:
            await session.receive(text)
        session.end("over", "That was all.")
        events = []
        while (sent := await session.next_text()) is not None:
            events.append(json.loads(sent))
        session.close()
        return events

    with ThreadPoolExecutor(2) as pool:
        events = run(work)
    for event in events:
        assert event["type"] in OURS or FORMS[event["type"]].model_validate(event)
        assert event.get("error", {}).get("code") != "server_error", event


def test_words_of_a_response_are_its_deltas():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            response = await caller.answer("Hello?")
            deltas = "".join(event["delta"] for event in caller.of("response.output_text.delta"))
            assert deltas.strip() == words(response) == caller.of("response.output_text.done")[0]["text"]

    _, made = reciting(AgentTurn(text="This is said word by word."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)
