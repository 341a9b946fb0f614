import pytest

from tarl_app.core.errors import ConfigError
from tarl_app.core.types import AgentTurn, Episode, Judgement, StopReason, Task, TurnScore, Verdict
from tarl_app.evaluation.measures.sweep import FOLLOWS, several, sweep
from tarl_app.judges.reference import judge

TASK = Task(id="t", domain="retail", split="dev", kind="lookup", instruction="Ask.")


def episode(name: str, passed: bool, *scores: int | str) -> Episode:
    """``scores``: -1, 0, 1, or "f" for a -1 that followed an earlier one."""
    made = tuple(
        TurnScore(turn=n, score=0 if score == "f" else score, reason=f"{FOLLOWS} (x)" if score == "f" else "x")
        for n, score in enumerate(scores)
    )
    turns = tuple(AgentTurn(text="a") for _ in scores)
    return Episode(
        id=name, task=TASK, agent="a", user="u", turns=turns, stop=StopReason.USER_DONE, verdict=Verdict(passed=passed),
        judgements=(Judgement(judge="reference", scores=made),),
    )  # fmt: skip


EPISODES = [
    episode("best", True, 1, 1, 1),
    episode("good", True, 1, 0, 1),
    episode("lucky", True, 1, -1, "f"),
    episode("polite", False, 1, 1, 1),
    episode("bad", False, -1, "f", "f"),
]


def test_the_papers_formula_ranks_as_itself_and_every_variant_is_there():
    found = {one.name: one for one in sweep(EPISODES)}
    assert (found["the paper's 10 / 5 / 5"].tau, found["the paper's 10 / 5 / 5"].moved) == (1.0, 0)
    assert len(found) == 16


def test_success_alone_cannot_tell_successes_apart():
    found = {one.name: one for one in sweep(EPISODES)}
    assert found["factors 10 / 0 / 0"].tau < 1
    assert found["factors 10 / 0 / 0"].mean_reward == pytest.approx(6)


def test_every_deviation_that_followed_costs_again():
    assert several(EPISODES[2]) == pytest.approx(10 + 5 / 3 - 5 - 5)
    assert several(EPISODES[4]) == pytest.approx(-15)
    assert several(EPISODES[0]) == 15


def test_the_mark_of_a_following_deviation_is_the_judges_own():
    assert judge.FOLLOWS == FOLLOWS


def test_the_more_a_judge_errs_the_less_its_ranking_holds_and_the_seed_repeats_it():
    taus = [one.tau for one in sweep(EPISODES) if one.name.startswith("a judge that errs")]
    assert taus[0] > taus[-1]
    assert sweep(EPISODES, seed=3) == sweep(EPISODES, seed=3) != sweep(EPISODES, seed=4)


def test_episodes_that_do_not_count_or_were_not_judged_are_left_out():
    broken = EPISODES[0].model_copy(update={"stop": StopReason.FAILURE})
    unjudged = EPISODES[0].model_copy(update={"judgements": ()})
    with pytest.raises(ConfigError, match="there are 1"):
        sweep([EPISODES[0], broken, unjudged])


def test_equal_episodes_have_no_ranking_to_change():
    assert all(one.moved == 0 for one in sweep([EPISODES[0], EPISODES[0]]) if one.name.startswith("factors"))
