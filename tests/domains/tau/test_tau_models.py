"""Imported tasks played by models behind an endpoint, and aloud."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.agents.chat import ChatAgent
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain
from tarl_app.core.types import StopReason, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.tau.copy.importing import import_copy
from tarl_app.llm import LLM
from tarl_app.users.llm import LLMUser
from tests.domains.tau.copies import make_copy
from tests.llm.endpoint import Say, serving


@pytest.fixture
def domain(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    import_copy(make_copy(tmp_path_factory.mktemp("copy")))
    return load_domain("tau-retail")


def spoken(text: str, done: bool = False) -> Say:
    return Say(json.dumps({"say": text, "done": done}))


def test_a_model_serves_a_customer_that_is_a_model(domain: Domain) -> None:
    task = domain.tasks("test")[0]
    cancel = task.gold[1]
    customer = (spoken("I am Ada North in 90001. Cancel #W0000001, please."), spoken("Thank you.", done=True))
    agent = (Say(calls=((cancel.name, json.dumps(cancel.arguments)),)), Say("It is cancelled; you get $17.10 back."))
    with serving(*customer) as theirs, serving(*agent) as ours:
        user = LLMUser(task, domain, LLM(theirs.endpoint()))
        chat = ChatAgent(LLM(ours.endpoint()), domain, hears=False)
        conversation = Conversation(task, domain, chat, user, wiring.make_judge(domain), seed=0, id="call")
        try:
            episode = conversation.run()
        finally:
            conversation.close()
        asked, served = json.dumps(theirs.requests[0]), json.dumps(ours.requests[0])
    assert episode.stop == StopReason.USER_DONE
    assert episode.verdict is not None
    assert (episode.verdict.passed, episode.verdict.strict) == (True, True)
    assert "You want to cancel order" in asked
    assert "The rules of our small retail" in served
    assert "exchange_delivered_order_items" in served
    assert "no longer need it, and" not in served  # the agent is not told what the customer is


@pytest.mark.slow
def test_the_customer_can_be_heard(domain: Domain) -> None:
    task = domain.tasks("test")[2]
    turn = wiring.make_spoken_user(task, voice="pico:en-US", transcribed=False).speak(())
    assert isinstance(turn, UserTurn)
    assert turn.audio is not None
    assert turn.audio.seconds > 1
