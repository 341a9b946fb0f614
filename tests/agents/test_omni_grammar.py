"""Constrained decoding: what can be called, what must follow, and that the model's choice is kept."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.audio.keyword_spotting import Recognition, written_scores
from tarl_app.agents.omni.decoding.call_schema import FORMAT, call_schema
from tarl_app.agents.omni.decoding.grammar import CALL_TOKENS, CallGrammar, CallGuide, pointless
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.prompt.template import call_json, parse_call
from tarl_app.agents.omni.prompt.tokens import byte_tokenizer
from tarl_app.core.domain import Guard
from tarl_app.core.types import AgentTurn, AudioRef, Guards, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tests.agents.omni_parts import DIALOGUE, SHOP, tiny_loaded

MINI = byte_tokenizer()
GRAMMAR = CallGrammar(MINI, MINI.size)
RETAIL = load_domain("retail")


IDENTIFIED = ToolTurn(results=(ToolResult(call_id="f", name="find_user_id_by_email", content=""),))


def shown(content: str, is_error: bool = False) -> ToolTurn:
    return ToolTurn(results=(ToolResult(call_id="a", name="t", content=content, is_error=is_error),))


def offered(*turns: Turn) -> set[str]:
    schema = call_schema(RETAIL, (IDENTIFIED, *turns))
    return {tool["properties"]["name"]["const"] for tool in schema["anyOf"]} if schema else set()


def accepts(text: str, *turns: Turn, gap: str = "") -> bool:
    """Whether a call with this text can be decoded."""
    guide = CallGrammar(MINI, MINI.size, gap).guide(RETAIL, (IDENTIFIED, *turns))
    guide.take(MINI.special.call_open)
    logits = torch.zeros(MINI.size)
    for token in [*MINI.encode(gap + text + gap), MINI.special.call_close]:
        forced = guide.forced()
        if (forced and forced[0] != token) or (not forced and guide.restrict(logits)[token] == float("-inf")):
            return False
        guide.take(token)
    return True


def agreed(what: str) -> tuple[Turn, ...]:
    """The customer agrees to what the agent proposes."""
    return (AgentTurn(text=f"To confirm: {what}. Is that right?"), UserTurn(text="Yes, please."))


def call(name: str, **arguments: object) -> str:
    return call_json(ToolCall(id="x", name=name, arguments=arguments), RETAIL.tool(name))


def test_before_anything_is_known_only_tools_that_need_no_shown_id_are_offered() -> None:
    names = offered(UserTurn(text="My item is 1234567890."))
    assert {"transfer_to_human_agents", "calculate"} <= names
    assert (
        not {
            "find_user_id_by_email",
            "get_product_details",
            "return_delivered_order_items",
            "get_user_details",
            "modify_user_address",
        }
        & names
    )


def test_an_id_that_a_tool_has_shown_can_be_used_and_no_other() -> None:
    known = shown('{"product_id": "1234567890", "user_id": "mei_kovacs_1234"}')
    assert accepts(call("get_product_details", product_id="1234567890"), known)
    assert not accepts(call("get_product_details", product_id="1234567891"), known)
    assert accepts(call("get_user_details", user_id="mei_kovacs_1234"), known)


def argument(schema: dict[str, Any] | None, tool: str, name: str) -> dict[str, Any]:
    assert schema is not None
    offered = next(one for one in schema["anyOf"] if one["properties"]["name"]["const"] == tool)
    return offered["properties"]["arguments"]["properties"][name]


SPOKEN = UserTurn(
    text="I am Mei, 12345", heard="I am May, 12345", audio=AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000)
)


def named(text: str, *, heard: bool) -> tuple[set[str], set[str]]:
    """First and last names that can be looked up after that was said."""
    sound = AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000) if heard else None
    return names_of(
        call_schema(RETAIL, [UserTurn(text=text, audio=sound)], (lambda _: Recognition(text)) if heard else None)
    )


def names_of(schema: dict[str, Any] | None) -> tuple[set[str], set[str]]:
    found: tuple[set[str], set[str]] = (set(), set())
    for tool in schema["anyOf"] if schema else ():
        arguments = tool["properties"]["arguments"]["properties"]
        for part, names in zip(("first_name", "last_name"), found, strict=True):
            names |= set(arguments.get(part, {}).get("enum", ()))
    return found


def test_a_name_of_the_shop_that_was_misheard_or_misspelled_can_still_be_looked_up() -> None:
    first, last = named("it's havier sal a czar, zip 89174", heard=True)
    assert ("Javier" in first, "Salazar" in last) == (True, True)
    first, last = named("I am Javeir Salazr, zip 89174", heard=False)
    assert ("Javier" in first, "Salazar" in last) == (True, True)


@pytest.mark.parametrize(
    "said",
    [
        "I'll Say is loley. Leter by leater, my name, J-a-v-i-e-r, s-a-l-a-z-a-r, 89174.",
        "surname S-A-L-A-Z-A-R, Javier, 89174",
        "J-A-V-I-E-R-S-A-L-A-Z-A-R 89174",
    ],
)
def test_of_a_name_that_is_spelled_aloud_the_whole_name_is_offered_and_no_sentence(said: str) -> None:
    assert named(said, heard=True) == ({"Javier"}, {"Salazar"})


def test_a_name_that_was_said_twice_beats_one_that_something_else_once_sounded_like() -> None:
    sound = AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000)
    words = iter(("what was the postal total please, teo raw, 95847", "the ter name go R-A-O, given name thio, T-H-E-O"))
    said = [UserTurn(text=text, audio=sound.model_copy(update={"path": text})) for text in words]
    assert names_of(call_schema(RETAIL, said, lambda ref: Recognition(ref.path))) == ({"Theo"}, {"Rao"})


def test_a_name_that_is_lost_in_the_text_is_found_in_what_was_heard_of_its_letters() -> None:
    """The likeliest letters say "ben", the next ones "sven"."""
    text = "my name is ben kamara, 83706"
    scores = written_scores(text)
    for place, letter in ((22, "s"), (23, "v")):
        scores[place, ord(letter) - ord("a")] = -0.5
    turns = [UserTurn(text="x", audio=AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000))]
    assert names_of(call_schema(RETAIL, turns, lambda _: Recognition(text, scores))) == ({"Sven"}, {"Kamara"})
    assert names_of(call_schema(RETAIL, turns, lambda _: Recognition(text))) != ({"Sven"}, {"Kamara"})


def test_a_name_that_was_looked_up_in_vain_is_not_offered_again() -> None:
    sound = AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000)
    name = {"first_name": "Javier", "last_name": "Salazar", "zip": "89174"}
    made = ToolCall(id="a", name="find_user_id_by_name_zip", arguments=name)
    refused = ToolTurn(results=(ToolResult(call_id="a", name=made.name, content="Error: no user", is_error=True),))
    turns = [UserTurn(text="x", audio=sound), AgentTurn(tool_calls=(made,)), refused]
    schema = call_schema(RETAIL, turns, lambda _: Recognition("Javier Salazar, zip 89174"))
    assert not any(
        tool["properties"]["arguments"]["properties"].get("first_name") == {"enum": ["Javier"]}
        and tool["properties"]["arguments"]["properties"]["last_name"] == {"enum": ["Salazar"]}
        for tool in (schema or {"anyOf": []})["anyOf"]
    )


def test_names_that_were_typed_right_are_not_doubted_and_names_unlike_them_are_never_offered() -> None:
    first, _ = named("Julia Cruz, 87110", heard=False)
    assert first == {"Julia", "Cruz", "Julia Cruz", "87110"}
    first, last = named("Julia Cruz, 87110", heard=True)
    assert len(first) < 20
    assert "Salazar" not in last
    assert not named("12345", heard=True)[0] - {"12345"}


def test_an_id_in_an_error_is_not_shown() -> None:
    assert "get_product_details" not in offered(shown("Error: no product 1234567890", is_error=True))


@pytest.mark.parametrize(
    "text",
    ["#W1234567", "order w1234567.", "W 123 4567", "it's 123-4567", "one two three four five six seven", "W12 34 567"],
)
def test_a_number_is_found_however_it_is_put_and_no_other_is_invented(text: str) -> None:
    assert accepts(call("get_order_details", order_id="#W1234567"), UserTurn(text=text))
    assert not accepts(call("get_order_details", order_id="#W7654321"), UserTurn(text=text))


def test_doubled_digits_are_written_out() -> None:
    assert accepts(call("get_order_details", order_id="#W1223334"), UserTurn(text="one double two triple three four"))


def test_without_a_number_the_model_has_to_ask_for_it() -> None:
    assert "get_order_details" not in offered(UserTurn(text="I lost my order number, it ends in 4567."))
    assert "get_order_details" in offered(shown('{"orders": ["#W1234567"]}'))


def test_a_number_that_an_ear_without_words_heard_is_free_but_has_the_right_form() -> None:
    schema = call_schema(RETAIL, [IDENTIFIED, SPOKEN], heard=lambda ref: None)
    assert argument(schema, "get_order_details", "order_id") == {"type": "string", "pattern": "^#W[0-9]{7}$"}


def test_a_number_that_was_recognised_is_copied() -> None:
    schema = call_schema(RETAIL, [IDENTIFIED, SPOKEN], heard=lambda ref: Recognition("my order is #W9452,101 I think"))
    assert argument(schema, "get_order_details", "order_id") == {"enum": ["#W9452101"]}


def test_what_customers_say_has_the_right_form() -> None:
    typed = UserTurn(text="Mei O'Neil, 01234")
    assert accepts(call("find_user_id_by_name_zip", first_name="Mei", last_name="O'Neil", zip="01234"), typed)
    assert not accepts(call("find_user_id_by_name_zip", first_name="Mei", last_name="O'Neil", zip="1234"), typed)
    known = UserTurn(text="#W1234567")
    yes = agreed("I cancel it")
    assert accepts(call("cancel_pending_order", order_id="#W1234567", reason="no longer needed"), known, *yes)
    assert not accepts(call("cancel_pending_order", order_id="#W1234567", reason="just because"), known, *yes)


def test_names_and_addresses_are_copied_from_what_was_typed_or_shown() -> None:
    typed = UserTurn(text="Mei Kovacs here, I moved to 9805 Heron Court, Louisville, KY 40251. Write to mei@example.com.")
    known = shown('{"user_id": "mei_kovacs_1234", "address": {"city": "Salt Lake City"}}')

    def address(**changes: str) -> str:
        parts = {"user_id": "mei_kovacs_1234", "address1": "9805 Heron Court", "address2": "", "city": "Louisville"}
        return call("modify_user_address", **parts | {"state": "KY", "country": "USA", "zip": "40251"} | changes)

    yes = agreed("your account gets the address at 12345")
    assert accepts(address(), typed, known, *yes)
    assert accepts(address(city="Salt Lake City"), typed, known, *yes)
    assert not accepts(address(city="Lynd"), typed, known, *yes)
    assert not accepts(address(zip="40252"), typed, known, *yes)
    assert not accepts(address(address1="Court, Louisville"), typed, known, *yes)
    assert accepts(call("find_user_id_by_email", email="mei@example.com"), typed)
    assert not accepts(call("find_user_id_by_email", email="may@example.com"), typed)


def test_what_was_put_in_other_words_is_free() -> None:
    assert accepts(call("find_user_id_by_email", email="mei@example.com"), UserTurn(text="mei at example dot com"))


def test_a_name_is_found_in_what_this_model_has_recognised_itself() -> None:
    for first, last in (("Mei", "Kovacs"), ("Omar", "Haddad")):
        said = f"I am {first} {last}, 12345"
        assert names_of(call_schema(RETAIL, [SPOKEN], lambda ref, said=said: Recognition(said))) == ({first}, {last})
    free = argument(call_schema(RETAIL, [SPOKEN], lambda ref: None), "find_user_id_by_name_zip", "first_name")
    assert "enum" not in free


def test_calls_are_written_as_the_template_writes_them() -> None:
    assert not accepts('{"name":"list_all_product_types","arguments":{}}')
    assert accepts('{"name": "list_all_product_types", "arguments": {}}')
    assert accepts('{"name": "list_all_product_types", "arguments": {}}', gap="\n")


def test_unknown_tools_and_arguments_cannot_be_written() -> None:
    assert not accepts('{"name": "drop_table", "arguments": {}}')
    assert not accepts('{"name": "get_order_details", "arguments": {"order_id": "#W1234567", "force": true}}')


def test_what_is_certain_is_forced() -> None:
    guide = GRAMMAR.guide(SHOP, ())
    assert guide.forced() == []
    guide.take(MINI.special.call_open)
    assert MINI.decode(guide.forced()) == '{"name": "'


@given(st.lists(st.integers(0, MINI.size - 1), max_size=30))
def test_text_outside_of_calls_is_free(tokens: list[int]) -> None:
    guide = GRAMMAR.guide(SHOP, ())
    for token in tokens:
        if token == MINI.special.call_open:
            break
        assert torch.equal(guide.restrict(torch.ones(MINI.size)), torch.ones(MINI.size))
        guide.take(token)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([(), (shown('{"a": "1234567890 credit_card_1234567 mei_k_1234"}'),)]))
def test_whatever_the_model_prefers_a_call_can_be_read_and_fits_its_schema(seed: int, turns: tuple[Turn, ...]) -> None:
    generator = torch.Generator().manual_seed(seed)
    guide = GRAMMAR.guide(RETAIL, (IDENTIFIED, *turns))
    guide.take(MINI.special.call_open)
    ids: list[int] = []
    while not ids or ids[-1] != MINI.special.call_close:
        logits = torch.randn(MINI.size, generator=generator)
        logits[MINI.encode('"')[0]] += 3  # strings end
        for token in guide.forced() or [int(guide.restrict(logits).argmax())]:
            guide.take(token)
            ids.append(token)
    made = parse_call(MINI.decode(ids[:-1]), "x")
    assert made is not None
    spec = RETAIL.tool(made.name)
    assert spec is not None
    assert set(spec.parameters["required"]) <= made.arguments.keys() <= spec.parameters["properties"].keys()


def longest(tool: dict[str, Any], amounts: tuple[str, ...]) -> int:
    """Bytes of a call of the tool, with its tags, when every list, sum and free string goes on as long as it may."""
    guide = CallGuide(GRAMMAR, {**tool, "x-guidance": FORMAT}, amounts)
    guide.take(MINI.special.call_open)
    ending = torch.zeros(MINI.size)
    ending[[MINI.encode(mark)[0] for mark in '"]}']] = -1e3
    taken, closed = 1, False
    while not closed:
        for token in guide.forced() or [int(guide.restrict(ending).argmax())]:
            guide.take(token)
            taken, closed = taken + 1, token == MINI.special.call_close
    return taken


def test_the_longest_call_of_the_shop_ends_by_itself_in_time() -> None:
    free = replace(RETAIL, guard=Guard(amounts=RETAIL.guard.amounts))
    words = UserTurn(
        text="9805 North Heron Court, Albuquerque, NM 87102, maximiliane.featherstonehaugh0096@mail.example.com"
    )
    ids = shown('{"order": "#W1234567", "item": "1234567890", "user": "maximiliane_featherstonehaugh_1234", "a": 1249.95}')
    schema = call_schema(free, (IDENTIFIED, words, ids, shown('{"payment": "credit_card_1234567", "price": 2312.50}')))
    assert schema is not None
    lengths = {tool["properties"]["name"]["const"]: longest(tool, ("1249.95", "2312.50")) for tool in schema["anyOf"]}
    assert lengths.keys() == {tool.name for tool in RETAIL.tools}
    assert max(lengths.values()) <= CALL_TOKENS, lengths
    assert lengths["exchange_delivered_order_items"] > 12 * len('"1234567890", ')  # the list did go on


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


def test_a_customer_who_pastes_a_book_can_still_be_looked_up() -> None:
    book = " ".join(f"word{number}" for number in range(20_000))
    turns = [UserTurn(text=book), UserTurn(text="I am Ada Ng, 78763.")]
    guide = GRAMMAR.guide(RETAIL, turns)
    guide.take(MINI.special.call_open)
    assert guide.matcher is not None
    assert {"Ada", "Ng"} <= set(argument(guide.schema, "find_user_id_by_name_zip", "first_name")["enum"])


def test_the_schema_is_json() -> None:
    assert json.loads(json.dumps(call_schema(RETAIL, [IDENTIFIED])))
    assert call_schema(RETAIL, ()) is None  # nobody has said who they are


def test_replies_under_one_schema_are_followed_apart() -> None:
    first, second = GRAMMAR.guide(SHOP, ()), GRAMMAR.guide(SHOP, ())
    for guide in (first, second):
        guide.take(MINI.special.call_open)
    before = second.restrict(torch.zeros(MINI.size))
    for token in first.forced():
        first.take(token)
    first.take(int(first.restrict(torch.zeros(MINI.size)).argmax()))
    assert torch.equal(second.restrict(torch.zeros(MINI.size)), before)
    assert MINI.decode(second.forced()) == '{"name": "'
    third = GRAMMAR.guide(SHOP, ())
    third.take(MINI.special.call_open)
    assert torch.equal(third.restrict(torch.zeros(MINI.size)), before)


@pytest.mark.parametrize("text", ["It's spelled K-O-V-A-C-S, zip 60614.", "k o v a c s, 60614", "K, O, V, A, C, S. 60614"])
def test_a_name_that_is_spelled_can_be_looked_up_joined(text: str) -> None:
    _, last = named(text, heard=False)
    assert "Kovacs" in last


def test_an_email_that_is_spelled_or_said_can_be_looked_up_in_its_written_form() -> None:
    for text in ("m-e-i dot k-o-v-a-c-s 12 at example dot com", "it's mei dot kovacs one two at example dot com."):
        assert accepts(call("find_user_id_by_email", email="mei.kovacs12@example.com"), UserTurn(text=text))


def test_a_spelled_name_with_a_misheard_letter_is_offered_as_the_shop_writes_it() -> None:
    _, last = named("it's K-O-V-A-C-F, zip 60614", heard=True)
    assert "Kovacs" in last


# --- a write does what was proposed -----------------------------------------------------------------------------------


def proposed(text: str) -> tuple[Turn, ...]:
    items = [
        {"name": name, "product_id": "1000000000", "item_id": item_id, "price": 5.0, "options": {"color": "red"}}
        for name, item_id in (("Mug", "1111111111"), ("Desk Lamp", "2222222222"))
    ]
    order = {"order_id": "#W1234567", "items": items, "payment_history": []}
    return (
        shown(json.dumps(order) + " gift_card_1234567"),
        shown(json.dumps(order)),
        AgentTurn(text=text),
        UserTurn(text="Yes."),
    )


def returned(*item_ids: str) -> str:
    arguments = {"order_id": "#W1234567", "item_ids": list(item_ids), "payment_method_id": "gift_card_1234567"}
    return call("return_delivered_order_items", **arguments)


# --- an amount of money is one that can be known ------------------------------------------------------------------------


def says(text: str, *turns: Turn) -> bool:
    """Whether a reply with this text can be decoded."""
    guide = GRAMMAR.guide(RETAIL, turns)
    for token in MINI.encode(text):
        left = guide.left(MINI.size)
        assert np.array_equal(left, (guide.restrict(torch.zeros(MINI.size)) == 0).numpy())
        if not left[token]:
            return False
        guide.take(token)
    return True


def test_after_a_dollar_sign_comes_an_amount_that_was_shown() -> None:
    order = shown(json.dumps({"items": [], "payment_history": [{"amount": 12.5}, {"amount": 128.99}]}))
    assert says("You paid $12.50, or ($128.99) for 13 items.", order)
    assert not says("You paid $12.51.", order)
    assert not says("You paid $1,250.", order)
    assert says("You paid $3 or so.")  # as long as nothing is known nothing is held against it


def test_what_is_calculated_are_amounts_that_were_shown() -> None:
    order = shown(json.dumps([{"amount": 12.5}, {"amount": 128.99}]))
    for expression in ("128.99 - 12.50", "12.50 + 128.99 * 2", "12.50"):
        assert accepts(call("calculate", expression=expression), order)
    for expression in ("128.99 - 12.51", "12.50 + 4916399467", "128.99 12.50", "12.50 +", "128.99) / 10"):
        assert not accepts(call("calculate", expression=expression), order)
    assert accepts(call("calculate", expression="17 * 230"))


def test_an_amount_is_forced_as_far_as_there_is_no_choice_and_text_goes_on_after_it() -> None:
    order = shown(json.dumps([{"amount": 12.5}, {"amount": 128.99}]))
    guide = GRAMMAR.guide(RETAIL, [IDENTIFIED, order])
    guide.take(MINI.encode("$")[0])
    assert MINI.decode(guide.forced()) == "12"
    for token in MINI.encode("12."):
        guide.take(token)
    assert MINI.decode(guide.forced()) == "50"
    for token in MINI.encode("50"):
        left = guide.left(MINI.size)
        assert (left[token], left.sum()) == (True, 1)
        guide.take(token)
    assert guide.matcher is None
    assert guide.forced() == []
    guide.take(MINI.special.call_open)
    assert guide.matcher is not None


def test_a_pause_is_nobodys_name() -> None:
    told = UserTurn(text="Hmm, so, it's 5 Elm Street, uh, Springtown, OK 12345.")
    turns = (IDENTIFIED, shown('{"user_id": "mei_kovacs_1234"}'), told, *agreed("your account gets the address at 12345"))
    cities = argument(call_schema(RETAIL, turns), "modify_user_address", "city")["enum"]
    assert "Springtown" in cities
    assert "5 Elm Street" in cities
    assert not {"Hmm", "so", "uh"} & set(cities)
    assert "OK" in argument(call_schema(RETAIL, turns), "modify_user_address", "state")["enum"]


def test_a_write_takes_the_items_that_were_proposed_all_of_them_and_no_other() -> None:
    turns = proposed("To confirm: you return the Desk Lamp and the Mug from order #W1234567. Is that right?")
    assert accepts(returned("2222222222", "1111111111"), *turns)
    assert not accepts(returned("2222222222"), *turns)
    assert not accepts(returned("1111111111", "2222222222"), *turns)
    one = proposed("To confirm: you return the Mug from order #W1234567. Is that right?")
    assert accepts(returned("1111111111"), *one)
    assert not accepts(returned("2222222222"), *one)


def test_where_a_proposal_leaves_the_items_open_a_write_takes_whatever_was_shown() -> None:
    turns = proposed("Shall I go ahead with the return?")
    assert accepts(returned("2222222222"), *turns)
    assert accepts(returned("1111111111", "2222222222"), *turns)


def test_without_a_proposal_nothing_is_written_nor_after_a_no() -> None:
    yes = proposed("To confirm: you return the Mug from order #W1234567. Is that right?")
    assert accepts(returned("1111111111"), *yes)
    for text in ("I have found your order #W1234567.", "Which items of order #W1234567 do you want to return?"):
        assert not accepts(returned("1111111111"), *proposed(text))
    for said in ("Nope. The lamp.", "Hang on, you've got that wrong.", "You know what, forget it.", "Send it to my office"):
        assert not accepts(returned("1111111111"), *yes[:-1], UserTurn(text=said))


# --- e-mails that were misheard ---------------------------------------------------------------------------------------


def emails(recognised: str, *later: Turn) -> list[str]:
    """The e-mails with which a customer can be looked up whose words the ear took for ``recognised``."""
    spoken = UserTurn(text="", audio=AudioRef(path="a", seconds=1.0, sample_rate=16_000))
    schema = call_schema(RETAIL, (spoken, *later), lambda ref: Recognition(recognised))
    assert schema is not None
    tools = {tool["properties"]["name"]["const"]: tool["properties"]["arguments"]["properties"] for tool in schema["anyOf"]}
    return tools["find_user_id_by_email"]["email"].get("enum", [])


@pytest.mark.parametrize(
    ("recognised", "meant"),
    [
        ("it's card.keiko8342@example.com", "carter.keiko8342@example.com"),
        ("My email is n Nielsen dot nikoo 6753 at post.example.org.", "nielsen.niko6753@post.example.org"),
        ("f-l-o-r-i-a-n underscore m-o-r-r-i-s 8493 at mail.example. dotcom", "florian_morris8493@mail.example.com"),
        ("javier.lund4165@ example. net", "javier.lund4165@example.net"),
    ],
)
def test_a_misheard_email_is_offered_as_those_of_known_names_that_it_may_have_been(recognised: str, meant: str) -> None:
    found = emails(recognised)
    assert meant in found
    assert len(found) <= 18
    assert all(email[-len(meant.partition("@")[2]) :] == meant.partition("@")[2] for email in found)


def test_an_email_that_was_heard_as_the_shop_knows_it_leaves_no_doubt() -> None:
    assert emails("look under laura.achebe2783@mail.example.com") == ["laura.achebe2783@mail.example.com"]


@pytest.mark.parametrize("heard", ["Email: lina cruz 4962 at example.com", "l-i-n-a-c-r-u-z 4962 at example dot com"])
def test_where_no_mark_was_heard_none_is_written_and_another_only_after_that_one_was_refused(heard: str) -> None:
    assert emails(heard) == ["linacruz4962@example.com"]
    asked = ToolCall(id="x", name="find_user_id_by_email", arguments={"email": "linacruz4962@example.com"})
    failed = ToolResult(call_id="x", name=asked.name, content="Error: no user has this e-mail address", is_error=True)
    later = emails(heard, AgentTurn(tool_calls=(asked,)), ToolTurn(results=(failed,)))
    assert later == ["lina.cruz4962@example.com", "lina_cruz4962@example.com"]


def test_an_email_of_a_host_that_the_shop_does_not_know_stays_as_it_was_heard() -> None:
    assert emails("my email is bob.miller1234@hotmail.fr") == ["bob.miller1234@hotmail.fr"]


def test_nobody_is_looked_up_by_an_email_before_one_was_given() -> None:
    assert "find_user_id_by_email" not in offered(UserTurn(text="Tell me a joke."))
    assert "find_user_id_by_email" in offered(UserTurn(text="I'm mei@example.com."))
    assert "find_user_id_by_email" in offered(UserTurn(text="It's mei dot kovacs 1234 at example dot com."))


def test_an_email_that_was_not_found_is_not_offered_again() -> None:
    wrong = "park.keiko8342@example.com"
    heard = "it's card.keiko8342@example.com"
    assert wrong in emails(heard)
    asked = ToolCall(id="x", name="find_user_id_by_email", arguments={"email": wrong})
    failed = ToolResult(call_id="x", name=asked.name, content="Error: no user has this e-mail address", is_error=True)
    assert wrong not in emails(heard, AgentTurn(tool_calls=(asked,)), ToolTurn(results=(failed,)))


# --- guards -----------------------------------------------------------------------------------------------------------


def can_write(text: str, guard: Guards, *turns: Turn) -> bool:
    """Whether a reply that is this call can be decoded under the guard."""
    guide = GRAMMAR.guide(RETAIL, turns, guard=guard)
    special = MINI.special
    for token in [special.call_open, *MINI.encode(text), special.call_close]:
        forced = guide.forced()
        if (forced and forced[0] != token) or (not forced and not guide.left(MINI.size)[token]):
            return False
        guide.take(token)
    return True


CANCELLED = call("cancel_pending_order", order_id="#W1234567", reason="no longer needed")
ASKING = (IDENTIFIED, UserTurn(text="Cancel order #W1234567."))


def test_off_lets_a_write_come_before_consent_and_even_a_call_that_cannot_be_read() -> None:
    assert can_write(CANCELLED, "off", *ASKING)
    assert can_write(CANCELLED, "off", UserTurn(text="Hi."))
    assert can_write('{"name": "cancel_pending', "off", *ASKING)
    guide = GRAMMAR.guide(RETAIL, ASKING, guard="off")
    assert guide.free
    assert guide.forced() == []
    guide.take(MINI.special.call_open)
    assert guide.forced() == []


def test_off_ends_a_reply_at_its_limit_and_leaves_an_open_call_some_room() -> None:
    guide = GRAMMAR.guide(RETAIL, ASKING, guard="off")
    guide.take(MINI.special.call_open)
    for token in MINI.encode("x" * 20):
        guide.take(token)
    assert not guide.is_full(10)
    guide.take(MINI.special.call_open)  # another inside it does not begin the count again
    for token in MINI.encode("x" * CALL_TOKENS):
        guide.take(token)
    assert guide.is_full(10)


def test_schema_lets_a_write_come_before_consent_but_only_with_what_was_said_or_shown() -> None:
    assert can_write(CANCELLED, "schema", *ASKING)
    assert can_write(CANCELLED, "schema", ASKING[1])  # before anybody was identified, too
    assert not can_write(call("cancel_pending_order", order_id="#W7654321", reason="no longer needed"), "schema", *ASKING)
    assert not can_write(call("cancel_pending_order", order_id="#W1234567", reason="why not"), "schema", *ASKING)
    assert not can_write('{"name": "drop_table", "arguments": {}}', "schema", *ASKING)


def test_schema_leaves_amounts_and_what_was_proposed_free() -> None:
    order = shown(json.dumps({"items": [], "payment_history": [{"amount": 12.5}]}))
    assert can_write(call("calculate", expression="99.99 + 1"), "schema", IDENTIFIED, order)
    assert GRAMMAR.guide(RETAIL, [order], guard="schema").amounts == ()
    turns = proposed("To confirm: you return the Mug from order #W1234567. Is that right?")
    assert can_write(returned("2222222222"), "schema", IDENTIFIED, *turns)


def test_policy_keeps_a_write_until_there_is_consent() -> None:
    assert not can_write(CANCELLED, "policy", *ASKING)
    assert can_write(CANCELLED, "policy", *ASKING, *agreed("I cancel order #W1234567"))
    turns = proposed("To confirm: you return the Mug from order #W1234567. Is that right?")
    assert not can_write(returned("2222222222"), "policy", IDENTIFIED, *turns)


@pytest.mark.parametrize("guard", ["off", "schema", "policy"])
def test_an_agent_decodes_under_the_guard_that_it_was_given(guard: Guards) -> None:
    loaded = tiny_loaded(hears=False, sampling=Sampling(max_new_tokens=30))
    opening = loaded.tokenizer.special.call_open
    bias = torch.zeros(loaded.tokenizer.size)
    bias[opening], bias[MINI.encode('"')[0]] = 1e4, 1e3  # the model wants to call whenever it may
    handle = loaded.thinker.lm_head.register_forward_hook(lambda _module, _inputs, logits: logits + bias)
    try:
        turn = OmniAgent(loaded, SHOP, guard=guard).reply(DIALOGUE[:1])
    finally:
        handle.remove()
    assert (turn.malformed is not None) == (guard == "off")
    assert bool(turn.tool_calls) == (guard != "off")
