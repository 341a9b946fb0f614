"""The agent that is a model behind an endpoint: what it is sent, how answers become turns, what happens when it fails."""

import base64
import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.agents.chat import ChatAgent, Speech, turn_of
from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation, TextPiece
from tarl_app.core.errors import AgentError, Cancelled
from tarl_app.core.settings import settings
from tarl_app.core.sound import audio
from tarl_app.core.types import AgentTurn, StopReason, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.llm import LLM, Answer, RawCall
from tarl_app.users.scripted import ScriptedUser
from tests.llm.endpoint import KEY, Drop, Hang, LLMServer, Raw, Refuse, Say, Step, serving

RETAIL = load_domain("retail")
TASK = next(task for task in RETAIL.tasks("dev") if task.kind == "cancel")
HELLO = (UserTurn(text="Hello."),)
CALL = ToolCall(id="call_1_0", name="get_order_details", arguments={"order_id": "#W1"})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def agent(server: LLMServer, **more: Any) -> ChatAgent:
    return ChatAgent(LLM(server.endpoint(attempts=2, input_usd=1.0)), RETAIL, **more)


def sent(turns: tuple[Turn, ...], **more: Any) -> list[dict[str, Any]]:
    with serving(Say("Hi.")) as server:
        agent(server, **more).reply(turns)
    return server.requests[0]["messages"]


class TestAnswers:
    def test_text_comes_piece_by_piece_and_as_a_turn_with_timing_and_cost(self):
        pieces: list[str] = []
        with serving(Say("Hello, how can I help?")) as server:
            turn = agent(server).reply(HELLO, pieces.append)
        assert turn.text == "".join(pieces) == "Hello, how can I help?"
        assert len(pieces) > 1
        assert turn.cost_usd == pytest.approx(10 / 1e6)
        assert turn.timing is not None
        assert turn.timing.tokens == 5
        assert turn.timing.total is not None
        assert 0 < (turn.timing.first_token or 0) <= turn.timing.total

    def test_calls_become_tool_calls_with_ids_of_our_own(self):
        with serving(Say("", calls=(("get_order_details", '{"order_id": "#W1"}'), ("think", "")))) as server:
            turn = agent(server).reply(HELLO)
        assert turn.tool_calls == (CALL, ToolCall(id="call_1_1", name="think"))

    @pytest.mark.parametrize("arguments", ['{"order_id": ', '{}, "name": "think"', "[1]", '"x"', '{"a": NaN}', "5"])
    def test_arguments_that_cannot_be_read_are_malformed(self, arguments: str):
        with serving(Say("", calls=(("get_order_details", arguments),))) as server:
            turn = agent(server).reply(HELLO)
        assert turn.tool_calls == ()
        assert arguments in (turn.malformed or "")

    def test_calls_written_into_the_text_are_read_and_not_spoken(self):
        pieces: list[str] = []
        written = (
            '<think>Look it up.</think>One moment. <tool_call>{"name": "think", "arguments": {"thought": "x"}}</tool_call>'
        )
        with serving(Say(written)) as server:
            turn = agent(server).reply(HELLO, pieces.append)
        assert (turn.text, "".join(pieces)) == ("One moment.", "One moment.")
        assert turn.tool_calls == (ToolCall(id="call_1_0", name="think", arguments={"thought": "x"}),)

    @given(st.text(max_size=80), st.lists(st.tuples(st.text(max_size=8), st.text(max_size=30)), max_size=3))
    def test_any_answer_is_a_turn(self, text: str, calls: list[tuple[str, str]]):
        turn = turn_of(Answer(text=text, calls=tuple(RawCall(*call) for call in calls)), "c")
        assert AgentTurn.model_validate_json(turn.model_dump_json()) == turn

    @given(
        st.lists(st.sampled_from(["Hi ", "<", "<tool", "<tool_call>", "{}", "</tool_call>", "<think>", "</think>", "x<y"]))
    )
    def test_what_streams_is_what_is_said(self, pieces: list[str]):
        said: list[str] = []
        speech = Speech(said.append)
        for piece in pieces:
            speech.add(piece)
        speech.finish()
        whole = turn_of(Answer(text="".join(pieces)), "c").text
        assert "".join("".join(said).split()) == "".join(whole.split())
        assert "<tool_call>" not in "".join(said)


