r"""The chat template, one for serving and training.

    <|im_start|>system\n{policy}\n\n{tools}<|im_end|>\n
    <|im_start|>user\n{text, or <audio bos><audio pad>*n<audio eos>}<|im_end|>\n
    <|im_start|>assistant\n{text}<tool_call>{"name": ..., "arguments": {...}}</tool_call><|im_end|>\n
    <|im_start|>user\n<tool_response>{result}</tool_response><|im_end|>\n

Every turn is encoded alone, so the tokens of a dialogue are a prefix of the tokens of any longer one, and what users, tools
and models write can never become a control token (``OmniTokenizer.encode``).

Two styles. ``brief`` (omni-mini): the brief policy, tools by name (their arguments are learned; ``grammar`` enforces them),
results as ``compact_results`` lines, every tag one token. ``full`` (Qwen2.5-Omni): the full policy and JSON schemas in the
Hermes form Qwen was tuned with, where the tags of results are plain text.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tarl_app.agents.call_syntax import content_of
from tarl_app.agents.omni.prompt.compact_results import compact
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.core.domain import Domain
from tarl_app.core.errors import DialogueTooLong
from tarl_app.core.types import AgentTurn, AudioRef, ToolCall, ToolResult, ToolSpec, ToolTurn, Turn, UserTurn

Style = Literal["brief", "full"]
Hear = Callable[[AudioRef], int]
_RESPONSE_TAG = re.compile(r"<(/?tool_response>)")


@dataclass(frozen=True)
class Rendered:
    """A dialogue as tokens.

    Attributes:
        ids: all tokens.
        agent_spans: for each agent turn, start and end (exclusive) of what the agent has to produce, with the final
            ``<|im_end|>``.
        audios: the sounds whose placeholders are in ``ids``, in order; their features go into the forward pass.
    """

    ids: list[int]
    agent_spans: list[tuple[int, int]]
    audios: list[AudioRef]

    @property
    def labels(self) -> list[int]:
        """``ids`` where the agent speaks, -100 elsewhere (not shifted)."""
        labels = [-100] * len(self.ids)
        for start, end in self.agent_spans:
            labels[start:end] = self.ids[start:end]
        return labels


class Template:
    """Turns to tokens and back, for one tokenizer and style."""

    def __init__(self, tokenizer: OmniTokenizer, style: Style) -> None:
        self.tokenizer, self.style, self.special = tokenizer, style, tokenizer.special
        gap = tokenizer.encode("\n") if style == "full" else []
        self._gap = gap  # Qwen's tool calls have a line of their own
        self._newline = tokenizer.encode("\n")

    # --- rendering ------------------------------------------------------------------------------------------------------

    def render(
        self,
        turns: Sequence[Turn],
        domain: Domain,
        hear: Hear | None = None,
        *,
        reply: bool = False,
        sampled: Mapping[int, Sequence[int]] | None = None,
    ) -> Rendered:
        """The dialogue as tokens.

        Args:
            turns: the dialogue.
            domain: whose policy and tools are in the system block.
            hear: the number of audio positions of a sound (``encoder_input.Ear.positions``); None: use what speech
                recognition heard, or the text.
            reply: append the header of the agent's next turn.
            sampled: index of a turn -> the ids the agent sampled for it (with ``<|im_end|>``), used instead of encoding
                its text again.
        """
        ids = self.system(domain)
        spans: list[tuple[int, int]] = []
        audios: list[AudioRef] = []
        for index, turn in enumerate(turns):
            if isinstance(turn, AgentTurn):
                ids += self._header("assistant")
                start = len(ids)
                ids += (sampled or {}).get(index) or self.agent(turn, domain)
                spans.append((start, len(ids)))
                ids += self._newline
            elif isinstance(turn, ToolTurn):
                ids += self._block("user", self._results(turn, domain))
            else:
                ids += self._block("user", self._user(turn, hear))
                if turn.audio is not None and hear is not None:
                    audios.append(turn.audio)
        if reply:
            ids += self._header("assistant")
        return Rendered(ids, spans, audios)

    def system(self, domain: Domain) -> list[int]:
        """The system block: it depends on the domain alone."""
        text = brief_system(domain) if self.style == "brief" else full_system(domain)
        return self._block("system", self.tokenizer.encode(text))

    def agent(self, turn: AgentTurn, domain: Domain | None = None) -> list[int]:
        """What the agent has to produce for this turn, with the final ``<|im_end|>``."""
        ids = self.tokenizer.encode(turn.text.strip())
        calls = [call_json(call, domain.tool(call.name) if domain else None) for call in turn.tool_calls]
        for text in [*calls, *([turn.malformed] if turn.malformed is not None else [])]:
            ids += self._gap if ids else []
            ids += [self.special.call_open, *self._gap, *self.tokenizer.encode(text), *self._gap, self.special.call_close]
        return [*ids, self.special.im_end]

    def _header(self, role: str) -> list[int]:
        return [self.special.im_start, *self.tokenizer.encode(f"{role}\n")]

    def _block(self, role: str, content: Sequence[int]) -> list[int]:
        return [*self._header(role), *content, self.special.im_end, *self._newline]

    def _user(self, turn: UserTurn, hear: Hear | None) -> list[int]:
        if turn.audio is None or hear is None:
            return self._untrusted(turn.text if turn.audio is None or turn.heard is None else turn.heard)
        special = self.special
        return [special.audio_bos, *[special.audio_pad] * hear(turn.audio), special.audio_eos]

    def _results(self, turn: ToolTurn, domain: Domain) -> list[int]:
        opening, closing = self.special.response_open, self.special.response_close
        ids: list[int] = []
        for result in turn.results:
            content = self._untrusted(self._result(result, domain))
            if opening is not None and closing is not None:
                ids += [opening, *self._gap, *content, *self._gap, closing]
            else:
                ids += self._newline if ids else []
                ids += self.tokenizer.encode("<tool_response>\n") + content + self.tokenizer.encode("\n</tool_response>")
        return ids

    def _result(self, result: ToolResult, domain: Domain) -> str:
        if self.style == "full" or result.is_error:
            return content_of(result)
        spec = domain.tool(result.name)
        return compact(result.content, changed=spec is not None and spec.writes)

    def _untrusted(self, text: str) -> list[int]:
        if self.special.response_open is None:  # the tags are plain text: keep users and tools from forging them
            text = _RESPONSE_TAG.sub(r"< \1", text)
        return self.tokenizer.encode(text)

    # --- parsing --------------------------------------------------------------------------------------------------------

    def parse_agent(self, ids: Sequence[int], call_id: str = "call") -> AgentTurn:
        """The turn that sampled tokens mean, ``<|im_end|>`` or not; never raises.

        Text around calls is joined by spaces. The first call that cannot be read becomes ``malformed``; ids of calls are
        ``<call_id>_0``, ``<call_id>_1``, ...
        """
        texts: list[str] = []
        calls: list[ToolCall] = []
        malformed: str | None = None
        for is_call, piece in self._pieces(ids):
            text = self.tokenizer.decode(piece).strip()
            if not is_call:
                texts += [text] if text else []
            elif (call := parse_call(text, f"{call_id}_{len(calls)}")) is not None:
                calls.append(call)
            elif malformed is None:
                malformed = text
        return AgentTurn(text=" ".join(texts), tool_calls=tuple(calls), malformed=malformed)

    def _pieces(self, ids: Sequence[int]) -> list[tuple[bool, list[int]]]:
        """Runs of ids inside (True) and outside of tool calls, up to the end of the turn; an unclosed call counts as one."""
        pieces: list[tuple[bool, list[int]]] = [(False, [])]
        for token in ids:
            if token in (self.special.im_end, self.special.im_start):
                break
            if token == self.special.call_open:
                pieces.append((True, []))
            elif token == self.special.call_close:
                pieces.append((False, []))
            else:
                pieces[-1][1].append(token)
        return pieces


# --- tools and policy as text -------------------------------------------------------------------------------------------


def call_json(call: ToolCall, spec: ToolSpec | None) -> str:
    """The canonical text of a call: arguments in the order of the tool's schema, unknown ones after them as they came."""
    known = list(spec.parameters.get("properties", {})) if spec else []
    order = [name for name in known if name in call.arguments] + [name for name in call.arguments if name not in known]
    body = {"name": call.name, "arguments": {name: call.arguments[name] for name in order}}
    return json.dumps(body, ensure_ascii=False)


