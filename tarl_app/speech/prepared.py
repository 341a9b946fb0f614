"""Sentences that are spoken and written down before anybody asks for them, such as the first one of the page's first
call.
"""

from collections.abc import Iterator
from hashlib import sha256

from tarl_app.core.process.once import once
from tarl_app.core.protocols import SpeechToText, TextToSpeech
from tarl_app.core.sound.audio import Audio
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken


class Prepared:
    """An engine (``TextToSpeech``) that keeps what it was asked to prepare; safe to use from any thread."""

    def __init__(self, engine: TextToSpeech) -> None:
        self._engine = engine
        self._kept: dict[tuple[str, str], tuple[Audio, ...]] = {}

    @property
    def name(self) -> str:
        """The engine's name."""
        return self._engine.name

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices it has."""
        return self._engine.voices

    def prepare(self, text: str, voice: str) -> None:
        """Speaks the text, and keeps the sound for as long as the process lasts. Raises ``SpeechError``."""
        self._kept[text, voice] = tuple(self._engine.stream(text, voice))

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        """The text spoken: at once, if it was prepared."""
        kept = self._kept.get((text, voice))
        return self._engine.stream(text, voice) if kept is None else iter(kept)


@once
def prepared(engine: TextToSpeech) -> Prepared:
    """The engine with what was prepared for it, one for the process."""
    return Prepared(engine)


class PreparedHearing:
    """A recogniser (``SpeechToText``) that keeps what it was asked to prepare; safe to use from any thread."""

    def __init__(self, hearing: SpeechToText) -> None:
        self._hearing = hearing
        self._kept: dict[tuple[bytes, int, Spoken], str] = {}

    @property
    def name(self) -> str:
        """The recogniser's name."""
        return self._hearing.name

    def prepare(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> None:
        """Writes down what is said, and keeps it for as long as the process lasts. Raises ``SpeechError``."""
        self._kept[_key(audio, spoken)] = self._hearing.transcribe(audio, spoken)

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        """What is said: at once, if exactly that sound was prepared."""
        kept = self._kept.get(_key(audio, spoken)) if self._kept else None
        return self._hearing.transcribe(audio, spoken) if kept is None else kept


def _key(audio: Audio, spoken: Spoken) -> tuple[bytes, int, Spoken]:
    return sha256(audio.samples.tobytes()).digest(), audio.rate, spoken


@once
def prepared_hearing(hearing: SpeechToText) -> PreparedHearing:
    """The recogniser with what was prepared for it, one for the process."""
    return PreparedHearing(hearing)
