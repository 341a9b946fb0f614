"""Validates what a visitor sends; invalid input is refused with a message, and not stored."""

import base64
import binascii
from pathlib import Path

from tarl_app.core.characters import whole
from tarl_app.core.errors import ConversationError, SpeechError
from tarl_app.core.settings import settings
from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import Audio

LONGEST_TEXT = 2_000
"""Most characters of one typed message."""
LONGEST_SOUND = 60.0
"""Most seconds of one spoken message."""
SHORTEST_SOUND = 0.3
SOUND_RATE = 16_000
"""Sampling rate in Hz of all recognition; the microphone button sends it, too."""
LARGEST_RECORDING = 4_000_000
"""Characters of base64: about 90 s of 16 kHz sound, more than the 60 s that a message may last."""


def message(text: str) -> str:
    """The text to send. Raises ``ConversationError`` for one that is blank or too long."""
    if not text.strip():
        raise ConversationError("There is nothing to send yet: type a message, or hold the microphone button and speak.")
    if len(text) > LONGEST_TEXT:
        size = f"That message has {len(text):,} characters; {LONGEST_TEXT:,} are allowed."
        raise ConversationError(f"{size} Nothing was sent: shorten it and try again.")
    return whole(text.strip())


def recorded(text: str) -> bytes:
    """The sound file in what the page's microphone sends, in base64. Raises ``SpeechError``."""
    if len(text) > LARGEST_RECORDING:
        raise SpeechError("That recording is too long: a message may last one minute. Nothing was sent.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:  # ValueError: other characters than ASCII
        raise SpeechError("The recording arrived damaged. Please say it again.") from error


def index(text: str) -> int | None:
    """The list index that a button of the page names; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def recording(data: bytes | Path) -> Audio:
    """The sound in a file, or in the bytes of one, at 16 kHz. Raises ``SpeechError`` for one that cannot be sent.

    On a public page it is decoded in a separate process, since it is untrusted.
    """
    name = "" if isinstance(data, Path) else "That recording"
    try:
        sound = audio.decode(data, name, longest=LONGEST_SOUND, rate=SOUND_RATE, apart=settings().space)
    except SpeechError as error:
        raise SpeechError(f"{error} Nothing was sent.") from error
    if sound.seconds < SHORTEST_SOUND:
        raise SpeechError("That recording is empty or very short. Hold the button while you speak.")
    return sound
