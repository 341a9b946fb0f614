"""Statements of fact without support: which turns count, the rate with its interval, and where it is reported."""

import pytest

from tarl_app.core.types import AgentTurn, Episode, Judgement, StopReason, Task, ToolCall, TurnScore, UserTurn, Verdict
from tarl_app.evaluation.measures.figures import figures
from tarl_app.evaluation.measures.metrics import measure
from tarl_app.evaluation.measures.support import FOLLOWS, UNSUPPORTED, measure_support, unsupported
from tarl_app.evaluation.selections import select

Row = tuple[int, str, str]
"""A score, a rule and a reason."""


def played(task: str, rows: list[Row], calls: bool = False, judge: str = "reference") -> Episode:
    """An episode with one agent turn a row."""
    turn = AgentTurn(text="It is $5.", tool_calls=(ToolCall(id="1", name="think", arguments={}),) if calls else ())
    turns = [one for _ in rows for one in (UserTurn(text="how much?"), turn)]
    scores = tuple(
        TurnScore.model_validate({"turn": 2 * number + 1, "score": score, "rule": rule, "reason": reason})
        for number, (score, rule, reason) in enumerate(rows)
    )
    return Episode(
        id=task,
        task=Task(id=task, domain="retail", split="dev", kind="lookup", instruction="Ask."),
        agent="scripted",
        user="scripted",
        turns=tuple(turns),
        stop=StopReason.USER_DONE,
        verdict=Verdict(passed=False),
        judgements=(Judgement(judge=judge, scores=scores),),
    )


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ((-1, "wrong_amount", "told the customer $5.00"), 1),
        ((0, "wrong_amount", f"{FOLLOWS}told the customer $5.00)"), 1),
        ((0, "invented_id", "misheard W1 as W7"), 0),
        ((-1, "wrong_write", "that was not what the customer needed"), 0),
        ((-1, "wrong_items", "read back the change without the lamp"), 0),
        ((1, "", "answered from the data"), 0),
    ],
)
def test_a_turn_counts_if_it_states_something_that_no_result_supports(row: Row, counts: int) -> None:
    assert unsupported(played("a", [row])) == counts


def test_a_call_states_nothing() -> None:
    assert unsupported(played("a", [(-1, "invented_id", "made up an order")], calls=True)) == 0


def test_without_the_reference_judge_nothing_is_known() -> None:
    episode = played("a", [(-1, "wrong_amount", "five")], judge="llm")
    assert unsupported(episode) is None
    assert measure_support([episode]) is None
    assert measure_support([]) is None
    assert not [one for one in figures(measure([episode])) if one.key == "unsupported"]


def test_the_rate_is_per_hundred_agent_turns_with_an_interval_over_tasks() -> None:
    wrong, right = (-1, "wrong_status", "it is pending"), (1, "", "answered")
    episodes = [played("a", [right, wrong]), played("b", [right] * 8)]
    found = measure_support(episodes)
    assert found is not None
    assert (found.statements, found.turns, found.per_100) == (1, 10, pytest.approx(10))
    assert 0 == found.low < found.per_100 < found.high == 50
    assert measure_support(episodes) == found


def test_none_in_a_few_turns_is_not_certainty() -> None:
    found = measure_support([played("a", [(1, "", "answered")] * 20)])
    assert found is not None
    assert (found.per_100, found.low) == (0, 0)
    assert 10 < found.high < 20


def test_it_is_among_the_figures_and_its_episodes_can_be_opened() -> None:
    episodes = [played("a", [(-1, "wrong_amount", "five")]), played("b", [(1, "", "answered")])]
    figure = next(one for one in figures(measure(episodes)) if one.key == "unsupported")
    assert (figure.words, figure.of) == ("50.00", 2)
    assert figure.range_words == "0.00 to 100.00"
    assert [one.id for one in select(episodes, "unsupported")] == ["a"]


def test_every_rule_that_counts_is_one_of_the_judges() -> None:
    from tarl_app.domains import DOMAINS, load_domain
    from tarl_app.judges.reference.rules.texts import TEXT_RULES

    own = {name for domain in DOMAINS for name, _ in load_domain(domain).judging.text_rules}
    assert {name for name, _ in TEXT_RULES} | own >= UNSUPPORTED
