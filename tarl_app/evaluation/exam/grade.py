"""A judge's scores against the truth of the exam, against another judge's, and against people's thumbs.

A fault is found when its turn is scored -1. Turn accuracy and kappa use the turns whose true score is certain; Cohen's
kappa is the agreement beyond chance over the three scores. A case without a usable answer is *unanswered*: its fault
counts as missed, and none of its turns enters accuracy or kappa.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tarl_app.core.errors import PromptTooLong, UnusableAnswer
from tarl_app.core.human_feedback import PEOPLE
from tarl_app.core.protocols import Judge
from tarl_app.core.types import Episode, Frozen, Judgement
from tarl_app.evaluation.exam.intervals import SCORES, accuracy, resampled, table
from tarl_app.evaluation.exam.intervals import kappa as kappa_of
from tarl_app.evaluation.measures.intervals import Interval, wilson
from tarl_app.evaluation.reward import judgement_of
from tarl_app.exam.generate import ExamCase


class Graded(Frozen):
    """One case with a judge's scores, one for each agent turn."""

    case: ExamCase
    judgement: Judgement
    unanswered: str = ""
    """Why the judge gave no scores; otherwise empty."""

    @property
    def scores(self) -> tuple[int, ...]:
        """In the order of the agent turns."""
        return tuple(score.score for score in self.judgement.scores)

    @property
    def found(self) -> int | None:
        """The number of the agent turn (from 0) that the judge scored -1."""
        return self.scores.index(-1) if -1 in self.scores else None

    @property
    def right(self) -> bool:
        """Whether the -1 is at the planted turn, or absent in a flawless case."""
        return not self.unanswered and self.found == self.case.planted

    @property
    def reason(self) -> str:
        """The judge's reason for its -1, or for the planted turn that it missed; or why it gave no scores."""
        if self.unanswered:
            return self.unanswered
        place = self.found if self.found is not None else self.case.planted
        return self.judgement.scores[place].reason if place is not None and place < len(self.judgement.scores) else ""

    @property
    def sure(self) -> tuple[tuple[int, int], ...]:
        """(true score, given score) of the turns whose true score is certain."""
        if self.unanswered:
            return ()
        return tuple((true, given) for true, given in zip(self.case.truth, self.scores, strict=True) if true is not None)


class Share(Frozen):
    """``count`` of ``of``."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """Between 0 and 1; 0 of nothing."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval; None of nothing."""
        return wilson(self.count, self.of) if self.of else None


class Grade(Frozen):
    """A judge's results on a set of cases."""

    episodes: int
    found_at_right_turn: Share  # of the episodes with a planted fault
    false_minus_one: Share  # of the flawless episodes
    precision: Share  # of the -1s that were given
    recall: Share  # of the faults: the same as found_at_right_turn
    position_error: float  # agent turns between the fault and the -1, over the faulty episodes that got one
    missed: int  # faulty episodes without any -1
    unanswered: int  # episodes that the judge gave no usable answer to
    turn_accuracy: Share
    turn_accuracy_interval: Interval | None  # over episodes, whose turns are not independent
    kappa: float
    kappa_interval: Interval | None
    cost_usd: float  # per episode
    seconds: float  # per episode


def judge_cases(
    cases: Sequence[ExamCase],
    judge: Judge,
    workers: int = 1,
    on_graded: Callable[[Graded, int], None] | None = None,
) -> tuple[Graded, ...]:
    """Judges every case; ``on_graded`` receives each with the number done so far.

    Raises what the judge raises, except for unusable answers and dialogues that exceed its context, which count against
    it. (An unreachable endpoint or a spent budget says nothing about the judge; answers are cached, so running the same
    exam again continues it.)
    """

    def one(case: ExamCase) -> Graded:
        try:
            return Graded(case=case, judgement=judge.judge(case.episode))
        except (UnusableAnswer, PromptTooLong) as error:
            return Graded(case=case, judgement=Judgement(judge=judge.name, scores=()), unanswered=str(error))

    graded: list[Graded] = []
    with ThreadPoolExecutor(max(1, workers)) as pool:
        futures = [pool.submit(one, case) for case in cases]
        try:
            for future in futures:
                graded.append(future.result())
                if on_graded:
                    on_graded(graded[-1], len(graded))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return tuple(graded)


