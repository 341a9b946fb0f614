"""The data types of the app, as frozen pydantic models.

Read this file first: everything else is a function from these types to these types.

    Task     what the user wants, the facts they know, the calls that fulfil it
    Turn     UserTurn | AgentTurn | ToolTurn, told apart by ``kind``
    Episode  task + turns + how it stopped + the evidence (verdict, judgements)

Two things are deliberately absent. The *reward* is not on the episode: it is a pure function of it
(``tarl_app.evaluation.reward``), so stored episodes can be priced again. *Tokens* are not on the episode: they exist in
training only. Audio is held by reference (``AudioRef``), never inside.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import to_jsonable_python

from tarl_app.core.characters import all_whole, whole

Whole = Annotated[str, AfterValidator(whole)]
"""Text from outside, from people, models or tools: halves of UTF-16 pairs, which no store or page takes, are replaced."""


Guards = Literal["off", "schema", "policy"]
"""The rules that an agent's calls have to follow.

``off``: none; a call that cannot be read is the agent's failure. ``schema``: calls fit the tools' JSON schemas, and
their ids come from results or from what was said. ``policy``: also the domain's guard (``core.domain.guard``).
"""


CustomerKind = Literal["plain", "lifelike"]
"""How scripted customers talk: ``plain`` answers what was asked, in templates; ``lifelike`` talks as people do
(``users.lifelike``)."""


class Frozen(BaseModel):
    """Base of all data types: immutable; unknown fields are an error, and so are NaN and infinities."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# --- tools ------------------------------------------------------------------------------------------------------------


class ToolSpec(Frozen):
    """A tool as the model sees it; ``parameters`` is a JSON schema of type object."""

    name: str
    description: str
    parameters: dict[str, Any]
    writes: bool = False  # changes the database, so it counts in the verdict


class ToolCall(Frozen):
    """One call the agent asked for."""

    id: Whole
    name: Whole
    arguments: Annotated[dict[str, Any], AfterValidator(all_whole)] = Field(default_factory=dict)


FaultKind = Literal["fail", "slow", "nonsense"]
"""Faults on purpose (``sandbox.faults``)."""


class ToolResult(Frozen):
    """What the tool answered: JSON or plain text, or a refusal that starts with ``Error: ``.

    ``is_error``: the call was not made. ``fault``: what was done to it on purpose (``sandbox.faults``), which is neither the
    agent's fault nor a refusal.
    """

    call_id: Whole
    name: Whole
    content: Whole
    is_error: bool = False
    fault: FaultKind | None = Field(default=None, exclude_if=lambda kind: kind is None)

    @property
    def broke_down(self) -> bool:
        """Whether the call was not made because of a fault on purpose."""
        return self.is_error and self.fault in ("fail", "nonsense")


MALFORMED = ToolResult(
    call_id="malformed",
    name="",
    content="Error: this tool call could not be read. Write one JSON object with the keys name and arguments.",
    is_error=True,
)
"""The answer to a call that could not be read (``AgentTurn.malformed``); an agent is told its own way to write one."""


# --- turns ------------------------------------------------------------------------------------------------------------


class AudioRef(Frozen):
    """A mono 16-bit WAV file, named by its content and relative to the audio folder (``tarl_app.core.sound.audio``)."""

    path: str
    seconds: float
    sample_rate: int


class Timing(Frozen):
    """Where the time of one agent turn went, in seconds; ``None`` where that part did not happen."""

    hearing: float | None = None
    first_token: float | None = None
    total: float | None = None  # without the time for speaking
    voice: float | None = None  # from the beginning of the turn until its first sound
    tokens: int | None = None
    end_of_turn: float | None = None  # in a live call: the silence after which the caller's turn was over
    response_latency: float | None = None  # in a live call: from the caller's last speech to the answer's first sound


