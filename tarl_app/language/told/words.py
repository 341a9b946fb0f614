"""Facts in words, such as a state or a way to pay. The domain declares synonyms and values that exclude each other."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tarl_app.core.fact_words import NO_WORDS, FactWords
from tarl_app.language.spoken.numerals import in_digits
from tarl_app.language.told.alternatives import Named, open_ended
from tarl_app.language.told.plain import plain, spelling
from tarl_app.language.told.stance import Stated

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ALL_OF_THEM = 3
"""Stating so many exclusive values in one sentence, not each of something else, tells none of them."""
_SHORT = 4
"""Words up to so many letters have no plural in "s"."""
_IN_NUMBER = re.compile(r"(?<=[$#])[0-9]|(?<=[0-9][.,])[0-9]")
_GOES_ON = re.compile(r"(?<=[0-9])[.,][0-9]")
_AROUND = 60
"""Characters around a value that decide whether it refers to a kind."""
_SUBJECT = re.compile(r"#?[a-z]*[0-9]{4,}")


def prepared(text: str) -> str:
    """The text in the form in which words are found: plain, lower case, numbers in digits."""
    return in_digits(plain(text).lower())


def places(text: str, value: str, synonyms: tuple[str, ...] = ()) -> list[tuple[int, int]]:
    """Where in a ``prepared`` text the value's words stand, in either spelling, as one or many, apart or joined."""
    tokens = _tokens(text)
    found: set[tuple[int, int]] = set()
    for form in (value, *synonyms):
        wanted = [spelling(word) for word in _WORD.findall(prepared(form))]
        whole = "".join(wanted)
        forms = {whole, f"{whole}s", f"{whole}es", whole.removesuffix("s") if len(whole) > _SHORT else whole}
        for size in {len(wanted), len(wanted) + 1, 1} if whole else ():
            for start in range(len(tokens) - size + 1):
                joined = "".join(word for word, _, _ in tokens[start : start + size]) if size > 1 else tokens[start][0]
                if joined in forms:
                    found.add((tokens[start][1], tokens[start + size - 1][2]))
    return sorted(place for place in found if not _IN_NUMBER.match(text, place[0]) and not _GOES_ON.match(text, place[1]))


@lru_cache(maxsize=16)
def _tokens(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((spelling(match.group()), match.start(), match.end()) for match in _WORD.finditer(text))


def names(text: str, value: str, known: FactWords = NO_WORDS) -> bool:
    """Whether a text has the value's words, stated or not."""
    return bool(places(prepared(text), value, known.synonyms.get(value, ())))


def stated(text: str, about: str, known: FactWords) -> list[tuple[str, str]]:
    """The values among ``known.rivals[about]`` that a text states, each with what stands before it, in lower case."""
    folded = prepared(text)
    return [(name, folded[:start]) for start, name in _stated(folded, known.rivals.get(about, ()), known)]


def tells(text: str, value: str, known: FactWords = NO_WORDS) -> bool:
    """Whether a value in words is stated: not denied, asked, wished for, or one of several alternatives."""
    folded = prepared(text)
    if not places(folded, value, known.synonyms.get(value, ())):
        return False
    said = {name.casefold() for _, name in _stated(folded, known.against(value) or (value,), known)}
    subjects = len(set(_SUBJECT.findall(folded)))
    return value.casefold() in said and not (len(said) >= _ALL_OF_THEM and subjects < len(said))


def _stated(text: str, values: Sequence[str], known: FactWords) -> Iterator[tuple[int, str]]:
    """Those of the values that a prepared text states, with their places."""
    found = sorted(
        (Named(name, *place) for name in values for place in places(text, name, known.synonyms.get(name, ()))),
        key=lambda one: (one.start, -one.end),
    )
    stated, choices = Stated(text), open_ended(text, found, commas=True, ranges=False)
    for place, one in enumerate(found):
        if place in choices or not stated.says(one.start, one.end, state=True) or _of_a_kind(text, one, known):
            continue
        yield one.start, str(one.value)


def _of_a_kind(text: str, one: Named, known: FactWords) -> bool:
    """ "Pending orders", "a pending order can", "orders that are pending"."""
    if not known.kinds:
        return False
    nouns = "|".join(map(re.escape, known.kinds))
    after, before = text[one.end : one.end + _AROUND], text[max(0, one.start - _AROUND) : one.start]
    if re.match(rf"\s+(?:{nouns})(?:s\b|\s+(?:can|can't|cannot|could|may|must|will)\b)", after):
        return True
    return (
        re.search(rf"(?<!the )(?<!your )(?<!these )(?<!both )\b(?:{nouns})s (?:that|which|with|whose|in)\b[^.,;]*$", before)
        is not None
    )
