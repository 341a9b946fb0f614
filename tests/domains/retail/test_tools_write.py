from collections.abc import Iterator
from typing import Any

import pytest

from tarl_app.domains.retail.models import Order, OrderItem, PaymentMethod, Variant
from tarl_app.domains.retail.world import world
from tarl_app.sandbox.environment import DatabaseEnvironment
from tests.domains.retail.retail_cases import (
    ADDRESS,
    RETAIL,
    an_order,
    answer,
    gift_card,
    has_plain_method,
    other_method,
    plain_method,
    refusal,
    replacement,
    run,
)


@pytest.fixture
def environment() -> Iterator[DatabaseEnvironment]:
    with RETAIL.open() as opened:
        yield opened


# --- pending orders -----------------------------------------------------------------------------------------------------


def test_cancelling_refunds_a_gift_card_at_once(environment):
    order = an_order("pending", lambda o: o.payments[0].payment_method_id.startswith("gift_card"))
    card, total = gift_card(order.user), order.payments[0].amount_cents
    assert card is not None
    details = answer(environment, "cancel_pending_order", order_id=order.order_id, reason="ordered by mistake")
    assert details["status"] == "cancelled"
    assert details["cancel_reason"] == "ordered by mistake"
    assert details["payment_history"][1] == {
        "transaction_type": "refund",
        "amount": total / 100,
        "payment_method_id": card.payment_method_id,
    }
    account = answer(environment, "get_user_details", user_id=order.user_id)
    assert account["payment_methods"][card.payment_method_id]["balance"] == ((card.balance_cents or 0) + total) / 100


def test_only_pending_orders_can_be_cancelled_and_only_for_two_reasons(environment):
    for status in ("processed", "delivered", "cancelled"):
        words = refusal(environment, "cancel_pending_order", order_id=an_order(status).order_id, reason="no longer needed")
        assert f"'{status}'" in words
    pending = an_order("pending").order_id
    words = refusal(environment, "cancel_pending_order", order_id=pending, reason="too expensive")
    assert "'no longer needed' or 'ordered by mistake'" in words


def test_the_address_of_a_pending_order_changes_and_the_default_stays(environment):
    order = an_order("pending")
    details = answer(environment, "modify_pending_order_address", order_id=order.order_id, **ADDRESS)
    assert details["address"] == ADDRESS
    assert {(c.table, c.key) for c in environment.changes()} == {("addresses", order.order_id)}
    assert "'delivered'" in refusal(
        environment, "modify_pending_order_address", order_id=an_order("delivered").order_id, **ADDRESS
    )


def test_an_incomplete_address_is_refused(environment):
    order_id = an_order("pending").order_id
    assert "five digits" in refusal(
        environment, "modify_pending_order_address", order_id=order_id, **{**ADDRESS, "zip": "1"}
    )
    assert "empty" in refusal(environment, "modify_pending_order_address", order_id=order_id, **{**ADDRESS, "city": " "})
    assert "city is missing" in refusal(
        environment, "modify_pending_order_address", order_id=order_id, address1="1 Elm Street"
    )


def test_items_of_a_pending_order_are_swapped_once_and_the_difference_is_booked(environment):
    order = an_order("pending", lambda o: len(o.items) > 1 and has_plain_method(o))
    item, method = order.items[0], plain_method(order)
    new = replacement(item)
    arguments = {"order_id": order.order_id, "payment_method_id": method}
    details = answer(
        environment, "modify_pending_order_items", item_ids=[item.item_id], new_item_ids=[new.item_id], **arguments
    )
    assert details["status"] == "pending (item modified)"
    assert details["items"][0] == {
        "name": item.variant.product.name,
        "product_id": new.product_id,
        "item_id": new.item_id,
        "price": new.price_cents / 100,
        "options": new.options,
    }
    cents = new.price_cents - item.price_cents
    booked = details["payment_history"][1]
    assert (booked["transaction_type"], booked["amount"]) == ("payment" if cents > 0 else "refund", abs(cents) / 100)
    second = order.items[1]
    swap = {"item_ids": [second.item_id], "new_item_ids": [replacement(second).item_id]}
    assert "item modified" in refusal(environment, "modify_pending_order_items", **swap, **arguments)
    assert "item modified" in refusal(
        environment, "cancel_pending_order", order_id=order.order_id, reason="no longer needed"
    )


