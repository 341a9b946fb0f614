"""Tasks are written from what a domain declares: here a kiosk with ten customers who ask for prices or buy."""

from collections import Counter
from dataclasses import dataclass, replace

import pytest

from tarl_app.core.errors import DomainError
from tarl_app.core.goals import DetailedGoal
from tarl_app.core.types import Persona, ToldFact
from tarl_app.sandbox.tasks import Caller, TaskGenerator, TaskPlan
from tarl_app.sandbox.tasks.draft import Part, Scene, followed_by, given_up
from tarl_app.sandbox.tasks.kinds import Kind, several, single
from tarl_app.sandbox.tasks.prose import Prose

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class Guest:
    id: str


class KioskGoal(DetailedGoal):
    paper: str = ""
    instead: "KioskGoal | None" = None


GUESTS = tuple(Guest(f"G{n}") for n in range(10))


def price(scene):
    paper = scene.pick("Times", "Herald", "Post", "Echo", "Sun")
    fact = ToldFact(label="price", kind="money", value=f"{len(paper)}.{scene.dice.below(100):02d}")
    goal = KioskGoal(kind="lookup", question=f"What is the {paper}?", tell=(fact,), paper=paper)
    return Part(goal, (("get_price", {"paper": paper}),), f"You ask for the price of the {paper}.")


def purchase(scene):
    paper = scene.pick("Times", "Herald", "Post", "Echo", "Sun")
    gold = (("get_guest", {"guest": scene.customer.id}), ("buy", {"paper": paper, "by": scene.customer.id}))
    return Part(KioskGoal(kind="buy", paper=paper), gold, f"You want the {paper}.")


def caller(scene):
    return Caller(Persona(), {"name": scene.customer.id}, (("get_guest", {"guest": scene.customer.id}),))


PLAN = TaskPlan(
    domain="kiosk",
    sizes={"train": (6, 4), "dev": (4,), "test": (4,)},
    shares={"train": 50, "dev": 20, "test": 30},
    kinds=(Kind("price", 3, (single(price),)), Kind("buy", 1, (single(purchase),))),
    reads=("get_",),
    transfer_tool="transfer",
    customers=lambda: GUESTS,
    scene=Scene,
    caller=caller,
    introduction=lambda scene, known, persona: f"You are {known['name']}.",
    prose=Prose({"plain": ("Be plain.",)}, ("There are {number} things.",), ("Then:",), ("You have no papers.",)),
    everything=lambda guest: {"name": guest.id},
    ideas=lambda scene: ["Buy something."],
)


def only(*kinds, **further):
    return TaskGenerator(replace(PLAN, kinds=kinds, **further))


def test_the_tasks_of_a_split_are_numbered_and_each_kind_has_its_share():
    made = TaskGenerator(PLAN).tasks("dev")
    assert [task.id for task in made] == [f"kiosk-dev-00{n}" for n in range(4)]
    assert Counter(task.kind for task in made) == {"price": 3, "buy": 1}
    assert {(task.domain, task.split) for task in made} == {("kiosk", "dev")}


def test_no_customer_is_in_two_splits():
    generator = TaskGenerator(PLAN)
    assert sorted(one.id for split in SPLITS for one in generator.customers(split)) == [one.id for one in GUESTS]
    for split in SPLITS:
        assert {task.user_id for task in generator.tasks(split)} <= {one.id for one in generator.customers(split)}


def test_a_further_part_leaves_the_tasks_before_it_as_they_were():
    fewer = TaskGenerator(replace(PLAN, sizes={"train": (6,)}))
    assert TaskGenerator(PLAN).tasks("train")[:6] == fewer.tasks("train")


def test_another_generator_writes_the_same_tasks_in_whatever_order_splits_are_made():
    one, other = TaskGenerator(PLAN), TaskGenerator(PLAN)
    other.tasks("test")
    assert one.tasks("dev") == other.tasks("dev")


def test_an_unknown_split_is_refused():
    with pytest.raises(DomainError, match="no split 'exam' of the kiosk tasks; there are train, dev, test"):
        TaskGenerator(PLAN).tasks("exam")  # pyright: ignore[reportArgumentType]


