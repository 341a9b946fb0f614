"""What a dialogue has brought up, as far as it can be an argument of a call.

That is ids that tools have shown, phrases and numbers that the customer has said, and what these may have been where they
were misspelled or misheard. Speech recognisers find names by a bias towards words that are expected (Zhao et al. 2019,
"Shallow-fusion end-to-end contextual biasing"); here those are a domain's lexicons, and the model chooses among them.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist, extractOne

from tarl_app.sandbox.domain import Domain
from tarl_app.sandbox.spelling import join_letters, spelled_emails, spelled_words
from tarl_app.types import AgentTurn, AudioRef, ToolCall, ToolTurn, Turn, UserTurn

_PHRASE = 4  # words in the longest phrase that is copied: "9805 North Heron Court"
_RUN = 3  # words that one word may have been heard as
_ALIKE = 12  # words of a lexicon that are offered
_UNLIKE = 0.5  # of its letters, at most, are others
_UNCALLED = 0.4  # the same for a whole name
_COMPOSED = 6  # names that are offered in an e-mail that was heard
_SHORTEST = 3  # letters: a whole name has more
_CALLED = 4  # whole names that are offered for one that was heard
_CLOSE = 0.12  # of its letters, another is further from what was heard than the nearest
_HOST = 75  # of 100: how alike a host must be to one of those that are known
_FILLERS = {
    "ah",
    "er",
    "erm",
    "hm",
    "hmm",
    "mm",
    "uh",
    "um",
    "umm",
    "please",
    "right",
    "so",
    "sorry",
    "sure",
    "thanks",
    "well",
}
"""Not "ok" and "oh", which are states."""
_MARKS = '.,;:!?"()'
_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {name: str(digit) for digit, name in enumerate(_NAMES)} | {"oh": "0"}
_WORD = re.compile(r"[^\s\",:{}\[\]]+")
EMAIL = "e-mail"
"""The lexicon of addresses that were put together."""
FIRST, LAST, _HOSTS = "first names", "last names", "e-mail hosts"

Recognised = Callable[[AudioRef], str | None]
"""The words a model's own ear took a sound for; None where it does not recognise words."""


@dataclass(frozen=True)
class Known:
    """What the dialogue has brought up: words of results; phrases that were typed, recognised or shown, and numbers.

    ``said`` is None where some of it was heard, but not as words; ``alike`` are words of the lexicons that it may have been,
    and under ``e-mail`` addresses put together from them. ``amounts`` are ``Domain.amounts``.
    """

    shown: tuple[str, ...]
    said: tuple[str, ...] | None
    numbers: tuple[str, ...]
    alike: Mapping[str, tuple[str, ...]]
    amounts: tuple[str, ...]
    called: tuple[tuple[str, str], ...] = ()
    """First and last names of somebody who spoke, as a lexicon has them; empty where nothing is like what was heard."""


def known(domain: Domain, turns: Sequence[Turn], heard: Recognised | None = None) -> Known:
    """What ``turns`` have brought up, for a model that has ``heard`` them, or only reads."""
    users = [turn for turn in turns if isinstance(turn, UserTurn)]
    spoken = tuple(_words(turn, heard) or "" for turn in users)
    typed = all(turn.audio is None for turn in users)
    alike = {name: _alike(words, spoken, typed) for name, words in domain.lexicons.items()}
    if not typed and {FIRST, LAST, _HOSTS} <= domain.lexicons.keys():
        lexicons = (domain.lexicons[FIRST], domain.lexicons[LAST], domain.lexicons[_HOSTS])
        composed = dict.fromkeys(email for text in reversed(spoken) for email in _composed(text, *lexicons))
        refused = {call.arguments.get("email") for call in _failed(turns)}
        alike[EMAIL] = tuple(email for email in composed if email not in refused)
    called: tuple[tuple[str, str], ...] = ()
    if not typed and {FIRST, LAST} <= domain.lexicons.keys():
        called = _called(spoken, domain.lexicons[FIRST], domain.lexicons[LAST], turns)
    numbers = tuple(dict.fromkeys(number for text in spoken for number in _numbers(text)))
    return Known(tuple(dict.fromkeys(_shown(turns))), _said(turns, heard), numbers, alike, domain.amounts(turns), called)


