"""The judge exam as HTML; ``evaluate_view`` says how."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

from tarl_app.evaluation.exam.grade import Graded
from tarl_app.evaluation.exam.people import Agreement
from tarl_app.evaluation.exam.report import name_of
from tarl_app.evaluation.measures.intervals import wilson
from tarl_app.ui.components import shares
from tarl_app.ui.components.legible import attempt
from tarl_app.ui.tabs.evaluate.view import Item, table
from tarl_app.ui.words import plain

NO_EXAM = (
    '<section class="ev-section"><h3>The judge exam</h3><p class="ev-muted">How well does the judge find mistakes that were '
    "planted on purpose? Nobody has asked yet: press <em>Examine the judge</em>.</p></section>"
)


def people(by_task: Sequence[Agreement], by_verdict: Sequence[Agreement]) -> str:
    """How often people agree with the judge on the turns that they put a thumb on, over all, by kind of task and by what
    the judge found.
    """
    total = Agreement("All", sum(one.thumbs for one in by_task), sum(one.agree for one in by_task))
    found = [replace(one, kind=one.kind or "no objection") for one in by_verdict]
    told = (
        "Thumbs and answers on the verdicts of calls that were talked or watched here. A thumb up agrees with +1, a thumb "
        "down with 0 and −1. Each share with its 95 % interval (Wilson)."
    )
    tables = _thumbs("Kind of task", (total, *by_task)) + (_thumbs("What the judge found", found) if found else "")
    title = "Do people agree with the judge?"
    return f'<section class="ev-section"><h3>{title}</h3>{tables}<p class="ev-muted">{told}</p></section>'


def _thumbs(what: str, found: Sequence[Agreement]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(plain(one.kind))}</th><td>{one.agree} of {one.thumbs}</td>'
        f"<td>{shares.share(one.agree / one.thumbs, one.interval, one.thumbs, 'thumb')}</td></tr>"
        for one in found
    )
    titles = (what, "Thumbs that agree", "Share")
    return table("".join(f'<th scope="col">{title}</th>' for title in titles), rows)


def examining(line: str) -> str:
    """That the judge is being examined, and how far that is."""
    how = escape(line) if line else "its examination begins"
    return f'<p class="no-stored" role="status">The judge is being examined: {how}</p>'


def broken_off(line: str, error: str) -> str:
    """That the last examination ended without a result: by what error, or else how far it had come."""
    why = f": {error}" if error else f" after “{line}”" if line else ""
    told = f"The examination of the judge ended before it was done{why}. To begin it again, press Examine the judge."
    return f'<p class="no-text" role="alert">{escape(told)}</p>'


def exam(reports: Iterable[Mapping[str, Any]]) -> list[Item]:
    """The table of the judge exam, a judge and split a row."""
    found = [*reports]
    if not found:
        return [("none", NO_EXAM)]
    head = "".join(
        f'<th scope="col">{text}</th>'
        for text in (
            "Judge",
            "Faults",
            "Episodes",
            "Found at the right turn",
            "False −1",
            "Turns right",
            "Kappa",
            "Off by",
            "A case takes",
        )
    )
    drawn = [one for report in found if (one := attempt("A judge's exam", partial(_judge, report))) is not None]
    body = "".join(drawn)
    broken = len(found) - len(drawn)
    told = (
        "Each number with its 95 % interval. Off by: agent turns between a fault and the −1. "
        "Dialogues with mistakes planted on purpose. Held out: mistakes and wordings that no rule was written against. "
        "Targets: at least 95 % found at the right turn, at most 1 % false accusations."
    )
    told += f" Left out, as they cannot be read: {broken}." if broken else ""
    whole = f'<section class="ev-section"><h3>The judge exam</h3>{table(head, body)}<p class="ev-muted">{told}</p></section>'
    return [("exam", whole)]


def cases(reports: Iterable[Mapping[str, Any]], chosen: str) -> list[Item]:
    """Each judge's results by fault and worst cases; ``chosen``: ``exam/case`` of the one that is open."""
    folded = [attempt("A judge's cases", partial(_folded, report, chosen)) for report in reports]
    drawn = [one for one in folded if one is not None]
    broken = len(folded) - len(drawn)
    told = f'<p class="ev-muted">Left out, as they cannot be read: the cases of {broken}.</p>'
    return [*drawn, *([("cases-broken", told)] if broken else [])]


def _folded(report: Mapping[str, Any], chosen: str) -> Item:
    return f"by-{name_of(report)}", _worst(report, chosen)