class UserTurn(Frozen):
    """What the user said.

    ``text`` is what was typed or meant; for a person at the microphone it is the transcript. ``heard`` is the
    transcript of ``audio`` by speech recognition: shown on the page, and used by agents that cannot hear. ``faults``
    says why earlier drafts of a simulated user were discarded; they never reached the agent and are counted apart from
    its failures.
    """

    kind: Literal["user"] = "user"
    text: Whole
    heard: Whole | None = None
    audio: AudioRef | None = None
    faults: tuple[Whole, ...] = ()
    cost_usd: float = 0.0


class AgentTurn(Frozen):
    """What the agent said and which tools it called.

    ``malformed`` holds the raw text of a tool call that could not be parsed; the agent gets an error back as its
    result. ``heard`` is what the agent itself recognised in the user's last sound, if it recognises words; shown and
    measured.
    """

    kind: Literal["agent"] = "agent"
    text: Whole = ""
    tool_calls: tuple[ToolCall, ...] = ()
    malformed: Whole | None = None
    heard: Whole | None = None
    audio: AudioRef | None = None
    timing: Timing | None = None
    cost_usd: float = 0.0


class ToolTurn(Frozen):
    """The results of the preceding agent turn's calls, in their order."""

    kind: Literal["tool"] = "tool"
    results: tuple[ToolResult, ...]
    seconds: float | None = None  # what the tools took together


Turn = Annotated[UserTurn | AgentTurn | ToolTurn, Field(discriminator="kind")]


# --- tasks ------------------------------------------------------------------------------------------------------------


class ToldFact(Frozen):
    """A fact the agent has to tell the user; compared by type, not as a substring (``language.told``)."""

    label: str  # in words: "total of the booking"
    kind: Literal["money", "number", "id", "date", "text"]
    value: str
    final: bool = False  # must be the final number of the answer; naming many numbers does not count
    worked: str = ""  # the worked solution, for a fact that is computed and not looked up


class Goal(Frozen):
    """One thing the user wants in this conversation.

    ``kind`` is the domain's word for it. Three kinds mean the same everywhere: ``lookup`` (only something to be told),
    ``transfer`` (only to be handed to a person) and ``question`` (asked once, answered by thinking alone).

    ``expect`` says what the policy demands: ``done`` (the write or the answer happens), ``refused`` (the agent must decline
    in words and write nothing), ``transferred`` (the agent must hand over to a person). ``instead`` is what the user asks
    for after a refusal or a change of mind.

    ``question`` is a complete sentence in the user's own words, always there for look-ups, refused goals and transfers:
    what they ask for may not fit the other fields (another customer's data, a swap for another kind of thing).
    A goal with ``changes_mind`` is never carried out: the user declines when the agent asks for confirmation.

    ``details`` holds the domain-specific part as JSON: which booking, which items, which address. A domain reads it
    through its own model (``of``). Fields that are not ``Goal``'s are taken for details, both on construction and when
    read from a file.
    """

    kind: str
    expect: Literal["done", "refused", "transferred"] = "done"
    why: str = ""  # the policy's reason when refused or transferred, in words
    question: str | None = None  # in the user's words: "How much did I pay for ...?"
    topic: str | None = None  # machine-readable: for look-ups, refusals ("foreign_order") and transfers ("damaged")
    tell: tuple[ToldFact, ...] = ()
    insists: int = 0  # how often the user asks again after a refusal
    changes_mind: bool = False  # declines at the confirmation, then asks for ``instead``
    instead: "Goal | None" = None
    details: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _lift_details(cls, data: Any) -> Any:
        if cls is not Goal or not isinstance(data, dict):
            return data
        own = {key: value for key, value in data.items() if key in cls.model_fields}
        rest = {key: value for key, value in data.items() if key not in own}
        details = to_jsonable_python({**(own.get("details") or {}), **rest})
        return {**own, "details": details} if details else own

    @property
    def chain(self) -> tuple[Self, ...]:
        """This goal and its replacements (``instead``), in order."""
        return (self, *(cast(Self, self.instead).chain if self.instead else ()))


