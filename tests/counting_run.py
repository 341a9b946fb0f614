"""A real process that keeps to the run folder as a trainer does: it counts steps instead of learning.

    counting_run.py train CONFIG --name NAME | counting_run.py train --resume NAME

The configuration holds ``steps``, ``seconds`` (a step) and, to die of it, ``fail`` (a step).
"""

import json
import signal
import sys
import time

from tarl_app.core.settings import settings
from tarl_app.jobs import run_record
from tarl_app.jobs.launch import read_json, write_json


def main() -> None:
    arguments = sys.argv[2:]
    folder = settings().runs / arguments[-1]
    config = run_record.read_config(folder)
    step, stop = int(read_json(folder / "state.json").get("step", 0)), []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))

    def tell(state: str) -> None:
        write_json(folder / "status.json", {"state": state, "step": step, "steps": config["steps"], "updated": "now"})

    tell("running")
    sys.stdout.write(f"counts from {step} with {settings().threads} threads\n")
    sys.stdout.flush()
    while step < config["steps"] and not stop:
        time.sleep(config["seconds"])
        if step == config.get("fail"):
            raise ZeroDivisionError(f"step {step}")
        step += 1
        write_json(folder / "state.json", {"step": step})
        with (folder / "metrics.jsonl").open("a") as file:
            file.write(json.dumps({"step": step, "reward": step / 10, "seconds": config["seconds"]}) + "\n")
        tell("running")
    tell("stopped" if stop else "finished")


if __name__ == "__main__":
    main()