def test_a_gift_card_pays_the_difference_at_once(environment):
    def dearer(order: Order) -> tuple[OrderItem, Variant] | None:
        card = gift_card(order.user)
        for item in order.items:
            for v in item.variant.product.variants:
                if card and v.available and 0 < v.price_cents - item.price_cents <= (card.balance_cents or 0):
                    return item, v
        return None

    order = an_order("pending", dearer)
    found, card = dearer(order), gift_card(order.user)
    assert found is not None
    assert card is not None
    assert card.balance_cents is not None
    item, new = found
    swap = {"item_ids": [item.item_id], "new_item_ids": [new.item_id], "payment_method_id": card.payment_method_id}
    answer(environment, "modify_pending_order_items", order_id=order.order_id, **swap)
    account = answer(environment, "get_user_details", user_id=order.user_id)
    left = card.balance_cents - new.price_cents + item.price_cents
    assert account["payment_methods"][card.payment_method_id]["balance"] == left / 100


def swap_tools() -> list[tuple[str, str]]:
    return [("modify_pending_order_items", "pending"), ("exchange_delivered_order_items", "delivered")]


@pytest.mark.parametrize(("tool", "status"), swap_tools())
def test_a_swap_that_breaks_a_rule_is_refused(environment, tool: str, status: str):
    order = an_order(
        status, lambda o: has_plain_method(o) and any(not v.available for v in o.items[0].variant.product.variants)
    )
    item, method = order.items[0], plain_method(order)
    good = replacement(item).item_id
    stranger = next(u for u in world().users.values() if u.user_id != order.user_id).payment_methods[0].payment_method_id
    other_product = next(v for v in world().variants.values() if v.product_id != item.variant.product_id)

    def refused(**changed: Any) -> str:
        base = {"order_id": order.order_id, "item_ids": [item.item_id], "new_item_ids": [good], "payment_method_id": method}
        return refusal(environment, tool, **{**base, **changed})

    assert "no such order" in refused(order_id="#W0000000")
    assert "'cancelled'" in refused(order_id=an_order("cancelled").order_id)
    assert "equally long" in refused(new_item_ids=[good, good])
    assert "not in the order" in refused(item_ids=[good])
    assert "that often" in refused(item_ids=[item.item_id, item.item_id], new_item_ids=[good, good])
    assert "not a variant of the product" in refused(new_item_ids=[other_product.item_id])
    assert "not a variant of the product" in refused(new_item_ids=["1"])
    assert "the same as the old one" in refused(new_item_ids=[item.item_id])
    assert "not available" in refused(new_item_ids=[replacement(item, available=False).item_id])
    assert "no such payment method" in refused(payment_method_id=stranger)
    assert "no such payment method" in refused(payment_method_id="gold")
    assert "at least 1 item" in refused(item_ids=[], new_item_ids=[])
    assert not run(
        environment, tool, order_id=order.order_id, item_ids=[item.item_id], new_item_ids=[good], payment_method_id=method
    ).is_error


@pytest.mark.parametrize(("tool", "status"), swap_tools())
def test_a_gift_card_must_cover_the_difference(environment, tool: str, status: str):
    def too_dear(order: Order) -> tuple[OrderItem, Variant] | None:
        card = gift_card(order.user)
        for item in order.items:
            for v in item.variant.product.variants:
                if card and v.available and v.price_cents - item.price_cents > (card.balance_cents or 0):
                    return item, v
        return None

    order = an_order(status, too_dear)
    found, card = too_dear(order), gift_card(order.user)
    assert found is not None
    assert card is not None
    item, new = found
    swap = {"item_ids": [item.item_id], "new_item_ids": [new.item_id], "payment_method_id": card.payment_method_id}
    assert "does not cover" in refusal(environment, tool, order_id=order.order_id, **swap)


def test_the_payment_of_a_pending_order_moves_once(environment):
    order = an_order("pending", lambda o: other_method(o, "credit_card") or other_method(o, "paypal"))
    new = other_method(order, "credit_card") or other_method(order, "paypal")
    assert new is not None
    paid = order.payments[0]
    details = answer(
        environment, "modify_pending_order_payment", order_id=order.order_id, payment_method_id=new.payment_method_id
    )
    moved = [(p["transaction_type"], p["amount"], p["payment_method_id"]) for p in details["payment_history"][1:]]
    amount = paid.amount_cents / 100
    assert moved == [("payment", amount, new.payment_method_id), ("refund", amount, paid.payment_method_id)]
    assert details["status"] == "pending"
    back = {"order_id": order.order_id, "payment_method_id": paid.payment_method_id}
    assert "already been changed" in refusal(environment, "modify_pending_order_payment", **back)
    # Cancelling afterwards refunds what is still paid, and only that.
    cancelled = answer(environment, "cancel_pending_order", order_id=order.order_id, reason="no longer needed")
    last = cancelled["payment_history"][3:]
    assert [(p["transaction_type"], p["payment_method_id"]) for p in last] == [("refund", new.payment_method_id)]


