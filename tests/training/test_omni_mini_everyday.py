"""Everyday sentences: what a language model says, as far as these are sentences."""

import pytest
import torch

from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.core.errors import AgentError
from tarl_app.recipes.omni_mini.data.everyday import SentenceSampling, everyday


def test_what_is_said_up_to_the_closing_quote_is_cut_into_sentences() -> None:
    """A model that says one thing only: its first letter is that of each beginning."""
    thinker, tokenizer = tiny_random_thinker()
    said = tokenizer.encode(' will do, thank you. Go on?" He left. No')
    step = [0]

    def speak(_module: torch.nn.Module, _inputs: object, logits: torch.Tensor) -> torch.Tensor:
        logits = torch.full_like(logits, -1e9)
        logits[..., said[step[0] % len(said)]] = 0
        step[0] += 1
        return logits

    thinker.lm_head.register_forward_hook(speak)
    found = everyday(3, 0, thinker, tokenizer, SentenceSampling(batch=4, tokens=len(said)))
    assert "Go on?" in found
    assert any(sentence.endswith(" will do, thank you.") for sentence in found)
    assert not any("left" in sentence for sentence in found)


def test_a_model_that_says_nothing_is_no_source() -> None:
    with pytest.raises(AgentError, match="no more"):
        everyday(50, 0, *tiny_random_thinker(), SentenceSampling(batch=2, tokens=2, patience=2))