def _failed(turns: Sequence[Turn]) -> Iterator[ToolCall]:
    """The calls that came to nothing: they need not be tried again."""
    for turn, after in pairwise(turns):
        if isinstance(turn, AgentTurn) and isinstance(after, ToolTurn):
            for call, result in zip(turn.tool_calls, after.results, strict=False):
                if result.is_error:
                    yield call


def _plain(name: str) -> str:
    """The letters of a name, small."""
    return re.sub(r"[^a-z]", "", name.casefold())


def _called(
    spoken: Sequence[str], first: tuple[str, ...], last: tuple[str, ...], turns: Sequence[Turn]
) -> tuple[tuple[str, str], ...]:
    """The whole names that are most like something that was said, the likest first, but those looked up in vain."""
    in_vain = [call.arguments for call in _failed(turns) if {"first_name", "last_name"} <= call.arguments.keys()]
    refused = {(_plain(str(one["first_name"])), _plain(str(one["last_name"]))) for one in in_vain}
    found: dict[tuple[str, str], float] = {}
    for text in reversed(spoken):
        for pair, distance in _names_like(text, first, last):
            if (_plain(pair[0]), _plain(pair[1])) not in refused:
                found[pair] = min(distance, found.get(pair, distance))
    if not found:
        return ()
    allowed = _close(min(found.values()))
    return tuple(sorted((pair for pair in found if found[pair] <= allowed), key=lambda pair: found[pair])[:_CALLED])


@lru_cache(maxsize=256)
def _names_like(text: str, first: tuple[str, ...], last: tuple[str, ...]) -> tuple[tuple[tuple[str, str], float], ...]:
    """Whole names, in either order, that some words in a row are like, and the share of their letters that are others."""
    words = re.findall(r"[^\W\d_]+", join_letters(text).casefold())
    ends = ((start, end) for start in range(len(words)) for end in range(start + 1, min(start + 2 * _RUN, len(words)) + 1))
    runs = {run for start, end in ends if len(run := "".join(words[start:end])) > _SHORTEST}
    if not runs or not first or not last:
        return ()
    letters, pairs = _pairs(first, last)
    nearest = cdist(letters, sorted(runs), scorer=Levenshtein.normalized_distance, score_cutoff=_UNCALLED).min(axis=1)
    spelling = {_plain(name): name for name in (*first, *last)}
    found: list[tuple[tuple[str, str], float]] = []
    for index in np.argsort(nearest, kind="stable")[: 20 * _CALLED]:
        if nearest[index] <= _UNCALLED:
            one, other = pairs[index] if index % 2 == 0 else reversed(pairs[index])  # every second is turned round
            found.append(((spelling[one], spelling[other]), float(nearest[index])))
    return tuple(found)


def _close(nearest: float) -> float:
    """How far something may be from what was heard to be offered, too: what was heard exactly leaves no doubt."""
    return nearest + _CLOSE if nearest else 0.0


def _shown(turns: Sequence[Turn]) -> Iterator[str]:
    for turn in turns:
        if isinstance(turn, ToolTurn):
            for result in turn.results:
                if not result.is_error:
                    yield from _WORD.findall(result.content)


def _said(turns: Sequence[Turn], heard: Recognised | None) -> tuple[str, ...] | None:
    phrases: dict[str, None] = {}
    for turn in turns:
        if isinstance(turn, UserTurn):
            words = _words(turn, heard)
            if words is None:
                return None
            phrases |= dict.fromkeys((*_phrases(words), *spelled_words(words), *spelled_emails(words)))
        elif isinstance(turn, ToolTurn):
            for result in turn.results:
                phrases |= dict.fromkeys([] if result.is_error else _strings(result.content))
    return tuple(phrases)


def last_words(turns: Sequence[Turn], heard: Recognised | None) -> str | None:
    """What the user said last, as far as the agent knows it; None: it was heard, but not as words."""
    users = [turn for turn in turns if isinstance(turn, UserTurn)]
    return _words(users[-1], heard) if users else ""


def _words(turn: UserTurn, heard: Recognised | None) -> str | None:
    """What was typed, or what the model's ear or a recogniser took the sound for."""
    if turn.audio is not None and heard is not None:
        return heard(turn.audio)
    return turn.text if turn.audio is None or turn.heard is None else turn.heard


