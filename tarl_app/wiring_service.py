"""What the sandbox's service is built from, by the wiring's tables; and the service without the page."""

import socket
from contextlib import AbstractAsyncContextManager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from tarl_app import wiring
from tarl_app.core.domain import Manner
from tarl_app.core.protocols import EpisodeStore, UserSimulator
from tarl_app.core.settings import settings
from tarl_app.core.types import Task
from tarl_app.service.access import Access, new_token
from tarl_app.service.app import PATH, SandboxApp
from tarl_app.service.limits import Limits
from tarl_app.service.parts import Customer, Parts
from tarl_app.ui.access import gate

"""Connections that may wait to be accepted."""


def service_parts(store: EpisodeStore | None = None, limits: Limits | None = None) -> Parts:
    """The service's parts; finished calls are kept in the store under ``TARL_HOME`` unless another one is given."""
    return Parts(
        domains=wiring.playable,
        find_task=wiring.find_task,
        make_user=make_user,
        make_judge=wiring.make_judge,
        hearing=wiring.make_hearing,
        store=store or wiring.make_store(),
        limits=limits or Limits(),
    )


def make_access(host: str, token: str = "", grader: str = "") -> Access:
    """The tokens: those given, otherwise the settings'. Where others can reach ``host`` there always is a token."""
    token = token or settings().api_token.get_secret_value()
    if not token and not gate.is_loopback(host.strip("[]").lower()):
        token = new_token()
    return Access(token, grader or settings().api_grader_token.get_secret_value())


def make_user(task: Task, customer: Customer) -> UserSimulator:
    """The scripted customer that a client asked for. Models behind endpoints are not offered: they cost money."""
    manner = Manner(customer.manner)
    if not customer.speech:
        return wiring.make_user(task, customer.seed, manner=manner)
    return wiring.make_spoken_user(
        task, customer.seed, voice=customer.voice, channel=customer.channel, transcribed=False, manner=manner
    )


# --- without the page ---------------------------------------------------------------------------------------------------


def url_of(place: socket.socket, path: str) -> str:
    """The address of a socket, for people."""
    host, port = place.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{path}"


def standalone(sandbox: SandboxApp, host: str) -> ASGIApp:
    """The sandbox below ``/api``, behind the same gate as the page."""

    def home(_: Request) -> RedirectResponse:
        return RedirectResponse(f"{PATH}/docs")

    def lifespan(_: Starlette) -> AbstractAsyncContextManager[None]:
        return sandbox.running()

    outer = Starlette(routes=[Route("/", home), Mount(PATH, sandbox)], lifespan=lifespan)
    return gate.Gate(outer, gate.rules(host, settings().names, PATH))


def serve(place: socket.socket, host: str, access: Access) -> None:
    """Serves the sandbox at a bound socket until the process is asked to end."""
    app = standalone(SandboxApp(service_parts(), access), host)
    config = uvicorn.Config(app, log_level="warning", lifespan="on", timeout_graceful_shutdown=5, proxy_headers=False)
    uvicorn.Server(config).run(sockets=[place])
