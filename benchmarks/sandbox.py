"""How many episodes a second one core clones, plays and verifies: the sandbox against a naive peer in the same run.

An episode is: a fresh world, the gold calls of a test task, the verdict. The naive peer is what simple benchmarks do: the
world is one nested dictionary, a clone is a deep copy, the tools are functions on it, and the verdict compares whole worlds
after replaying both sides. Its tools answer exactly what ours answer; that is checked before anything is timed.

Time is CPU time of this single-threaded process, so that a busy machine does not distort it; rounds of the two alternate,
and the median is reported. Where ``TAU_BENCH_DIR`` names a copy of tau-bench, the benchmark's own code is a second peer, on
its own tasks (``benchmarks/tau_bench.py``). Run: ``python benchmarks/sandbox.py [--json]``.
"""

# ruff: noqa: D102 - the peer's tools are documented where ours are

import argparse
import copy
import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, Episode, Task, ToolCall, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.world import world
from tarl_app.sandbox.verifier import verify

JsonWorld = dict[str, dict[str, Any]]

# --- the naive peer -----------------------------------------------------------------------------------------------------


def json_world(domain: Domain) -> JsonWorld:
    """The whole shop as one nested dictionary, in the shapes the tools answer with."""
    made: JsonWorld = {}
    environment = domain.open()
    for thing, keys in (("user", world().users), ("order", world().orders), ("product", world().products)):
        made[f"{thing}s"] = {}
        for key in keys:
            call = ToolCall(id="", name=f"get_{thing}_details", arguments={f"{thing}_id": key})
            made[f"{thing}s"][key] = json.loads(environment.call(call).content)
    environment.close()
    return made


class NaiveShop:
    """The tools on a deep copy; the same answers as ours for calls that succeed, ``KeyError`` for the others."""

    def __init__(self, source: JsonWorld) -> None:
        self.world = copy.deepcopy(source)

    def call(self, call: ToolCall) -> Any:
        return getattr(self, call.name)(**call.arguments)

    def find_user_id_by_email(self, email: str) -> str:
        return next(key for key, user in self.world["users"].items() if user["email"].lower() == email.lower())

    def find_user_id_by_name_zip(self, first_name: str, last_name: str, zip: str) -> str:  # noqa: A002
        wanted = (first_name.lower(), last_name.lower(), zip)
        for key, user in self.world["users"].items():
            if (user["name"]["first_name"].lower(), user["name"]["last_name"].lower(), user["address"]["zip"]) == wanted:
                return key
        raise KeyError(wanted)

    def get_user_details(self, user_id: str) -> Any:
        return self.world["users"][user_id]

    def get_order_details(self, order_id: str) -> Any:
        return self.world["orders"][order_id]

    def get_product_details(self, product_id: str) -> Any:
        return self.world["products"][product_id]

    def list_all_product_types(self) -> Any:
        return dict(sorted((product["name"], key) for key, product in self.world["products"].items()))

    def calculate(self, expression: str) -> str:
        raise KeyError(expression)  # no gold call calculates

    def think(self, thought: str) -> str:
        return ""

    def transfer_to_human_agents(self, summary: str) -> str:
        return "Transfer successful"

    def _order(self, order_id: str, status: str) -> Any:
        order = self.world["orders"][order_id]
        if order["status"] != status:
            raise KeyError(status)
        return order

    def _move(self, order: Any, kind: str, amount: float, method_id: str) -> None:
        booked = {"transaction_type": kind, "amount": round(amount, 2), "payment_method_id": method_id}
        order["payment_history"].append(booked)
        method = self.world["users"][order["user_id"]]["payment_methods"][method_id]
        if "balance" in method:
            method["balance"] = round(method["balance"] + (amount if kind == "refund" else -amount), 2)

    def _swaps(self, order: Any, item_ids: list[str], new_item_ids: list[str]) -> list[tuple[Any, Any]]:
        items = {item["item_id"]: item for item in order["items"]}
        olds = [items[item_id] for item_id in item_ids]
        news = [
            self.world["products"][old["product_id"]]["variants"][new] for old, new in zip(olds, new_item_ids, strict=True)
        ]
        if not all(new["available"] for new in news):
            raise KeyError("unavailable")
        return list(zip(olds, news, strict=True))

    def _difference(self, order: Any, swaps: list[tuple[Any, Any]], payment_method_id: str) -> float:
        amount = round(sum(new["price"] - old["price"] for old, new in swaps), 2)
        if self.world["users"][order["user_id"]]["payment_methods"][payment_method_id].get("balance", amount) < amount:
            raise KeyError(payment_method_id)
        return amount

    def cancel_pending_order(self, order_id: str, reason: str) -> Any:
        order = self._order(order_id, "pending")
        for payment in list(order["payment_history"]):
            self._move(order, "refund", payment["amount"], payment["payment_method_id"])
        order |= {"status": "cancelled", "cancel_reason": reason}
        return order

    def modify_pending_order_address(self, order_id: str, **address: str) -> Any:
        order = self._order(order_id, "pending")
        order["address"] = {name: address[name] for name in order["address"]}
        return order

    def modify_pending_order_payment(self, order_id: str, payment_method_id: str) -> Any:
        order = self._order(order_id, "pending")
        (paid,) = order["payment_history"]
        self._move(order, "payment", paid["amount"], payment_method_id)
        self._move(order, "refund", paid["amount"], paid["payment_method_id"])
        return order

    def modify_pending_order_items(
        self, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
    ) -> Any:
        order = self._order(order_id, "pending")
        swaps = self._swaps(order, item_ids, new_item_ids)
        if amount := self._difference(order, swaps, payment_method_id):
            self._move(order, "payment" if amount > 0 else "refund", abs(amount), payment_method_id)
        for old, new in swaps:
            old |= {name: new[name] for name in ("item_id", "price", "options")}
        order["status"] = "pending (item modified)"
        return order

    def exchange_delivered_order_items(
        self, order_id: str, item_ids: list[str], new_item_ids: list[str], payment_method_id: str
    ) -> Any:
        order = self._order(order_id, "delivered")
        swaps = self._swaps(order, item_ids, new_item_ids)
        order |= {
            "status": "exchange requested",
            "exchange_items": sorted(item_ids),
            "exchange_new_items": sorted(new_item_ids),
            "exchange_payment_method_id": payment_method_id,
            "exchange_price_difference": self._difference(order, swaps, payment_method_id),
        }
        return order

    def return_delivered_order_items(self, order_id: str, item_ids: list[str], payment_method_id: str) -> Any:
        order = self._order(order_id, "delivered")
        order |= {
            "status": "return requested",
            "return_items": sorted(item_ids),
            "return_payment_method_id": payment_method_id,
        }
        return order

    def modify_user_address(self, user_id: str, **address: str) -> Any:
        user = self.world["users"][user_id]
        user["address"] = {name: address[name] for name in user["address"]}
        return user


