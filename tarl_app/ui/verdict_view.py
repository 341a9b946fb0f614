"""A verdict that was opened: by which rule, from what, and whether the reader agrees. All text passes through ``escape``."""

from html import escape

from tarl_app.core.types import AgentTurn, Episode, ToolTurn, TurnScore, UserTurn
from tarl_app.ui import words

OBJECTIONS = {
    True: ("it said something that is not so", "it did something it should not have done", "it is not what was wanted"),
    False: ("the turn is right", "the mistake is in another turn"),
}
"""Reasons against a verdict: of a turn that was scored +1 (True), and of one that was scored 0 or -1."""
AGREED = "agrees with the judge"
"""The reason of whoever agrees."""
_MEANING = {
    1: "+1: no rule objects.",
    0: "0: a minor issue, or what follows from the one major mistake.",
    -1: "−1: the one major mistake of a call, the first turn that parts from what should have been done.",
}


def opened(episode: Episode, score: TurnScore, given: TurnScore | None, rated: bool) -> str:
    """The verdict's reason, which opens to the rule, the turns that it was decided by, and buttons.

    ``given``: the reader's own opinion. A button is a pick of ``verdict|turn|agree`` or ``verdict|turn|PLACE``, the place of
    an objection in ``OBJECTIONS``. While it is open the turns are marked (``keyed.js``).
    """
    places = evidence_of(episode, score)
    rule = f"Rule: {words.plain(score.rule).lower()}. " if score.rule else ""
    jumps = " ".join(
        f'<button type="button" data-jump="t{place}">{escape(_name(episode, place))}</button>' for place in places
    )
    marks = " ".join(f"t{place}" for place in places)
    return (
        f'<details class="ev-why" data-k="why{score.turn}" data-marks="{marks}"><summary class="ev-reason '
        f'ev-s{score.score + 1}">{escape(score.reason)}</summary><p>{escape(rule)}{_MEANING[score.score]}</p>'
        f"<p>Decided by {jumps}</p>{_opinion(score, given) if rated else ''}</details>"
    )


def evidence_of(episode: Episode, score: TurnScore) -> tuple[int, ...]:
    """The turns that the verdict was decided by, as they stand in the dialogue: the customer's words before, the look-ups
    whose answers the agent had since, the major mistake that this one follows from, and the turn itself.
    """
    before = range(score.turn - 1, -1, -1)
    said = next((place for place in before if isinstance(episode.turns[place], UserTurn)), None)
    looked = [
        place - 1
        for place in range((said if said is not None else 0) + 1, score.turn)
        if isinstance(episode.turns[place], ToolTurn)
    ]
    first = [
        one.turn
        for judgement in episode.judgements[-1:]
        for one in judgement.scores
        if one.score < 0 and one.turn < score.turn and score.score == 0
    ]
    return tuple(sorted({*first, *([said] if said is not None else []), *looked, score.turn}))


def objection(up: bool, place: int) -> str:
    """The reason at that place against a verdict of +1 (``up``) or of another; empty for none."""
    return dict(enumerate(OBJECTIONS[up])).get(place, "")


def _name(episode: Episode, place: int) -> str:
    turn = episode.turns[place]
    if isinstance(turn, UserTurn):
        return "what the customer said"
    if isinstance(turn, AgentTurn) and turn.tool_calls:
        return "what was looked up or done"
    return "what the agent said"


def _opinion(score: TurnScore, given: TurnScore | None) -> str:
    up = score.score > 0
    agrees = given is not None and (given.score > 0) is up
    buttons = [("agree", "I agree", agrees)]
    buttons += [
        (str(place), f"No: {reason}", given is not None and not agrees and given.reason == reason)
        for place, reason in enumerate(OBJECTIONS[up])
    ]
    made = "".join(
        f'<button type="button" data-pick="verdict|{score.turn}|{pick}" aria-pressed="{str(pressed).lower()}">'
        f"{escape(label)}</button>"
        for pick, label, pressed in buttons
    )
    return f'<div class="ev-opinion" role="group" aria-label="Do you agree?">{made}</div>'
