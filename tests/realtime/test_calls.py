"""Calls by the official ``openai`` client, over a real socket."""

import asyncio
import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from tarl_app.agents.scripted import ReplayAgent
from tarl_app.core.types import AgentTurn, Episode, ToolCall, ToolTurn, UserTurn
from tarl_app.realtime.server import Door
from tarl_app.realtime.wire.audio import FORMATS
from tarl_app.speech import load_voice
from tarl_app.speech.resample import resample
from tests.realtime.agents import CANCEL, DOMAIN, LOOKUP, VOICE, Held, parts, reciting, scripted
from tests.realtime.caller import calling, run, serving, silence, whole_call, words

SENTENCE = "Your order has left our warehouse on Monday. It will be with you by the end of the week, I hope."
CUSTOMER = load_voice("pico:en-GB")


def test_a_written_call_is_passed_and_told_in_our_own_events():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            verdict = await whole_call(caller, LOOKUP, None)
            assert (verdict["passed"], verdict["reason"]) == (True, "user_done")
            assert all(check["passed"] for check in verdict["checks"])
            assert {event["status"] for event in caller.of("tarl.tool")} == {"in_progress", "completed"}
            assert [event["score"] for event in caller.of("tarl.verdict")].count(1) >= 3
            assert all(event["total"] >= event["first_token"] for event in caller.of("tarl.timing"))
            assert not caller.of("response.output_audio.delta")
            assert await caller.hang_up() == verdict

    with serving(Door(lambda model, task: scripted())) as port:
        run(work)


def test_a_spoken_turn_is_heard_by_voice_activity_and_answered_aloud():
    async def work():
        async with calling(port) as caller:
            await caller.update(audio={"input": {"transcription": {"model": "whisper-1"}}})
            await caller.append(silence(0.6))
            await caller.append(resample(CUSTOMER.say("Hello, I have a question about my order."), 24_000))
            await caller.append(silence(1.2))
            started = await caller.until("input_audio_buffer.speech_started")
            stopped = await caller.until("input_audio_buffer.speech_stopped")
            committed = await caller.until("input_audio_buffer.committed")
            assert started["item_id"] == stopped["item_id"] == committed["item_id"]
            assert 100 < started["audio_start_ms"] < 900 < stopped["audio_end_ms"]
            since = len(caller.events)
            done = await caller.until("response.done")
            (told,) = caller.of("conversation.item.input_audio_transcription.completed")
            assert told["item_id"] == committed["item_id"]
            assert "order" in told["transcript"]
            (item,) = done["response"]["output"]
            said = "".join(event["delta"] for event in caller.of("response.output_audio_transcript.delta"))
            assert said == item["content"][0]["transcript"] != ""
            sound = caller.heard(since)
            assert sound.seconds > 1
            assert np.abs(sound.samples).max() > 0.05
            order = [event["type"] for event in caller.events[since:]]
            assert order.index("response.output_item.added") < order.index("response.content_part.added")
            assert order.index("response.content_part.added") < order.index("response.output_audio.delta")
            assert order.index("response.output_audio.done") < order.index("response.content_part.done")
            assert order.index("response.content_part.done") < order.index("response.output_item.done")

    with serving(Door(lambda model, task: scripted())) as port:
        run(work)


def test_g711_in_and_out():
    async def work():
        async with calling(port) as caller:
            caller.sent = FORMATS["audio/pcmu"]
            await caller.manual()
            await caller.append(CUSTOMER.say("What is the status of my order?"))
            await caller.connection.input_audio_buffer.commit()
            await caller.connection.response.create()
            await caller.until("response.done")
            assert caller.heard(form=caller.sent).seconds == pytest.approx(spoken, abs=0.6)

    agent, made = reciting(AgentTurn(text="It is on its way."))
    spoken = load_voice(VOICE).say("It is on its way.").seconds
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    (heard,) = agent.seen[0]
    assert isinstance(heard, UserTurn)
    assert "order" in heard.text


def test_the_client_runs_its_own_tools():
    environment = DOMAIN.open()
    tools = [
        {"type": "function", "name": tool.name, "description": tool.description, "parameters": tool.parameters}
        for tool in DOMAIN.tools
    ]

    async def respond(caller, text):
        response = await caller.answer(text)
        while calls := [item for item in response["output"] if item["type"] == "function_call"]:
            for item in calls:
                call = ToolCall(id=item["call_id"], name=item["name"], arguments=json.loads(item["arguments"]))
                output = {"type": "function_call_output", "call_id": call.id, "output": environment.call(call).content}
                await caller.connection.conversation.item.create(item=output)
            await caller.connection.response.create()
            response = (await caller.until("response.done"))["response"]
        return words(response)

    async def work():
        async with calling(port) as caller:
            shown = await caller.update(tools=tools, output_modalities=["text"])
            assert [tool["name"] for tool in shown["tools"]] == [tool.name for tool in DOMAIN.tools]
            email = LOOKUP.facts["email"]
            question = LOOKUP.goals[0].question
            assert question
            await respond(caller, f"Hello. {question}")
            answer = await respond(caller, f"My email is {email}.")
            assert LOOKUP.must_tell[0].value in answer
            assert not caller.of("tarl.tool")
            assert caller.of("response.function_call_arguments.done")
            assert (await caller.hang_up())["passed"] is True

    with serving(Door(lambda model, task: scripted())) as port:
        run(work)


