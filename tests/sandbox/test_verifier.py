from typing import Any

import pytest

from tarl_app.core.types import AgentTurn, Check, Episode, Goal, Task, ToldFact, ToolCall, ToolTurn, Turn, UserTurn, Verdict
from tarl_app.domains import load_domain
from tarl_app.domains.retail.models import Order
from tarl_app.domains.retail.world import world
from tarl_app.sandbox.verifier import verify

RETAIL = load_domain("retail")
ADDRESS = {
    "address1": "12 Elm Street",
    "address2": "Apt 4",
    "city": "Austin",
    "state": "TX",
    "country": "USA",
    "zip": "78701",
}


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(id="1", name=name, arguments=arguments)


def an_order(status: str, items: int = 1) -> Order:
    return next(o for o in world().orders.values() if o.status == status and len(o.items) >= items)


PENDING, DELIVERED = an_order("pending"), an_order("delivered", items=2)
OTHER = next(o for o in world().orders.values() if o.status == "pending" and o.user_id != PENDING.user_id)
TOTAL = PENDING.payments[0].amount_cents
SUM = ToldFact(label=f"total of order {PENDING.order_id}", kind="money", value=f"{TOTAL / 100:.2f}")
LOOK = call("get_order_details", order_id=PENDING.order_id)
CANCEL = call("cancel_pending_order", order_id=PENDING.order_id, reason="no longer needed")
TRANSFER = call("transfer_to_human_agents", summary="a broken parcel")
READDRESS = call("modify_pending_order_address", order_id=PENDING.order_id, **ADDRESS)
RETURN = call(
    "return_delivered_order_items",
    order_id=DELIVERED.order_id,
    item_ids=[item.item_id for item in DELIVERED.items[:2]],
    payment_method_id=DELIVERED.payments[0].payment_method_id,
)


def task(*gold: ToolCall, **fields: Any) -> Task:
    return Task(id="t", domain="retail", split="test", kind="any", instruction="...", gold=gold, **fields)


def episode(of: Task, *did: ToolCall | str) -> Episode:
    """What happens when an agent makes these calls and says these texts."""
    turns: list[Turn] = [UserTurn(text="Hello")]
    with RETAIL.open() as environment:
        for one in did:
            if isinstance(one, str):
                turns.append(AgentTurn(text=one))
            else:
                turns += [AgentTurn(tool_calls=(one,)), ToolTurn(results=(environment.call(one),))]
    return Episode(id="e", task=of, agent="a", user="u", turns=tuple(turns))


def verdict(of: Task, *did: ToolCall | str) -> Verdict:
    return verify(episode(of, *did), RETAIL)


def failed(found: Verdict) -> list[Check]:
    assert not found.passed
    return [check for check in found.checks if not check.passed]


def words(found: Verdict) -> str:
    return " ".join(check.detail for check in failed(found))


# --- writes -------------------------------------------------------------------------------------------------------------


def test_exactly_the_gold_writes_pass_with_any_look_ups_between():
    found = verdict(task(LOOK, CANCEL), call("list_all_product_types"), CANCEL, LOOK)
    assert found.passed
    assert all(check.detail == "" for check in found.checks)
    assert f"The order {PENDING.order_id}: cancelled" in [c.name for c in found.checks]
    assert ("orders", "status", "cancelled") in {(c.table, c.column, c.after) for c in found.changes}


def test_a_task_stored_when_goals_were_called_wishes_is_read_with_its_goals():
    now = task(LOOK).model_copy(update={"goals": (Goal(kind="lookup", question="How much was it?"),)})
    stored = now.model_dump(mode="json")
    assert Task.model_validate({**stored, "wishes": stored.pop("goals")}) == now


def test_a_verdict_needs_nothing_but_the_episodes_json():
    made = episode(task(LOOK, CANCEL), LOOK, CANCEL)
    assert verify(Episode.model_validate_json(made.model_dump_json()), RETAIL) == verify(made, RETAIL)


def test_a_missing_write_fails_in_words():
    found = verdict(task(LOOK, CANCEL), LOOK)
    assert f"The order {PENDING.order_id} was not cancelled" in words(found)
    assert "status: unchanged instead of 'cancelled'" in words(found)
    assert found.changes == ()


def test_a_write_that_nobody_asked_for_fails_in_words():
    extra = call("cancel_pending_order", order_id=OTHER.order_id, reason="no longer needed")
    found = verdict(task(LOOK, CANCEL), CANCEL, extra)
    expected = f'The order {OTHER.order_id} was cancelled (reason: "no longer needed") although nobody asked for it.'
    assert expected in [c.detail for c in failed(found)]


