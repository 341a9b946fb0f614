"""What a visitor may send; everything else is refused in words, and nothing of it is kept."""

from tarl_app import audio
from tarl_app.audio import Audio
from tarl_app.errors import ConversationError, SpeechError

LONGEST_TEXT = 2_000
"""Characters of one typed message."""
LONGEST_SOUND = 60.0
"""Seconds of one spoken message."""
SHORTEST_SOUND = 0.3


def message(text: str) -> str:
    """The text to send. Raises ``ConversationError`` for one that is blank or too long."""
    if not text.strip():
        raise ConversationError("There is nothing to send yet: type a message, or hold the microphone button and speak.")
    if len(text) > LONGEST_TEXT:
        size = f"That message has {len(text):,} characters; {LONGEST_TEXT:,} are allowed."
        raise ConversationError(f"{size} Nothing was sent: shorten it and try again.")
    return text.strip()


def recording(data: bytes) -> Audio:
    """The sound in the bytes of a file. Raises ``SpeechError`` for one that is broken, too long or too short."""
    sound = audio.decode(data)
    if sound.seconds > LONGEST_SOUND:
        size = f"That recording is {sound.seconds:.0f} s long; {LONGEST_SOUND:.0f} s are allowed."
        raise SpeechError(f"{size} Nothing was sent.")
    if sound.seconds < SHORTEST_SOUND:
        raise SpeechError("That recording is empty or very short. Hold the button while you speak.")
    return sound
