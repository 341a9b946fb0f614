import json
import re
from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from tarl_app.core.domain import Exam
from tarl_app.core.errors import ConfigError, LLMError, UnusableAnswer
from tarl_app.core.human_feedback import with_thumb
from tarl_app.core.types import AgentTurn, Episode, Judgement, Task, TurnScore, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.exam import EXAM, faults, faults_held_out
from tarl_app.domains.retail.exam.wordings import DEVELOPMENT, HELD_OUT
from tarl_app.domains.retail.expert import EXPERT
from tarl_app.evaluation.exam.grade import Graded, Share, agreement, confusion, grade, judge_cases, kappa, with_people, worst
from tarl_app.evaluation.exam.intervals import accuracy as accuracy_of
from tarl_app.evaluation.exam.intervals import resampled, table
from tarl_app.evaluation.exam.people import agreements
from tarl_app.evaluation.exam.report import CASES, as_json, as_text, keep, kept_cases, kept_reports
from tarl_app.evaluation.measures.intervals import wilson
from tarl_app.exam.generate import CONDITIONS, ExamCase, generate
from tarl_app.exam.noise import transcript
from tarl_app.exam.planting import farewell
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.sandbox.verifier import verify

DOMAIN = load_domain("retail")
ORDER = EXAM.spelled
MINOR = ("leaves a question open", "asks who it is again")
"""Kinds of fault that are minor issues, so that there is no -1."""


class Mechanical:
    """A judge that gives a -1 to one agent turn (from 0) of every episode, or to none."""

    name = "mechanical"

    def __init__(self, place: int | None) -> None:
        self.place = place

    def judge(self, episode: Episode) -> Judgement:
        scores = [
            TurnScore(turn=index, score=-1 if number == self.place else 1, reason="because")
            for number, (index, _) in enumerate(episode.agent_turns)
        ]
        return Judgement(judge=self.name, scores=tuple(scores), cost_usd=0.5)


@pytest.fixture(scope="module")
def held_out() -> tuple[ExamCase, ...]:
    return generate(DOMAIN, "held_out", 80)


def test_a_small_exam_has_every_planter_flawless_episodes_and_all_conditions(held_out):
    planters = {one.planter for one in held_out if one.fault}
    assert planters == {planter.__name__ for group in faults_held_out.FAULTS.values() for planter in group}
    assert sum(not one.fault for one in held_out) == 40
    assert {one.condition for one in held_out} == set(CONDITIONS)


def test_every_faulty_episode_has_one_planted_turn_and_all_turns_before_it_are_right(held_out):
    for case in held_out:
        assert len(case.truth) == len(case.episode.agent_turns)
        assert case.truth.count(-1) == (1 if case.fault and case.fault not in MINOR else 0)
        assert set(case.truth[: case.planted]) <= {0, 1, None}
        if not case.fault:
            assert set(case.truth) == {1}
            assert case.episode.verdict is not None
            assert case.episode.verdict.passed


def test_the_recorded_results_are_real(held_out):
    for case in held_out[::7]:
        assert verify(case.episode, DOMAIN) == case.episode.verdict


def test_the_exam_is_the_same_every_time_and_another_with_another_seed(held_out):
    assert generate(DOMAIN, "held_out", 12) == held_out[:12]
    assert [one.id for one in generate(DOMAIN, "held_out", 12, seed=1)] != [one.id for one in held_out[:12]]


def test_the_splits_share_no_wording_no_planter_and_no_task(held_out):
    mine, theirs = (
        {text for one in split for texts in one.table.values() for text in texts} for split in (DEVELOPMENT, HELD_OUT)
    )
    assert mine & theirs == set()
    names = [{planter.__name__ for group in one.FAULTS.values() for planter in group} for one in (faults, faults_held_out)]
    assert names[0] & names[1] == set()
    assert list(faults.FAULTS) == list(faults_held_out.FAULTS)
    tasks = {case.episode.task.id for case in generate(DOMAIN, "development", 20)}
    assert tasks & {case.episode.task.id for case in held_out} == set()


def says_nothing_at_all(script) -> bool:
    script.follow(1).agent("", truth=-1)
    return farewell(script)


def test_a_domains_own_exam_is_held_and_its_recordings_are_its_own():
    part = EXAM.parts["development"]
    mine = replace(part, tasks=lambda: DOMAIN.tasks("dev")[:2], faults={"mute": (says_nothing_at_all,)}, rounds=1)
    domain = replace(DOMAIN, exam=Exam(parts={"development": mine}))
    cases = generate(domain, "development")
    assert [(one.fault, one.planted) for one in cases if one.fault] == [("mute", 0)] * 2
    assert sum(not one.fault for one in cases) == 2
    silent = replace(domain, expert=replace(EXPERT, wordings=dict.fromkeys(EXPERT.wordings, ("Hm.",))))
    assert generate(silent, "development") == ()  # the same tasks under the same name, and no dialogue passes


