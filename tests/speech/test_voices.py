"""Voices speak, and say who they are."""

from pathlib import Path

import numpy as np
import pytest

from tarl_app.core.errors import Cancelled, SpeechError
from tarl_app.recipes.omni_mini.data.dataset import Pack, Utterance
from tarl_app.recipes.omni_mini.stages.speak import speak
from tarl_app.speech import AGENT_VOICE, BULK_VOICE, USER_VOICE, VOICES, load_hearing, load_voice, require_trainable
from tarl_app.speech.coqui import Coqui
from tarl_app.speech.kokoro import Kokoro
from tarl_app.speech.pico import Pico
from tarl_app.speech.pool import until
from tarl_app.speech.programs import Espeak, Flite


def test_pico_speaks_each_sentence_at_sixteen_kilohertz(pico: Pico) -> None:
    pieces = list(pico.stream("Good morning. How can I help you?", "en-US"))
    assert len(pieces) == 2
    for piece in pieces:
        assert piece.rate == 16_000
        assert piece.samples.dtype == np.float32
        assert 0.05 < np.abs(piece.samples).max() <= 1.0
        assert 0.5 < piece.seconds < 5


def test_two_pico_voices_differ(pico: Pico) -> None:
    american, british = (next(iter(pico.stream("Good morning.", voice))) for voice in pico.voices)
    assert len(american.samples) != len(british.samples) or not np.array_equal(american.samples, british.samples)


def test_a_faster_pico_takes_less_time() -> None:
    slow, fast = (next(iter(Pico(speed=speed).stream("Good morning to you.", "en-US"))) for speed in (1.0, 1.5))
    assert fast.seconds < 0.9 * slow.seconds


def test_an_unknown_voice_is_refused_before_anything_is_spoken(pico: Pico) -> None:
    with pytest.raises(SpeechError, match="Known: en-US, en-GB"):
        pico.stream("Hello", "xx")


@pytest.mark.parametrize("text", ["", "   ", "...", "\n\n", "*** ---"])
def test_a_text_without_words_is_silent(pico: Pico, text: str) -> None:
    assert list(pico.stream(text, "en-US")) == []
    with pytest.raises(SpeechError, match="nothing to say"):
        load_voice(BULK_VOICE).say(text)


def test_a_voice_is_loaded_by_its_name() -> None:
    voice = load_voice("pico:en-GB")
    assert voice.name == "pico:en-GB"
    assert voice.say("Hello there. Good bye.").seconds > 1
    assert load_voice("pico").name == "pico:en-US"
    assert load_voice("pico").engine is voice.engine


@pytest.mark.parametrize("name", ["", "nobody:x", "pico:xx"])
def test_an_unknown_engine_or_voice_names_the_known_ones(name: str) -> None:
    with pytest.raises(SpeechError, match="Known: "):
        load_voice(name)


def test_an_unknown_recogniser_names_the_known_ones() -> None:
    with pytest.raises(SpeechError, match="faster-whisper, openai-whisper"):
        load_hearing("ears")


def test_the_three_default_voices_are_of_known_engines() -> None:
    assert {name.partition(":")[0] for name in (AGENT_VOICE, USER_VOICE, BULK_VOICE)} <= set(VOICES)


def test_coqui_says_how_to_install_it_where_it_is_missing() -> None:
    with pytest.raises(SpeechError, match=r"pip install -r requirements-gpu\.txt"):
        Coqui()


@pytest.mark.slow
def test_kokoro_speaks_each_sentence_with_the_voice_asked_for(kokoro: Kokoro) -> None:
    spoken = {voice: list(kokoro.stream("Good morning. How are you?", voice)) for voice in ("jf_gongitsune", "jm_kumo")}
    for pieces in spoken.values():
        assert len(pieces) == 2
        for piece in pieces:
            assert piece.rate == 24_000
            assert piece.samples.dtype == np.float32
            assert 0.05 < np.abs(piece.samples).max() <= 1.0
            assert 0.6 < piece.seconds < 4
    agent, user = (pitch(pieces[0].samples, 24_000) for pieces in spoken.values())
    assert agent > 1.3 * user  # a woman's and a man's voice


@pytest.mark.slow
def test_every_kokoro_voice_of_the_list_is_in_the_weights(kokoro: Kokoro) -> None:
    assert set(kokoro.voices) == set(kokoro.styles)
    with pytest.raises(SpeechError, match="Known: jf_gongitsune"):
        kokoro.stream("Hello", "af_heart")


