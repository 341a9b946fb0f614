import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.evaluation.metrics import bootstrap, mean_pass_hat, measure, pass_hat
from tarl_app.types import AgentTurn, Episode, Judgement, StopReason, Task, TurnScore, UserTurn, Verdict


def episode(
    task: str, passed: bool, score: int = 1, kind: str = "lookup", stop: StopReason = StopReason.USER_DONE
) -> Episode:
    return Episode(
        id=f"{task}-{passed}-{score}",
        task=Task(id=task, domain="retail", split="dev", kind=kind, instruction="Ask."),
        agent="scripted",
        user="scripted",
        turns=(UserTurn(text="hello"), AgentTurn(text="hi")),
        stop=stop,
        verdict=Verdict(passed=passed),
        judgements=(
            Judgement(
                judge="reference", scores=(TurnScore.model_validate({"turn": 1, "score": score, "reason": "because"}),)
            ),
        ),
    )


@pytest.mark.parametrize(("c", "expected"), [(0, 0), (1, 0), (2, 1 / 6), (3, 1 / 2), (4, 1)])
def test_pass_hat_2_of_four_trials(c, expected):
    assert pass_hat(4, c, 2) == pytest.approx(expected)


def test_pass_hat_4_of_eight_trials_with_six_successes():
    assert pass_hat(8, 6, 4) == pytest.approx(15 / 70)


@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_pass_hat_falls_with_k_and_starts_at_the_success_rate(numbers):
    n, c = numbers
    values = [pass_hat(n, c, k) for k in range(1, n + 1)]
    assert values[0] == pytest.approx(c / n)
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(("n", "c", "k"), [(4, 5, 1), (4, -1, 1), (4, 2, 5), (4, 2, 0)])
def test_impossible_counts_are_refused(n, c, k):
    with pytest.raises(ValueError, match=r"pass\^k needs"):
        pass_hat(n, c, k)


def test_pass_hat_is_averaged_over_tasks_not_over_episodes():
    assert mean_pass_hat([[True] * 4, [False]], 1) == 0.5


def test_the_interval_holds_the_mean_and_repeats_with_its_seed():
    values = [1.0] * 12 + [0.0] * 8
    interval = bootstrap(values)
    assert interval is not None
    assert 0.3 < interval.low < 0.6 < interval.high < 0.9
    assert interval == bootstrap(values)


def test_the_interval_of_equal_values_is_a_point_and_of_none_is_none():
    point = bootstrap([1.0] * 5)
    assert point is not None
    assert (point.low, point.high) == (1, 1)
    assert bootstrap([]) is None


def test_infrastructure_failures_are_counted_apart():
    metrics = measure([episode("a", True), episode("b", False, stop=StopReason.FAILURE)])
    assert metrics.infrastructure_failures == 1
    assert (metrics.tasks, metrics.episodes, metrics.pass_hat) == (1, 1, {"1": 1.0})


def test_pass_hat_stops_at_the_trials_that_every_task_has():
    metrics = measure([episode("a", True), episode("a", True), episode("b", True)])
    assert metrics.trials == 2
    assert list(metrics.pass_hat) == ["1"]


def test_kinds_rewards_and_deviations_are_reported():
    metrics = measure([episode("a", True), episode("b", False, -1, kind="cancel"), episode("c", False, 0, kind="cancel")])
    assert metrics.by_kind == {"cancel": 0.0, "lookup": 1.0}
    assert metrics.mean_reward == pytest.approx((15 - 5 + 0) / 3)
    assert metrics.deviation_rate == pytest.approx(1 / 3)
    assert metrics.mean_turn_score == pytest.approx(0)
    assert metrics.stops == {"user_done": 3}


def test_no_episodes_give_zeros_not_warnings():
    metrics = measure([])
    assert (metrics.tasks, metrics.pass_hat, metrics.interval, metrics.mean_reward) == (0, {}, None, 0)
