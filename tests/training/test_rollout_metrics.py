"""What a step's rollouts say about exploring: the numbers, worked out by hand."""

from typing import Any

import pytest

from tarl_app.core.types import AgentTurn, Episode, Task, ToolCall, UserTurn
from tarl_app.training.rollouts.rollout_metrics import Facts, describe, self_corrections, tool_sequence

TASK = Task(id="t1", domain="retail", split="train", kind="lookup", instruction="Ask.")


def episode(*turns: AgentTurn) -> Episode:
    return Episode(id="e1", task=TASK, agent="policy", user="scripted", turns=(UserTurn(text="Wait, actually!"), *turns))


def told(**changes: Any) -> Facts:
    fields: dict[str, Any] = {"counts": True, "trained": True, "names": ("retail", "text"), "group": "a", "turns": 1}
    return Facts(**{**fields, **changes})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Your order was cancelled.", 0),
        ("Wait. Let me recheck that.", 2),
        ("Hold on, I mean the other one, actually.", 3),
        ("On second thought, let me think.", 2),
        ("Correction: let me calculate it again; let me check, let me consider.", 4),
        ("WAIT", 1),
        ("The waiter awaits factually incorrect corrections.", 0),
        ("Let me look at it.", 0),
    ],
)
def test_phrases_that_take_something_back_are_counted(text: str, count: int) -> None:
    assert self_corrections(episode(AgentTurn(text=text))) == count


def test_only_the_agents_words_count_and_all_of_them() -> None:
    assert self_corrections(episode()) == 0  # the customer says both
    assert self_corrections(episode(AgentTurn(text="Wait."), AgentTurn(text="No, wait, I mean it."))) == 3


def test_the_sequence_of_tools_is_that_of_their_names() -> None:
    calls = [ToolCall(id=str(number), name=name, arguments={}) for number, name in enumerate(("find", "get", "find"))]
    made = episode(AgentTurn(text="", tool_calls=tuple(calls[:2])), AgentTurn(text="", tool_calls=tuple(calls[2:])))
    assert tool_sequence(made) == ("find", "get", "find")
    assert tool_sequence(episode(AgentTurn(text="Nothing to look up."))) == ()


def test_a_step_is_described_by_these_numbers() -> None:
    row = describe(
        [
            told(
                group="a", tools=("find", "get"), tokens=10, turns=2, corrections=1, reward=15.0, passed=True, scores=(1, 1)
            ),
            told(group="a", tools=("find", "get"), tokens=20, turns=4, corrections=0, reward=5.0, scores=(1, 0)),
            told(group="a", tools=("get", "find"), tokens=30, turns=6, corrections=3, reward=-5.0, scores=(-1, 0)),
            told(group="b", names=("math",), tools=(), tokens=40, turns=8, corrections=0, reward=5.0),
            Facts(counts=False, trained=False),
        ]
    )
    assert row["unique_tool_sequences"] == pytest.approx(1.5)  # two orders in the first group, one in the second
    assert row["response_tokens"] == pytest.approx(25)
    assert row["turns"] == pytest.approx(5)
    assert row["self_corrections"] == pytest.approx(1)
    assert (row["rollouts"], row["failures"]) == (4, 1)
    assert (row["reward"], row["reward_std"]) == (pytest.approx(5), pytest.approx(50**0.5))
    assert row["success"] == pytest.approx(1 / 4)
    assert (row["process"], row["minus_one_rate"]) == (pytest.approx(1 / 2), pytest.approx(1 / 3))  # of those with scores
    assert [row[f"pass/{name}"] for name in ("math", "retail", "text")] == pytest.approx([0, 1 / 3, 1 / 3])
    assert "given_turns" not in row
    assert "interventions" not in row


def test_the_same_sequence_in_two_groups_counts_in_both() -> None:
    row = describe([told(group=group, tools=tools) for group in "ab" for tools in (("find",), ("get",), ())])
    assert row["unique_tool_sequences"] == pytest.approx(3)


def test_interventions_are_counted_over_all_rollouts_where_somebody_may_intervene() -> None:
    row = describe([told(interventions=1), told(interventions=0), Facts(counts=False, trained=False, interventions=1)])
    assert row["interventions"] == 2
    assert describe([told(interventions=0)])["interventions"] == 0


def test_given_turns_are_a_mean_over_all_rollouts() -> None:
    assert describe([told(given=3), told(given=0)])["given_turns"] == pytest.approx(1.5)


def test_where_no_rollout_counts_there_is_nothing_to_say_but_that() -> None:
    assert describe([Facts(counts=False, trained=False)]) == {"rollouts": 0, "failures": 1}
