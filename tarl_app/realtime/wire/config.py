"""A session's configuration: what is in force, and what an update makes of it."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from openai.types.realtime import RealtimeFunctionTool, RealtimeSessionCreateRequest

from tarl_app.core.errors import EventRefused
from tarl_app.core.types import ToolSpec
from tarl_app.realtime.listening.turn_detection import Detection, SemanticVad, ServerVad
from tarl_app.realtime.wire.audio import FORMATS, PCM, Format

OPENAI_VOICES = frozenset(["alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"])
"""OpenAI's voices, which clients name without being asked: the agent's own voice speaks then."""
MOST_TOOLS = 128
LONGEST_INSTRUCTIONS = 100_000
_TOOL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_MS = 10_000
_NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}


@dataclass(frozen=True)
class Config:
    """What is in force. ``tools`` are the client's; with none, the sandbox's tools run on this side."""

    model: str
    instructions: str
    voice: str
    tools: tuple[ToolSpec, ...] = ()
    spoken: bool = True
    input: Format = PCM
    output: Format = PCM
    transcribed: bool = False
    detection: Detection | None = field(default_factory=ServerVad)

    def shown(self) -> dict[str, Any]:
        """As the protocol shows it."""
        return {
            "type": "realtime",
            "model": self.model,
            "instructions": self.instructions,
            "output_modalities": ["audio" if self.spoken else "text"],
            "tools": [
                {"type": "function", "name": one.name, "description": one.description, "parameters": one.parameters}
                for one in self.tools
            ],
            "tool_choice": "auto",
            "max_output_tokens": "inf",
            "audio": {
                "input": {
                    "format": self.input.shown,
                    "transcription": {"model": "whisper-1"} if self.transcribed else None,
                    "noise_reduction": None,
                    "turn_detection": self.detection.shown if self.detection else None,
                },
                "output": {"format": self.output.shown, "voice": self.voice, "speed": 1.0},
            },
        }

    def updated(self, form: RealtimeSessionCreateRequest, fields: dict[str, Any]) -> "Config":
        """The configuration after an update; ``fields`` are those that were sent. Raises ``EventRefused``."""
        changes: dict[str, Any] = {}
        if form.instructions is not None:
            if len(form.instructions) > LONGEST_INSTRUCTIONS:
                raise _refused(f"The instructions have more than {LONGEST_INSTRUCTIONS:,} characters.", "instructions")
            changes["instructions"] = form.instructions
        if form.output_modalities:
            changes["spoken"] = "audio" in form.output_modalities
        if form.tool_choice not in (None, "auto"):
            raise _refused("The agent chooses its tools itself: tool_choice is 'auto'.", "tool_choice")
        if "tools" in fields:
            changes["tools"] = _tools(form.tools or [])
        sound = fields.get("audio") if isinstance(fields.get("audio"), dict) else {}
        if form.audio and form.audio.input:
            changes |= _input(form.audio.input, (sound or {}).get("input") or {})
        if form.audio and form.audio.output:
            changes |= _output(form.audio.output)
        return replace(self, **changes)


def _input(form: Any, fields: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if form.format is not None:
        changes["input"] = _format(form.format, "audio.input.format")
    if "transcription" in fields:
        changes["transcribed"] = form.transcription is not None
    if "turn_detection" in fields:
        changes["detection"] = _detection(form.turn_detection)
    return changes


def _output(form: Any) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if form.format is not None:
        changes["output"] = _format(form.format, "audio.output.format")
    if form.speed not in (None, 1.0):
        raise _refused("The voice has one pace: speed is 1.0.", "audio.output.speed")
    if form.voice is not None:
        name = form.voice if isinstance(form.voice, str) else form.voice.id
        changes["voice"] = "" if name in OPENAI_VOICES else name
    return changes


def _format(form: Any, param: str) -> Format:
    if form.type not in FORMATS:
        raise _refused(f"Formats are {', '.join(FORMATS)}.", param)
    return FORMATS[form.type]


def _detection(form: Any) -> Detection | None:
    if form is None:
        return None
    param = "audio.input.turn_detection"
    both = ("create_response", "interrupt_response")
    if form.type == "semantic_vad":
        return SemanticVad(**_given(form, "eagerness", *both))
    given = _given(form, "threshold", "prefix_padding_ms", "silence_duration_ms", *both)
    if not 0 <= given.get("threshold", 0.5) <= 1:
        raise _refused("The threshold is a probability, from 0 to 1.", f"{param}.threshold")
    for name in ("prefix_padding_ms", "silence_duration_ms"):
        if not 0 <= given.get(name, 0) <= _LONGEST_MS:
            raise _refused(f"{name} is from 0 to {_LONGEST_MS:,}.", f"{param}.{name}")
    return ServerVad(**given)


def _given(form: Any, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(form, name)) is not None}


def _tools(given: list[Any]) -> tuple[ToolSpec, ...]:
    if len(given) > MOST_TOOLS:
        raise _refused(f"There are {len(given)} tools; {MOST_TOOLS} at most are taken.", "tools")
    found: list[ToolSpec] = []
    for number, one in enumerate(given):
        if not isinstance(one, RealtimeFunctionTool) or one.type != "function":
            raise _refused("Tools are functions that the client runs: type is 'function'.", f"tools[{number}].type")
        if not one.name or not _TOOL_NAME.fullmatch(one.name) or one.name in {tool.name for tool in found}:
            told = "A tool has a name of its own, of at most 64 letters, digits, '_' and '-'."
            raise _refused(told, f"tools[{number}].name")
        parameters = _NO_PARAMETERS if one.parameters is None else one.parameters
        if not isinstance(parameters, dict):
            raise _refused("A tool's parameters are a JSON schema.", f"tools[{number}].parameters")
        found.append(ToolSpec(name=one.name, description=one.description or "", parameters=parameters))
    return tuple(found)


def _refused(text: str, param: str) -> EventRefused:
    return EventRefused("invalid_value", text, f"session.{param}")
