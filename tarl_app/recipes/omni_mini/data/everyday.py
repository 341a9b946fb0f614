"""Everyday telephone sentences, sampled from the untuned language model.

The CTC letters are decoded under an n-gram (``agents/omni/audio/ctc_decoder.py``). The recipe's customers have a few
hundred wordings; "proceed" and "correct" are in none of them, and are recognised as "pros ed" and "hurrect". Sentences
of the language model widen the n-gram's vocabulary.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as count_up

import torch
from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker

from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.core.errors import AgentError

_SCENES = (
    'A customer calls a shop and says on the phone: "',
    'The agent asked whether that was right. "',
    'On the telephone he answered: "',
    'She told the customer service what she wanted: "',
    'The caller was friendly and talkative. "',
    'The caller was in a hurry. "',
    'He was asked for the details of his order. "',
    'She was not content with the answer and said: "',
    'At the end of the call he said: "',
)
_BEGINNINGS = """
I Yes, No, Well, Can Could Would What That Please It My The We How When Okay, Sure, Hello, Good Thanks, Let Sorry, Actually,
Maybe Right, Just Do Is Are Should There This If But And So Not Only You Wait, Then All One Great, Perfect, Exactly, Another
""".split()  # noqa: SIM905
_SENTENCE = re.compile(r"[A-Z][A-Za-z0-9 ,'-]{2,88}[.?!]")


@dataclass(frozen=True)
class SentenceSampling:
    """How the language model is sampled; other values give other sentences for the same seed."""

    batch: int = 64
    """Texts a batch."""
    tokens: int = 24
    """Most tokens of a text."""
    patience: int = 20
    """Batches in a row without a new sentence, after which the model has no more to say."""


def everyday(
    count: int, seed: int, thinker: Thinker, tokenizer: OmniTokenizer, sampling: SentenceSampling = SentenceSampling()
) -> list[str]:
    """``count`` different sentences, each of 2 to 14 words.

    Raises:
        AgentError: the model has no more to say.
    """
    found: dict[str, None] = {}
    new = 0
    for number, samples in enumerate(_samples(seed, thinker, tokenizer, sampling)):
        before = len(found)
        for text in samples:
            for sentence in _SENTENCE.findall(text.split('"')[0])[:2]:
                if 2 <= len(sentence.split()) <= 14:
                    found[sentence] = None
        if len(found) >= count:
            return list(found)[:count]
        new = number if len(found) > before else new
        if number - new >= sampling.patience:
            break
    raise AgentError(f"The language model made {len(found)} everyday sentences, and no more: is it tuned?")


@torch.inference_mode()
def _samples(seed: int, thinker: Thinker, tokenizer: OmniTokenizer, sampling: SentenceSampling) -> Iterator[list[str]]:
    """Samples of one scene after the other, from each beginning in turn, without end."""
    device = thinker.lm_head.weight.device
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        for turn in count_up():
            scene = tokenizer.encode(_SCENES[turn % len(_SCENES)])
            rows = range(turn * sampling.batch, (turn + 1) * sampling.batch)
            first = [tokenizer.encode(_BEGINNINGS[row % len(_BEGINNINGS)]) for row in rows]
            shortest = min(len(one) for one in first)
            prompts = torch.tensor([scene + one[:shortest] for one in first], device=device)
            made = thinker.generate(  # pyright: ignore
                input_ids=prompts,
                attention_mask=torch.ones_like(prompts),
                do_sample=True,
                temperature=1.0,
                top_p=0.95,
                max_new_tokens=sampling.tokens,
                pad_token_id=tokenizer.special.im_end,
            )
            yield [tokenizer.decode(row).strip() for row in made[:, len(scene) :].tolist()]
