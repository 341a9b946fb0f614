"""``sandbox serve``: the sandbox over HTTP and MCP, for agents of others, without the page."""

import argparse
from typing import Any

from tarl_app.cli.listening import bound
from tarl_app.cli.options import command, port
from tarl_app.cli.output import Output


def add(parsers: Any) -> None:
    """Describes the command."""
    about = (
        "Serve the sandbox to agents of others: environments, tools, simulated customers and verdicts over HTTP and MCP, "
        "below /api (docs/sandbox-service.md). The page serves the same."
    )
    made = command(parsers, "sandbox", about, run)
    made.add_argument("what", choices=("serve",))
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s, loopback)")
    made.add_argument("--port", type=port, default=8765, help="0: any free one (default: %(default)s)")
    text = "what clients have to send (default: TARL_API_TOKEN; otherwise none on loopback, and elsewhere a new one)"
    made.add_argument("--token", default="", help=text)
    text = "a token that also shows gold calls, goals and reasons (default: TARL_API_GRADER_TOKEN, otherwise a new one)"
    made.add_argument("--grader-token", default="", help=text)


def run(options: argparse.Namespace, output: Output) -> int:
    """Serves until it is interrupted; calls that were begun are stored then."""
    from dataclasses import replace

    from tarl_app import wiring_service
    from tarl_app.service.access import new_token
    from tarl_app.service.app import PATH

    access = wiring_service.make_access(options.host, options.token, options.grader_token)
    access = replace(access, grader=access.grader or new_token())
    with bound(options.host, options.port) as place:
        url = wiring_service.url_of(place, PATH)
        output.progress(f"The sandbox at {url} (what there is: {url}/docs)")
        output.progress(f"Token: {access.token or 'none is needed on loopback'}")
        output.progress(f"Grader's token: {access.grader}")
        output.result({"url": url, "token": access.token, "grader_token": access.grader})
        wiring_service.serve(place, options.host, access)
    return 0
