"""Batched audio encoding for training: waveforms -> augmentation -> log-mel -> audio tower, all on the model's device.

Serving encodes one utterance at a time through the processor and the tower's own ``forward``; training encodes hundreds
at once. Both give the same features (``tests/training/test_audio_batch.py``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers.audio_utils import hertz_to_mel, mel_filter_bank, mel_to_hertz

RATE = 16_000
"""Sample rate of everything in here, Hz."""
N_FFT, HOP, MELS = 400, 160, 80
ROOM_SECONDS = (0.15, 0.7)
"""Reverberation times (RT60) of rooms, from a car to a bare hall."""
_ROOM_DB = (0.0, 15.0)  # of the voice itself above its reverberation
_TALK_DB = (8.0, 25.0)  # of the voice above the others'
MICROPHONE_DB = 8.0
_MICROPHONE_POINTS = 6  # of its frequency response, between which it is linear


@dataclass(frozen=True)
class Augmentation:
    """Augmentation of training speech; probabilities are per utterance."""

    speed_min: float = 0.8
    """Slowest playback; this also changes the pitch, and so simulates more voices."""
    speed_max: float = 1.25
    tract_min: float = 0.85
    """Smallest frequency factor of vocal tract length perturbation; pitch and tempo are unchanged."""
    tract_max: float = 1.18
    noise_probability: float = 0.5
    noise_snr_min_db: float = 5.0
    noise_snr_max_db: float = 35.0
    phone_probability: float = 0.3
    """8 kHz telephone: 300-3400 Hz and mu-law."""
    room_probability: float = 0.0
    """Reverberation of a room: it fades by 60 dB within ``ROOM_SECONDS``."""
    talk_probability: float = 0.0
    """Somebody else talks: another utterance of the batch, backwards, so that nothing in it can be understood."""
    microphone_probability: float = 0.0
    """A microphone that favours some frequencies, by up to ``MICROPHONE_DB``."""
    mask_probability: float = 0.3
    """One band of up to ``mask_mels`` mel channels is silenced."""
    mask_mels: int = 10


def change_speed(wave: Tensor, factor: float) -> Tensor:
    """Plays [n] samples ``factor`` times as fast by linear interpolation (the pitch changes)."""
    length = max(HOP * 4, round(len(wave) / factor))
    return F.interpolate(wave[None, None], size=length, mode="linear", align_corners=False)[0, 0]


def pad_waves(waves: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Stacks waveforms of different lengths: ([B, n], lengths [B])."""
    lengths = torch.tensor([len(w) for w in waves], device=waves[0].device)
    return nn.utils.rnn.pad_sequence(list(waves), batch_first=True), lengths


def _band(wave_BN: Tensor, low: float, high: float) -> Tensor:
    spectrum = torch.fft.rfft(wave_BN)
    hertz = torch.fft.rfftfreq(wave_BN.shape[-1], 1 / RATE, device=wave_BN.device)
    return torch.fft.irfft(spectrum * ((hertz >= low) & (hertz <= high)), n=wave_BN.shape[-1])


def _pink(like: Tensor, generator: torch.Generator) -> Tensor:
    white = torch.randn(like.shape, generator=generator, device=like.device)
    spectrum = torch.fft.rfft(white)
    hertz = torch.fft.rfftfreq(like.shape[-1], 1 / RATE, device=like.device).clamp_min(20)
    noise = torch.fft.irfft(spectrum / hertz.sqrt(), n=like.shape[-1])
    return noise / noise.std(dim=-1, keepdim=True).clamp_min(1e-8)


def _mu_law(wave_BN: Tensor) -> Tensor:
    peak = wave_BN.abs().amax(dim=-1, keepdim=True).clamp_min(1e-6)
    compressed = torch.sign(wave_BN) * torch.log1p(255 * (wave_BN / peak).abs()) / torch.log(torch.tensor(256.0))
    quantised = torch.round(compressed * 127) / 127
    return torch.sign(quantised) * (torch.expm1(quantised.abs() * torch.log(torch.tensor(256.0)))) / 255 * peak


