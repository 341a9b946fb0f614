"""``serve-voice``: an agent at ``/v1/realtime``, for clients of the OpenAI Realtime API."""

import argparse
import socket
import threading
from typing import Any

from tarl_app import wiring
from tarl_app.cli.listening import bound
from tarl_app.cli.options import add_domain, add_guard, command, count, port
from tarl_app.cli.output import Output
from tarl_app.core.errors import ConfigError, TarlError
from tarl_app.core.process import shutdown
from tarl_app.core.process.switching import switch_often
from tarl_app.core.settings import settings
from tarl_app.speech import resample

_LEAVING = 5
"""Seconds that open calls are given to end when the server is stopped."""


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Serve an agent at ws://HOST:PORT/v1/realtime to clients of the OpenAI Realtime API, such as the openai package. "
        "The sandbox's tools run here, or the client runs its own (docs/realtime.md)."
    )
    made = command(parsers, "serve-voice", about, run)
    made.add_argument("--agent", default=settings().agent, help=f"{', '.join(wiring.agent_names())} (default: %(default)s)")
    add_domain(made)
    made.add_argument("--task", default="", metavar="ID", help="the caller's task, to be verified; without it: free talk")
    add_guard(made)
    made.add_argument("--judge", choices=tuple(wiring.JUDGES), default="reference", help="default: %(default)s")
    made.add_argument(
        "--voice", default="", metavar="ENGINE:VOICE", help="the agent's voice (default: TARL_VOICE, Kokoro's)"
    )
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s, loopback)")
    made.add_argument("--port", type=port, default=8765, help="0: any free one (default: %(default)s)")
    made.add_argument("--token", default="", help="what clients send as their API key (default: TARL_REALTIME_TOKEN)")
    made.add_argument("--connections", type=count, default=8, metavar="N", help="calls at once (default: %(default)s)")
    made.add_argument(
        "--idle", type=count, default=300, metavar="SECONDS", help="after which a silent call ends (%(default)s)"
    )
    made.add_argument("--save", action="store_true", help="keep the calls in the store")


def run(options: argparse.Namespace, output: Output) -> int:
    """Serves until it is interrupted."""
    from tarl_app.ui.access import gate

    token = options.token or settings().realtime_token.get_secret_value()
    if not token and not gate.is_loopback(options.host.strip("[]").lower()):
        raise ConfigError("Others can reach this address: give them a token with --token, or TARL_REALTIME_TOKEN.")
    with bound(options.host, options.port) as place:
        return _serve(options, output, token, place)


def _serve(options: argparse.Namespace, output: Output, token: str, place: socket.socket) -> int:
    import uvicorn
    from starlette.applications import Starlette

    from tarl_app.realtime.call.parts import Parts
    from tarl_app.realtime.server import PATH, Door, Limits
    from tarl_app.ui.access import gate
    from tarl_app.wiring_realtime import realtime_parts, task_of

    store = wiring.make_store() if options.save else None

    def parts(_model: str, task_id: str) -> Parts:
        task, domain = task_of(task_id or options.task, options.domain)
        return realtime_parts(options.agent, task, domain, options.guard, options.judge, options.voice, store)

    switch_often()
    first = parts("", "")
    if why := wiring.untrained(options.agent, first.domain.name):
        output.progress(why)
    _warm(first, output)
    door = Door(parts, token, Limits(options.connections, options.idle))
    guarded = gate.Gate(Starlette(routes=door.routes), gate.rules(options.host, settings().names))
    config = uvicorn.Config(guarded, log_level="warning", lifespan="off", timeout_graceful_shutdown=_LEAVING)
    url = f"ws://{options.host}:{place.getsockname()[1]}{PATH}"
    output.progress(f"{options.agent} at {url}{'' if token else ', without a token'}")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([place],), name="serve-voice", daemon=True)
    with shutdown.heard() as asked:
        thread.start()
        asked.wait()
    shutdown.leave_within(2 * _LEAVING)  # an agent may compute for minutes
    server.should_exit = True
    thread.join()
    output.result({"agent": options.agent, "url": url})
    return 0


def _warm(parts: Any, output: Output) -> None:
    """Loads what calls share, so that the first caller does not wait for it."""
    resample.prepare()
    parts.agent(parts.domain)
    parts.voice("")
    parts.hearing()
    try:
        parts.finished()
    except TarlError as error:  # calls go on without it
        output.progress(f"Turns end by silence and words alone: {error}")
