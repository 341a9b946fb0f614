"""How often people agree with a judge, from their thumbs on turns that it scored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tarl_app.core.human_feedback import PEOPLE
from tarl_app.core.types import Episode, TurnScore
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
    return _by((episode.task.kind, agrees) for episode, _, agrees in _answers(episodes))


def agreements_by_verdict(episodes: Iterable[Episode]) -> tuple[Agreement, ...]:
    """The same for each rule by which the judge objected to a turn; empty: it had nothing against it."""
    return _by((verdict.rule, agrees) for _, verdict, agrees in _answers(episodes))


def _answers(episodes: Iterable[Episode]) -> Iterator[tuple[Episode, TurnScore, bool]]:
    """Each thumb on a turn that the judge scored, with that score, and whether both agree."""
    for episode in episodes:
        people, judged = judgement_of(episode, PEOPLE), judgement_of(episode)
        if people is None or judged is None:
            continue
        scores = {one.turn: one for one in judged.scores}
        for thumb in people.scores:
            if verdict := scores.get(thumb.turn):
                yield episode, verdict, (thumb.score > 0) is (verdict.score > 0)


def _by(found: Iterable[tuple[str, bool]]) -> tuple[Agreement, ...]:
    kinds: dict[str, list[bool]] = {}
    for kind, agrees in found:
        kinds.setdefault(kind, []).append(agrees)
    return tuple(Agreement(kind, len(agree), sum(agree)) for kind, agree in sorted(kinds.items()))
