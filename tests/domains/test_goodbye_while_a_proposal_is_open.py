"""The scripted agents of both domains, to a customer who leaves before saying yes."""

import re

import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.types import AgentTurn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.judges.reference.words import OPEN, reads_back
from tarl_app.users.scripted import ScriptedUser


@pytest.mark.parametrize("name", ["retail", "airline"])
@pytest.mark.parametrize("leave", ["Sorry, I have to go. Bye.", "Goodbye."])
def test_what_was_not_done_is_said(name: str, leave: str) -> None:
    domain = load_domain(name)
    task = next(
        one
        for one in domain.tasks("dev")
        if len(one.goals) == 1 and one.goals[0].expect == "done" and any(domain.writes(call.name) for call in one.gold)
        if not one.goals[0].changes_mind
    )
    agent, user = ScriptedAgent(task, domain, 0), ScriptedUser(task, domain)
    conversation = Conversation(task, domain, agent, user, judge=ReferenceJudge(domain))
    try:
        said = ""
        while not reads_back(said) or OPEN.search(said.lower()):
            said = getattr(conversation.step().turns[-1], "text", "")
        episode = conversation.say(UserTurn(text=leave))
    finally:
        conversation.close()
    last = episode.turns[-1]
    assert isinstance(last, AgentTurn)
    assert re.search(r"\b(not|no|nothing)\b", last.text)
    assert "Goodbye" in last.text
    assert episode.judgements[-1].scores[-1].score == 1