class Persona(Frozen):
    """How the user talks."""

    style: Literal["plain", "chatty", "terse", "impatient", "hesitant"] = "plain"
    authenticates_by: str = ""  # which of the domain's ways to say who is calling; empty: any of them
    misremembers: tuple[str, ...] = ()  # fact names first given wrong, corrected when the look-up fails


class Task(Frozen):
    """What the user wants, the facts they know, and the calls that fulfil it.

    ``gold`` holds the whole path an ideal agent takes, reads included; the verdict compares its *writes*. ``must_tell`` and
    ``must_transfer`` keep a task without writes from being passed by doing nothing. Free talk is a task without gold calls.
    """

    id: str
    domain: str
    split: Literal["train", "dev", "test", "free"]
    kind: str
    instruction: str
    persona: Persona = Persona()
    user_id: str = ""
    facts: dict[str, str] = Field(default_factory=dict)  # what they know of themselves: name, email, ...
    goals: tuple[Goal, ...] = ()
    gold: tuple[ToolCall, ...] = ()
    must_tell: tuple[ToldFact, ...] = ()
    must_transfer: bool = False
    must_not: tuple[str, ...] = ()  # names of tools that must not succeed beyond the gold calls, or in words
    must_not_say: tuple[str, ...] = ()  # words that the agent must not say
    outcome: Literal["calls", "state"] = "calls"  # state: whichever calls led to the gold state
    seed: int = 0

    @model_validator(mode="before")
    @classmethod
    def _former_names(cls, data: Any) -> Any:
        if isinstance(data, dict) and "wishes" in data:  # episodes stored before goals were called goals
            data = {("goals" if key == "wishes" else key): value for key, value in data.items()}
        return data

    @property
    def verifiable(self) -> bool:
        """Whether the task has anything to verify (free talk has not)."""
        return self.split != "free"


# --- evidence ---------------------------------------------------------------------------------------------------------


class Check(Frozen):
    """One result of the verifier, in words that a manager understands.

    ``undecided``: no rule decides it, so it counts as passed, and a judge that is a model is told of it.
    """

    name: str
    passed: bool
    detail: str = ""
    undecided: bool = False


class Change(Frozen):
    """One difference in the database: a column of a row, a new row (``before`` None) or a removed one (``after`` None)."""

    table: str
    key: str
    column: str
    before: str | None
    after: str | None


class Verdict(Frozen):
    """The rule-based verdict on a whole episode: the terminal reward R is ``float(passed)``.

    ``strict`` is that of stricter rules beside a benchmark's own, where the domain has both.
    """

    passed: bool
    checks: tuple[Check, ...] = ()
    changes: tuple[Change, ...] = ()
    strict: bool | None = None


class TurnScore(Frozen):
    """A judge's score of one agent turn; ``turn`` indexes ``Episode.turns``.

    -1 is the one major deviation, 0 a minor issue or a consequence of an earlier error, 1 correct.
    """

    turn: int
    score: Literal[-1, 0, 1]
    reason: Whole
    rule: str = ""


class Judgement(Frozen):
    """One judge's scores for the agent turns of an episode, in order; at most one is -1."""

    judge: str
    scores: tuple[TurnScore, ...]
    cost_usd: float = 0.0
    seconds: float = 0.0


