"""``evaluate``: agents over splits of tasks, in writing and aloud; resumable."""

import argparse
import hashlib
import json
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from types import FrameType
from typing import Any, get_args

from tarl_app import wiring
from tarl_app.cli.options import (
    FAULTS,
    add_guard,
    add_user,
    channel,
    chosen_wordings,
    command,
    count,
    customer_kind,
    faults,
)
from tarl_app.cli.output import Output
from tarl_app.core.domain import Split, Wordings
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings
from tarl_app.domains import DEFAULT_DOMAIN, load_domain
from tarl_app.evaluation.config import EvaluationConfig, folder_name
from tarl_app.evaluation.evaluate import Evaluation, Progress, evaluate
from tarl_app.evaluation.report import as_csv, as_json, as_markdown, as_text, progress_line, write_reports
from tarl_app.evaluation.tau2_submission import check_exportable, write_submission
from tarl_app.sandbox.faults import NO_FAULTS
from tarl_app.users.floor import Manner

SECONDS_BETWEEN_LINES = 2.0
WORKERS = (
    "episodes side by side (default: %(default)s); the replies of an omni agent are then decoded together: several times "
    "faster, but times of turns are no person's, and where two tokens are as likely the other one may be taken"
)
DUPLEX = {
    "interrupts": "the agent's messages that the user interrupts",
    "backchannels": "the agent's messages on top of which the user says mm-hmm",
    "hesitates": "the user's utterances with a pause in the middle",
}
FORMATS: dict[str, Callable[[Evaluation], str]] = {"text": as_text, "csv": as_csv, "markdown": as_markdown}


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Measure agents over tasks x trials: pass^k, rewards, times, failures. The same command again goes on where it "
        "stopped. Several values, separated by commas, are measured one after the other in every combination."
    )
    made = command(parsers, "evaluate", about, run)
    made.add_argument("--agent", required=True, type=_several(), metavar="A[,B...]", help=", ".join(wiring.agent_names()))
    made.add_argument(
        "--domain", type=_several(wiring.domain_names()), default=[DEFAULT_DOMAIN], help=f"default: {DEFAULT_DOMAIN}"
    )
    made.add_argument("--split", type=_several(get_args(Split)), default=["dev"], help="default: dev")
    made.add_argument("--limit", type=count, metavar="N", help="only the first N tasks")
    made.add_argument("--trials", type=count, default=1, metavar="K", help="trials of each task (default: %(default)s)")
    text = "the user speaks and the agent hears; 'both' measures in writing as well; 'duplex' lets them talk at once"
    made.add_argument("--speech", nargs="?", const="only", choices=("only", "both", "duplex"), help=text)
    made.add_argument("--voice", type=_several(), default=[""], help="with speech: the user's voices, ENGINE:VOICE")
    made.add_argument(
        "--channel",
        type=_several(check=channel),
        default=["clean"],
        help="with speech: what the voice passes through: clean, phone, street, cafe, noise<dB>, loss<percent>, with '+'",
    )
    made.add_argument("--agent-voice", default="", metavar="ENGINE:VOICE", help="in full duplex (default: TARL_VOICE)")
    duplex = Manner()
    for name, what in DUPLEX.items():
        text = f"in full duplex: the share of {what} (default: %(default)s)"
        made.add_argument(f"--{name}", type=share, default=getattr(duplex, name), metavar="SHARE", help=text)
    add_user(made, files=True)
    made.add_argument("--user", choices=wiring.USERS, default="scripted", help="who plays the customer")
    made.add_argument("--judge", choices=tuple(wiring.JUDGES), default="reference", help="default: %(default)s")
    add_guard(made)
    text = f"{FAULTS}; given several times, it is measured with each"
    made.add_argument("--faults", type=faults, action="append", metavar="RATES", help=text)
    made.add_argument("--max-agent-turns", type=count, default=30, help="default: %(default)s")
    made.add_argument("--workers", type=count, default=1, help=WORKERS)
    made.add_argument("--name", help="the folder's name under TARL_HOME/evaluations (default: made from what is measured)")
    text = "writes submission.json for the leaderboard of that benchmark, with trajectories (docs/foreign-benchmarks.md)"
    made.add_argument("--export", choices=("tau2",), help=text)
    made.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: %(default)s")


