"""Sentences that are spoken before anybody asks for them, such as the first one of the page's first call."""

from collections.abc import Iterator

from tarl_app.core.process.once import once
from tarl_app.core.protocols import TextToSpeech
from tarl_app.core.sound.audio import Audio


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
