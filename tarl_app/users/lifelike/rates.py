"""How often lifelike customers do what, in one table, and how kinds of people differ."""

from collections.abc import Mapping
from random import Random

RATES: Mapping[str, float] = {
    # --- what is said, once for each occasion ---
    "greeting": 0.65,  # the opening begins with a greeting
    "facts_first": 0.3,  # the opening gives facts that nobody has asked for, in any order
    "two_goals": 0.6,  # the opening names two goals, where there are several
    "indirect": 0.2,  # a goal is hinted at: "I won't be home when it comes"
    "reworded": 0.85,  # a question is asked in the customer's own words, not the task's
    "hedge": 0.4,  # the task's own sentence is put more softly
    "more": 0.2,  # an answer has a fact more than was asked
    "less": 0.3,  # an answer has less than was asked; the rest follows when it is asked again
    "brief": 0.25,  # an answer is the bare value
    "ellipsis": 0.7,  # "both", "the second", where the agent has listed what there is
    "pronoun": 0.6,  # "it" for what was named in the same message or for the goal before
    "correction_brief": 0.5,  # "no, the blue one": the bare value after the no
    "correction_more": 0.15,  # "no, the blue one, and ...": a fact more
    "restates": 0.6,  # asked for what has nothing to do with it, the goal is told once more
    "question_back": 0.07,  # a question instead of the answer, or with it
    "side_question": 0.08,  # something else by the way
    "person": 0.03,  # asks for a human
    # --- how it is typed, once a message ---
    "no_capitals": 0.35,
    "no_full_stop": 0.35,  # the last full stop is left out
    "chat_words": 0.25,  # "u", "pls", "thx"
    "slip": 0.2,  # one or two typing slips
    # --- how it is spoken, once a message ---
    "hesitation": 0.35,  # "um", "let me see"
    # --- how it is spoken, once a value ---
    "self_repair": 0.15,  # "W four eight, no, five eight"
    "oh": 0.5,  # "oh" for the digit 0
    "double": 0.6,  # "double three"
    "letter_words": 0.4,  # "B as in boy"
}
"""Behaviour -> how often it happens where it can, in a person of no particular kind."""
FACTORS: Mapping[str, Mapping[str, float]] = {
    "any": {},
    "casual": {"no_capitals": 1.4, "chat_words": 1.3},
    "formal": {"no_capitals": 0.1, "chat_words": 0.0, "slip": 0.4, "hedge": 1.5, "greeting": 1.4, "no_full_stop": 0.3},
    "old": {"no_capitals": 0.5, "chat_words": 0.0, "more": 1.6, "side_question": 1.5, "person": 2.0, "hesitation": 1.5},
    "young": {"no_capitals": 2.0, "chat_words": 2.2, "no_full_stop": 2.0, "brief": 1.4, "greeting": 0.8},
    "hurried": {"brief": 2.0, "facts_first": 1.6, "greeting": 0.3, "slip": 1.6, "side_question": 0.5, "more": 0.6},
    "non_native": {"slip": 1.4, "less": 1.3, "indirect": 0.5, "letter_words": 1.5},
    "angry": {"person": 3.0, "question_back": 1.5, "greeting": 0.3, "brief": 1.3},
    "chatty": {"more": 2.0, "facts_first": 1.5, "side_question": 2.0, "greeting": 1.5, "brief": 0.3, "indirect": 1.5},
}
"""Register -> what its people do more or less often."""
KINDS: Mapping[str, tuple[str, ...]] = {
    "plain": ("casual", "formal", "young", "non_native", "old"),
    "terse": ("hurried", "young", "casual"),
    "chatty": ("chatty", "old", "casual"),
    "impatient": ("hurried", "angry", "young"),
    "hesitant": ("non_native", "old", "formal"),
}
"""Style of the task's persona -> the registers that it can have."""
MOST_DETOURS: Mapping[str, int] = {"question_back": 2, "side_question": 2, "person": 1}
"""How often in one conversation at most."""


def register_of(style: str, rng: Random) -> str:
    """The register of a customer with this style."""
    return rng.choice(KINDS.get(style, ("any",)))


def rate(behaviour: str, register: str) -> float:
    """How often such a person does this, from 0 to 1."""
    return min(1.0, RATES[behaviour] * FACTORS[register].get(behaviour, 1.0))


def happens(behaviour: str, register: str, rng: Random) -> bool:
    """One draw."""
    return rng.random() < rate(behaviour, register)
