"""Voices and recognisers, loaded once for all tests; their weights come from the cache, or are fetched into it."""

import pytest

from tarl_app.speech import load_engine, load_hearing
from tarl_app.speech.kokoro import Kokoro
from tarl_app.speech.pico import Pico
from tarl_app.speech.whisper import FasterWhisper, OpenAIWhisper


@pytest.fixture(scope="session")
def kokoro() -> Kokoro:
    engine = load_engine("kokoro")
    assert isinstance(engine, Kokoro)
    return engine


@pytest.fixture(scope="session")
def pico() -> Pico:
    return Pico()


@pytest.fixture(scope="session")
def faster_whisper() -> FasterWhisper:
    hearing = load_hearing("faster-whisper")
    assert isinstance(hearing, FasterWhisper)
    return hearing


@pytest.fixture(scope="session")
def openai_whisper() -> OpenAIWhisper:
    hearing = load_hearing("openai-whisper")
    assert isinstance(hearing, OpenAIWhisper)
    return hearing
