"""Models behind endpoints by their names: from the environment to a whole call on the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tarl_app import wiring, wiring_llm
from tarl_app.cli import main
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings
from tarl_app.core.types import AgentTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.llm import shared_budget
from tarl_app.users.scripted import ScriptedUser
from tests.llm.endpoint import KEY, Say, Step, serving

RETAIL = load_domain("retail")
TASK = next(task for task in RETAIL.tasks("dev") if task.kind == "cancel")
CACHES = (settings, wiring_llm.answers, wiring_llm.model_of, shared_budget, wiring.make_store)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Sets the environment, a home of the test's own included."""

    def use(**given: str) -> Path:
        for name, value in {"HOME": str(tmp_path), **given}.items():
            monkeypatch.setenv(f"TARL_{name}", value)
        for cached in CACHES:
            cached.cache_clear()
        return tmp_path

    yield use
    for cached in CACHES:
        cached.cache_clear()


def play(body: dict[str, Any]) -> Step:
    """One model in two parts: the judge's, and the customer's as the scripted one would play it."""
    messages = body["messages"]
    if "You judge" in messages[0]["content"]:
        turns = [int(turn) for turn in messages[1]["content"].rpartition("in this order:")[2].strip(" .").split(",")]
        return Say(json.dumps({"scores": [{"turn": turn, "reason": "fine", "score": 1} for turn in turns]}))
    said: list[Turn] = []
    for message in messages[1:]:
        if message["role"] == "assistant":
            said.append(UserTurn(text=json.loads(message["content"])["say"]))
        elif not message["content"].startswith("("):
            said.append(AgentTurn(text=message["content"]))
    turn = ScriptedUser(TASK, RETAIL).speak(said)
    return Say(json.dumps({"thought": "hm", "say": turn.text if turn else "", "done": turn is None}))


def test_a_whole_call_from_the_command_line(environment: Callable[..., Path], capfd: pytest.CaptureFixture[str]) -> None:
    with serving(otherwise=play) as server:
        home = environment(LLM_BASE_URL=server.url, LLM_MODEL="tester", LLM_API_KEY=KEY, LLM_INPUT_USD="1")
        command = ["simulate", "--task", TASK.id, "--agent", "scripted", "--user", "react", "--judge", "llm-live", "--json"]
        assert main(command) == 0
        asked = len(server.requests)
        first = json.loads(capfd.readouterr().out)
        assert main(command) == 0  # the same words again, and nobody is asked
        assert len(server.requests) == asked
    assert first["verdict"]["passed"]
    assert first["user"] == "react:tester"
    (judgement,) = first["judgements"]
    assert judgement["judge"] == "llm-live:tester"
    assert judgement["cost_usd"] > 0
    assert len(judgement["scores"]) == sum(turn["kind"] == "agent" for turn in first["turns"])
    assert json.loads(capfd.readouterr().out)["turns"][0] == first["turns"][0]
    written = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert written
    assert not any(KEY.encode() in data for data in written)


def test_a_chat_agent_is_any_model_at_the_agents_endpoint(environment: Callable[..., Path]) -> None:
    with serving(otherwise=lambda body: Say("Hello.")) as server:
        environment(LLM_AGENT_BASE_URL=server.url, LLM_AGENT_API_KEY=KEY)
        agent = wiring.make_agent("chat:Qwen/Qwen2.5-Omni-7B", TASK, RETAIL)
        assert agent.reply((UserTurn(text="Hi."),)).text == "Hello."
        assert server.requests[0]["model"] == "Qwen/Qwen2.5-Omni-7B"
        assert agent.name == "chat:Qwen/Qwen2.5-Omni-7B"
        assert wiring.revision(agent.name) == f"Qwen/Qwen2.5-Omni-7B@{server.url}"


def test_whether_a_chat_agent_hears_follows_from_its_name_or_the_settings(environment: Callable[..., Path]) -> None:
    environment()
    assert wiring.hears("chat:Qwen/Qwen2.5-Omni-7B")
    assert not wiring.hears("chat:gpt-4.1-mini")
    environment(LLM_AGENT_HEARS="false")
    assert not wiring.hears("chat:Qwen/Qwen2.5-Omni-7B")


def test_without_an_endpoint_each_part_says_what_to_set(environment: Callable[..., Path]) -> None:
    environment()
    makers: tuple[Callable[[], object], ...] = (
        lambda: wiring.make_user(TASK, name="llm"),
        lambda: wiring.make_judge(RETAIL, "llm"),
        lambda: wiring.make_agent("chat", TASK, RETAIL),
    )
    for make in makers:
        with pytest.raises(ConfigError, match="TARL_LLM_BASE_URL"):
            make()
    assert "chat" not in wiring.agent_names()


def test_unknown_customers_and_judges_are_refused_by_name(environment: Callable[..., Path]) -> None:
    environment()
    with pytest.raises(ConfigError, match="scripted, llm, react"):
        wiring.make_user(TASK, name="nobody")
    with pytest.raises(ConfigError, match="llm-live"):
        wiring.make_judge(RETAIL, "nobody")
