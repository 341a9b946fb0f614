"""What the service is built from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from tarl_app.core.domain import CustomerKind, Domain
from tarl_app.core.protocols import EpisodeStore, Judge, SpeechToText, UserSimulator
from tarl_app.core.types import Frozen, Task
from tarl_app.service.limits import Limits

Voices = Literal["", "kokoro", "pico", "flite"]
"""Engines that a client may ask for: small ones. Empty: the default voice of simulated customers."""
LINE = r"^(clean|phone|noise-?\d{1,3}|loss\d{1,2})(\+(clean|phone|noise-?\d{1,3}|loss\d{1,2})){0,3}$"
"""Channels of a customer's voice, four parts at most (``speech.channel``)."""


class Customer(Frozen):
    """How the simulated customer talks: a function of the task, the seed and the dialogue alone."""

    manner: CustomerKind = Field("plain", description="plain answers what was asked; lifelike talks as people do")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="wording and behaviour of the customer")
    speech: bool = Field(False, description="the customer speaks: answers are sounds, and their words are not shown")
    voice: Voices = Field("", description="with speech: the engine; empty is the default voice")
    channel: str = Field("clean", pattern=LINE, max_length=60, description="with speech: clean, phone, noise15, phone+loss5")


@dataclass(frozen=True)
class Parts:
    """Constructors, and where finished calls are kept.

    ``find_task`` raises ``DomainError`` for an unknown id. ``hearing`` gives the recogniser of an agent's speech; it
    raises ``AssetError`` or ``SpeechError`` where there is none.
    """

    domains: Callable[[], tuple[Domain, ...]]
    find_task: Callable[[str], tuple[Task, Domain]]
    make_user: Callable[[Task, Customer], UserSimulator]
    make_judge: Callable[[Domain], Judge]
    hearing: Callable[[], SpeechToText]
    store: EpisodeStore
    limits: Limits = field(default_factory=Limits)
