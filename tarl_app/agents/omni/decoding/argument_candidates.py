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

from tarl_app.agents.omni.audio.keyword_spotting import Recognition, plain
from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, AudioRef, ToolCall, ToolTurn, Turn, UserTurn
from tarl_app.language.numerals import DIGITS, OH
from tarl_app.language.spelling import spelled_emails, spelled_words

_REMEMBERED = 1000  # phrases, the newest: twice what the longest calls have; somebody may paste a book
_PHRASE = 4  # words in the longest phrase that is copied: "9805 North Heron Court"
_RUN = 3  # words that one word may have been heard as
_ALIKE = 12  # words of a lexicon that are offered
_UNLIKE = 0.5  # of its letters, at most, are others
_A_LETTER = 2.5  # nats that finding one more letter of a name is worth, against shorter names
_IN_A_ROW = 3.0  # nats that it is worth when first and last name follow one another
_LIKELIEST = 15  # first names, and last names, that are looked for as whole names
_UNCALLED = -1.6  # nats a letter: a name that is less like what was heard was not said
_DOUBT = 1.0  # nats: what is less likely than the best by more is not offered
_CALLED = 4  # whole names that are offered for one that was heard
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
_DIGITS = {name: str(digit) for digit, name in enumerate(DIGITS)} | {OH: "0"}
_WORD = re.compile(r"[^\s\",:{}\[\]]+")
EMAIL = "e-mail"
"""The lexicon of addresses that were put together."""
FIRST, LAST, _HOSTS = "first names", "last names", "e-mail hosts"

Recognised = Callable[[AudioRef], Recognition | None]
"""What a model's own ear took a sound for; None where it does not recognise words."""


@dataclass(frozen=True)
class ArgumentCandidates:
    """What the dialogue has brought up: words of results; phrases that were typed, recognised or shown, and numbers.

    ``said`` is None where some of it was heard, but not as words; ``alike`` are words of the lexicons that it may have been,
    and under ``e-mail`` addresses put together from them. ``amounts`` are ``Guard.amounts``.
    """

    shown: tuple[str, ...]
    said: tuple[str, ...] | None
    numbers: tuple[str, ...]
    alike: Mapping[str, tuple[str, ...]]
    amounts: tuple[str, ...]
    called: tuple[tuple[str, str], ...] = ()
    """First and last names of somebody who spoke, as a lexicon has them; empty where nothing is like what was heard."""


def candidates(domain: Domain, turns: Sequence[Turn], heard: Recognised | None = None) -> ArgumentCandidates:
    """What ``turns`` have brought up, for a model that has ``heard`` them, or only reads."""
    users = [turn for turn in turns if isinstance(turn, UserTurn)]
    spoken = tuple(_words(turn, heard) or "" for turn in users)
    typed = all(turn.audio is None for turn in users)
    alike = {name: _alike(words, spoken, typed) for name, words in domain.lexicons.items()}
    called: tuple[tuple[str, str], ...] = ()
    if not typed and {FIRST, LAST} <= domain.lexicons.keys():
        recognised = [_recognition(turn, heard) for turn in users]
        found = _names(recognised, domain.lexicons[FIRST], domain.lexicons[LAST])
        called = _called(found, turns)
        if _HOSTS in domain.lexicons:
            refused = {str(call.arguments.get("email")) for call in _failed(turns)}
            alike[EMAIL] = _composed(recognised, found, domain.lexicons[_HOSTS], refused)
    numbers = tuple(dict.fromkeys(number for text in spoken for number in _numbers(text)))
    return ArgumentCandidates(
        tuple(dict.fromkeys(_shown(turns))), _said(turns, heard), numbers, alike, domain.guard.amounts(turns), called
    )


def _failed(turns: Sequence[Turn]) -> Iterator[ToolCall]:
    """The calls that came to nothing: they need not be tried again."""
    for turn, after in pairwise(turns):
        if isinstance(turn, AgentTurn) and isinstance(after, ToolTurn):
            for call, result in zip(turn.tool_calls, after.results, strict=False):
                if result.is_error:
                    yield call


@dataclass(frozen=True)
class _Name:
    """Somebody who may have spoken."""

    first: str
    last: str
    score: float


def _names(heard: Sequence[Recognition], first: tuple[str, ...], last: tuple[str, ...]) -> list[_Name]:
    """Whole names by how much speaks for them in all that was heard, the likeliest first; those that were not said are out.

    A name is found wherever its letters fit, spelled or not, first and last name apart or in a row. Each utterance adds
    what it says for a name, so that one that was said twice beats another that something else once sounded like.
    """
    small = tuple(plain(name) for name in (*first, *last))
    length_N = np.array([len(name) for name in small])
    gain_RN = np.array([np.maximum(0, one.spot(small) + _A_LETTER * length_N) for one in heard])
    total_N = gain_RN.sum(axis=0)
    firsts = np.argsort(-total_N[: len(first)], kind="stable")[:_LIKELIEST]
    lasts = np.argsort(-total_N[len(first) :], kind="stable")[:_LIKELIEST] + len(first)
    pairs = [(int(one), int(other)) for one in firsts for other in lasts]
    rows = tuple(name for one, other in pairs for name in (small[one] + small[other], small[other] + small[one]))
    length_W2 = np.array([len(row) for row in rows]).reshape(-1, 2)
    score_W = np.zeros(len(pairs))
    likest_W = np.full(len(pairs), -np.inf)
    for gain_N, one in zip(gain_RN, heard, strict=True):
        fit_W2 = one.spot(rows).reshape(-1, 2)
        gain_W2 = np.maximum(0, fit_W2 + _A_LETTER * length_W2)
        apart_W = np.array([gain_N[i] + gain_N[j] for i, j in pairs])
        score_W += np.maximum(apart_W, np.where(gain_W2.max(axis=1) > 0, gain_W2.max(axis=1) + _IN_A_ROW, 0))
        single_N = one.spot(small)
        apart = np.array([single_N[i] + single_N[j] for i, j in pairs])
        likest_W = np.maximum(likest_W, np.maximum(fit_W2.max(axis=1), apart) / length_W2[:, 0])
    return [
        _Name(first[pairs[k][0]], last[pairs[k][1] - len(first)], float(score_W[k]))
        for k in np.argsort(-score_W, kind="stable")
        if likest_W[k] >= _UNCALLED
    ]


