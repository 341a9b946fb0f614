"""The agent's most frequent replies in the training dialogues, from which a checkpoint guesses its next tokens."""

import re
from collections import Counter
from collections.abc import Iterable

from tarl_app.core.types import AgentTurn
from tarl_app.recipes.omni_mini.stages.dialogues import Dialogue

MOST = 700
"""Replies that are kept, which is over nine tenths of all that are said."""
_VALUE = re.compile(r"[A-Z][\w'-]+|\S*\d\S*")


def frequent_replies(dialogues: Iterable[Dialogue], most: int = MOST) -> list[str]:
    """Replies that differ in more than names and numbers, the most frequent last (``drafts.Drafts`` keeps the last)."""
    counts: Counter[str] = Counter()
    example: dict[str, str] = {}
    for dialogue in dialogues:
        for turn in dialogue.episode.turns:
            if isinstance(turn, AgentTurn) and (text := " ".join(turn.text.split())):
                kind = _VALUE.sub("_", text)
                counts[kind] += 1
                example.setdefault(kind, text)
    return [example[kind] for kind, _ in reversed(counts.most_common(most))]