class TestWhatItIsSent:
    def test_policy_tools_and_the_dialogue(self):
        result = ToolTurn(results=(ToolResult(call_id=CALL.id, name=CALL.name, content="{}"),))
        turns = (*HELLO, AgentTurn(tool_calls=(CALL,)), result, AgentTurn(text="Done."), UserTurn(text="Thanks."))
        with serving(Say("Hi.")) as server:
            agent(server).reply(turns)
        request = server.requests[0]
        assert [tool["function"]["name"] for tool in request["tools"]] == [tool.name for tool in RETAIL.tools]
        system, hello, called, answered, done, thanks = request["messages"]
        assert system == {"role": "system", "content": RETAIL.policy}
        assert (hello["content"], done["content"], thanks["content"]) == ("Hello.", "Done.", "Thanks.")
        assert json.loads(called["tool_calls"][0]["function"]["arguments"]) == CALL.arguments
        assert answered == {"role": "tool", "tool_call_id": CALL.id, "content": "{}"}

    def test_a_malformed_call_is_answered_by_a_message(self):
        results = (
            ToolResult(call_id=CALL.id, name=CALL.name, content="{}"),
            ToolResult(call_id="malformed", name="", content="Error: could not be read", is_error=True),
        )
        turns = (*HELLO, AgentTurn(tool_calls=(CALL,), malformed="{oops"), ToolTurn(results=results))
        messages = sent(turns)
        assert messages[2]["content"] == "{oops"
        assert [message["role"] for message in messages[3:]] == ["tool", "user"]

    def test_sound_is_sent_as_sound_to_a_model_that_hears(self, home: Path):
        ref = audio.save(audio.Audio(np.zeros(1600, np.float32), 16000))
        turns = (UserTurn(text="Cancel it.", heard="cancel hit", audio=ref),)
        (part,) = sent(turns, hears=True)[1]["content"]
        assert part["type"] == "input_audio"
        assert part["input_audio"]["format"] == "wav"
        assert base64.b64decode(part["input_audio"]["data"]) == audio.locate(ref).read_bytes()

    def test_a_model_that_does_not_hear_gets_what_recognition_heard(self, home: Path):
        ref = audio.save(audio.Audio(np.zeros(1600, np.float32), 16000))
        turns = (UserTurn(text="order #W4821359", heard="order W, 4 8 2, 1 3 5 9", audio=ref),)
        assert sent(turns)[1]["content"] == "order #W4821359"
        assert sent((UserTurn(text="Cancel it.", heard="cancel hit"),))[1]["content"] == "cancel hit"

    def test_a_model_that_refuses_sound_says_how_to_switch_it_off(self, home: Path):
        ref = audio.save(audio.Audio(np.zeros(1600, np.float32), 16000))
        refusing, words = serving(Refuse(400, "unknown part input_audio")), "TARL_LLM_AGENT_HEARS=false"
        with refusing as server, pytest.raises(AgentError, match=words):
            agent(server, hears=True).reply((UserTurn(text="x", audio=ref),))


class TestTrouble:
    @pytest.mark.parametrize("step", [Refuse(429), Raw(b"{"), Drop(), Drop(after="Hel")], ids=str)
    def test_trouble_that_stays_is_an_agent_error(self, step: Step):
        with serving(otherwise=lambda body: step) as server, pytest.raises(AgentError, match="Tried 2 times"):
            agent(server).reply(HELLO, lambda piece: None)

    @pytest.mark.timeout(60)
    @pytest.mark.parametrize("step", [Hang(600), Say("Hello " * 4000, delay=0.1)], ids=["silent", "speaking"])
    def test_it_stops_soon_when_it_is_cancelled(self, step: Step):
        with serving(step) as server:
            started = time.monotonic()
            with pytest.raises(Cancelled):
                agent(server).reply(HELLO, lambda piece: None, lambda: time.monotonic() - started > 0.3)

    def test_an_endpoint_out_of_reach_is_the_infrastructures_failure_with_the_reason(self):
        with serving(otherwise=lambda body: Refuse(503, f"overloaded {KEY}")) as server:
            conversation = Conversation(TASK, RETAIL, agent(server), ScriptedUser(TASK, RETAIL))
            with closing(conversation):
                episode = conversation.run()
        assert (episode.stop, episode.counts) == (StopReason.FAILURE, False)
        assert "agent: tester at" in (episode.failure or "")
        assert KEY not in episode.model_dump_json()

    def test_a_dialogue_beyond_the_context_is_the_agents_own_failure(self):
        with serving(Refuse(400, "maximum context length is 10 tokens", code="context_length_exceeded")) as server:
            conversation = Conversation(TASK, RETAIL, agent(server), ScriptedUser(TASK, RETAIL))
            with closing(conversation):
                episode = conversation.run()
        assert (episode.stop, episode.counts) == (StopReason.CONTEXT, True)


def following(body: dict[str, Any]) -> Step:
    """A model that does what the scripted agent would, from the messages it is shown."""
    turns: list[Turn] = []
    results: list[ToolResult] = []
    names: dict[str, str] = {}
    for message in body["messages"][1:]:
        if message["role"] == "tool":
            content = message["content"]
            call_id = message["tool_call_id"]
            results.append(
                ToolResult(call_id=call_id, name=names[call_id], content=content, is_error=content.startswith("Error"))
            )
            continue
        if results:
            turns.append(ToolTurn(results=tuple(results)))
            results = []
        if message["role"] == "user":
            turns.append(UserTurn(text=message["content"]))
        else:
            calls = tuple(
                ToolCall(id=c["id"], name=c["function"]["name"], arguments=json.loads(c["function"]["arguments"]))
                for c in message.get("tool_calls", ())
            )
            names |= {call.id: call.name for call in calls}
            turns.append(AgentTurn(text=message["content"] or "", tool_calls=calls))
    if results:
        turns.append(ToolTurn(results=tuple(results)))
    turn = ScriptedAgent(TASK, RETAIL).reply(turns)
    return Say(turn.text, calls=tuple((call.name, json.dumps(call.arguments)) for call in turn.tool_calls))


def test_a_whole_call_with_tools_passes():
    spoken: list[str] = []
    with serving(otherwise=following) as server:
        conversation = Conversation(
            TASK,
            RETAIL,
            agent(server),
            ScriptedUser(TASK, RETAIL),
            on_event=lambda event: spoken.append(event.text) if isinstance(event, TextPiece) else None,
        )
        with closing(conversation):
            episode = conversation.run()
    assert episode.verdict is not None
    assert episode.verdict.passed
    assert episode.agent == "chat:tester"
    assert episode.cost_usd > 0
    assert "".join(spoken) == "".join(turn.text for _, turn in episode.agent_turns)