def _called(found: Sequence[_Name], turns: Sequence[Turn]) -> tuple[tuple[str, str], ...]:
    """The likeliest names but those looked up in vain, as long as they are about as likely as the best."""
    in_vain = [call.arguments for call in _failed(turns) if {"first_name", "last_name"} <= call.arguments.keys()]
    refused = {(plain(str(one["first_name"])), plain(str(one["last_name"]))) for one in in_vain}
    left = [name for name in found if (plain(name.first), plain(name.last)) not in refused]
    return tuple((name.first, name.last) for name in left[:_CALLED] if name.score >= left[0].score - _DOUBT)


def _shown(turns: Sequence[Turn]) -> Iterator[str]:
    for turn in turns:
        if isinstance(turn, ToolTurn):
            for result in turn.results:
                if not result.is_error:
                    yield from _WORD.findall(result.content)


def _said(turns: Sequence[Turn], heard: Recognised | None) -> tuple[str, ...] | None:
    """What was said and shown, the newest turn first, up to a length that a grammar can hold."""
    phrases: dict[str, None] = {}
    for turn in reversed(turns):
        if isinstance(turn, UserTurn):
            words = _words(turn, heard)
            if words is None:
                return None
            phrases |= dict.fromkeys((*spelled_words(words), *spelled_emails(words), *_phrases(words)))
        elif isinstance(turn, ToolTurn):
            for result in turn.results:
                phrases |= dict.fromkeys([] if result.is_error else _strings(result.content))
    return tuple(phrases)[:_REMEMBERED]


def last_words(turns: Sequence[Turn], heard: Recognised | None) -> str | None:
    """What the user said last, as far as the agent knows it; None: it was heard, but not as words."""
    users = [turn for turn in turns if isinstance(turn, UserTurn)]
    return _words(users[-1], heard) if users else ""


def _words(turn: UserTurn, heard: Recognised | None) -> str | None:
    """What was typed, or what the model's ear or a recogniser took the sound for."""
    if turn.audio is not None and heard is not None:
        found = heard(turn.audio)
        return None if found is None else found.text
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


def _composed(
    heard: Sequence[Recognition], found: Sequence[_Name], hosts: tuple[str, ...], refused: set[str]
) -> tuple[str, ...]:
    """E-mails that a misheard one may have been: a name, the digits and the host of "rai. sh,9358 at example. net".

    The digits and the host are taken as they were heard last; the name is the likeliest with which an e-mail was not yet
    looked up in vain, and those about as likely.
    """
    ends = list(dict.fromkeys(end for one in reversed(heard) for end in _ends(one.text, hosts)))
    offered: list[str] = []
    best: float | None = None
    for name in found:
        if best is not None and (name.score < best - _DOUBT or len(offered) >= 3 * _CALLED):
            break
        one, other = _in_order(plain(name.first), plain(name.last), heard)
        for as_heard in (True, False):  # another mark only when that one was refused
            emails = [
                f"{one}{mark}{other}{digits}@{host}"
                for said, digits, host in ends
                for mark in ("", ".", "_")
                if (mark == said) == as_heard
            ]
            if left := [email for email in emails if email not in refused]:
                best = name.score if best is None else best
                offered += left
                break
    return tuple(dict.fromkeys(offered))


def _in_order(first: str, last: str, heard: Sequence[Recognition]) -> tuple[str, str]:
    """The two names in the order in which they are more likely to have been said, whatever stands between them."""
    orders = ((first, last), (last, first))
    rows = tuple(one + mark + other for one, other in orders for mark in ("", "dot", "underscore"))
    fits = np.array([one.spot(rows) for one in heard]).max(axis=0).reshape(2, -1)
    return orders[int(fits[1].max() > fits[0].max())]


@lru_cache(maxsize=256)
def _ends(text: str, hosts: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """What was heard between the names of each e-mail in a text ("", "." or "_"), its four digits, and its host."""
    text = re.sub(r"\s*@\s*", " at ", text.casefold())
    ends: list[tuple[str, str, str]] = []
    for match in re.finditer(r"(?P<name>[^@]*?)[\s,.]*(?P<digits>\d{4})\s+at\s+(?P<host>\S[^,;!?]{4,24})", text):
        host = extractOne(
            re.sub(r"\bdot\b|[^a-z]", "", match["host"]), {one: one.replace(".", "") for one in hosts}, score_cutoff=_HOST
        )
        local = re.sub(r"\b(dot|underscore)\b", lambda word: "." if word[1] == "dot" else "_", match["name"])
        tail = "".join(local.split()[-3:]).strip("._-")
        if host is not None and tail:
            ends.append((next((mark for mark in "_." if mark in tail), ""), match["digits"], host[2]))
    return tuple(ends)


@lru_cache(maxsize=256)
def _written(text: str) -> Recognition:
    return Recognition(text)


def _recognition(turn: UserTurn, heard: Recognised | None) -> Recognition:
    """What was heard in a turn, or the words that were typed."""
    found = heard(turn.audio) if turn.audio is not None and heard is not None else None
    return _written(_words(turn, heard) or "") if found is None else found
