"""One request to a model with retries: growing pauses after 429, 5xx, time-outs and broken answers.

Features that an endpoint does not support (a seed, a schema, usage while streaming, streaming itself) are left out from
then on, so that small local servers work as well as large hosted ones. ``reading`` trusts no type of any field of an
answer.
"""

import json
import random
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import httpx2
from pydantic import BaseModel

from tarl_app.core.errors import Cancelled, ConfigError, LLMError
from tarl_app.core.process import proxies
from tarl_app.llm.answers.reading import CHARACTERS_PER_TOKEN, Read, Stream, encoded, tokens, whole
from tarl_app.llm.answers.thoughts import parts
from tarl_app.llm.answers.tool_calls import RawCall
from tarl_app.llm.answers.wire import NoCompletion, events, is_stream, limited, parsed, received
from tarl_app.llm.budget import NOTHING, Budget, Usage
from tarl_app.llm.endpoint import Endpoint
from tarl_app.llm.habits import Habits
from tarl_app.llm.interrupt import interruptible
from tarl_app.llm.refusals import Refused, complaint, refusal
from tarl_app.llm.trouble import Trouble, left_out, trouble_of

Message = Mapping[str, Any]
LONGEST_PAUSE = 30.0
"""Seconds between two attempts at most, unless the endpoint asks for up to ``trouble.LONGEST_WAIT``."""
_REFUSAL = 1024 * 1024  # bytes of a refusal that are read
_STREAMING = {"stream", "stream_options"}
_BREAKS = 2  # streams that may break off before whole answers are asked for


@cache
def _certificates() -> ssl.SSLContext:
    """The trusted certificates, read once, since that takes longer than a request."""
    return httpx2.create_ssl_context()


def _refuse(response: httpx2.Response) -> None:
    """Ends a request that was refused, before the client reads a body that may have any size."""
    if not (response.is_success or response.has_redirect_location):
        body = b"".join(limited(received(response), _never, _REFUSAL))
        raise refusal(response.status_code, body, response.headers.get("retry-after", ""))


def _never() -> bool:
    return False


class NothingStreamed(NoCompletion):
    """A stream without an answer in it: the endpoint cannot stream, or not this request."""


class BrokenStream(NoCompletion):
    """A stream that ended in the middle."""


@dataclass(frozen=True)
class Answer:
    """A model's answer: text without reasoning, tool calls, usage and time; ``cut_off`` at the limit of tokens."""

    text: str
    calls: tuple[RawCall, ...] = ()
    usage: Usage = NOTHING
    seconds: float = 0.0
    first_token: float | None = None
    cut_off: bool = False


