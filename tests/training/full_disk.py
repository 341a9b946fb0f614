"""A run on a disk that becomes full and is freed again; what was seen, as JSON on the standard output.

    python -m tests.training.full_disk FOLDER disk|limit

``disk``: FOLDER is a small file system of its own, which is filled. ``limit``: the kernel lets no file grow beyond a size.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.core.errors import JobError
from tarl_app.jobs import launch, run_record
from tarl_app.training.train import main
from tests.training.test_train import rows, usual, written

BEFORE, STEPS = 2, 5
LEFT = 96 * 1024
"""Bytes left free, which the reserve takes part of, or that a file may have: less than a state needs."""


def fill(folder: Path, way: str) -> None:
    """From here on the disk takes next to nothing."""
    if way == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (LEFT, resource.RLIM_INFINITY))
        return
    (folder / "reserve-of-the-run").write_bytes(bytes(256 * 1024))  # what the run will set aside must still fit
    try:
        with (folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
    except OSError:
        (folder / "reserve-of-the-run").unlink()
    with (folder / "filler").open("r+b") as file:
        file.truncate(file.seek(0, 2) - LEFT)


def free(folder: Path) -> None:
    """There is room again."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    (folder / "filler").unlink(missing_ok=True)


def train(folder: Path, steps: int) -> str:
    """What the run was refused with; empty when it finished."""
    config = written(name="full", steps=steps, checkpoint_every=1, samples=1)
    try:
        main(config, resume=True, parts_of=usual(folder), runs=folder)
    except JobError as error:
        return str(error)
    return ""


def seen(run: Path) -> dict[str, Any]:
    """What somebody who looks at the directory sees; every checkpoint is loaded."""
    checkpoints = run_record.checkpoints(run)
    for one in checkpoints:
        load_checkpoint(one.folder)
    return {
        "status": launch.read_json(run / launch.STATUS),
        "checkpoints": [one.step for one in checkpoints],
        "left": sorted(path.name for path in run.rglob("*") if path.name.startswith(".")),
        "error": run_record.last_error(run),
    }


def scenario(folder: Path, way: str) -> dict[str, Any]:
    """Some steps, then a full disk, then room again."""
    train(folder, BEFORE)
    fill(folder, way)
    refused = train(folder, STEPS)
    full = seen(folder / "full")
    free(folder)
    again = train(folder, STEPS)
    return {"refused": refused, "full": full, "again": again, "end": seen(folder / "full"), "rows": rows(folder / "full")}


if __name__ == "__main__":
    found = scenario(Path(sys.argv[1]), sys.argv[2])
    sys.stdout.write(json.dumps(found))
