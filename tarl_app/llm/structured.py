"""Structured answers: parsed leniently, validated, and requested again with the reason when they cannot be used."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from tarl_app.core.errors import UnusableAnswer
from tarl_app.llm.answers.wire import mended
from tarl_app.llm.budget import Usage
from tarl_app.llm.cache import AnswerCache, key_of
from tarl_app.llm.client import LLM, Message

Form = TypeVar("Form", bound=BaseModel)
_QUOTED = 2000  # characters of an unusable answer that are shown to the model again
_COMMA = re.compile(r",(\s*[}\]])")


@dataclass(frozen=True)
class Structured(Generic[Form]):
    """The answer; why earlier ones were unreadable (``invalid``) or rejected by the check (``rejected``); the total
    cost.
    """

    value: Form
    usage: Usage
    seconds: float
    invalid: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    cached: bool = False


def structured(
    llm: LLM,
    messages: Sequence[Message],
    form: type[Form],
    *,
    check: Callable[[Form], str] = lambda value: "",
    read: Callable[[str], dict[str, Any] | None] = lambda text: None,
    cache: AnswerCache | None = None,
    attempts: int = 3,
    max_tokens: int = 1024,
    temperature: float = 0.0,
    seed: int | None = None,
) -> Structured[Form]:
    """Asks until an answer has the form and passes ``check`` (which returns what is wrong, or an empty string).

    ``read`` is a last resort for an answer without any JSON in it. Only a usable answer is cached, with its original
    cost.

    Raises:
        UnusableAnswer: not after so many attempts; ``rejected`` tells which kind the last one was.
        LLMError: see ``LLM.ask``.
    """
    settled = {"form": form.model_json_schema(), "max_tokens": max_tokens, "temperature": temperature, "seed": seed}
    key = key_of({"model": llm.endpoint.model, "at": llm.endpoint.base_url, "messages": list(messages), **settled})
    if cache is not None and (known := _recalled(cache.get(key), form, check)) is not None:
        return known
    asked, usage, seconds = [*messages], Usage(), 0.0
    invalid: list[str] = []
    rejected: list[str] = []
    for attempt in range(attempts):
        varied = None if seed is None else seed + 7919 * attempt
        answer = llm.ask(asked, form=form, max_tokens=max_tokens, temperature=temperature, seed=varied)
        usage, seconds = usage + answer.usage, seconds + answer.seconds
        value, problem = _read(answer.text, form, read)
        if answer.cut_off and not answer.text.startswith(("{", "```")):
            value = None  # reasoning that was cut off contains drafts, but no answer
        if value is None and answer.cut_off:
            problem = f"the answer was cut off after {max_tokens} tokens: be brief"
        elif value is not None and (problem := check(value)):
            rejected.append(problem)
        if value is None:
            invalid.append(problem)
        elif not problem:
            done = Structured(value, usage, seconds, tuple(invalid), tuple(rejected))
            if cache is not None:
                cache.put(key, _kept(done))
            return done
        asked = [*messages, *_again(answer.text, problem)]
    last = "rejected" if rejected and not (invalid and value is None) else "invalid"
    raise UnusableAnswer(
        f"{llm.endpoint.shown} gave no usable answer in {attempts} attempts; the last problem: {problem}. "
        "A larger model, or one that can write JSON, may do better.",
        rejected=last == "rejected",
    )


def _again(text: str, problem: str) -> list[Message]:
    return [
        {"role": "assistant", "content": text[:_QUOTED] or "(nothing)"},
        {"role": "user", "content": f"That cannot be used: {problem}. Answer again, with one JSON object and nothing else."},
    ]


def _kept(done: Structured[Any]) -> dict[str, Any]:
    return {
        "value": done.value.model_dump(mode="json"),
        "usage": done.usage.model_dump(),
        "seconds": done.seconds,
        "invalid": done.invalid,
        "rejected": done.rejected,
    }


def _recalled(found: dict[str, Any] | None, form: type[Form], check: Callable[[Form], str]) -> Structured[Form] | None:
    if found is None:
        return None
    try:
        value, usage = form.model_validate(found["value"]), Usage.model_validate(found["usage"])
        invalid, rejected = tuple(map(str, found["invalid"])), tuple(map(str, found["rejected"]))
        seconds = float(found["seconds"])
    except (KeyError, TypeError, ValueError):
        return None
    return None if check(value) else Structured(value, usage, seconds, invalid, rejected, cached=True)


# --- reading ----------------------------------------------------------------------------------------------------------


def _read(text: str, form: type[Form], read: Callable[[str], dict[str, Any] | None]) -> tuple[Form | None, str]:
    """The first JSON object in the text that has the form; else what is wrong."""
    problem = "there is no JSON object in the answer"
    for found in objects(text):
        try:
            return form.model_validate(found), ""
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            problem = f"{'.'.join(map(str, first['loc'])) or 'the object'}: {first['msg']}"
    if (plain := read(text)) is not None:
        try:
            return form.model_validate(plain), ""
        except ValidationError:
            return None, problem
    return None, problem


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, outermost and first first; fences, prose around them and trailing commas do not matter."""
    decoder = json.JSONDecoder(strict=False)
    for form in dict.fromkeys((text, _COMMA.sub(r"\1", text))):
        at = form.find("{")
        while at >= 0:
            try:
                found, end = decoder.raw_decode(form, at)
            except RecursionError:  # and so would be what stands inside
                return
            except ValueError:
                end = at + 1
            else:
                if isinstance(found, dict):
                    yield _sendable(found)
            at = form.find("{", end)


def _sendable(found: dict[str, Any]) -> dict[str, Any]:
    """The object without lone surrogates, which its escapes can hide."""
    text = json.dumps(found, ensure_ascii=False)
    return found if (better := mended(text)) == text else json.loads(better)
