import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.types import AgentTurn, Episode, StopReason, ToolCall, ToolTurn, Turn, TurnScore, UserTurn
from tarl_app.domains import load_domain
from tarl_app.evaluation.reward import trajectory_reward
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.sandbox.verifier import verify

DOMAIN = load_domain("math")
JUDGE = ReferenceJudge(DOMAIN)
TASK = next(task for task in DOMAIN.tasks("dev") if task.kind == "math-level-4")
RIGHT = TASK.must_tell[0].value
CALL = ToolCall(id="1", name="calculate", arguments={"expression": "1+1"})


def judged(*said: AgentTurn, stop: StopReason | None = StopReason.USER_DONE) -> Episode:
    turns: list[Turn] = [UserTurn(text=TASK.goals[0].question or "")]
    for turn in said:
        turns.append(turn)
        if turn.tool_calls:
            turns.append(ToolTurn(results=tuple(DOMAIN.open().call(call) for call in turn.tool_calls)))
    episode = Episode(id="e", task=TASK, agent="a", user="u", turns=tuple(turns), stop=stop)
    episode = episode.model_copy(update={"verdict": verify(episode, DOMAIN) if stop else None})
    return episode.model_copy(update={"judgements": (JUDGE.judge(episode),)})


def only(episode: Episode) -> TurnScore:
    (score,) = episode.judgements[0].scores
    return score


@pytest.mark.parametrize(
    ("text", "score", "rule"),
    [
        (f"The answer is {RIGHT}.", 1, ""),
        (f"Wait, 500-300 and 1234567 dollars are wrong. The answer is ${RIGHT}.", 1, ""),
        ("The answer is 1.", -1, "wrong_answer"),
        (f"{RIGHT}, or rather 1", -1, "wrong_answer"),
        ("I do not know.", 0, "no_answer"),
        ("Could you say that again?", 0, "no_answer"),
        ("I cannot help you with that.", 0, "no_answer"),
        ("", 0, "silence"),
    ],
)
def test_the_final_number_decides(text: str, score: int, rule: str):
    for stop in (None, StopReason.USER_DONE):
        found = only(judged(AgentTurn(text=text), stop=stop))
        assert (found.score, found.rule) == (score, rule)
        assert found.reason


@given(st.text())
def test_of_all_texts_only_a_wrong_number_is_a_major_deviation(text: str):
    score = only(judged(AgentTurn(text=text)))
    assert (score.score == -1) == (score.rule == "wrong_answer")


def test_only_the_first_wrong_answer_is_the_deviation():
    episode = judged(AgentTurn(text="The answer is 1."), AgentTurn(text="The answer is 2."), AgentTurn(text=RIGHT))
    assert [score.score for score in episode.judgements[0].scores] == [-1, 0, 1]


@given(st.text())
def test_the_judge_and_the_verdict_agree_on_a_single_answer(text: str):
    episode = judged(AgentTurn(text=text))
    assert episode.verdict is not None
    assert episode.verdict.passed == (only(episode).score == 1)


def test_a_call_is_the_one_major_deviation_even_with_the_answer_beside_it():
    episode = judged(
        AgentTurn(text=f"The answer is {RIGHT}.", tool_calls=(CALL,)),
        AgentTurn(tool_calls=(CALL,)),
        AgentTurn(text=f"The answer is {RIGHT}."),
    )
    assert [score.score for score in episode.judgements[0].scores] == [-1, 0, 1]


def test_a_call_that_cannot_be_read_is_minor():
    assert only(judged(AgentTurn(text=f"The answer is {RIGHT}.", malformed="{"))).score == 0


def test_what_an_episode_is_worth():
    answer, wrong, called = AgentTurn(text=RIGHT), AgentTurn(text="0"), AgentTurn(tool_calls=(CALL,))
    worth = [trajectory_reward(judged(*said)) for said in ((answer,), (called, answer), (wrong,), (called, wrong))]
    assert worth == [15, 7.5, -5, -5]
