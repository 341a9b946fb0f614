"""Numbers that are no amounts, and endless texts: an agent may say anything, and it is judged."""

import pytest

from tarl_app import wiring
from tarl_app.conversation import Conversation
from tarl_app.core.types import AgentTurn, ToolCall

NINES = "9" * 5000
SAID = (
    NINES,
    f"It costs ${NINES}.",
    f"It costs $1{'0' * 400}, or -${NINES}.{NINES}.",
    "1" + ",000" * 1500,
    f"order #W{NINES}",
    "one hundred " * 600,
    "\u0661" * 3000,
    "(" * 6000,
)


@pytest.mark.parametrize("domain", [domain.name for domain in wiring.playable()])
def test_whatever_an_agent_says_is_judged(domain: str) -> None:
    found = wiring.load_domain(domain)
    task = found.tasks("dev")[0]
    for said in SAID:
        conversation = Conversation(task, found, "theirs", wiring.make_user(task), wiring.make_judge(found))
        conversation.step()
        episode = conversation.act(AgentTurn(text=said))
        assert len(episode.judgements[0].scores) == 1
        conversation.finish()
        conversation.close()


@pytest.mark.parametrize("domain", [domain.name for domain in wiring.playable()])
def test_whatever_an_agent_calls_is_judged(domain: str) -> None:
    found = wiring.load_domain(domain)
    task = found.tasks("dev")[0]
    for tool in found.tools:
        for said in (NINES[:4000], [NINES], f"{NINES[:1000]} - {NINES[:1000]}"):
            conversation = Conversation(task, found, "theirs", wiring.make_user(task), wiring.make_judge(found))
            conversation.step()
            call = ToolCall(id="1", name=tool.name, arguments=dict.fromkeys(tool.parameters["properties"], said))
            episode = conversation.act(AgentTurn(tool_calls=(call,)))
            assert len(episode.judgements[0].scores) == 1, tool.name
            conversation.close()
