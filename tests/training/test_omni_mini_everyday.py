"""Everyday sentences: what a language model says, as far as these are sentences."""

import pytest
import torch

from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.core.errors import AgentError
from tarl_app.recipes.omni_mini.data import everyday as made
from tarl_app.recipes.omni_mini.data.everyday import everyday


def test_what_is_said_up_to_the_closing_quote_is_cut_into_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that says one thing only: its first letter is that of each beginning."""
    monkeypatch.setattr(made, "_BATCH", 4)
    thinker, tokenizer = tiny_random_thinker()
    said = tokenizer.encode(' will do, thank you. Go on?" He left. No')
    step = [0]

    def speak(_module: torch.nn.Module, _inputs: object, logits: torch.Tensor) -> torch.Tensor:
        logits = torch.full_like(logits, -1e9)
        logits[..., said[step[0] % len(said)]] = 0
        step[0] += 1
        return logits

    thinker.lm_head.register_forward_hook(speak)
    monkeypatch.setattr(made, "_TOKENS", len(said))
    found = everyday(3, 0, thinker, tokenizer)
    assert "Go on?" in found
    assert any(sentence.endswith(" will do, thank you.") for sentence in found)
    assert not any("left" in sentence for sentence in found)


def test_a_model_that_says_nothing_is_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "_BATCH", 2)
    monkeypatch.setattr(made, "_TOKENS", 2)
    monkeypatch.setattr(made, "_PATIENCE", 2)
    with pytest.raises(AgentError, match="no more"):
        everyday(50, 0, *tiny_random_thinker())
