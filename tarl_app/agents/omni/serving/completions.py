"""What goes over the wire between a trainer and a rollout server: OpenAI's completions with tokens for text, as in vLLM.

``prompt`` is a list of token ids, the answer has ``token_ids`` and their ``token_logprobs``. Four fields are ours alone:
``call_schema``, ``free`` and ``amounts`` (the calls and amounts of money that may be written; vLLM takes a grammar in
``structured_outputs`` instead) and ``sounds``.
"""

import base64
import hashlib
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from tarl_app.core.errors import AgentError
from tarl_app.core.types import Frozen

OWNER = "tarl-app"
"""``owned_by`` of our server's models; vLLM says ``vllm``."""


Amount = Annotated[str, Field(pattern=r"^\d{1,9}\.\d\d$")]


class Sound(Frozen):
    """What the model hears, as input embeddings for a run of audio positions in the prompt."""

    width: int = Field(gt=0)
    data: str
    """float32, little endian, rows of ``width``, in base64."""

    @classmethod
    def of(cls, embeds_PD: Tensor) -> "Sound":
        """Embeddings [positions, width]; bfloat16 is kept exactly."""
        rows = embeds_PD.detach().to("cpu", torch.float32).numpy().astype("<f4")
        return cls(width=rows.shape[1], data=base64.b64encode(rows.tobytes()).decode("ascii"))

    def tensor(self) -> Tensor:
        """Embeddings [positions, width], float32; raises ``AgentError``."""
        try:
            numbers = np.frombuffer(base64.b64decode(self.data, validate=True), "<f4")
            return torch.from_numpy(numbers.reshape(-1, self.width).astype(np.float32))
        except ValueError as error:
            raise AgentError(f"A sound cannot be read: {error}") from error

    @property
    def mark(self) -> int:
        """A negative number that stands for this sound (``kv_cache.Piece``)."""
        return -1 - int.from_bytes(hashlib.sha256(self.data.encode()).digest()[:7], "big")


class CompletionRequest(Frozen):
    """A reply that is wanted. What this server does not know, or cannot do, is refused rather than ignored."""

    model: str
    """The base's name, or that of an adapter that was loaded."""
    prompt: tuple[int, ...] = Field(min_length=1)
    max_tokens: int = Field(default=16, gt=0)
    """A call that was opened within them is finished (``grammar.CALL_TOKENS``)."""
    temperature: float = Field(default=1.0, ge=0)
    seed: int = 0
    logprobs: int | None = Field(default=None, ge=0, le=1)
    """Given: the answer has the log-probability of each token, at the temperature, among those that the grammar left."""
    return_token_ids: bool = False
    call_schema: dict[str, Any] | None = None
    """JSON schema of the tool calls that are possible (``grammar.call_schema``); None: no call is."""
    free: bool = False
    """Whatever the model likes may come, calls included; there is then no schema."""
    amounts: tuple[Amount, ...] = Field(default=(), max_length=20_000)
    """Amounts of money that may follow a dollar sign (``Guard.amounts``); none: whatever the model likes."""
    sounds: tuple[Sound, ...] = ()
    """One for each run of audio positions in the prompt, in order."""


class LoadRequest(Frozen):
    """``/v1/load_lora_adapter``; ``lora_path`` is a folder as the server sees it."""

    lora_name: str = Field(min_length=1, max_length=200)
    lora_path: str = Field(min_length=1)


class UnloadRequest(Frozen):
    """``/v1/unload_lora_adapter``."""

    lora_name: str
