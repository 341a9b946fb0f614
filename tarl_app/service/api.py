"""The HTTP endpoints (``docs/sandbox-service.md``)."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tarl_app.core.domain import Split
from tarl_app.core.sound import audio
from tarl_app.sandbox.verifier import verify
from tarl_app.service import views
from tarl_app.service.access import Who
from tarl_app.service.calls import SandboxCall
from tarl_app.service.problems import Problem
from tarl_app.service.service import Service

SPLITS: tuple[Split, ...] = ("train", "dev", "test")
WAV = "audio/wav"
_BEARER = HTTPBearer(auto_error=False, description="A client's token, or a grader's, who sees gold calls and reasons")
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": views.ErrorView, "description": words}
    for status, words in {
        400: "The request cannot be read",
        401: "No token, or a wrong one",
        404: "There is no such thing",
        409: "Not possible now",
        410: "The environment is gone",
        422: "The request has another form, or holds what cannot be used",
        429: "Too many requests or environments",
        503: "Full, busy, or something is not available",
    }.items()
}
api = APIRouter(responses=_REFUSALS)


def _service(request: Request) -> Service:
    return cast(Any, request.app).service  # ``app.SandboxApp``


Shared = Annotated[Service, Depends(_service)]


def _client(request: Request, service: Shared, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Who:
    return service.who(request)


Client = Annotated[Who, Depends(_client)]


def _call(who: Client, service: Shared, id: str) -> SandboxCall:  # noqa: A002
    return service.registry.find(id)


Found = Annotated[SandboxCall, Depends(_call)]


@api.get("/domains", tags=["tasks"])
def domains(service: Shared, who: Client) -> tuple[views.DomainView, ...]:
    """The domains, and how many tasks they have."""
    return tuple(views.domain_view(domain, SPLITS) for domain in service.parts.domains())


@api.get("/domains/{name}", tags=["tasks"])
def domain(service: Shared, who: Client, name: str) -> views.DomainInFull:
    """A domain's policy and tools: what an agent is given."""
    return views.domain_in_full(service.domain(name), SPLITS)


