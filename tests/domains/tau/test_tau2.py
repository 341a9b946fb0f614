"""tau2-bench: its data, its tools' answers, its rules."""

import json
from pathlib import Path
from typing import Any

import pytest

from tarl_app import wiring
from tarl_app.cli import main
from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError, DomainError
from tarl_app.core.types import AgentTurn, Episode, StopReason, ToolCall
from tarl_app.domains import load_domain
from tarl_app.domains.tau.tau2.airline import AIRLINE
from tarl_app.domains.tau.tau2.copy import import_copy
from tarl_app.domains.tau.tau2.domain import Imported2
from tarl_app.domains.tau.tau2.retail import RETAIL
from tarl_app.domains.tau.world import World
from tarl_app.judges.llm_prompt import evidence
from tarl_app.sandbox.checks import gold_episode, null_episode
from tarl_app.sandbox.playing import play
from tarl_app.sandbox.verifier import verify
from tests.domains.tau.copies2 import BOOKING, SHOP_TASKS, make_copy2

SHOP, AIR = "tau2-retail", "tau2-airline"
CARD, GIFT = "credit_card_0000002", "gift_card_0000001"


@pytest.fixture
def copy(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_copy2(tmp_path_factory.mktemp("copy2"))


@pytest.fixture
def domain(copy: Path) -> Domain:
    assert import_copy(copy) == (SHOP, AIR)
    return load_domain(SHOP)


def world(name: str) -> World:
    return World(Imported2(wiring.settings().domains / name, name).base())


def shop(data: World, name: str, **arguments: Any) -> str:
    return RETAIL.call(data, name, arguments)


def air(data: World, name: str, **arguments: Any) -> str:
    return AIRLINE.call(data, name, arguments)


# --- the copy -------------------------------------------------------------------------------------------------------------


def test_an_import_brings_policy_tasks_and_data(domain: Domain) -> None:
    assert domain.policy == "# The rules of our small retail\n"
    assert [[task.id for task in domain.tasks(split)] for split in wiring.SPLITS] == [
        ["tau2-retail-train-3"],
        [],
        ["tau2-retail-test-0", "tau2-retail-test-1", "tau2-retail-test-2"],
    ]
    first = domain.tasks("test")[0]
    assert first.instruction == "You are Ada North.\nYou want what you want.\nYou are in a hurry."
    assert wiring.find_task(first.id) == (first, domain)
    assert len(load_domain(AIR).tasks("test")) == 1  # without a file of splits
    order = world(SHOP)["orders"]["#W0000001"]
    assert [*order][-8:-6] == ["payment_history", "cancel_reason"]
    assert order["items"][1]["price"] == 7.0
    assert isinstance(order["items"][1]["price"], float)
    assert {"tau2-airline", "tau2-retail"} <= {one.name for one in wiring.playable()}


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("data/tau2/domains/retail/db.json", "{", "is not JSON"),
        ("data/tau2/domains/retail/db.json", "{}", "has no table 'products'"),
        ("data/tau2/domains/retail/db.json", '{"products": {"7": {}}, "users": {}, "orders": {}}', "7.name: Field required"),
        ("data/tau2/domains/retail/tasks.json", '[{"id": "0"}]', "0.user_scenario: Field required"),
        ("data/tau2/domains/retail/tasks.json", json.dumps([SHOP_TASKS[0] | {"initial_state": {}}]), "0.initial_state"),
        ("data/tau2/domains/retail/split_tasks.json", '{"test": ["9"]}', "names a task that is not there"),
        ("src/tau2/domains/airline/tools.py", "def other(): ...", "list_all_airports returns nothing"),
        ("src/tau2/domains/airline/tools.py", "def list_all_airports():\n    return made()[0]", "line 2: a value that is"),
    ],
)
def test_what_cannot_be_read_is_told(copy: Path, file: str, text: str, why: str) -> None:
    (copy / file).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=why) as error:
        import_copy(copy)
    assert str(copy / file) in str(error.value)


