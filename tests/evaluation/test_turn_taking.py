"""Turn-taking of live calls."""

import pytest

from tarl_app.core.types import AgentTurn, Episode, Task, Timing, TurnTaking, UserTurn
from tarl_app.evaluation.measures.figures import figures
from tarl_app.evaluation.measures.metrics import measure
from tarl_app.evaluation.measures.turn_taking import measure_turn_taking

TASK = Task(id="t", domain="retail", split="dev", kind="lookup", instruction="Ask.")


def call(taken: TurnTaking | None, *latencies: float) -> Episode:
    turns = [
        turn
        for latency in latencies
        for turn in (
            UserTurn(text="Hello"),
            AgentTurn(text="Yes?", timing=Timing(end_of_turn=0.2, response_latency=latency)),
        )
    ]
    return Episode(id="e", task=TASK, agent="a", user="u", turns=tuple(turns), turn_taking=taken)


LIVE = [
    call(TurnTaking(turns=4, responses=3, interruptions=2, yield_latencies=(0.6, 0.8), agent_interruptions=1), 1.0, 2.0),
    call(TurnTaking(turns=1, responses=1, false_interruptions=2, backchannels=4, backchannels_kept=3), 3.0),
]


def test_rates_are_over_all_turns_and_latencies_are_means():
    found = measure_turn_taking([*LIVE, call(None)])
    assert found is not None
    assert (found.calls, found.interruptions, found.false_interruptions) == (2, 2, 2)
    assert found.response_latency == pytest.approx(2.0)
    assert found.response_rate == pytest.approx(0.8)
    assert found.yield_latency == pytest.approx(0.7)
    assert found.agent_interruption_rate == pytest.approx(0.2)
    assert found.selectivity_backchannel == pytest.approx(0.75)


def test_without_an_occasion_there_is_no_rate():
    found = measure_turn_taking([call(TurnTaking())])
    assert found is not None
    assert (found.response_rate, found.yield_latency, found.selectivity_backchannel) == (None, None, None)
    assert measure_turn_taking([call(None)]) is None


def test_interruptions_that_were_meant_are_told_from_back_channels():
    taken = TurnTaking(turns=4, interruptions=3, interruptions_meant=2, interruptions_yielded=1, continued=2)
    found = measure_turn_taking([call(taken), call(TurnTaking(turns=2))])
    assert found is not None
    assert (found.interruptions_meant, found.yield_rate, found.continued) == (2, 0.5, 2)
    assert measure_turn_taking([call(TurnTaking(turns=2))]).interruptions_meant is None  # pyright: ignore


def test_an_evaluation_reports_them_for_live_calls_alone():
    section = {figure.name: figure for figure in figures(measure(LIVE)) if figure.section == "Turn-taking"}
    assert section["Response rate"].words == "80.0%"
    assert not [figure for figure in figures(measure([call(None)])) if figure.section == "Turn-taking"]
    assert measure(LIVE).latency["response_latency"].percentiles["50"] == pytest.approx(2.0)
    assert measure(LIVE).latency["end_of_turn"].turns == 3
