"""What the scripted customer notices in a proposal that is read back."""

import pytest

from tarl_app.core.types import AgentTurn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.goals import Address, Choice, ShopGoal
from tarl_app.domains.retail.user.checks import mismatches
from tarl_app.domains.retail.user.reading import read
from tarl_app.users import reading
from tarl_app.users.llm_checks import too_soon

RETAIL = load_domain("retail")


def noticed(said: str, goal: ShopGoal) -> list[str]:
    return [found.what for found in mismatches(read(said), goal, fall_back=False)]


def swap(product: str, **options: str) -> ShopGoal:
    choice = Choice(item_id="1", product=product, options={}, new_item_id="2", new_options=options)
    return ShopGoal(kind="exchange_items", order_id="#W1300452", choices=(choice,))


@pytest.mark.parametrize(
    ("product", "option", "value", "other"),
    [
        ("Jigsaw Puzzle", "pieces", "3", "8"),  # a digit that order number and price have, too
        ("Bicycle Helmet", "visor", "yes", "no"),
        ("Bicycle Helmet", "visor", "no", "yes"),
        ("Luggage Set", "size", "large", "extra small"),
        ("Desk Lamp", "battery", "8 hours", "12 hours"),
    ],
)
def test_another_value_than_the_wanted_one_is_noticed(product: str, option: str, value: str, other: str) -> None:
    said = "To confirm: you exchange the {} from order #W1300452 for one with {} {}, and $8.30 more is charged. Right?"
    goal = swap(product, **{option: value})
    assert noticed(said.format(product, option, other), goal) == ["new"]
    assert noticed(said.format(product, option, value), goal) == []


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("visor", "yes", "with a visor"),
        ("length", "2 meters", "that is 2-meter long"),
        ("battery", "8 hours", "with an 8-hour battery"),
        ("type", "full length", "full-length"),
        ("pieces", "2000", "(2000 pieces)"),
        ("material", "glass", "of glass."),
    ],
)
def test_the_same_value_in_other_words_is_no_mistake(option: str, value: str, words: str) -> None:
    said = f"You exchange the Umbrella from order #W1300452 for one {words} Shall I go ahead?"
    assert noticed(said, swap("Umbrella", **{option: value})) == []


@pytest.mark.parametrize(("house", "found"), [("1202", []), ("1220", ["address"]), ("120", ["address"])])
def test_another_house_number_is_noticed(house: str, found: list[str]) -> None:
    place = Address(address1="1202 Foxglove Avenue", city="Sacramento", state="CA", country="USA", zip="95848")
    goal = ShopGoal(kind="modify_order_address", order_id="#W1300452", address=place)
    said = f"To confirm: order #W1300452 goes to {house} Foxglove Avenue, Sacramento, CA 95848, USA. Is that right?"
    assert noticed(said, goal) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("1202 Foxglove Avenue, Apt 6, Sacramento, CA 95848", []),
        ("1202 Foxglove Ave., Unit 6, Sacramento, CA 95848", []),
        ("1202 Foxwood Avenue, Apt 6, Sacramento, CA 95848", ["address"]),
        ("1202 Foxglove Avenue, Apt 66, Sacramento, CA 95848", ["address"]),
        ("1202 Foxglove Avenue, Sacramento, CA 95848", ["address"]),
        ("1202 Foxglove Avenue, Apt 6, San Diego, CA 95848", ["address"]),
    ],
)
def test_another_street_apartment_or_city_is_noticed(said: str, found: list[str]) -> None:
    place = Address(
        address1="1202 Foxglove Avenue", address2="Apt 6", city="Sacramento", state="CA", country="USA", zip="95848"
    )
    goal = ShopGoal(kind="modify_order_address", order_id="#W1300452", address=place)
    assert noticed(f"To confirm: order #W1300452 goes to {said}. Is that right?", goal) == found


def test_that_only_orders_of_one_status_can_be_changed_is_a_refusal_by_the_shops_own_words():
    told = "Only delivered orders qualify."
    assert read(told).refuses
    assert not reading.read(told).refuses
    task = next(task for task in RETAIL.tasks("dev") if any(RETAIL.writes(call.name) for call in task.gold))
    turns = [UserTurn(text="Please cancel it."), AgentTurn(text=told), UserTurn(text="Please!"), AgentTurn(text=told)]
    assert "not been done" in too_soon(task, RETAIL, turns[:2])
    assert not too_soon(task, RETAIL, turns)