def test_the_same_or_a_poor_payment_method_is_refused(environment):
    order = an_order("pending")
    same = order.payments[0].payment_method_id
    assert "already paid with" in refusal(
        environment, "modify_pending_order_payment", order_id=order.order_id, payment_method_id=same
    )

    def poor(order: Order) -> bool:
        card = other_method(order, "gift_card")
        return card is not None and (card.balance_cents or 0) < order.payments[0].amount_cents

    order = an_order("pending", poor)
    card = other_method(order, "gift_card")
    assert card is not None
    assert "does not cover" in refusal(
        environment, "modify_pending_order_payment", order_id=order.order_id, payment_method_id=card.payment_method_id
    )


# --- delivered orders and accounts --------------------------------------------------------------------------------------


def test_a_return_names_its_items_and_refund_and_happens_once(environment):
    order = an_order("delivered", lambda o: len(o.items) > 1)
    method = order.payments[0].payment_method_id
    arguments = {"order_id": order.order_id, "payment_method_id": method}
    details = answer(environment, "return_delivered_order_items", item_ids=[order.items[1].item_id], **arguments)
    assert details["status"] == "return requested"
    assert details["return_items"] == [order.items[1].item_id]
    assert details["return_payment_method_id"] == method
    assert len(details["payment_history"]) == 1
    assert "return requested" in refusal(
        environment, "return_delivered_order_items", item_ids=[order.items[0].item_id], **arguments
    )


def test_a_return_is_refunded_to_the_original_method_or_a_gift_card_only(environment):
    def odd(order: Order) -> PaymentMethod | None:
        return other_method(order, "credit_card") or other_method(order, "paypal")

    order = an_order("delivered", odd)
    method = odd(order)
    assert method is not None
    arguments = {"order_id": order.order_id, "item_ids": [order.items[0].item_id]}
    words = refusal(environment, "return_delivered_order_items", payment_method_id=method.payment_method_id, **arguments)
    assert "original payment method or to a gift card" in words
    order = an_order("delivered", lambda o: other_method(o, "gift_card"))
    card = other_method(order, "gift_card")
    assert card is not None
    arguments = {"order_id": order.order_id, "item_ids": [order.items[0].item_id]}
    assert not run(
        environment, "return_delivered_order_items", payment_method_id=card.payment_method_id, **arguments
    ).is_error


def test_a_return_of_what_is_not_there_is_refused(environment):
    order = an_order("delivered")
    method = order.payments[0].payment_method_id
    arguments = {"order_id": order.order_id, "payment_method_id": method}
    assert "not in the order" in refusal(environment, "return_delivered_order_items", item_ids=["1"], **arguments)
    twice = [order.items[0].item_id] * 2
    assert "that often" in refusal(environment, "return_delivered_order_items", item_ids=twice, **arguments)
    pending = an_order("pending")
    assert "'pending'" in refusal(
        environment,
        "return_delivered_order_items",
        order_id=pending.order_id,
        item_ids=[pending.items[0].item_id],
        payment_method_id=pending.payments[0].payment_method_id,
    )


def test_an_exchange_is_requested_with_its_price_difference(environment):
    order = an_order("delivered", lambda o: len(o.items) > 1 and has_plain_method(o))
    pairs = [(item.item_id, replacement(item)) for item in order.items[:2]]
    details = answer(
        environment,
        "exchange_delivered_order_items",
        order_id=order.order_id,
        item_ids=[old for old, _ in pairs],
        new_item_ids=[new.item_id for _, new in pairs],
        payment_method_id=plain_method(order),
    )
    assert details["status"] == "exchange requested"
    assert details["exchange_items"] == sorted(old for old, _ in pairs)
    assert details["exchange_new_items"] == sorted(new.item_id for _, new in pairs)
    assert details["exchange_payment_method_id"] == plain_method(order)
    cents = sum(new.price_cents for _, new in pairs) - sum(item.price_cents for item in order.items[:2])
    assert details["exchange_price_difference"] == cents / 100
    assert [i["item_id"] for i in details["items"]] == [i.item_id for i in order.items]


def test_the_default_address_changes_and_orders_keep_theirs(environment):
    user = next(iter(world().users.values()))
    details = answer(environment, "modify_user_address", user_id=user.user_id, **{**ADDRESS, "address1": " 12  Elm Street "})
    assert details["address"] == ADDRESS
    assert {(c.table, c.key) for c in environment.changes()} == {("addresses", user.user_id)}
    assert "no such user" in refusal(environment, "modify_user_address", user_id="nobody_1", **ADDRESS)