def parse_call(text: str, call_id: str) -> ToolCall | None:
    """Reads ``{"name": ..., "arguments": {...}}``; None when it is anything else, however deep or large."""
    try:
        body = json.loads(text)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()  # refuses NaN, 1e999 and lone surrogates
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not body.keys() <= {"name", "arguments"}:
        return None
    name, arguments = body.get("name"), body.get("arguments", {})
    if not isinstance(name, str) or not name or not isinstance(arguments, dict):
        return None
    return ToolCall(id=call_id, name=name, arguments=arguments)


def brief_system(domain: Domain) -> str:
    """The brief policy and the names of the tools: every word more is read in every conversation."""
    if not domain.tools:
        return domain.policy_brief.strip()
    return f"{domain.policy_brief.strip()}\nTools: {', '.join(tool.name for tool in domain.tools)}"


def full_system(domain: Domain) -> str:
    """The full policy and the tools' JSON schemas, as Qwen2.5 was tuned to read them."""
    if not domain.tools:
        return domain.policy.strip()
    schemas = "\n".join(json.dumps(_schema(tool), ensure_ascii=False) for tool in domain.tools)
    return (
        f"{domain.policy.strip()}\n\n# Tools\n\nYou may call one tool at a time to help the user. "
        f"Signatures of the tools are within <tools></tools> XML tags:\n<tools>\n{schemas}\n</tools>\n\n"
        "To call a tool, answer with a JSON object of its name and arguments within <tool_call></tool_call> XML tags:\n"
        '<tool_call>\n{"name": <tool name>, "arguments": <arguments as JSON object>}\n</tool_call>'
    )


def _schema(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": _plain(tool.parameters)}
    return {"type": "function", "function": function}


def _plain(schema: Any) -> Any:
    """Without the keys that only decoding reads (``grammar``)."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if not key.startswith("x-")}
    return [_plain(value) for value in schema] if isinstance(schema, list) else schema


def check_length(ids: Sequence[int], limit: int, room: int) -> None:
    """Raises ``DialogueTooLong`` when a reply of ``room`` tokens would not fit into the context of ``limit`` tokens."""
    if len(ids) + room > limit:
        raise DialogueTooLong(
            f"The conversation is too long for this model: {len(ids)} of {limit} tokens are used. Start a new one."
        )
