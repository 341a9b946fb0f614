"""The scripted agent serves the scripted user: it passes, and it acts only on what the dialogue shows."""

import json
import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.domain import PhrasingSet
from tarl_app.core.types import AgentTurn, Episode, Task, ToolTurn, UserTurn
from tarl_app.language.consent import says_yes
from tarl_app.users.scripted import ScriptedUser
from tests.domains.airline.airline_cases import AIRLINE


def converse(task: Task, seed: int = 0, phrasings: PhrasingSet = "seen") -> Episode:
    user, agent = ScriptedUser(task, AIRLINE, seed, phrasings), ScriptedAgent(task, AIRLINE, seed)
    conversation = Conversation(task, AIRLINE, agent, user, seed=seed, id="pair")
    try:
        return conversation.run()
    finally:
        conversation.close()


@cache
def dev(phrasings: PhrasingSet = "seen") -> tuple[Episode, ...]:
    return tuple(converse(task, phrasings=phrasings) for task in AIRLINE.tasks("dev"))


def failed(episodes: tuple[Episode, ...]) -> list[str]:
    return [episode.task.id for episode in episodes if episode.verdict is None or not episode.verdict.passed]


@pytest.mark.parametrize("phrasings", ["seen", "held_out", "test"])
def test_every_dev_task_is_passed_in_every_set_of_wordings(phrasings):
    assert failed(dev(phrasings)) == []


@pytest.mark.slow
@pytest.mark.parametrize("phrasings", ["seen", "held_out", "test"])
def test_nearly_every_test_task_is_passed_in_every_set_of_wordings(phrasings):
    episodes = tuple(converse(task, 1, phrasings) for task in AIRLINE.tasks("test"))
    assert len(failed(episodes)) <= 0.01 * len(episodes)


def test_the_same_seed_gives_the_same_dialogue_and_another_seed_another():
    task = AIRLINE.tasks("dev")[0]
    assert _spoken(converse(task, 5)) == _spoken(converse(task, 5))
    assert len({_spoken(converse(task, seed)) for seed in range(6)}) > 3


def test_a_turn_is_either_words_or_one_call():
    for episode in dev():
        for _, turn in episode.agent_turns:
            assert (turn.text == "") == (len(turn.tool_calls) == 1)


def test_every_value_it_uses_was_said_or_read_before():
    for episode in dev():
        for index, turn in episode.agent_turns:
            seen = _squeezed(episode, index)
            for call in turn.tool_calls:
                for value in _values(call.name, call.arguments):
                    assert value.lower() in seen, (episode.task.id, call, value)


def test_every_amount_it_says_was_read_or_worked_out_before():
    for episode in dev():
        for index, turn in episode.agent_turns:
            seen = _squeezed(episode, index)
            for amount in re.findall(r"\$([0-9]+(?:\.[0-9]+)?)", turn.text):
                # 40 for a bag and 50 or 100 for a passenger stand in the policy.
                assert amount in seen or amount in ("40", "50", "100"), (episode.task.id, turn.text)


def test_it_writes_only_after_a_yes_to_its_proposal():
    writes = 0
    for episode in dev():
        for index, turn in episode.agent_turns:
            for call in turn.tool_calls:
                if AIRLINE.writes(call.name):
                    writes += 1
                    consent, proposal = episode.turns[index - 1], episode.turns[index - 2]
                    assert isinstance(consent, UserTurn)
                    assert isinstance(proposal, AgentTurn)
                    assert proposal.text.endswith(("Is that right?", "Shall I go ahead?"))
                    assert says_yes(consent.text)
    assert writes > 15


def test_it_looks_the_customer_up_before_anything_else():
    for episode in dev():
        names = [call.name for call, _ in episode.calls]
        assert names[0] in ("get_user_details", "get_reservation_details")
        first = names.index("get_user_details")
        assert all(name == "get_reservation_details" for name in names[:first])


def test_without_the_task_it_does_the_same():
    blank = Task(id="airline-dev-000", domain="airline", split="free", kind="free", instruction="")
    for episode in dev()[:10]:
        agent = ScriptedAgent(blank.model_copy(update={"id": episode.task.id}), AIRLINE)
        for index, turn in episode.agent_turns:
            reply = agent.reply(episode.turns[:index])
            assert (reply.text, reply.tool_calls) == (turn.text, turn.tool_calls)


def test_name_and_birthday_that_do_not_match_are_not_served():
    task = next(task for task in AIRLINE.tasks("train") if "reservation_id" in task.facts)
    agent = ScriptedAgent(task, AIRLINE)
    conversation = Conversation(task, AIRLINE, agent)
    try:
        conversation.say(UserTurn(text="What is my membership level?"))
        conversation.say(UserTurn(text=f"I don't have my customer number, but reservation {task.facts['reservation_id']}."))
        conversation.say(UserTurn(text="I'm Somebody Else, born on January 1, 1990."))
        reply = conversation.episode.turns[-1]
        assert isinstance(reply, AgentTurn)
        assert "match" in reply.text
    finally:
        conversation.close()


@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_words_get_an_answer(texts):
    turns = []
    for text in texts:
        turns += [UserTurn(text=text), AgentTurn(text="Yes?")]
    reply = ScriptedAgent(AIRLINE.tasks("dev")[0], AIRLINE).reply((*turns, UserTurn(text="hello")))
    assert reply.text or reply.tool_calls


def _spoken(episode: Episode) -> str:
    return "\n".join(turn.text for turn in episode.turns if not isinstance(turn, ToolTurn))


def _squeezed(episode: Episode, index: int) -> str:
    said = []
    for turn in episode.turns[:index]:
        said += [result.content for result in turn.results] if isinstance(turn, ToolTurn) else [turn.text]
        if isinstance(turn, AgentTurn):
            said += [json.dumps(call.arguments) for call in turn.tool_calls]
    return re.sub(r"[\s-]", "", " ".join(said)).lower()


def _values(name: str, arguments: dict) -> list[str]:
    """The ids and names among the arguments; days are said in words, counts and kinds stand for classes."""
    ids = (
        "reservation_id",
        "user_id",
        "payment_method_id",
        "payment_method_ids",
        "flight_numbers",
        "first_names",
        "last_names",
    )
    found = [arguments[key] for key in ids if key in arguments]
    flat = [item for value in found for item in (value if isinstance(value, list) else [value])]
    return [re.sub(r"^M(?=\d{7}$)", "", item) for item in flat]
