"""What an imported domain consists of: tables with the fields that tools need, splits, and where they stand in a copy."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ConfigDict

from tarl_app.core.domain import Split
from tarl_app.core.types import Frozen

FORMAT = "tau-bench"
Kind = Literal["retail", "airline"]


@dataclass(frozen=True)
class Layout:
    """``tables``: name -> fields of every record; ``splits``: split -> (file, the name that holds the tasks)."""

    tables: dict[str, tuple[str, ...]]
    splits: dict[Split, tuple[str, str]]


LAYOUTS: dict[Kind, Layout] = {
    "retail": Layout(
        tables={
            "orders": ("user_id", "status", "items", "payment_history", "address"),
            "products": ("name", "product_id", "variants"),
            "users": ("name", "email", "address", "payment_methods", "orders"),
        },
        splits={
            "test": ("tasks_test.py", "TASKS_TEST"),
            "train": ("tasks_train.py", "TASKS_TRAIN"),
            "dev": ("tasks_dev.py", "TASKS_DEV"),
        },
    ),
    "airline": Layout(
        tables={
            "flights": ("origin", "destination", "dates", "scheduled_departure_time_est", "scheduled_arrival_time_est"),
            "reservations": ("user_id", "flights", "passengers", "payment_history", "cabin", "nonfree_baggages"),
            "users": ("payment_methods", "reservations"),
        },
        splits={"test": ("tasks_test.py", "TASKS")},
    ),
}


class Act(Frozen):
    """A call of the benchmark's own solution."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str
    kwargs: dict[str, Any]


class TauTask(Frozen):
    """A task as the benchmark has it: ``actions`` are its own solution, ``outputs`` the texts that must have been said."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    user_id: str
    instruction: str
    actions: tuple[Act, ...]
    outputs: tuple[str, ...]


class Manifest(Frozen):
    """``domain.json`` of an imported domain: what it is, and digests of its initial data and of each split's tasks."""

    format: Literal["tau-bench"] = FORMAT
    kind: Kind
    data: str
    tasks: dict[Split, str]
