"""Ids in a text: "#A4821359", "A 482-1359", "four two four two", with any dash, blanks, dots, or digit by digit."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

from tarl_app.language.spoken.numerals import digit_by_digit, in_digits
from tarl_app.language.told.plain import plain
from tarl_app.language.told.stance import Stated

_SPELLED = re.compile(r"(?<![\w#])#?\w(?:[\s,.\-]+\w(?!\w)){4,}")
_A_DAY = r"[A-Za-z]{2} (?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)"  # "on 2024-05-03"
_GROUPED = re.compile(
    rf"(?<![\w#])(?!{_A_DAY})"
    r"#?[A-Za-z]{1,2}[ \-]?\d{2,5}(?:[ \-]\d{2,5})+(?!\w)|(?<![\w#$.\-])#?\d{3,4}[ \-]\d{3,4}(?![\w\-])"
)
_TOKEN = re.compile(r"(?<![\w.$@-])#?\w{6,64}(?![\w@])")
_NUMBERED = re.compile(r"[a-z]{0,3}\d{6,}")
_SIGN = re.compile(r"[^\W_]")
_BETWEEN = re.compile(r"[\s_.,#/-]{0,3}")
_APART = re.compile(r"[0-9][^0-9a-z]+[0-9]")
_LONGER_BEFORE = re.compile(r"[0-9][ \-_.]$")
_LONGER_AFTER = re.compile(r"[ \-_.][0-9]")
_SPELLED_BEFORE = re.compile(r"(?<![0-9])[0-9][ \-_.,]{1,3}$")
_SPELLED_AFTER = re.compile(r"[ \-_.,]{1,3}[0-9](?![0-9])")
_OTHER_AFTER = re.compile(r",? or (?:maybe |perhaps |the one (?:ending )?(?:in |with )?)?#?[a-z]*\s?[0-9]{3,}")
_OTHER_BEFORE = re.compile(r"[0-9]{3,},? or (?:maybe |perhaps |the one (?:ending )?(?:in |with )?)?#?$")
_DOUBLE_U = re.compile(r"\bdouble[ -]?(?:u|you)\b")
_MASK = re.compile(r"\b[x•]{2,}[\s-]?(?=[0-9x•])")
_LONGEST_OTHER = 40


def tells(text: str, value: str) -> bool:
    """Whether the id ``value`` is stated: whole, in any grouping, and not as part of a longer one."""
    signs = "".join(_SIGN.findall(value.lower()))
    folded = _MASK.sub(" ", _DOUBLE_U.sub("w", plain(text).lower()))
    return bool(signs) and any(_tells_in(form, signs) for form in dict.fromkeys((folded, digit_by_digit(folded))))


def _tells_in(text: str, signs: str) -> bool:
    stated: Stated | None = None
    for start, end in _places(text, signs):
        stated = stated or Stated(text)
        if not _part_of_more(text, start, end) and stated.says(start, end):
            return True
    return False


def _places(text: str, signs: str) -> Iterator[tuple[int, int]]:
    """Where the signs stand in sequence, with nothing but ``_BETWEEN`` between them and no letter or digit beside them."""
    at = [match.start() for match in _SIGN.finditer(text)]
    packed = "".join(text[place] for place in at)
    place = packed.find(signs)
    while place >= 0:
        last = place + len(signs) - 1
        start, end = at[place], at[last] + 1
        alone = (place == 0 or at[place - 1] < start - 1) and (last + 1 == len(at) or at[last + 1] > end)
        if alone and all(_BETWEEN.fullmatch(text, one + 1, other) for one, other in pairwise(at[place : last + 1])):
            yield start, end
        place = packed.find(signs, place + 1)


def _part_of_more(text: str, start: int, end: int) -> bool:
    """Whether it is part of a longer number joined in the same way, or stands beside an alternative id."""
    before, after = text[max(0, start - _LONGEST_OTHER) : start], text[end : end + _LONGEST_OTHER]
    if _OTHER_AFTER.match(after) or _OTHER_BEFORE.search(before):
        return True
    starts_with_digit = text[start].isdigit()
    if (starts_with_digit and _LONGER_BEFORE.search(before)) or _LONGER_AFTER.match(after):
        return True
    spelled = _APART.search(text, start, end) is not None
    return spelled and bool((starts_with_digit and _SPELLED_BEFORE.search(before)) or _SPELLED_AFTER.match(after))


# --- ids of any sort --------------------------------------------------------------------------------------------------


def unspell(text: str) -> str:
    """``W 4 8 2 1 3``, ``W-4-8-2-1-3``, ``W482 13`` and ``W482–13`` become ``W48213``."""
    spelled = _SPELLED.sub(lambda match: re.sub(r"[\s,.\-]+", "", match.group()), in_digits(plain(text)))
    return _GROUPED.sub(lambda match: re.sub(r"[\s\-]+", "", match.group()), spelled)


def ids_in(text: str) -> set[str]:
    """The tokens that look like ids, folded: ``#A4821359``, ``A482 1359`` and ``4821359`` are all ``4821359``."""
    return set(forms_in(text))


@lru_cache(maxsize=4096)
def forms_in(text: str) -> Mapping[str, str]:
    """The ids in a text with their form in the text: ``{"4821359": "#A4821359"}``."""
    tokens = (match.group() for match in _TOKEN.finditer(unspell(text)))
    return MappingProxyType({_canonical(token.lower()): token for token in tokens if _is_id(token.lower().lstrip("#"))})


def _is_id(token: str) -> bool:
    return bool(_NUMBERED.fullmatch(token)) or ("_" in token and token[0].isalpha() and any(map(str.isdigit, token)))


def _canonical(token: str) -> str:
    token = token.lstrip("#")
    return token if "_" in token else token.lstrip("abcdefghijklmnopqrstuvwxyz")
