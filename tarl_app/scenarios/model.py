"""What a file of scenarios says, as pydantic models. Texts are as they are written: ``no`` is "no", ``37227`` a text."""

import re
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from tarl_app.core.domain import CustomerKind
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Frozen, Guards, StopReason
from tarl_app.evaluation.config import CHANNEL
from tarl_app.sandbox.faults import NO_FAULTS, Faults, parse_faults
from tarl_app.scenarios.patterns import Pattern

ANY, EVERY, LAST = "any", "every", "last"
Ends = Literal["user_done", "transferred", "limit", "context"]


def _turn(given: Any) -> Any:
    if given in (ANY, EVERY, LAST):
        return given
    if isinstance(given, int | str) and re.fullmatch(r"[1-9]\d{0,2}", str(given)):
        return int(given)
    raise ValueError("write the number of an answer (1 is the first), any, every or last")


def _several(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


def _faults(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return parse_faults(given)
    except ConfigError as error:
        raise ValueError(str(error)) from None


Words = Annotated[str, Field(min_length=1, max_length=1000)]
Texts = Annotated[tuple[Words, ...], BeforeValidator(_several), Field(max_length=50)]
"""One text, or a list of them."""
Name = Annotated[str, Field(min_length=1, max_length=200)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Count = Annotated[int, Field(ge=0, le=1000)]


class Customer(Frozen):
    """Who the customer is, and how they talk; lines that are given are said as they are."""

    user: Literal["scripted", "llm", "react"] = "scripted"
    manner: CustomerKind = "plain"
    phrasings: str | None = None
    speech: bool = False
    voice: str = ""
    channel: str = Field(default="clean", pattern=CHANNEL)


class Gold(Frozen):
    """A call that has to happen."""

    name: Name
    arguments: dict[str, Any] = Field(default_factory=dict)


class State(Frozen):
    """What a place of the database has to be after the call, by what the calls changed."""

    model_config = ConfigDict(populate_by_name=True)

    table: Name
    row: Name
    column: Name
    value: str = Field(alias="is")


_TURN = ("says", "does_not_say", "matches", "does_not_match", "asks", "reply_within", "sound_within")
_CALL = ("call", "arguments", "times", "at_least", "at_most")
_ALONE = (
    "no_call",
    "calls_in_order",
    "state",
    "unchanged",
    "passes",
    "reward_at_least",
    "no_deviation",
    "ends",
    "answers_at_least",
    "answers_at_most",
)
KINDS = (*_TURN, "call", *_ALONE)


class Expectation(Frozen):
    """One expectation; what is said of a turn may be said together, and so may what is said of a call."""

    model_config = ConfigDict(populate_by_name=True)

    turn: Annotated[int | Literal["any", "every", "last"], BeforeValidator(_turn)] = ANY
    says: Texts = ()
    does_not_say: Texts = ()
    matches: Pattern | None = None
    does_not_match: Pattern | None = None
    asks: Words | None = None
    reply_within: Seconds | None = None
    sound_within: Seconds | None = None
    strict: bool = False

    call: Name | None = None
    arguments: dict[str, Any] = Field(default_factory=dict, alias="with")
    times: Count | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    no_call: Name | None = None
    calls_in_order: tuple[Name, ...] = ()

    state: State | None = None
    unchanged: Literal["true"] | None = None
    passes: bool | None = None
    reward_at_least: float | None = None
    no_deviation: Literal["true"] | None = None
    ends: Ends | None = None
    answers_at_least: Count | None = None
    answers_at_most: Count | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        given = self.model_fields_set
        about = [group for group in (_TURN, _CALL, *((one,) for one in _ALONE)) if given & {*group}]
        if not about:
            raise ValueError(f"nothing is expected here: say one of {', '.join(KINDS)}")
        if len(about) > 1:
            names = " and ".join(sorted(given & {*group})[0].replace("arguments", "with") for group in about[:2])
            raise ValueError(f"{names} are two expectations: write them one below the other, each with its own dash")
        if "turn" in given and about[0] is not _TURN:
            raise ValueError(
                "turn goes with says, does_not_say, matches, does_not_match, asks, reply_within and sound_within"
            )
        if about[0] is _CALL and self.call is None:
            raise ValueError("with, times, at_least and at_most go with call: the tool's name")
        if self.times is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("times is an exact number, so at_least and at_most do not go with it")
        if "strict" in given and self.reply_within is None and self.sound_within is None:
            raise ValueError("strict goes with reply_within and sound_within: a call that is too slow fails then")
        return self


class Scenario(Frozen):
    """A call and what is expected of it."""

    name: str = Field(default="", max_length=200)
    about: str = Field(default="", max_length=4000)
    domain: str = Field(default="", max_length=100)
    task: str = Field(default="", max_length=200)
    say: tuple[Annotated[str, Field(min_length=1, max_length=4000)], ...] = Field(default=(), max_length=200)
    goal: str = Field(default="", max_length=4000)
    facts: dict[str, str] = Field(default_factory=dict)
    gold: tuple[Gold, ...] = ()
    customer: Customer = Customer()
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    guard: Guards | None = None
    judge: str = "reference"
    voice: str = ""
    max_agent_turns: int = Field(default=30, ge=1, le=1000)
    faults: Annotated[Faults, BeforeValidator(_faults)] = NO_FAULTS
    trials: int = Field(default=1, ge=1, le=1000)
    pass_rate: float = Field(default=1.0, gt=0, le=1)
    expect: tuple[Expectation, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _a_call(self) -> Self:
        if not self.task and not self.domain:
            raise ValueError("task (an id) or domain says where the call takes place")
        if not (self.task or self.say or self.goal):
            raise ValueError("nobody calls: give a task, the lines that the customer says (say), or a goal")
        if self.say and self.goal:
            raise ValueError("say gives the customer's lines and goal has them made up: choose one")
        if self.task and (self.goal or self.facts or self.gold):
            raise ValueError("a task has its own goal, facts and gold: leave yours out, or leave task out")
        if self.facts and not self.goal:
            raise ValueError("facts are what the customer of a goal knows: give a goal")
        if self.goal and self.customer.user == "scripted":
            raise ValueError("a goal in words is played by a model: set customer: {user: llm}, or give the lines (say)")
        if self.say and self.customer.user != "scripted":
            raise ValueError(f"lines that are given (say) are not made up: leave out user: {self.customer.user}")
        if self.voice and not any(one.sound_within for one in self.expect) and not self.customer.speech:
            raise ValueError("voice has the agent speak: that is for sound_within, or for a customer who speaks")
        return self

    @property
    def timed(self) -> bool:
        """Whether the first sound is measured, so that the agent has to speak."""
        return any(one.sound_within for one in self.expect)


MODELS: dict[tuple[str, ...], type[Frozen]] = {
    (): Scenario,
    ("customer",): Customer,
    ("faults",): Faults,
    ("gold",): Gold,
    ("expect",): Expectation,
    ("expect", "state"): State,
}
"""The model that reads each part of a file."""
assert {*get_args(Ends)} <= {reason.value for reason in StopReason}
