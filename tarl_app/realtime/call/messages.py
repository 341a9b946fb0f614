"""Where a session's messages are in the conversation: what waits to be said, what goes on, what was heard of an answer."""

from tarl_app.conversation import LiveConversation
from tarl_app.core.errors import ConversationError
from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import MALFORMED, AgentTurn, ToolResult, ToolTurn, UserTurn
from tarl_app.realtime.call.joining import Earlier
from tarl_app.realtime.call.understood import Understood


class Messages:
    """Used from the conversation's thread alone."""

    def __init__(self, understood: Understood) -> None:
        self._understood = understood
        self._inbox: list[tuple[str, UserTurn | AgentTurn]] = []
        self._results: dict[str, str] = {}
        self._outside: set[str] = set()
        self.places: dict[str, int] = {}
        """Message -> the place of its turn."""

    def add(self, item: str, turn: UserTurn | AgentTurn) -> None:
        """A message that waits for an answer."""
        self._inbox.append((item, turn))

    def give_result(self, call_id: str, output: str) -> None:
        """The result of a call that the client made."""
        self._results[call_id] = output

    def forget(self, item: str) -> None:
        """A message is deleted that waited."""
        self._inbox = [one for one in self._inbox if one[0] != item]

    def leave_out(self, item: str) -> None:
        """A message is no part of the conversation."""
        self._outside.add(item)

    @property
    def waiting(self) -> tuple[UserTurn | AgentTurn, ...]:
        """What the conversation has not got yet."""
        return tuple(turn for _, turn in self._inbox)

    def open_again(self, before: Earlier, conversation: LiveConversation | None) -> int | None:
        """The place of a turn that can still go on; None where it has been acted upon."""
        place = self.places.get(before.item)
        return place if place is not None and conversation is not None and conversation.may_take_back(place) else None

    def deliver(self, conversation: LiveConversation, calls_elsewhere: bool) -> None:
        """Gives the conversation what came in since the last answer; raises ``ConversationError`` where results of the
        client's own calls are missing.
        """
        turns = conversation.episode.turns
        last = turns[-1] if turns else None
        if calls_elsewhere and isinstance(last, AgentTurn) and last.tool_calls:
            if not self._results and not self._inbox:
                raise ConversationError(
                    "The agent waits for the results of its calls: send function_call_output items first."
                )
            conversation.hear(self._results_of(last))
        self._results.clear()
        inbox, self._inbox = self._inbox, []
        for item, turn in inbox:
            if (before := self._understood.joined(item)) and (place := self.places.get(before)) is not None:
                self._take_back(conversation, place)
            self.places[item] = len(conversation.episode.turns)
            if isinstance(turn, AgentTurn):
                conversation.keep(turn)
                continue
            conversation.hear(turn)
            if not turn.text and turn.audio is not None:
                self._understood.await_words(item, self.places[item])

    def _take_back(self, conversation: LiveConversation, place: int) -> None:
        if conversation.may_take_back(place):
            conversation.take_back(place)
            self._understood.forget(place)
            for item in [item for item, at in self.places.items() if at >= place]:
                del self.places[item]

    def _results_of(self, asking: AgentTurn) -> ToolTurn:
        results: list[ToolResult] = []
        for call in asking.tool_calls:
            output = self._results.get(call.id, "Error: the client gave no result.")
            failed = output.startswith("Error")
            results.append(ToolResult(call_id=call.id, name=call.name, content=output, is_error=failed))
        return ToolTurn(results=(*results, *([MALFORMED] if asking.malformed is not None else [])))

    def keep_heard(self, conversation: LiveConversation, item: str, text: str, milliseconds: float | None) -> None:
        """Of an assistant's message only this was heard; its sound is cut as well where a duration is given."""
        if item in self._outside:
            return
        place = self.places.get(item)
        if place is None:  # it was cancelled before the agent had finished it
            if text:
                self.places[item] = conversation.keep(AgentTurn(text=text))
            return
        turns = conversation.episode.turns
        turn = turns[place]
        if not isinstance(turn, AgentTurn) or turn.text == text:
            return
        if not text and not turn.tool_calls and place == len(turns) - 1:
            conversation.withdraw()
            del self.places[item]
            return
        sound = audio.load(turn.audio) if turn.audio is not None and milliseconds else None
        kept = (
            audio.save(Audio(sound.samples[: int(sound.rate * (milliseconds or 0) / 1000)], sound.rate)) if sound else None
        )
        conversation.amend(place, turn.model_copy(update={"text": text, "audio": kept}))
