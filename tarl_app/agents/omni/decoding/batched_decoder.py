"""Batched decoding of the replies of many dialogues: one forward pass a step for all, at whatever position each is.

A reply that has ended makes room at once; a dialogue that comes back is read on while the others decode. Every token is
recorded with its log-probability at the sampling temperature, and with whether the model chose it: what the call grammar
forces, and the ends that are added to a reply that was cut off, it did not choose. Where the grammar took more than a
thousandth of the probability away, the log-probability is that among the tokens that were left, and these are recorded.

With ``drafts`` the next tokens are guessed, and several are checked in one pass (``drafts``): what is drawn, with which
chance, is the same as without.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random

import numpy as np
import torch
from torch import Tensor
from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker

from tarl_app.agents.omni.decoding.drafts import Drafts, Guesses
from tarl_app.agents.omni.decoding.grammar import CallGuide
from tarl_app.agents.omni.decoding.kv_cache import KVCache, agree
from tarl_app.agents.omni.decoding.masks import Bits, Masks, pack
from tarl_app.agents.omni.decoding.packed_pass import Piece, read_pieces, to_device
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer, SpecialTokens
from tarl_app.core.errors import AgentError, Diverged, TarlError

_TAKEN = 1e-3
"""Share of the probability that the grammar may take from the model's choice without being recorded."""
_OWN = 800
"""Marks of a dialogue, the last ones, that are looked through for guesses."""
_NEAR = 8
"""Marks that a guess may depend on."""
_WORTH_WAITING = 32
"""Tokens of a common beginning for which a new dialogue waits one step until another has read them."""


@dataclass(eq=False)
class Reply:
    """What was sampled: ids with the final ``<|im_end|>``; ``logprobs`` are 0 where the model did not choose."""

    ids: list[int] = field(default_factory=list)
    chosen: list[bool] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    limits: dict[int, Bits] = field(default_factory=dict)
    """Place in ``ids`` -> the tokens among which the model chose there, where the grammar left it only some (``pack``)."""

    def add(self, token: int, chosen: bool, logprob: float = 0.0, limit: Bits | None = None) -> None:
        """One more token."""
        if limit is not None:
            self.limits[len(self.ids)] = limit
        self.ids.append(token)
        self.chosen.append(chosen)
        self.logprobs.append(logprob)


@dataclass(eq=False)
class Wanted:
    """A reply that is wanted to the dialogue ``ids``, in a slot that the dialogue keeps from turn to turn."""

    slot: int
    ids: Sequence[int]
    marks: Sequence[int]
    """See ``kv_cache.Piece``."""
    sounds: Tensor | None
    """Embeddings [positions, D] of all audio positions in ``ids``; None when there are none."""
    guide: CallGuide
    seed: int
    """Where this reply's chance comes from: the same whoever else decodes beside it, and wherever."""
    greedy: bool = False
    """The most likely token each time, whatever the sampling of the others."""
    reply: Reply = field(default_factory=Reply)
    failure: TarlError | None = None
    """Why there is no reply."""
    sampled: int = 0
    """Tokens of the reply that were decoded; what follows are the ends that stopping early left out."""
    unread: Sequence[int] = ()
    """Tokens of the reply that the model has not read yet."""
    guessed: Sequence[int] = ()
    """Tokens that may follow them."""
    guesses: Guesses | None = None
    begun: bool = False
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)


def close_reply(reply: Reply, special: SpecialTokens) -> None:
    """Adds the ends that stopping early left out."""
    if reply.ids[-1] == special.im_end:
        return
    if special.call_open in reply.ids and reply.ids[-1] != special.call_close:
        reply.add(special.call_close, chosen=False)
    reply.add(special.im_end, chosen=False)


def banned_tokens(tokenizer: OmniTokenizer) -> list[int]:
    """Control tokens that no reply may hold."""
    special = tokenizer.special
    speakable = {special.im_end, special.call_open, special.call_close}
    return [token for token in tokenizer.control_ids if token not in speakable]


