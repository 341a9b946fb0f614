"""Customers who talk as people do: what happens how often, that it stays true, and that calls still reach their end."""

import re
from collections import Counter
from itertools import product
from random import Random

import pytest

from tarl_app.core.domain import Say
from tarl_app.core.errors import DomainError
from tarl_app.core.types import AgentTurn, Task, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.airline.user.values import CITY
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.users.agenda import ScriptedAgenda
from tarl_app.users.customers import make_customer
from tarl_app.users.lifelike.agenda import LifelikeAgenda
from tarl_app.users.lifelike.behaviours import BEHAVIOURS
from tarl_app.users.lifelike.choosing import short_answer
from tarl_app.users.lifelike.rates import FACTORS, KINDS, RATES, rate, register_of
from tarl_app.users.lifelike.speaking import aloud, hesitating, spelled, spoken
from tarl_app.users.lifelike.typing import chat_words, slip, typed, with_slip
from tarl_app.users.lifelike.user import LifelikeUser
from tarl_app.users.scripted import ScriptedUser
from tarl_app.users.wordings.rules import REGISTERS

RETAIL = load_domain("retail")
DEV = RETAIL.tasks("dev")
IDENTITY = "Could you give me your email address, or your name and zip code?"
ORDER = "What is the order number?"


def agenda(task: Task, seed: int = 0, register: str = "any") -> LifelikeAgenda:
    assert RETAIL.customer is not None
    assert RETAIL.customer.lifelike is not None
    inner = RETAIL.customer.agenda(task, Random(seed))
    return LifelikeAgenda(inner, RETAIL.customer.lifelike, register, Random(f"{task.id}/{seed}"))


def proposal(task: Task, order: str = "") -> str:
    goal = ShopGoal.of(task.goals[0])
    items = " and ".join(f"the {one.product}" for one in goal.choices)
    what = {"cancel_order": f"I cancel order {order or goal.order_id}, because it is {goal.reason}"}
    what["return_items"] = (
        f"you return {items} from order {order or goal.order_id}, refunded to {goal.payment_said or 'you'}"
    )
    return f"To confirm: {what[goal.kind]}. Is that right?"


def flat(acts: list[Say] | tuple[Say, ...] | None) -> list[Say]:
    return [one for act in acts or () for one in (act, *flat(act.rest))]


def tasks(*kinds: str) -> list[Task]:
    plain = [one for one in DEV if one.goals[0].kind in kinds and one.goals[0].expect == "done"]
    return [one for one in plain if not one.goals[0].changes_mind and ShopGoal.of(one.goals[0]).knows_order_id]


# --- rates ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tally() -> tuple[Counter[str], Counter[str]]:
    """How often each behaviour happened, and could have, over calls with fixed questions."""
    done, chances = Counter[str](), Counter[str]()
    for task, seed in product(DEV, range(6)):
        one = agenda(task, seed)
        one.open()
        goal = ShopGoal.of(task.goals[0])
        pay = "Which payment method should I use, the original one or a gift card?"
        for said in (IDENTITY, ORDER, pay, "To confirm: I cancel order #W0000001. Is that right?"):
            if one.react(said) is None:
                break
        if goal.kind in ("cancel_order", "return_items"):
            one.react(proposal(task))
        done, chances = done + one.done, chances + one.chances
    return done, chances


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_behaviour_happens_about_as_often_as_the_table_says(tally, name):
    done, chances = tally
    error = (RATES[name] * (1 - RATES[name]) / chances[name]) ** 0.5
    assert chances[name] >= 20
    assert abs(done[name] / chances[name] - RATES[name]) < 4 * error


@pytest.mark.parametrize("name", ["no_capitals", "no_full_stop", "chat_words", "slip", "hesitation", "greeting"])
def test_typing_and_speaking_happen_about_as_often_as_the_table_says(name):
    n = 2000
    text = "Lend Me the other lamp please."
    unslipped = ("lend me the other lamp please", "lend me the other lamp pls")
    if name == "greeting":
        seen = [agenda(DEV[0], seed).open()[0].rule == "hello" for seed in range(400)]
    elif name == "hesitation":
        seen = [spoken([(text, False)], "any", Random(seed)) != text for seed in range(n)]
    else:
        said = [typed([(text, False)], "any", Random(seed)) for seed in range(n)]
        found = {
            "no_capitals": [one == one.lower() for one in said],
            "no_full_stop": [not one.endswith(".") for one in said],
            "chat_words": [bool(re.search(r"\bp?l?l?s?s\.?$", one.lower())) for one in said],
            "slip": [one.lower().removesuffix(".") not in unslipped for one in said],
        }
        seen = found[name]
    error = (RATES[name] * (1 - RATES[name]) / len(seen)) ** 0.5
    assert abs(sum(seen) / len(seen) - RATES[name]) < 5 * error


