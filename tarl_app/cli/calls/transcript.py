"""An episode as lines of text: turns, calls, verdicts, reward, checks, changes."""

import json
from collections.abc import Iterator

from tarl_app.cli.output import Output
from tarl_app.conversation import Event, Noted, Scored, Stopped, TurnAdded
from tarl_app.core.errors import SpeechError
from tarl_app.core.protocols import EpisodeStore
from tarl_app.core.sound.audio import locate
from tarl_app.core.types import AudioRef, Episode, ToolTurn, Turn, TurnScore, UserTurn
from tarl_app.evaluation.reward import explain, judgement_of, trajectory_reward

LONGEST = 300
"""Most characters of a tool result that are shown."""
BADGES = {1: "+1", 0: " 0", -1: "-1"}


def event_lines(event: Event) -> Iterator[str]:
    """The lines for an event of a conversation; some events have none."""
    if isinstance(event, TurnAdded):
        yield from turn_lines(event.turn)
    elif isinstance(event, Scored):
        yield score_line(event.score)
    elif isinstance(event, Noted):
        yield f"       (note: {event.text})"
    elif isinstance(event, Stopped):
        yield f"       (ended: {event.reason.replace('_', ' ')})"


def turn_lines(turn: Turn) -> Iterator[str]:
    """One turn: text, recognised text and calls."""
    if isinstance(turn, UserTurn):
        yield f"user   {turn.text}"
        if turn.heard is not None:
            yield f"       heard: {turn.heard}"
    elif isinstance(turn, ToolTurn):
        for result in turn.results:
            shown = result.content if len(result.content) <= LONGEST else result.content[:LONGEST] + " ..."
            fault = f"  [fault on purpose: {result.fault}]" if result.fault else ""
            yield f"tool   {'refused: ' if result.is_error and not result.broke_down else '= '}{shown}{fault}"
        return
    else:
        if turn.text:
            yield f"agent  {turn.text}"
        for call in turn.tool_calls:
            yield f"agent  > {call.name} {json.dumps(call.arguments, ensure_ascii=False)}"
        if turn.malformed is not None:
            yield f"agent  > (unreadable call) {turn.malformed[:LONGEST]}"
        if not (turn.text or turn.tool_calls or turn.malformed):
            yield "agent  (said nothing)"
    if turn.audio is not None:
        yield f"       audio: {_place(turn.audio)} ({turn.audio.seconds:.1f} s)"


def _place(ref: AudioRef) -> str:
    try:
        return str(locate(ref))
    except SpeechError:
        return f"{ref.path} (the file is gone)"


def score_line(score: TurnScore) -> str:
    """A verdict badge with its reason."""
    return f"   [{BADGES[score.score]}] turn {score.turn}: {score.reason}"


def episode_lines(episode: Episode) -> Iterator[str]:
    """A whole stored episode, the badge of each agent turn after its results."""
    judgement = judgement_of(episode)
    badges = {score.turn: score for score in judgement.scores} if judgement else {}
    waiting: TurnScore | None = None
    for index, turn in enumerate(episode.turns):
        if waiting and not isinstance(turn, ToolTurn):
            yield score_line(waiting)
            waiting = None
        yield from turn_lines(turn)
        waiting = badges.get(index, waiting)
    if waiting:
        yield score_line(waiting)
    if episode.stop:
        yield f"       (ended: {episode.stop.replace('_', ' ')})"


def conclude(episode: Episode, store: EpisodeStore | None, output: Output) -> int:
    """Prints the outcome of a call and stores it, if there is a ``store``; the exit status, 1 if infrastructure failed."""
    output.line()
    for line in summary_lines(episode):
        output.line(line)
    if store is not None:
        store.save(episode)
        output.line(f"episode {episode.id}: `python -m tarl_app episodes show {episode.id}`")
    arithmetic = {"value": round(trajectory_reward(episode), 4), "arithmetic": explain(episode)}
    output.result({**episode.model_dump(mode="json"), "reward": arithmetic})
    return 0 if episode.counts else 1


def summary_lines(episode: Episode) -> Iterator[str]:
    """The outcome: failure, reward arithmetic, the verifier's checks, the database difference."""
    if episode.failure:
        whose = "counted as the agent's" if episode.counts else "not counted as the agent's"
        yield f"failed: {episode.failure} ({whose})"
    yield f"reward: {explain(episode)}"
    if episode.verdict is None:
        yield "verifier: nothing to verify"
        return
    yield f"verifier: {'passed' if episode.verdict.passed else 'not passed'}"
    for check in episode.verdict.checks:
        yield f"  [{'ok' if check.passed else 'no'}] {check.name}{': ' + check.detail if check.detail else ''}"
    yield "database:" if episode.verdict.changes else "database: unchanged"
    for change in episode.verdict.changes:
        before, after = ("(nothing)" if value is None else value for value in (change.before, change.after))
        yield f"  {change.table}.{change.key}.{change.column}: {before} -> {after}"
