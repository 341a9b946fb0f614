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


def opinions_of(judgements: Sequence[Judgement]) -> dict[int, TurnScore]:
    """Turn -> the thumb with its reason."""
    return {score.turn: score for one in judgements if one.judge == PEOPLE for score in one.scores}


def with_thumb(judgements: Sequence[Judgement], turn: int, up: bool, why: str = "") -> tuple[Judgement, ...]:
    """The judgements with this thumb and the person's reason; the same thumb for the same reason again removes it."""
    words = why or ("a person's thumb up" if up else "a person's thumb down")
    opinions = opinions_of(judgements)
    given = TurnScore(turn=turn, score=1 if up else -1, reason=words)
    if opinions.get(turn) == given:
        del opinions[turn]
    else:
        opinions[turn] = given
    scores = tuple(opinions[at] for at in sorted(opinions))
    people = (Judgement(judge=PEOPLE, scores=scores),) if scores else ()
    return (*people, *(one for one in judgements if one.judge != PEOPLE))