def test_nobody_calls_twice_for_the_same():
    made = only(Kind("buy", 1, (single(purchase),)), sizes={"dev": (10,)}).tasks("dev")  # two customers, five papers
    assert len({(task.user_id, task.gold[-1].arguments["paper"]) for task in made}) == 10
    with pytest.raises(DomainError, match="no customer for task 10"):
        only(Kind("buy", 1, (single(purchase),)), sizes={"dev": (11,)}).tasks("dev")


def test_what_was_read_before_is_not_read_again_and_writes_are_kept():
    (task, *_) = only(Kind("buy", 1, (single(purchase),))).tasks("dev")
    assert [call.name for call in task.gold] == ["get_guest", "buy"]


def test_two_facts_with_the_same_value_are_no_task():
    def twice(scene):
        fact = ToldFact(label="price", kind="money", value="1.00")
        return Part(KioskGoal(kind="lookup", tell=(fact, fact.model_copy(update={"label": "tip"}))), (), "You ask.")

    with pytest.raises(DomainError, match="no customer"):
        only(Kind("lookup", 1, (single(twice),))).tasks("dev")


def test_a_call_that_asks_for_nothing_is_no_task():
    def chat(scene):
        return Part(KioskGoal(kind="lookup"), (("transfer", {}),), "You chat.")

    with pytest.raises(DomainError, match="no customer"):
        only(Kind("chat", 1, (single(chat),))).tasks("dev")


def test_several_goals_have_a_change_among_them_and_the_marked_ones_first():
    call = several((price, price, purchase), lambda goal: goal.kind == "buy")
    made = only(Kind("several", 1, (call,))).tasks("dev")
    for task in made:
        assert task.goals[0].kind == "buy"
        assert "lookup" in {goal.kind for goal in task.goals[1:]}
        assert f"There are {'two' if len(task.goals) == 2 else 'three'} things." in task.instruction
        assert task.instruction.count("Then:") == len(task.goals) - 1


def test_a_goal_that_is_given_up_must_not_be_written_and_what_comes_instead_must_be_told():
    def mind(scene):
        return given_up(scene, purchase(scene), price(scene), ("You say no.",))

    (task, *_) = only(Kind("mind", 1, (single(mind),))).tasks("dev")
    assert task.goals[0].changes_mind
    assert task.must_not == ("buy",)
    assert [call.name for call in task.gold] == ["get_guest", "get_price"]
    assert task.must_tell == task.goals[0].instead.tell
    assert "You say no. What you want instead: You ask for the price" in task.instruction


def test_a_transfer_after_a_refusal_must_happen():
    def lost(scene):
        person = Part(KioskGoal(kind="transfer", expect="transferred"), (("transfer", {}),), "You want a person.")
        refused = Part(KioskGoal(kind="buy", expect="refused"), (), "You want credit.", must_not=("buy",))
        return followed_by(replace(price(scene), must_not=("transfer",)), followed_by(refused, person, "If not:"), "Then:")

    (task, *_) = only(Kind("lost", 1, (single(lost),))).tasks("dev")
    assert task.must_transfer
    assert task.must_not == ("transfer", "buy")


def test_who_has_no_ids_at_hand_is_told_so():
    def unknown(scene):
        scene.knows_ids = False
        return price(scene)

    assert "You have no papers." in only(Kind("unknown", 1, (single(unknown),))).tasks("dev")[0].instruction
    assert all("You have no papers." not in task.instruction for task in TaskGenerator(PLAN).tasks("dev"))


def test_free_talk_has_a_customer_of_dev_and_ideas():
    generator = TaskGenerator(PLAN)
    task = generator.free_task(3)
    assert (task.id, task.split, task.instruction) == ("kiosk-free-3", "free", f"You are {task.user_id}. Buy something.")
    assert task.user_id in {one.id for one in generator.customers("dev")}
    assert not task.gold


def test_a_goal_keeps_its_details_as_a_task_holds_it():
    goal = KioskGoal(kind="buy", paper="Times", instead=KioskGoal(kind="buy", paper="Post"))
    assert goal.generic.details == {"paper": "Times"}
    read = KioskGoal.of(goal.generic)
    assert [one.paper for one in read.chain] == ["Times", "Post"]
    assert read.generic == goal.generic
    assert KioskGoal.all_of((goal.generic, goal)) == (read, goal)
