"""Prefill and decoding at batch size 1, with keys and values that can be rewound.

Own code instead of ``generate``: a dialogue only ever grows or is cut back, so its keys and values are kept in a buffer per
layer that is written in place and rewound by setting a length; nothing is copied for each token.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.model.layout import language_model
from tarl_app.core.errors import AgentError, Cancelled

PACKED = "packed_sdpa"
_CHUNK = 512  # tokens between two looks at ``cancelled`` while reading


class KeyValues:
    """The keys and values of one sequence, [1, heads, capacity, head_dim] per layer; ``marks`` says of which tokens.

    A mark is a token id, or for a position of sound a negative number that stands for that sound.
    """

    def __init__(self) -> None:
        self.marks: list[int] = []
        self._buffers: list[tuple[Tensor, Tensor]] = []
        self._start = 0  # where the running forward pass writes

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Tokens held (the name transformers asks for)."""
        return len(self.marks)

    def update(self, keys: Tensor, values: Tensor, layer_idx: int, *_: object, **__: object) -> tuple[Tensor, Tensor]:
        """Appends [1, heads, n, head_dim] and answers all so far; called by each attention layer."""
        end = self._start + keys.shape[2]
        if layer_idx == len(self._buffers):
            self._buffers.append((_room(keys, end), _room(values, end)))
        elif end > self._buffers[layer_idx][0].shape[2]:
            self._buffers[layer_idx] = (self._grown(layer_idx, 0, end), self._grown(layer_idx, 1, end))
        held_keys, held_values = self._buffers[layer_idx]
        held_keys[:, :, self._start : end] = keys
        held_values[:, :, self._start : end] = values
        return held_keys[:, :, :end], held_values[:, :, :end]

    def _grown(self, layer: int, part: int, end: int) -> Tensor:
        old = self._buffers[layer][part]
        new = _room(old, end)
        new[:, :, : self._start] = old[:, :, : self._start]
        return new

    def begin(self) -> int:
        """Where the next tokens go; called before a forward pass."""
        self._start = len(self.marks)
        return self._start

    def rewind(self, marks: Sequence[int]) -> int:
        """Keeps the longest common beginning with ``marks`` and answers its length."""
        length = 0
        for held, wanted in zip(self.marks, marks, strict=False):
            if held != wanted:
                break
            length += 1
        del self.marks[length:]
        return length

    def copy(self) -> "KeyValues":
        """An independent copy."""
        new = KeyValues()
        new.marks = list(self.marks)
        new._buffers = [(keys.clone(), values.clone()) for keys, values in self._buffers]
        return new


