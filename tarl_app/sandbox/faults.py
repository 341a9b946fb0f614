"""Faults on purpose: a tool fails, is slow, or answers with nonsense, at given rates, to see how an agent copes.

Whether a call meets a fault depends on the task, the seed and the call's place in the dialogue alone, so that the same
dialogue meets the same faults. A fault is recorded on its result (``ToolResult.fault``):

    fail      the call is not made; the answer is an error of the backend's, not a refusal of the tool's
    nonsense  a change is not made, a look-up changes nothing anyhow; the answer is cut off, or of another type
    slow      the call is made, and its answer comes ``delay`` seconds later

So a call that met one of the first two was never made: whoever makes an episode's calls again leaves it out.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Self

from pydantic import Field, ValidationError, model_validator

from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import FaultKind, Frozen, ToolCall, ToolResult

LONGEST_DELAY = 30.0
"""Most seconds that a slow tool takes."""
NONE = "none"
KINDS: tuple[FaultKind, ...] = ("fail", "slow", "nonsense")
_LOOK = 0.05  # seconds between two checks whether somebody still waits
_FAILURES = (
    "Error: 503 Service Unavailable",
    "Error: 500 Internal Server Error",
    "Error: connection refused by the backend",
    "Error: the backend is temporarily unavailable, the request was not processed",
)
_ANOTHER_TYPE = ("[object Object]", "undefined", "-1", "[[], [], []]", "<html><body><h1>502 Bad Gateway</h1></body></html>")
_CUT = 60  # characters of an answer that are left, at most: too few to work with
_SHORTEST = 20  # characters of an answer that can be cut so that it is seen


class Faults(Frozen):
    """How often a call meets each fault; all 0: never."""

    fail: float = Field(default=0.0, ge=0, le=1)
    """Share of the calls that fail: an error of the backend's, and nothing is done."""
    slow: float = Field(default=0.0, ge=0, le=1)
    """Share of the calls whose answer comes late."""
    nonsense: float = Field(default=0.0, ge=0, le=1)
    """Share of the calls that are answered with something cut off or of another type; nothing is done."""
    delay: float = Field(default=2.0, gt=0, le=LONGEST_DELAY)
    """Seconds that a slow answer takes."""

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.fail + self.slow + self.nonsense > 1:
            raise ValueError("fail, slow and nonsense are shares of the calls: together they are at most 1")
        return self

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.fail or self.slow or self.nonsense)

    def __str__(self) -> str:
        """As ``parse_faults`` reads it: ``fail=0.1,slow=0.05``; ``none``."""
        if not self.any:
            return NONE
        rates = [f"{name}={getattr(self, name):g}" for name in KINDS if getattr(self, name)]
        return ",".join([*rates, *([f"delay={self.delay:g}"] if self.slow and self.delay != NO_FAULTS.delay else [])])

    def drawn(self, task: str, seed: int, place: int) -> FaultKind | None:
        """The fault that the call in this place (from 0) of a dialogue meets; None for none."""
        if not self.any:
            return None
        draw = Random(f"{task}/{seed}/{place}/fault").random()
        for kind in KINDS:
            draw -= getattr(self, kind)
            if draw < 0:
                return kind
        return None


NO_FAULTS = Faults()


def parse_faults(text: str) -> Faults:
    """``fail=0.1,slow=0.05,nonsense=0.05,delay=3``, or ``none``; raises ``ConfigError``."""
    if text.strip() in ("", NONE):
        return NO_FAULTS
    rates: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = (one.strip() for one in part.partition("="))
        if not equals or name not in Faults.model_fields or name in rates or not re.fullmatch(r"\d{0,3}(\.\d{1,6})?", value):
            raise ConfigError(
                f"{part.strip()[:60]!r} is no rate of a fault: write fail=0.1,slow=0.05,nonsense=0.05,delay=2."
            )
        rates[name] = value
    try:
        return Faults.model_validate(rates)
    except ValidationError as error:
        raise ConfigError(f"--faults {text[:60]}: {error.errors()[0]['msg'].removeprefix('Value error, ')}.") from None


@dataclass(frozen=True)
class FaultyTools:
    """Makes calls in an environment with the faults of one task and seed."""

    domain: Domain
    faults: Faults
    task: str
    seed: int

    def call(
        self, call: ToolCall, place: int, make: Callable[[ToolCall], ToolResult], gone: Callable[[], bool]
    ) -> ToolResult:
        """Makes a call, or has it meet its fault.

        Args:
            call: the agent's call.
            place: how many calls were answered before it.
            make: makes the call.
            gone: whether nobody waits for a slow answer any more.
        """
        kind = None if call.name in self.domain.scratch_tools else self.faults.drawn(self.task, self.seed, place)
        if kind is None:
            return make(call)
        if kind == "slow":
            result = make(call)
            _wait(self.faults.delay, gone)
            return result.model_copy(update={"fault": kind})
        random = Random(f"{self.task}/{self.seed}/{place}/{kind}")
        content = random.choice(_FAILURES) if kind == "fail" else self._nonsense(call, random, make)
        return ToolResult(call_id=call.id, name=call.name, content=content, is_error=True, fault=kind)

    def _nonsense(self, call: ToolCall, random: Random, make: Callable[[ToolCall], ToolResult]) -> str:
        """The beginning of a look-up's answer, or something else."""
        changes = self.domain.writes(call.name) or call.name == self.domain.transfer_tool
        cut_off, other = random.random() < 0.5, random.choice(_ANOTHER_TYPE)
        if changes or not cut_off or self.domain.tool(call.name) is None:
            return other
        result = make(call)
        cut = result.content[: min(_CUT, len(result.content) * 2 // 5)]
        return other if result.is_error or len(result.content) < _SHORTEST or _is_json(cut) else cut


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _wait(seconds: float, gone: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not gone():
        time.sleep(min(_LOOK, left))
