"""What a client sends, read with the types of the ``openai`` package, and the errors it is told."""

import secrets
from dataclasses import dataclass
from typing import Any

from openai import BaseModel
from openai.types import realtime
from pydantic import ValidationError

from tarl_app.core import documents
from tarl_app.core.errors import DocumentError, EventRefused

LARGEST = 6_000_000
"""Most characters of one event: a minute of sound has 3.8 million, and the page takes no larger requests either."""
_LONGEST_ID = 64


class HangUp(BaseModel):
    """Ours: the caller hangs up, and is told the verifier's verdict before the socket is closed."""

    type: str
    event_id: str | None = None


TYPES: dict[str, type[BaseModel]] = {
    "session.update": realtime.SessionUpdateEvent,
    "input_audio_buffer.append": realtime.InputAudioBufferAppendEvent,
    "input_audio_buffer.commit": realtime.InputAudioBufferCommitEvent,
    "input_audio_buffer.clear": realtime.InputAudioBufferClearEvent,
    "conversation.item.create": realtime.ConversationItemCreateEvent,
    "conversation.item.truncate": realtime.ConversationItemTruncateEvent,
    "conversation.item.delete": realtime.ConversationItemDeleteEvent,
    "conversation.item.retrieve": realtime.ConversationItemRetrieveEvent,
    "response.create": realtime.ResponseCreateEvent,
    "response.cancel": realtime.ResponseCancelEvent,
    "tarl.hang_up": HangUp,
}
"""Type -> its form."""
ITEMS: dict[tuple[str, str], type[BaseModel]] = {
    ("message", "user"): realtime.RealtimeConversationItemUserMessage,
    ("message", "assistant"): realtime.RealtimeConversationItemAssistantMessage,
    ("function_call_output", ""): realtime.RealtimeConversationItemFunctionCallOutput,
}
"""Type and role of the items that a client may create -> their form."""


@dataclass(frozen=True)
class Received:
    """An event in its form; ``fields`` are those that were sent."""

    type: str
    form: BaseModel
    fields: dict[str, Any]


def new_id(kind: str) -> str:
    """A new id, such as ``item_...``."""
    return f"{kind}_{secrets.token_hex(10)}"


def parse(text: str) -> dict[str, Any]:
    """The event as plain data; raises ``EventRefused``. Large texts are best parsed in a thread."""
    if len(text) > LARGEST:
        told = f"This event has {len(text):,} characters; {LARGEST:,} at most are taken. Send the sound in smaller pieces."
        raise EventRefused("event_too_large", told)
    try:
        found = documents.parse_json(text)
    except DocumentError as error:
        raise EventRefused("invalid_event", f"{error} An event is a JSON object with a type.") from error
    if not isinstance(found, dict):
        raise EventRefused("invalid_event", "An event is a JSON object with a type; this is none.")
    return found


def event_id_of(fields: dict[str, Any]) -> str | None:
    """The client's own id of an event, to be repeated in its error."""
    given = fields.get("event_id")
    return given if isinstance(given, str) and len(given) <= 8 * _LONGEST_ID else None


def read(fields: dict[str, Any]) -> Received:
    """The event in its form; raises ``EventRefused``."""
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise EventRefused("invalid_event", "An event is a JSON object with a type; this one has none.", "type")
    if kind not in TYPES:
        raise EventRefused("invalid_value", f"There is no event {kind[:80]!r}. There are: {', '.join(TYPES)}.", "type")
    if kind == "session.update" and isinstance(session := fields.get("session"), dict):
        fields = {**fields, "session": {"type": "realtime", **session}}
        if fields["session"]["type"] != "realtime":
            raise EventRefused("invalid_value", "This is a conversation: session.type is 'realtime'.", "session.type")
    if kind == "conversation.item.create":
        return Received(kind, _item(fields.get("item")), fields)
    return Received(kind, _valid(TYPES[kind], fields, ""), fields)


def _item(given: Any) -> BaseModel:
    if not isinstance(given, dict):
        raise EventRefused("invalid_value", "An item is an object with a type.", "item")
    key = (str(given.get("type", "")), str(given.get("role") or "") if given.get("type") == "message" else "")
    if key not in ITEMS:
        told = "Items of this type are not taken: send a message of the user or the assistant, or a function_call_output."
        if key == ("message", "system"):
            told = "There are no system messages here: put it into the session's instructions."
        raise EventRefused("invalid_value", told, "item.type")
    form: Any = _valid(ITEMS[key], given, "item.")
    if form.id is not None and not 0 < len(form.id) <= _LONGEST_ID:
        raise EventRefused("invalid_value", f"An item's id has 1 to {_LONGEST_ID} characters.", "item.id")
    return form


def _valid(form: type[BaseModel], given: dict[str, Any], prefix: str) -> BaseModel:
    try:
        return form.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = prefix + ".".join(str(part) for part in first["loc"])
        raise EventRefused("invalid_value", f"{place[:200]}: {first['msg'][:200]}.", place[:200]) from error


def error_of(refused: EventRefused, event_id: str | None) -> dict[str, Any]:
    """The ``error`` event's content for what a client sent."""
    return {
        "type": "invalid_request_error",
        "code": refused.code,
        "message": str(refused),
        "param": refused.param,
        "event_id": event_id,
    }
