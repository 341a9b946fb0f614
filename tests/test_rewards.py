import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.errors import ConfigError
from tarl_app.core.types import AgentTurn, Episode, Judgement, StopReason, Task, TurnScore, UserTurn, Verdict
from tarl_app.training.rewards import RewardConfig, arithmetic, explain, price, reward, turn_rewards


def episode(passed: bool | None, scores: list[int], stop: StopReason = StopReason.USER_DONE) -> Episode:
    turns = [turn for n in range(len(scores)) for turn in (UserTurn(text=f"question {n}"), AgentTurn(text=f"answer {n}"))]
    judged = tuple(
        TurnScore.model_validate({"turn": 2 * n + 1, "score": score, "reason": "because"}) for n, score in enumerate(scores)
    )
    return Episode(
        id="e1",
        task=Task(id="t1", domain="retail", split="dev", kind="lookup", instruction="Ask."),
        agent="scripted",
        user="scripted",
        turns=tuple(turns),
        stop=stop,
        verdict=None if passed is None else Verdict(passed=passed),
        judgements=(Judgement(judge="reference", scores=judged),) if scores else (),
    )


WORKED = [
    (True, [1, 1, 1, 1, 1], 15),
    (False, [1, 1, 1, 1, 1], 5),
    (True, [1, 0, 1, 0, 1], 13),
    (False, [1, 1, -1, 1, 1], -1),
]


@pytest.mark.parametrize(("passed", "scores", "expected"), WORKED)
def test_the_worked_examples_of_five_turns_have_their_prices(passed, scores, expected):
    assert price(passed, scores) == pytest.approx(expected)
    assert reward(episode(passed, scores)) == pytest.approx(expected)


@pytest.mark.parametrize(("passed", "scores", "expected"), WORKED)
def test_per_turn_rewards_add_up_to_the_trajectory_reward(passed, scores, expected):
    assert sum(turn_rewards(episode(passed, scores), "tarl_per_turn")) == pytest.approx(expected)


@given(st.booleans(), st.lists(st.sampled_from([0, 1]), min_size=1, max_size=30), st.integers(-1, 29))
def test_any_scores_price_the_same_in_one_piece_and_turn_by_turn(passed, scores, deviation):
    if 0 <= deviation < len(scores):
        scores[deviation] = -1
    one = episode(passed, scores)
    assert sum(turn_rewards(one, "tarl_per_turn")) == pytest.approx(reward(one, "tarl"))
    assert -5 <= reward(one) <= 15


def test_a_turn_that_deviates_carries_the_penalty_itself_and_the_last_turn_the_success():
    assert turn_rewards(episode(True, [1, -1, 0, 1]), "tarl_per_turn") == pytest.approx((1.25, -5, 0, 11.25))


def test_trajectory_schemes_give_every_turn_the_same_scalar():
    one = episode(True, [1, 0])
    assert turn_rewards(one, "terminal") == (10, 10)
    assert turn_rewards(one, "tarl") == (12.5, 12.5)


def test_the_terminal_scheme_needs_no_judge():
    assert reward(episode(False, []), "terminal") == 0
    assert reward(episode(True, []), "terminal") == 10


def test_turn_level_schemes_refuse_an_episode_with_an_unscored_turn():
    unjudged = episode(True, [1, 1]).model_copy(update={"judgements": ()})
    with pytest.raises(ConfigError, match="one score for each agent turn"):
        reward(unjudged, "tarl")


def test_an_infrastructure_failure_has_no_reward():
    with pytest.raises(ConfigError, match="infrastructure failure"):
        reward(episode(None, [1], StopReason.FAILURE), "terminal")


def test_a_user_fault_has_no_reward():
    with pytest.raises(ConfigError, match="fault of the simulated user"):
        reward(episode(None, [1], StopReason.USER_FAULT), "terminal")


def test_the_factors_are_configuration():
    config = RewardConfig(success=1, process=2, deviation=3)
    assert price(True, [1, 0, -1, 0], config) == pytest.approx(1 + 0.5 - 3)


def test_the_arithmetic_is_written_out():
    assert explain(episode(True, [1, 1, 1, 0, 1, 1, 1])) == "10 × 1 + 5/7 × 6 − 0 = 14.3"
    assert explain(episode(False, [1, 1, -1])) == "10 × 0 + 5/3 × 2 − 5 = −1.7"
    assert explain(episode(None, [])) == "10 × 0 + 0 − 0 = 0.0"


SEVEN = episode(True, [1, 1, 1, 0, 1, 1, 1])


@pytest.mark.parametrize(
    ("one", "scheme", "told"),
    [
        (SEVEN, "terminal", "10 × 1 = 10.0"),
        (episode(False, []), "terminal", "10 × 0 = 0.0"),
        (SEVEN, "tarl", "10 × 1 + 5/7 × 6 − 0 = 14.3"),
        (SEVEN, "tarl_per_turn", "10 × 1 + 5/7 × 6 − 0 = 14.3; by turn 0.7, 0.7, 0.7, 0.0, 0.7, 0.7, 10.7"),
        (episode(False, [1, -1]), "tarl_per_turn", "10 × 0 + 5/2 × 1 − 5 = −2.5; by turn 2.5, −5.0"),
    ],
)
def test_each_scheme_has_an_arithmetic_of_its_own(one, scheme, told):
    assert arithmetic(one, scheme) == told


def test_the_arithmetic_has_the_configured_factors_and_refuses_what_has_no_reward():
    assert arithmetic(SEVEN, "terminal", RewardConfig(success=3)) == "3 × 1 = 3.0"
    with pytest.raises(ConfigError, match="infrastructure failure"):
        arithmetic(episode(None, [1], StopReason.FAILURE), "terminal")


def test_scores_by_another_judge_are_not_mixed_in():
    one = episode(True, [1, 1])
    other = Judgement(judge="llm", scores=tuple(score.model_copy(update={"score": 0}) for score in one.judgements[0].scores))
    both = one.model_copy(update={"judgements": (*one.judgements, other)})
    assert reward(both, judge="reference") == 15
    assert reward(both, judge="llm") == 10
