"""The words of a caller's sounds, of agents that do not hear or recognise no words."""

import time

from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import Audio
from tarl_app.realtime.call.parts import Parts


class Transcripts:
    """Used from the conversation's thread alone."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._ahead: tuple[str, str] | None = None  # the path of a sound that was heard ahead, and its words
        self.seconds: float | None = None
        """How long the last one took."""

    def ahead(self, sound: Audio) -> str:
        """The words of what may become the next message; kept for it. Raises ``SpeechError``."""
        text = self._parts.hearing().transcribe(sound, self._parts.domain.spoken).strip()
        self._ahead = (audio.reference(sound).path, text)
        return text

    def of(self, sound: Audio, path: str = "") -> str:
        """The words of a message; ``path`` is that of its stored sound. Raises ``SpeechError``."""
        started = time.perf_counter()
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == path:
            text = ahead[1]
        else:
            text = self._parts.hearing().transcribe(sound, self._parts.domain.spoken).strip()
        self.seconds = time.perf_counter() - started
        return text
