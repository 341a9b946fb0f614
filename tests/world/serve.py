"""Serves the app's page twice in one process: to everybody, as a public Space, and to this machine alone. For tests.

``python -m tests.world.serve HOME``: prints one JSON object with both ports, and ends when its input does.
"""

import json
import os
import socket
import sys

from tarl_app.core.settings import settings


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(home: str) -> None:
    """Serves until the input ends."""
    for name in [name for name in os.environ if name.startswith(("TARL_", "SPACE_"))]:
        del os.environ[name]
    os.environ |= {"TARL_HOME": home, "TARL_AGENT": "scripted", "TARL_OFFLINE": "1"}
    import app

    ports = {}
    for kind, space, host in (("space", "1", "0.0.0.0"), ("local", "0", "127.0.0.1")):
        os.environ["TARL_SPACE"] = space
        settings.cache_clear()
        ports[kind] = free_port()
        app.serve(app.services(), host, ports[kind], prevent_thread_lock=True, quiet=True)
    print(json.dumps(ports), flush=True)  # noqa: T201 - what it is started for
    sys.stdin.read()
    os._exit(0)  # there is nothing to be kept, and Gradio would take its time


if __name__ == "__main__":
    main(sys.argv[1])
