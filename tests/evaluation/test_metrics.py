import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.errors import ConfigError
from tarl_app.core.types import (
    AgentTurn,
    AudioRef,
    Check,
    Episode,
    Goal,
    Judgement,
    StopReason,
    Task,
    Timing,
    ToolCall,
    ToolResult,
    ToolTurn,
    TurnScore,
    UserTurn,
    Verdict,
)
from tarl_app.domains import load_domain
from tarl_app.evaluation.measures.figures import figures
from tarl_app.evaluation.measures.intervals import bootstrap, of_differences, of_shares, wilson
from tarl_app.evaluation.measures.metrics import mean_pass_hat, measure, pass_hat
from tarl_app.evaluation.measures.word_errors import word_edits
from tarl_app.evaluation.selections import select
from tarl_app.sandbox.verifier import NOTHING_ELSE


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
    assert of_shares([]) is None


def paired(both: int, only_first: int, only_second: int, neither: int) -> tuple[list[float], list[float]]:
    first = [1.0] * (both + only_first) + [0.0] * (only_second + neither)
    return first, [1.0] * both + [0.0] * only_first + [1.0] * only_second + [0.0] * neither


def test_the_interval_of_a_paired_difference_is_newcombes():
    first, second = paired(36, 12, 2, 0)
    found = of_differences(second, first)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.0569, abs=1e-4), pytest.approx(0.3404, abs=1e-4))


@given(st.tuples(*[st.integers(0, 12)] * 4).filter(any))
def test_the_interval_of_a_paired_difference_holds_it_and_turns_with_the_sides(counts):
    first, second = paired(*counts)
    found, turned = of_differences(first, second), of_differences(second, first)
    assert found is not None
    assert turned is not None
    difference = (sum(second) - sum(first)) / len(first)
    assert -1 <= found.low <= difference <= found.high <= 1
    assert found.high > found.low
    assert (found.low, found.high) == (pytest.approx(-turned.high), pytest.approx(-turned.low))


def test_no_difference_is_certain_because_all_tasks_agree_and_several_trials_are_bootstrapped():
    for shares in ([1.0] * 3, [0.5] * 3):
        found = of_differences([0.0] * 3, shares)
        assert found is not None
        assert found.high - found.low > 0.3
    several = ([0.0, 0.25, 0.5, 0.75], [0.5, 0.25, 0.75, 0.75])
    assert of_differences(*several) == bootstrap([b - a for a, b in zip(*several, strict=True)])
    assert of_differences([], []) is None


def test_three_of_three_is_not_certainty():
    for share in (1.0, 0.0):
        interval = of_shares([share] * 3)
        assert interval is not None
        assert interval.high - interval.low == pytest.approx(0.5615, abs=1e-3)
        assert share in (interval.low, interval.high)
    assert of_shares([1.0, 0.0, 1.0]) == wilson(2, 3)


def test_with_several_trials_tasks_are_resampled():
    shares = [0.25, 1.0, 0.5, 0.0]
    assert of_shares(shares) == bootstrap(shares)
    assert of_shares([0.5] * 4) == wilson(2, 4)


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


def test_user_faults_are_counted_apart_from_failures_and_from_the_agent():
    metrics = measure([episode("a", True), episode("b", False, -1, stop=StopReason.USER_FAULT)])
    assert (metrics.user_faults, metrics.infrastructure_failures) == (1, 0)
    assert (metrics.pass_hat, metrics.deviation_rate, metrics.stops) == ({"1": 1.0}, 0.0, {"user_done": 1})


def test_drafts_that_a_simulated_user_had_to_throw_away_are_told_but_do_not_spoil_the_episode():
    turns = (
        UserTurn(text="a", faults=("swapped roles", "invented an id"), cost_usd=0.25),
        AgentTurn(text="b", cost_usd=0.5),
    )
    metrics = measure([episode("a", True).model_copy(update={"turns": turns})])
    assert (metrics.user_drafts, metrics.user_faults, metrics.episodes, metrics.cost_usd) == (2, 0, 1, 0.75)


def test_a_dialogue_beyond_the_agents_context_counts_as_its_failure():
    metrics = measure([episode("a", True), episode("b", False, stop=StopReason.CONTEXT)])
    assert (metrics.pass_hat, metrics.stops) == ({"1": 0.5}, {"context": 1, "user_done": 1})


def test_where_the_first_deviation_falls_is_counted_by_agent_turn():
    turns = (UserTurn(text="a"), AgentTurn(text="b"), UserTurn(text="c"), AgentTurn(text="d"))
    scores = (TurnScore(turn=1, score=1, reason=""), TurnScore(turn=3, score=-1, reason=""))
    late = episode("a", False).model_copy(update={"turns": turns, "judgements": (Judgement(judge="j", scores=scores),)})
    found = [late, episode("b", False, -1), episode("c", False, -1)]
    assert measure(found).first_deviation == {"1": 2, "2": 1}
    assert select(found, "first:2") == (late,)


def test_groups_have_intervals_over_their_own_tasks():
    found = [episode("a", True), episode("b", False, kind="cancel"), episode("c", True, kind="cancel")]
    groups = {group.key: group for group in measure(found).groups}
    assert (groups["kind:cancel"].tasks, groups["kind:cancel"].passed) == (2, 0.5)
    assert groups["kind:cancel"].interval == wilson(1, 2)
    assert (groups["writes:0"].tasks, groups["kind:lookup"].interval) == (3, wilson(1, 1))