def test_a_forbidden_write_fails_as_forbidden():
    found = verdict(task(LOOK, must_tell=(SUM,), must_not=("cancel_pending_order",)), LOOK, f"${SUM.value}", CANCEL)
    assert "although the rules forbid it here" in words(found)


def test_a_write_with_another_argument_is_named_as_done_otherwise():
    wrong = call("cancel_pending_order", order_id=PENDING.order_id, reason="ordered by mistake")
    found = verdict(task(LOOK, CANCEL), wrong)
    assert 'cancelled (reason: "ordered by mistake"). It should have been: cancelled (reason: "no longer needed")' in words(
        found
    )
    assert "nobody asked" not in words(found)
    bare = call("cancel_pending_order", order_id=PENDING.order_id[1:], reason="ordered by mistake")
    assert words(verdict(task(LOOK, CANCEL), bare)) == words(found)


def test_a_write_done_twice_fails():
    found = verdict(task(LOOK, READDRESS), READDRESS, READDRESS)
    assert "more often than it was asked for" in words(found)


def test_a_refused_write_does_not_count():
    refused = call("cancel_pending_order", order_id=DELIVERED.order_id, reason="no longer needed")
    assert verdict(task(LOOK, CANCEL), refused, CANCEL).passed


def test_the_order_of_writes_and_of_items_does_not_matter():
    both = task(CANCEL, RETURN)
    turned = call(RETURN.name, **{**RETURN.arguments, "item_ids": RETURN.arguments["item_ids"][::-1]})
    assert verdict(both, turned, CANCEL).passed


def test_an_order_id_without_its_sign_is_the_same_order():
    bare = call("cancel_pending_order", order_id=PENDING.order_id[1:].lower(), reason="no longer needed")
    assert verdict(task(CANCEL), bare).passed


@pytest.mark.parametrize(
    "changed",
    [
        {"address1": " 12 elm  STREET "},
        {"address1": "12 Elm St."},
        {"address2": "apartment 4", "city": "austin"},
        {"country": "United States", "state": "tx"},
        {"country": "U.S.A."},
        {"zip": "7 8701"},
    ],
)
def test_the_same_address_spelled_otherwise_passes(changed: dict[str, str]):
    found = verdict(task(READDRESS), call(READDRESS.name, **{**READDRESS.arguments, **changed}))
    assert found.passed, words(found)


@pytest.mark.parametrize("changed", [{"address1": "21 Elm Street"}, {"address2": ""}, {"zip": "78702"}, {"city": "Houston"}])
def test_another_address_fails(changed: dict[str, str]):
    found = verdict(task(READDRESS), call(READDRESS.name, **{**READDRESS.arguments, **changed}))
    assert "It should have been: changed to 12 Elm Street" in words(found)


def test_items_swapped_with_each_others_replacements_fail():
    order = next(
        o
        for o in world().orders.values()
        if o.status == "delivered"
        and len({i.variant.product_id for i in o.items}) < len(o.items)
        and any(m.source != "gift_card" for m in o.user.payment_methods)
    )
    first = next(i for i in order.items if sum(j.variant.product_id == i.variant.product_id for j in order.items) > 1)
    second = next(j for j in order.items if j is not first and j.variant.product_id == first.variant.product_id)
    taken = {first.item_id, second.item_id}
    new = [v.item_id for v in first.variant.product.variants if v.available and v.item_id not in taken][:2]
    method = next(m.payment_method_id for m in order.user.payment_methods if m.source != "gift_card")
    swap = {"order_id": order.order_id, "item_ids": [first.item_id, second.item_id], "payment_method_id": method}
    gold = call("exchange_delivered_order_items", new_item_ids=new, **swap)
    crossed = call("exchange_delivered_order_items", new_item_ids=new[::-1], **swap)
    turned = call("exchange_delivered_order_items", new_item_ids=new[::-1], **{**swap, "item_ids": swap["item_ids"][::-1]})
    assert verdict(task(gold), turned).passed
    assert f"{first.item_id}" in words(verdict(task(gold), crossed))


def test_a_task_whose_own_write_is_refused_cannot_be_passed():
    wrong = call("cancel_pending_order", order_id=DELIVERED.order_id, reason="no longer needed")
    assert "Its own call of cancel_pending_order is refused" in words(verdict(task(wrong)))


# --- the record ---------------------------------------------------------------------------------------------------------


def test_a_recorded_answer_that_cannot_be_repeated_fails():
    made = episode(task(LOOK, must_tell=(SUM,)), LOOK, f"It is ${SUM.value}")
    assert verify(made, RETAIL).passed
    turn = made.turns[2]
    assert isinstance(turn, ToolTurn)
    forged = turn.model_copy(update={"results": (turn.results[0].model_copy(update={"content": "{}"}),)})
    turns = (*made.turns[:2], forged, *made.turns[3:])
    found = verify(made.model_copy(update={"turns": turns}), RETAIL)
    assert "cannot be repeated" in words(found)


