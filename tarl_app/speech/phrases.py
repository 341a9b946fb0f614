"""Splits growing text into phrases, so that speech begins after a few words instead of after a sentence.

Synthesis takes a fixed share of the duration of the speech (0.4 for Kokoro on two cores). The first phrase is therefore
as short as possible, and each later one inside a sentence is at least as long as the one before, so that it is ready
about when that one has been heard. Phrases end where a speaker would pause: after a sentence, after a comma, and before
an id.
"""

import re
from collections.abc import Iterator

from tarl_app.core.errors import SoundTooLong
from tarl_app.core.sound.audio import Audio
from tarl_app.language.text_normalization.spoken_form import ends_no_sentence, speakable
from tarl_app.speech import Voice

_PAUSE = re.compile(
    r"(?P<sentence>[.!?…][\"')]*\s+(?=\S)|\n\s*(?=\S))"
    r"|[,;:]\s+(?=\S)"
    r"|(?<=[^\W\d_])\s+(?=#?[A-Za-z]?\d{5}|[A-Za-z_]+_\d{4}|[\w.+-]+@)",
)

LONGEST_ANSWER = 2_000
"""Most characters of one answer that are spoken: about two minutes."""
_SHORTEST = 10  # fewest characters of a phrase that is not a sentence


def phrases(text: str, complete: bool) -> list[str]:
    """The phrases of ``text``, in order; unless it is ``complete``, without the last one, which may still grow.

    More text never changes the phrases before it. Joined with spaces they equal the text, except for white space.
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
    """One answer, spoken while it is written. Computed lazily; nothing is spoken twice."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self._written = ""
        self._said = 0  # spoken phrases, including the current one
        self._under_way: Iterator[Audio] = iter(())
        self._phrase = ""

    def take_phrase(self) -> str:
        """The phrase whose sound comes now; empty when it was taken before."""
        taken, self._phrase = self._phrase, ""
        return taken

    def write(self, piece: str) -> Iterator[Audio]:
        """Adds text and yields the sound of the phrases that it completes; raises ``SpeechError``."""
        if len(self._written) == LONGEST_ANSWER:
            return iter(())
        self._written = (self._written + piece)[:LONGEST_ANSWER]
        return self._say(phrases(self._written, complete=False))

    def finish(self, text: str) -> Iterator[Audio]:
        """Ends the text and yields the sound of the rest.

        Raises:
            SoundTooLong: after the last sound of an answer that exceeds ``LONGEST_ANSWER``.
            SpeechError: the voice fails.
        """
        whole = len(text) <= LONGEST_ANSWER
        yield from self._say(phrases(text[:LONGEST_ANSWER], complete=whole))
        if not whole:
            raise SoundTooLong("This answer is very long: its end is in writing only.")

    def _say(self, parts: list[str]) -> Iterator[Audio]:
        yield from self._rest()
        for part in parts[self._said :]:
            self._said += 1
            self._phrase = part
            self._under_way = self.voice.stream(part if re.search(r"\W$", part) else f"{part},")  # as an unfinished sentence
            yield from self._rest()

    def _rest(self) -> Iterator[Audio]:
        """Not ``yield from``: a consumer that stops in the middle of a phrase gets its rest next time."""
        for sound in self._under_way:  # noqa: UP028
            yield sound