def in_rooms(wave_BN: Tensor, seconds_B1: Tensor, direct_db_B1: Tensor, generator: torch.Generator) -> Tensor:
    """Utterances in rooms whose reverberation fades by 60 dB in ``seconds_B1``, ``direct_db_B1`` below the voice itself.

    A room's response is noise that decays exponentially, as in a diffuse field (Polack 1988); it begins after 2 ms.
    """
    length = round(RATE * 0.6 * ROOM_SECONDS[1])
    at_L = torch.arange(length, device=wave_BN.device) / RATE
    tail_BL = torch.randn(len(wave_BN), length, generator=generator, device=wave_BN.device)
    tail_BL = tail_BL * torch.exp(-6.9 * at_L / seconds_B1) * (at_L > 0.002)
    tail_BL = tail_BL / tail_BL.norm(dim=-1, keepdim=True).clamp_min(1e-8) * 10 ** (-direct_db_B1 / 20)
    size = wave_BN.shape[-1] + length
    tail = torch.fft.irfft(torch.fft.rfft(wave_BN, n=size) * torch.fft.rfft(tail_BL, n=size), n=size)
    return wave_BN + tail[..., : wave_BN.shape[-1]]


def _by_microphones(wave_BN: Tensor, generator: torch.Generator) -> Tensor:
    spectrum = torch.fft.rfft(wave_BN)
    points = torch.rand(len(wave_BN), 1, _MICROPHONE_POINTS, generator=generator, device=wave_BN.device)
    gains = F.interpolate((2 * points - 1) * MICROPHONE_DB, size=spectrum.shape[-1], mode="linear", align_corners=True)
    return torch.fft.irfft(spectrum * 10 ** (gains[:, 0] / 20), n=wave_BN.shape[-1])


def _around(wave_BN: Tensor, augmentation: Augmentation, draw: Callable[..., Tensor], generator: torch.Generator) -> Tensor:
    """What room, other people and microphone make of the voice."""
    if augmentation.room_probability:
        chosen, seconds, direct = draw() < augmentation.room_probability, draw(*ROOM_SECONDS), draw(*_ROOM_DB)
        wave_BN = torch.where(chosen, in_rooms(wave_BN, seconds, direct, generator), wave_BN)
    if augmentation.talk_probability:
        chosen, snr = draw() < augmentation.talk_probability, draw(*_TALK_DB)
        others = wave_BN.roll(1, dims=0).flip(-1)
        loudness = wave_BN.norm(dim=-1, keepdim=True) / others.norm(dim=-1, keepdim=True).clamp_min(1e-8)
        wave_BN = wave_BN + chosen * others * loudness * 10 ** (-snr / 20)
    if augmentation.microphone_probability:
        chosen = draw() < augmentation.microphone_probability
        wave_BN = torch.where(chosen, _by_microphones(wave_BN, generator), wave_BN)
    return wave_BN


