"""``judge exam``: faults planted at known turns, are they found? ``judge predicts``: do the scores predict success?"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from tarl_app import wiring
from tarl_app.cli.options import EPISODES_HELP, add_domain, command, count, read_episodes
from tarl_app.cli.output import Output
from tarl_app.core.domain import ExamSplit
from tarl_app.core.errors import ConfigError, StorageError
from tarl_app.core.settings import settings
from tarl_app.core.types import Episode
from tarl_app.domains import load_domain
from tarl_app.evaluation.exam.grade import Graded, agreement, grade, judge_cases, with_people
from tarl_app.evaluation.exam.labelled import judge_labelled, labelled_report, labelled_text, read_cases
from tarl_app.evaluation.exam.report import as_json, as_text, keep
from tarl_app.evaluation.measures.predicts import as_text as as_auc_text
from tarl_app.evaluation.measures.predicts import predicts
from tarl_app.exam.generate import generate
from tarl_app.jobs import launch

MOST = 1_000_000
SOME = 25
"""Cases between two lines of progress."""
STORED = 500
"""Stored episodes that are searched for thumbs."""


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Examine a judge: generated dialogues with faults planted at known turns, in writing and as transcripts. Several "
        "judges, separated by commas, are also compared with one another, and with people's thumbs on the stored calls. "
        "`predicts` reads played episodes instead, and says how well their scores predict success, turn by turn (AUC)."
    )
    made = command(parsers, "judge", about, run)
    made.add_argument("what", choices=("exam", "predicts"))
    made.add_argument("episodes", nargs="?", help="predicts: " + EPISODES_HELP)
    made.add_argument("--judge", default="reference", metavar="A[,B...]", help=", ".join(wiring.JUDGES))
    add_domain(made)
    text = "held_out: faults and wordings that no rule was written against (default: %(default)s)"
    made.add_argument("--split", choices=get_args(ExamSplit), default="held_out", help=text)
    made.add_argument("--limit", type=count, metavar="N", help="only the first N episodes; they have some of each fault")
    made.add_argument("--workers", type=count, default=1, help="episodes side by side (default: %(default)s)")
    made.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    text = "instead of generated dialogues: calls that a reader has labelled, one a line as JSON (see docs/commands.md)"
    made.add_argument("--cases", type=Path, metavar="PATH", help=text)


def run(options: argparse.Namespace, output: Output) -> int:
    """Examines and prints the report; with several judges the first one's, with the others' beside it."""
    if options.what == "predicts":
        return _predicts(options, output)
    if options.episodes is not None:
        raise ConfigError("`judge exam` makes its own episodes; `judge predicts` reads some.")
    names = list(dict.fromkeys(name.strip() for name in options.judge.split(",") if name.strip()))
    if not names:
        raise ConfigError(f"Which judge? There are: {', '.join(wiring.JUDGES)}.")
    if options.cases is not None:
        return _labelled(options, names, output)
    launch.require_writable(settings().exams)  # told before the judging, which may take hours
    domain = load_domain(options.domain)
    judges = {name: wiring.make_judge(domain, name) for name in names}
    output.progress(f"making the {options.split.replace('_', ' ')} episodes ...")
    cases = generate(domain, options.split, options.limit, options.seed)
    marks: dict[str, tuple[Graded, ...]] = {}
    reports: dict[str, dict[str, Any]] = {}
    for name, judge in judges.items():

        def tell(one: Graded, done: int, name: str = name) -> None:
            if done % SOME == 0 or done == len(cases):
                output.progress(f"{name}: {done}/{len(cases)} judged")

        marks[name] = judge_cases(cases, judge, options.workers, tell)
        report = as_json(name, domain.name, options.split, marks[name])
        people, turns = with_people(_stored(output, domain.name), judge)
        report["kappa_with_people"] = round(people, 4) if turns else None
        report["turns_with_thumbs"] = turns
        others = {other: round(agreement(marks[name], marks[other]), 4) for other in marks if other != name}
        report["kappa_with_judges"] = others
        for other, value in others.items():
            reports[other]["kappa_with_judges"][name] = value
        reports[name] = report
    for name, report in reports.items():
        folder = keep(settings().exams, report, marks[name])
        output.line(as_text(report, grade(marks[name])))
        output.line(f"  cases in {folder}")
    first, *rest = reports.values()
    output.result({**first, "others": rest} if rest else first)
    return 0


def _predicts(options: argparse.Namespace, output: Output) -> int:
    """Prints the AUC by turn."""
    if options.episodes is None:
        raise ConfigError(f"Which episodes? Give {EPISODES_HELP}.")
    episodes = read_episodes(options.episodes, options.limit or MOST)
    found = predicts(episodes, seed=options.seed)
    output.line(f"{len(episodes)} episodes of {options.episodes}: do the judge's scores predict success?")
    output.line(as_auc_text(found))
    output.result({"episodes": len(episodes), "turns": [one.model_dump(mode="json") for one in found]})
    return 0


def _labelled(options: argparse.Namespace, names: Sequence[str], output: Output) -> int:
    """Examines the judges on labelled calls, and prints the first one's report with the others' beside it."""
    cases = read_cases(options.cases, options.domain)[: options.limit]
    reports = []
    for name in names:
        results = judge_labelled(cases, lambda domain, name=name: wiring.make_judge(domain, name))
        reports.append(labelled_report(name, results))
        output.line(labelled_text(reports[-1]))
    first, *rest = reports
    output.result({**first, "others": rest} if rest else first)
    return 0


def _stored(output: Output, domain: str) -> list[Episode]:
    """That domain's stored calls; none when they cannot be read, so that the judge's results are not lost."""
    try:
        return [one for one in wiring.make_store().list(STORED) if one.task.domain == domain]
    except StorageError as error:
        output.progress(f"without people's thumbs: {error}")
        return []
