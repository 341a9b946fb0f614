"""``episodes list``, ``show`` and ``export``: the stored calls; ``set-aside``: replaces a damaged store."""

import argparse
import zipfile
from pathlib import Path
from typing import Any

from tarl_app import wiring
from tarl_app.cli.calls.transcript import episode_lines, summary_lines
from tarl_app.cli.options import command, count
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError, SpeechError
from tarl_app.core.sound.audio import locate
from tarl_app.core.types import Episode
from tarl_app.evaluation.reward import explain, trajectory_reward


def add(parsers: Any) -> None:
    """Describes the command."""
    about = "List, show or export the stored episodes; set a damaged store aside, so that a new one is begun."
    made = command(parsers, "episodes", about, run)
    made.add_argument("what", choices=("list", "show", "export", "set-aside"), nargs="?", default="list")
    made.add_argument("episode", nargs="?", metavar="ID", help="for show and export")
    made.add_argument("--limit", type=count, default=20, help="for list: the newest so many (default: %(default)s)")
    made.add_argument("--agent", help="for list: only this agent's")
    made.add_argument("--to", type=Path, metavar="FILE", help="for export: the zip file (default: ID.zip here)")


def run(options: argparse.Namespace, output: Output) -> int:
    """Lists, shows, exports or sets aside."""
    if options.what == "list":
        return _list(options, output)
    if options.what == "set-aside":
        return _set_aside(output)
    if options.episode is None:
        raise ConfigError("Which episode? `python -m tarl_app episodes list` shows their ids.")
    episode = wiring.make_store().get(options.episode)
    return (_show if options.what == "show" else _export)(episode, options, output)


def _list(options: argparse.Namespace, output: Output) -> int:
    rows = [_row(episode) for episode in wiring.make_store().list(options.limit, options.agent)]
    for row in rows:
        passed = {True: "passed", False: "not passed", None: "-"}[row["passed"]]
        output.line(
            f"{row['id']}  {row['created_at'][:16]}  {row['task']:<20} {row['agent']:<14} {passed:<11} {row['reward']:6.1f}"
        )
    if not rows:
        output.line("No episodes yet: `python -m tarl_app simulate --task ID` makes one.")
    output.result({"episodes": rows})
    return 0


def _set_aside(output: Output) -> int:
    moved = wiring.set_store_aside()
    output.line(f"Set aside as {', '.join(map(str, moved))}. A new store is begun when something is stored.")
    output.result({"moved": [*map(str, moved)]})
    return 0


def _row(episode: Episode) -> dict[str, Any]:
    return {
        "id": episode.id,
        "created_at": episode.created_at.isoformat(),
        "task": episode.task.id,
        "agent": episode.agent,
        "user": episode.user,
        "stop": episode.stop,
        "passed": None if episode.verdict is None else episode.verdict.passed,
        "agent_turns": len(episode.agent_turns),
        "reward": round(trajectory_reward(episode), 4),
    }


def _show(episode: Episode, options: argparse.Namespace, output: Output) -> int:
    output.line(f"{episode.task.id} ({episode.task.kind}), agent {episode.agent}: {episode.task.instruction}\n")
    for line in [*episode_lines(episode), "", *summary_lines(episode)]:
        output.line(line)
    output.result(
        {**episode.model_dump(mode="json"), "reward": {"value": _row(episode)["reward"], "arithmetic": explain(episode)}}
    )
    return 0


def _export(episode: Episode, options: argparse.Namespace, output: Output) -> int:
    path: Path = options.to or Path(f"{episode.id}.zip")
    missing: list[str] = []
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("episode.json", episode.model_dump_json(indent=2))
            for ref in episode.sounds:
                try:
                    archive.write(locate(ref), f"audio/{ref.path}")
                except SpeechError:
                    missing.append(ref.path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error}") from error
    output.line(
        f"{path}: the episode and {len(episode.sounds) - len(missing)} sounds"
        + (f"; {len(missing)} are gone" if missing else "")
    )
    output.result({"path": str(path), "missing_sounds": missing})
    return 0
