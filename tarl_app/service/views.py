"""What goes over the wire, and what of it a client may see.

An agent must not learn what its customer wants before the customer says so, nor what the verifier compares it with. So
a client sees a task's id and split, and of a verdict and a judgement the numbers. A grader sees everything.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tarl_app.core.domain import Domain, Split
from tarl_app.core.types import (
    AgentTurn,
    Change,
    Check,
    Episode,
    Frozen,
    Guards,
    Judgement,
    Task,
    ToolResult,
    ToolSpec,
    ToolTurn,
    UserTurn,
    Verdict,
)
from tarl_app.evaluation.reward import trajectory_reward
from tarl_app.sandbox.faults import NO_FAULTS, Faults
from tarl_app.service.parts import Customer

LONGEST_TEXT = 8_000
"""Most characters of what an agent says at once."""
DEEPEST = 16
"""Most levels of nesting in a call's arguments."""
MOST_VALUES = 2_000
"""Most values in a call's arguments."""
LONGEST_DELAY = 5.0
"""Most seconds that a slow tool may take here: a request waits for it."""


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    """JSON as tools can take it: no NaN, not nested without end."""
    todo: list[tuple[Any, int]] = [(arguments, 1)]
    seen = 0
    while todo:
        value, depth = todo.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST_VALUES:
            raise ValueError(f"more than {DEEPEST} levels of nesting, or more than {MOST_VALUES} values")
        if isinstance(value, float) and value - value != 0:
            raise ValueError("NaN and Infinity are no JSON")
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        todo += [(one, depth + 1) for one in inner]
    return arguments


class Asked(BaseModel):
    """Base of what clients send: unknown fields are an error."""

    model_config = ConfigDict(extra="forbid")


def _soon(faults: Faults) -> Faults:
    if faults.delay > LONGEST_DELAY:
        raise ValueError(f"a slow tool takes {LONGEST_DELAY:g} seconds here at most (delay)")
    return faults


Arguments = Annotated[dict[str, Any], AfterValidator(_plain)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class NewEnvironment(Asked):
    """An environment to be made."""

    task: Name = Field(description="a task's id (GET /domains/{name}/tasks)")
    agent: str = Field(
        "outside", pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]{0,63}$", description="the agent's name on the call"
    )
    customer: Customer = Customer()  # pyright: ignore[reportCallIssue] - its fields have defaults
    guard: Guards = Field(
        "off", description="policy: calls that the domain's policy forbids now are answered with the reason"
    )
    faults: Annotated[Faults, AfterValidator(_soon)] = Field(
        NO_FAULTS,
        description="tools that break down on purpose: shares of the calls, drawn from task and seed",
    )
    max_turns: int = Field(30, ge=1, le=200, description="most turns of the agent, tool calls included")
    idle_seconds: float = Field(600.0, gt=0, le=3600, description="ends after so long without a request")


class Call(Asked):
    """One tool call."""

    name: Name
    arguments: Arguments = Field(default_factory=dict)
    text: str = Field("", max_length=LONGEST_TEXT, description="what the agent says with it")
    id: str = Field("", max_length=100, description="the call's id; by default they are numbered")


class Said(Asked):
    """What the agent says to the customer; both empty at the beginning, to hear the customer's first words."""

    text: str = Field("", max_length=LONGEST_TEXT)
    audio: str = Field("", max_length=5_500_000, description="instead of text: a WAV file in base64; it is transcribed")


class DomainView(Frozen):
    """A domain, and how many tasks each split has."""

    name: str
    about: str
    tasks: dict[Split, int]
    tools: int


class DomainInFull(DomainView):
    """With what an agent is given: the policy and the tools."""

    policy: str
    tool_specs: tuple[dict[str, Any], ...]


class TaskView(Frozen):
    """A task; ``full`` (customer, goals, gold calls) is for graders."""

    id: str
    domain: str
    split: str
    full: Task | None = None


class TasksView(Frozen):
    """A page of a split's tasks."""

    tasks: tuple[TaskView, ...]
    total: int


class TurnView(Frozen):
    """One turn. ``text`` is None where a customer spoke: hear ``audio``."""

    index: int
    kind: str
    text: str | None = None
    audio: str | None = None
    calls: tuple[dict[str, Any], ...] = ()
    results: tuple[ToolResult, ...] = ()


class StateView(Frozen):
    """An environment now. ``stop`` is None while the call goes on."""

    id: str
    task: str
    domain: str
    agent: str
    turns: tuple[TurnView, ...]
    stop: str | None
    failure: str | None
    expires_in: float


