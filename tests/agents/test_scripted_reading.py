"""The scripted agent goes on reading where it ended, and replies as one that reads everything anew."""

from contextlib import closing

import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.types import Episode, UserTurn
from tarl_app.domains import load_domain
from tarl_app.users.scripted import ScriptedUser


@pytest.fixture(params=["retail", "airline"])
def episode(request: pytest.FixtureRequest) -> Episode:
    domain = load_domain(request.param)
    task = next(task for task in domain.tasks("dev") if len(task.gold) > 1)
    with closing(Conversation(task, domain, ScriptedAgent(task, domain), user=ScriptedUser(task, domain))) as conversation:
        return conversation.run()


def test_it_replies_the_same_whatever_it_has_read_before(episode: Episode) -> None:
    domain = load_domain(episode.task.domain)
    agent = ScriptedAgent(episode.task, domain)
    places = [place for place, _ in episode.agent_turns]
    assert len(places) > 4
    for place in (*places, *reversed(places)):  # on to the end, and back as by one undo after another
        found = agent.reply(episode.turns[:place])
        fresh = ScriptedAgent(episode.task, domain).reply(episode.turns[:place])
        assert (found.text, found.tool_calls) == (fresh.text, fresh.tool_calls)


def test_what_was_undone_is_forgotten(episode: Episode) -> None:
    domain = load_domain(episode.task.domain)
    agent = ScriptedAgent(episode.task, domain)
    first = agent.reply(episode.turns[:1])
    other = (UserTurn(text="No thanks, that is all. Goodbye!"),)
    found, fresh = agent.reply(other), ScriptedAgent(episode.task, domain).reply(other)
    assert found != first
    assert (found.text, found.tool_calls) == (fresh.text, fresh.tool_calls)
