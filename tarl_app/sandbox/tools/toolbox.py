"""Tools made from typed Python functions: the signature gives the JSON schema and the validation, the docstring the
description.

    toolbox = Toolbox()

    @toolbox.tool(writes=True)
    def cancel(db: Database, booking: BookingId) -> dict: '''Cancel a booking.'''

A tool that refuses a request raises ``RefusalError``; only ``Toolbox.call`` catches it, and the model reads "Error:
...". Any other exception is a bug and propagates.
"""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from tarl_app.core.types import ToolCall, ToolResult, ToolSpec
from tarl_app.sandbox.database import Database

LONGEST_TEXT = 4000
"""Most characters in one text argument."""
_MOST_COMPLAINTS = 3

F = TypeVar("F", bound=Callable[..., Any])


class RefusalError(Exception):
    """A tool's refusal, worded for the model."""


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, str_max_length=LONGEST_TEXT)


@dataclass(frozen=True)
class Tool:
    """A function on a database with its schema (``spec``) and its validated arguments (``arguments``)."""

    spec: ToolSpec
    arguments: type[BaseModel]
    run: Callable[..., Any]


class Toolbox:
    """The tools of a domain, by name."""

    def __init__(self) -> None:
        self._tools: dict[str, Tool] = {}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is shown, in order of definition."""
        return tuple(tool.spec for tool in self._tools.values())

    def tool(self, writes: bool = False) -> Callable[[F], F]:
        """Registers a function whose first parameter is the database and whose others are the tool's arguments."""

        def register(function: F) -> F:
            name = function.__name__
            parameters = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
            fields: dict[str, Any] = {
                p.name: (p.annotation, ... if p.default is inspect.Parameter.empty else p.default) for p in parameters
            }
            arguments = create_model(name, __base__=_Arguments, **fields)
            words = " ".join((function.__doc__ or name).split())
            spec = ToolSpec(name=name, description=words, parameters=_schema(arguments), writes=writes)
            self._tools[name] = Tool(spec, arguments, function)
            return function

        return register

    def writes(self, name: str) -> bool:
        """Whether that tool changes the database; False for an unknown one."""
        return name in self._tools and self._tools[name].spec.writes

    def validated(self, call: ToolCall) -> dict[str, Any]:
        """The arguments as the tool receives them, ids completed and blanks trimmed; raises ``RefusalError``."""
        tool = self._tools.get(call.name)
        if tool is None:
            raise RefusalError(f"there is no tool named {_short(call.name)}")
        try:
            checked = tool.arguments.model_validate(call.arguments)
        except ValidationError as error:
            raise RefusalError("; ".join(_complaints(error))) from None
        return {name: getattr(checked, name) for name in tool.arguments.model_fields}

    def completed(self, call: ToolCall) -> ToolCall:
        """The call with its arguments as the tool will see them; as it is where they are not valid."""
        try:
            return call.model_copy(update={"arguments": self.validated(call)})
        except RefusalError:
            return call

    def normalised(self, call: ToolCall, comparable: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """What ``comparable`` makes of valid arguments; others as they are: the call succeeds nowhere and equals none."""
        try:
            return comparable(self.validated(call))
        except RefusalError:
            return call.arguments

    def call(self, db: Database, call: ToolCall) -> ToolResult:
        """Runs one call in its own transaction: a refusal leaves the database as it was."""
        try:
            arguments = self.validated(call)
            answer = self._tools[call.name].run(db, **arguments)
        except RefusalError as refusal:
            db.rollback()
            return ToolResult(call_id=call.id, name=call.name, content=_clean(f"Error: {refusal}"), is_error=True)
        db.commit()
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return ToolResult(call_id=call.id, name=call.name, content=_clean(text))


_UNSHOWN = ("title", "minLength", "maxLength", "minItems", "maxItems")
"""Parts of a schema that are left out of prompts; they are still enforced."""


def _schema(arguments: type[BaseModel]) -> dict[str, Any]:
    full = arguments.model_json_schema()
    properties = {name: _shown(schema) for name, schema in full.get("properties", {}).items()}
    return {"type": "object", "properties": properties, "required": full.get("required", [])}


def _shown(schema: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in schema.items() if key not in _UNSHOWN}
    return kept | ({"items": _shown(kept["items"])} if "items" in kept else {})


def _complaints(error: ValidationError) -> list[str]:
    said: list[str] = []
    for detail in error.errors(include_url=False, include_input=False, include_context=False)[:_MOST_COMPLAINTS]:
        place = _short(".".join(str(part) for part in detail["loc"]))
        match detail["type"]:
            case "missing":
                said.append(f"the argument {place} is missing")
            case "extra_forbidden":
                said.append(f"there is no argument {place}")
            case _:
                said.append(f"the argument {place}: {detail['msg'].removeprefix('Value error, ')}")
    return said


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "..."


def _clean(text: str) -> str:
    # A lone surrogate in a model's argument must not make the episode unserialisable.
    return text.encode("utf-8", "replace").decode("utf-8")
