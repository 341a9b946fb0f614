"""One request to a model, tried until it is answered: pauses that grow after 429, 5xx, time-outs and broken answers.

What an endpoint does not understand (a seed, a schema, usage while streaming) is left out from then on, so that small local
servers work as well as the big hosted ones.
"""

import random
import re
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel

from tarl_app import proxies
from tarl_app.errors import Cancelled, ConfigError, LLMError
from tarl_app.llm.budget import NOTHING, Budget, Usage
from tarl_app.llm.endpoint import Endpoint
from tarl_app.llm.interrupt import interruptible
from tarl_app.llm.reading import CHARACTERS_PER_TOKEN, Calls, RawCall, raw, tokens
from tarl_app.llm.trouble import NoCompletion, Trouble, left_out, trouble_of

Message = Mapping[str, Any]
LONGEST_PAUSE = 30.0
"""Seconds between two attempts at most, unless the endpoint asks for up to ``trouble.LONGEST_WAIT``."""
_THINKING = re.compile(r"^\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)\s*", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """What a model said: text without its thinking, tool calls, usage and time; ``cut_off`` at the limit of tokens."""

    text: str
    calls: tuple[RawCall, ...] = ()
    usage: Usage = NOTHING
    seconds: float = 0.0
    first_token: float | None = None
    cut_off: bool = False


class LLM:
    """A model behind an endpoint; safe to share between threads."""

    def __init__(self, endpoint: Endpoint, budget: Budget | None = None) -> None:
        """Raises ``ConfigError`` when the way there is a proxy that cannot be used."""
        self.endpoint, self.budget = endpoint, budget or Budget()
        self._left_out: set[str] = set()
        if not endpoint.local and (why := proxies.unusable()):
            raise ConfigError(why)
        self._client = openai.OpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key.get_secret_value() or "none",  # some servers want any key at all
            timeout=httpx2.Timeout(endpoint.timeout, connect=min(10.0, endpoint.timeout)),
            max_retries=0,  # retried here, where a cancelled request is noticed
            http_client=openai.DefaultHttpxClient(trust_env=False) if endpoint.local else None,  # never through a proxy
        )
        weakref.finalize(self, self._client.close)

    def __repr__(self) -> str:
        return f"LLM({self.endpoint.shown})"

    def ask(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        form: type[BaseModel] | None = None,
        max_tokens: int = 1024,
        temperature: float | None = None,
        seed: int | None = None,
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """The model's answer; streamed when ``on_text`` is given, which then gets every piece once.

        Raises:
            LLMError: no answer after every attempt, or none to be had (key, model or request refused); says what to do.
            PromptTooLong, BudgetExceeded: see there.
            Cancelled: soon after ``cancelled()``.
        """
        request: dict[str, Any] = {"model": self.endpoint.model, "messages": list(messages), "max_tokens": max_tokens}
        if tools:
            request["tools"] = list(tools)
        if temperature is not None:
            request["temperature"] = temperature
        if seed is not None:
            request["seed"] = seed
        if form is not None:
            schema = {"name": form.__name__, "schema": form.model_json_schema(), "strict": True}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        if on_text is not None:
            request |= {"stream": True, "stream_options": {"include_usage": True}}
        prompt = tokens(messages) + tokens(tools)
        with self.budget.reserved(self._priced(prompt, max_tokens)) as used:
            try:
                answer = self._insist(request, on_text, cancelled)
            except Cancelled:
                used.append(self._priced(prompt, 0, estimated=True))
                raise
            used.append(answer.usage)
            return answer

    # --- trying -------------------------------------------------------------------------------------------------------

    def _insist(
        self, request: dict[str, Any], on_text: Callable[[str], None] | None, cancelled: Callable[[], bool] | None
    ) -> Answer:
        said: list[str] = []  # what was streamed is not streamed again by a second attempt
        muted, attempt = False, 0

        def tell(piece: str) -> None:
            if on_text is not None and not muted:
                said.append(piece)
                on_text(piece)

        while True:
            fitting = self._fitting(request)
            try:
                return interruptible(partial(self._once, fitting), tell, cancelled)
            except (openai.OpenAIError, httpx2.HTTPError, NoCompletion) as error:
                if names := left_out(error, fitting):
                    self._left_out |= names
                    continue
                trouble = trouble_of(error, self.endpoint)
            attempt, muted = attempt + 1, bool(said)
            if trouble.final is not None:
                raise trouble.final
            if attempt >= self.endpoint.attempts:
                raise LLMError(f"{trouble.words} Tried {attempt} times. {trouble.advice}")
            self._pause(attempt, trouble, cancelled)

    def _pause(self, attempt: int, trouble: Trouble, cancelled: Callable[[], bool] | None) -> None:
        grown = min(LONGEST_PAUSE, self.endpoint.backoff * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)
        until = time.monotonic() + max(grown, trouble.wait)
        while (left := until - time.monotonic()) > 0:
            if cancelled is not None and cancelled():
                raise Cancelled("The turn was stopped.")
            threading.Event().wait(min(0.05, left))

    def _fitting(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request without what this endpoint has refused before."""
        kept = {name: value for name, value in request.items() if name not in self._left_out}
        if "max_tokens" in self._left_out:  # its newer name
            kept["max_completion_tokens"] = request["max_tokens"]
        return kept

    # --- asking -------------------------------------------------------------------------------------------------------

    def _once(self, request: dict[str, Any], on_text: Callable[[str], None], gone: Callable[[], bool]) -> Answer:
        started = time.perf_counter()
        try:
            response: Any = self._client.chat.completions.create(**request)
        except ValueError as error:
            raise NoCompletion("broken JSON") from error
        if request.get("stream"):
            return self._streamed(response, request, on_text, gone, started)
        if not isinstance(response, ChatCompletion) or not response.choices or response.choices[0].message is None:
            raise NoCompletion("something that is no chat completion")
        choice = response.choices[0]
        calls = tuple(raw(call.function) for call in choice.message.tool_calls or () if call.type == "function")
        return self._answer(
            choice.message.content or "", calls, choice.finish_reason, response.usage, request, started, None
        )

    def _streamed(
        self, stream: Any, request: dict[str, Any], on_text: Callable[[str], None], gone: Callable[[], bool], started: float
    ) -> Answer:
        if not isinstance(stream, openai.Stream):
            raise NoCompletion("something that is no stream")
        text, calls, finish, usage, first = "", Calls(), None, None, None
        with stream:
            try:
                for chunk in stream:
                    if gone():
                        raise Cancelled("The turn was stopped.")
                    if not isinstance(chunk, ChatCompletionChunk):
                        raise NoCompletion("a stream of something else")
                    usage = chunk.usage or usage
                    for choice in (chunk.choices or ())[:1]:
                        first = first or time.perf_counter() - started
                        finish = choice.finish_reason or finish
                        if choice.delta is not None and choice.delta.content:
                            text += choice.delta.content
                            on_text(choice.delta.content)
                        for piece in (choice.delta.tool_calls if choice.delta is not None else None) or ():
                            calls.add(piece)
            except ValueError as error:
                raise NoCompletion("a stream of broken JSON") from error
        if finish is None:
            raise NoCompletion("a stream that broke off in the middle")
        return self._answer(text, calls.whole, finish, usage, request, started, first)

    def _answer(
        self,
        text: str,
        calls: tuple[RawCall, ...],
        finish: str | None,
        usage: Any,
        request: Mapping[str, Any],
        started: float,
        first: float | None,
    ) -> Answer:
        said = sum(len(call.arguments) for call in calls) + len(text)
        if usage is None or usage.prompt_tokens is None or usage.completion_tokens is None:
            prompt = tokens(request["messages"]) + tokens(request.get("tools", ()))
            spent = self._priced(prompt, said // CHARACTERS_PER_TOKEN + 1, estimated=True)
        else:
            spent = self._priced(max(0, usage.prompt_tokens), max(0, usage.completion_tokens))
            billed = (usage.model_extra or {}).get("cost")  # some routers say what they charge
            if isinstance(billed, int | float) and billed > spent.cost_usd:
                spent = spent.model_copy(update={"cost_usd": float(billed)})
        return Answer(
            text=_THINKING.sub("", text).strip(),
            calls=calls,
            usage=spent,
            seconds=time.perf_counter() - started,
            first_token=first,
            cut_off=finish == "length",
        )

    def _priced(self, prompt: int, answer: int, estimated: bool = False) -> Usage:
        cost = (prompt * self.endpoint.input_usd + answer * self.endpoint.output_usd) / 1e6
        return Usage(input_tokens=prompt, output_tokens=answer, cost_usd=cost, estimated=estimated)
