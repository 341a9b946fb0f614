"""What was spoken and written down before anybody asked for it."""

import numpy as np

from tarl_app import wiring
from tarl_app.core.sound.audio import Audio
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.speech import load_voice
from tarl_app.speech.prepared import Prepared, PreparedHearing
from tarl_app.users.spoken import SpokenUser


class Counting:
    """A recogniser that writes down how often it was asked."""

    name = "counting"

    def __init__(self) -> None:
        self.asked = 0

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        self.asked += 1
        return f"{len(audio.samples)} samples, {self.asked}"


def test_exactly_what_was_prepared_is_not_recognised_again() -> None:
    counting = Counting()
    hearing = PreparedHearing(counting)
    sound = Audio(np.linspace(0, 0.5, 100, dtype=np.float32), 16_000)
    hearing.prepare(sound)
    assert [hearing.transcribe(sound), hearing.transcribe(Audio(sound.samples.copy(), 16_000))] == ["100 samples, 1"] * 2
    assert hearing.transcribe(Audio(sound.samples, 8_000)) == "100 samples, 2"
    assert hearing.transcribe(sound, Spoken(prompt="W1234567")) == "100 samples, 3"
    assert hearing.transcribe(Audio(sound.samples * 0.5, 16_000)) == "100 samples, 4"


def test_what_was_prepared_sounds_at_once_and_the_rest_as_ever() -> None:
    voice = load_voice("pico:en-US")
    engine = Prepared(voice.engine)
    engine.prepare("Hello.", voice.voice)
    first, again = (list(engine.stream("Hello.", voice.voice)) for _ in range(2))
    assert first[0] is again[0]
    assert len(next(iter(engine.stream("Goodbye.", voice.voice))).samples) > 1000


def test_the_usual_customers_first_words_are_those_that_were_prepared() -> None:
    task = wiring.shown_tasks(wiring.playable()[0])[0]
    wiring.prepare_customer(task)
    user = wiring.make_spoken_user(task)
    assert isinstance(user, SpokenUser)
    turn = user.speak(())
    assert turn is not None
    assert turn.heard
    first, again = (next(iter(user.tts.stream(turn.text, user.voice))) for _ in range(2))
    assert first is again
