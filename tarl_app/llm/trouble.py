"""What went wrong with a request: whether it is worth another attempt, and what a person should do about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from tarl_app.core.errors import LLMError, PromptTooLong
from tarl_app.llm.answers.wire import NoCompletion, mended
from tarl_app.llm.endpoint import Endpoint
from tarl_app.llm.refusals import Refused

LONGEST_WAIT = 60.0
"""Longest wait in seconds that an endpoint may ask for; longer ones end the request."""
_SHOWN = 300  # characters of an endpoint's own words
_TOO_LONG = re.compile(
    r"context[ _](length|size)|context window|maximum context|too many (input )?tokens|prompt is too long", re.I
)
_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|billing|credit balance", re.I)
_SECRET = re.compile(r"\b(sk|pk|key|hf|gsk|xai)[-_][\w*-]{6,}|bearer\s+\S+", re.I)
_PASSING = (408, 409, 425, 429)
_OPTIONAL = {
    "response_format": r"response_format|json_schema|guided|structured output|grammar",
    "stream_options": r"stream_options|include_usage",
    "seed": r"\bseed\b",
    "temperature": r"\btemperature\b",
    "max_tokens": r"max_completion_tokens",
    "stream": r"(\bnot\b|n't\b|\bcannot\b|\bunsupported\b|\bdisabled\b|\bwithout\b|\bonly\b).{0,80}\bstream(ing)?\b"
    r"|\b(invalid|unknown|unrecognized|unexpected)\b.{0,20}\bstream(ing)?\b"
    r"|\bstream(ing)?\b.{0,80}(\bnot\b|n't\b|\bcannot\b|\bunsupported\b|\bunavailable\b|\bdisabled\b|\bfalse\b)",
}
"""Parts of a request that can be left out, and how endpoints name them when they refuse them."""


@dataclass(frozen=True)
class Trouble:
    """``final`` is set where another attempt is pointless; ``wait`` is how many seconds the endpoint asked for."""

    words: str
    advice: str = ""
    wait: float = 0.0
    final: LLMError | None = None


def trouble_of(error: Exception, endpoint: Endpoint) -> Trouble:
    """The trouble in words, without the key."""
    where = endpoint.shown
    match error:
        case NoCompletion():
            return Trouble(f"{where} answered with {error}.", "Is this an OpenAI-compatible address, such as .../v1?")
        case Refused():
            return _refusal(error, endpoint)
        case httpx2.TimeoutException():
            return Trouble(
                f"{where} gave no sign of life for {endpoint.timeout:g} s.", "Raise TARL_LLM_TIMEOUT if it is slow."
            )
        case _:
            why = _clean(str(error), endpoint) or type(error).__name__
            return Trouble(
                f"{where} cannot be reached, or broke off ({why}).", "Is the server running, and the address right?"
            )


def _refusal(error: Refused, endpoint: Endpoint) -> Trouble:
    where, status, said = endpoint.shown, error.status, _clean(error.said, endpoint)
    told = f"status {status}: {said}" if error.by_status else said
    if status in (401, 403):  # answers with such a status like to quote the key: they are not shown
        shown = f"status {status}" if error.by_status else said
        return _final(f"{where} refused the key ({shown}). Check TARL_LLM_API_KEY, or the key given on the page.")
    if status == 404:
        return _final(f"{where} was not found ({told}). Check the address (it usually ends in /v1) and the model.")
    if status in (0, 429) and _QUOTA.search(f"{error.code} {error.said}"):
        return _final(f"{where} says that the account's quota is used up: {said}")
    if status == 413 or (status not in _PASSING and status <= 500 and _TOO_LONG.search(f"{error.code} {error.said}")):
        final = PromptTooLong(f"The dialogue is too long for {where}: {said}")
        return Trouble(str(final), final=final)
    if status in (0, *_PASSING) or status >= 500:
        if error.wait > LONGEST_WAIT:
            return _final(f"{where} asks to come back in {error.wait:.0f} s ({told}): that is too long to wait. Try later.")
        advice = (
            "Run fewer episodes side by side, or raise TARL_LLM_ATTEMPTS." if status == 429 else "See the server's own log."
        )
        words = "has too much to do" if status == 429 else "reported an error"
        return Trouble(f"{where} {words} ({told}).", advice, error.wait)
    return _final(f"{where} refused the request ({told})")


def _final(words: str) -> Trouble:
    return Trouble(words, final=LLMError(words))


def _clean(text: str, endpoint: Endpoint) -> str:
    """An endpoint's own words: short, on one line, and without anything that looks like a key."""
    secret = endpoint.api_key.get_secret_value()
    if secret:
        text = text.replace(secret, "[key]")
    shown = "".join(sign if sign.isprintable() else " " for sign in mended(text[:10_000]))
    return _SECRET.sub("[key]", " ".join(shown.split()))[:_SHOWN]


def left_out(error: Exception, request: Mapping[str, Any]) -> set[str]:
    """Which optional parts of the request this refusal is about; empty when it is about something else."""
    if not isinstance(error, Refused) or error.status not in (0, 400, 405, 422, 500, 501):
        return set()
    text = f"{error.code} {error.said}"
    found = {name for name, pattern in _OPTIONAL.items() if name in request and re.search(pattern, text, re.I)}
    return found | ({"stream_options"} & set(request) if "stream" in found else set())
