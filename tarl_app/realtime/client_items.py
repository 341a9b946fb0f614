"""The items of one session's dialogue: created, cut, deleted, and told to the conversation."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import numpy as np

from tarl_app.core.errors import EventRefused
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import AgentTurn, UserTurn
from tarl_app.realtime.call import facts
from tarl_app.realtime.call.joining import Earlier
from tarl_app.realtime.call.thread import Call
from tarl_app.realtime.listening.input_buffer import LONGEST
from tarl_app.realtime.response import Response, Send
from tarl_app.realtime.wire.audio import Format, decode, from_base64
from tarl_app.realtime.wire.events import Received, new_id
from tarl_app.realtime.wire.items import Item, begun, heard

MOST_ITEMS = 1_000
"""Most items of one session."""
MOST_SOUND = 1_800.0
"""Most seconds of sound that one session's caller sends as messages: each is stored."""
MOST_WAITING = 32
"""Most messages and responses that wait for the conversation's thread."""
Compute = Callable[[Callable[[], Any]], Awaitable[Any]]


class ClientItems:
    """In the order of the dialogue; lives on the event loop."""

    def __init__(self, call: Call, send: Send) -> None:
        self._call, self._send = call, send
        self._items: dict[str, Item] = {}
        self._answered: set[str] = set()
        self._sound = 0.0  # seconds of the caller's messages

    def get(self, item_id: str) -> Item:
        """Raises ``EventRefused`` where there is none."""
        if item_id not in self._items:
            raise EventRefused("item_not_found", f"There is no item {item_id[:80]!r}.", "item_id")
        return self._items[item_id]

    def asks(self, unheard: float) -> bool:
        """Whether the agent's last message puts a question, in what is heard of it so far.

        ``unheard``: the milliseconds of its sound that are still to be heard. Nobody answers what was not asked yet.
        """
        said = (item for item in reversed(self._items.values()) if item.kind == "assistant")
        last = next((item for item in said if item.phrases or not item.spoken), None)
        if last is None:
            return False
        return "?" in (begun(last.phrases, last.milliseconds - unheard) if last.spoken else last.text)

    @property
    def last_user(self) -> str:
        """The caller's last message; empty without one."""
        return next((item.id for item in reversed(self._items.values()) if item.kind == "user"), "")

    def add(self, item: Item) -> None:
        """Adds it at the end, and tells so."""
        before = next(reversed(self._items), None)
        self._items[item.id] = item
        self._send("conversation.item.added", previous_item_id=before, item=item.shown())

    def answer(self) -> None:
        """A response begins: it answers all that is there."""
        self._answered |= self._items.keys()

    def commit(self, item_id: str, sound: Audio, silence: float | None = None, before: Earlier | None = None) -> None:
        """The caller's sound becomes a message, after so many seconds of silence; raises ``EventRefused``.

        It may go on with the turn ``before``.
        """
        self._admit(sound)
        self._send("input_audio_buffer.committed", item_id=item_id, previous_item_id=next(reversed(self._items), None))
        self._insert(Item(item_id, "user", spoken=True))
        self._call.say_aloud(item_id, sound, silence, before)

    def _admit(self, sound: Audio) -> None:
        self._sound += sound.seconds
        if self._sound > MOST_SOUND or self._call.waiting > MOST_WAITING:
            told = f"A call takes {MOST_SOUND / 60:.0f} minutes of sound at most, and {MOST_WAITING} messages that wait."
            raise EventRefused("too_much_sound", told)

    async def create(self, received: Received, form: Format, compute: Compute) -> None:
        """A client's own item; raises ``EventRefused``."""
        given: Any = received.form
        after = received.fields.get("previous_item_id")
        if after not in (None, next(reversed(self._items), None)):
            raise EventRefused("invalid_value", "Items are added at the end of the conversation.", "previous_item_id")
        item_id = given.id or new_id("item")
        if item_id in self._items or len(self._items) >= MOST_ITEMS:
            told = f"There is an item {item_id!r} already, or {MOST_ITEMS} items, which is all that is kept."
            raise EventRefused("invalid_value", told, "item.id")
        if given.type == "function_call_output":
            self._give_result(item_id, given.call_id, given.output)
        elif given.role == "assistant":
            text = " ".join(part.text or part.transcript or "" for part in given.content).strip()
            self._say(Item(item_id, "assistant", text), AgentTurn(text=text))
        else:
            await self._say_all(item_id, given.content, form, compute)

    async def _say_all(self, item_id: str, content: list[Any], form: Format, compute: Compute) -> None:
        if any(part.type not in ("input_text", "input_audio") for part in content):
            raise EventRefused("invalid_value", "A message has parts of input_text and input_audio.", "item.content")
        text = " ".join(part.text or "" for part in content if part.type == "input_text").strip()
        spoken = [part.audio or "" for part in content if part.type == "input_audio"]
        if not spoken:
            self._say(Item(item_id, "user", text), UserTurn(text=text))
            return
        samples = await compute(lambda: np.concatenate([decode(from_base64(part), form) for part in spoken]))
        sound = Audio(cast(Any, samples), form.rate)
        if not 0 < sound.seconds <= LONGEST:
            raise EventRefused("invalid_value", f"A message has sound of {LONGEST:.0f} seconds at most.", "item.content")
        self._admit(sound)
        self._insert(Item(item_id, "user", text, spoken=True))
        if text:
            self._call.say(item_id, UserTurn(text=text))
        self._call.say_aloud(item_id, sound)

    def _say(self, item: Item, turn: UserTurn | AgentTurn) -> None:
        if not item.text:
            raise EventRefused("invalid_value", "This message is empty.", "item.content")
        self._insert(item)
        self._call.say(item.id, turn)

    def _give_result(self, item_id: str, call_id: str, output: str) -> None:
        asked = any(one.kind == "function_call" and one.call_id == call_id for one in self._items.values())
        if not asked:
            raise EventRefused("invalid_value", f"No call {call_id[:80]!r} was asked for.", "item.call_id")
        self._insert(Item(item_id, "function_call_output", output, call_id=call_id))
        self._call.give_result(call_id, output)

    def _insert(self, item: Item) -> None:
        self.add(item)
        self._send("conversation.item.done", item=item.shown())

    def truncate(self, form: Any, response: Response | None) -> None:
        """Of a spoken message only so much was heard; of the one under way, as soon as it ends. Raises ``EventRefused``."""
        item = self.get(form.item_id)
        if item.kind != "assistant" or not item.spoken or form.content_index != 0:
            raise EventRefused("invalid_value", "Only what the agent has spoken can be truncated.", "item_id")
        if not 0 <= form.audio_end_ms <= item.milliseconds + 1:
            told = f"The sound of this item has {item.milliseconds:.0f} ms, of which so many can have been heard at most."
            raise EventRefused("invalid_value", told, "audio_end_ms")
        if item.status == "in_progress" and response is not None:
            response.cuts[item.id] = form.audio_end_ms
        else:
            item.text = heard(item.phrases, form.audio_end_ms)
            self._call.keep_heard(item.id, item.text, form.audio_end_ms)
        self._send("conversation.item.truncated", item_id=item.id, content_index=0, audio_end_ms=form.audio_end_ms)

    def delete(self, form: Any) -> None:
        """Forgets a message that is not answered yet, or what the agent said. Raises ``EventRefused``."""
        item = self.get(form.item_id)
        if item.kind in ("function_call", "function_call_output") or item.status == "in_progress":
            raise EventRefused("invalid_value", "Calls, their results and a message under way cannot be deleted.", "item_id")
        if item.kind == "user" and item.id in self._answered:
            raise EventRefused("invalid_value", "This message has been answered: it stays in the conversation.", "item_id")
        if item.kind == "assistant":
            self._call.keep_heard(item.id, "")
        self._call.forget(item.id)
        del self._items[item.id]
        self._send("conversation.item.deleted", item_id=item.id)

    def transcribed(self, fact: facts.Transcribed, wanted: bool) -> None:
        """What a message was understood as; told where that is ``wanted``."""
        item = self._items.get(fact.item)
        if item is None:
            return
        item.text = fact.text
        kind = "conversation.item.input_audio_transcription"
        if wanted and fact.failure:
            error = {"type": "server_error", "code": "transcription_failed", "message": fact.failure}
            self._send(f"{kind}.failed", item_id=item.id, content_index=0, error=error)
        elif wanted:
            usage = {"type": "duration", "seconds": fact.seconds}
            self._send(f"{kind}.completed", item_id=item.id, content_index=0, transcript=fact.text, usage=usage)
