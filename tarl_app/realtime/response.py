"""One response, as the protocol's events."""

import json
from collections.abc import Callable
from typing import Any, Literal, Protocol

from tarl_app.realtime.call import facts
from tarl_app.realtime.call.asked import Asked
from tarl_app.realtime.wire.events import new_id
from tarl_app.realtime.wire.items import Item, Status, heard

Reason = Literal["client_cancelled", "turn_detected"]


class Send(Protocol):
    """Sends an event of that type."""

    def __call__(self, kind: str, **fields: Any) -> None:
        """``event_id`` is added."""
        ...


class Response:
    """The response under way; its facts come in order, and none is told after ``done``."""

    def __init__(self, asked: Asked, send: Send, add: Callable[[Item], None], metadata: dict[str, str] | None) -> None:
        """``add`` puts an item into the dialogue and tells so."""
        self.asked, self._send, self._add, self._metadata = asked, send, add, metadata
        self.id = asked.id
        self.done = False
        self.output: list[Item] = []
        self.cuts: dict[str, int] = {}
        """Messages under way of which only so many milliseconds were heard."""
        self._tokens = 0
        self._fillers: set[str] = set()
        send("response.created", response=self.shown("in_progress"))

    def shown(self, status: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
        """As the protocol shows it."""
        config = self.asked.config
        tokens = {"total_tokens": self._tokens, "input_tokens": 0, "output_tokens": self._tokens}
        return {
            "id": self.id,
            "object": "realtime.response",
            "status": status,
            "status_details": details,
            "output": [item.shown() for item in self.output],
            "output_modalities": ["audio" if self.asked.spoken else "text"],
            "max_output_tokens": "inf",
            "audio": {"output": {"format": config.output.shown, "voice": config.voice}},
            "metadata": self._metadata,
            "usage": None if status == "in_progress" else tokens,
        }

    @property
    def unheard(self) -> bool:
        """Whether the caller has heard or read nothing of it, and was asked for nothing. A filler is no part of it."""
        told = [item for item in self.output if item.id not in self._fillers]
        return not any(item.kind == "function_call" or (item.milliseconds if item.spoken else item.text) for item in told)

    def take(self, fact: facts.Wrote | facts.Spoke | facts.Said | facts.Asked) -> None:
        """Tells what the fact means."""
        if isinstance(fact, facts.Asked):
            self._call(fact)
            return
        item = self._message(fact.item)
        if isinstance(fact, facts.Wrote):
            item.text += fact.text
            kind = "output_audio_transcript" if item.spoken else "output_text"
            self._send(f"response.{kind}.delta", **self._part_of(item), delta=fact.text)
        elif isinstance(fact, facts.Spoke):
            heard_from = item.milliseconds
            item.add_sound(fact.phrase, fact.milliseconds)
            times = {"audio_start_ms": round(heard_from), "audio_end_ms": round(item.milliseconds)}
            self._send("tarl.caption", **self._part_of(item), text=fact.phrase, **times)
            for piece in fact.sound:
                self._send("response.output_audio.delta", **self._part_of(item), delta=piece)
        else:
            self._tokens += (fact.turn.timing.tokens or 0) if fact.turn.timing else 0
            item.text = fact.turn.text
            self._close(item, "completed")

    def fill(self, text: str, sound: tuple[str, ...], milliseconds: float) -> Item:
        """A message that is no answer, said while a tool is at work; it is complete at once."""
        item = self._message(new_id("item"))
        self._fillers.add(item.id)
        item.add_sound(text, milliseconds)
        item.text = text
        self._send("tarl.filler", **self._place_of(item), item_id=item.id, text=text)
        self._send("response.output_audio_transcript.delta", **self._part_of(item), delta=text)
        for piece in sound:
            self._send("response.output_audio.delta", **self._part_of(item), delta=piece)
        self._close(item, "completed")
        return item

    def finish(self, code: str = "", failure: str = "") -> None:
        """The agent is done, or it failed."""
        for item in self.output:
            if item.status == "in_progress":
                self._close(item, "incomplete")
        error = {"type": "server_error", "code": code, "message": failure}
        self._end("failed" if code else "completed", {"type": "failed", "error": error} if code else None)

    def cancel(self, reason: Reason) -> list[Item]:
        """Stops it at once; the messages that are not whole, whose text is what can have been heard or read."""
        self.asked.cancelled.set()
        cut = [item for item in self.output if item.status == "in_progress"]
        for item in cut:
            if item.spoken:
                item.text = heard(item.phrases, item.milliseconds)
            self._close(item, "incomplete")
        self._end("cancelled", {"type": "cancelled", "reason": reason})
        return [item for item in self.output if item in cut or item.id in self.cuts]

    def _end(self, status: str, details: dict[str, Any] | None) -> None:
        self.done = True
        self._send("response.done", response=self.shown(status, details))

    def _message(self, item_id: str) -> Item:
        for item in self.output:
            if item.id == item_id:
                return item
        item = Item(item_id, "assistant", spoken=self.asked.spoken, status="in_progress")
        self._begin(item)
        self._send("response.content_part.added", **self._part_of(item), part=item.part)
        return item

    def _begin(self, item: Item) -> None:
        self.output.append(item)
        self._send("response.output_item.added", **self._place_of(item), item=item.shown())
        self._add(item)

    def _close(self, item: Item, status: Status) -> None:
        item.status = status
        if item.id in self.cuts:
            item.text = heard(item.phrases, self.cuts[item.id])
        part = self._part_of(item)
        if item.spoken:
            self._send("response.output_audio.done", **part)
            self._send("response.output_audio_transcript.done", **part, transcript=item.text)
        else:
            self._send("response.output_text.done", **part, text=item.text)
        self._send("response.content_part.done", **part, part=item.part)
        self._complete(item)

    def _complete(self, item: Item) -> None:
        self._send("response.output_item.done", **self._place_of(item), item=item.shown())
        self._send("conversation.item.done", item=item.shown())

    def _call(self, fact: facts.Asked) -> None:
        item = Item(fact.item, "function_call", status="in_progress", name=fact.call.name, call_id=fact.call.id)
        self._begin(item)
        item.text = json.dumps(fact.call.arguments)
        place = {
            "response_id": self.id,
            "item_id": item.id,
            "output_index": self.output.index(item),
            "call_id": item.call_id,
        }
        self._send("response.function_call_arguments.delta", **place, delta=item.text)
        self._send("response.function_call_arguments.done", **place, name=item.name, arguments=item.text)
        item.status = "completed"
        self._complete(item)

    def _place_of(self, item: Item) -> dict[str, Any]:
        return {"response_id": self.id, "output_index": self.output.index(item)}

    def _part_of(self, item: Item) -> dict[str, Any]:
        return {**self._place_of(item), "item_id": item.id, "content_index": 0}
