"""``serve-rollouts``: serves a model over HTTP for training runs with ``servers``, like vLLM, but wherever torch runs."""

import argparse
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from tarl_app.cli.options import command, count, port
from tarl_app.cli.output import Output
from tarl_app.core.process.garbage import uncollected
from tarl_app.core.settings import settings


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Serve a checkpoint to training runs: token ids in, token ids and log-probabilities out, adapters reloaded after "
        "each step. There is no key: keep it on loopback or on a network that only the trainer reaches."
    )
    made = command(parsers, "serve-rollouts", about, run)
    made.add_argument("--base", default="omni-mini", metavar="NAME", help="the run's base (default: %(default)s)")
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s, loopback)")
    made.add_argument("--port", type=port, default=8000, help="0: any free one (default: %(default)s)")
    made.add_argument("--concurrent", type=count, default=32, metavar="N", help="replies decoded together (%(default)s)")
    made.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 (default: %(default)s)")
    made.add_argument("--dtype", choices=("auto", "float32", "bfloat16"), default="auto", help="default: %(default)s")
    text = "adapters are loaded from below this folder alone (default: TARL_HOME/runs)"
    made.add_argument("--adapters", type=Path, metavar="FOLDER", help=text)


def run(options: argparse.Namespace, output: Output) -> int:
    """Serves until it is interrupted."""
    with uncollected(keep=True):
        import torch

        from tarl_app.agents.omni.model.checkpoint import load_checkpoint
        from tarl_app.agents.omni.serving.server import RolloutServer

    device = options.device if options.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(settings().threads)
    dtype = {"auto": None, "float32": torch.float32, "bfloat16": torch.bfloat16}[options.dtype]
    loaded = load_checkpoint(options.base, dtype, device)
    adapters = options.adapters or settings().runs
    server = RolloutServer(loaded, options.base, adapters, options.host, options.port, options.concurrent)

    def stop(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()  # it waits for serve_forever, which runs here

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    output.progress(f"{options.base} on {device} at {server.url}; adapters from below {adapters}")
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    output.result({"base": options.base, "url": server.url})
    return 0