def test_a_domain_without_an_exam_or_a_split_says_so():
    with pytest.raises(ConfigError, match="'retail' has no judge exam"):
        generate(replace(DOMAIN, exam=None), "held_out", 1)
    half = Exam(parts={"development": EXAM.parts["development"]})
    with pytest.raises(ConfigError, match="no split 'held_out'; it has development"):
        generate(replace(DOMAIN, exam=half), "held_out", 1)


def test_in_transcripts_words_are_lost_and_ids_spelled_but_digits_stay():
    text = "Yes, my name is Olga Diaz, zip 37227, and the order is #W4821359. Mail me at olga.diaz@example.com."
    for seed in range(20):
        heard = transcript(text, ("Olga", "Diaz"), Random(seed), ORDER)
        assert heard.lower().startswith("yes")
        assert "@" not in heard
        assert "#" not in heard
    said = transcript(text, (), Random(3), ORDER)
    assert "4821359" in said.replace(" ", "") or "four eight" in said


def test_ids_of_letters_and_digits_are_said_sign_by_sign():
    texts = {transcript("Code ZFA04Y, please.", (), Random(seed), r"\b[A-Z0-9]{6}\b") for seed in range(40)}
    assert any("z f a" in text and "ZFA04Y" not in text for text in texts)
    assert all(re.search(r"z f a .* y\b", text.lower()) for text in texts)
    assert transcript("Code ZFA04Y, please.", (), Random(0), r"(?!)").count("ZFA04Y") == 1


def test_the_reference_judge_meets_its_targets_on_the_development_split():
    found = grade(judge_cases(generate(DOMAIN, "development", 72), ReferenceJudge(DOMAIN)))
    assert found.found_at_right_turn.value >= 0.95
    assert found.false_minus_one.value <= 0.01


@pytest.mark.slow
def test_the_reference_judge_finds_most_faults_it_was_never_written_against():
    found = grade(judge_cases(generate(DOMAIN, "held_out"), ReferenceJudge(DOMAIN)))
    assert found.found_at_right_turn.value >= 0.95
    assert found.false_minus_one.value <= 0.01


def test_a_judge_that_accuses_nobody_finds_nothing_and_one_that_accuses_everybody_is_no_better(held_out):
    mild, harsh = (grade(judge_cases(held_out, Mechanical(place))) for place in (None, 0))
    assert (mild.found_at_right_turn.value, mild.false_minus_one.value, mild.missed) == (0, 0, 38)
    assert harsh.false_minus_one.value == 1
    assert harsh.found_at_right_turn.count == sum(case.planted == 0 for case in held_out)
    assert harsh.precision.of == 80
    assert harsh.cost_usd == 0.5
    assert mild.turn_accuracy.value > harsh.turn_accuracy.value


