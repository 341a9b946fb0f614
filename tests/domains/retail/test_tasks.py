import hashlib
import re
import subprocess
import sys
from collections import Counter
from decimal import Decimal

import pytest

from tarl_app.core.errors import DomainError
from tarl_app.core.types import Task
from tarl_app.domains import free_task, get_task, load_domain
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.tasks import customers, tasks
from tarl_app.domains.retail.tasks.calls import KINDS
from tarl_app.domains.retail.tasks.market import market
from tarl_app.domains.retail.tasks.plan import PLAN
from tarl_app.sandbox.tasks import TaskGenerator

SIZES = {"train": 1600, "dev": 60, "test": 115}
SPLITS = tuple(SIZES)
EVERY = [task for split in SPLITS for task in tasks(split)]
CASES = {variant.item_id: variant for product in market().products for variant in product.variants}


def goals_of(task: Task) -> list[ShopGoal]:
    return [one for goal in ShopGoal.all_of(task.goals) for one in goal.chain]


def writes_of(task: Task) -> list[str]:
    domain = load_domain("retail")
    return [call.name for call in task.gold if domain.writes(call.name)]


# --- splits ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", SPLITS)
def test_a_split_has_its_size_and_unique_ids_that_name_it(split):
    made = tasks(split)
    assert len(made) == SIZES[split]
    assert len({task.id for task in made}) == len(made)
    assert all(task.id.startswith(f"retail-{split}-") and task.split == split and task.domain == "retail" for task in made)


def test_no_customer_is_in_two_splits():
    users = {split: {task.user_id for task in tasks(split)} for split in SPLITS}
    assert not users["train"] & users["dev"]
    assert not users["train"] & users["test"]
    assert not users["dev"] & users["test"]


def test_no_order_is_in_two_splits_not_even_a_foreign_one():
    def orders(split: str) -> set[str]:
        return {call.arguments["order_id"] for task in tasks(split) for call in task.gold if "order_id" in call.arguments}

    assert not orders("train") & orders("test")
    assert not orders("train") & orders("dev")
    assert not orders("dev") & orders("test")


