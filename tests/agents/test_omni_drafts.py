"""Guessed tokens: what is guessed, and that guessing changes nothing but the number of passes."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app.agents.omni.decoding.drafts import Drafts, Guesses
from tarl_app.agents.omni.decoding.generate import KeyValues, decode, prefill
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.agents.omni.model.layout import language_model
from tests.agents.omni_parts import tiny_loaded

PROMPT = [1, 50, 60, 70]
FORCED = [33, 34, 35]


class Recorded:
    """A guide: ``FORCED`` must come after the third token; everything else is the model's choice."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    def forced(self) -> list[int]:
        return FORCED[len(self.taken) - 3 :] if 3 <= len(self.taken) < 6 else []

    def restrict(self, logits: torch.Tensor) -> torch.Tensor:
        return logits

    def take(self, token: int) -> None:
        self.taken.append(token)

    def is_full(self, limit: int) -> bool:
        return len(self.taken) >= limit


class Told:
    """A drafter that guesses what it is told for each number of tokens that have come."""

    def __init__(self, guesses: Sequence[Sequence[int]]) -> None:
        self.guesses, self.asked = guesses, 0

    def guess(self, marks: Sequence[int]) -> list[int]:
        self.asked += 1
        return list(self.guesses[(self.asked - 1) % len(self.guesses)]) if self.guesses else []


class Oracle:
    """A drafter that knows the reply."""

    def __init__(self, reply: Sequence[int]) -> None:
        self.all = [*PROMPT, *reply]

    def guess(self, marks: Sequence[int]) -> list[int]:
        for place in range(len(self.all)):
            if list(marks) == self.all[max(0, place - len(marks)) : place]:
                return self.all[place : place + 8]
        return []


@pytest.fixture(scope="module")
def thinker():
    return tiny_loaded().thinker.float()


def reply(thinker, temperature, drafter=None):
    """The tokens of a reply of 16, the number of passes that they took, and the marks of the cache."""
    passes = []
    hook = language_model(thinker).register_forward_hook(lambda *_: passes.append(1))
    cache = KeyValues()
    try:
        logits = prefill(thinker, PROMPT, PROMPT, None, cache)
        sampling = Sampling(temperature=temperature, max_new_tokens=16)
        generator = torch.Generator().manual_seed(5)
        ids = list(decode(thinker, logits, cache, sampling, frozenset(), generator, Recorded(), (7, 8), drafter))
    finally:
        hook.remove()
    return ids, len(passes) - 1, cache.marks


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_reply_that_is_known_takes_few_passes_and_stays_what_it_is(thinker, temperature):
    ids, passes, _ = reply(thinker, temperature)
    known, fewer, marks = reply(thinker, temperature, Oracle(ids))
    assert known == ids
    assert passes == 13  # the forced ones together
    assert fewer <= 3
    assert marks[: len(PROMPT)] == PROMPT
    assert marks[len(PROMPT) : len(PROMPT) + 15] == ids[:15]


@given(guesses=st.lists(st.lists(st.integers(0, 90), max_size=8), max_size=5), temperature=st.sampled_from([0.0, 0.7]))
@settings(max_examples=25, deadline=None)
def test_whatever_is_guessed_the_reply_is_the_same(thinker, guesses, temperature):
    ids, passes, _ = reply(thinker, temperature)
    same, as_many, marks = reply(thinker, temperature, Told(guesses))
    assert same == ids
    assert as_many <= passes
    assert marks[len(PROMPT) : len(PROMPT) + 15] == ids[:15]


def test_what_followed_last_is_guessed_and_the_longest_agreement_counts():
    drafts = Drafts()
    drafts.learn([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
    assert drafts.guess([1, 2, 3, 4]) == [5, 6, 7, 8, 9, 10, 11, 12]
    assert drafts.guess([99, 3, 4]) == [5, 6, 7]
    drafts.learn([3, 4, 20])
    assert drafts.guess([99, 3, 4]) == [20]
    assert drafts.guess([1, 2, 3, 4])[0] == 5
    assert drafts.guess([4]) == drafts.guess([]) == drafts.guess([98, 99]) == []


def test_sound_is_never_guessed():
    drafts = Drafts()
    drafts.learn([1, 2, 3, -1, -1, 4])
    assert drafts.guess([1, 2]) == [3]
    assert drafts.guess([2, 3]) == []


def test_the_oldest_are_forgotten():
    drafts = Drafts(kept=3)
    drafts.learn(range(10))
    drafts.learn([50, 51, 52])
    assert drafts.guess([0, 1]) == []
    assert drafts.guess([50, 51]) == [52]


def test_the_dialogue_comes_before_what_is_often_said():
    usual = Drafts()
    usual.learn([1, 2, 3])
    usual.learn([5, 6, 7])
    guesses = Guesses(usual, [1, 2, 4])
    assert guesses.guess([1, 2]) == [4]
    assert guesses.guess([5, 6]) == [7]


def test_the_shipped_checkpoint_guesses_what_it_often_says_and_a_tuned_one_what_its_base_does():
    loaded = load_checkpoint("omni-mini")
    ids = loaded.tokenizer.encode("I can help you with that. Could you")
    assert loaded.tokenizer.decode(loaded.replies.guess(ids)).startswith(" give me")
    tuned = loaded.tuned(loaded.config.model_copy(update={"lora": ()}), {})
    assert tuned.replies is loaded.replies