class EnvironmentView(Frozen):
    """A new environment, with what the agent is given."""

    id: str
    task: str
    domain: str
    policy: str
    tools: tuple[dict[str, Any], ...]
    mcp: str
    expires_in: float


class CalledView(Frozen):
    """A tool's answer; ``stop`` says that the call ended with it (a transfer, the limit of turns)."""

    result: ToolResult
    stop: str | None


class HeardView(Frozen):
    """The customer's answer; ``turn`` None: they have hung up, or the call has ended (``stop``).

    ``heard`` is what was understood of the agent's sound.
    """

    turn: TurnView | None
    stop: str | None
    failure: str | None = None
    heard: str | None = None


class VerdictView(Frozen):
    """Whether the task was done; ``full`` (each check in words) is for graders."""

    passed: bool | None
    checks: int
    checks_passed: int
    reward: float
    full: tuple[Check, ...] | None = None


class ScoreView(Frozen):
    """A judge's score of one agent turn, -1, 0 or 1; the reason is for graders."""

    turn: int
    score: int
    reason: str | None = None


class JudgementView(Frozen):
    """A judge's scores."""

    judge: str
    scores: tuple[ScoreView, ...]


class OutcomeView(Frozen):
    """A call that has ended and is stored."""

    episode: str
    stop: str | None
    passed: bool | None
    reward: float


class DifferenceView(Frozen):
    """What the agent's calls changed in the database."""

    changes: tuple[Change, ...]


class ErrorDetail(Frozen):
    """A code for programs and a sentence for people."""

    code: str
    message: str


class ErrorView(Frozen):
    """What every refusal looks like."""

    error: ErrorDetail


# --- made from the app's types ----------------------------------------------------------------------------------------


def tool_json(tool: ToolSpec) -> dict[str, Any]:
    """A tool in the form of OpenAI's function calling."""
    told = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": told}


def domain_view(domain: Domain, splits: tuple[Split, ...]) -> DomainView:
    """A domain in short."""
    tasks: dict[Split, int] = {split: len(domain.tasks(split)) for split in splits}
    return DomainView(name=domain.name, about=domain.labels.scene, tasks=tasks, tools=len(domain.tools))


def domain_in_full(domain: Domain, splits: tuple[Split, ...]) -> DomainInFull:
    """A domain with its policy and tools."""
    short = domain_view(domain, splits).model_dump()
    return DomainInFull(**short, policy=domain.policy, tool_specs=tuple(map(tool_json, domain.tools)))


def task_view(task: Task, grader: bool) -> TaskView:
    """A task; all of it for a grader."""
    return TaskView(id=task.id, domain=task.domain, split=task.split, full=task if grader else None)


def seen(result: ToolResult) -> ToolResult:
    """A result as an agent sees it: a fault on purpose does not say that it is one, and nonsense is no error."""
    if result.fault is None:
        return result
    return result.model_copy(update={"fault": None, "is_error": result.is_error and result.fault != "nonsense"})


def turn_view(index: int, turn: UserTurn | AgentTurn | ToolTurn, environment: str, hides: bool) -> TurnView:
    """A turn; ``hides`` the words of customers who spoke."""
    if isinstance(turn, ToolTurn):
        return TurnView(index=index, kind=turn.kind, results=tuple(map(seen, turn.results)))
    audio = f"environments/{environment}/audio/{index}" if turn.audio else None
    text = None if hides and isinstance(turn, UserTurn) and turn.audio else turn.text
    calls = turn.tool_calls if isinstance(turn, AgentTurn) else ()
    made = tuple(call.model_dump() for call in calls)
    return TurnView(index=index, kind=turn.kind, text=text, audio=audio, calls=made)


def verdict_view(episode: Episode, verdict: Verdict | None, grader: bool) -> VerdictView:
    """A verdict in numbers; in words for a grader."""
    checks = verdict.checks if verdict else ()
    return VerdictView(
        passed=verdict.passed if verdict else None,
        checks=len(checks),
        checks_passed=sum(check.passed for check in checks),
        reward=trajectory_reward(episode.model_copy(update={"verdict": verdict})),
        full=checks if grader else None,
    )


def judgement_view(judgement: Judgement, grader: bool) -> JudgementView:
    """A judgement; with its reasons for a grader."""
    scores = [ScoreView(turn=one.turn, score=one.score, reason=one.reason if grader else None) for one in judgement.scores]
    return JudgementView(judge=judgement.judge, scores=tuple(scores))


def outcome_view(episode: Episode) -> OutcomeView:
    """How a call ended."""
    passed = episode.verdict.passed if episode.verdict else None
    return OutcomeView(episode=episode.id, stop=episode.stop, passed=passed, reward=trajectory_reward(episode))