def test_every_customer_of_the_shop_belongs_to_one_split_at_most():
    ids = [customer.id for split in SPLITS for customer in customers(split)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("split", SPLITS)
def test_every_kind_is_in_every_split_in_the_same_mixture(split):
    counts = Counter(task.kind for task in tasks(split))
    total = sum(kind.share for kind in KINDS)
    for kind in KINDS:
        assert counts[kind.name] >= 1
        assert abs(counts[kind.name] / SIZES[split] - kind.share / total) < 1 / SIZES[split] + 1e-9


@pytest.mark.parametrize("split", SPLITS)
def test_nearly_half_of_a_split_is_one_plain_wish_about_a_known_order(split):
    def plain(task: Task) -> bool:
        goal = ShopGoal.of(task.goals[0])
        simple = goal.kind in ("cancel_order", "return_items") or (goal.kind == "lookup" and goal.order_id is not None)
        return simple and len(goals_of(task)) == 1 and goal.knows_order_id

    assert 0.4 < sum(map(plain, tasks(split))) / SIZES[split] < 0.55


@pytest.mark.parametrize("split", SPLITS)
def test_no_two_tasks_of_a_split_ask_one_customer_for_the_same(split):
    marks = [(task.user_id, repr(task.gold), task.must_tell) for task in tasks(split)]
    assert len(marks) == len(set(marks))


def test_train_covers_every_question_refusal_and_transfer():
    topics = {goal.topic for task in tasks("train") for goal in goals_of(task) if goal.topic}
    assert topics >= {"order_status", "order_total", "tracking", "item_price", "paid_with", "gift_card_balance"}
    assert topics >= {"cheapest_variant", "available_count", "variant_price"}
    assert topics >= {"cancel_shipped", "return_undelivered", "other_product", "sold_out", "foreign_order", "foreign_refund"}
    assert topics >= {"bad_reason", "partial_cancel", "shipped_address", "small_gift_card", "second_modification"}
    assert topics >= {"damaged", "missing_parcel", "wrong_item", "repair", "change_email", "bulk_purchase", "close_account"}


def test_an_unknown_split_is_refused():
    with pytest.raises(DomainError, match="no split 'exam'"):
        tasks("exam")  # pyright: ignore[reportArgumentType]


# --- the same everywhere --------------------------------------------------------------------------------------------------

DIGEST = (
    "import hashlib; from tarl_app.domains.retail.tasks import tasks;"
    "print(hashlib.sha256(''.join(t.model_dump_json() for t in tasks('test')).encode()).hexdigest())"
)


def test_another_process_with_another_hash_seed_writes_the_same_tasks():
    here = hashlib.sha256("".join(task.model_dump_json() for task in tasks("test")).encode()).hexdigest()
    there = subprocess.run(
        [sys.executable, "-c", DIGEST], env={"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here


def test_a_split_does_not_depend_on_which_was_made_first():
    assert TaskGenerator(PLAN).tasks("dev") == tasks("dev")


# --- what a task says -----------------------------------------------------------------------------------------------------


def test_the_instruction_names_the_customer_and_every_fact_that_identifies_them():
    for task in EVERY:
        assert f"{task.facts['first_name']} {task.facts['last_name']}" in task.instruction
        for fact in ("email", "zip", "user_id"):
            if fact in task.facts:
                assert task.facts[fact] in task.instruction


def test_the_customer_can_prove_who_they_are_in_the_way_they_prefer():
    for task in EVERY:
        assert ("email" if task.persona.authenticates_by == "email" else "zip") in task.facts
        assert set(task.persona.misremembers) <= set(task.facts)


def test_an_order_number_is_in_the_instruction_exactly_if_the_user_knows_it():
    for task in EVERY:
        for goal in goals_of(task):
            if goal.order_id:
                assert (goal.order_id in task.instruction) == goal.knows_order_id


def test_a_user_without_the_order_number_remembers_an_item_that_no_other_order_of_theirs_has():
    owners = {customer.id: customer for customer in market().customers}
    seen = 0
    for task in EVERY:
        for goal in goals_of(task):
            if goal.knows_order_id or not goal.order_id:
                continue
            seen += 1
            product = goal.choices[0].product
            having = [o.id for o in owners[task.user_id].orders if any(line.product == product for line in o.lines)]
            assert having == [goal.order_id]
            assert product in task.instruction
    assert seen > 30


def test_prose_has_no_gaps_and_no_unfilled_places():
    for task in EVERY:
        said = [task.instruction, *(goal.question or "" for goal in goals_of(task))]
        assert not any("{" in text or "}" in text or "  " in text or "None" in text for text in said)
        assert task.instruction.endswith((".", "?", '"'))


def test_instructions_are_worded_in_many_ways():
    skeletons = Counter(re.sub(r"\S*[0-9@]\S*|\b[A-Z]\w*", "_", task.instruction) for task in tasks("train"))
    assert len(skeletons) > 900


def test_every_wish_has_a_sentence_in_the_users_own_words():
    assert all(goal.question and goal.question[-1] in ".?" for task in EVERY for goal in goals_of(task))


def test_a_refused_or_transferred_wish_says_why_and_a_look_up_what_to_tell():
    for task in EVERY:
        for goal in goals_of(task):
            assert bool(goal.why) == (goal.expect != "done")
            assert bool(goal.tell) == (goal.kind == "lookup")


def test_a_refusal_or_change_of_mind_leads_to_something_that_can_be_verified():
    for task in EVERY:
        for goal in goals_of(task):
            if goal.expect == "refused" or goal.changes_mind:
                assert goal.instead is not None
                assert task.must_not
        assert task.must_tell or writes_of(task)


def test_a_transfer_is_never_all_that_is_asked_for():
    transferred = [task for task in EVERY if task.must_transfer]
    assert transferred
    assert all(len(task.goals) == 2 and (task.must_tell or writes_of(task)) for task in transferred)
    assert all(task.gold[-1].name == "transfer_to_human_agents" for task in transferred)


def test_the_new_variant_is_in_stock_differs_by_the_named_options_alone_and_the_first_wish_is_sold_out():
    fall_backs = 0
    for task in EVERY:
        for goal in goals_of(task):
            for choice in goal.choices:
                if choice.new_item_id is None or goal.expect == "refused":
                    continue
                assert CASES[choice.new_item_id].available
                assert CASES[choice.new_item_id].options == {**choice.options, **choice.new_options}
                if choice.first_item_id is not None:
                    fall_backs += 1
                    assert not CASES[choice.first_item_id].available
                    assert CASES[choice.first_item_id].options == {**choice.options, **choice.first_options}
    assert fall_backs > 30


def test_the_writes_of_the_wishes_that_shall_be_done_are_the_gold_writes():
    tools = {
        "cancel_order": "cancel_pending_order",
        "return_items": "return_delivered_order_items",
        "exchange_items": "exchange_delivered_order_items",
        "modify_items": "modify_pending_order_items",
        "modify_payment": "modify_pending_order_payment",
        "modify_order_address": "modify_pending_order_address",
        "modify_user_address": "modify_user_address",
    }
    for task in EVERY:
        done = [w for w in goals_of(task) if w.expect == "done" and not w.changes_mind and w.kind != "lookup"]
        assert writes_of(task) == [tools[goal.kind] for goal in done]


def test_gold_starts_by_authenticating_the_customer():
    for task in EVERY:
        by = "find_user_id_by_email" if task.persona.authenticates_by == "email" else "find_user_id_by_name_zip"
        assert task.gold[0].name == by


# --- by id, and free talk -------------------------------------------------------------------------------------------------


def test_a_task_is_found_by_its_id():
    assert get_task("retail", "retail-test-017") is tasks("test")[17]
    assert get_task("retail", "retail-free-3") == free_task("retail", 3)


@pytest.mark.parametrize(
    "task_id", ["", "retail", "retail-test-115", "retail-exam-001", "retail-free-x", "retail-free-²", "test-1"]
)
def test_an_id_that_no_task_has_is_refused(task_id):
    with pytest.raises(DomainError):
        get_task("retail", task_id)


def test_an_unknown_domain_is_refused():
    with pytest.raises(DomainError):
        free_task("library")


@pytest.mark.parametrize("seed", range(5))
def test_free_talk_gives_a_customer_to_play_and_nothing_to_verify(seed):
    task = free_task("retail", seed)
    customer = next(c for c in market().customers if c.id == task.user_id)
    assert not task.verifiable
    assert not task.gold
    assert task == free_task("retail", seed)
    assert task.facts["email"] == customer.email
    assert task.facts["zip"] == customer.address.zip
    assert "You could" in task.instruction


def test_money_to_tell_is_in_dollars_and_cents():
    amounts = [fact.value for task in EVERY for fact in task.must_tell if fact.kind == "money"]
    assert amounts
    assert all(Decimal(value) > 0 and len(value.split(".")[1]) == 2 for value in amounts)
