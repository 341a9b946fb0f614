"""The client of one rollout server: vLLM, or ``python -m tarl_app serve-rollouts``.

Both use OpenAI's completions with tokens instead of text. Requests to vLLM follow its documentation, for a server that
was started with ``--logprobs-mode processed_logprobs --generation-config vllm`` and guidance as its structured outputs'
backend: a grammar of the whole reply replaces the call schema, and banned control tokens get a bias. vLLM has three
limitations. It takes no sounds beside token ids. It does not report which tokens a grammar forced (derived here by
``replayed``). Inside a call its log-probabilities are those among the tokens that its own grammar allowed, so they are
left out (0: unknown) and replaced by the trainer's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from tarl_app.agents.omni.decoding.batched_decoder import Reply, Wanted, banned_tokens, close_reply
from tarl_app.agents.omni.decoding.grammar import CALL_TOKENS, CallGuide
from tarl_app.agents.omni.decoding.masks import Bits
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.agents.omni.serving.completions import CompletionRequest, LoadRequest, Sound, UnloadRequest
from tarl_app.core.errors import LLMError
from tarl_app.llm.answers.wire import NoCompletion, limited, received
from tarl_app.llm.refusals import refusal
from tarl_app.training.remote.answers import Completion, Models, ServedModel, read, shown, tokens

_BAN = -100.0
"""Bias of a banned token: the largest that the API allows."""
MOST_BYTES = 64 * 1024 * 1024
"""Most bytes of one answer."""


class Unreachable(LLMError):
    """The server does not answer, or cannot now; another server may."""


class MissingAdapter(LLMError):
    """The server does not know the adapter, as after a restart."""


@dataclass(frozen=True)
class Asking:
    """Parameters shared by all requests of a run."""

    tokenizer: OmniTokenizer
    temperature: float
    max_new_tokens: int


class Server:
    """A server by its URL, with or without ``/v1``; safe to share between threads. Close it when done."""

    def __init__(self, url: str, timeout: float, connections: int = 100) -> None:
        """``timeout``: seconds for one reply."""
        self.url = url.rstrip("/").removesuffix("/v1")
        self.base: ServedModel | None = None
        """The served base; None before ``models`` was called."""
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
        times = httpx2.Timeout(timeout, connect=min(10.0, timeout))
        self._client = httpx2.Client(timeout=times, limits=limits, trust_env=False)

    def close(self) -> None:
        """Ends its connections."""
        self._client.close()

    def models(self, timeout: float | None = None) -> list[ServedModel]:
        """The base first; raises ``LLMError``."""
        found = read(Models, self._send("GET", "/v1/models", None, timeout), self.url).data
        bases = [one for one in found if one.parent is None]
        if not bases:
            raise LLMError(f"{self.url} serves no model.")
        self.base = bases[0]
        return [*bases, *(one for one in found if one.parent is not None)]

    def load(self, name: str, folder: Path) -> None:
        """Loads an adapter, unless it is there already; raises ``LLMError``."""
        try:
            self._send("POST", "/v1/load_lora_adapter", LoadRequest(lora_name=name, lora_path=str(folder)).model_dump())
        except LLMError as error:
            if isinstance(error, Unreachable) or "already been loaded" not in str(error):
                raise

    def unload(self, name: str) -> None:
        """Unloads an adapter; a missing one is not an error. Raises ``LLMError``."""
        try:
            self._send("POST", "/v1/unload_lora_adapter", UnloadRequest(lora_name=name).model_dump())
        except MissingAdapter:
            return

    def complete(self, model: str, wanted: Wanted, asking: Asking) -> Reply:
        """Requests a reply.

        Raises:
            Unreachable, MissingAdapter: see there.
            LLMError: the request was refused, or the answer is not what was asked for.
        """
        if self.base is None:
            self.models()
        ours = self.base is not None and self.base.ours
        body = self._our_body(model, wanted, asking) if ours else self._vllm_body(model, wanted, asking)
        answer = read(Completion, self._send("POST", "/v1/completions", body), self.url)
        if len(answer.choices) != 1:
            raise LLMError(f"{self.url} sent {len(answer.choices)} completions for one.")
        ids, logprobs = tokens(answer.choices[0], self.url)
        if len(ids) > asking.max_new_tokens + CALL_TOKENS:
            raise LLMError(f"{self.url} sent {len(ids)} tokens for at most {asking.max_new_tokens}.")
        reply = replayed(wanted.guide, ids, logprobs, asking, exact_in_calls=ours)
        close_reply(reply, asking.tokenizer.special)
        return reply

    def _our_body(self, model: str, wanted: Wanted, asking: Asking) -> dict[str, Any]:
        request = CompletionRequest(
            model=model,
            prompt=tuple(wanted.ids),
            max_tokens=asking.max_new_tokens,
            temperature=0.0 if wanted.greedy else asking.temperature,
            seed=wanted.seed,
            logprobs=1,
            return_token_ids=True,
            call_schema=wanted.guide.schema,
            free=wanted.guide.free,
            amounts=wanted.guide.amounts,
            sounds=_sounds(wanted, asking.tokenizer.special.audio_pad),
        )
        return request.model_dump()

    def _vllm_body(self, model: str, wanted: Wanted, asking: Asking) -> dict[str, Any]:
        if wanted.sounds is not None:
            raise LLMError(f"{self.url} is vLLM, which takes no sounds beside token ids.")
        special = asking.tokenizer.special
        return {
            "model": model,
            "prompt": list(wanted.ids),
            "max_tokens": asking.max_new_tokens,
            "temperature": 0.0 if wanted.greedy else asking.temperature,
            "top_p": 1.0,
            "top_k": -1,
            "repetition_penalty": 1.0,
            "seed": wanted.seed,
            "logprobs": 1,
            "return_token_ids": True,
            "return_tokens_as_token_ids": True,
            "skip_special_tokens": False,
            "stop_token_ids": [special.im_end, special.call_close],
            "logit_bias": {str(token): _BAN for token in banned_tokens(asking.tokenizer)},
            **({} if wanted.guide.free else {"structured_outputs": {"grammar": wanted.guide.whole_reply()}}),
        }

    def _send(self, method: str, path: str, body: dict[str, Any] | None, timeout: float | None = None) -> bytes:
        """The answer's body; raises ``Unreachable``, ``MissingAdapter`` or another ``LLMError``."""
        options: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        try:
            with self._client.stream(method, self.url + path, json=body, **options) as answer:
                content = b"".join(limited(received(answer), lambda: False, MOST_BYTES))
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError, OSError) as error:
            raise Unreachable(f"{self.url} cannot be reached: {_words(error)}") from error
        except NoCompletion as error:
            raise LLMError(f"{self.url}{path} answered with {error}.") from error
        if answer.is_success:
            return content
        said = refusal(answer.status_code, content).said
        message = f"{self.url}{path} answered {answer.status_code}: {shown(said)}"
        if answer.status_code == 404 and ("does not exist" in said or "cannot be found" in said):
            raise MissingAdapter(message)
        if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
            raise Unreachable(message)
        raise LLMError(message)


