"""A visitor's speech as a turn."""

from collections.abc import Callable

from tarl_app.core.domain import Domain
from tarl_app.core.errors import SpeechError
from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import UserTurn
from tarl_app.ui.services import Services

NO_WORDS = "No words were heard. Check the microphone, speak a little louder, or type."


def heard(services: Services, domain: Domain, sound: Audio, hears: bool, tell: Callable[[str], None]) -> UserTurn:
    """A turn with the sound, which is stored; ``tell`` receives progress messages.

    ``hears``: whoever answers is given the sound itself. Their own ear then says what was said, and the recogniser's
    transcript is only noted beside it, where there is a recogniser and it found words.

    Raises ``SpeechError``: nobody but the recogniser hears, and it is not there or found no words.
    """
    if hears:
        return UserTurn(text="", heard=_transcript(services, domain, sound) or None, audio=audio.save(sound))
    ears = services.ears()
    if ears is None:
        raise SpeechError(f"{services.readiness.why_not(('hearing',))} Please type for now.")
    tell("Listening to what you said…")
    text = ears.transcribe(sound, domain.spoken).strip()
    if not text:
        raise SpeechError(NO_WORDS)
    return UserTurn(text=text, heard=text, audio=audio.save(sound))


def _transcript(services: Services, domain: Domain, sound: Audio) -> str:
    ears = services.ears()
    try:
        return ears.transcribe(sound, domain.spoken).strip() if ears is not None else ""
    except SpeechError:  # a second opinion, which nobody waits for
        return ""
