"""``export``: stored episodes as a data set for training elsewhere."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tarl_app import wiring
from tarl_app.agents.chat_messages import functions
from tarl_app.cli.options import command, count
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Episode
from tarl_app.evaluation.reward import succeeded, trajectory_reward

FORMATS = ("sft", "preference", "rl")


def add(parsers: Any) -> None:
    """Describes the command."""
    about = "Write stored episodes as a data set: messages to imitate, preferences, or rollouts with scores and masks."
    made = command(parsers, "export", about, run)
    made.add_argument("--format", choices=FORMATS, required=True, help="docs/sandbox-service.md has their columns")
    made.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new file: .jsonl or .parquet")
    made.add_argument("--agent", help="only this agent's")
    made.add_argument("--domain", choices=wiring.domain_names(), help="only this domain's")
    made.add_argument("--split", choices=wiring.SPLITS, help="only tasks of this split")
    made.add_argument("--limit", type=count, default=100_000, help="the newest so many (default: %(default)s)")
    made.add_argument("--passed", action="store_true", help="only those that did what the task asks")
    made.add_argument("--reward", type=float, default=float("-inf"), metavar="R", help="only those with this reward or more")
    made.add_argument("--margin", type=float, default=1.0, metavar="R", help="preference: least difference of rewards (1)")
    text = "rl: adds token_ids and token_mask by this tokenizer's chat template (a folder, or a name of the hub)"
    made.add_argument("--tokenizer", metavar="NAME", help=text)
    made.add_argument("--sounds", action="store_true", help="copies the sounds beside the file, into audio/")


def run(options: argparse.Namespace, output: Output) -> int:
    """Writes the file, its card and, if asked, the sounds."""
    from tarl_app.export import files

    if options.out.exists():
        raise ConfigError(f"{options.out} is there already: choose a new name.")
    if options.tokenizer and options.format != "rl":
        raise ConfigError("--tokenizer is for --format rl: the others are texts.")
    episodes = [one for one in wiring.make_store().list(options.limit, options.agent) if _chosen(one, options)]
    if not episodes:
        raise ConfigError("No stored episode is chosen by these options: `python -m tarl_app episodes list` shows them.")
    rows = files.write(_rows(episodes, options), options.out)
    told = " ".join(
        f"--{name} {getattr(options, name)}" for name in ("format", "agent", "domain", "split") if getattr(options, name)
    )
    card = options.out.with_name(f"{options.out.stem}.README.md")
    card.write_text(files.card(options.format, options.out, rows, episodes, f"python -m tarl_app export {told}"), "utf-8")
    copied, gone = files.copy_sounds(episodes, options.out.parent / "audio") if options.sounds else (0, 0)
    output.line(f"{options.out}: {rows} rows from {len(episodes)} episodes; {card.name} describes them")
    if options.sounds:
        output.line(f"{copied} sounds in {options.out.parent / 'audio'}; {gone} are gone")
    result = {"path": str(options.out), "rows": rows, "episodes": len(episodes), "sounds": copied, "missing_sounds": gone}
    output.result({**result, "card": str(card)})
    return 0


def _chosen(episode: Episode, options: argparse.Namespace) -> bool:
    fits = options.domain in (None, episode.task.domain) and options.split in (None, episode.task.split)
    known = episode.task.domain in wiring.domain_names()
    good = trajectory_reward(episode) >= options.reward and (succeeded(episode) or not options.passed)
    return fits and known and good and episode.counts and bool(episode.agent_turns)


def _rows(episodes: Sequence[Episode], options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from tarl_app.export.files import with_object
    from tarl_app.export.pairs import by_task, preference_rows
    from tarl_app.export.rows import rl_row, sft_row
    from tarl_app.export.tokens import Template

    if options.format == "preference":
        for group in by_task(episodes).values():
            yield from preference_rows(group, wiring.load_domain(group[0].task.domain), options.margin)
        return
    template = Template(options.tokenizer) if options.tokenizer else None
    for episode in episodes:
        domain = wiring.load_domain(episode.task.domain)
        if options.format == "sft":
            yield sft_row(episode, domain)
            continue
        row = rl_row(episode, domain)
        if template is not None:
            said = [with_object(message) for message in (*row["prompt"], *row["completion"])]
            row["token_ids"], row["token_mask"] = template.tokens(said, functions(domain.tools))
        yield row
