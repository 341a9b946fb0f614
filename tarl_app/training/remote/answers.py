"""Answers of a rollout server, which are untrusted: types, numbers and lengths are checked."""

import math
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tarl_app.agents.omni.serving.completions import OWNER
from tarl_app.core.errors import LLMError
from tarl_app.llm.answers.wire import NoCompletion, parsed
from tarl_app.llm.refusals import Refused, complaint

Answered = TypeVar("Answered", bound=BaseModel)
_SHOWN = 500  # characters of a server's own words
_DIGITS = 10  # of a token's id, and more
_CERTAIN = 1e-3  # how far rounding may take a log-probability above 0


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Logprobs(_Lenient):
    tokens: list[str] = []
    token_logprobs: list[float | None] = []


class Choice(_Lenient):
    """One reply."""

    token_ids: list[int] | None = None
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None


class Completion(_Lenient):
    """The answer to a request for a reply."""

    choices: list[Choice]


class ServedModel(_Lenient):
    """An entry of ``/v1/models``."""

    id: str
    owned_by: str = ""
    root: str | None = None
    parent: str | None = None
    digest: str = ""
    """Digest of the base's tuned weights, as reported by our server."""
    max_model_len: int | None = None

    @property
    def ours(self) -> bool:
        """Whether our own server serves it, which takes sounds and call schemas."""
        return self.owned_by == OWNER


class Models(_Lenient):
    """The answer of ``/v1/models``."""

    data: list[ServedModel]


def _complaint(content: bytes) -> Refused | None:
    try:
        return complaint(parsed(content))
    except NoCompletion:
        return None


def shown(said: str) -> str:
    """A server's own words, short and on one line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())[:_SHOWN]


def read(model: type[Answered], content: bytes, url: str) -> Answered:
    """The answer in its form; raises ``LLMError``."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        if (found := _complaint(content)) is not None:
            raise LLMError(f"{url} reported an error: {shown(found.said)}") from error
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the answer"
        raise LLMError(f"{url} sent an answer that cannot be read: {place}: {first['msg']}") from error


def tokens(choice: Choice, url: str) -> tuple[list[int], list[float]]:
    """Ids and log-probabilities of what was sampled; raises ``LLMError`` when either is missing."""
    logprobs = [] if choice.logprobs is None else choice.logprobs.token_logprobs
    ids = choice.token_ids
    if ids is None and choice.logprobs is not None:
        named = [token.removeprefix("token_id:") for token in choice.logprobs.tokens]
        ids = [int(token) for token in named if token.isascii() and token.isdigit() and len(token) < _DIGITS]
    known = [one for one in logprobs if one is not None]
    if not ids or not len(ids) == len(logprobs) == len(known):
        raise LLMError(f"{url} did not send a token id and a log-probability for each token of a reply.")
    if not all(math.isfinite(one) and one <= _CERTAIN for one in known):
        raise LLMError(f"{url} sent log-probabilities that are none: each is a number of at most 0.")
    return ids, known
