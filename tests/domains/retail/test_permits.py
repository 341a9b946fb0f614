"""What the policy lets an agent call: no change before a yes, no transfer after a refusal."""

import random
from collections.abc import Sequence
from typing import get_args

import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.domain import PhrasingSet
from tarl_app.core.types import AgentTurn, AudioRef, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.guard.permits import TRANSFER, permits
from tarl_app.users.scripted import scripted_user

RETAIL = load_domain("retail")
PROPOSAL = "To confirm: I cancel order #W1234567, because it was ordered by mistake. Is that right?"
SOUND = AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000)


FOUND = ToolTurn(results=(ToolResult(call_id="f", name="find_user_id_by_email", content="mei_kovacs_1234"),))


def permitted(name: str, turns: Sequence[Turn], said: str | None, found: ToolTurn | None = FOUND) -> bool:
    tool = RETAIL.tool(name)
    assert tool is not None
    return not permits(tool, turns if found is None else [found, *turns], said)


def typed(text: str, asked: str = PROPOSAL, tool: str = "cancel_pending_order") -> bool:
    return permitted(tool, [UserTurn(text="Hi."), AgentTurn(text=asked), UserTurn(text=text)], text)


@pytest.mark.parametrize(
    "text", ["Yes.", "yep, go ahead", "That works for me.", "No problem, do it.", "That would be great, thanks", "Yse", "👍"]
)
def test_a_yes_is_one(text: str) -> None:
    assert typed(text)


@pytest.mark.parametrize(
    "text",
    ["No.", "Nope. Go with red.", "yes, but wait", "Hang on, that's an error.", "Is it free of charge?", "Let me think"],
)
def test_a_no_a_maybe_and_a_question_are_none(text: str) -> None:
    assert not typed(text)


@pytest.mark.parametrize("asked", ["Which order do you mean?", "I can cancel it.", "", "Is there anything else?"])
def test_without_a_proposal_there_is_nothing_to_agree_to(asked: str) -> None:
    assert not typed("Yes.", asked)


def test_a_yes_to_one_kind_of_change_is_none_to_another() -> None:
    assert not typed("Yes.", tool="return_delivered_order_items")
    assert not typed("Yes.", tool="modify_pending_order_address")
    address = "To confirm: order #W1234567 goes to 5 Elm Street, Springtown, 12345. Is that right?"
    assert typed("Yes.", address, "modify_pending_order_address")
    assert not typed("Yes.", address, "modify_pending_order_payment")
    other = "To confirm: in order #W1234567 I change the Mug for one with color red. Is that right?"
    assert typed("Yes.", other, "modify_pending_order_items")
    assert not typed("Yes.", other, "modify_user_address")


def test_of_someone_who_speaks_only_a_no_is_believed() -> None:
    def spoken(said: str | None) -> bool:
        turns: list[Turn] = [UserTurn(text="Hi."), AgentTurn(text=PROPOSAL), UserTurn(text="Absolutely.", audio=SOUND)]
        return permitted("cancel_pending_order", turns, said)

    assert spoken("M Z, let it all")
    assert spoken(None)
    assert not spoken("no that is wrong")


@pytest.mark.parametrize(
    "found",
    [None, ToolTurn(results=(ToolResult(call_id="f", name="find_user_id_by_email", content="Error: no", is_error=True),))],
)
def test_before_anything_else_the_customer_is_found(found: ToolTurn | None) -> None:
    turns = [UserTurn(text="Where is #W1234567? I am mei@example.com.")]
    for name in ("get_order_details", "list_all_product_types", "get_user_details", "calculate", TRANSFER):
        assert not permitted(name, turns, turns[0].text, found)
        assert permitted(name, turns, turns[0].text)
    for name in ("find_user_id_by_email", "find_user_id_by_name_zip"):
        assert permitted(name, turns, turns[0].text, found)


def test_before_anybody_has_spoken_nobody_has_agreed() -> None:
    assert not permitted("cancel_pending_order", [], None)


def test_a_refusal_is_no_reason_for_a_transfer_until_the_customer_has_spoken() -> None:
    refused = ToolTurn(results=(ToolResult(call_id="a", name="t", content="Error: not pending", is_error=True),))
    found = ToolTurn(results=(ToolResult(call_id="a", name="t", content="{}"),))
    hello = UserTurn(text="My parcel is broken.")
    assert permitted(TRANSFER, [hello], "")
    assert permitted(TRANSFER, [hello, found], "")
    assert not permitted(TRANSFER, [hello, refused], "")
    assert not permitted(TRANSFER, [hello, refused, found], "")
    assert permitted(TRANSFER, [hello, refused, AgentTurn(text="I am sorry."), UserTurn(text="A person, please.")], "")
    assert permitted("get_order_details", [hello, refused], "")


def test_a_no_is_no_reason_for_a_transfer() -> None:
    turns = [UserTurn(text="Cancel it."), AgentTurn(text=PROPOSAL), UserTurn(text="Nope, I no longer need it.")]
    assert not permitted(TRANSFER, turns, "Nope, I no longer need it.")
    assert permitted(TRANSFER, [*turns, AgentTurn(text="Is there anything else?"), UserTurn(text="A person!")], "A person!")


@pytest.mark.parametrize("phrasings", get_args(PhrasingSet))
def test_the_expert_calls_nothing_that_is_not_permitted(phrasings: PhrasingSet) -> None:
    written = 0
    for task in random.Random(5).sample(RETAIL.tasks("train"), 60):
        user = scripted_user(task, RETAIL, 1, phrasings)
        conversation = Conversation(task, RETAIL, ScriptedAgent(task, RETAIL, seed=1, varied=False), user=user, seed=1)
        turns = conversation.run().turns
        conversation.close()
        for place, turn in enumerate(turns):
            for call in turn.tool_calls if isinstance(turn, AgentTurn) else ():
                if RETAIL.writes(call.name) or call.name == TRANSFER:
                    said = next(one.text for one in reversed(turns[:place]) if isinstance(one, UserTurn))
                    assert permitted(call.name, turns[:place], said), said
                    written += 1
    assert written > 30
