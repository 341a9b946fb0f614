"""``import episodes FILE``: episodes of an exported data set, verified again and stored."""

import argparse

from tarl_app import wiring
from tarl_app.cli.output import Output
from tarl_app.core.errors import SpeechError
from tarl_app.core.sound.audio import bring


def import_episodes(options: argparse.Namespace, output: Output) -> int:
    """Verifies and stores; exit code 1 if an episode was refused."""
    from tarl_app.export.files import read_episodes
    from tarl_app.export.reading import Checked, checked

    found, sounds, store = Checked(), options.path.parent / "audio", wiring.make_store()
    for episode in checked(read_episodes(options.path), wiring.find_task, found):
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
