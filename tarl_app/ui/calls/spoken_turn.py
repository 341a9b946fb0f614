"""A visitor's speech as a turn."""

from collections.abc import Callable

from tarl_app.core.domain import Domain
from tarl_app.core.errors import SpeechError
from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import UserTurn
from tarl_app.ui.services import Services


def heard(services: Services, domain: Domain, sound: Audio, tell: Callable[[str], None]) -> UserTurn:
    """A turn with the transcript of the sound, which is stored; ``tell`` receives progress messages.

    Raises ``SpeechError``.
    """
    ears = services.ears()
    if ears is None:
        raise SpeechError(f"{services.readiness.why_not(('hearing',))} Please type for now.")
    tell("Listening to what you said…")
    text = ears.transcribe(sound, domain.spoken).strip()
    if not text:
        raise SpeechError("No words were heard. Check the microphone, speak a little louder, or type.")
    return UserTurn(text=text, heard=text, audio=audio.save(sound))
