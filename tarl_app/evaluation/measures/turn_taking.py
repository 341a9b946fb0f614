"""Turn-taking of live calls, under the names of tau-voice (arXiv 2603.13686)."""

from collections.abc import Sequence

from tarl_app.core.types import AgentTurn, Episode, Frozen, TurnTaking


class TurnTakingRates(Frozen):
    """Rates are None where there was no occasion; latencies are means in seconds."""

    calls: int
    response_latency: float | None
    response_rate: float | None  # the caller's turns that were answered before they spoke again
    yield_latency: float | None
    interruptions: int  # suffered: the agent yielded to so many
    interruptions_meant: int | None  # by simulated callers: they began on top of the agent to be heard
    yield_rate: float | None  # ... to which it yielded
    continued: int  # turns that were taken for finished and went on before anything of the answer was heard
    agent_interruption_rate: float | None  # made, for each turn of the caller
    false_interruptions: int  # voice on top of the agent for which it did not yield
    selectivity_backchannel: float | None  # back-channels during which it spoke on; of simulated callers


def measure_turn_taking(episodes: Sequence[Episode]) -> TurnTakingRates | None:
    """Of the live calls among them; None where there are none."""
    live = [one for episode in episodes if (one := episode.turn_taking) is not None]
    if not live:
        return None
    waits = [
        turn.timing.response_latency
        for episode in episodes
        for turn in episode.turns
        if isinstance(turn, AgentTurn) and turn.timing is not None and turn.timing.response_latency is not None
    ]
    yields = [one for call in live for one in call.yield_latencies]
    turns = sum(call.turns for call in live)
    meant = [call for call in live if call.interruptions_meant is not None]
    known = [call for call in live if call.backchannels is not None]
    said = sum(call.backchannels or 0 for call in known)
    return TurnTakingRates(
        calls=len(live),
        response_latency=_share(sum(waits), len(waits)),
        response_rate=_share(sum(call.responses for call in live), turns),
        yield_latency=_share(sum(yields), len(yields)),
        interruptions=sum(call.interruptions for call in live),
        interruptions_meant=sum(call.interruptions_meant or 0 for call in meant) if meant else None,
        yield_rate=_share(sum(_yielded(call) for call in meant), sum(call.interruptions_meant or 0 for call in meant)),
        continued=sum(call.continued for call in live),
        agent_interruption_rate=_share(sum(call.agent_interruptions for call in live), turns),
        false_interruptions=sum(call.false_interruptions for call in live),
        selectivity_backchannel=_share(sum(call.backchannels_kept or 0 for call in known), said),
    )


def _yielded(call: TurnTaking) -> int:
    """Of the interruptions that were meant; yielding to a back-channel, or to who goes on after a pause, is none."""
    return min(call.interruptions_meant or 0, call.interruptions_yielded or 0)


def _share(part: float, of: float) -> float | None:
    return part / of if of else None
