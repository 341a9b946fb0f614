"""Cuts what is being written into phrases, so that a voice begins after a few words instead of after a sentence.

A voice needs a fixed share of the time that it speaks (0.4 for Kokoro on two cores), so the first phrase is as short as can
be, and each that follows inside a sentence is at least as long as the one before: few, and ready about when that one has
been heard. Phrases end where a speaker would pause, too: after a sentence, after a comma, and before an id that is read out.
"""

import re
from collections.abc import Iterator

from tarl_app.audio import Audio
from tarl_app.speech import Voice
from tarl_app.speech.pronounce import ends_no_sentence, speakable

_PAUSE = re.compile(
    r"(?P<sentence>[.!?…][\"')]*\s+(?=\S)|\n\s*(?=\S))"
    r"|[,;:]\s+(?=\S)"
    r"|(?<=[^\W\d_])\s+(?=#?[A-Za-z]?\d{5}|[A-Za-z_]+_\d{4}|[\w.+-]+@)",
)

_SHORTEST = 10  # characters of a phrase that is no sentence


def phrases(text: str, complete: bool) -> list[str]:
    """The phrases of ``text``, in order; unless it is ``complete``, without the last one, which may still grow.

    More text never changes the phrases before it. Joined with spaces they are the text but for white space.
    """
    found: list[str] = []
    start = spoken = 0
    for pause in _PAUSE.finditer(text):
        phrase = text[start : pause.end()].strip()
        length = len(speakable(phrase))
        ends = pause["sentence"] is not None
        if (
            length
            and not (ends and ends_no_sentence(phrase, text[pause.end() : pause.end() + 1]))
            and (ends or length >= max(spoken, _SHORTEST))
        ):
            found.append(phrase)
            start, spoken = pause.end(), length
    rest = text[start:].strip()
    return [*found, rest] if complete and rest else found


class Speaking:
    """One answer, spoken while it is written."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self._written = ""
        self._said = 0

    def write(self, piece: str) -> Iterator[Audio]:
        """More text has come: the sound of what it completes; raises ``SpeechError``."""
        self._written += piece
        return self._say(phrases(self._written, complete=False))

    def finish(self, text: str) -> Iterator[Audio]:
        """The whole text is known: the sound of the rest; raises ``SpeechError``."""
        return self._say(phrases(text, complete=True))

    def _say(self, parts: list[str]) -> Iterator[Audio]:
        for part in parts[self._said :]:
            self._said += 1
            yield from self.voice.stream(part if re.search(r"\W$", part) else f"{part},")  # as one who goes on
