"""What the caller's messages were understood as, by the agent or by the recogniser, told as facts."""

from collections.abc import Callable

from tarl_app.conversation import LiveConversation
from tarl_app.core.errors import SpeechError
from tarl_app.core.sound import audio
from tarl_app.core.types import UserTurn
from tarl_app.realtime.call import facts
from tarl_app.realtime.call.joining import remainder
from tarl_app.realtime.call.transcripts import Transcripts


class Understood:
    """Used from the conversation's thread alone."""

    def __init__(self, transcripts: Transcripts, tell: Callable[[facts.Fact], None]) -> None:
        self._transcripts, self._tell = transcripts, tell
        self._joins: dict[str, tuple[str, str]] = {}  # messages that go on with another one, which was so understood
        self._wordless: dict[str, int] = {}  # messages of sound whose words are not known, and their places

    def join(self, item: str, before: str, text: str) -> None:
        """A message goes on with the one ``before``, which was understood as ``text``."""
        self._joins[item] = (before, text)

    def joined(self, item: str) -> str:
        """The message that it goes on with; empty where it does not."""
        return self._joins.get(item, ("", ""))[0]

    def await_words(self, item: str, place: int) -> None:
        """The words of the message at that place of the conversation are not known yet."""
        self._wordless[item] = place

    def forget(self, place: int) -> None:
        """The turns from that place on were taken back."""
        self._wordless = {item: at for item, at in self._wordless.items() if at < place}

    def tell(self, item: str, text: str, seconds: float) -> None:
        """Tells what a message was understood as; of one that goes on with another, the words that it adds, and both."""
        before, known = self._joins.get(item, ("", ""))
        self._tell(facts.Transcribed(item, remainder(text, known) if before else text, seconds))
        if before:
            self._tell(facts.Joined(item, before, text))

    def by_agent(self, conversation: LiveConversation) -> None:
        """Tells the words that the agent recognised in sounds."""
        turns = conversation.episode.turns
        for item, place in [*self._wordless.items()]:
            turn = turns[place]
            if isinstance(turn, UserTurn) and turn.text:
                del self._wordless[item]
                self.tell(item, turn.text, turn.audio.seconds if turn.audio else 0.0)

    def by_recogniser(self, conversation: LiveConversation) -> None:
        """Sounds whose words the agent did not recognise get a transcript, for the judge and the record."""
        wordless, self._wordless = self._wordless, {}
        for item, place in wordless.items():
            turn = conversation.episode.turns[place]
            if isinstance(turn, UserTurn) and turn.audio is not None:
                try:
                    text = self._transcripts.of(audio.load(turn.audio))
                    self.tell(item, text, turn.audio.seconds)
                except SpeechError as error:
                    self._tell(facts.Transcribed(item, "", 0.0, str(error)))
                    continue
                conversation.amend(place, turn.model_copy(update={"text": text}))
        self._transcripts.seconds = None