def test_every_kind_of_person_has_factors_of_known_behaviours_and_every_style_has_kinds():
    assert set(FACTORS) == set(REGISTERS)
    assert all(factors.keys() <= RATES.keys() for factors in FACTORS.values())
    assert {one for kinds in KINDS.values() for one in kinds} <= set(REGISTERS)
    assert all(0 <= rate(name, register) <= 1 for name in RATES for register in REGISTERS)
    assert {register_of("chatty", Random(n)) for n in range(50)} == set(KINDS["chatty"])
    assert register_of("unheard of", Random(0)) == "any"


# --- what is said is right ------------------------------------------------------------------------------------------


def played(task: Task, seed: int) -> tuple[list[Say], bool]:
    """A call with an agent that answers every aside and asks again: everything said, and whether it came to an end."""
    one, said = agenda(task, seed), list[Say]()
    acts, stage = one.open(), 0
    script = [IDENTITY, ORDER, proposal(task), "Done, that is taken care of. Is there anything else?"]
    for _ in range(25):
        said += flat(acts)
        if acts[-1].rule in ("bye", "give_up"):
            return said, acts[-1].rule == "bye" and stage == len(script)
        agreed = any(act.rule == "yes" for act in flat(acts))
        if not one.aside or agreed:
            stage += stage != 3 or agreed
        line = script[max(0, stage - 1)]
        acts = one.react(f"I am an automated assistant. {line}" if one.aside else line) or [Say("give_up")]
    return said, False


@pytest.mark.parametrize("task", tasks("cancel_order", "return_items")[:12], ids=lambda task: task.id)
def test_a_call_with_a_cooperative_agent_reaches_its_end_and_says_nothing_untrue(task):
    if len(task.goals) > 1 or task.persona.misremembers:
        pytest.skip("the agent here knows one goal, and facts that are right")
    goal = ShopGoal.of(task.goals[0])
    known = {*task.facts.values(), goal.order_id, goal.payment_said}
    for seed in range(15):
        said, ended = played(task, seed)
        assert ended, [act.rule for act in said]
        text = " ".join(value for act in said for value in act.slots.values())
        assert set(re.findall(r"\S+@\S+\w", text)) <= known
        assert set(re.findall(r"(?<![\d ])\d{7}(?!\d)", text)) <= {(goal.order_id or "")[2:]}


def test_a_goal_named_in_the_opening_is_taken_up_where_the_agent_goes_on_to_it():
    task = next(
        one for one in DEV if len(one.goals) > 1 and one.goals[0].kind == "cancel_order" and one.goals[0].expect == "done"
    )
    two = next(one for one in (agenda(task, seed) for seed in range(30)) if any(act.rule == "also" for act in one.open()))
    for said in (IDENTITY, ORDER, proposal(task), proposal(task)):
        two.react(said)
    acts = two.react("Done, it has been cancelled. Is there anything else?")
    assert acts is not None
    assert "next.mentioned" in {act.rule for act in acts} or acts[0].rule.startswith(("side.", "back.", "person"))


def test_a_wrong_proposal_is_corrected_with_the_right_value():
    tasks_of = [one for one in DEV if one.goals[0].kind == "exchange_items"]
    task = next(one for one in tasks_of if "color" in ShopGoal.of(one.goals[0]).choices[0].new_options)
    goal = ShopGoal.of(task.goals[0])
    right, product_name = goal.choices[0].new_options["color"], goal.choices[0].product
    swap = f"in order {goal.order_id} I exchange the {product_name} for one with color transparent"
    said = f"To confirm: {swap}. $1.00 goes to {goal.payment_said}. Is that right?"
    for seed in range(20):
        turns: list[Turn] = [UserTurn(text="Hello."), AgentTurn(text=said)]
        answer = LifelikeUser(task, RETAIL, seed, "held_out").speak(turns)
        assert answer is not None
        assert right in answer.text.lower()


