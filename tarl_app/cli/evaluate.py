"""``evaluate``: an agent over a split of tasks, resumable."""

import argparse
import re
import time
from typing import Any

from tarl_app import wiring
from tarl_app.cli.options import add_domain, add_speech, add_user, command, count
from tarl_app.cli.output import Output
from tarl_app.errors import ConfigError
from tarl_app.evaluation.evaluate import EvaluationConfig, Progress, evaluate
from tarl_app.evaluation.report import as_json, as_text, progress_line
from tarl_app.settings import settings

SECONDS_BETWEEN_LINES = 2.0


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Measure an agent over tasks x trials: pass^k, rewards, failures. The same command again goes on where it stopped."
    )
    made = command(parsers, "evaluate", about, run)
    made.add_argument("--agent", required=True, help=", ".join(wiring.agent_names()))
    add_domain(made, split="dev")
    made.add_argument("--limit", type=count, metavar="N", help="only the first N tasks")
    made.add_argument("--trials", type=count, default=1, metavar="K", help="trials of each task (default: %(default)s)")
    add_speech(made)
    add_user(made, phrasings="held_out")
    made.add_argument("--max-agent-turns", type=count, default=30, help="default: %(default)s")
    made.add_argument("--workers", type=count, default=1, help="episodes side by side (default: %(default)s)")
    made.add_argument("--name", help="the folder's name under TARL_HOME/evaluations (default: made from what is measured)")


def run(options: argparse.Namespace, output: Output) -> int:
    """Evaluates and prints the report."""
    fields = set(EvaluationConfig.model_fields) - {"revision", "voice"}
    values = {name: value for name, value in vars(options).items() if name in fields}
    voice = (options.voice or _default_voice()) if options.speech else ""
    config = EvaluationConfig(**values, voice=voice, revision=wiring.revision(options.agent))
    folder = settings().evaluations / checked(options.name or default_name(config))
    output.progress(f"{config.agent} on {config.domain}/{config.split}; episodes in {folder}")
    last = 0.0

    def tell(progress: Progress) -> None:
        nonlocal last
        if progress.done == progress.total or time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            output.progress(progress_line(progress))

    evaluation = evaluate(config, wiring.evaluation_parts(config), folder, options.workers, on_progress=tell)
    output.line(as_text(evaluation))
    output.result(as_json(evaluation))
    return 0


def _default_voice() -> str:
    from tarl_app.speech import USER_VOICE

    return USER_VOICE


def default_name(config: EvaluationConfig) -> str:
    """A folder name that says what is measured; limit and trials may grow within it."""
    spoken = ["speech", config.voice, config.channel] if config.speech else []
    parts = [config.agent, config.domain, config.split, *spoken, config.phrasings, f"seed{config.seed}", config.revision[:6]]
    turns = "" if config.max_agent_turns == EvaluationConfig.model_fields["max_agent_turns"].default else "short"
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", "_".join(part for part in [*parts, turns] if part).replace("_", "-")).strip("-.")


def checked(name: str) -> str:
    """The name, if it is one of a plain folder.

    Raises:
        ConfigError: it is not.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,150}", name):
        raise ConfigError(f"{name!r} cannot be a folder's name: use letters, digits, '.', '_', '+' and '-'.")
    return name