@api.get("/domains/{name}/tasks", tags=["tasks"])
def tasks(
    service: Shared,
    who: Client,
    name: str,
    split: Split = "dev",
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> views.TasksView:
    """The tasks of a split; what the customer wants and the gold calls are for graders."""
    found = service.domain(name).tasks(split)
    page = tuple(views.task_view(task, who.grader) for task in found[offset : offset + limit])
    return views.TasksView(tasks=page, total=len(found))


@api.get("/tasks/{id}", tags=["tasks"])
def task(service: Shared, who: Client, id: str) -> views.TaskView:  # noqa: A002
    """One task."""
    return views.task_view(service.parts.find_task(id)[0], who.grader)


@api.post("/environments", tags=["environments"], status_code=201)
def create(service: Shared, who: Client, asked: views.NewEnvironment) -> views.EnvironmentView:
    """Makes a private environment for one task. Its id is the key to it: keep it to yourself."""
    call = service.create(who, asked)
    return views.EnvironmentView(
        id=call.id,
        task=call.task.id,
        domain=call.domain.name,
        policy=call.domain.policy,
        tools=tuple(map(views.tool_json, call.domain.tools)),
        mcp=f"mcp/{call.id}",
        expires_in=round(service.registry.seconds_left(call.id), 1),
    )


@api.get("/environments/{id}", tags=["environments"])
def state(service: Shared, call: Found) -> views.StateView:
    """The dialogue so far, and whether the call has ended."""
    episode = call.episode
    turns = [views.turn_view(n, turn, call.id, call.spoken) for n, turn in enumerate(episode.turns)]
    told = {"task": call.task.id, "domain": call.domain.name, "agent": episode.agent, "turns": tuple(turns)}
    left = round(service.registry.seconds_left(call.id), 1)
    return views.StateView(id=call.id, **told, stop=episode.stop, failure=episode.failure, expires_in=left)


@api.get("/environments/{id}/tools", tags=["environments"])
def tools(call: Found) -> tuple[dict[str, Any], ...]:
    """The tools, as OpenAI's function calling takes them (JSON schemas)."""
    return tuple(map(views.tool_json, call.domain.tools))


@api.post("/environments/{id}/call", tags=["environments"])
def call_tool(call: Found, asked: views.Call) -> views.CalledView:
    """Calls a tool. A wrong name or argument is a result with ``is_error``, as an agent has to read it."""
    result = call.use(asked.name, asked.arguments, asked.text, asked.id)
    return views.CalledView(result=views.seen(result), stop=call.episode.stop)


@api.post(
    "/environments/{id}/user",
    tags=["environments"],
    response_model=views.HeardView,
    responses={200: {"content": {WAV: {}}, "description": "The customer's answer; as WAV where Accept asks for it"}},
)
def user(service: Shared, call: Found, asked: views.Said, request: Request) -> Any:
    """The agent says something to the customer, who answers. Empty at first, to hear the customer's first words."""
    turn, heard = service.say(call, asked.text, asked.audio)
    episode = call.episode
    if turn is not None and turn.audio is not None and WAV in request.headers.get("accept", ""):
        return Response(audio.locate(turn.audio).read_bytes(), media_type=WAV)
    shown = None if turn is None else views.turn_view(len(episode.turns) - 1, turn, call.id, call.spoken)
    return views.HeardView(turn=shown, stop=episode.stop, failure=episode.failure, heard=heard)


@api.get(
    "/environments/{id}/audio/{turn}",
    tags=["environments"],
    response_class=Response,
    responses={200: {"content": {WAV: {}}}},
)
def sound(call: Found, turn: int) -> Response:
    """What was said in a turn, as a WAV file."""
    turns = call.episode.turns
    ref = getattr(turns[turn], "audio", None) if 0 <= turn < len(turns) else None
    if ref is None:
        raise Problem(404, "not_found", "There is no sound in this turn.")
    return Response(audio.locate(ref).read_bytes(), media_type=WAV)


@api.get("/environments/{id}/difference", tags=["environments"])
def difference(call: Found) -> views.DifferenceView:
    """What the calls so far changed in the environment's database."""
    return views.DifferenceView(changes=call.changes())


@api.post("/environments/{id}/finish", tags=["environments"])
def finish(call: Found) -> views.OutcomeView:
    """Ends the call, unless it has ended; the stored call's id, and whether the task was done."""
    return views.outcome_view(call.finish())


@api.post("/environments/{id}/verify", tags=["environments"])
def verified(who: Client, call: Found) -> views.VerdictView:
    """The rule-based verdict, made anew. Before the call has ended it is for graders."""
    _require_ended(call, who)
    episode = call.episode
    verdict = verify(episode, call.domain) if episode.task.verifiable else None
    return views.verdict_view(episode, verdict, who.grader)


@api.post("/environments/{id}/judge", tags=["environments"])
def judged(who: Client, call: Found) -> views.JudgementView:
    """The judge's turn scores. Before the call has ended they are for graders."""
    _require_ended(call, who)
    judgement = call.judgement()
    if judgement is None:
        raise Problem(409, "not_now", "The agent has done nothing yet: there is nothing to judge.")
    return views.judgement_view(judgement, who.grader)


@api.delete("/environments/{id}", tags=["environments"], status_code=204, response_class=Response)
def drop(service: Shared, who: Client, id: str) -> Response:  # noqa: A002
    """Drops an environment; a call that has not ended is forgotten."""
    service.registry.drop(id)
    return Response(status_code=204)


def _require_ended(call: SandboxCall, who: Who) -> None:
    if call.episode.stop is None and not who.grader:
        raise Problem(409, "not_ended", "Finish the call first (POST .../finish): an agent at work must not know.")