def test_an_answer_put_off_by_a_question_is_given_once_that_is_answered():
    for seed in range(200):
        one = agenda(DEV[0], seed)
        one.open()
        if one.react(IDENTITY) and one.pending:
            acts = one.react("I am an automated assistant, and refunds take five days.")
            assert acts is not None
            assert acts[0].rule == "go_on"
            assert any(act.rule.startswith("give.") or act.slots for act in flat(acts))
            return
    pytest.fail("nobody asked a question")


def test_a_refusal_after_an_aside_is_not_taken_for_one_of_the_goal():
    for seed in range(300):
        one = agenda(DEV[0], seed)
        one.open()
        if one.react(IDENTITY) and one.aside:
            acts = one.react(f"I cannot transfer you for that. {ORDER}")
            assert not {act.rule for act in flat(acts)} & {"insist", "accept"}
            return
    pytest.fail("nobody asked anything")


def test_who_is_asked_for_what_has_nothing_to_do_with_it_says_what_they_want():
    task = tasks("cancel_order")[0]
    asked = "What is the new address, with street, city, state and zip code?"
    for seed in range(60):
        one = agenda(task, seed)
        one.open()
        first, second = one.react(asked), one.react(f"Sorry. {asked}")
        if first and second and not {"unknown"} - {act.rule for act in (*first, *second)} and not one.aside:
            assert any(act.rule.startswith("want.") for act in flat(second))
            return
    pytest.fail("nobody answered")


def test_who_is_refused_something_else_says_what_they_want():
    task = tasks("cancel_order")[0]
    one = agenda(task)
    one.open()
    rules = {act.rule for act in flat(one.react("I cannot return items from it. Only delivered orders can be returned."))}
    assert "correct.action" in rules
    assert "insist" not in rules


def test_who_only_asks_agrees_to_no_change():
    task = next(one for one in DEV if one.goals[0].kind == "lookup" and ShopGoal.of(one.goals[0]).topic == "order_status")
    said = "I will cancel order #W0000001, because it is no longer needed. Shall I go ahead?"
    one, plain = agenda(task), agenda(task).inner
    one.open()
    one.inner.goal = one.inner.goals[0]
    assert flat(one.react(said))[0].rule == "no"
    plain.replies.attentive = False
    assert plain.mismatches(plain.read(said.replace("#W0000001", "")), plain.goals[0]) == []


def test_an_item_too_many_is_noticed():
    task = tasks("return_items")[0]
    choice = ShopGoal.of(task.goals[0]).choices[0]
    one = agenda(task)
    one.open()
    twice = f"you return the {choice.product} in red and the {choice.product} in green from your order"
    assert any(found.what == "items" for found in one.inner.mismatches(one.inner.read(twice), one.inner.goals[0]))


@pytest.mark.parametrize(
    ("route", "wrong"),
    [("from {0} to {1}", False), ("from {0} to {0}", True), ("from {1} to {0}", True), ("from Nowhere to {1}", False)],
)
def test_a_traveller_checks_both_ends_of_a_trip(route, wrong):
    airline = load_domain("airline")
    assert airline.customer is not None
    task = next(one for one in airline.tasks("dev") if one.goals[0].kind == "book")
    inner = airline.customer.agenda(task, Random(0))
    assert isinstance(inner, ScriptedAgenda)
    inner.replies.attentive = True
    cities = [CITY[str(task.goals[0].details[end])] for end in ("origin", "destination")]
    said = f"I book a one-way trip {route.format(*cities)} in economy. Is that right?"
    found = [one.what for one in inner.mismatches(inner.read(said), inner.goals[0])]
    assert ("route" in found) is wrong


def test_an_agent_is_reminded_twice_of_what_it_takes_for_settled():
    task = tasks("cancel_order")[0]
    lifelike, plain = agenda(task), agenda(task).inner
    plain.reminders = 1
    for one, times in ((lifelike, 2), (plain, 1)):
        one.open()
        lines = [f"I see{' indeed' * n}. Can I do anything else for you?" for n in range(4)]
        assert sum("still" in {act.rule for act in flat(one.react(line))} for line in lines) == times