def roughen(wave_BN: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """Adds rooms, other people, microphones, noise and a telephone channel to some utterances; shapes are unchanged."""
    batch = wave_BN.shape[0]

    def draw(low: float = 0.0, high: float = 1.0) -> Tensor:
        return torch.rand(batch, 1, generator=generator, device=wave_BN.device) * (high - low) + low

    wave_BN = _around(wave_BN, augmentation, draw, generator)
    power = wave_BN.pow(2).mean(dim=-1, keepdim=True).sqrt()
    snr = draw(augmentation.noise_snr_min_db, augmentation.noise_snr_max_db)
    scale = power * 10 ** (-snr / 20) * (draw() < augmentation.noise_probability)
    noise = scale * _pink(wave_BN, generator)
    by_phone = draw() < augmentation.phone_probability
    around_the_caller = noise * (draw() < 0.5)  # the rest of it is on the line, and has no narrow band
    voice = wave_BN + around_the_caller
    return torch.where(by_phone, _mu_law(_band(voice, 300, 3400)), voice) + noise - around_the_caller


def log_mel(wave_BN: Tensor, lengths_B: Tensor) -> tuple[Tensor, Tensor]:
    """Whisper's log-mel: [B, n] at 16 kHz -> ([B, 80, frames], frames [B])."""
    filters = torch.tensor(
        mel_filter_bank(1 + N_FFT // 2, MELS, 0.0, RATE / 2, RATE, norm="slaney", mel_scale="slaney"),
        dtype=torch.float32,
        device=wave_BN.device,
    )
    window = torch.hann_window(N_FFT, device=wave_BN.device)
    power = torch.stft(wave_BN.float(), N_FFT, HOP, window=window, return_complex=True)[..., :-1].abs().pow(2)
    mel = (filters.T @ power).clamp_min(1e-10).log10()
    frames_B = torch.div(lengths_B, HOP, rounding_mode="floor")
    inside = torch.arange(mel.shape[-1], device=mel.device)[None, None] < frames_B[:, None, None]
    peak = mel.masked_fill(~inside, -10.0).amax(dim=(1, 2), keepdim=True)
    return ((torch.maximum(mel, peak - 8.0) + 4.0) / 4.0) * inside, frames_B


def warp_mels(mel_BMF: Tensor, factors_B: Sequence[float]) -> Tensor:
    """Vocal tract length perturbation (VTLP) of spectrograms: f Hz becomes f / factor.

    Jaitly and Hinton 2013, "Vocal tract length perturbation improves speech recognition". Linear interpolation between
    mel channels; values above 8 kHz are those of the highest channel.
    """
    highest = float(hertz_to_mel(RATE / 2, mel_scale="slaney"))
    centres_M = np.linspace(0.0, highest, MELS + 2)[1:-1]
    warped = []
    for mel_MF, factor in zip(mel_BMF, factors_B, strict=True):
        hertz = np.minimum(mel_to_hertz(centres_M, mel_scale="slaney") * factor, RATE / 2)
        source_M = np.interp(hertz_to_mel(hertz, mel_scale="slaney"), centres_M, np.arange(MELS))
        lower_M = np.floor(source_M).astype(np.int64)
        share_M1 = torch.tensor(source_M - lower_M, dtype=mel_MF.dtype, device=mel_MF.device)[:, None]
        upper_M = np.minimum(lower_M + 1, MELS - 1)
        warped.append(torch.lerp(mel_MF[lower_M.tolist()], mel_MF[upper_M.tolist()], share_M1.expand(-1, mel_MF.shape[1])))
    return torch.stack(warped)


def mask_mels(mel_BMF: Tensor, augmentation: Augmentation, generator: torch.Generator) -> Tensor:
    """SpecAugment's frequency mask (arXiv 1904.08779) on some utterances."""
    batch = mel_BMF.shape[0]
    device = mel_BMF.device
    width = torch.randint(0, augmentation.mask_mels + 1, (batch, 1), generator=generator, device=device)
    start = torch.randint(0, MELS - augmentation.mask_mels, (batch, 1), generator=generator, device=device)
    chosen = torch.rand(batch, 1, generator=generator, device=device) < augmentation.mask_probability
    channel = torch.arange(MELS, device=device)[None]
    hidden = chosen & (channel >= start) & (channel < start + width)
    return mel_BMF.masked_fill(hidden[..., None], 0.0)


def positions(frames: Tensor | int) -> Tensor | int:
    """Number of audio positions (25 Hz) of the tower for mel frames (100 Hz)."""
    return ((frames - 1) // 2 + 1 - 2) // 2 + 1


def tower_hidden(tower: Any, mel_BMF: Tensor, frames_B: Tensor) -> tuple[Tensor, Tensor]:
    """The audio tower up to (not including) its projector, for a padded batch.

    Same arithmetic as ``Qwen2_5OmniAudioEncoder.forward`` with one window per utterance, which packs instead of padding.

    Returns:
        hidden [B, P, d_model] after ``ln_post``, and the valid positions [B].
    """
    dtype = tower.conv1.weight.dtype
    inside = (torch.arange(mel_BMF.shape[-1], device=mel_BMF.device)[None] < frames_B[:, None])[:, None]
    x = F.gelu(tower.conv1(mel_BMF.to(dtype))) * inside
    x = F.gelu(tower.conv2(x)).transpose(1, 2)
    x = x + tower.positional_embedding.positional_embedding[: x.shape[1]].to(x.dtype)
    steps_B = torch.div(frames_B - 1, 2, rounding_mode="floor") + 1
    key_mask = (torch.arange(x.shape[1], device=x.device)[None] < steps_B[:, None])[:, None, None]
    for layer in tower.layers:
        x = _layer(layer, x, key_mask)
    even = x.shape[1] // 2 * 2
    pooled = (x[:, 0:even:2] + x[:, 1:even:2]) / 2
    return tower.ln_post(pooled), torch.div(steps_B - 2, 2, rounding_mode="floor") + 1


def _layer(layer: Any, x_BSD: Tensor, key_mask: Tensor) -> Tensor:
    attention = layer.self_attn
    normed = layer.self_attn_layer_norm(x_BSD)
    heads = [
        projection(normed).unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)
        for projection in (attention.q_proj, attention.k_proj, attention.v_proj)
    ]
    mixed = F.scaled_dot_product_attention(*heads, attn_mask=key_mask)
    x_BSD = x_BSD + attention.out_proj(mixed.transpose(1, 2).flatten(2))
    return x_BSD + layer.fc2(F.gelu(layer.fc1(layer.final_layer_norm(x_BSD))))
