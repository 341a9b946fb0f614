"""From sound to what the thinker hears: log-mel frames, the count of audio positions, and the embeddings.

Whisper's encoder (the audio tower) turns 100 mel frames a second into 25 states a second. The projector, Qwen2.5-Omni's
own or ``projector.AudioProjector``, turns these into input embeddings of the language model.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import soxr
import torch
from transformers import Qwen2_5OmniThinkerForConditionalGeneration, WhisperFeatureExtractor

from tarl_app.agents.omni.audio.attention_decoder import States
from tarl_app.agents.omni.audio.keyword_spotting import Recognition, class_scores
from tarl_app.agents.omni.audio.projector import AudioProjector
from tarl_app.agents.omni.model.layout import audio_tower
from tarl_app.core.errors import AgentError, SoundTooLong
from tarl_app.core.sound.audio import Audio, load
from tarl_app.core.types import AudioRef

RATE = 16_000
FRAMES_PER_SECOND = 100
WINDOW_SECONDS = 30
"""Of the audio tower's attention, as in Whisper."""
_SHORTEST = 0.1  # seconds; shorter sounds are padded with silence, so that there is at least one position
_REMEMBERED = 64


@cache
def _extractor(mels: int) -> WhisperFeatureExtractor:
    return WhisperFeatureExtractor(feature_size=mels, sampling_rate=RATE)


def log_mel(audio: Audio, mels: int = 80) -> torch.Tensor:
    """Whisper's log-mel spectrogram of the sound alone (no padding to 30 s), float32 of shape [mels, frames]."""
    samples = audio.samples if audio.rate == RATE else soxr.resample(audio.samples, audio.rate, RATE)
    short = int(_SHORTEST * RATE) - len(samples)
    if short > 0:
        samples = np.pad(samples, (0, short))
    features = _extractor(mels)(
        np.asarray(samples, dtype=np.float32),
        sampling_rate=RATE,
        padding="do_not_pad",
        truncation=False,
        return_tensors="np",
    )
    return torch.from_numpy(np.ascontiguousarray(features["input_features"][0], dtype=np.float32))


def audio_positions(frames: int) -> int:
    """How many states the audio tower makes of that many mel frames: 25 a second, each one audio token of Qwen2.5-Omni."""
    after_convolution = (frames - 1) // 2 + 1
    return (after_convolution - 2) // 2 + 1


class Ear:
    """Reads stored sounds and remembers the last spectrograms; safe to share between threads."""

    def __init__(self, mels: int = 80, longest: float = 60.0, folder: Path | None = None) -> None:
        """``longest`` is in seconds; ``folder`` is where the sounds lie (default ``Settings.audio``)."""
        self.mels, self.longest, self.folder = mels, longest, folder
        self._lock = Lock()
        self._features: OrderedDict[str, torch.Tensor] = OrderedDict()

    def features(self, ref: AudioRef) -> torch.Tensor:
        """The spectrogram, float32 [mels, frames].

        Raises:
            SpeechError: the sound is gone or broken.
            AgentError: it is longer than ``longest`` seconds.
        """
        with self._lock:
            if ref.path in self._features:
                self._features.move_to_end(ref.path)
                return self._features[ref.path]
        try:
            audio = load(ref, self.folder, self.longest)
        except SoundTooLong as error:
            raise AgentError(f"{error} The agent listens to {self.longest:.0f} s at most.") from error
        return self.remember(ref, audio)

    def remember(self, ref: AudioRef, audio: Audio) -> torch.Tensor:
        """The spectrogram of a sound that need not be stored (yet), also for later ``features``."""
        features = log_mel(audio, self.mels)
        with self._lock:
            self._features[ref.path] = features
            while len(self._features) > _REMEMBERED:
                self._features.popitem(last=False)
        return features


@dataclass(frozen=True)
class Heard:
    """What a thinker gets of one sound: ``embeddings`` [n, hidden], and what its projector took them for.

    ``recognition`` is None for a projector that does not recognise words (Qwen2.5-Omni's own).
    """

    embeddings: torch.Tensor
    recognition: Recognition | None = None


