"""Customers who do not keep to the script, and what is counted of them."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from tarl_app import wiring
from tarl_app.conversation import Conversation
from tarl_app.core.types import AgentTurn, Episode, Turn, UserTurn
from tarl_app.domains import load_domain
from tests.benchmarks.scripts import load, run


@pytest.fixture(scope="module")
def robustness() -> ModuleType:
    return load("robustness")


@pytest.fixture(scope="module")
def calls(robustness: ModuleType) -> list[tuple[dict[int, str], Episode]]:
    """The asides of some calls with the scripted agent, and the calls."""
    domain, found = load_domain("retail"), []
    for task in domain.tasks("dev")[:12]:
        user = robustness.Untidy(wiring.make_user(task, 0, "held_out"), task, 0)
        agent = wiring.make_agent("scripted", task, domain, 0)
        found.append((user.placed, Conversation(task, domain, agent, user=user).run()))
    return found


def test_a_call_has_two_asides_at_most_and_never_one_after_the_other(
    robustness: ModuleType, calls: list[tuple[dict[int, str], Episode]]
) -> None:
    assert max(len(placed) for placed, _ in calls) == robustness.MOST == 2
    for placed, episode in calls:
        places = [number for number, turn in enumerate(episode.turns) if isinstance(turn, UserTurn)]
        asides = [places.index(place) for place in placed]
        assert all(later - earlier > 1 for earlier, later in pairwise(asides))


def test_asides_are_found_again_in_a_stored_call(
    robustness: ModuleType, calls: list[tuple[dict[int, str], Episode]]
) -> None:
    for placed, episode in calls:
        assert [kind for kind, _ in robustness.asides_of(episode)] == list(placed.values())


class Listening:
    """A customer who says the same always, and keeps what was there to be heard."""

    name = "listening"

    def __init__(self) -> None:
        self.heard: list[Turn] = []

    def speak(self, turns: Sequence[Turn]) -> UserTurn:
        self.heard = list(turns)
        return UserTurn(text="Cancel my order.")


def test_the_customer_within_hears_neither_the_aside_nor_its_answer(robustness: ModuleType) -> None:
    inner = Listening()
    user = robustness.Untidy(inner, load_domain("retail").tasks("dev")[0], 0)
    user.placed[0] = "small_talk"
    aside = (UserTurn(text="How are you?"), AgentTurn(text="Fine. How can I help you?"))
    meant = (UserTurn(text="Cancel my order."), AgentTurn(text="Which one?"))
    user.speak((*aside, *meant))
    assert inner.heard == list(meant)


def test_the_customer_goes_on_as_if_nothing_had_been_said(calls: list[tuple[dict[int, str], Episode]]) -> None:
    assert sum(bool(placed) for placed, _ in calls) > 6
    assert all(episode.verdict is not None and episode.verdict.passed for _, episode in calls)


@pytest.mark.slow
def test_an_agent_that_knows_the_script_loses_nothing_by_asides_and_slips(home: Path) -> None:
    found = run("robustness", "--agent", "scripted", "--limit", "4", "--workers", "1")
    assert (found["tidy"], found["untidy"], found["ratio"], found["worse"]) == (4, 4, 1.0, 0)
    assert found["asides"]["all"].keys() == {"asides", "in_words", "as_taught"}
    assert found["asides"]["all"]["asides"] > 0
