"""Any OpenAI-compatible model as the agent: its tools as functions, sound as ``input_audio`` where the model takes it.

Behind a server without a tool parser a model writes its calls into the text, as ``<tool_call>{...}</tool_call>``: those
are read too, and never spoken; neither is reasoning (``llm.answers.thoughts``).
"""

import base64
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from tarl_app.agents.chat_messages import functions, messages
from tarl_app.core.domain import Domain
from tarl_app.core.errors import AgentError, DialogueTooLong, LLMError, PromptTooLong
from tarl_app.core.sound import audio
from tarl_app.core.types import AgentTurn, Timing, ToolCall, Turn, UserTurn
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard
from tarl_app.llm import LLM, Answer
from tarl_app.llm.answers.thoughts import CONTROL, Parts, parts
from tarl_app.llm.answers.tool_calls import arguments_of
from tarl_app.llm.answers.wire import mended

LONGEST_REPLY = 1024
"""Tokens of one reply."""
TEMPERATURE = 0.0


class ChatAgent:
    """A ``protocols.Agent``; light, one for each conversation."""

    def __init__(self, llm: LLM, domain: Domain, hears: bool = False, seed: int = 0, name: str = "") -> None:
        """``hears``: turns with sound are sent as sound; otherwise as the transcript, or the text."""
        self.llm, self.domain, self.hears, self.seed = llm, domain, hears, seed
        self.name = name or f"chat:{llm.endpoint.model}"
        self._tools = functions(domain.tools)

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """See ``protocols.Agent.reply``.

        Raises:
            AgentError: the endpoint does not answer, or refuses; says what to do. A model that refuses sound says so
                here.
            DialogueTooLong: the dialogue is longer than the model reads.
            SpeechError: a sound is missing or damaged.
            Cancelled: soon after ``cancelled()``.
        """
        started = time.perf_counter()
        speech = Speech(on_text or (lambda piece: None), hold=self.llm.habits.unopened is not False)
        try:
            answer = self.llm.ask(
                self._messages(turns),
                tools=self._tools,
                max_tokens=LONGEST_REPLY,
                temperature=TEMPERATURE,
                seed=self.seed,
                on_text=speech.add,
                cancelled=cancelled,
            )
        except PromptTooLong as error:
            raise DialogueTooLong(str(error)) from error
        except LLMError as error:
            hint = " If the model cannot hear, set TARL_LLM_AGENT_HEARS=false." if self._sent_sound(turns) else ""
            raise AgentError(f"{error}{hint}") from error
        turn = turn_of(answer, f"call_{len(turns)}")
        speech.finish(turn.text)
        timing = Timing(
            first_token=answer.first_token, total=time.perf_counter() - started, tokens=answer.usage.output_tokens
        )
        return turn.model_copy(update={"timing": timing, "cost_usd": answer.usage.cost_usd})

    def _sent_sound(self, turns: Sequence[Turn]) -> bool:
        return self.hears and any(isinstance(turn, UserTurn) and turn.audio is not None for turn in turns)

    def _messages(self, turns: Sequence[Turn]) -> list[dict[str, Any]]:
        return messages(turns, self.domain.policy, self._said)

    def _said(self, turn: UserTurn) -> str | list[dict[str, Any]]:
        if turn.audio is None or not self.hears:
            return normalise_heard(turn.heard, self.domain.spoken) if turn.heard is not None else turn.text
        data = base64.b64encode(audio.locate(turn.audio).read_bytes()).decode("ascii")
        return [{"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}]


def turn_of(answer: Answer, call_id: str) -> AgentTurn:
    """The turn of an answer; the first call that cannot be read becomes ``malformed``. Never raises."""
    taken = parts(answer.text, answer.cut_off)
    raw: list[tuple[str, Any, Any]] = [(json_call(one.name, one.arguments), one.name, one.arguments) for one in answer.calls]
    for text in taken.calls:
        body = arguments_of(text.strip() or "[]") or {}  # a call is an object, as arguments are
        raw.append((text.strip(), body.get("name"), body.get("arguments", body.get("parameters"))))
    calls: list[ToolCall] = []
    malformed: str | None = None
    for text, name, given in raw:
        arguments = arguments_of(given)
        if isinstance(name, str) and name and arguments is not None:
            calls.append(ToolCall(id=f"{call_id}_{len(calls)}", name=mended(name), arguments=arguments))
        elif malformed is None:
            malformed = text
    return AgentTurn(
        text=mended(" ".join(" ".join(taken.said).split())),
        tool_calls=tuple(calls),
        malformed=None if malformed is None else mended(malformed),
    )


def json_call(name: str, arguments: str) -> str:
    """A function call in the form in which models write calls; arguments that are no JSON stay as they are."""
    return f'{{"name": {json.dumps(name)}, "arguments": {arguments or "{}"}}}'


class Speech:
    """Passes on the spoken text while it streams, without reasoning and calls."""

    def __init__(self, on_text: Callable[[str], None], hold: bool = True) -> None:
        """``hold``: nothing is passed on before the end, or before a closing tag without an opening: as long as it is
        not known whether the model writes opening tags, its first text may be reasoning.
        """
        self._on_text, self._hold = on_text, hold
        self._parts = Parts()
        self._held: list[str] = []
        self._sent = ""
        self._blanks = ""
        self._last = ""
        self._controlled = False  # it contains a template's tokens, so only the whole text can be parsed

    def add(self, piece: str) -> None:
        """Adds a piece of the model's text."""
        self._controlled = self._controlled or CONTROL in self._last[-1:] + piece
        self._last = piece or self._last
        unopened = self._parts.unopened
        visible = self._parts.add(piece)
        if self._parts.unopened and not unopened:
            self._held, self._hold, visible = [], False, "".join(self._parts.said)
        if self._hold or self._controlled:
            self._held.append(visible)
        else:
            self._send(visible)

    def finish(self, said: str | None = None) -> None:
        """Ends the text and passes on what was held back, as in ``said`` (by default: as streamed)."""
        self._held.append(self._parts.finish())
        streamed = self._sent + self._blanks + "".join(self._held)
        if said is not None and _dense(streamed) != _dense(said):  # parsed differently as a whole, or from another attempt
            self._held = [_beyond(self._sent, said)]
        for visible in self._held:
            self._send(visible)

    def _send(self, visible: str) -> None:
        text = self._blanks + visible if self._sent else visible.lstrip()
        kept = text.rstrip()
        self._blanks = text[len(kept) :]
        if kept:
            self._sent += kept
            self._on_text(kept)


def _dense(text: str) -> str:
    """The text without blanks, which differ between a stream and its turn."""
    return "".join(text.split())


def _beyond(sent: str, said: str) -> str:
    """The part of ``said`` after what was sent; empty where they differ."""
    before = _dense(sent)
    if not _dense(said).startswith(before):
        return ""
    signs = [place for place, sign in enumerate(said) if not sign.isspace()]
    return said[signs[len(before) - 1] + 1 :] if before else said