def _words(error: Exception) -> str:
    return "the name of the server is none" if isinstance(error, UnicodeError) else str(error) or type(error).__name__


def _sounds(wanted: Wanted, pad: int) -> tuple[Sound, ...]:
    """The embeddings of each run of audio positions in the prompt."""
    if wanted.sounds is None:
        return ()
    sizes: list[int] = []
    before: int | None = None
    for token in wanted.ids:
        if token == pad:
            if before != pad:
                sizes.append(0)
            sizes[-1] += 1
        before = token
    return tuple(Sound.of(part) for part in wanted.sounds.split(sizes))


def replayed(
    guide: CallGuide, ids: Sequence[int], logprobs: Sequence[float], asking: Asking, exact_in_calls: bool = True
) -> Reply:
    """The reply, with the chosen tokens and their allowed alternatives derived by following the grammar again.

    Without ``exact_in_calls`` the log-probabilities inside a call or an amount are unusable and set to 0; banned tokens
    then also count as impossible.

    Raises:
        LLMError: the reply has a control token or violates the grammar, so the server did not follow the request.
    """
    banned, reply = banned_tokens(asking.tokenizer), Reply()
    vocabulary = asking.tokenizer.size
    outside: dict[bool, Bits] = {}  # the same for all tokens of text
    for token, logprob in zip(ids, logprobs, strict=True):
        in_call, forced = guide.matcher is not None, guide.forced()
        if forced[:1] == [token]:
            allowed, choice, limit = True, False, None
        else:
            left = guide.left(vocabulary)
            left[banned] = False
            allowed, choice = 0 <= token < vocabulary and bool(left[token]), int(left.sum()) > 1
            open_to_calls = guide.impossible is None
            if in_call:
                limit = np.packbits(left, bitorder="little")
            elif exact_in_calls or not open_to_calls:
                limit = outside.setdefault(open_to_calls, np.packbits(left, bitorder="little"))
            else:
                limit = None
        if not allowed:
            raise LLMError("A rollout server broke the grammar of tool calls: it must decode under `structured_outputs`.")
        guide.take(token)
        known = choice and (exact_in_calls or not in_call)
        reply.add(token, choice, logprob if known else 0.0, limit if choice else None)
    return reply