def _judge(report: Mapping[str, Any]) -> str:
    seconds, cost = report["seconds_per_episode"], report["cost_usd_per_episode"]
    others = {"people": report.get("kappa_with_people"), **(report.get("kappa_with_judges") or {})}
    kappa = "".join(
        f'<span class="bo-span">{escape(str(name))} {v:.2f}</span>' for name, v in others.items() if v is not None
    )
    cells = (
        f'<td class="bo-left">{escape(str(report["split"]).replace("_", " "))}</td>',
        f"<td>{report['episodes']}{_unanswered(report)}</td>",
        *(f"<td>{_percent(report, name)}</td>" for name in ("found_at_right_turn", "false_minus_one", "turn_accuracy")),
        f"<td>{report['kappa']:.2f}{kappa}</td>",
        f"<td>{report['position_error']:.2f}</td>",
        f"<td>{seconds:.2f} s{f', ${cost:.4f}' if cost else ''}</td>",
    )
    return f'<tr><th scope="row"><strong>{escape(str(report["judge"]))}</strong>{_domain(report)}</th>{"".join(cells)}</tr>'


def _domain(report: Mapping[str, Any]) -> str:
    """The domain, which reports of earlier versions do not have."""
    return f'<span class="bo-span">{escape(str(report["domain"]))}</span>' if report.get("domain") else ""


def _percent(report: Mapping[str, Any], name: str) -> str:
    """A share with its interval, which reports of earlier versions do not have."""
    interval = (report.get("intervals") or {}).get(name)
    span = f'<span class="bo-span">{100 * interval[0]:.1f} to {100 * interval[1]:.1f}</span>' if interval else ""
    return f"{100 * report[name]:.1f} %{span}"


def _unanswered(report: Mapping[str, Any]) -> str:
    count = report.get("unanswered")
    return f'<span class="bo-span">{count} without an answer</span>' if count else ""


def _confusion(report: Mapping[str, Any]) -> str:
    """How the true scores were given, a true score a row."""
    counts = report.get("confusion")
    if not counts:
        return ""
    head = "<td></td>" + "".join(f'<th scope="col">scored {escape(_score(name))}</th>' for name in counts)
    body = "".join(
        f'<tr><th scope="row">turns that are {escape(_score(true))}</th>'
        f"{''.join(f'<td>{number}</td>' for number in row.values())}</tr>"
        for true, row in counts.items()
    )
    return table(head, body)


def _score(name: str) -> str:
    return name.replace("-", "−")


def _verdict(case: Mapping[str, Any]) -> str:
    """A short description of a case's error."""
    if case.get("unanswered"):
        return "no answer"
    return "accused" if case["planted"] is None else "missed" if case["found"] is None else "misplaced"


def _worst(report: Mapping[str, Any], chosen: str) -> str:
    """Folded away: results by kind of fault, and the cases that went worst, each opening its dialogue."""
    name = name_of(report)
    faults = "".join(
        f'<tr><th scope="row">{escape(fault)}</th><td>{row["episodes"]}</td><td>{_result(row)}</td></tr>'
        for fault, row in report["by_fault"].items()
    )
    cases = "".join(_bad_case(case, name, chosen) for case in report["worst"])
    return (
        f'<details class="ev-section" data-k="{escape(name)}"><summary><strong>{escape(str(report["judge"]))}</strong>, '
        f"{escape(str(report['split']).replace('_', ' '))}: the worst cases, and all by fault</summary>"
        f'<ul class="bo-episodes" data-scrolls>{cases}</ul>{table("", faults)}{_confusion(report)}</details>'
    )


def _bad_case(case: Mapping[str, Any], exam: str, chosen: str) -> str:
    pick = escape("|".join(("case", exam, case["id"])))
    mark = ' class="bo-chosen"' if f"{exam}/{case['id']}" == chosen else ""
    return (
        f'<li{mark}><button type="button" data-pick="{pick}"><span class="bo-failed">{_verdict(case)}</span>'
        f"<span>{escape(case['fault'] or 'a flawless dialogue')}: {escape(case['reason'])}</span>"
        f'<span class="ev-muted">{escape(case["condition"])}</span></button></li>'
    )


def _result(row: Mapping[str, Any]) -> str:
    if "found_at_right_turn" in row:
        return f"{_share_of(row, 'found_at_right_turn')} found"
    return f"{_share_of(row, 'false_minus_one')} accused"


def _share_of(row: Mapping[str, Any], name: str) -> str:
    """A share of the episodes of a kind, with Wilson's interval."""
    count = int(row["episodes"])
    interval = wilson(round(row[name] * count), count) if count > 0 else None
    return shares.share(row[name], interval, count, "episode")


def case_truth(one: Graded) -> list[Item]:
    """What was planted and what the judge said, above the dialogue."""
    planted = (
        "nothing: it is flawless" if one.case.planted is None else f"{one.case.fault}, at agent turn {one.case.planted + 1}"
    )
    found = "no −1" if one.found is None else f"−1 at agent turn {one.found + 1}: {one.reason}"
    found = f"no usable answer: {one.unanswered}" if one.unanswered else found
    text = f"<p>Planted: {escape(planted)}.</p><p>The judge: {escape(found)}.</p>"
    return [("truth", f'<section class="ev-section"><h3>Exam case</h3>{text}</section>')]
