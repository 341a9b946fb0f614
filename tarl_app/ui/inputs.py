"""What a visitor may send; everything else is refused in words, and nothing of it is kept."""

from pathlib import Path

from tarl_app import audio
from tarl_app.audio import Audio
from tarl_app.errors import ConversationError, SpeechError
from tarl_app.settings import settings

LONGEST_TEXT = 2_000
"""Characters of one typed message."""
LONGEST_SOUND = 60.0
"""Seconds of one spoken message."""
SHORTEST_SOUND = 0.3
SOUND_RATE = 16_000
"""What every ear here hears; the microphone button sends it, too."""


def message(text: str) -> str:
    """The text to send. Raises ``ConversationError`` for one that is blank or too long."""
    if not text.strip():
        raise ConversationError("There is nothing to send yet: type a message, or hold the microphone button and speak.")
    if len(text) > LONGEST_TEXT:
        size = f"That message has {len(text):,} characters; {LONGEST_TEXT:,} are allowed."
        raise ConversationError(f"{size} Nothing was sent: shorten it and try again.")
    return text.strip()


def recording(data: bytes | Path) -> Audio:
    """The sound in a file, or in the bytes of one, at 16 kHz. Raises ``SpeechError`` for one that cannot be sent.

    On a public page it is read in a process of its own, as it comes from anybody.
    """
    name = "" if isinstance(data, Path) else "That recording"
    try:
        sound = audio.decode(data, name, longest=LONGEST_SOUND, rate=SOUND_RATE, apart=settings().space)
    except SpeechError as error:
        raise SpeechError(f"{error} Nothing was sent.") from error
    if sound.seconds < SHORTEST_SOUND:
        raise SpeechError("That recording is empty or very short. Hold the button while you speak.")
    return sound