def listen(thinker: Qwen2_5OmniThinkerForConditionalGeneration, features: Sequence[torch.Tensor]) -> list[Heard]:
    """What the thinker gets of each spectrogram [mels, frames].

    Gradients flow as the caller's grad mode and the weights' ``requires_grad`` say.
    """
    output, states, counts, encoded = _tower(thinker, features)
    projector = audio_tower(thinker).proj
    if not isinstance(projector, AudioProjector):
        return [Heard(part) for part in output.split(counts.tolist())]
    read = projector.compress(states, counts, encoded)
    logprobs = read.logits.detach().float().log_softmax(-1).cpu().split((2 * counts).tolist())
    return [
        Heard(embeds, Recognition(text, class_scores(own.numpy(), projector.letters)))
        for embeds, text, own in zip(read.embeds.split(read.counts.tolist()), read.texts, logprobs, strict=True)
    ]


def hear(
    thinker: Qwen2_5OmniThinkerForConditionalGeneration, features: Sequence[torch.Tensor], *, states: bool = False
) -> list[torch.Tensor]:
    """The embeddings [n_i, hidden] of ``listen``.

    With ``states`` it is the audio tower's states [n_i, width] before the projector (the input of ``ctc_logits``).
    """
    if not states:
        return [heard.embeddings for heard in listen(thinker, features)]
    _, seen, counts, _ = _tower(thinker, features)
    return list(seen.split(counts.tolist()))


def silence(thinker: Qwen2_5OmniThinkerForConditionalGeneration) -> States:
    """The encoder's states of a window of silence, [1500, width]."""
    quiet = log_mel(Audio(np.zeros(WINDOW_SECONDS * RATE, np.float32), RATE), audio_tower(thinker).num_mel_bins)
    with torch.inference_mode():
        (states,) = _tower(thinker, [quiet], encoded=True)[3]
    return states


def _tower(
    thinker: Qwen2_5OmniThinkerForConditionalGeneration, features: Sequence[torch.Tensor], encoded: bool | None = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, list[States]]:
    """The tower's output [N, hidden], its states [N, width] before the projector, and how many are of each sound.

    And, where ``encoded`` (by default: where the projector has use for them), Whisper's states of each sound, 50 a second.
    """
    tower = audio_tower(thinker)
    if encoded is None:
        encoded = isinstance(tower.proj, AudioProjector) and tower.proj.attention is not None
    lengths = torch.tensor([f.shape[1] for f in features], device=tower.device)
    joined = torch.cat([f.to(lengths.device) for f in features], dim=1)
    counts = torch.tensor([audio_positions(f.shape[1]) for f in features], device=tower.device)
    seen: list[torch.Tensor] = []
    last: list[torch.Tensor] = []
    hooks = [tower.proj.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))]
    if encoded:
        hooks.append(tower.layers[-1].register_forward_hook(lambda _, __, output: last.append(output[0])))
    try:
        after_convolution = (lengths - 1) // 2 + 1
        output = tower(joined, feature_lens=lengths, aftercnn_lens=after_convolution).last_hidden_state
    finally:
        for hook in hooks:
            hook.remove()
    states: list[States] = []
    if encoded:
        with torch.no_grad():
            whole = tower.ln_post(last[0].detach()).float().cpu()
        states = [part.numpy() for part in whole.split(after_convolution.tolist())]
    return output, seen[0], counts, states


def forward_checked(
    thinker: Qwen2_5OmniThinkerForConditionalGeneration,
    input_ids: torch.Tensor,
    features: Sequence[torch.Tensor] = (),
    **inputs: Any,
) -> Any:
    """``thinker(input_ids=..., **inputs)`` with the sounds whose placeholders are in ``input_ids`` [B, T], row by row.

    transformers runs a forward pass without the sounds silently, on the placeholders' own embeddings, which shifts every
    log-probability; here it is an error.

    Raises:
        AgentError: the placeholders do not match the spectrograms.
    """
    slots_BT = input_ids == thinker.config.audio_token_index
    sounds_ND = torch.cat(hear(thinker, features)) if features else None
    positions = 0 if sounds_ND is None else len(sounds_ND)
    if int(slots_BT.sum()) != positions:
        raise AgentError(
            f"{int(slots_BT.sum())} audio placeholders, but {positions} positions of sound ({len(features)} sounds)."
        )
    embeds_BTD = thinker.get_input_embeddings()(input_ids)
    if sounds_ND is not None:
        embeds_BTD = embeds_BTD.masked_scatter(slots_BT[..., None], sounds_ND.to(embeds_BTD.dtype))
    return thinker(input_ids=input_ids, inputs_embeds=embeds_BTD, **inputs)
