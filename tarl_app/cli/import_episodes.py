"""``import episodes FILE``: episodes of an exported data set, verified again and stored."""

import argparse
from pathlib import Path
from typing import Any

from tarl_app import wiring
from tarl_app.cli.options import command
from tarl_app.cli.output import Output
from tarl_app.core.audio import bring
from tarl_app.core.errors import SpeechError


def add(parsers: Any) -> None:
    """Describes the command."""
    about = "Read the episodes of an exported data set, verify each again, and store those whose verdict still holds."
    made = command(parsers, "import", about, run)
    made.add_argument("what", choices=("episodes",))
    made.add_argument("file", type=Path, metavar="FILE", help="as `export` writes it: .jsonl or .parquet")
    made.add_argument("--check", action="store_true", help="verifies and stores nothing")


def run(options: argparse.Namespace, output: Output) -> int:
    """Verifies and stores; exit code 1 if an episode was refused."""
    from tarl_app.export.files import read_episodes
    from tarl_app.export.reading import Checked, checked

    found, sounds, store = Checked(), options.file.parent / "audio", wiring.make_store()
    for episode in checked(read_episodes(options.file), wiring.find_task, found):
        if options.check:
            continue
        store.save(episode)
        for ref in episode.sounds:
            try:
                bring(ref, source=sounds)
            except SpeechError:
                continue
    stored = 0 if options.check else found.verified
    output.line(f"{found.read} episodes: {found.verified} verified again, {found.refused} refused, {stored} stored")
    for reason in found.reasons:
        output.line(f"  {reason}")
    output.result(
        {
            "read": found.read,
            "verified": found.verified,
            "refused": found.refused,
            "stored": stored,
            "reasons": found.reasons,
        }
    )
    return 1 if found.refused else 0
