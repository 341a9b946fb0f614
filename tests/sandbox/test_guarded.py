"""The guard where calls are made: whoever the agent is, a forbidden call is answered with the reason and changes nothing."""

import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import get_args

import pytest

from tarl_app.agents.scripted import ReplayAgent, ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.domain import PhrasingSet
from tarl_app.core.types import AgentTurn, AudioRef, Episode, Guards, Task, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.sandbox.tools.guarded import forbidden, known_words, said
from tarl_app.sandbox.verifier import verify
from tarl_app.users.scripted import scripted_user

RETAIL = load_domain("retail")
CANCEL: Task = next(task for task in RETAIL.tasks("dev") if task.kind == "cancel")
FIND = CANCEL.gold[0]
WRITE = CANCEL.gold[-1]
SOUND = AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000)


def calling(call: ToolCall) -> AgentTurn:
    return AgentTurn(tool_calls=(call,))


def played(guard: Guards, replies: Sequence[AgentTurn], words: Sequence[str]) -> Episode:
    with closing(Conversation(CANCEL, RETAIL, ReplayAgent(replies), guard=guard)) as conversation:
        for text in words:
            conversation.say(UserTurn(text=text))
        return conversation.episode


def last_result(episode: Episode) -> ToolResult:
    return episode.calls[-1][1]


HASTY = (calling(FIND), calling(WRITE), AgentTurn(text="Done."))
PROPOSAL = AgentTurn(text=f"To confirm: I cancel order {WRITE.arguments['order_id']}. Is that right?")
PATIENT = (calling(FIND), PROPOSAL, calling(WRITE), AgentTurn(text="Done."))


def test_a_write_before_a_yes_is_answered_with_the_reason_and_the_database_is_unchanged() -> None:
    episode = played("policy", HASTY, ["Cancel it, please."])
    result = last_result(episode)
    assert result.is_error
    assert result.content.startswith("Error: not allowed now: ")
    assert "confirm" in result.content
    assert verify(episode, RETAIL).changes == ()


@pytest.mark.parametrize("guard", ["off", "schema"])
def test_without_the_policy_the_same_write_is_made(guard: Guards) -> None:
    episode = played(guard, HASTY, ["Cancel it, please."])
    assert not last_result(episode).is_error
    assert verify(episode, RETAIL).changes
    assert episode.guard == guard


def test_after_a_yes_the_write_is_made_and_after_a_no_it_is_not() -> None:
    assert not last_result(played("policy", PATIENT, ["Cancel it.", "Yes, please."])).is_error
    refused = last_result(played("policy", PATIENT, ["Cancel it.", "No, wait."]))
    assert "has not agreed yet" in refused.content


def test_a_yes_to_one_order_is_none_to_another() -> None:
    other = WRITE.model_copy(update={"arguments": {**WRITE.arguments, "order_id": "#W0000001"}})
    orders = calling(ToolCall(id="o", name="get_order_details", arguments={"order_id": WRITE.arguments["order_id"]}))
    episode = played("policy", (calling(FIND), orders, PROPOSAL, calling(other), PROPOSAL), ["Cancel it.", "Yes."])
    assert f"has agreed to order_id {WRITE.arguments['order_id']}" in last_result(episode).content


def test_before_the_customer_is_known_nothing_is_looked_up_or_handed_over() -> None:
    for name in ("list_all_product_types", "transfer_to_human_agents"):
        call = ToolCall(id="x", name=name, arguments={"summary": "s"} if name.startswith("transfer") else {})
        assert "identified" in forbidden(RETAIL, call, [UserTurn(text="Hi."), calling(call)])


def test_a_refused_call_is_no_reason_for_a_transfer() -> None:
    found = ToolTurn(results=(ToolResult(call_id="f", name=FIND.name, content="mei_kovacs_1234"),))
    refused = ToolTurn(results=(ToolResult(call_id="a", name="t", content="Error: not pending", is_error=True),))
    call = ToolCall(id="x", name="transfer_to_human_agents", arguments={"summary": "s"})
    assert "refused" in forbidden(RETAIL, call, [found, UserTurn(text="Hi."), refused])
    assert not forbidden(RETAIL, call, [found, UserTurn(text="A person, please.")])