def run(options: argparse.Namespace, output: Output) -> int:
    """Evaluates and prints the report."""
    file = chosen_wordings(options)
    if file is not None and len(options.domain) > 1:
        raise ConfigError("A file of wordings belongs to one domain: give one with --domain.")
    own = wiring.own_wordings(file, options.domain[0]) if file else None
    configs = tuple(_configs(options, named(file, own) if file and own else ""))
    if options.name and len(configs) > 1:
        raise ConfigError("--name names one folder, but several evaluations were asked for. Leave it out.")
    if options.export:
        check_exportable(configs)
    reports, evaluations = [], list[Evaluation]()
    for config in configs:
        with terminated_as_interrupt():
            evaluation = _one(config, options.name or folder_name(config), options.workers, output, own)
        for path in write_reports(evaluation):
            output.progress(f"written: {path}")
        output.line(FORMATS[options.format](evaluation))
        reports.append(as_json(evaluation))
        evaluations.append(evaluation)
    if options.export:
        domains = {name: load_domain(name) for name in options.domain}
        for path in write_submission(evaluations, domains, evaluations[0].folder):
            output.progress(f"written: {path}")
    output.result(reports[0] if len(reports) == 1 else {"evaluations": reports})
    return 0


def named(file: Path, own: Wordings) -> str:
    """The file's name with a digest of what it says (``EvaluationConfig.wordings``)."""
    name = re.sub(r"[^A-Za-z0-9._-]", "-", file.stem)[:60] or "own"
    return f"{name}@{hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()[:12]}"


def _configs(options: argparse.Namespace, wordings: str = "") -> Iterator[EvaluationConfig]:
    """Every combination; voice and channel multiply the spoken ones only."""
    names = ("limit", "trials", "phrasings", "user", "judge", "seed", "max_agent_turns")
    single = {**{name: getattr(options, name) for name in names}, "wordings": wordings}
    rates = dict.fromkeys(options.faults or [NO_FAULTS])
    for agent, domain, split, broken in product(options.agent, options.domain, options.split, rates):
        common = {"agent": agent, "domain": domain, "split": split, "revision": wiring.revision(agent), **single}
        common["faults"] = broken
        common["customer"] = customer_kind(options, domain)
        common["guard"] = wiring.chosen_guard(agent, options.guard)
        if options.speech in (None, "both"):
            yield EvaluationConfig(**common)
        if options.speech == "duplex":
            common |= {"duplex": True, "agent_voice": options.agent_voice or agent_voice()}
            common |= {name: getattr(options, name) for name in DUPLEX}
        if options.speech:
            for voice, line in product(options.voice, options.channel):
                yield EvaluationConfig(**common, speech=True, voice=voice or default_voice(), channel=line)


def _one(config: EvaluationConfig, name: str, workers: int, output: Output, own: Wordings | None) -> Evaluation:
    folder = settings().evaluations / checked(name)
    output.progress(f"{config.agent} on {config.domain}/{config.split}; episodes in {folder}")
    if why := wiring.untrained(config.agent, config.domain):
        output.progress(why)
    last = 0.0

    def tell(progress: Progress) -> None:
        nonlocal last
        if progress.done == progress.total or time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            output.progress(progress_line(progress))

    return evaluate(config, wiring.evaluation_parts(config, workers, own), folder, workers, on_progress=tell)


@contextmanager
def terminated_as_interrupt() -> Iterator[None]:
    """Within the context, SIGTERM (a stop from the page) acts like Ctrl-C: finished episodes are kept, and the state is
    "stopped".
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _several(known: Sequence[str] = (), check: Callable[[str], str] = str) -> Callable[[str], list[str]]:
    """A list separated by commas, for argparse; each of ``known`` if that is given."""

    def read(text: str) -> list[str]:
        values = [check(part.strip()) for part in text.split(",") if part.strip()]
        unknown = [value for value in values if known and value not in known]
        if unknown or not values:
            raise argparse.ArgumentTypeError(f"{text!r}: choose from {', '.join(known)}")
        return list(dict.fromkeys(values))

    return read


def agent_voice() -> str:
    """The voice of an agent, where none is named."""
    from tarl_app.speech import AGENT_VOICE

    return settings().voice or AGENT_VOICE


def share(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: give a number from 0 to 1.")
    return value


def default_voice() -> str:
    """The voice of a customer who speaks, where none is named."""
    from tarl_app.speech import USER_VOICE

    return USER_VOICE


def checked(name: str) -> str:
    """The name, if it is a plain folder name.

    Raises:
        ConfigError: it is not.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,150}", name):
        raise ConfigError(f"{name!r} cannot be a folder's name: use letters, digits, '.', '_', '+' and '-'.")
    return name
