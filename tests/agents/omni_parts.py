"""What the tests of the omni agent share: a small domain, a tiny model, sounds."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tarl_app.agents.omni.audio.encoder_input import Ear
from tarl_app.agents.omni.audio.projector import attach_projector
from tarl_app.agents.omni.decoding.generate import prepare
from tarl_app.agents.omni.model.adapters import OmniConfig, Sampling
from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.core.domain import Domain
from tarl_app.core.protocols import Environment
from tarl_app.core.sound.audio import Audio, save
from tarl_app.core.types import AgentTurn, AudioRef, ToolCall, ToolResult, ToolSpec, ToolTurn, Turn, UserTurn

LETTERS = "abcdefghijklmnopqrstuvwxyz 0123456789.@"


def _no_environment() -> Environment:
    raise AssertionError("these tests call no tools")


def _schema(*names: str, required: Sequence[str] = ()) -> dict[str, object]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(required)}


SHOP = Domain(
    name="shop",
    policy="Be exact. Confirm before you write.",
    policy_brief="Be exact.",
    tools=(
        ToolSpec(name="get_order", description="Look up an order.", parameters=_schema("order_id", required=["order_id"])),
        ToolSpec(name="cancel", description="Cancel it.", parameters=_schema("order_id", "reason", required=["order_id"])),
    ),
    tasks=lambda split: (),
    open=_no_environment,
)

CALL = ToolCall(id="call_1_0", name="get_order", arguments={"order_id": "#W4821359"})
DIALOGUE: tuple[Turn, ...] = (
    UserTurn(text="Where is my order?"),
    AgentTurn(text="Which one?"),
    UserTurn(text="#W4821359"),
    AgentTurn(tool_calls=(CALL,)),
    ToolTurn(results=(ToolResult(call_id="call_1_0", name="get_order", content='{"status": "pending"}'),)),
    AgentTurn(text="It is pending."),
    UserTurn(text="Thanks, caf\u00e9 \U0001f389"),
)


def tiny_loaded(hears: bool = True, folder: Path | None = None, **config: object) -> LoadedOmni:
    """A random omni model with a projector; ``folder`` is where its sounds lie."""
    thinker, tokenizer = tiny_random_thinker(3)
    projector = attach_projector(thinker, LETTERS, tokenizer.spans, inner=24)
    projector.ctc.weight.data *= 10  # hears something definite
    prepare(thinker)
    settings = {"sampling": Sampling(max_new_tokens=12), "context": 4096} | config
    described = OmniConfig(name="tiny", ctc_letters=LETTERS, projector_inner=24, hears=hears, **settings)
    return LoadedOmni(thinker, tokenizer, described, Ear(80, 60.0, folder))


def tone(folder: Path, pitch: float, seconds: float = 0.5) -> AudioRef:
    """A stored sound."""
    time = np.arange(int(16_000 * seconds)) / 16_000
    wave = 0.3 * np.sin(2 * np.pi * pitch * time) * (1 + np.sin(2 * np.pi * 3 * time))
    return save(Audio(wave.astype(np.float32), 16_000), folder)