def test_an_agent_that_follows_gets_the_clients_own_world():
    ask = AgentTurn(tool_calls=(ToolCall(id="c1", name="weather", arguments={"city": "Ghent"}),))
    domains = []

    def make(domain):
        domains.append(domain)
        return agent

    async def work():
        async with calling(port) as caller:
            weather = {"type": "function", "name": "weather", "description": "", "parameters": {"type": "object"}}
            await caller.update(tools=[weather], instructions="Tell the weather.", output_modalities=["text"])
            response = await caller.answer("How is it in Ghent?")
            (item,) = response["output"]
            assert (item["name"], json.loads(item["arguments"])) == ("weather", {"city": "Ghent"})
            output = {"type": "function_call_output", "call_id": item["call_id"], "output": "rain"}
            await caller.connection.conversation.item.create(item=output)
            await caller.connection.response.create()
            assert words((await caller.until("response.done"))["response"]) == "It rains."
            await caller.update(instructions="Tell it in rhymes.")
            await caller.answer("And tomorrow?")
            assert (await caller.hang_up())["passed"] is None

    agent, made = reciting(ask, AgentTurn(text="It rains."), AgentTurn(text="No idea, my dear."))
    with serving(Door(lambda model, task: replace(made, agent=make, follows=True))) as port:
        run(work)
    assert [domain.policy for domain in domains[1:]] == ["Tell the weather.", "Tell it in rhymes."]
    assert [tool.name for tool in domains[1].tools] == ["weather"]
    result = agent.seen[1][-1]
    assert isinstance(result, ToolTurn)
    assert result.results[0].content == "rain"


def test_a_cancelled_response_stops_generation_and_what_was_said_stays():
    async def work():
        async with calling(port) as caller:
            await caller.manual()
            await caller.write("Where is my order?")
            await caller.connection.response.create()
            await caller.until("response.output_audio.delta")
            await caller.connection.response.cancel()
            response = (await caller.until("response.done"))["response"]
            assert (response["status"], response["status_details"]["reason"]) == ("cancelled", "client_cancelled")
            (item,) = response["output"]
            assert item["status"] == "incomplete"
            assert agent.stopped.wait(30)
            assert words(await caller.answer("Thank you.")) == "You are welcome."

    agent, made = reciting(AgentTurn(text=f"{SENTENCE} And then..."), AgentTurn(text="You are welcome."))
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    (_, said, _) = agent.seen[1]
    assert isinstance(said, AgentTurn)
    assert SENTENCE.startswith(said.text) or said.text == SENTENCE
    assert said.text


def test_a_message_that_is_cut_while_it_is_made_is_cut_when_it_ends():
    async def work():
        async with calling(port) as caller:
            await caller.manual()
            await caller.write("Where is my order?")
            await caller.connection.response.create()
            item = (await caller.until("response.output_audio.delta"))["item_id"]
            await caller.connection.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=200)
            await caller.until("conversation.item.truncated", item_id=item)
            await caller.connection.response.cancel()
            (cut,) = (await caller.until("response.done"))["response"]["output"]
            heard.append(cut["content"][0]["transcript"])
            await caller.answer("Thank you.")

    agent, made = reciting(AgentTurn(text=f"{SENTENCE} And then..."), AgentTurn(text="You are welcome."))
    heard: list[str | None] = []
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert [turn.text for turn in agent.seen[1] if turn.kind == "agent"] == [text for text in heard if text]
    assert len(heard[0] or "") < 20


def test_what_was_not_heard_is_not_in_the_agents_context():
    async def work():
        async with calling(port) as caller:
            await caller.manual()
            first = (await caller.answer("Where is my order?"))["output"][0]
            cut = {"item_id": first["id"], "content_index": 0, "audio_end_ms": round(caller.heard().seconds * 500)}
            await caller.connection.conversation.item.truncate(**cut)
            await caller.until("conversation.item.truncated", item_id=first["id"])
            await caller.connection.conversation.item.retrieve(item_id=first["id"])
            item = (await caller.until("conversation.item.retrieved"))["item"]
            heard.append(item["content"][0]["transcript"])
            await caller.answer("Sorry, go on.")
            await caller.connection.conversation.item.truncate(**{**cut, "audio_end_ms": 10**7})
            assert (await caller.refusal())["param"] == "audio_end_ms"

    agent, made = reciting(AgentTurn(text=SENTENCE), AgentTurn(text="By Friday."))
    kept: list[Episode] = []
    heard: list[str] = []
    with serving(Door(lambda model, task: replace(made, keep=kept.append))) as port:
        run(work)
    (_, said, _) = agent.seen[1]
    assert isinstance(said, AgentTurn)
    assert SENTENCE.startswith(said.text)
    assert 20 < len(said.text) < 80
    assert heard == [said.text]
    assert said.audio is not None
    assert said.audio.seconds < 5
    assert kept[0].turns[1] == said


