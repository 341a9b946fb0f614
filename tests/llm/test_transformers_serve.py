"""Once end to end against a real model server: transformers' own, with SmolLM2-135M, which is small and often wrong."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tarl_app.agents.chat import ChatAgent
from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.errors import LLMError
from tarl_app.core.types import AgentTurn, StopReason, UserTurn
from tarl_app.domains import load_domain
from tarl_app.judges.llm import LLMJudge
from tarl_app.llm import LLM, Budget, Endpoint
from tarl_app.users.llm import LLMUser
from tests.agents.omni_parts import SHOP

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2000)]
RETAIL = load_domain("retail")
TASK = next(task for task in RETAIL.tasks("dev") if task.kind == "cancel")
HELLO = [{"role": "user", "content": "What is the capital of France? Answer in one word."}]
STARTING = 900.0


@pytest.fixture(scope="module")
def endpoint(smollm2: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(smollm2), "--device", "cpu"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dtype", "float32"]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with log.open("w") as file:
        server = subprocess.Popen(command, stdout=file, stderr=file, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    try:
        until = time.monotonic() + STARTING
        while not _healthy(port):
            assert server.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < until, log.read_text()[-3000:]
            time.sleep(0.5)
        yield Endpoint(f"http://127.0.0.1:{port}/v1", str(smollm2), timeout=600, attempts=2, backoff=0.1)
    finally:
        server.kill()  # a generation under way does not hold it up
        server.wait(30)


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def test_it_answers_whole_and_streamed_and_says_what_it_used(endpoint: Endpoint):
    llm, pieces = LLM(endpoint), []
    whole = llm.ask(HELLO, max_tokens=16, temperature=0.0, seed=1)
    streamed = llm.ask(HELLO, max_tokens=16, temperature=0.0, on_text=pieces.append, cancelled=lambda: False)
    assert "paris" in whole.text.lower()
    assert "".join(pieces).strip() == streamed.text
    assert len(pieces) > 1
    assert whole.usage.input_tokens > 10
    assert not whole.usage.estimated


def test_it_is_an_agent(endpoint: Endpoint):
    turn = ChatAgent(LLM(endpoint), SHOP).reply((UserTurn(text="Hello! Who are you?"),))
    assert turn.text or turn.tool_calls or turn.malformed
    assert turn.timing is not None
    assert turn.timing.tokens


def test_a_call_with_it_as_the_customer_ends_in_good_order(endpoint: Endpoint):
    budget = Budget(max_tokens=60_000)
    llm = LLM(endpoint, budget)
    user = LLMUser(TASK, RETAIL, llm, max_tokens=24)
    conversation = Conversation(TASK, RETAIL, ScriptedAgent(TASK, RETAIL), user, max_agent_turns=1)
    with closing(conversation):
        episode = conversation.run()
    assert episode.stop is not None
    if episode.stop in (StopReason.FAILURE, StopReason.USER_FAULT):
        assert "no usable answer" in (episode.failure or "")
    assert 0 < budget.spent.input_tokens + budget.spent.output_tokens <= budget.max_tokens
    said = [turn.text for turn in episode.turns if isinstance(turn, UserTurn)]
    assert all(text.strip() for text in said)


def test_a_judge_of_this_size_judges_or_says_that_it_cannot(endpoint: Endpoint):
    judge = LLMJudge(LLM(endpoint), SHOP, max_tokens=40)
    conversation = Conversation(TASK.model_copy(update={"split": "free"}), RETAIL, ScriptedAgent(TASK, RETAIL))
    with closing(conversation):
        episode = conversation.say(UserTurn(text="Hello.")).model_copy(update={"stop": StopReason.USER_DONE})
    assert isinstance(episode.turns[-1], AgentTurn)
    try:
        judgement = judge.judge(episode)
    except LLMError as error:
        said = str(error)
    else:
        said = "no usable answer" if [one.turn for one in judgement.scores] == [i for i, _ in episode.agent_turns] else ""
    assert "no usable answer" in said
