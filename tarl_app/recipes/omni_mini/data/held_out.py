"""Finds sentences about held-out customers."""

import re
from collections.abc import Callable, Iterable


def about(facts: Iterable[str]) -> Callable[[str], bool]:
    """Whether a sentence has one of ``facts`` in it, as whole words."""
    told = re.compile("|".join(rf"(?<!\w){re.escape(fact)}(?!\w)" for fact in sorted(facts)) or r"(?!)")
    return lambda sentence: told.search(sentence) is not None