def test_a_claimed_success_that_is_in_truth_refused_does_not_count():
    made = episode(task(CANCEL), call("cancel_pending_order", order_id="#W0000000", reason="no longer needed"))
    turn = made.turns[2]
    assert isinstance(turn, ToolTurn)
    forged = turn.model_copy(update={"results": (turn.results[0].model_copy(update={"is_error": False}),)})
    found = verify(made.model_copy(update={"turns": (*made.turns[:2], forged)}), RETAIL)
    assert "cannot be repeated" in words(found)
    assert "was not cancelled" in words(found)


# --- what was said ------------------------------------------------------------------------------------------------------


def test_a_fact_must_be_told():
    asked = task(LOOK, must_tell=(SUM,))
    assert verdict(asked, LOOK, f"You paid ${TOTAL / 100:,.2f} in total.").passed
    assert "never told" in words(verdict(asked, LOOK, "You paid a lot."))
    assert "never told" in words(verdict(asked, LOOK, f"You paid $1{SUM.value}."))
    assert "never told" in words(verdict(asked, LOOK))


def test_a_fact_counts_only_after_a_look_up():
    asked = task(LOOK, must_tell=(SUM,))
    assert not verdict(asked, f"It is ${SUM.value}.").passed
    assert not verdict(asked, f"It is ${SUM.value}.", LOOK).passed
    refused = call("get_order_details", order_id="#W0000000")
    assert not verdict(asked, refused, f"It is ${SUM.value}.").passed
    assert not verdict(asked, call("think", thought=SUM.value), f"It is ${SUM.value}.").passed


def test_what_the_user_says_or_a_tool_answers_is_not_told():
    made = episode(task(LOOK, must_tell=(SUM,)), LOOK)
    said = made.model_copy(update={"turns": (*made.turns, UserTurn(text=f"Is it ${SUM.value}?"))})
    assert not verify(said, RETAIL).passed


# --- transfers ----------------------------------------------------------------------------------------------------------


def test_a_transfer_that_must_happen_must_happen():
    needed = task(LOOK, TRANSFER, must_transfer=True)
    assert verdict(needed, LOOK, TRANSFER).passed
    assert "was not handed to a person" in words(verdict(needed, LOOK))
    said = "I am transferring you to a person."
    assert not verdict(needed, LOOK, said).passed


def test_an_unneeded_transfer_fails():
    found = verdict(task(LOOK, CANCEL), LOOK, CANCEL, TRANSFER)
    assert [c.detail for c in failed(found)] == ["The customer was handed to a person although this could be settled here."]


def test_doing_nothing_passes_nothing():
    tasks = [task(CANCEL), task(LOOK, must_tell=(SUM,)), task(LOOK, TRANSFER, must_transfer=True), task(LOOK), task()]
    for one in tasks:
        assert not verdict(one).passed
    assert verdict(task(LOOK), LOOK).passed
    assert "get_order_details" in words(verdict(task(LOOK), "Hello"))


# --- the words ----------------------------------------------------------------------------------------------------------


def test_every_deed_is_told_as_a_sentence_about_its_order_or_account():
    swap = {"item_ids": [DELIVERED.items[0].item_id], "new_item_ids": ["1"], "payment_method_id": "paypal_1"}
    told = [
        (call("cancel_pending_order", order_id="#W1", reason="x"), "The order #W1 was cancelled"),
        (call("return_delivered_order_items", order_id="#W1", item_ids=["5"]), "Items of order #W1 were returned"),
        (call("exchange_delivered_order_items", order_id="#W1", **swap), "Items of order #W1 were exchanged"),
        (call("modify_pending_order_items", order_id="#W1", **swap), "Items of order #W1 were swapped before shipping"),
        (
            call("modify_pending_order_payment", order_id="#W1", payment_method_id="p"),
            "The payment of order #W1 was changed to p",
        ),
        (call("modify_pending_order_address", order_id="#W1", **ADDRESS), "The address of order #W1 was changed to 12 Elm"),
        (call("modify_user_address", user_id="a_b_1", **ADDRESS), "The default address of a_b_1 was changed to 12 Elm"),
        (call("drop_tables", hard=True), "The tool drop_tables was called"),
    ]
    for one, sentence in told:
        assert RETAIL.describe(one).done.startswith(sentence)
    assert DELIVERED.items[0].variant.product.name in RETAIL.describe(call("exchange_delivered_order_items", **swap)).done
