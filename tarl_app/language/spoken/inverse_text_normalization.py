"""Inverse text normalization: spoken forms in a transcript -> ids, numbers and e-mails as tools expect them.

``flight H A T, 2 7 1`` -> ``flight HAT271``; ``ada dot king 12 at example dot com`` -> ``ada.king12@example.com``.
Numbers, days, times and e-mails are the same in every domain; a domain declares its ids (``Spoken``). For agents that
read transcripts. Nothing is guessed: letters and digits are joined, words for them become digits, the rest is unchanged.
"""

import re
from functools import cache, partial

from tarl_app.core.spoken import PLAIN_SPEECH, IdForm, Spoken
from tarl_app.language.spoken.heard_dates import dates_in_digits, times_in_digits
from tarl_app.language.spoken.numerals import DIGITS, OH, TEENS, TENS, TIMES

_ONES: dict[str, str] = {name: str(value) for value, name in enumerate(DIGITS)}
_TENS: dict[str, str] = {name: str(value // 10) for name, value in TENS.items()}
_SOUNDS_LIKE = {OH: "0", "o": "0", "won": "1", "to": "2", "too": "2", "tree": "3", "for": "4", "ate": "8"}
_MONTH = r"january|february|march|april|may|june|july|august|september|october|november|december"
_SHORTEST = 5  # a postal code; shorter runs of digits are unchanged, unless spelled one by one
_SPOKEN_LETTERS = {"w": "double[ -]?(?:u|you)"}

_ONE = "|".join(_ONES)
_TWO = rf"(?:{'|'.join(_TENS)})(?:[ -](?:{_ONE}))?|{'|'.join(TEENS)}"
_CORE = rf"(?:\d+|(?:double|triple)[ -](?:\d|{_ONE})|{_TWO}|{_ONE}|oh)(?![\w@])"
_UNIT = rf"{_CORE}(?!\.\d)"  # not part of a decimal number
_LIKE = "|".join(_SOUNDS_LIKE)
_LOOSE_UNIT = rf"(?:{_CORE}|(?:{_LIKE})\b(?=[ ,.-]+(?:(?:{_LIKE})[ ,.-]+)?{_CORE}))"  # inside an id
_GAP = r"(?:[ ]*[,-][ ]*|[ ]+)"
_LOOSE_GAP = r"(?:[ ]*[,.?-]+[ ]*|[ ]*)"

_DOTTED = re.compile(r"(?<![\w.$])\d(?:\.\d){3,}(?![\w.]*\d)")
_RUN = re.compile(rf"(?<![\w$#@.,-])(?P<run>{_UNIT}(?:{_GAP}{_UNIT})+)(?!,\d)", re.IGNORECASE)
_BEFORE_ENDING = re.compile(r"(?:\bend(?:s|ing)? (?:in|with)|\blast four(?: digits)?(?: are| is)?)[ ,:]*$", re.IGNORECASE)
_BEFORE_DATE = re.compile(rf"(?:{_MONTH})[ ]*$", re.IGNORECASE)

_DOT = r"(?:,? dot,? |\.)"
_MORE = r"[ .,]{0,3}(?:dot|(?:com|org|net)\b)"  # of a host that was heard in pieces
_HOST = re.compile(
    rf"[ ,]*\b(?:at|@)[ ,]+(?P<host>[a-z0-9-]+(?:(?:{_DOT}|[ ]dash[ ])[a-z0-9-]+)*{_DOT}"
    rf"(?:(?:com|org|net|edu|gov|info|io|co|us|uk|de)\b|(?:example|test|(?<=\bdot )[a-z]{{2,}})\b(?!{_MORE})))",
    re.IGNORECASE,
)
_CENTS = re.compile(r"\$?(?<![\d.,])(\d[\d,]*)(?: dollars?)? and (\d{1,2}) cents?\b", re.IGNORECASE)
_JOINTS = {"dot": ".", "point": ".", "period": ".", "underscore": "_", "dash": "-", "hyphen": "-"}
_LOOKBACK = 40  # characters in which an e-mail is announced


def normalise_heard(text: str, spoken: Spoken = PLAIN_SPEECH) -> str:
    """The text with spelled ids, numbers, days, times and e-mails in written form.

    Any text is allowed; twice changes nothing.
    """
    text = dates_in_digits(_emails(text))
    for form in spoken.ids:
        text = _misheard_eight(form).sub(r"\g<1>8", text)
    text = _CENTS.sub(lambda match: f"${match[1]}.{int(match[2]):02}", text)
    for form in spoken.ids:
        text = _said_id(form).sub(partial(_id, form), text)
    text = times_in_digits(_codes(text, spoken))  # after the codes: their letters can be "A M"
    text = _DOTTED.sub(lambda match: match.group().replace(".", ""), text)
    # A number that was in words until now can complete a code.
    return _codes(_RUN.sub(_number, text), spoken)


def _codes(text: str, spoken: Spoken) -> str:
    for length in spoken.codes:
        text = _said_code(length).sub(partial(_code, length), text)
    return text


def _said_letters(letters: str) -> str:
    """A pattern of these letters, each as written or as its name is recognised."""
    one_by_one = (f"(?:{'|'.join(filter(None, (one, _SPOKEN_LETTERS.get(one))))})" for one in letters.lower())
    return r"(?:[ ,.-]|\b)*".join(one_by_one) if len(letters) > 1 else next(iter(one_by_one))


@cache
def _said_id(form: IdForm) -> re.Pattern[str]:
    sign = rf"(?:{re.escape(form.sign)}\s*)?" if form.sign else ""
    return re.compile(
        rf"{sign}\b{_said_letters(form.letters)}(?:\b|(?=\d))[ ,.#-]*(?P<run>{_CORE}(?:{_LOOSE_GAP}{_LOOSE_UNIT})*)",
        re.IGNORECASE,
    )


@cache
def _misheard_eight(form: IdForm) -> re.Pattern[str]:
    """ "Four eight two" is heard as "4a2"."""
    return re.compile(rf"(\b{form.letters[-1]}[ ,.-]*\d+)a(?=\d)", re.IGNORECASE)


def _id(form: IdForm, match: re.Match[str]) -> str:
    """Joins until the id is complete; what follows (``..., 5 items``) stays."""
    run, digits, end = match["run"], "", 0
    for unit in re.finditer(_LOOSE_UNIT, run, re.IGNORECASE):
        digits += _digits(unit.group())
        end = unit.end()
        if len(digits) >= form.digits:
            break
    if len(digits) < min(_SHORTEST, form.digits):
        return match.group()
    return f"{form.sign}{form.letters}{digits}{run[end:]}"


@cache
def _said_code(length: int) -> re.Pattern[str]:
    """Letters and digits one by one, or in groups that have both, as many as there are; ``_code`` counts them."""
    sign = (
        rf"(?:[a-z](?![a-z0-9])|(?:{_ONE}|oh)\b|\d{{1,{length - 1}}}(?![a-z0-9])|(?=[a-z]*\d)[a-z0-9]{{2,{length - 1}}}\b)"
    )
    return re.compile(rf"(?<![\w@.$#'-]){sign}(?:{_GAP}{sign})+(?![\w@'-])", re.IGNORECASE)


def _code(length: int, match: re.Match[str]) -> str:
    """The code in capitals; digits alone are not a code."""
    signs = "".join(_ONES.get(part) or ("0" if part == "oh" else part) for part in re.findall(r"\w+", match.group().lower()))
    whole = len(signs) == length and re.search("[a-z]", signs) and re.search("[0-9]", signs)
    return signs.upper() if whole else match.group()


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
            host = re.sub(r" dash ", "-", host, flags=re.IGNORECASE)
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
