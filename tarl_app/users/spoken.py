"""A voice for any simulated user: its turns are spoken; the text stays on the turn as the intended text."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from tarl_app.core.protocols import SpeechToText, TextToSpeech, UserSimulator
from tarl_app.core.sound.audio import Audio, save
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.core.types import Turn, UserTurn


class SpokenUser:
    """Speaks the turns of ``inner`` with one voice of ``tts``.

    ``channel`` distorts the sound (noise, a phone line). With ``hearing``, the transcript of the distorted sound is
    noted on the turn, for agents that take no sound, with the ids of ``spoken`` in written form. Sounds are kept in
    ``folder``, by default the settings' audio folder. ``speak`` raises what ``inner`` raises, and ``SpeechError``.
    """

    def __init__(
        self,
        inner: UserSimulator,
        tts: TextToSpeech,
        voice: str,
        channel: Callable[[Audio], Audio] | None = None,
        hearing: SpeechToText | None = None,
        spoken: Spoken = PLAIN_SPEECH,
        *,
        folder: Path | None = None,
    ) -> None:
        self.inner, self.tts, self.voice, self.channel = inner, tts, voice, channel
        self.hearing, self.spoken, self.folder = hearing, spoken, folder
        self.name = f"{inner.name}, spoken"

    def sound_like(self, tts: TextToSpeech, voice: str, channel: Callable[[Audio], Audio] | None) -> None:
        """From the next turn on: another voice, through another channel."""
        self.tts, self.voice, self.channel = tts, voice, channel

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """The inner user's turn with its sound, or None when that user hangs up."""
        turn = self.inner.speak(turns)
        if turn is None or not turn.text.strip():
            return turn
        pieces = list(self.tts.stream(turn.text, self.voice))
        if not pieces:
            return turn
        sound = Audio(np.concatenate([piece.samples for piece in pieces]), pieces[0].rate)
        if self.channel is not None:
            sound = self.channel(sound)
        heard = self.hearing.transcribe(sound, self.spoken) if self.hearing is not None else None
        return turn.model_copy(update={"audio": save(sound, self.folder), "heard": heard})
