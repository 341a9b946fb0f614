"""Recordings that people give: kept with their words, listed for the benchmark of hearing, and taken back by a code."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from benchmarks.hearing import recordings as measured
from tarl_app.core.errors import StorageError
from tarl_app.core.settings import settings
from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import AudioRef
from tarl_app.storage.recordings import LIST, LONGEST, Recordings


@pytest.fixture
def sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AudioRef:
    monkeypatch.setenv("TARL_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield audio.save(Audio(np.full(1600, 0.1, np.float32), 16_000))
    settings.cache_clear()


def kept(folder: Path) -> list[tuple[str, int]]:
    return [(sentence.text, len(sound.samples)) for sentence, sound in measured(folder / LIST)]


def test_what_is_given_can_be_measured_and_taken_back(sound: AudioRef, tmp_path: Path) -> None:
    given = Recordings(tmp_path / "given")
    first, second = given.give(sound, "  Cancel my\torder W2026239. "), given.give(sound, "And the lamp.")
    assert kept(given.folder) == [("Cancel my order W2026239.", 1600), ("And the lamp.", 1600)]
    given.take_back(first)
    assert kept(given.folder) == [("And the lamp.", 1600)]
    given.take_back(f" {second} ")
    assert kept(given.folder) == []
    assert list(given.folder.glob("*.wav")) == []


def test_only_the_code_of_a_recording_takes_it_back(sound: AudioRef, tmp_path: Path) -> None:
    given = Recordings(tmp_path)
    code = given.give(sound, "Hello.")
    (file,) = tmp_path.glob("*.wav")
    for other in ("", file.stem, file.name, code[:-1], "../home", "\udcff"):
        with pytest.raises(StorageError, match="no recording with that code"):
            given.take_back(other)
    assert code not in (tmp_path / LIST).read_text()
    assert code not in file.name
    given.take_back(code)
    with pytest.raises(StorageError, match="taken back before"):
        given.take_back(code)


@pytest.mark.parametrize("words", ["", "  \t ", "a\x00b", "x" * (LONGEST + 1)])
def test_words_that_cannot_be_listed_are_refused_and_nothing_is_kept(sound: AudioRef, tmp_path: Path, words: str) -> None:
    folder = tmp_path / "given"
    with pytest.raises(StorageError):
        Recordings(folder).give(sound, words)
    assert list(folder.glob("*.wav")) == []


def test_a_sound_that_is_gone_is_told_of(sound: AudioRef, tmp_path: Path) -> None:
    audio.locate(sound).unlink()
    with pytest.raises(StorageError, match="could not be kept") as told:
        Recordings(tmp_path / "given").give(sound, "Hello.")
    assert str(tmp_path) not in str(told.value)  # a visitor is told no path
    assert not (tmp_path / "given" / LIST).exists()


def test_a_folder_that_cannot_be_made_is_told_of_without_its_path(sound: AudioRef, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    given = Recordings(tmp_path / "file")
    for act in (lambda: given.give(sound, "Hello."), lambda: given.take_back("code")):
        with pytest.raises(StorageError, match="cannot be kept here") as told:
            act()
        assert str(tmp_path) not in str(told.value)


def test_a_folder_takes_so_many_and_no_more(sound: AudioRef, tmp_path: Path) -> None:
    given = Recordings(tmp_path / "given", most=2)
    codes = [given.give(sound, "One."), given.give(sound, "Two.")]
    with pytest.raises(StorageError, match="as many recordings"):
        given.give(sound, "Three.")
    given.take_back(codes[0])
    given.give(sound, "Three.")
    assert len(kept(given.folder)) == 2


def test_many_may_give_at_once(sound: AudioRef, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    with ThreadPoolExecutor(8) as pool:
        codes = [*pool.map(lambda number: Recordings(folder).give(sound, f"Sentence {number}."), range(24))]
    assert len(set(codes)) == len(kept(folder)) == 24


@hypothesis_settings(max_examples=25)
@given(st.text(max_size=60))
def test_any_words_are_listed_as_one_line_or_refused(words: str) -> None:
    with TemporaryDirectory() as folder:
        sound = audio.save(Audio(np.full(160, 0.1, np.float32), 16_000), Path(folder))
        given = Recordings(Path(folder) / "given", Path(folder))
        try:
            given.give(sound, words)
        except StorageError:
            assert not given.folder.exists() or kept(given.folder) == []
        else:
            assert [text for text, _ in kept(given.folder)] == [" ".join(words.split())]