def test_workers_change_nothing(held_out):
    judge = ReferenceJudge(DOMAIN)
    alone, together = judge_cases(held_out[:8], judge), judge_cases(held_out[:8], judge, workers=3)
    assert [one.scores for one in alone] == [one.scores for one in together]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(1, 1), (-1, -1)], 1),
        ([(1, 1)] * 4, 1),
        ([(1, 1), (1, 0), (0, 1), (0, 0)], 0),
        ([(1, 0), (0, 1)], -1),
        ([(1, 1)] * 20 + [(1, 0)] * 5 + [(0, 1)] * 10 + [(0, 0)] * 15, 0.4),
        ([], 0),
    ],
)
def test_kappa_against_hand_worked_tables(pairs, expected):
    assert kappa(pairs) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 100, 0.0018, 0.0545)],
)
def test_wilsons_interval_against_published_values(count, of, low, high):
    found = Share(count=count, of=of).interval
    assert found == wilson(count, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_nothing_has_no_interval():
    assert Share(count=0, of=0).interval is None
    with pytest.raises(ValueError, match="nothing"):
        wilson(0, 0)
    assert resampled([], accuracy_of) is None


def test_intervals_of_turns_are_resampled_by_episode_and_hold_the_value():
    right, wrong = [(1, 1)] * 10, [(1, 0)] * 10
    found = resampled([right] * 15 + [wrong] * 5, accuracy_of)
    assert found.low < 0.75 < found.high
    assert found.high - found.low > 0.3  # 200 independent turns would have half of that
    assert found == resampled([right] * 15 + [wrong] * 5, accuracy_of)


def test_confusion_counts_every_turn_beyond_doubt_once(held_out):
    graded = judge_cases(held_out, Mechanical(0))
    counts = confusion(graded)
    assert sum(sum(row.values()) for row in counts.values()) == sum(len(one.sure) for one in graded)
    assert counts["-1"]["-1"] == sum(case.planted == 0 for case in held_out)
    assert counts["0"]["0"] == 0
    assert table([(1, 1), (1, -1)]).sum() == 2


class TongueTied(Mechanical):
    """Has no usable answer to every second case, or is away altogether."""

    def __init__(self, error: type[LLMError]) -> None:
        super().__init__(None)
        self.error, self.asked = error, 0

    def judge(self, episode: Episode) -> Judgement:
        self.asked += 1
        if self.asked % 2:
            raise self.error("no JSON in it")
        return super().judge(episode)


def test_a_judge_without_a_usable_answer_has_missed_the_fault_and_is_told_apart(held_out):
    graded = judge_cases(held_out, TongueTied(UnusableAnswer))
    found = grade(graded)
    assert (found.unanswered, found.missed, found.false_minus_one.count) == (40, 38, 0)
    assert found.turn_accuracy.of == sum(len(one.sure) for one in graded if not one.unanswered)
    assert [one.reason for one in worst(graded, 1000) if one.unanswered] == ["no JSON in it"] * 40
    assert "no usable answer       to 40 episodes" in as_text(as_json("x", "retail", "held_out", graded), found)
    assert agreement(graded, judge_cases(held_out, Mechanical(None))) == 1


def test_an_endpoint_that_is_away_is_no_shortcoming_of_the_judge(held_out):
    with pytest.raises(LLMError, match="no JSON in it"):
        judge_cases(held_out[:3], TongueTied(LLMError))


def test_two_judges_agree_with_themselves_and_less_with_others(held_out):
    mild, harsh = judge_cases(held_out, Mechanical(None)), judge_cases(held_out, Mechanical(0))
    assert agreement(mild, mild) == 1
    assert agreement(mild, harsh) == pytest.approx(0, abs=0.01)


def test_thumbs_of_people_are_compared_with_the_judge_on_the_turns_that_have_one():
    task = DOMAIN.tasks("dev")[0]
    turns = (UserTurn(text="Hi"), AgentTurn(text="a"), UserTurn(text="Hm"), AgentTurn(text="b"))
    thumbs = Judgement(
        judge="people", scores=(TurnScore(turn=1, score=1, reason=""), TurnScore(turn=3, score=-1, reason=""))
    )
    episode = Episode(id="e", task=task, agent="a", user="human", turns=turns, judgements=(thumbs,))
    assert with_people([episode, episode.model_copy(update={"judgements": ()})], Mechanical(1)) == (1.0, 2)
    assert with_people([episode], Mechanical(0)) == (-1.0, 2)
    assert with_people([], Mechanical(0)) == (0.0, 0)


def test_the_worst_cases_are_false_accusations_then_misplaced_then_missed_ones(held_out):
    graded = judge_cases(held_out, Mechanical(0))
    found = worst(graded, 1000)
    kinds = [one.case.planted is None for one in found]
    assert kinds == sorted(kinds, reverse=True)
    assert all(not one.right for one in found)


def test_a_report_is_plain_json_is_kept_and_read_back(held_out, tmp_path):
    graded = judge_cases(held_out, ReferenceJudge(DOMAIN))
    report = json.loads(json.dumps(as_json("reference", "retail", "held_out", graded)))
    assert {"episodes", "found_at_right_turn", "false_minus_one", "turn_accuracy", "kappa"} <= set(report)
    assert Counter({name: row["episodes"] for name, row in report["by_fault"].items()}).total() == 80
    assert set(report["by_condition"]) == set(CONDITIONS)
    for name in ("found_at_right_turn", "false_minus_one", "precision", "turn_accuracy", "kappa"):
        low, high = report["intervals"][name]
        assert low <= report[name] <= high
    assert sum(report["confusion"]["-1"].values()) == 38
    folder = keep(tmp_path, report, graded)
    assert kept_reports(tmp_path) == (report,)
    assert tuple(kept_cases(folder)) == graded
    (folder / CASES).write_bytes(b"half a ca\n" + (folder / CASES).read_bytes())
    assert tuple(kept_cases(folder)) == graded  # one bad line hides itself alone
    assert "-1 at the right turn" in as_text(report, grade(graded))


def test_a_broken_exam_folder_is_named(tmp_path):
    with pytest.raises(ConfigError, match="holds no exam"):
        list(kept_cases(tmp_path))


def test_graded_knows_what_was_said_of_the_planted_turn(held_out):
    case = next(one for one in held_out if one.planted is not None)
    missed = Graded(case=case, judgement=Mechanical(None).judge(case.episode))
    assert (missed.found, missed.right, missed.reason) == (None, False, "because")


def test_agreement_counts_every_thumb_by_kind_of_task() -> None:
    def rated(kind: str, *thumbs: tuple[int, bool]) -> Episode:
        task = Task(id=kind, domain="retail", split="dev", kind=kind, instruction="x")
        turns = (UserTurn(text="a"), AgentTurn(text="b"), UserTurn(text="c"), AgentTurn(text="d"))
        scores = (TurnScore(turn=1, score=1, reason="r"), TurnScore(turn=3, score=0, reason="r"))
        judgements: tuple[Judgement, ...] = (Judgement(judge="reference", scores=scores),)
        for turn, up in thumbs:
            judgements = with_thumb(judgements, turn, up)
        return Episode(id=kind, task=task, agent="a", user="human", turns=turns, judgements=judgements)

    found = agreements([rated("cancel", (1, True), (3, False)), rated("cancel", (3, True)), rated("lookup")])
    assert [(one.kind, one.agree, one.thumbs) for one in found] == [("cancel", 2, 3)]
    assert 0 < found[0].interval.low < 2 / 3 < found[0].interval.high < 1