def naive_episode(task: Task, source: JsonWorld) -> bool:
    """Plays the gold calls on a copy, then replays both sides on two more and compares the worlds."""
    shop = NaiveShop(source)
    for call in task.gold:
        json.dumps(shop.call(call))
    agent, gold = NaiveShop(source), NaiveShop(source)
    for replayed in (agent, gold):
        for call in task.gold:
            json.dumps(replayed.call(call))
    return agent.world == gold.world


# --- ours ---------------------------------------------------------------------------------------------------------------


def our_episode(task: Task, domain: Domain) -> bool:
    """Plays the gold calls in an environment, makes the episode and has it verified."""
    turns: list[Turn] = [UserTurn(text="Hello")]
    environment = domain.open()
    for call in task.gold:
        turns += [AgentTurn(tool_calls=(call,)), ToolTurn(results=(environment.call(call),))]
    environment.close()
    units = {"money": "${}"}
    turns.append(AgentTurn(text=" ".join(units.get(fact.kind, "{}").format(fact.value) for fact in task.must_tell)))
    return verify(Episode(id="e", task=task, agent="gold", user="none", turns=tuple(turns)), domain).passed


def check_same_answers(tasks: Sequence[Task], domain: Domain, source: JsonWorld) -> None:
    """Both answer every gold call alike; raises ``AssertionError`` otherwise."""
    for task in tasks:
        environment, shop = domain.open(), NaiveShop(source)
        for call in task.gold:
            ours = environment.call(call).content
            naive = shop.call(call)
            assert ours == naive if isinstance(naive, str) else json.loads(ours) == naive, (task.id, call, ours, naive)
        environment.close()


def rate(run: Callable[[Task], bool], tasks: Sequence[Task]) -> float:
    """Episodes per CPU second; every one of them has to pass."""
    start = time.process_time()
    passed = sum(run(task) for task in tasks)
    seconds = time.process_time() - start
    assert passed == len(tasks), f"{len(tasks) - passed} gold episodes did not pass"
    return len(tasks) / seconds


def measure(rounds: int, naive_tasks: int) -> dict[str, float]:
    """The medians over alternating rounds."""
    domain = load_domain("retail")
    tasks, source = domain.tasks("test"), json_world(domain)
    check_same_answers(tasks[:naive_tasks], domain, source)
    ours: list[float] = []
    naive: list[float] = []
    for place in range(rounds):
        ours.append(rate(lambda task: our_episode(task, domain), tasks))
        some = tasks[place * naive_tasks : (place + 1) * naive_tasks] or tasks[:naive_tasks]
        naive.append(rate(lambda task: naive_episode(task, source), some))
    fast, slow = statistics.median(ours), statistics.median(naive)
    return {
        "episodes_per_second": round(fast, 1),
        "naive_episodes_per_second": round(slow, 2),
        "ratio": round(fast / slow, 1),
    }


def beside_tau_bench(folder: str, limit: int) -> list[dict[str, Any]]:
    """One row a split of the benchmark's (``tau_bench.measure``)."""
    place = Path(__file__).with_name("tau_bench.py")
    spec = importlib.util.spec_from_file_location("beside_tau_bench", place)  # the benchmark's package has the script's name
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.measure(Path(folder), limit)


def main() -> None:
    """Prints the rates, as one JSON object with ``--json``."""
    parser = argparse.ArgumentParser(description="Episodes per second on one core: the sandbox and a naive peer.")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--naive-tasks", type=int, default=10, help="tasks per round of the slow peer")
    text = "with TAU_BENCH_DIR: tasks of each of its splits (default: %(default)s)"
    parser.add_argument("--tau-tasks", type=int, default=25, help=text)
    arguments = parser.parse_args()
    found: dict[str, Any] = measure(arguments.rounds, arguments.naive_tasks)
    if folder := os.environ.get("TAU_BENCH_DIR"):
        found["tau_bench"] = beside_tau_bench(folder, arguments.tau_tasks)
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"sandbox                 {found['episodes_per_second']:8.1f} episodes/s on one core")
    print(f"deep-copied JSON world  {found['naive_episodes_per_second']:8.2f} episodes/s on one core")
    print(f"ratio                   {found['ratio']:8.1f}")
    for row in found.get("tau_bench", ()):
        ours, theirs = row["episodes_per_cpu_second"]["ours"], row["episodes_per_cpu_second"]["benchmark"]
        print(f"tau-bench {row['split']:<13} {ours:8.1f} episodes/s, {theirs:8.2f} by its own code: {row['ratio']} times")


if __name__ == "__main__":
    main()