@pytest.mark.parametrize(
    ("said", "value", "rule"),
    [
        ("Do you mean the Desk Lamp or the Toaster?", "the toaster", "ellipsis.second"),
        ("Do you mean the Desk Lamp or the Toaster?", "the desk lamp", "ellipsis.first"),
        ("Which one: the Desk Lamp, the Mug or the Toaster?", "the toaster", "ellipsis.third"),
        ("Do you mean the Desk Lamp or the Toaster?", "the desk lamp and the toaster", "ellipsis.all"),
        ("Which payment method should I use?", "the payment method I used for the order", "ellipsis.same"),
        ("Do you mean the Desk Lamp or the Toaster?", "the mug", None),
        ("Do you mean the red Lamp or the blue Lamp?", "the lamp", None),
        ("Which item do you mean?", "the mug", None),
    ],
)
def test_short_answers_lean_on_what_the_agent_has_listed(said, value, rule):
    assert short_answer(said, value, "payment method i used") == rule


# --- typing and speaking --------------------------------------------------------------------------------------------


def test_slips_leave_values_and_first_letters_alone():
    parts = [("please cancel order ", False), ("W1234567", True), (" today", False)]
    for seed in range(100):
        changed = with_slip(parts, Random(seed))
        assert changed[1] == parts[1]
        assert changed != parts
        word = slip("cancel", Random(seed))
        assert word[0] == "c"
        assert abs(len(word) - 6) <= 1
    assert with_slip([("no, it is", False)], Random(0)) == [("no, it is", False)]
    assert chat_words("Thanks, could you please") == "thx, could u pls"


def test_ids_are_said_sign_by_sign_with_oh_double_and_repairs():
    said = {aloud("order #W4830055", "any", Random(seed)) for seed in range(200)}
    assert "order W four eight three zero zero five five" in said
    assert any("oh" in one.split() for one in said)
    assert any("double five" in one for one in said)
    repaired = [one for one in said if "," in one]
    assert repaired
    for one in repaired:  # what follows the repair is right
        kept = re.sub(r"\b[a-z]+, (no wait|no|sorry|I mean), ", "", one)
        digits = (
            kept.replace("double oh", "zero zero").replace("double zero", "zero zero").replace("double five", "five five")
        )
        assert digits.replace("oh", "zero") == "order W four eight three zero zero five five"


def test_letters_are_said_with_words_and_emails_in_words():
    assert {spelled("bo", "non_native", Random(seed)) for seed in range(60)} >= {
        "B, O",
        "B as in boy, O",
        "B as in boy, O as in oscar",
    }
    assert aloud("mei.nowak12@example.com", "any", Random(0)) == "mei dot nowak 12 at example dot com"
    assert aloud("the color red", "any", Random(0)) == "the color red"
    assert hesitating("send it to the shop", Random(1)) != "send it to the shop"


def test_who_speaks_hesitates_and_who_types_slips():
    aloud_ones = [LifelikeUser(task, RETAIL, 0, "seen", aloud=True).speak(()) for task in DEV]
    text = " ".join(one.text for one in aloud_ones if one)
    assert re.search(r"\b(um|uh|er|hmm)\b", text, re.I)
    assert not re.search(r"W\d{7}", text)


# --- the user -------------------------------------------------------------------------------------------------------


def test_the_same_seed_says_the_same_and_another_one_something_else():
    first = [LifelikeUser(DEV[3], RETAIL, seed, "seen").speak(()) for seed in (0, 0, 1, 2, 3)]
    assert first[0] == first[1]
    assert len({one.text for one in first if one}) > 2


def test_the_sets_share_no_opening():
    said = {
        name: {LifelikeUser(task, RETAIL, 0, name).speak(()) for task in DEV[:20]} for name in ("seen", "held_out", "test")
    }
    assert said["seen"].isdisjoint(said["held_out"])
    assert said["held_out"].isdisjoint(said["test"])


def test_ones_own_sentences_are_said():
    user = LifelikeUser(
        DEV[0], RETAIL, 0, "seen", own={"want.cancel_order": {"any": ("Begone, {order}!",)}, "hello": {"any": ("Lo!",)}}
    )
    said = {LifelikeUser(DEV[0], RETAIL, seed, "seen", user.own).speak(()) for seed in range(20)}
    assert any("begone" in one.text.lower() for one in said if one)


def test_plain_customers_are_those_of_before_and_others_need_a_domain_that_has_them():
    from tarl_app.core.domain import Manner
    from tests.domains.library.domain import library
    from tests.domains.library.members import task

    assert isinstance(make_customer(DEV[0], RETAIL), ScriptedUser)
    with pytest.raises(DomainError, match="no lifelike customers: choose plain ones"):
        make_customer(task("train", 1), library(), manner=Manner("lifelike")).speak(())
