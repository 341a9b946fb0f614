"""Names of people in text that was typed in a hurry: without capitals, beside other things."""

import re

_COMMON = """
a about account actually address after again ago ah all almost already alright also am an and another any anymore
anything apologies are around as ask at away back be because been before being best bit book born both bought but
buy by bye call called calling came can cannot cant card cash change charge check city clue code come coming could
currently customer date day dear did different do does doing don't dont down dunno each early earlier else email
emails er erm ever every everything exactly fine first fly for forgot forgotten found free from front full get
getting give given go going good got great had happy has have haven't having hello help her here hers hey hi him his
hm hmm hold home hope how hurry i i'd i'll i'm i've id idea if im in instead is isn't it it's its ive just k know
last lately later left let like listen live lives living lol lost made mail make making many married may maybe me
mean mind mine minute mistake moment money month more morning most moved much must my myself name name's named names
need never new next nice no none nope not nothing now number of off oh ok okay old on once one only oops or other
our out over page paid password pay phone placed please pls plz problem purchase put question quick quickly quite
rather ready really remember right robot said same say says sec second see send sent shall she should signed since
sir size so some someone something soon sorry speaking spell spelled still street sure surname system take talk tell
ten than thank thanks that that's thats the their them then there they thing things think this those though three
through thx time to today told tomorrow too town trip try two u uh um under until up ur us use used user username
very wait waiting want wanted was way we week well went were what what's when where which while who whose why wife
will wish with won't work works would wrong ya yeah year years yep yes yesterday yet you you're your yours yup zip's
january february march april may june july august september october november december monday tuesday wednesday
thursday friday saturday sunday mr mrs ms miss dr
"""
_WORDS = frozenset(_COMMON.split())
_NAME = r"([^\W\d_][\w'’-]*)"
_CUE = re.compile(
    rf"\b(?:my name(?: is|'s|s)?|name(?: is|'s|:)|i'm|i am|im|this is|it's|its|it is|here is|called|under|for)"
    rf" {_NAME} {_NAME}",
    re.I,
)
_BEFORE_NUMBER = re.compile(
    rf"(?<![\w'’-])(?={_NAME} {_NAME}(?:\W+[^\W\d][\w']*){{0,3}}?\W+(?:\d{{5}}\b|[mM]?\d{{7}}\b))", re.I
)
_HERE = re.compile(rf"(?<![\w'’-])(?={_NAME} {_NAME} (?:here|speaking)\b)", re.I)
_PAIR = re.compile(rf"(?<![\w'’-])(?={_NAME} {_NAME}(?![\w@]))")


def can_be(word: str, barred: frozenset[str] = frozenset()) -> bool:
    """Whether a word can be part of a name: none of the common words, nor of the ``barred``."""
    lower = word.lower().replace("’", "'")
    return lower not in _WORDS and lower not in barred and len(word) > 1


def typed(text: str, asked: bool, barred: frozenset[str] = frozenset()) -> tuple[str, str] | None:
    """First and last name, with capitals; ``asked``: any two words in a row that can be names count.

    ``barred`` are words of the domain that are no names, in lower case.
    """
    plain = re.sub(r"\S+@\S+|#?\b[wW] ?\d[\d ]+", " ~ ", text)
    for pattern in (_CUE, _BEFORE_NUMBER, _HERE, *((_PAIR,) if asked else ())):
        for found in pattern.finditer(plain):
            if can_be(found[1], barred) and can_be(found[2], barred):
                return _capital(found[1]), _capital(found[2])
    return None


def last(text: str) -> tuple[str, str] | None:
    """The last two words in a row that can be first and last name, with capitals."""
    words = re.findall(r"[^\W_][\w'’-]*", text)
    for one, other in zip(reversed(words[:-1]), reversed(words[1:]), strict=True):
        if all(word[0].isalpha() and can_be(word) for word in (one, other)):
            return _capital(one), _capital(other)
    return None


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in word.split("-")) if word.islower() else word
