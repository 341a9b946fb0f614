"""Sounds that nobody speaks, and a joined voice."""

import numpy as np

from tarl_app.core.protocols import TextToSpeech
from tarl_app.core.sound.audio import Audio

RATE = 16_000


def silence(seconds: float) -> Audio:
    return Audio(np.zeros(int(seconds * RATE), dtype=np.float32), RATE)


def white_noise(seconds: float, level: float = 0.1) -> Audio:
    samples = np.random.default_rng(7).normal(0.0, level, int(seconds * RATE))
    return Audio(np.clip(samples, -1, 1).astype(np.float32), RATE)


def hum(seconds: float) -> Audio:
    times = np.arange(int(seconds * RATE)) / RATE
    return Audio((0.3 * np.sin(2 * np.pi * 100 * times)).astype(np.float32), RATE)


def clicks(seconds: float) -> Audio:
    samples = np.zeros(int(seconds * RATE), dtype=np.float32)
    samples[:: RATE // 2] = 0.9
    return Audio(samples, RATE)


def say(engine: TextToSpeech, text: str, voice: str) -> Audio:
    pieces = list(engine.stream(text, voice))
    return Audio(np.concatenate([piece.samples for piece in pieces]), pieces[0].rate)


def join(*sounds: Audio) -> Audio:
    assert len({sound.rate for sound in sounds}) == 1
    return Audio(np.concatenate([sound.samples for sound in sounds]), sounds[0].rate)