class LLM:
    """A model behind an endpoint; safe to share between threads."""

    def __init__(self, endpoint: Endpoint, budget: Budget | None = None, habits: Habits | None = None) -> None:
        """``habits``: what is known of this model at this endpoint, to be shared where several ``LLM`` ask it.

        Raises:
            ConfigError: a proxy that the environment names cannot be used.
        """
        import openai  # slow to import, and needed only for models behind an endpoint

        self.endpoint, self.budget, self.habits = endpoint, budget or Budget(), habits or Habits()
        if not endpoint.local and (why := proxies.unusable()):
            raise ConfigError(why)
        timeout = httpx2.Timeout(endpoint.timeout, connect=min(10.0, endpoint.timeout))
        self._client = openai.OpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key.get_secret_value() or "none",  # some servers want any key at all
            timeout=timeout,
            max_retries=0,  # retried here, where a cancelled request is noticed
            # Addresses of this machine bypass proxies.
            http_client=openai.DefaultHttpxClient(
                timeout=timeout,
                verify=_certificates(),
                trust_env=not endpoint.local,
                event_hooks={"response": [_refuse]},
            ),
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
            LLMError: no answer after all attempts, or a final refusal (key, model or request); the message says what to
                do.
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
        muted, attempt, broken, whole_only = False, 0, 0, False

        def tell(piece: str) -> None:
            if on_text is not None and piece and not muted:
                said.append(piece)
                on_text(piece)

        while True:
            fitting = self._fitting(request, whole_only)
            try:
                answer = interruptible(partial(self._once, fitting), tell, cancelled)
            except (httpx2.HTTPError, httpx2.InvalidURL, Refused, NoCompletion) as error:
                broken += isinstance(error, BrokenStream)
                if isinstance(error, NothingStreamed) and not whole_only:
                    whole_only = True
                    continue
                whole_only = whole_only or broken >= _BREAKS
                if names := left_out(error, fitting):
                    self.habits.left_out |= names
                    continue
                trouble = trouble_of(error, self.endpoint)
            else:
                if whole_only:  # it did not stream, but answers without
                    self.habits.left_out |= _STREAMING
                return answer
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

    def _fitting(self, request: dict[str, Any], whole_only: bool) -> dict[str, Any]:
        """The request without the parts that this endpoint has refused before."""
        without = self.habits.left_out | (_STREAMING if whole_only else set())
        kept = {name: value for name, value in request.items() if name not in without}
        if "max_tokens" in without:  # its newer name
            kept["max_completion_tokens"] = request["max_tokens"]
        return kept

    # --- asking -------------------------------------------------------------------------------------------------------

    def _once(self, request: dict[str, Any], on_text: Callable[[str], None], gone: Callable[[], bool]) -> Answer:
        started = time.perf_counter()
        with self._sent(request, gone) as chunks:
            streamed, chunks = is_stream(chunks)
            if streamed:
                read, first = self._streamed(chunks, request, on_text)
                return self._answer(read, request, started, None if first is None else first - started)
            body = parsed(b"".join(chunks))
            if found := complaint(body):
                raise found
            read = whole(body)
            on_text(read.text)
        return self._answer(read, request, started, None)

    @contextmanager
    def _sent(self, request: Mapping[str, Any], gone: Callable[[], bool]) -> Iterator[Iterator[bytes]]:
        """The answer's bytes; raises ``Refused`` for an error status."""
        import openai

        with ExitStack() as held:
            try:
                sent = self._client.chat.completions.with_streaming_response.create(**json.loads(encoded(request)))
                answer = held.enter_context(sent)
            except openai.APIConnectionError as error:
                cause = error.__cause__
                known = isinstance(cause, httpx2.HTTPError | httpx2.InvalidURL | Refused | NoCompletion | Cancelled)
                raise cause if known else httpx2.ConnectError(str(cause or error)) from error
            except UnicodeError as error:  # an empty label, or one of more than 63 characters, as a redirection may have
                raise httpx2.ConnectError("the name of the server is none") from error
            except OSError as error:  # of TLS
                raise httpx2.ConnectError(str(error)) from error
            yield limited(received(answer.http_response), gone)

    def _streamed(
        self, chunks: Iterable[bytes], request: Mapping[str, Any], on_text: Callable[[str], None]
    ) -> tuple[Read, float | None]:
        """The answer, and the time of its first piece."""
        stream, first = Stream([tool["function"]["name"] for tool in request.get("tools", ())]), None
        try:
            for data in events(chunks):
                on_text(self._added(stream, data))
                first = first or (time.perf_counter() if stream.anything else None)
                if stream.done:
                    break
        except httpx2.HTTPError:
            if not stream.whole:  # what breaks off after the end does no harm
                raise
        if stream.whole:
            return stream.read, first
        if stream.anything:
            raise BrokenStream("a stream that broke off in the middle")
        raise NothingStreamed("a stream without an answer")

    @staticmethod
    def _added(stream: Stream, data: str) -> str:
        if data.startswith("[DONE]"):
            stream.done = True
            return ""
        chunk = parsed(data)
        if found := complaint(chunk):
            raise found
        return stream.add(chunk)

    def _answer(self, read: Read, request: Mapping[str, Any], started: float, first: float | None) -> Answer:
        said, reported = sum(len(call.arguments) for call in read.calls) + len(read.text), read.usage
        if reported.input_tokens is None or reported.output_tokens is None:
            prompt = tokens(request["messages"]) + tokens(request.get("tools", ()))
            spent = self._priced(prompt, said // CHARACTERS_PER_TOKEN + 1, estimated=True)
        else:
            spent = self._priced(reported.input_tokens, reported.output_tokens)
        if reported.cost_usd is not None and reported.cost_usd > spent.cost_usd:
            spent = spent.model_copy(update={"cost_usd": reported.cost_usd})
        return Answer(
            text=self._without_thoughts(read),
            calls=read.calls,
            usage=spent,
            seconds=time.perf_counter() - started,
            first_token=first,
            cut_off=read.cut_off,
        )

    def _without_thoughts(self, read: Read) -> str:
        """The text without reasoning; where reasoning has no opening tag, a text that was cut off before the closing
        tag is all reasoning.
        """
        taken = parts(read.text, read.cut_off)
        if read.cut_off and self.habits.unopened and not taken.unopened:
            return ""
        self.habits.heard(taken.unopened, read.text)
        return taken.spoken_and_called.strip()

    def _priced(self, prompt: int, answer: int, estimated: bool = False) -> Usage:
        cost = (prompt * self.endpoint.input_usd + answer * self.endpoint.output_usd) / 1e6
        return Usage(input_tokens=prompt, output_tokens=answer, cost_usd=cost, estimated=estimated)