@pytest.mark.slow
def test_kokoro_speaks_words_of_other_scripts_or_nothing_but_never_fails(kokoro: Kokoro) -> None:
    for text in ("日本", "Привет, мир", "😀 ok", "ñandú über", "a" * 240):
        assert all(np.isfinite(piece.samples).all() for piece in kokoro.stream(text, "jm_kumo"))


@pytest.mark.slow
def test_kokoro_takes_a_seat_and_computes_nothing_for_a_call_that_was_left(kokoro: Kokoro) -> None:
    with until(lambda: True), pytest.raises(Cancelled):
        next(kokoro.stream("Good morning.", "jm_kumo"))
    assert kokoro.pool.waiting == 0


def pitch(samples: np.ndarray, rate: int) -> float:
    """The median pitch of the loud frames in Hz, by autocorrelation."""
    size, found = rate // 20, []
    for at in range(0, len(samples) - size, size // 2):
        frame = samples[at : at + size] - samples[at : at + size].mean()
        if np.sqrt(np.mean(frame**2)) < 0.05:
            continue
        correlation = np.correlate(frame, frame, "full")[size - 1 :]
        low, high = rate // 400, rate // 70
        found.append(rate / (low + int(np.argmax(correlation[low:high]))))
    return float(np.median(found))


PROGRAMS = (Flite, Espeak)


@pytest.mark.parametrize("voice", [f"{program.name}:{voice}" for program in PROGRAMS for voice in program.voices])
def test_a_program_speaks_each_sentence_with_every_voice(voice: str) -> None:
    pieces = list(load_voice(voice).stream("Good morning. How can I help you?"))
    assert len(pieces) == 2
    assert all(0.3 < piece.seconds < 5 and np.abs(piece.samples).max() > 0.05 for piece in pieces)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_faster_program_takes_less_time(program: type[Flite] | type[Espeak]) -> None:
    slow, fast = (next(iter(program(speed=speed).stream("Good morning to you."))) for speed in (1.0, 1.5))
    assert fast.seconds < 0.9 * slow.seconds


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_says_what_stands_in_the_sentence_and_takes_no_option_from_it(
    program: type[Flite] | type[Espeak], tmp_path: Path
) -> None:
    target = tmp_path / "stolen.wav"
    pieces = program().stream(f"-w {target} --help -o {target} $(touch {target})")
    assert sum(piece.seconds for piece in pieces) > 1
    assert not target.exists()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_refuses_an_unknown_voice_before_anything_is_spoken(program: type[Flite] | type[Espeak]) -> None:
    with pytest.raises(SpeechError, match=f"Known: {program.voices[0]}"):
        program().stream("Hello", "xx")


@pytest.mark.parametrize("program", PROGRAMS)
def test_without_the_program_it_is_said_how_to_install_it(
    program: type[Flite] | type[Espeak], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SpeechError, match=f"apt install {program.program}"):
        program()


@pytest.mark.parametrize("voice", ["espeak:en-us", "espeak:en-gb", "espeak"])
def test_no_training_hears_a_voice_that_is_kept_for_measuring(voice: str, tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="for measuring only"):
        require_trainable(voice)
    require_trainable("flite:slt")
    Pack((), (Utterance("Hello.", "pico:en-US", ()), Utterance("Hello.", voice, ()))).save(tmp_path)
    with pytest.raises(SpeechError, match="for measuring only"):
        speak(tmp_path, 1)
    assert not list(tmp_path.glob("speech-*"))


def test_two_kokoro_voices_blend_into_one_of_its_own(kokoro: Kokoro) -> None:
    blend, one, other = (
        next(iter(kokoro.stream("Hello.", voice))).samples for voice in ("jm_kumo+jf_alpha", "jm_kumo", "jf_alpha")
    )
    assert len({len(blend), len(one), len(other)}) > 1 or not (np.array_equal(blend, one) or np.array_equal(blend, other))
    assert load_voice("kokoro:jm_kumo+jf_alpha").name == "kokoro:jm_kumo+jf_alpha"
    with pytest.raises(SpeechError, match=r"no voice 'jm_kumo\+nobody'"):
        kokoro.stream("Hello.", "jm_kumo+nobody")
