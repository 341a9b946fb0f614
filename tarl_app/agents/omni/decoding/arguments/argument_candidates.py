"""What a dialogue has brought up, as far as it can be an argument of a call.

That is ids that tools have shown, phrases and numbers that the customer has said, and what these may have been where they
were misspelled or misheard: words of the domain's lexicons, and whole names and e-mail addresses made of them.

Nothing here knows a domain. What kind of value an argument takes is in its tool's JSON schema (``grammar.call_schema``):
``x-person`` for the parts of a whole name, ``format: email`` for an address.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from tarl_app.agents.omni.audio.keyword_spotting import Recognition, plain
from tarl_app.agents.omni.decoding.arguments.argument_kinds import argument_kinds, email_arguments, person_arguments
from tarl_app.agents.omni.decoding.arguments.spoken_emails import likely_emails
from tarl_app.agents.omni.decoding.arguments.spoken_names import likely_names, offered_names
from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, AudioRef, ToolCall, ToolTurn, Turn, UserTurn
from tarl_app.language import people
from tarl_app.language.spoken.numerals import DIGITS, OH
from tarl_app.language.spoken.spelling import spelled_emails, spelled_words

_REMEMBERED = 1000  # phrases, the newest: twice what the longest calls have; somebody may paste a book
_PHRASE = 4  # words in the longest phrase that is copied: "12 North Heron Court"
_RUN = 3  # words that one word may have been heard as
_ALIKE = 12  # words of a lexicon that are offered
_UNLIKE = 0.5  # of its letters, at most, are others
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
_NAME = re.compile(r"[^\W\d_][^\d_ ]+")
_NAMED = 40  # words that may be parts of a name
_WORD = re.compile(r"[^\s\",:{}\[\]]+")

Recognised = Callable[[AudioRef], Recognition | None]
"""What the model's own CTC head recognised in a sound; None where it does not recognise words."""


@dataclass(frozen=True)
class ArgumentCandidates:
    """What the dialogue has brought up: words of results; phrases that were typed, recognised or shown, and numbers.

    ``said`` is None where some of it was heard, but not as words; ``alike`` are words of the lexicons that it may have been,
    and ``emails`` addresses put together from them.
    """

    shown: tuple[str, ...]
    said: tuple[str, ...] | None
    numbers: tuple[str, ...]
    alike: Mapping[str, tuple[str, ...]]
    called: tuple[tuple[str, str], ...] = ()
    """First and last names of somebody who spoke, as a lexicon has them; empty where nothing is like what was heard."""
    emails: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    """Parts of a name as they were heard, whether a lexicon has them or not: what was spelled, or every word."""


def candidates(domain: Domain, turns: Sequence[Turn], heard: Recognised | None = None) -> ArgumentCandidates:
    """What ``turns`` have brought up, for a model that has ``heard`` them, or only reads."""
    users = [turn for turn in turns if isinstance(turn, UserTurn)]
    spoken = tuple(_words(turn, heard) or "" for turn in users)
    typed = all(turn.audio is None for turn in users)
    alike = {name: _alike(words, spoken, typed) for name, words in domain.lexicons.items()}
    called, emails = ((), ()) if typed else _misheard(domain, turns, [_recognition(turn, heard) for turn in users])
    numbers = tuple(dict.fromkeys(number for text in spoken for number in _numbers(text)))
    shown, named = tuple(dict.fromkeys(_shown(turns))), () if typed else _named(spoken)
    return ArgumentCandidates(shown, _said(turns, heard), numbers, alike, called, emails, named)


def _named(spoken: Sequence[str]) -> tuple[str, ...]:
    """Who spells both parts of a name means what was spelled; of others any word may be one that is no common word of
    English, the newest first.
    """
    spelled = dict.fromkeys(word for text in reversed(spoken) for word in spelled_words(text))
    phrases = (word for text in reversed(spoken) for word in _phrases(text))
    words = dict.fromkeys(word for word in phrases if _NAME.fullmatch(word) and people.can_be(word))
    return tuple(spelled if len(spelled) > 1 else spelled | words)[:_NAMED]


def _misheard(
    domain: Domain, turns: Sequence[Turn], recognised: Sequence[Recognition]
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Whole names and e-mail addresses that may have been said, but those that a look-up has refused."""
    kinds = argument_kinds(domain)
    if not kinds.first or not kinds.last:
        return (), ()
    found = likely_names(recognised, kinds.first, kinds.last)
    people: set[tuple[str, str]] = set()
    emails: set[str] = set()
    for call in _failed(turns):
        tool = domain.tool(call.name)
        parts = person_arguments(tool) if tool else None
        if parts and set(parts) <= call.arguments.keys():
            people.add((plain(str(call.arguments[parts[0]])), plain(str(call.arguments[parts[1]]))))
        emails |= {str(call.arguments[name]) for name in email_arguments(tool) if name in call.arguments} if tool else set()
    composed = likely_emails(recognised, found, kinds.hosts, emails) if kinds.hosts else ()
    return offered_names(found, people), composed


def _failed(turns: Sequence[Turn]) -> Iterator[ToolCall]:
    """The calls that came to nothing: they need not be tried again."""
    for turn, after in pairwise(turns):
        if isinstance(turn, AgentTurn) and isinstance(after, ToolTurn):
            for call, result in zip(turn.tool_calls, after.results, strict=False):
                if result.is_error:
                    yield call


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
    """What was typed, or what the model's CTC head or a recogniser made of the sound."""
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
    """The words of a lexicon that are most like something that was said: "tom a son" is like "Thomason".

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
def _written(text: str) -> Recognition:
    return Recognition(text)


def _recognition(turn: UserTurn, heard: Recognised | None) -> Recognition:
    """What was heard in a turn, or the words that were typed."""
    found = heard(turn.audio) if turn.audio is not None and heard is not None else None
    return _written(_words(turn, heard) or "") if found is None else found
