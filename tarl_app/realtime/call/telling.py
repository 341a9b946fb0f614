"""From the events of a conversation to facts about one response, with the ids of its items."""

import time
from collections.abc import Callable

from tarl_app.conversation import Event, Noted, Rewound, Scored, SpeechPiece, Stopped, TextPiece, TurnAdded
from tarl_app.core.types import AgentTurn, ToolCall, ToolTurn
from tarl_app.realtime.call import facts
from tarl_app.realtime.wire.audio import PCM, Format, encode, pieces
from tarl_app.realtime.wire.events import new_id

PIECE = 200
"""Most milliseconds of sound in one event."""


class Telling:
    """Used from the conversation's thread alone. ``places`` is where each item's turn is."""

    def __init__(self, tell: Callable[[facts.Fact], None], places: dict[str, int], on_answer: Callable[[], None]) -> None:
        """``on_answer`` is called when the agent has answered what was said."""
        self.calls_elsewhere = False
        self._tell, self._places, self._on_answer = tell, places, on_answer
        self.end()

    def end(self) -> None:
        """What happens from here on belongs to no response."""
        self.begin("", PCM, 0.0)

    def begin(self, response: str, output: Format, started: float) -> None:
        """A new response begins; its sound goes out in that format."""
        self._response, self._output, self._started = response, output, started
        self._item: str | None = None
        self.first: int | None = None  # where the first turn with sound is
        self._calls: tuple[ToolCall, ...] = ()
        self._hearing: float | None = None
        self._first_token: float | None = None
        self._first_sound: float | None = None
        self._tools: float | None = None

    def timed(self, transcription: float | None, end_of_turn: float | None) -> facts.Timed:
        """Where the time of the response went; ``end_of_turn`` is the silence before it."""
        return facts.Timed(
            end_of_turn,
            transcription,
            self._hearing,
            self._first_token,
            self._tools,
            self._first_sound,
            time.perf_counter() - self._started,
            None if end_of_turn is None or self._first_sound is None else end_of_turn + self._first_sound,
        )

    def event(self, event: Event) -> None:
        """Tells what it means."""
        match event:
            case TextPiece(text):
                self._write(text)
            case SpeechPiece(_, sound, phrase):
                if self._first_sound is None:
                    self._first_sound = time.perf_counter() - self._started
                data = encode(sound, self._output)
                cut = tuple(pieces(data, self._output, PIECE))
                self._tell(facts.Spoke(self._response, self._message, cut, self._output.milliseconds(data), phrase))
            case TurnAdded(index, AgentTurn() as turn):
                self._add(index, turn)
            case TurnAdded(_, ToolTurn() as turn):
                self._tools = (self._tools or 0.0) + (turn.seconds or 0.0)
                for call, result in zip(self._calls, turn.results, strict=False):
                    if not self.calls_elsewhere:
                        self._tell(facts.Ran(self._response, call, result, turn.seconds))
            case Scored(score):
                item = next((item for item, place in self._places.items() if place == score.turn), None)
                self._tell(facts.Judged(score, item))
            case Rewound(length):
                for item in [item for item, place in self._places.items() if place >= length]:
                    del self._places[item]
            case Noted(text):
                self._tell(facts.Noted(text))
            case Stopped():
                self._tell(facts.Ended(event.reason, event.verdict))
            case _:
                pass

    @property
    def _message(self) -> str:
        """The message under way; it begins with its first word or sound."""
        if self._item is None:
            self._item = new_id("item")
        return self._item

    def _write(self, text: str) -> None:
        if text:
            if self._first_token is None:
                self._first_token = time.perf_counter() - self._started
            self._tell(facts.Wrote(self._response, self._message, text))

    def _add(self, index: int, turn: AgentTurn) -> None:
        if not self._response:
            return  # not an answer: a message that the client has put there
        if turn.timing is not None:
            self._hearing = self._hearing or turn.timing.hearing
        self._on_answer()
        if turn.text or self._item is not None:
            if self._item is None:
                self._write(turn.text)
            self._places[self._message] = index
            if self.first is None and self._first_sound is not None:
                self.first = index
            self._tell(facts.Said(self._response, self._message, turn))
            self._item = None
        self._calls = turn.tool_calls
        for call in turn.tool_calls:
            if self.calls_elsewhere:
                self._tell(facts.Asked(self._response, new_id("item"), call))
            else:
                self._tell(facts.Ran(self._response, call))