def packed_attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **options: Any
) -> tuple[Tensor, Tensor | None]:
    """transformers' SDPA attention, faster for one query token: the query heads that share a key head become its queries.

    torch's CPU kernel for grouped heads reads the keys once per query head: 2.7 against 0.4 ms a layer at 2,000 tokens.
    With ``slots`` (a ``kv_cache.Plan``) the row holds the tokens of many dialogues.
    """
    plan = options.pop("slots", None)
    if plan is not None:
        return plan.attend(module.layer_idx, query, key, value, options.get("scaling")), None
    batch, heads, length, width = query.shape
    shared = key.shape[1]
    if length > 1 or shared == heads:
        return sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    packed = query.view(batch, shared, heads // shared, width)
    output = nn.functional.scaled_dot_product_attention(packed, key, value, attention_mask, scale=options.get("scaling"))
    return output.reshape(batch, 1, heads, width), None


AttentionInterface.register(PACKED, packed_attention)
AttentionMaskInterface.register(PACKED, sdpa_mask)


def prepare(thinker: Thinker) -> None:
    """Lets the language model use ``packed_attention``."""
    language_model(thinker).set_attn_implementation(PACKED)


def _room(like: Tensor, length: int) -> Tensor:
    capacity = 256 * (length // 256 + 2)
    return like.new_empty(like.shape[0], like.shape[1], capacity, like.shape[3])


def _mask(past: int, count: int, device: torch.device) -> Tensor | None:
    """None where attention needs no mask: a single token, or the beginning of the sequence (causal by itself)."""
    if count == 1 or past == 0:
        return None
    positions = torch.arange(past + count, device=device)
    return (positions[None] <= positions[past:, None])[None, None]


def _forward(thinker: Thinker, embeds_1TD: Tensor, cache: KeyValues) -> Tensor:
    """Hidden states [1, T, D]; the positions are those of plain text, as Qwen2.5-Omni has them without pictures."""
    past, count = cache.begin(), embeds_1TD.shape[1]
    positions = torch.arange(past, past + count, device=embeds_1TD.device)[None]
    return language_model(thinker)(
        inputs_embeds=embeds_1TD,
        attention_mask={"full_attention": _mask(past, count, embeds_1TD.device)},
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state


@torch.inference_mode()
def prefill(
    thinker: Thinker,
    ids: Sequence[int],
    marks: Sequence[int],
    sounds: Tensor | None,
    cache: KeyValues,
    cancelled: Callable[[], bool] = lambda: False,
) -> Tensor:
    """Reads what the cache does not hold yet and answers the logits [vocabulary] after the last token.

    Args:
        ids: the whole dialogue.
        marks: one for each of ``ids`` (see ``KeyValues``).
        sounds: embeddings of every audio position in ``ids``, in order, [positions, D]; None when there are none.
        cancelled: asked between chunks.

    Raises:
        AgentError: the number of sounds' positions is not that of the placeholders.
        Cancelled: ``cancelled()``; what was read so far is kept.
    """
    device = thinker.lm_head.weight.device
    ids_T = torch.tensor(ids, device=device)
    slots_T = ids_T == thinker.config.audio_token_index
    if int(slots_T.sum()) != (0 if sounds is None else len(sounds)):
        raise AgentError("The sounds do not fit their places in the dialogue.")
    start = min(cache.rewind(marks), len(ids) - 1)
    del cache.marks[start:]
    used = int(slots_T[:start].sum())
    hidden = None
    for begin in range(start, len(ids), _CHUNK):
        if cancelled():
            raise Cancelled("The turn was stopped.")
        part = slice(begin, begin + _CHUNK)
        embeds_1TD = thinker.get_input_embeddings()(ids_T[None, part])
        here = int(slots_T[part].sum())
        if here and sounds is not None:
            embeds_1TD = embeds_1TD.clone()
            embeds_1TD[0, slots_T[part]] = sounds[used : used + here].to(embeds_1TD.dtype)
            used += here
        hidden = _forward(thinker, embeds_1TD, cache)
        cache.marks += marks[part]
    assert hidden is not None
    return thinker.lm_head(hidden[0, -1])


@torch.inference_mode()
def read(thinker: Thinker, tokens: Sequence[int], cache: KeyValues) -> Tensor:
    """Reads a few more tokens and answers the logits [vocabulary] after the last."""
    return read_all(thinker, tokens, cache, 1)[0]


@torch.inference_mode()
def read_all(thinker: Thinker, tokens: Sequence[int], cache: KeyValues, last: int) -> Tensor:
    """Reads more tokens and answers the logits [last, vocabulary] after each of the last ones."""
    embeds = thinker.get_input_embeddings()(torch.tensor([list(tokens)], device=thinker.lm_head.weight.device))
    hidden = _forward(thinker, embeds, cache)
    cache.marks += tokens
    return thinker.lm_head(hidden[0, -last:])


def pick(logits: Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """The next token: the most likely one, or drawn after temperature and nucleus."""
    if sampling.temperature == 0:
        return int(logits.argmax())
    probabilities = (logits.float().cpu() / sampling.temperature).softmax(-1)
    if sampling.top_p < 1:
        ordered, order = probabilities.sort(descending=True)
        ordered[ordered.cumsum(-1) - ordered >= sampling.top_p] = 0  # the first one always stays
        return int(order[torch.multinomial(ordered, 1, generator=generator)])
    return int(torch.multinomial(probabilities, 1, generator=generator))


class Guide(Protocol):
    """What may come next (``grammar.CallGuide``)."""

    def forced(self) -> list[int]:
        """The tokens that must come next; empty when the model chooses."""
        ...

    def restrict(self, logits: Tensor) -> Tensor:
        """The logits [vocabulary] without what must not come next."""
        ...

    def take(self, token: int) -> None:
        """The token that came."""
        ...

    def is_full(self, limit: int) -> bool:
        """Whether a reply of ``limit`` tokens ends here; one that is inside of a call may go on."""
        ...


class Drafter(Protocol):
    """Guesses what comes next (``drafts.Guesses``)."""

    def guess(self, marks: Sequence[int]) -> list[int]:
        """Token ids that may follow the dialogue's last marks; empty where there is no guess."""
        ...


def decode(
    thinker: Thinker,
    logits: Tensor,
    cache: KeyValues,
    sampling: Sampling,
    stop: frozenset[int],
    generator: torch.Generator,
    guide: Guide,
    banned: Sequence[int] = (),
    drafter: Drafter | None = None,
) -> Iterator[int]:
    """Tokens one at a time, up to and with one of ``stop``, or until the reply is full; ``banned`` ids are never chosen.

    Tokens enter the cache when the next one is asked for, so the last one need not be in it; those that ``guide`` forces
    are read in one pass, and so are the guesses of ``drafter`` (speculative decoding): a token is chosen in the same way
    after a right guess, but is there already. The cache may hold wrong guesses at the end, which the next ``rewind``
    drops.
    """
    never = torch.tensor(banned, dtype=torch.long, device=logits.device)
    rows, guessed = logits[None], list[int]()  # logits after what came so far, and after each guess that follows it
    while True:
        tokens = guide.forced()
        if not tokens:
            tokens = [pick(guide.restrict(rows[0].index_fill(0, never, float("-inf"))), sampling, generator)]
        for token in tokens:
            guide.take(token)
            yield token
            if token in stop or guide.is_full(sampling.max_new_tokens):
                return
        if guessed[: len(tokens)] == tokens:
            rows, guessed = rows[len(tokens) :], guessed[len(tokens) :]
            continue
        del cache.marks[len(cache.marks) - len(guessed) :]
        guessed = [] if drafter is None else drafter.guess([*cache.marks[-8:], *tokens])
        rows = read_all(thinker, [*tokens, *guessed], cache, 1 + len(guessed))
