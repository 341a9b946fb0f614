"""Head to head: pairing, resuming, and the numbers, against counts done by hand."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from tarl_app import wiring
from tarl_app.core.errors import Cancelled, ConfigError
from tarl_app.core.types import AgentTurn, Episode, StopReason, Task, ToolCall, Turn, UserTurn, Verdict, Vote
from tarl_app.evaluation.comparison.compare import (
    CompareConfig,
    CompareProgress,
    Side,
    deed,
    first_difference,
    folder_name,
    head_to_head,
    played,
    seconds_left,
    versus,
)
from tarl_app.evaluation.comparison.figures import outcome, sign_test
from tarl_app.evaluation.comparison.votes import bradley_terry, standings
from tarl_app.evaluation.evaluate import EvaluationConfig
from tarl_app.evaluation.measures.intervals import wilson


def episode(task: str, passed: bool, seed: int = 0, stop: StopReason = StopReason.USER_DONE) -> Episode:
    made = Task(id=task, domain="retail", split="dev", kind="lookup", instruction="")
    verdict = Verdict(passed=passed)
    return Episode(id=f"{task}-{seed}", task=made, agent="x", user="scripted", stop=stop, verdict=verdict, seed=seed)


def pairs(*passed: tuple[bool, bool]) -> list[tuple[Episode, Episode]]:
    return [(episode(f"t{i}", a), episode(f"t{i}", b)) for i, (a, b) in enumerate(passed)]


def vote(a: str, b: str, choice: str) -> Vote:
    fields = {"a": a, "b": b, "choice": choice, "task": "t", "blind": True, "messages": 1}
    return Vote.model_validate({"id": "v", "episodes": ("e1", "e2"), **fields})


# --- the two sides ----------------------------------------------------------------------------------------------------


def test_an_agent_is_not_compared_with_itself() -> None:
    with pytest.raises(ValueError, match="cannot be compared with itself"):
        versus("scripted", "scripted")


def test_one_name_that_stood_for_two_checkpoints_can_be_compared() -> None:
    old, new = (EvaluationConfig(agent="omni-mini", revision=revision) for revision in ("aaaa", "bbbb"))
    assert CompareConfig(a=old, b=new).a.revision == "aaaa"


def test_sides_measured_in_different_ways_are_refused() -> None:
    with pytest.raises(ValueError, match="in the same way"):
        CompareConfig(a=EvaluationConfig(agent="scripted", seed=1), b=EvaluationConfig(agent="null", seed=2))


def test_the_folder_is_the_same_for_more_tasks_and_another_for_other_seeds() -> None:
    names = [folder_name(versus("a/b", "null", **more)) for more in ({"limit": 1}, {"limit": 9}, {"seed": 1})]
    assert names[0] == names[1] != names[2]
    assert "/" not in names[0]


def test_the_sides_alternate_are_stored_and_go_on_where_they_stopped(tmp_path: Path) -> None:
    config = versus("scripted", "null", limit=2)
    parts = wiring.compare_parts(config)
    seen: list[CompareProgress] = []
    with pytest.raises(Cancelled):
        head_to_head(config, parts, tmp_path, lambda progress, _: seen.append(progress), lambda: len(seen) == 3)
    assert [progress.done for progress in seen] == [1, 2, 3]
    stopped = played(config, parts[0].domain, tmp_path)
    assert (len(stopped.a), len(stopped.b), len(stopped.pairs)) == (2, 1, 1)
    with (tmp_path / "b.jsonl").open("a") as file:
        file.write('{"id": "cut off by a cra')
    result = head_to_head(config, parts, tmp_path, lambda progress, _: seen.append(progress))
    assert [progress.done for progress in seen] == [1, 2, 3, 4]
    assert [one.id for one in result.a] == [one.id for one in played(config, parts[0].domain, tmp_path).a]
    assert (seen[-1].passed_a, seen[-1].passed_b, seen[-1].seconds_left) == (2, 0, 0)
    assert (result.outcome.only_a, result.outcome.tasks, result.outcome.difference) == (2, 2, -1.0)
    for pair in result.pairs:
        assert pair.a.turns[0] == pair.b.turns[0]  # the same seed: the same first words
        assert pair.parts_at == 1
    other = versus("scripted", "transfer-only", limit=2)
    with pytest.raises(ConfigError, match="another configuration"):
        head_to_head(other, wiring.compare_parts(other), tmp_path)


@pytest.mark.parametrize(
    ("took", "left", "seconds"),
    [
        ({"a": [10.0, 20.0], "b": [1.0]}, {"a": 2, "b": 3}, 33.0),  # each side's own calls
        ({"a": [10.0], "b": []}, {"a": 1, "b": 2}, 30.0),  # nothing is known of b yet
        ({"a": [], "b": []}, {"a": 1, "b": 2}, 0.0),
    ],
)
def test_the_time_left_is_that_of_each_side(took: dict[Side, list[float]], left: dict[Side, int], seconds: float) -> None:
    assert seconds_left(took, left) == seconds


# --- where they differ ------------------------------------------------------------------------------------------------


def test_dialogues_differ_first_where_words_or_arguments_do_and_not_where_ids_and_times_do() -> None:
    call = ToolCall(id="1", name="get_order_details", arguments={"order_id": "#W1"})
    ours: list[Turn] = [UserTurn(text="Hi"), AgentTurn(text="One moment. "), AgentTurn(tool_calls=(call,))]
    same: list[Turn] = [
        *ours[:1],
        AgentTurn(text="One moment."),
        AgentTurn(tool_calls=(call.model_copy(update={"id": "9"}),)),
    ]
    other: list[Turn] = [*same[:2], AgentTurn(tool_calls=(call.model_copy(update={"arguments": {"order_id": "#W2"}}),))]
    assert first_difference(ours, same) is None
    assert first_difference(ours, other) == 2
    assert first_difference(ours, same[:2]) == 2
    assert deed(other, 2) == "get_order_details(#W2)"
    assert deed(same[:2], 2) == "(ended)"


# --- numbers of pairs -------------------------------------------------------------------------------------------------


def test_the_p_value_is_that_of_mcnemars_exact_test() -> None:
    found = outcome(pairs(*[(True, True)] * 5, *[(False, True)] * 8, *[(True, False)] * 1, *[(False, False)] * 2))
    assert (found.both, found.only_a, found.only_b, found.neither) == (5, 1, 8, 2)
    by_hand = 2 * sum(math.comb(9, k) for k in (0, 1)) / 2**9
    assert found.p_value == pytest.approx(by_hand)
    assert found.decided
    assert found.difference == pytest.approx(7 / 16)
    assert found.interval is not None
    assert 0 < found.interval.low < found.difference < found.interval.high


def test_trials_of_one_task_are_one_observation() -> None:
    repeated = [(episode("t", False, seed), episode("t", True, seed)) for seed in range(10)]
    found = outcome(repeated)
    assert (found.tasks, found.pairs, found.better_b, found.p_value) == (1, 10, 1, 1.0)
    assert not found.decided


def test_without_pairs_nothing_is_claimed() -> None:
    found = outcome([])
    assert (found.tasks, found.difference, found.interval, found.p_value) == (0, 0.0, None, 1.0)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_sign_test_is_the_exact_binomial_one_whichever_side_is_called_a(fewer: int, more: int) -> None:
    assert sign_test(fewer, more) == pytest.approx(sign_test(more, fewer))
    assert sign_test(fewer, more) == pytest.approx(binomtest(more, fewer + more).pvalue if fewer + more else 1.0)


# --- votes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("points", "votes"), [(0, 1), (7, 10), (50, 50)])
def test_the_interval_of_win_rates_is_wilsons(points: int, votes: int) -> None:
    theirs = binomtest(points, votes).proportion_ci(method="wilson")
    ours = wilson(points, votes)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


def test_wins_ties_and_losses_are_counted_whichever_side_an_agent_stood_on() -> None:
    votes = [
        vote("x", "y", "a"),
        vote("y", "x", "b"),
        vote("x", "y", "tie"),
        vote("y", "x", "both_bad"),
        vote("x", "y", "b"),
    ]
    first, second = standings(votes)
    assert (first.agent, first.votes, first.wins, first.ties, first.losses) == ("x", 5, 2, 2, 1)
    assert (second.agent, second.wins, second.ties, second.losses) == ("y", 1, 2, 2)
    assert first.share == pytest.approx(0.6)
    assert first.share + second.share == pytest.approx(1)


def test_many_votes_give_back_the_strengths_they_were_drawn_from() -> None:
    strengths = {"weak": 0.5, "middle": 1.0, "strong": 2.0}
    votes = []
    for one, p in strengths.items():
        for other, q in strengths.items():
            if one < other:
                wins = round(3000 * p / (p + q))
                votes += [vote(one, other, "a")] * wins + [vote(one, other, "b")] * (3000 - wins)
    found = bradley_terry(sorted(strengths), votes)
    ratio = {name: share / (1 - share) for name, (share, _) in found.items()}
    assert ratio["strong"] / ratio["weak"] == pytest.approx(4.0, rel=0.02)
    assert ratio["middle"] / ratio["weak"] == pytest.approx(2.0, rel=0.02)


def test_an_opponent_that_is_strong_makes_a_win_worth_more() -> None:
    shared = [vote("strong", "weak", "a")] * 20
    found = bradley_terry(["beat-strong", "beat-weak", "strong", "weak"], [
        *shared, vote("beat-strong", "strong", "a"), vote("beat-weak", "weak", "a"),
    ])  # fmt: skip
    assert found["beat-strong"][0] > found["beat-weak"][0]


def test_more_votes_make_the_interval_of_the_strength_narrower() -> None:
    def width(votes: int) -> float:
        interval = bradley_terry(["x", "y"], [vote("x", "y", "a"), vote("x", "y", "b")] * votes)["x"][1]
        return interval.high - interval.low

    assert width(100) < width(5) < width(1)


def test_one_vote_decides_nothing() -> None:
    first = standings([vote("x", "y", "a")])[0]
    assert first.strength_interval.low < 0.5 < first.strength
    assert standings([]) == ()


def test_the_interval_uses_the_normal_quantile_of_95_percent() -> None:
    interval = wilson(0.5, 1)
    z = norm.ppf(0.975)
    assert interval.high - interval.low == pytest.approx(2 * z / (1 + z * z) * math.sqrt(0.25 + z * z / 4), abs=1e-5)