def test_a_folder_that_is_no_copy_and_a_damaged_import_are_told(domain: Domain, home: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no copy of tau2-bench"):
        import_copy(tmp_path / "nothing")
    (home / "domains" / SHOP / "tasks" / "test.json").write_text("?", encoding="utf-8")
    with pytest.raises(DomainError, match="is damaged"):
        Imported2(home / "domains" / SHOP, SHOP).tasks("test")


# --- the tools ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("get_order_details", {"order_id": "W1"}, "Error: Order not found"),
        (
            "get_order_details",
            {},
            "Error: RetailTools.get_order_details() missing 1 required positional argument: 'order_id'",
        ),
        (
            "get_order_details",
            {"data": 1},
            "Error: RetailTools.get_order_details() got an unexpected keyword argument 'data'",
        ),
        ("fly", {}, "Error: Tool 'fly' not found."),
        ("calculate", {"expression": "x"}, "Error: Invalid characters in expression"),
        ("calculate", {"expression": "2 * 3"}, "6.0"),
        ("find_user_id_by_email", {"email": "bo@example.com"}, "bo_south_1002"),
        ("find_user_id_by_name_zip", {"first_name": "a", "last_name": "b", "zip": "c"}, "Error: User not found"),
        ("get_item_details", {"item_id": "99"}, "Error: Item not found"),
        ("list_all_product_types", {}, '{"Mat": "800", "Teapot": "700"}'),
        ("cancel_pending_order", {"order_id": "#W0000001", "reason": "x"}, "Error: Invalid reason"),
        (
            "modify_pending_order_items",
            {"order_id": "#W0000003", "item_ids": ["72"], "new_item_ids": ["72"], "payment_method_id": CARD},
            "Error: The new item id should be different from the old item id",
        ),
        (
            "exchange_delivered_order_items",
            {"order_id": "#W0000002", "item_ids": ["72"], "new_item_ids": ["71"], "payment_method_id": CARD},
            "Error: Number of 72 not found.",
        ),
        (
            "return_delivered_order_items",
            {"order_id": "#W0000002", "item_ids": ["71"], "payment_method_id": "x"},
            "Error: Payment method not found",
        ),
    ],
)
def test_the_shop_answers_word_for_word(domain: Domain, name: str, arguments: dict[str, Any], answer: str) -> None:
    data = world(SHOP)
    assert RETAIL.call(data, name, arguments) == answer
    assert not data.changed()


def test_all_modified_items_get_price_and_options_of_the_last_one(domain: Domain) -> None:
    data = world(SHOP)
    data["products"].write("800")["variants"]["82"] = {"item_id": "82", "options": {}, "available": True, "price": 9.0}
    asked = {"item_ids": ["71", "81"], "new_item_ids": ["72", "82"], "payment_method_id": CARD}
    made = json.loads(shop(data, "modify_pending_order_items", order_id="#W0000001", **asked))
    assert [(item["item_id"], item["price"]) for item in made["items"]] == [("72", 9.0), ("82", 9.0)]
    assert made["payment_history"][-1]["amount"] == 30.3 - 10.1 + 2


def test_an_order_whose_items_were_modified_can_be_sent_elsewhere(domain: Domain) -> None:
    data, place = world(SHOP), {"address1": "x", "address2": "", "city": "x", "state": "x", "country": "x", "zip": "x"}
    asked = {"item_ids": ["71"], "new_item_ids": ["72"], "payment_method_id": CARD}
    shop(data, "modify_pending_order_items", order_id="#W0000001", **asked)
    made = json.loads(shop(data, "modify_pending_order_address", order_id="#W0000001", **place))
    assert made["address"]["city"] == "x"
    wrong = shop(data, "modify_pending_order_address", order_id="#W0000001", **(place | {"zip": 5}))
    assert wrong.startswith("Error: 1 validation error for UserAddress\nzip\n")


def test_a_booking_takes_seats_and_a_change_of_cabin_is_kept(domain: Domain) -> None:
    data = world(AIR)
    made = json.loads(air(data, *BOOKING[:1], **BOOKING[1]))
    assert (made["reservation_id"], made["status"]) == ("HATHAT", None)
    assert data["flights"]["HAT003"]["dates"]["2024-05-20"]["available_seats"]["economy"] == 4
    asked = {"reservation_id": "AAAAAA", "flights": [{"flight_number": "HAT001", "date": "2024-05-20"}]}
    made = json.loads(air(data, "update_reservation_flights", cabin="business", payment_id="credit_card_0000013", **asked))
    assert (made["cabin"], made["payment_history"][-1]["amount"]) == ("business", 310)
    assert air(data, "get_flight_status", flight_number="HAT003", date="2024-05-21") == "cancelled"
    assert air(data, "get_reservation_details", reservation_id="x") == "Error: Reservation x not found"
    found = json.loads(air(data, "search_direct_flight", origin="SFO", destination="JFK", date="2024-05-20"))
    assert [(one["flight_number"], one["date"], one["available_seats"]["economy"]) for one in found] == [("HAT003", None, 4)]
    assert json.loads(air(data, "list_all_airports"))[1] == {"iata": "DEN", "city": "Denver"}
    sent = [air(data, "send_certificate", user_id="cy_west_2001", amount=1) for _ in range(4)]
    assert sent[3] == "Error: Too many certificates"


