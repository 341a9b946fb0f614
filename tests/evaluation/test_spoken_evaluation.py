"""A spoken evaluation measures hearing and nothing else: whoever hears perfectly does as in writing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.core.protocols import SpeechToText, TextToSpeech
from tarl_app.core.sound.audio import Audio
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.core.types import Episode, UserTurn
from tarl_app.evaluation.evaluate import Evaluation, EvaluationConfig, Parts, evaluate
from tarl_app.evaluation.report import as_json
from tarl_app.evaluation.reward import trajectory_reward
from tarl_app.speech.channel import channel
from tarl_app.speech.pico import Pico
from tarl_app.users.spoken import SpokenUser

LINE = "phone+noise10+loss5"
WRITTEN = EvaluationConfig(agent="scripted", limit=4, max_agent_turns=5)  # too few turns for some tasks, so that some fail
SPOKEN = WRITTEN.model_copy(update={"speech": True, "voice": "pico:en-US", "channel": LINE})


class Mouth:
    """A real voice that remembers what it says."""

    name = "mouth"
    voices = ("en-US",)

    def __init__(self) -> None:
        self.voice, self.said = Pico(), ""

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        self.said = text
        yield from self.voice.stream(text, voice)


class Ear:
    """Hears what ``mouth`` said last, but for the words it is deaf to; and only if there was a sound."""

    name = "ear"

    def __init__(self, mouth: Mouth, deaf_to: str = "") -> None:
        self.mouth, self.deaf_to = mouth, deaf_to

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        assert audio.seconds > 0.2
        return " ".join(word for word in self.mouth.said.split() if not self.deaf_to or self.deaf_to not in word)


def spoken(parts: Parts, folder: Path, deaf_to: str = "") -> Parts:
    """The same evaluation by voice, over a bad line."""

    def user(task, seed):
        mouth = Mouth()
        voice: TextToSpeech = mouth
        ear: SpeechToText = Ear(mouth, deaf_to)
        return SpokenUser(parts.user(task, seed), voice, "en-US", channel(LINE, seed), ear, folder=folder)

    return replace(parts, user=user)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    return evaluate(WRITTEN, wiring.evaluation_parts(WRITTEN), tmp_path_factory.mktemp("written"))


def run(folder: Path, deaf_to: str = "") -> Evaluation:
    return evaluate(SPOKEN, spoken(wiring.evaluation_parts(WRITTEN), folder / "audio", deaf_to), folder / "spoken")


def answers(episode: Episode) -> list[tuple[str, tuple]]:
    return [(turn.text, turn.tool_calls) for _, turn in episode.agent_turns]


def test_a_perfect_ear_gives_the_verdicts_rewards_and_answers_of_the_written_run(written, tmp_path):
    aloud = run(tmp_path)
    assert {one.verdict.passed for one in written.episodes if one.verdict} == {True, False}
    for one, other in zip(written.episodes, aloud.episodes, strict=True):
        assert other.verdict == one.verdict
        assert answers(other) == answers(one)
        assert trajectory_reward(other) == trajectory_reward(one)
        assert all(turn.audio and turn.heard == turn.text for turn in other.turns if isinstance(turn, UserTurn))
    report = as_json(aloud)
    assert report["pass_hat"] == as_json(written)["pass_hat"]
    assert (report["hearing"]["word_error_rate"], report["hearing"]["exact_turns"]) == (0, 1)
    assert report["hearing"]["success"] == {"right": report["pass_hat"]["1"]}
    assert (report["channel"], as_json(written)["hearing"]) == (LINE, None)


def test_an_ear_that_is_deaf_to_at_signs_is_seen_in_the_word_error_rate_and_in_the_success(written, tmp_path):
    heard = run(tmp_path, deaf_to="@").metrics.hearing
    assert heard is not None
    assert 0 < heard.word_error_rate < 0.5
    assert heard.exact_turns < 1
    assert set(heard.success) - {"right"}
