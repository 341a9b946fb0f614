"""One task to a pass by each way in: HTTP, MCP, Gymnasium, and as a library."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import anyio
import gymnasium
import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

import tarl_app.gym  # noqa: F401 - it registers the environments
from tarl_app import wiring, wiring_service
from tarl_app.agents.function import call_text
from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.types import AgentTurn, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.library import run_task
from tarl_app.service.access import Access
from tarl_app.service.app import SandboxApp
from tarl_app.service.mcp_app import SAY
from tarl_app.storage.memory import MemoryEpisodeStore
from tests.service.foreign import FAST, TASKS, create, over_http, play, service


@pytest.mark.parametrize("task", TASKS)
def test_by_http(task: str) -> None:
    store = MemoryEpisodeStore()
    with service(store) as client:
        env = create(client, task, agent="theirs")
        play(task, *over_http(client, env))
        outcome = client.post(f"/environments/{env}/finish").json()
        scores = client.post(f"/environments/{env}/judge").json()["scores"]
    assert outcome["passed"]
    assert outcome["reward"] == 15.0
    assert {one["score"] for one in scores} == {1}
    (episode,) = store.list()
    assert episode.id == outcome["episode"] != env  # the id of the environment is a key and stays private
    assert episode.agent == "theirs"
    assert episode.verdict is not None
    assert episode.verdict.passed
    assert len(episode.judgements) == 1


@pytest.mark.parametrize("task", TASKS)
def test_by_mcp(task: str) -> None:
    store = MemoryEpisodeStore()
    sandbox = SandboxApp(wiring_service.service_parts(store, FAST), Access(token="secret"))

    async def main() -> None:
        transport, headers = httpx.ASGITransport(sandbox), {"Authorization": "Bearer secret"}
        async with (
            sandbox.running(),
            httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as http,
        ):
            made = (await http.post("/environments", json={"task": task})).json()
            url = f"http://localhost/{made['mcp']}"
            async with streamable_http_client(url, http_client=http) as (read, write, _), ClientSession(read, write) as mcp:
                await mcp.initialize()
                names = [tool.name for tool in (await mcp.list_tools()).tools]
                assert names == [SAY, *(tool["function"]["name"] for tool in made["tools"])]
                policy = (await mcp.read_resource(cast(Any, "tarl://policy"))).contents[0]
                assert cast(Any, policy).text == made["policy"]
                await anyio.to_thread.run_sync(lambda: play(task, *_over_mcp(mcp)))

    def _over_mcp(mcp: ClientSession) -> tuple[Any, Any]:
        def ask(name: str, arguments: dict[str, Any]) -> tuple[list[str], bool]:
            answer = anyio.from_thread.run(mcp.call_tool, name, arguments)
            return [part.text for part in answer.content if isinstance(part, TextContent)], bool(answer.isError)

        def say(text: str) -> str | None:
            words, wrong = ask(SAY, {"text": text} if text else {})
            assert not wrong, words
            return None if words[0].startswith("The call is over") else words[0]

        def use(call: ToolCall) -> tuple[ToolResult, bool]:
            words, wrong = ask(call.name, call.arguments)
            return ToolResult(call_id=call.id, name=call.name, content=words[0], is_error=wrong), len(words) > 1

        return say, use

    with ThreadPoolExecutor(1) as pool:  # where a browser was driven, this thread has a loop already
        pool.submit(asyncio.run, main()).result()
    (episode,) = store.list()
    assert episode.verdict is not None
    assert episode.verdict.passed


@pytest.mark.parametrize("task", TASKS)
def test_by_gymnasium_as_the_agent(task: str) -> None:
    env = gymnasium.make("tarl/Agent-v0", tasks=[task])
    heard, info = env.reset(seed=3)
    found, domain = wiring.find_task(task)
    agent, turns = ScriptedAgent(found, domain), cast(list[Turn], [UserTurn(text=heard.removeprefix("user: "))])
    assert info["policy"] == domain.policy
    assert len(info["tools"]) == len(domain.tools)
    total, ended, scores = 0.0, False, []
    while not ended:
        turn = agent.reply(turns)
        turns.append(turn)
        heard, reward, terminated, truncated, info = env.step(
            call_text(turn.tool_calls[0]) if turn.tool_calls else turn.text
        )
        total, ended = total + float(reward), terminated or truncated
        scores.append(info["score"])
        if turn.tool_calls:
            call = turn.tool_calls[0]
            result = ToolResult(call_id=call.id, name=call.name, content=heard.removeprefix("tool: "))
            turns.append(ToolTurn(results=(result,)))
        else:
            turns.append(UserTurn(text=heard.removeprefix("user: ")))
    assert info["passed"]
    assert total == 15.0
    assert set(scores) == {1}
    env.close()


def test_by_gymnasium_as_the_customer() -> None:
    task = TASKS[0]
    env = gymnasium.make("tarl/Customer-v0", tasks=[task])
    part, info = env.reset(seed=3)
    found, _ = wiring.find_task(task)
    assert part == found.instruction
    assert info["facts"] == found.facts
    customer, turns = wiring.make_user(found), cast(list[Turn], [])
    reward, ended = 0.0, False
    while not ended:
        turn = customer.speak(turns)
        said, reward, ended, _, info = env.step(turn.text if turn else "")
        turns += [UserTurn(text=turn.text if turn else ""), AgentTurn(text=said.removeprefix("agent: "))]
    assert info["passed"]
    assert reward == 1.0
    env.close()


@pytest.mark.parametrize("task", TASKS)
def test_as_a_library(task: str) -> None:
    found, domain = wiring.find_task(task)
    inner, turns = ScriptedAgent(found, domain), cast(list[Turn], [])
    names: set[str] = set()

    def agent(messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> str | dict[str, Any]:
        """Reads the messages as a client of an OpenAI-compatible endpoint would."""
        names.update(tool["function"]["name"] for tool in tools)
        turns[:] = []
        for message in messages[1:]:
            if message["role"] == "user":
                turns.append(UserTurn(text=message["content"]))
            elif message["role"] == "tool":
                turns.append(ToolTurn(results=(ToolResult(call_id="", name="", content=message["content"]),)))
            else:
                turns.append(done[sum(isinstance(turn, AgentTurn) for turn in turns)])
        turn = inner.reply(turns)
        done.append(turn)
        if turn.tool_calls:
            return {"name": turn.tool_calls[0].name, "arguments": turn.tool_calls[0].arguments}
        return turn.text

    done: list[AgentTurn] = []
    episode = run_task(task, agent, name="mine")
    assert episode.verdict is not None
    assert episode.verdict.passed
    assert episode.agent == "mine"
    assert names == {tool.name for tool in domain.tools}