def _numbers(text: str) -> Iterator[str]:
    """The digits of every number, however it is put: "123 4567", "123-4567", "one two double three"."""
    words = re.sub(r"[A-Za-z]+", lambda word: _DIGITS.get(word[0].lower(), word[0]), text)
    words = re.sub(r"\b(double|triple)\s+(\d)", lambda m: m[2] * (2 if m[1][0] in "dD" else 3), words, flags=re.I)
    for run in re.findall(r"\d(?:[\s.,-]{0,2}\d)*", words):
        yield from re.findall(r"\d+", run)
        yield re.sub(r"\D", "", run)


def _alike(lexicon: Sequence[str], spoken: Sequence[str], typed: bool) -> tuple[str, ...]:
    """The words of a lexicon that are most like something that was said: "sal a czar" is like "Salazar".

    None where it was ``typed`` and has a word of the lexicon as it is.
    """
    runs: set[str] = set()
    for text in spoken:
        words = re.findall(r"[^\W\d_]+", text.casefold())
        runs |= {"".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + _RUN, len(words)) + 1)}
        runs |= {word.casefold() for word in spelled_words(text)}
    if not runs or not lexicon:
        return ()
    folded = [word.casefold().replace(" ", "") for word in lexicon]
    nearest = cdist(folded, sorted(runs), scorer=Levenshtein.normalized_distance, score_cutoff=_UNLIKE).min(axis=1)
    if typed and nearest.min() == 0:
        return ()
    order = sorted(range(len(lexicon)), key=lambda index: nearest[index])
    return tuple(lexicon[index] for index in order[:_ALIKE] if nearest[index] <= _UNLIKE)


def _phrases(text: str) -> Iterator[str]:
    """Every run of up to four words that no punctuation divides, but those that only fill a pause."""
    words = text.split()
    fills = [word.strip(_MARKS).casefold() in _FILLERS for word in words]
    for start in range(len(words)):
        for end in range(start, min(start + _PHRASE, len(words))):
            phrase = " ".join(words[start : end + 1]).strip(_MARKS)
            if phrase and not all(fills[start : end + 1]):
                yield phrase
            if words[end][-1] in _MARKS:
                break


def _strings(content: str) -> list[str]:
    """The strings among the values of a JSON result."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                collect(inner)
        elif isinstance(value, str) and value:
            found.append(value)

    try:
        collect(json.loads(content))
    except (ValueError, RecursionError):
        return []
    return found


@lru_cache(maxsize=256)
def _composed(text: str, first: tuple[str, ...], last: tuple[str, ...], hosts: tuple[str, ...]) -> tuple[str, ...]:
    """E-mails that a misheard one may have been: two names, the digits and the host of "rai. sh,9358 at example. net".

    The digits and the host are taken as they were heard; the names are those whose letters are most like what came before.
    """
    text = re.sub(r"\s*@\s*", " at ", text.casefold())
    found: list[str] = []
    for match in re.finditer(r"(?P<name>[^@]*?)[\s,.]*(?P<digits>\d{4})\s+at\s+(?P<host>\S[^,;!?]{4,24})", text):
        host = extractOne(
            re.sub(r"\bdot\b|[^a-z]", "", match["host"]), {one: one.replace(".", "") for one in hosts}, score_cutoff=_HOST
        )
        local = re.sub(r"\b(dot|underscore)\b", lambda word: "." if word[1] == "dot" else "_", match["name"])
        words = local.split()[-2 * _RUN :]
        heard = [re.sub(r"[^a-z]", "", "".join(words[start:])) for start in range(len(words))]
        heard = [one for one in heard if len(one) > 1]
        if host is None or not heard:
            continue
        letters, pairs = _pairs(first, last)
        nearest = cdist(heard, letters, scorer=Levenshtein.normalized_distance).min(axis=0)
        tail = "".join(words[-2:])
        marks = [mark for mark in "._" if mark in tail.strip("._-")] or [".", "", "_"]
        for index in np.argsort(nearest, kind="stable")[:_COMPOSED]:
            if nearest[index] > _close(float(nearest.min())):
                break
            one, other = pairs[index]
            found += [f"{one}{mark}{other}{match['digits']}@{host[2]}" for mark in marks]
    return tuple(found)


@lru_cache(maxsize=4)
def _pairs(first: tuple[str, ...], last: tuple[str, ...]) -> tuple[list[str], list[tuple[str, str]]]:
    """Every first name with every last one, in either order: joined, and as pairs, in small letters."""
    small = [[_plain(name) for name in names] for names in (first, last)]
    pairs = [pair for one in small[0] for other in small[1] for pair in ((one, other), (other, one))]
    return ["".join(pair) for pair in pairs], pairs
