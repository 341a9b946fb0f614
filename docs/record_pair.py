"""Records the pair of calls on the page's first screen: one customer, two agents, by voice.

```
python docs/record_pair.py                        # looks for a task that the first agent fails and the second fulfils
python docs/record_pair.py --task retail-dev-003  # that one, or nothing
```

Plays dev tasks with both agents (the same seed, so that the customer begins with the same words in the same voice), and
writes the first pair that differs to ``tarl_app/ui/static/example``: ``pair.json`` and a sound file a call. Needs the
weights, and a minute or two a call on two cores. The customers speak while it looks; the agents' sentences are spoken at
the end.
"""

import argparse
import io
import json
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from tarl_app import wiring
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Manner
from tarl_app.core.sound.audio import decode, locate
from tarl_app.core.types import AgentTurn, Episode, Task, ToolTurn, UserTurn
from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.evaluation.reward import scores_of, succeeded
from tarl_app.ui.example.pair import FOLDER

RATE = 24_000
"""Sampling rate in Hz of the sound files, that of the voices."""
GAP = 0.35
"""Seconds of silence between two turns."""
TOOL = 1.1
"""Seconds for which a turn without words is shown."""
LARGEST = 2_000_000
"""Bytes of all files together."""
UNCHANGING = {"cost_usd", "faults", "timing"}
"""What of the turns the page does not show of a recorded call."""


def play(task: Task, agent: str, seed: int, kind: str) -> Episode:
    """The call, with the customer speaking."""
    domain = wiring.load_domain(task.domain)
    manner = Manner("lifelike" if kind == "lifelike" else "plain")
    conversation = Conversation(
        task,
        domain,
        wiring.make_agent(agent, task, domain, seed),
        user=wiring.make_spoken_user(task, seed, manner=manner),
        judge=wiring.make_judge(domain),
        seed=seed,
        guard=wiring.default_guard(agent),
    )
    with closing(conversation):
        return conversation.run()


def track(episode: Episode) -> tuple[np.ndarray, list[float]]:
    """The whole call as one sound at ``RATE``, and the second at which each turn begins."""
    pieces: list[np.ndarray] = []
    starts: list[float] = []
    at, voice = 0, wiring.make_voice()

    def add(piece: np.ndarray) -> None:
        nonlocal at
        pieces.append(piece)
        at += len(piece)

    add(np.zeros(int(0.2 * RATE), np.float32))
    for turn in episode.turns:
        starts.append(round(at / RATE, 2))
        audio = None if isinstance(turn, ToolTurn) else turn.audio
        if audio is not None:
            add(decode(locate(audio), "", rate=RATE).samples)
            add(np.zeros(int(GAP * RATE), np.float32))
        elif isinstance(turn, AgentTurn) and turn.text.strip():
            add(decode(voice.say(turn.text).wav(), "a sentence", rate=RATE).samples)
            add(np.zeros(int(GAP * RATE), np.float32))
        elif isinstance(turn, AgentTurn):
            add(np.zeros(int(TOOL * RATE), np.float32))
    add(np.zeros(int(1.5 * RATE), np.float32))
    return np.concatenate(pieces), starts


def recorded(episode: Episode, name: str, folder: Path) -> dict[str, Any]:
    """Writes the sound, and returns the call for ``pair.json``."""
    samples, starts = track(episode)
    target = io.BytesIO()
    soundfile.write(target, samples, RATE, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.75)
    folder.joinpath(name).write_bytes(target.getvalue())
    told = episode.model_dump(mode="json", exclude_defaults=True)
    told["turns"] = [
        {**{key: value for key, value in turn.items() if key not in {*UNCHANGING, "audio"}}, "kind": whole.kind}
        for turn, whole in zip(told["turns"], episode.turns, strict=True)
    ]
    return {"episode": told, "sound": name, "starts": starts, "seconds": round(len(samples) / RATE, 2)}


def tasks(named: str, kinds: Sequence[str]) -> list[Task]:
    """The named task, or the dev tasks of those kinds with one goal and a caller who remembers well."""
    if named:
        task, _ = wiring.find_task(named)
        if task.split == "test":
            sys.exit("Tasks of the test split are not shown: name a dev task.")
        return [task]
    found = wiring.load_domain(DEFAULT_DOMAIN).tasks("dev")
    return [task for kind in kinds for task in found if task.kind == kind and len(task.goals) == 1]


def look(given: argparse.Namespace) -> tuple[Episode, Episode]:
    """The first pair in which the first agent fails, with a turn that the judge scored -1, and the second does not."""
    for task in tasks(given.task, given.kinds):
        after = play(task, given.after, given.seed, given.customer)
        print(f"{task.id}: {given.after} {'passed' if succeeded(after) else 'failed'}, {len(after.turns)} turns", flush=True)
        if not succeeded(after):
            continue
        before = play(task, given.before, given.seed, given.customer)
        wrong = -1 in scores_of(before)
        print(
            f"  {given.before} {'passed' if succeeded(before) else 'failed'}, {len(before.turns)} turns, -1: {wrong}",
            flush=True,
        )
        if not succeeded(before) and wrong:
            return before, after
    sys.exit("There was no such pair: name other kinds of tasks or another seed.")


def opening(before: Episode, after: Episode) -> dict[str, str]:
    """What the customer had said when the calls began to differ, as one sentence to try on both agents; edit it by hand
    where they answer that alike.
    """
    parts = next((index for index, (a, b) in enumerate(zip(before.turns, after.turns, strict=False)) if a != b), 0)
    return {
        "task": before.task.id,
        "text": " ".join(turn.text for turn in before.turns[:parts] if isinstance(turn, UserTurn)),
    }


def main() -> None:
    """Reads the command line and records the pair."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="", help="a dev task; without, the first that fits is taken")
    parser.add_argument("--kinds", nargs="+", default=["cancel", "return", "exchange"], help="default: %(default)s")
    parser.add_argument("--before", default="omni-mini-early", help="default: %(default)s")
    parser.add_argument("--after", default="omni-mini-tarl", help="default: %(default)s")
    parser.add_argument("--customer", default="plain", choices=("plain", "lifelike"), help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=FOLDER, help="default: %(default)s")
    given = parser.parse_args()
    before, after = look(given)
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "pair.json"
    first = json.loads(path.read_text("utf-8"))["opening"] if path.is_file() else opening(before, after)
    pair = {side: recorded(call, f"{side}.mp3", given.out) for side, call in (("before", before), ("after", after))}
    path.write_text(json.dumps({**pair, "opening": first}, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    size = sum(path.stat().st_size for path in given.out.iterdir())
    print(f"{given.out}: {size / 1000:.0f} kB")
    if size > LARGEST:
        sys.exit(f"That is more than {LARGEST / 1e6:.0f} MB: choose a shorter call.")


if __name__ == "__main__":
    main()
