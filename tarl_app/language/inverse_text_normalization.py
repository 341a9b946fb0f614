"""Spoken forms back to written ones: what recognition wrote -> the ids, zips and e-mails that tools want.

``order W, 4 8 2, 1 3 5 9`` -> ``order #W4821359``; ``mei dot kovacs 12 at example dot com`` -> ``mei.kovacs12@example.com``.
For agents that only read. Nothing is guessed: digits are joined, words for them are written as digits, the rest stays.
"""

import re

from tarl_app.language.numerals import DIGITS, OH, TEENS, TENS, TIMES

_ONES: dict[str, str] = {name: str(value) for value, name in enumerate(DIGITS)}
_TENS: dict[str, str] = {name: str(value // 10) for name, value in TENS.items()}
_SOUNDS_LIKE = {OH: "0", "o": "0", "won": "1", "to": "2", "too": "2", "tree": "3", "for": "4", "ate": "8"}
_MONTH = r"january|february|march|april|may|june|july|august|september|october|november|december"
_ORDER_DIGITS = 7  # an order id is W and so many digits
_SHORTEST = 5  # a zip code; shorter runs of digits stay as they are, unless spelled one by one

_ONE = "|".join(_ONES)
_TWO = rf"(?:{'|'.join(_TENS)})(?:[ -](?:{_ONE}))?|{'|'.join(TEENS)}"
_CORE = rf"(?:\d+|(?:double|triple)[ -](?:\d|{_ONE})|{_TWO}|{_ONE}|oh)(?![\w@])"
_UNIT = rf"{_CORE}(?!\.\d)"  # no part of a decimal number
_LIKE = "|".join(_SOUNDS_LIKE)
_LOOSE_UNIT = rf"(?:{_CORE}|(?:{_LIKE})\b(?=[ ,.-]+(?:(?:{_LIKE})[ ,.-]+)?{_CORE}))"  # inside an order id
_GAP = r"(?:[ ]*[,-][ ]*|[ ]+)"
_LOOSE_GAP = r"(?:[ ]*[,.?-]+[ ]*|[ ]*)"

_ORDER = re.compile(
    rf"(?:#\s*)?\b(?:w|double[ -]?(?:u|you))(?:\b|(?=\d))[ ,.#-]*(?P<run>{_CORE}(?:{_LOOSE_GAP}{_LOOSE_UNIT})*)",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"(?<![\w.$])\d(?:\.\d){3,}(?![\w.]*\d)")
_RUN = re.compile(rf"(?<![\w$#@.,-])(?P<run>{_UNIT}(?:{_GAP}{_UNIT})+)(?!,\d)", re.IGNORECASE)
_BEFORE_ENDING = re.compile(r"(?:\bend(?:s|ing)? (?:in|with)|\blast four(?: digits)?(?: are| is)?)[ ,:]*$", re.IGNORECASE)
_BEFORE_DATE = re.compile(rf"(?:{_MONTH})[ ]*$", re.IGNORECASE)

_HOST = re.compile(
    r"[ ,]*\b(?:at|@)[ ,]+(?P<host>[a-z0-9-]+(?:(?:,? dot,? |\.)[a-z0-9-]+)*(?:,? dot,? |\.)"
    r"(?:com|org|net|edu|gov|info|io|co|us|uk|de))\b",
    re.IGNORECASE,
)
_EIGHT = re.compile(r"(\bw[ ,.-]*\d+)a(?=\d)", re.IGNORECASE)  # "four eight two" is heard as "4a2"
_CENTS = re.compile(r"\$?(?<![\d.,])(\d[\d,]*)(?: dollars?)? and (\d{1,2}) cents?\b", re.IGNORECASE)
_JOINTS = {"dot": ".", "point": ".", "period": ".", "underscore": "_", "dash": "-", "hyphen": "-"}
_LOOKBACK = 40  # characters in which an e-mail is announced


def normalise_heard(text: str) -> str:
    """The text with spelled order ids, numbers and e-mails in written form. Any text is allowed; twice changes nothing."""
    text = _EIGHT.sub(r"\g<1>8", _emails(text))
    text = _CENTS.sub(lambda match: f"${match[1]}.{int(match[2]):02}", text)
    text = _ORDER.sub(_order, text)
    text = _DOTTED.sub(lambda match: match.group().replace(".", ""), text)
    return _RUN.sub(_number, text)


def _order(match: re.Match[str]) -> str:
    """Joins until the id is complete; what follows (``..., 5 items``) stays."""
    run, digits, end = match["run"], "", 0
    for unit in re.finditer(_LOOSE_UNIT, run, re.IGNORECASE):
        digits += _digits(unit.group())
        end = unit.end()
        if len(digits) >= _ORDER_DIGITS:
            break
    if len(digits) < _SHORTEST:
        return match.group()
    return f"#W{digits}{run[end:]}"


def _number(match: re.Match[str]) -> str:
    before, run = match.string[: match.start()], match["run"]
    units = [_digits(unit) for unit in re.findall(_UNIT, run, re.IGNORECASE)]
    digits = "".join(units)
    whole = max(len(unit) for unit in units) >= _SHORTEST  # one of them is an id already
    spelled = len(units) >= 4 and all(len(unit) == 1 for unit in units)
    ending = bool(_BEFORE_ENDING.search(before)) and len(digits) == 4
    if _BEFORE_DATE.search(before) or (whole and re.search(r"[ ,]", run)) or (run.startswith("oh") and not spelled):
        return match.group()
    thousands = re.fullmatch(r"\d{1,3}(?:,\d{3})+", run) is not None
    if thousands and len(digits) < 8:
        return match.group()
    return digits if len(digits) >= _SHORTEST or spelled or ending else match.group()


def _digits(unit: str) -> str:
    """``forty-eight`` -> 48, ``double five`` -> 55, ``oh`` -> 0."""
    first, _, rest = unit.lower().replace("-", " ").partition(" ")
    if first.isdecimal():
        return first
    if first in TIMES:
        return _ONES.get(rest, rest) * TIMES[first]
    if first in _TENS:
        return _TENS[first] + (_ONES[rest] if rest else "0")
    if first in TEENS:
        return str(10 + TEENS.index(first))
    return _ONES.get(first) or _SOUNDS_LIKE[first]


def _emails(text: str) -> str:
    done, at = "", 0
    for match in _HOST.finditer(text):
        before = text[at : match.start()]
        start, local = _local_part(before)
        announced = re.search(r"mail|address", before[max(0, start - _LOOKBACK) :], re.IGNORECASE)
        if local and (announced or re.search(r"[\d._-]", local)):
            host = re.sub(r",? dot,? ", ".", match["host"], flags=re.IGNORECASE)
            done += f"{before[:start]}{local}@{host.lower()}"
        else:
            done += before + match.group()
        at = match.end()
    return done + text[at:]


def _local_part(before: str) -> tuple[int, str]:
    """The e-mail's name at the end of ``before``, and where it starts: digits, then a word, then words joined by ``dot``."""
    local, start, after_joint = "", len(before), True
    for token in reversed(list(re.finditer(r"\S+", before))):
        raw = token.group()
        word = raw.strip(",").lower().replace("'", "")
        if local and raw[-1] in ".!?;:":
            break
        if word in _JOINTS:
            local, after_joint = _JOINTS[word] + local, True
        elif re.fullmatch(_UNIT, word) and (after_joint or local[:1].isdecimal()):
            local, after_joint = _digits(word) + local, False
        elif re.fullmatch(r"\d+(?:-\d+)+", word) and (after_joint or local[:1].isdecimal()):
            local, after_joint = word.replace("-", "") + local, False
        elif re.fullmatch(r"[a-z0-9]+(?:[._-][a-z0-9]+)*", word) and (after_joint or local[:1].isdecimal()):
            local, start = word + local, token.start()
            preceding = re.search(r"(\S+)\s*$", before[: token.start()])
            after_joint = False
            if preceding is None or preceding[1].strip(",").lower() not in _JOINTS:
                break
            continue
        else:
            break
        start = token.start()
    return start, local.strip("._-") if local[:1] in "._-" else local
