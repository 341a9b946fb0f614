"""A call whose answer is known is not made again."""

import json

import torch
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.decoding.grammar import pointless
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.core.types import AgentTurn, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tests.agents.grammar_parts import GRAMMAR, MINI, RETAIL
from tests.agents.omni_parts import DIALOGUE, SHOP, tiny_loaded


def test_a_call_whose_answer_is_known_is_not_repeated() -> None:
    loaded = tiny_loaded(hears=False, sampling=Sampling(max_new_tokens=80))
    opening = loaded.tokenizer.special.call_open

    def insist(_: torch.nn.Module, __: object, logits: torch.Tensor) -> torch.Tensor:
        logits[..., opening] += 1e4  # the model wants to call whenever it may
        logits[..., MINI.encode('"')[0]] += 1e3
        return logits

    handle = loaded.thinker.lm_head.register_forward_hook(insist)
    try:
        first = OmniAgent(loaded, SHOP).reply(DIALOGUE[:1])
        assert len(first.tool_calls) == 1
        again = first.tool_calls[0]
        answered = ToolTurn(results=(ToolResult(call_id=again.id, name=again.name, content="Error: no", is_error=True),))
        second = OmniAgent(loaded, SHOP).reply([*DIALOGUE[:1], AgentTurn(tool_calls=(again,)), answered])
    finally:
        handle.remove()
    assert not any(c.name == again.name and c.arguments == again.arguments for c in second.tool_calls)


def test_after_a_write_a_call_has_a_point_again() -> None:
    look = ToolCall(id="a", name="get_user_details", arguments={"user_id": "mei_kovacs_1234"})
    write = ToolCall(id="b", name="modify_user_address", arguments={"user_id": "mei_kovacs_1234"})

    def done(call: ToolCall, is_error: bool = False) -> list[Turn]:
        result = ToolResult(call_id=call.id, name=call.name, content="x", is_error=is_error)
        return [AgentTurn(tool_calls=(call,)), ToolTurn(results=(result,))]

    once = AgentTurn(tool_calls=(look,))
    assert pointless(once, [], RETAIL) is None
    assert pointless(once, done(look), RETAIL) == look
    assert pointless(once, [*done(look), *done(write, is_error=True)], RETAIL) == look
    assert pointless(once, [*done(look), *done(write)], RETAIL) is None


def test_a_tool_without_other_values_is_not_offered_again_and_without_tools_nothing_can_be_called() -> None:
    guide = GRAMMAR.guide(SHOP, ())
    guide.forbid(ToolCall(id="a", name="get_order", arguments={"order_id": "#W1"}))
    guide.take(MINI.special.call_open)
    assert "cancel" in MINI.decode(guide.forced())
    guide.forbid(ToolCall(id="b", name="cancel"))
    assert guide.restrict(torch.zeros(MINI.size))[MINI.special.call_open] == float("-inf")


def test_a_look_up_that_failed_is_offered_with_another_name_and_not_with_the_same() -> None:
    tried = {"first_name": "Will", "last_name": "Nguyen", "zip": "78763"}
    call = ToolCall(id="a", name="find_user_id_by_name_zip", arguments=tried)
    turns = [
        UserTurn(text="Will Nguyen, 78763."),
        AgentTurn(tool_calls=(call,)),
        ToolTurn(results=(ToolResult(call_id="a", name=call.name, content="Error: no user", is_error=True),)),
        AgentTurn(text="Could you spell it?"),
        UserTurn(text="W-I-L-L-O-W, N-G-U-Y-E-N, 78763."),
    ]
    guide = GRAMMAR.guide(RETAIL, turns)

    def possible(arguments: dict[str, str]) -> bool:
        matcher = GRAMMAR.matcher(guide.schema or {})
        text = json.dumps({"name": call.name, "arguments": arguments})
        return all(matcher.consume_token(token) for token in MINI.encode(text)) and matcher.is_accepting()

    assert possible(tried)
    guide.forbid(call)
    assert not possible(tried)
    assert not possible({**tried, "first_name": "will"})
    assert possible({**tried, "first_name": "Willow"})


NAMES = st.tuples(
    st.sampled_from(["Ada", "Will", "Willow"]), st.sampled_from(["Ng", "Nguyen"]), st.sampled_from(["78763", "1"])
)


@given(tried=st.lists(NAMES, max_size=8))
def test_of_calls_that_cannot_be_made_every_other_one_is_left_and_the_schema_stays_small(
    tried: list[tuple[str, ...]],
) -> None:
    text = "Ada. Will. Willow. Ng. Nguyen. 78763."
    guide = GRAMMAR.guide(RETAIL, [UserTurn(text=text)])
    everything = {
        ("Ada", "Ng"),
        ("Ada", "Nguyen"),
        ("Will", "Ng"),
        ("Will", "Nguyen"),
        ("Willow", "Ng"),
        ("Willow", "Nguyen"),
    }
    keys = ("first_name", "last_name", "zip")
    for one in tried:
        guide.forbid(ToolCall(id="a", name="find_user_id_by_name_zip", arguments=dict(zip(keys, one, strict=True))))
    tools = guide.schema["anyOf"] if guide.schema else []
    tools = [tool["properties"]["arguments"]["properties"] for tool in tools if "zip" in json.dumps(tool)]
    assert len(tools) <= 1 + len(tried)
    for first, last in everything:
        allowing = [tool for tool in tools if first in tool["first_name"]["enum"] and last in tool["last_name"]["enum"]]
        assert len(allowing) == int((first, last, "78763") not in tried)