def test_refusals_are_kept_unless_something_else_was_changed():
    goal = Goal(kind="cancel_order", expect="refused", question="Cancel it?")
    task = episode("a", True).task.model_copy(update={"goals": (goal,)})
    kept = episode("a", True).model_copy(update={"task": task})
    broken = kept.model_copy(update={"verdict": Verdict(passed=False, checks=(Check(name=NOTHING_ELSE, passed=False),))})
    metrics = measure([kept, broken, episode("b", True)])
    assert (metrics.refusals, metrics.refusals_kept) == (2, 1)
    assert select([kept, broken], "refusals_broken") == (broken,)


def test_tool_errors_unreadable_calls_and_times_are_measured():
    calls = (ToolCall(id="1", name="think"), ToolCall(id="2", name="think"))
    results = (
        ToolResult(call_id="1", name="think", content="ok"),
        ToolResult(call_id="2", name="think", content="Error: no", is_error=True),
    )
    turns = (
        UserTurn(text="a"),
        AgentTurn(tool_calls=calls, timing=Timing(hearing=0.2, first_token=0.5, total=1.0)),
        ToolTurn(results=results, seconds=0.25),
        AgentTurn(malformed="{", timing=Timing(total=3.0, voice=0.1)),
    )
    metrics = measure([episode("a", True).model_copy(update={"turns": turns})])
    assert (metrics.calls, metrics.tool_errors, metrics.malformed_calls) == (2, 1, 1)
    assert list(metrics.latency) == ["hearing", "first_token", "tools", "voice", "total"]
    assert metrics.latency["tools"].percentiles == {"50": 0.25, "90": 0.25, "95": 0.25}
    assert (metrics.latency["total"].turns, metrics.latency["total"].mean) == (2, 2.0)


def spoken(task: str, passed: bool, meant: str, heard: str | None) -> Episode:
    turns = (
        UserTurn(text=meant, heard=heard, audio=AudioRef(path="a.wav", seconds=1, sample_rate=16000)),
        AgentTurn(text="b"),
    )
    return episode(task, passed).model_copy(update={"turns": turns})


@pytest.mark.parametrize(
    ("meant", "heard", "expected"),
    [
        ("Cancel order #W4821359.", "cancel order W, 4 8 2, 1 3 5 9", (0, 3)),
        ("My zip is 37227.", "my zip is 3 7 2 2 7", (0, 4)),
        ("My zip is 37227.", "my zip is 37727", (1, 4)),
        ("Hello there", "", (2, 2)),
        ("Hello", "Hello hello", (1, 1)),
    ],
)
def test_word_edits_are_counted_in_written_form(meant, heard, expected):
    assert word_edits(meant, heard, load_domain("retail").spoken) == expected


def test_mishearing_is_set_against_success():
    right, badly = (
        spoken("a", True, "cancel my order", "Cancel my order."),
        spoken("b", False, "cancel my order", "counsel my odor"),
    )
    hearing = measure([right, badly, spoken("c", True, "typed", None)]).hearing
    assert hearing is not None
    assert (hearing.turns, hearing.words, hearing.word_error_rate, hearing.exact_turns) == (2, 6, pytest.approx(1 / 3), 0.5)
    assert hearing.success == {"right": 1.0, "badly": 0.0}
    assert select([right, badly], "heard:badly") == (badly,)


@pytest.mark.parametrize("caller", ["human", "scripted, full duplex"])
def test_a_live_call_has_no_word_errors_as_nobody_knows_what_was_said(caller):
    live = spoken("a", True, "cancel my order", "cancel my order").model_copy(update={"user": caller})
    assert measure([live]).hearing is None


def test_an_agents_own_ear_counts_before_the_transcript():
    heard = spoken("a", True, "cancel my order", "Cancel my order.")
    user, answer = heard.turns
    own = heard.model_copy(update={"turns": (user, answer.model_copy(update={"heard": "cancel the order"}))})
    by_itself = measure([own]).hearing
    assert by_itself is not None
    assert by_itself.word_error_rate == pytest.approx(1 / 3)
    alone = own.model_copy(update={"turns": (user.model_copy(update={"heard": None}), own.turns[1])})
    assert measure([alone]).hearing == by_itself


def test_without_transcripts_nothing_is_said_about_hearing():
    assert measure([spoken("c", True, "typed", None)]).hearing is None


def test_every_figure_selects_episodes_that_are_there():
    found = [episode("a", True), episode("b", False, -1, kind="cancel"), episode("c", False, stop=StopReason.FAILURE)]
    listed = figures(measure(found))
    assert {"Success", "By kind of task", "By number of changes needed", "The −1", "Work"} <= {one.section for one in listed}
    for figure in listed:
        assert all(episode in found for episode in select(found, figure.key))
    assert [one.key for one in listed if one.name == "Infrastructure failures"] == ["failure"]
    assert select(found, "failure") == (found[2],)
    assert select(found, "counted") == tuple(found[:2])


@pytest.mark.parametrize("key", ["", "nonsense", "kind:", "other:1"])
def test_an_unknown_selection_is_refused(key):
    with pytest.raises(ConfigError, match="no selection"):
        select([], key)
