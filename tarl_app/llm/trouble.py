"""What went wrong with a request: whether it is worth another attempt, and what a person should do about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import openai

from tarl_app.errors import LLMError, PromptTooLong
from tarl_app.llm.endpoint import Endpoint

LONGEST_WAIT = 60.0
"""Seconds that an endpoint may ask us to wait; who asks for more is given up."""
_SHOWN = 300  # characters of an endpoint's own words
_TOO_LONG = re.compile(r"context[ _]length|context window|maximum context|too many (input )?tokens|prompt is too long", re.I)
_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|billing|credit balance", re.I)
_SECRET = re.compile(r"\b(sk|pk|key|hf|gsk|xai)[-_][\w*-]{6,}|bearer\s+\S+", re.I)
_OPTIONAL = {
    "response_format": r"response_format|json_schema|guided|structured output|grammar",
    "stream_options": r"stream_options|include_usage",
    "seed": r"\bseed\b",
    "temperature": r"\btemperature\b",
    "max_tokens": r"max_completion_tokens",
}
"""Parts of a request that can be left out, and how endpoints name them when they refuse them."""


class NoCompletion(Exception):
    """The endpoint answered with something else; the text says with what."""


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
        case openai.APIStatusError():
            return _status(error, endpoint)
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return Trouble(
                f"{where} gave no sign of life for {endpoint.timeout:g} s.", "Raise TARL_LLM_TIMEOUT if it is slow."
            )
        case openai.APIConnectionError() | httpx2.HTTPError():
            cause = error.__cause__ or error
            why = _clean(str(cause), endpoint) or type(cause).__name__
            return Trouble(
                f"{where} cannot be reached, or broke off ({why}).", "Is the server running, and the address right?"
            )
        case _:
            return Trouble(f"{where} reported an error: {_clean(str(error), endpoint)}.", "See the server's own log.")


def _status(error: openai.APIStatusError, endpoint: Endpoint) -> Trouble:
    where, status, said = endpoint.shown, error.status_code, _clean(_message(error), endpoint)
    if status in (401, 403):  # such answers like to quote the key: they are not shown
        return _final(f"{where} refused the key (status {status}). Check TARL_LLM_API_KEY, or the key given on the page.")
    if status == 404:
        return _final(
            f"{where} was not found (status 404: {said}). Check the address (it usually ends in /v1) and the model."
        )
    if status == 429 and _QUOTA.search(f"{error.code} {_message(error)}"):
        return _final(f"{where} says that the account's quota is used up: {said}")
    if status in (408, 409, 425, 429) or status >= 500:
        wait = _asked_wait(error)
        if wait > LONGEST_WAIT:
            return _final(
                f"{where} asks to come back in {wait:.0f} s (status {status}): that is too long to wait. Try later."
            )
        advice = (
            "Run fewer episodes side by side, or raise TARL_LLM_ATTEMPTS." if status == 429 else "See the server's own log."
        )
        words = "has too much to do" if status == 429 else "reported an error"
        return Trouble(f"{where} {words} (status {status}: {said}).", advice, wait)
    if status == 413 or _TOO_LONG.search(f"{error.code} {_message(error)}"):
        final = PromptTooLong(f"The dialogue is too long for {where}: {said}")
        return Trouble(str(final), final=final)
    return _final(f"{where} refused the request (status {status}): {said}")


def _final(words: str) -> Trouble:
    return Trouble(words, final=LLMError(words))


def _message(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        inner = inner.get("message", inner) if isinstance(inner, Mapping) else inner
        return str(body.get("message") or body.get("detail") or inner)
    return str(body or error.message)


def _asked_wait(error: openai.APIStatusError) -> float:
    try:
        wait = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return 0.0
    return wait if wait >= 0 else 0.0


def _clean(text: str, endpoint: Endpoint) -> str:
    """An endpoint's own words: short, on one line, and without anything that looks like a key."""
    secret = endpoint.api_key.get_secret_value()
    if secret:
        text = text.replace(secret, "[key]")
    return _SECRET.sub("[key]", " ".join(text.split()))[:_SHOWN]


def left_out(error: Exception, request: Mapping[str, Any]) -> set[str]:
    """Which optional parts of the request this refusal is about; empty when it is about something else."""
    if isinstance(error, openai.APIStatusError) and error.status_code in (400, 422, 500, 501):
        text = f"{error.code} {error.param} {_message(error)}"
        return {name for name, pattern in _OPTIONAL.items() if name in request and re.search(pattern, text, re.I)}
    return set()
