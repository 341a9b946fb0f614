"""Recognition of the customer: word error rates, and the cost of recognition errors.

The text that the agent used is compared: the words that it recognised itself, otherwise the transcript that it was
given. Left out are typed turns, turns without recognised words, and live calls, of which nobody knows what was said.
Both sides are brought to written form first (``nine four six oh one`` is ``94601``), as agents that read transcripts
do, so only errors that remain after it count.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Literal

from rapidfuzz.distance import Levenshtein

from tarl_app.core.ears import only_heard
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.core.types import AgentTurn, Episode, Frozen, UserTurn
from tarl_app.domains import domain_names, load_domain
from tarl_app.evaluation.reward import succeeded
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard

HeardClass = Literal["right", "nearly", "badly"]
CLASSES: tuple[HeardClass, ...] = ("right", "nearly", "badly")
NEARLY = 0.1
"""Word error rate up to which an episode counts as ``nearly``."""
_WORD = re.compile(r"[\w@#.'-]*\w")


class Hearing(Frozen):
    """Recognition figures over all turns with recognised words, of the episodes that count."""

    turns: int
    words: int
    word_error_rate: float  # edits / words meant
    exact_turns: float  # share of turns without any edit
    success: dict[str, float]  # class of episode -> share that passed
    episodes: dict[str, int]  # class of episode -> how many


def word_edits(meant: str, heard: str, spoken: Spoken = PLAIN_SPEECH) -> tuple[int, int]:
    """Word insertions, deletions and replacements that turn ``meant`` into ``heard``, and the number of words meant."""
    wanted, found = _words(meant, spoken), _words(heard, spoken)
    return Levenshtein.distance(wanted, found), len(wanted)


def _words(text: str, spoken: Spoken) -> list[str]:
    return _WORD.findall(normalise_heard(text, spoken).casefold().replace("’", "'").replace("#", ""))


def heard_rate(episode: Episode) -> float | None:
    """The word error rate of one episode; None without recognised words."""
    edits, words = _edits([episode])
    return edits / words if words else None


def heard_class(episode: Episode) -> HeardClass | None:
    """``right`` without an edit, ``nearly`` up to ``NEARLY``, otherwise ``badly``; None without recognised words."""
    rate = heard_rate(episode)
    if rate is None:
        return None
    return "right" if rate == 0 else "nearly" if rate <= NEARLY else "badly"


def measure_hearing(episodes: Sequence[Episode]) -> Hearing | None:
    """The figures over these episodes; None without recognised words."""
    turns = [(*pair, _spoken(episode)) for episode in episodes for pair in _heard(episode)]
    edits, words = _edits(episodes)
    if not words:
        return None
    exact = [word_edits(*turn)[0] == 0 for turn in turns]
    grouped: dict[str, list[bool]] = {}
    for episode in episodes:
        found = heard_class(episode)
        if found is not None:
            grouped.setdefault(found, []).append(succeeded(episode))
    ordered = {name: grouped[name] for name in CLASSES if name in grouped}
    return Hearing(
        turns=len(turns),
        words=words,
        word_error_rate=edits / words,
        exact_turns=sum(exact) / len(exact),
        success={name: sum(passed) / len(passed) for name, passed in ordered.items()},
        episodes={name: len(passed) for name, passed in ordered.items()},
    )


def _heard(episode: Episode) -> list[tuple[str, str]]:
    """(intended text, recognised text) of each spoken turn with recognised words."""
    pairs: list[tuple[str, str]] = []
    if only_heard(episode):
        return pairs
    for turn, after in zip_longest(episode.turns, episode.turns[1:]):
        if isinstance(turn, UserTurn) and turn.audio is not None:
            own = after.heard if isinstance(after, AgentTurn) else None
            heard = turn.heard if own is None else own
            if heard is not None:
                pairs.append((turn.text, heard))
    return pairs


def _spoken(episode: Episode) -> Spoken:
    name = episode.task.domain
    return load_domain(name).spoken if name in domain_names() else PLAIN_SPEECH


def _edits(episodes: Iterable[Episode]) -> tuple[int, int]:
    pairs = [word_edits(*pair, _spoken(episode)) for episode in episodes for pair in _heard(episode)]
    return sum(edits for edits, _ in pairs), sum(words for _, words in pairs)