def grade(graded: Sequence[Graded]) -> Grade:
    """The numbers."""
    faulty = [one for one in graded if one.case.planted is not None]
    clean = [one for one in graded if one.case.planted is None]
    marked = [one for one in graded if one.found is not None]
    distances = [
        abs(one.found - one.case.planted) for one in faulty if one.found is not None and one.case.planted is not None
    ]
    pairs = [pair for one in graded for pair in one.sure]
    found = Share(count=sum(one.right for one in faulty), of=len(faulty))
    return Grade(
        episodes=len(graded),
        found_at_right_turn=found,
        false_minus_one=Share(count=sum(one.found is not None for one in clean), of=len(clean)),
        precision=Share(count=sum(one.right for one in marked), of=len(marked)),
        recall=found,
        position_error=sum(distances) / len(distances) if distances else 0.0,
        missed=sum(one.found is None for one in faulty),
        unanswered=sum(bool(one.unanswered) for one in graded),
        turn_accuracy=Share(count=sum(true == given for true, given in pairs), of=len(pairs)),
        turn_accuracy_interval=resampled([one.sure for one in graded], accuracy),
        kappa=kappa(pairs),
        kappa_interval=resampled([one.sure for one in graded], kappa_of),
        cost_usd=sum(one.judgement.cost_usd for one in graded) / max(1, len(graded)),
        seconds=sum(one.judgement.seconds for one in graded) / max(1, len(graded)),
    )


def confusion(graded: Iterable[Graded]) -> dict[str, dict[str, int]]:
    """True score -> given score -> turns, over the turns whose true score is certain."""
    counts = table(pair for one in graded for pair in one.sure)
    return {
        str(true): {str(given): int(counts[row, column]) for column, given in enumerate(SCORES)}
        for row, true in enumerate(SCORES)
    }


def kappa(pairs: Iterable[tuple[int, int]]) -> float:
    """Cohen's kappa of two raters' scores; 0 without any."""
    return kappa_of(table(pairs))


def agreement(one: Iterable[Graded], other: Iterable[Graded]) -> float:
    """Kappa of two judges over all turns of the cases that both have judged."""
    theirs = {graded.case.id: graded.scores for graded in other if not graded.unanswered}
    pairs = [
        pair
        for graded in one
        if graded.case.id in theirs and not graded.unanswered
        for pair in zip(graded.scores, theirs[graded.case.id], strict=True)
    ]
    return kappa(pairs)


def with_people(episodes: Iterable[Episode], judge: Judge) -> tuple[float, int]:
    """Kappa with people's thumbs, and the number of turns that have one; a thumb down goes with 0 and -1."""
    pairs: list[tuple[int, int]] = []
    for episode in episodes:
        thumbs = judgement_of(episode, PEOPLE)
        if thumbs is None:
            continue
        scores = {score.turn: score.score for score in judge.judge(episode).scores}
        pairs += [(int(thumb.score > 0), int(scores[thumb.turn] > 0)) for thumb in thumbs.scores if thumb.turn in scores]
    return kappa(pairs), len(pairs)


def worst(graded: Iterable[Graded], most: int = 20) -> tuple[Graded, ...]:
    """The cases that the judge got wrong: false -1s, faults placed furthest off, then those without an answer."""

    def gravity(one: Graded) -> tuple[int, int]:
        if one.unanswered:
            return 2, 0
        if one.case.planted is None:
            return 0, 0
        return 1, -abs(one.found - one.case.planted) if one.found is not None else -1000

    return tuple(sorted((one for one in graded if not one.right), key=gravity)[:most])
