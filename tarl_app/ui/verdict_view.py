"""A verdict that was opened: by which rule, from what, and whether the reader agrees. All text passes through ``escape``."""

import re
from html import escape

from tarl_app.core.domain.judging import NO_JUDGING
from tarl_app.core.errors import DomainError
from tarl_app.core.types import AgentTurn, Episode, ToolTurn, Turn, TurnScore, UserTurn
from tarl_app.domains import load_domain
from tarl_app.judges.reference.rules.described import demands
from tarl_app.ui import words

OBJECTIONS = {
    True: ("it said something that is not so", "it did something it should not have done", "it is not what was wanted"),
    False: ("the turn is right", "the mistake is in another turn"),
}
"""Reasons against a verdict: of a turn that was scored +1 (True), and of one that was scored 0 or -1."""
_NAMED = re.compile(r"'[^']{3,60}'|(?<![\w$])#?(?=[\w-]*\d)[\w-]{4,}(?:\.\d\d)?|(?<=\$)\d+\.\d\d")
"""Quotations, ids and amounts in a reason."""
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
    rule = _rule(episode, score)
    jumps = " ".join(
        f'<button type="button" data-jump="t{place}">{escape(_name(episode, place))}</button>' for place in places
    )
    marks = " ".join(f"t{place}" for place in places)
    return (
        f'<details class="ev-why" data-k="why{score.turn}" data-marks="{marks}"><summary class="ev-reason '
        f'ev-s{score.score + 1}">{escape(score.reason)}</summary><p>{escape(rule)}{_MEANING[score.score]}</p>'
        f"<p>Decided by {jumps}</p>{_opinion(score, given) if rated else ''}</details>"
    )


def _rule(episode: Episode, score: TurnScore) -> str:
    """The name of the rule and what it demands."""
    if not score.rule:
        return ""
    try:
        judging = load_domain(episode.task.domain).judging
    except DomainError:  # it was removed since
        judging = NO_JUDGING
    return f"Rule: {words.plain(score.rule).lower()}. {demands(score.rule, judging)} "


def evidence_of(episode: Episode, score: TurnScore) -> tuple[int, ...]:
    """The turns that the verdict was decided by, as they stand in the dialogue: the customer's words before, the look-ups
    whose answers the agent had since, the first turn with what its reason names, the major mistake that this one follows
    from, and the turn itself.
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
    return tuple(sorted({*first, *([said] if said is not None else []), *looked, *_named(episode, score), score.turn}))


def _named(episode: Episode, score: TurnScore) -> set[int]:
    """For each id, amount or quotation of the reason the first turn before in which it stands."""
    found: set[int] = set()
    for text in {one.strip("'").lower() for one in _NAMED.findall(score.reason)}:
        place = next((at for at in range(score.turn) if text in _content(episode.turns[at])), None)
        if place is not None:
            found.add(place - isinstance(episode.turns[place], ToolTurn))  # shown with the turn that asked for it
    return found


def _content(turn: Turn) -> str:
    said = " ".join(result.content for result in turn.results) if isinstance(turn, ToolTurn) else turn.text
    return said.lower()


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
