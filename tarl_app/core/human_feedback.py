"""People's thumbs up and down on agent turns, stored as a judgement of the judge named ``people``.

Up is 1 and down is -1, for any number of turns: people are not asked for the one major deviation. It comes before the
judges' judgements, and no reward uses it unless it is named.
"""

from collections.abc import Sequence

from tarl_app.core.types import Judgement, TurnScore

PEOPLE = "people"


def thumbs_of(judgements: Sequence[Judgement]) -> dict[int, bool]:
    """Turn -> whether the thumb is up."""
    return {score.turn: score.score > 0 for one in judgements if one.judge == PEOPLE for score in one.scores}


def with_thumb(judgements: Sequence[Judgement], turn: int, up: bool) -> tuple[Judgement, ...]:
    """The judgements with this thumb; giving the same thumb again removes it."""
    thumbs = thumbs_of(judgements)
    if thumbs.get(turn) is up:
        del thumbs[turn]
    else:
        thumbs[turn] = up
    words = {True: "a person's thumb up", False: "a person's thumb down"}
    scores = tuple(TurnScore(turn=at, score=1 if thumbs[at] else -1, reason=words[thumbs[at]]) for at in sorted(thumbs))
    people = (Judgement(judge=PEOPLE, scores=scores),) if scores else ()
    return (*people, *(one for one in judgements if one.judge != PEOPLE))