def test_an_amount_that_nothing_has_shown_is_not_calculated_with() -> None:
    found = ToolTurn(results=(ToolResult(call_id="f", name=FIND.name, content="mei_kovacs_1234"),))
    shown = ToolTurn(results=(ToolResult(call_id="a", name="t", content='{"price": 12.5}'),))

    def why(expression: str, *turns: Turn) -> str:
        return forbidden(RETAIL, ToolCall(id="c", name="calculate", arguments={"expression": expression}), turns)

    assert "12.51" in why("12.51 + 1", found, shown)
    assert not why("(12.50 + 1) * 2", found, shown)
    assert not why("3.99 * 2", found)  # as long as nothing is known nothing is held against it


def test_a_tool_that_does_not_exist_is_the_tools_business() -> None:
    assert not forbidden(RETAIL, ToolCall(id="x", name="no_such_tool"), [])


def test_the_last_words_are_those_that_the_agent_knows() -> None:
    spoken = UserTurn(text="Absolutely.", audio=SOUND)
    assert said([UserTurn(text="Hi."), AgentTurn(text="?"), UserTurn(text="Yes.")]) == "Yes."
    assert said([spoken]) is None
    assert said([spoken.model_copy(update={"heard": "absolute lee"})]) == "absolute lee"
    own = AgentTurn(tool_calls=(FIND,), heard="absolutely")
    assert said([spoken, own, ToolTurn(results=()), calling(WRITE)]) == "absolutely"
    assert said([]) == ""


def test_all_words_are_those_that_the_agent_knows() -> None:
    spoken = UserTurn(text="Absolutely.", audio=SOUND)
    own = AgentTurn(text="?", heard="absolutely")
    assert known_words([UserTurn(text="Hi."), AgentTurn(text="?"), spoken, own, spoken]) == ("Hi.", "absolutely", None)
    assert known_words([AgentTurn(text="Hello.")]) == ()


def test_a_domain_can_forbid_one_call_before_it_asks_for_consent() -> None:
    guard = replace(RETAIL.guard, forbids=lambda call, turns: f"not allowed: {call.arguments['order_id']}")
    assert forbidden(replace(RETAIL, guard=guard), WRITE, []) == f"not allowed: {WRITE.arguments['order_id']}"


@pytest.mark.parametrize("phrasings", get_args(PhrasingSet))
def test_the_expert_is_never_held_up(phrasings: PhrasingSet) -> None:
    """Nothing that a right agent does is forbidden."""
    for task in random.Random(7).sample(RETAIL.tasks("train"), 40):
        user = scripted_user(task, RETAIL, 1, phrasings)
        agent = ScriptedAgent(task, RETAIL, seed=1)
        with closing(Conversation(task, RETAIL, agent, user=user, seed=1, guard="policy")) as conversation:
            episode = conversation.run()
        assert not [result.content for _, result in episode.calls if "not allowed now" in result.content]


def test_an_undo_replays_no_call_that_the_guard_had_answered() -> None:
    with closing(
        Conversation(CANCEL, RETAIL, ReplayAgent((*HASTY, AgentTurn(text="Bye."))), guard="policy")
    ) as conversation:
        conversation.say(UserTurn(text="Cancel it, please."))
        conversation.say(UserTurn(text="Bye."))
        conversation.undo()
        order = ToolCall(id="look", name="get_order_details", arguments={"order_id": WRITE.arguments["order_id"]})
        assert '"cancelled"' not in conversation.tools.call(order).content


def test_episodes_from_before_there_was_a_choice_are_read_as_held_by_the_policy() -> None:
    stored = played("off", (AgentTurn(text="Hi."),), ["Hello."]).model_dump(mode="json")
    assert stored.pop("guard") == "off"
    assert Episode.model_validate(stored).guard == "policy"
