"""The Gymnasium environments keep Gymnasium's rules, and their spaces hold what is said."""

from typing import Any, cast

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AsyncVectorEnv
from hypothesis import given
from hypothesis import strategies as st

from tarl_app import wiring
from tarl_app.agents.function import call_text, read_action
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Manner
from tarl_app.core.errors import ConfigError, ConversationError, DomainError
from tarl_app.core.types import AgentTurn, ToolCall
from tarl_app.gym import AgentEnv
from tarl_app.gym.texts import CHARSET, LONGEST_OBSERVATION, action_space, fitted, observation_space
from tarl_app.library import run_task
from tarl_app.sandbox.checks import gold_episode

NAMES = ("tarl/Agent-v0", "tarl/Customer-v0")
DEV: dict[str, Any] = {"domain": "retail", "split": "dev"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("domain", [domain.name for domain in wiring.playable()])
def test_the_environments_pass_the_check(name: str, domain: str) -> None:
    env = gymnasium.make(name, domain=domain, split="dev", render_mode="ansi")
    check_env(env.unwrapped)
    env.reset(seed=1)
    assert isinstance(env.render(), str)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_makes_the_same_calls_again(name: str) -> None:
    first, second = gymnasium.make(name, **DEV), gymnasium.make(name, **DEV)
    seen: list[list[Any]] = [[], []]
    for env, told in zip((first, second), seen, strict=True):
        for seed in (5, None, None):
            told.append(env.reset(seed=seed))
            told += [env.step(said) for said in ("Hello, who is this?", '{"name": "think", "arguments": {}}')]
        env.close()
    assert seen[0] == seen[1]
    assert len({info["task"] for _, info in (seen[0][0], seen[0][3], seen[0][6])}) > 1


@pytest.mark.parametrize("name", NAMES)
def test_several_at_once(name: str) -> None:
    alone = [gymnasium.make(name, **DEV).reset(seed=7 + n)[0] for n in range(3)]
    together = gymnasium.make_vec(name, num_envs=3, vectorization_mode="sync", **DEV)
    heard, _ = together.reset(seed=7)
    assert [*heard] == alone
    heard, rewards, terminated, *_ = together.step(cast(Any, ("Hello.", "Hi.", "One moment.")))
    assert all(one in together.single_observation_space for one in heard)
    assert [*rewards] == [0.0] * 3
    assert not terminated.any()
    together.close()


@pytest.mark.slow
def test_several_processes_at_once() -> None:
    def make() -> AgentEnv:
        return AgentEnv("math", "dev")

    together = AsyncVectorEnv([make, make], shared_memory=False, context="fork")  # shared memory pads every text
    heard, _ = together.reset(seed=7)
    assert [*heard] == [make().reset(seed=seed)[0] for seed in (7, 8)]
    together.close()


def test_the_spaces_hold_what_is_said_in_every_domain() -> None:
    words, actions = observation_space(), action_space()
    for domain in wiring.playable():
        for task in domain.tasks("dev")[:12]:
            assert task.instruction in words
            for call, result in gold_episode(task, domain).calls:
                assert call_text(call) in actions
                assert f"tool: {result.content}" in words
            user = wiring.make_user(task, manner=Manner("lifelike"))
            conversation = Conversation(task, domain, wiring.make_agent("scripted", task, domain), user)
            for turn in conversation.run().turns:
                said = getattr(turn, "text", "")
                assert said in words
                assert said in actions
            conversation.close()


@given(st.text(st.characters()))
def test_an_observation_always_fits(text: str) -> None:
    assert fitted(text) in observation_space()
    assert fitted("é–" + text * 9000)[:2] == "é–"
    assert len(fitted("a" * 10**5)) == LONGEST_OBSERVATION
    assert "\x00" not in CHARSET


@given(
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers(-9, 9)),
)
def test_a_call_is_read_as_it_was_written(name: str, arguments: dict[str, Any]) -> None:
    (call,) = read_action(call_text(ToolCall(id="1", name=name, arguments=arguments)), "1").tool_calls
    assert (call.name, call.arguments) == (name, arguments)


@pytest.mark.parametrize(
    "text", ["", " \n", "{", '{"name": 1}', '{"name": "a", "more": 1}', '{"a": ' * 500, '{"name": "a", "arguments": []}']
)
def test_a_call_that_cannot_be_read_is_told_to_the_agent(text: str) -> None:
    assert read_action(text) == AgentTurn(malformed=text)
    env = AgentEnv(**DEV)
    env.reset(seed=1)
    heard, *_ = env.step(text)
    assert heard.startswith("tool: Error: this tool call could not be read.")
    env.close()


def test_what_is_not_possible_is_told() -> None:
    env = AgentEnv(tasks=["math-dev-0000"], max_agent_turns=1)
    with pytest.raises(ConversationError, match="reset"):
        env.step("Hello.")
    env.reset()
    _, reward, terminated, truncated, info = env.step("I do not know.")
    assert (terminated, truncated, info["passed"]) == (True, False, False)
    assert reward < 10
    with pytest.raises(ConversationError, match="has ended"):
        env.step("Hello?")
    with pytest.raises(DomainError):
        AgentEnv(tasks=["retail-dev-9999"])
    with pytest.raises(DomainError):
        env.reset(options={"task": "nowhere-1"})
    with pytest.raises((ConfigError, DomainError)):
        AgentEnv("nowhere")
    env.close()


def test_the_limit_of_turns_truncates() -> None:
    env = AgentEnv(**DEV, max_agent_turns=2)
    env.reset(seed=1)
    env.step('{"name": "none"}')
    _, _, terminated, truncated, info = env.step('{"name": "none"}')
    assert (terminated, truncated, info["stop"]) == (False, True, "limit")
    env.close()


def test_a_function_that_returns_no_reply_ends_the_call_and_one_that_raises_is_heard() -> None:
    episode = run_task("retail-dev-000", cast(Any, lambda messages, tools: 7))
    assert (
        episode.failure == "agent: An agent returns a text, or a tool call as a dictionary with the keys name and arguments."
    )
    assert not episode.counts

    def broken(messages: Any, tools: Any) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_task("retail-dev-000", broken)