class BatchedDecoder:
    """At most ``slots`` dialogues with one model; use from one thread."""

    def __init__(
        self, thinker: Thinker, tokenizer: OmniTokenizer, slots: int, sampling: Sampling, drafts: Drafts | None = None
    ) -> None:
        """``drafts``: what is often said; None: nothing is guessed. On a GPU nothing is: there one token a pass is fast."""
        self.thinker, self.sampling = thinker, sampling
        on_cpu = thinker.lm_head.weight.device.type == "cpu"
        self._usual = drafts if on_cpu else None
        self.slots = KVCache(slots)
        special = tokenizer.special
        self._special = special
        self._masks = Masks(thinker.lm_head.weight.shape[0], banned_tokens(tokenizer))
        self._stop = frozenset((special.im_end, special.call_close))
        self._audio = thinker.config.audio_token_index
        self._wanted: dict[int, Wanted] = {}
        self.read_tokens = 0
        """How many tokens went through the model, guesses included."""

    def __len__(self) -> int:
        return len(self._wanted)

    def want(self, wanted: Wanted) -> None:
        """Adds a dialogue; raises ``AgentError`` when the sounds do not fit their places."""
        places = wanted.ids.count(self._audio)
        if places != (0 if wanted.sounds is None else len(wanted.sounds)):
            raise AgentError("The sounds do not fit their places in the dialogue.")
        self._wanted[wanted.slot] = wanted

    def drop(self) -> None:
        """Forgets every dialogue, and what was read: the weights may change now."""
        self._wanted.clear()
        self.slots.clear()

    @torch.no_grad()
    def step(self) -> list[Wanted]:
        """One forward pass; answers the dialogues whose reply has ended, in the order of their slots."""
        taking = self._taking()
        if not taking:
            return []
        pieces = [self._piece(one) for one in taking]
        self.read_tokens += sum(len(piece.ids) for piece in pieces)
        logits_WV = read_pieces(self.thinker, self.slots, pieces)
        self._choose(taking, logits_WV)
        ended = [one for one in taking if self._has_ended(one)]
        for one in ended:
            one.sampled = len(one.reply.ids)
            close_reply(one.reply, self._special)
            del self._wanted[one.slot]
        return ended

    # --- reading ----------------------------------------------------------------------------------------------------

    def _taking(self) -> list[Wanted]:
        """The dialogues of this step: all but the new ones that had better wait until their beginning has been read."""
        taking: list[Wanted] = []
        for slot in sorted(self._wanted):
            one = self._wanted[slot]
            if not one.begun:
                held, source = self._longest_held(one)
                if any(agree(other.marks, one.marks, held + _WORTH_WAITING) for other in taking if not other.begun):
                    continue
                if source != slot:
                    self.slots.fork(source, slot, held)
            taking.append(one)
        return taking

    def _longest_held(self, one: Wanted) -> tuple[int, int]:
        """How much of the dialogue's beginning some slot holds, and which; its own slot wherever that is as good."""
        others = (slot for slot in range(len(self.slots.marks)) if slot != one.slot)
        source, held = self.slots.holds_most(one.marks[:-1], (one.slot, *others))
        return held, source

    def _piece(self, one: Wanted) -> Piece:
        if one.begun:
            tokens = [*one.unread, *one.guessed]
            return Piece(one.slot, tokens, tokens, wanted=1 + len(one.guessed))
        one.begun = True
        if self._usual is not None:
            one.guesses = Guesses(self._usual, one.marks[-_OWN:])
        start = self.slots.rewind(one.slot, one.marks)
        sounds = None
        if one.sounds is not None:
            used = one.ids[:start].count(self._audio)
            sounds = one.sounds[used:] if used < len(one.sounds) else None
        return Piece(one.slot, one.ids[start:], one.marks[start:], sounds)

    # --- choosing ---------------------------------------------------------------------------------------------------

    def _choose(self, taking: Sequence[Wanted], logits_WV: Tensor) -> None:
        """The next tokens of each dialogue: one, or those that are forced, and on where the guess was right."""
        rows = [0, *accumulate(1 + len(one.guessed) for one in taking[:-1])]
        right = [0] * len(taking)  # of the guesses
        going = list(range(len(taking)))
        while going:
            self._choose_once([taking[k] for k in going], logits_WV, [rows[k] + right[k] for k in going])
            still: list[int] = []
            for k in going:
                one, tokens = taking[k], list(taking[k].unread)
                if not self._has_ended(one) and list(one.guessed[right[k] : right[k] + len(tokens)]) == tokens:
                    right[k] += len(tokens)
                    still.append(k)
            going = still
        for one, count in zip(taking, right, strict=True):
            marks = self.slots.marks[one.slot]
            del marks[len(marks) - (len(one.guessed) - count) :]
            one.guessed = () if one.guesses is None else one.guesses.guess([*marks[-_NEAR:], *one.unread])

    def _choose_once(self, taking: Sequence[Wanted], logits_WV: Tensor, rows: Sequence[int]) -> None:
        """The next token of each dialogue by its row of the logits, or those that its grammar forces."""
        free: list[Wanted] = []
        drawn_from: list[int] = []
        for one, row in zip(taking, rows, strict=True):
            one.unread = one.guide.forced()
            if one.unread:
                self._take(one, one.unread)
            else:
                free.append(one)
                drawn_from.append(row)
        if not free:
            return
        device = logits_WV.device
        logits_FV = logits_WV if len(free) == len(logits_WV) else logits_WV[to_device(np.array(drawn_from), device)]
        raw_FV = logits_FV.float() / (self.sampling.temperature or 1.0)
        mask_FV = self._masks.allowed([one.guide for one in free], device)
        allowed_FV = raw_FV.masked_fill(~mask_FV, -math.inf)
        tokens_F = self._draw(allowed_FV, free)
        norms_F, left_F = raw_FV.logsumexp(-1), allowed_FV.logsumexp(-1)
        limited_F = norms_F - left_F > _TAKEN
        logprobs_F = raw_FV.gather(1, tokens_F[:, None])[:, 0] - torch.where(limited_F, left_F, norms_F)
        choices_F = (allowed_FV > -math.inf).sum(-1)
        drawn = torch.stack([tokens_F.double(), logprobs_F.double(), choices_F.double(), limited_F.double()])  # sent at once
        for place, (one, token, logprob, choices, limited) in enumerate(zip(free, *drawn.tolist(), strict=True)):
            if not math.isfinite(logprob):
                raise Diverged("What the model says of the next token is not a number: its weights are broken.", begun=True)
            chosen = choices > 1
            one.unread = [int(token)]
            self._follow(one, int(token))
            limit = pack(mask_FV[place]) if chosen and limited else None
            one.reply.add(int(token), chosen, logprob if chosen else 0.0, limit)

    def _draw(self, logits_FV: Tensor, wanted: Sequence[Wanted]) -> Tensor:
        """One token a row by inverting the distribution at that row's own random number; some token where that is NaN."""
        if self.sampling.temperature == 0 or all(one.greedy for one in wanted):
            return logits_FV.argmax(-1)
        sums_FV = logits_FV.double().softmax(-1).cumsum(-1)
        drawn_F = to_device(np.array([one.random.random() for one in wanted]), logits_FV.device)
        # The first token whose sum is above the number: one of zero probability never is.
        found_F = torch.searchsorted(sums_FV, (drawn_F * sums_FV[:, -1])[:, None], right=True)[:, 0]
        found_F = found_F.clamp_(max=logits_FV.shape[-1] - 1)
        greedy_F = to_device(np.array([one.greedy for one in wanted]), logits_FV.device)
        return torch.where(greedy_F, logits_FV.argmax(-1), found_F)

    def _follow(self, one: Wanted, token: int) -> None:
        """Tells the guide; a grammar that cannot be made is the failure of that reply alone."""
        try:
            one.guide.take(token)
        except TarlError as error:
            one.failure = error

    def _take(self, one: Wanted, tokens: Sequence[int]) -> None:
        """Forced tokens, up to the one that ends the reply."""
        for token in tokens:
            self._follow(one, token)
            one.reply.add(token, chosen=False)
            if self._has_ended(one):
                break

    def _has_ended(self, one: Wanted) -> bool:
        full = one.guide.is_full(self.sampling.max_new_tokens)
        return full or one.failure is not None or one.reply.ids[-1] in self._stop
