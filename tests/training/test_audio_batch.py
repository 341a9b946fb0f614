"""Batched hearing gives what the processor and the audio tower give one utterance at a time."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import WhisperFeatureExtractor

from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.training.batch.audio_batch import (
    Augmentation,
    change_speed,
    in_rooms,
    log_mel,
    mask_mels,
    pad_waves,
    positions,
    roughen,
    tower_hidden,
    warp_mels,
)


def tone(seconds: float, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    time = torch.arange(int(seconds * 16_000)) / 16_000
    return 0.3 * torch.sin(2 * torch.pi * 220 * (1 + seed) * time) + 0.05 * torch.randn(time.shape, generator=generator)


def test_log_mel_equals_whispers_feature_extractor():
    wave = tone(1.3)
    expected = WhisperFeatureExtractor()(wave.numpy(), sampling_rate=16_000, padding="do_not_pad", return_tensors="np")
    mel, frames = log_mel(wave[None], torch.tensor([len(wave)]))
    features = expected["input_features"][0]
    assert int(frames[0]) == features.shape[-1]
    assert np.abs(mel[0].numpy() - features).max() < 1e-3


def test_a_padded_batch_hears_the_same_as_each_utterance_alone():
    thinker, _ = tiny_random_thinker()
    tower = thinker.model.audio_tower
    waves = [tone(0.7), tone(1.31, 1), tone(1.0, 2)]
    wave, lengths = pad_waves(waves)
    mel, frames = log_mel(wave, lengths)
    with torch.no_grad():
        hidden, counts = tower_hidden(tower, mel, frames)
        for i, count in enumerate(counts.tolist()):
            length = int(frames[i])
            alone = tower(mel[i, :, :length], feature_lens=torch.tensor([length])).last_hidden_state
            assert alone.shape[0] == count == positions(length)
            assert torch.allclose(tower.proj(hidden[i, :count]), alone, atol=1e-4)


def test_telephone_and_noise_change_the_sound_but_not_its_shape():
    wave, _ = pad_waves([tone(0.5), tone(0.4, 1)])
    rough = roughen(wave, Augmentation(noise_probability=1.0, phone_probability=1.0), torch.Generator().manual_seed(0))
    assert rough.shape == wave.shape
    assert torch.isfinite(rough).all()
    assert not torch.allclose(rough, wave, atol=1e-3)


def above_the_telephones_band(wave: torch.Tensor) -> torch.Tensor:
    power = torch.fft.rfft(wave).abs().square()
    hertz = torch.fft.rfftfreq(wave.shape[-1], 1 / 16_000)
    return power[:, hertz > 4500].sum(-1) / power.sum(-1)


def test_noise_is_around_the_caller_or_on_the_line():
    wave = tone(0.5).repeat(64, 1)
    loud = Augmentation(noise_probability=1.0, noise_snr_min_db=0.0, noise_snr_max_db=0.0, phone_probability=1.0)
    shares = above_the_telephones_band(roughen(wave, loud, torch.Generator().manual_seed(0)))
    assert 16 < int((shares < 0.01).sum()) < 48  # a caller's noise is as narrow as the voice
    silent = Augmentation(noise_probability=0.0, phone_probability=1.0)
    assert (above_the_telephones_band(roughen(wave, silent, torch.Generator().manual_seed(0))) < 0.01).all()


def test_without_roughening_the_sound_is_untouched():
    wave, _ = pad_waves([tone(0.5)])
    plain = Augmentation(noise_probability=0.0, phone_probability=0.0, mask_probability=0.0)
    assert torch.equal(roughen(wave, plain, torch.Generator().manual_seed(0)), wave)
    mel = torch.ones(2, 80, 7)
    assert torch.equal(mask_mels(mel, plain, torch.Generator().manual_seed(0)), mel)


def decibels(wave: torch.Tensor, other: torch.Tensor) -> float:
    return 20 * float((wave.norm() / other.norm()).log10())


@pytest.mark.parametrize("seconds", [0.2, 0.6])
def test_a_room_answers_a_clap_and_fades_by_60_decibels_in_its_time(seconds: float):
    clap = torch.zeros(1, 16_000)
    clap[0, 0] = 1.0
    room = in_rooms(clap, torch.tensor([[seconds]]), torch.tensor([[6.0]]), torch.Generator().manual_seed(0))
    tail = room - clap
    assert room.shape == clap.shape
    assert tail[0, : round(0.002 * 16_000)].abs().max() < 1e-6  # the voice itself comes first
    assert decibels(clap, tail) == pytest.approx(6.0, abs=0.1)
    first, later = (tail[0, at : at + 800] for at in (160, 160 + round(16_000 * seconds / 3)))
    assert decibels(first, later) == pytest.approx(20.0, abs=2.5)


def test_others_talk_behind_the_voice_and_cannot_be_understood():
    waves = torch.randn(2, 8000, generator=torch.Generator().manual_seed(1)) * torch.tensor([[1.0], [0.1]])
    alone = Augmentation(noise_probability=0.0, phone_probability=0.0, talk_probability=1.0)
    added = roughen(waves, alone, torch.Generator().manual_seed(0)) - waves
    for voice, behind, other in zip(waves, added, waves.flip(0), strict=True):
        assert 8.0 <= decibels(voice, behind) <= 25.0
        assert torch.cosine_similarity(behind, other.flip(0), dim=0) > 0.999  # backwards


def test_a_microphone_favours_frequencies_by_eight_decibels_at_most():
    time = torch.arange(16_000) / 16_000
    tones = torch.stack([torch.sin(2 * torch.pi * hertz * time) for hertz in (300, 1500, 3000, 6000)])
    bent = Augmentation(noise_probability=0.0, phone_probability=0.0, microphone_probability=1.0)
    heard = roughen(tones, bent, torch.Generator().manual_seed(0))
    assert torch.cosine_similarity(heard, tones).min() > 0.999  # louder or softer, and the same tones
    changes = [decibels(one, other) for one, other in zip(heard, tones, strict=True)]
    assert max(map(abs, changes)) <= 8.01
    assert len({round(change, 1) for change in changes}) == 4


@given(st.floats(0.5, 2.0))
@settings(max_examples=20, deadline=None)
def test_speed_changes_the_length_by_its_factor(factor: float):
    assert len(change_speed(tone(0.5), factor)) == pytest.approx(8000 / factor, abs=1)


def test_a_longer_vocal_tract_moves_all_frequencies_down_and_leaves_the_time_alone():
    time = torch.arange(8000) / 16_000
    waves = torch.stack([torch.sin(2 * torch.pi * hertz * time) for hertz in (2000.0, 2000.0 / 1.15)])
    mel, _ = log_mel(waves, torch.tensor([8000, 8000]))
    warped = warp_mels(mel, [1.15, 1.0])
    assert warped.shape == mel.shape
    assert torch.equal(warped[1], mel[1])
    assert (warped[0].mean(-1).argmax() - mel[1].mean(-1).argmax()).abs() <= 1
    assert warped[0].mean(-1).argmax() < mel[0].mean(-1).argmax()
