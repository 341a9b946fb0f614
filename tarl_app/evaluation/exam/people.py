"""How often people agree with a judge, from their thumbs on turns that it scored."""

from collections.abc import Iterable
from dataclasses import dataclass

from tarl_app.core.human_feedback import PEOPLE
from tarl_app.core.types import Episode
from tarl_app.evaluation.measures.intervals import Interval, wilson
from tarl_app.evaluation.reward import judgement_of


@dataclass(frozen=True)
class Agreement:
    """Thumbs, and how many of them agree: a thumb up with a score of 1, a thumb down with one of 0 or -1."""

    kind: str
    thumbs: int
    agree: int

    @property
    def interval(self) -> Interval:
        """Wilson's 95 % interval of the share that agrees."""
        return wilson(self.agree, self.thumbs)


def agreements(episodes: Iterable[Episode]) -> tuple[Agreement, ...]:
    """One for each kind of task that has thumbs, in alphabetical order, with the judge's own scores of those episodes."""
    found: dict[str, list[bool]] = {}
    for episode in episodes:
        people, judged = judgement_of(episode, PEOPLE), judgement_of(episode)
        if people is None or judged is None:
            continue
        scores = {one.turn: one.score for one in judged.scores}
        agree = [(thumb.score > 0) is (scores[thumb.turn] > 0) for thumb in people.scores if thumb.turn in scores]
        if agree:
            found.setdefault(episode.task.kind, []).extend(agree)
    return tuple(Agreement(kind, len(agree), sum(agree)) for kind, agree in sorted(found.items()))