def test_the_callers_voice_interrupts_the_agent():
    async def work():
        async with calling(port) as caller:
            await caller.write("Where is my order?")
            await caller.connection.response.create()
            await caller.until("response.output_audio.delta")
            await caller.append(resample(CUSTOMER.say("Wait, stop, I have another question."), 24_000))
            response = (await caller.until("response.done"))["response"]
            assert (response["status"], response["status_details"]["reason"]) == ("cancelled", "turn_detected")
            await caller.append(silence(1.2))
            assert words((await caller.until("response.done"))["response"]) == "Yes?"

    agent, made = reciting(AgentTurn(text=f"{SENTENCE} And then..."), AgentTurn(text="Yes?"))
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert [turn.kind for turn in agent.seen[1]] == ["user", "agent", "user"]


def test_a_turn_that_may_not_interrupt_is_answered_afterwards():
    go = threading.Event()
    held = replace(DOMAIN, open=lambda: Held(DOMAIN.open(), go))

    async def work():
        async with calling(port) as caller:
            detection = {"type": "server_vad", "interrupt_response": False}
            await caller.update(audio={"input": {"turn_detection": detection}}, output_modalities=["text"])
            await caller.write("Where is my order?")
            await caller.connection.response.create()
            await caller.until("tarl.tool", status="in_progress")
            await caller.append(resample(CUSTOMER.say("And please hurry, I have to go."), 24_000))
            await caller.append(silence(1.2))
            await caller.until("input_audio_buffer.committed")
            go.set()
            first, second = [(await caller.until("response.done"))["response"] for _ in range(2)]
            assert [words(first), words(second)] == ["On its way.", "Goodbye."]
            assert first["status"] == second["status"] == "completed"

    look_up = AgentTurn(tool_calls=CANCEL.gold[:1])
    _, made = reciting(look_up, AgentTurn(text="On its way."), AgentTurn(text="Goodbye."), domain=held)
    with serving(Door(lambda model, task: made)) as port:
        run(work)


def test_a_write_that_has_begun_completes_and_is_in_the_record():
    gold = next(call for call in CANCEL.gold if DOMAIN.writes(call.name))
    go = threading.Event()
    held = replace(DOMAIN, open=lambda: Held(DOMAIN.open(), go))
    write = AgentTurn(tool_calls=(gold,))

    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            await caller.write("Yes, cancel it.")
            await caller.connection.response.create()
            await caller.until("tarl.tool", status="in_progress")
            await caller.connection.response.cancel()
            assert (await caller.until("response.done"))["response"]["status"] == "cancelled"
            go.set()
            assert (await caller.until("tarl.tool", status="completed"))["name"] == gold.name
            assert words(await caller.answer("Hello?")) == "It is cancelled."

    agent, made = reciting(write, AgentTurn(text="It is cancelled."), domain=held)
    with serving(Door(lambda model, task: made)) as port:
        run(work)
    assert [turn.kind for turn in agent.seen[-1]] == ["user", "agent", "tool", "user"]


def test_two_callers_hear_only_their_own():
    answers = {"one": "This is for the first of you.", "two": "And that is for the other one, who asked as well."}

    async def one(name):
        async with calling(port, task=name) as caller:
            await caller.manual()
            response = await caller.answer(f"I am {name}.")
            return words(response), caller.heard().seconds

    async def work():
        return await asyncio.gather(one("one"), one("two"))

    with serving(Door(lambda model, task: reciting(AgentTurn(text=answers[task]))[1])) as port:
        heard = run(work)
    assert [text for text, _ in heard] == [*answers.values()]
    short, long = (seconds for _, seconds in heard)
    assert 1 < short < 2.8 < long < 4.8  # what both would hear has more than five


def test_a_failure_of_the_agent_is_told():
    async def work():
        async with calling(port) as caller:
            await caller.manual(output_modalities=["text"])
            response = await caller.answer("Hello?")
            assert response["status"] == "failed"
            assert "recording" in response["status_details"]["error"]["message"]

    with serving(Door(lambda model, task: parts(lambda domain: ReplayAgent(())))) as port:
        run(work)