class TurnTaking(Frozen):
    """Who had the floor in a live call; counts, and seconds. Names are tau-voice's (arXiv 2603.13686) where it has any."""

    turns: int = 0  # of the caller
    responses: int = 0  # ... that were answered before the caller spoke again
    interruptions: int = 0  # suffered: the caller spoke on top of the agent, who yielded
    yield_latencies: tuple[float, ...] = ()  # from the first sound of each interruption until the agent yielded
    agent_interruptions: int = 0  # made: the agent began while the caller was speaking
    false_interruptions: int = 0  # voice on top of the agent for which it did not yield
    continued: int = 0  # turns that were taken for finished and went on before anything of the answer was heard
    interruptions_meant: int | None = None  # the caller began on top of the agent to be heard; of simulated callers alone
    interruptions_yielded: int | None = None  # ... to which the agent yielded
    backchannels: int | None = None  # said on top of the agent; known of simulated callers alone
    backchannels_kept: int | None = None  # ... during which it spoke on


class StopReason(StrEnum):
    """How a conversation ended."""

    USER_DONE = "user_done"
    TRANSFERRED = "transferred"
    LIMIT = "limit"
    CONTEXT = "context"  # the dialogue exceeded the agent's context: the agent's failure
    USER_FAULT = "user_fault"  # the simulated user did not keep to its role: never counted as the agent's
    FAILURE = "failure"  # infrastructure: never counted as the agent's


class Episode(Frozen):
    """The one artefact that flows through page, evaluation, training, storage and replay."""

    id: str
    task: Task
    agent: str
    user: str
    turns: tuple[Turn, ...] = ()
    stop: StopReason | None = None  # None while it is going on
    failure: Whole | None = None
    verdict: Verdict | None = None
    judgements: tuple[Judgement, ...] = ()
    seed: int = 0
    guard: Guards = "policy"  # rules for the agent's calls; the default is for older stored episodes
    customer: CustomerKind = "plain"  # how the simulated customer talked, if there was one
    turn_taking: TurnTaking | None = None  # of a live call
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def counts(self) -> bool:
        """Whether it counts for the agent: neither the infrastructure nor the simulated user ended it."""
        return self.stop not in (StopReason.FAILURE, StopReason.USER_FAULT)

    @property
    def user_faults(self) -> tuple[str, ...]:
        """Faults of the simulated user, discarded drafts included."""
        drafts = tuple(fault for turn in self.turns if isinstance(turn, UserTurn) for fault in turn.faults)
        return drafts + ((self.failure or "",) if self.stop is StopReason.USER_FAULT else ())

    @property
    def cost_usd(self) -> float:
        """What the models behind endpoints cost: user, agent and judges."""
        spoken = sum(turn.cost_usd for turn in self.turns if not isinstance(turn, ToolTurn))
        return spoken + sum(judgement.cost_usd for judgement in self.judgements)

    @property
    def sounds(self) -> tuple[AudioRef, ...]:
        """All sounds of the user and the agent, each once."""
        spoken = [turn.audio for turn in self.turns if not isinstance(turn, ToolTurn) and turn.audio is not None]
        return tuple({ref.path: ref for ref in spoken}.values())

    @property
    def agent_turns(self) -> tuple[tuple[int, AgentTurn], ...]:
        """The agent's turns with their index in ``turns``."""
        return tuple((i, t) for i, t in enumerate(self.turns) if isinstance(t, AgentTurn))

    @property
    def calls(self) -> tuple[tuple[ToolCall, ToolResult], ...]:
        """Every call with its result, in order."""
        pairs: list[tuple[ToolCall, ToolResult]] = []
        for turn, following in zip(self.turns, self.turns[1:], strict=False):
            if isinstance(turn, AgentTurn) and isinstance(following, ToolTurn):
                pairs += zip(turn.tool_calls, following.results, strict=False)
        return tuple(pairs)


# --- votes ------------------------------------------------------------------------------------------------------------

VoteChoice = Literal["a", "b", "tie", "both_bad"]


class Vote(Frozen):
    """One person's choice between two agents that were told the same; ``a`` stood on the left, ``b`` on the right."""

    id: str
    a: str
    b: str
    choice: VoteChoice
    task: str
    blind: bool  # the names were hidden until the vote
    messages: int  # how many the person had sent
    episodes: tuple[str, str]  # ids of the two calls, left and right
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