# --- the rules ------------------------------------------------------------------------------------------------------------


def saying(episode: Episode, text: str) -> Episode:
    return episode.model_copy(update={"turns": (*episode.turns[:-2], AgentTurn(text=text), episode.turns[-1])})


def test_each_part_of_the_basis_counts_and_no_other(domain: Domain) -> None:
    told, judged, called = domain.tasks("test")
    (free,) = domain.tasks("train")
    gold = [verify(gold_episode(task, domain), domain) for task in (told, judged, called, free)]
    assert [(one.passed, one.strict) for one in gold] == [(True, True), (True, False), (True, True), (True, True)]
    assert [verify(null_episode(task, domain), domain).passed for task in (told, judged, called, free)] == [
        False,
        False,
        False,
        True,
    ]
    assert not verify(saying(gold_episode(told, domain), "Done."), domain).passed
    assert [check.name for check in gold[1].checks if check.undecided] == ["For a judge: The agent is kind."]
    played = gold_episode(judged, domain).model_copy(update={"verdict": gold[1]})
    assert "<left_to_you>" in evidence(played, domain, gold_free=False)
    assert "For a judge: The agent is kind." in evidence(played, domain, gold_free=False)
    other = ToolCall(id="1", name="get_product_details", arguments={"product_id": "800"})
    assert not verify(play(called, domain, (other,), ()), domain).passed
    cut = gold_episode(told, domain).model_copy(update={"stop": StopReason.LIMIT})
    assert not verify(cut, domain).passed


def test_calls_are_compared_by_the_arguments_that_count(copy: Path) -> None:
    tasks = json.loads(json.dumps(SHOP_TASKS))
    tasks[2]["evaluation_criteria"]["actions"][0]["compare_args"] = []
    (copy / "data/tau2/domains/retail/tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    import_copy(copy)
    domain = load_domain(SHOP)
    other = ToolCall(id="1", name="get_product_details", arguments={"product_id": "800"})
    assert verify(play(domain.tasks("test")[2], domain, (other,), ()), domain).passed


def test_an_evaluation_is_exported_for_the_leaderboard(domain: Domain, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ("evaluate", "--agent", "scripted", "--export", "tau2", "--json")
    assert main([*asked, "--domain", f"{SHOP},{AIR}", "--split", "test", "--trials", "2"]) == 0
    told = json.loads(capfd.readouterr().out)["evaluations"][0]
    folder = Path(told["folder"])
    made = json.loads((folder / "submission.json").read_text("utf-8"))
    assert {"model_name", "model_organization", "submitting_organization", "submission_date", "contact_info"} <= made.keys()
    assert (made["submission_type"], made["modality"], made["model_name"]) == ("custom", "text", "scripted")
    whole = {"pass_1": 100.0, "pass_2": 100.0, "pass_3": None, "pass_4": None, "cost": None}
    assert made["results"] == {"retail": whole, "airline": whole}
    assert made["methodology"]["verification"]["omitted_questions"]
    assert made["methodology"]["verification"]["details"].startswith("tau2-retail: 3 of 4 tasks")
    runs = json.loads((folder / made["trajectory_files"]["retail"]).read_text("utf-8"))["simulations"]
    assert len(runs) == 6
    assert {run["task_id"] for run in runs} == {"0", "1", "2"}
    assert {message["role"] for message in runs[0]["messages"]} == {"user", "assistant", "tool"}
    assert [run["reward_info"]["reward"] for run in runs] == [1.0] * 6


def test_only_evaluations_of_that_benchmark_by_one_agent_are_exported(
    domain: Domain, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["evaluate", "--export", "tau2", "--split", "test", "--limit", "1"]
    assert main([*asked, "--agent", "scripted", "--domain", "math"]) == 2
    assert "is not of tau2-bench" in capsys.readouterr().err
    assert main([*asked, "--agent", "scripted,null", "--domain", SHOP]) == 2
    assert "of one agent" in capsys.readouterr().err


def test_the_command_imports_and_checks(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "tau2-bench", str(copy), "--check", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)["domains"]
    assert told[SHOP]["test"] == {"tasks": 3, "gold_passed": 3, "null_passed": 0}
    assert told[AIR] == {"test": {"tasks": 1, "gold_passed": 1, "null_passed": 0}}
    assert main(["evaluate", "--domain", AIR, "--agent", "scripted", "--split", "test", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["pass_hat"] == {"1": 1.0}
