"""What may come next in many replies at once: one matrix of bits, made while the device computes and sent in one go."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import torch
from llguidance import LLExecutor
from llguidance.numpy import fill_next_token_bitmask_par
from torch import Tensor

from tarl_app.agents.omni.decoding.grammar import CallGuide
from tarl_app.agents.omni.decoding.packed_pass import to_device

Bits = npt.NDArray[np.uint8]
"""A set of tokens, eight in a byte, the first in its lowest bit: [vocabulary / 8, rounded up]."""


def pack(mask_V: Tensor) -> Bits:
    """Which tokens ``mask_V`` [vocabulary] holds."""
    return np.packbits(mask_V.cpu().numpy(), bitorder="little")


def unpack(bits_NB: Tensor, vocabulary: int) -> Tensor:
    """Rows of ``Bits`` -> whether they hold each token, [N, vocabulary]; tokens after their end they do not hold."""
    held_NV = (bits_NB[:, :, None] & _powers(bits_NB.device)).ne(0).flatten(1)[:, :vocabulary]
    return torch.nn.functional.pad(held_NV, (0, vocabulary - held_NV.shape[1]))


class Masks:
    """For replies with logits for ``vocabulary`` tokens, of which the ``banned`` ones never come."""

    def __init__(self, vocabulary: int, banned: Sequence[int]) -> None:
        self._vocabulary = vocabulary
        speakable = np.zeros(-(-vocabulary // 32) * 32, np.uint8)
        speakable[:vocabulary] = 1
        speakable[list(banned)] = 0
        self._speakable = np.packbits(speakable, bitorder="little").view(np.int32)

    def allowed(self, guides: Sequence[CallGuide], device: torch.device) -> Tensor:
        """Whether each token may come next, [guides, vocabulary]."""
        bits_FW = np.tile(self._speakable, (len(guides), 1))
        matchers = [(guide.matcher, row) for row, guide in enumerate(guides) if guide.matcher is not None]
        if matchers:
            fill_next_token_bitmask_par(_executor(), matchers, bits_FW)
            bits_FW &= self._speakable
        bytes_FB = bits_FW.view(np.uint8)
        for row, guide in enumerate(guides):
            if guide.impossible is not None:
                bytes_FB[row, guide.impossible // 8] &= 255 - (1 << guide.impossible % 8)
        sent_FB = to_device(bytes_FB, device)
        return unpack(sent_FB, self._vocabulary)


@cache
def _powers(device: torch.device) -> Tensor:
    return torch.tensor([1 << bit for bit in range(8)], dtype=torch.uint8, device=device)


@cache
def _executor() -> LLExecutor:
    return LLExecutor()
