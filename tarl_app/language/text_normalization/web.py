"""E-mails, web addresses, ids and spelled words, which are spoken letter by letter."""

import re

from tarl_app.language.text_normalization.numbers import DIGITS, Rule, plain, rule, spell_digits

_MARKS = {".": "dot", "_": "underscore", "-": "dash", "+": "plus"}
_URL_MARKS = _MARKS | {
    "/": "slash",
    "?": "question mark",
    "=": "equals",
    "&": "and",
    "#": "hash",
    ":": "colon",
    "%": "percent",
    "~": "tilde",
}
_PIECES = re.compile(r"[^\W\d_]+|\d+|\S")
_HOST_ENDS = "com|org|net|edu|gov|io|app|dev|info|co\\.uk|uk|de|eu"
_FILES = "pdf|jpg|jpeg|png|gif|txt|csv|doc|docx|xls|xlsx|zip|mp3|mp4|wav|json|html|py"

SPELLED = re.compile(r"(?<![\w'@.-])[a-z](?: [a-z]){2,}(?![\w'@-])")
SPELLED_BY_DASHES = re.compile(r"(?<![\w'@.-])[A-Za-z](?:-[A-Za-z])+(?![\w'@-])")


def say_letters(match: re.Match[str]) -> str:
    """``K-O-V-A-C-S`` and ``k o v a c s`` -> K O V A C S: a capital alone is said as a letter."""
    return match.group().replace("-", " ").upper()


def _email(match: re.Match[str]) -> str:
    """With pauses around the marks in the name: without them "mei dot" is heard as "made"."""
    name, _, host = match.group().rpartition("@")
    said = ", ".join(_piece(part, _MARKS) for part in _PIECES.findall(name))
    return f"{said}, at {' '.join(_piece(part, _MARKS) for part in _PIECES.findall(host))}"


def _piece(part: str, marks: dict[str, str]) -> str:
    return plain(part) if part.isdecimal() else marks.get(part, part if part[0].isalnum() else " ")


def _url(match: re.Match[str]) -> str:
    """``https://www.example.com/help`` -> W W W dot example dot com slash help."""
    written = match.group()
    address = written.rstrip(".,;:!?)]}'\"*_")
    end = written[len(address) :]
    said = [_piece(part, _URL_MARKS) for part in _PIECES.findall(re.sub(r"^https?://", "", address))]
    return f" {' '.join('W W W' if part == 'www' else part for part in said)}{end}"


def _file(match: re.Match[str]) -> str:
    return f"{match[1]} dot {' '.join(match[2].upper())}"


def _numbered(match: re.Match[str]) -> str:
    return f" {match[1].upper()}, {spell_digits(match[2])}"


def _code(match: re.Match[str]) -> str:
    """``HAT271`` -> H A T two seven one; ``ZFA04Y`` -> Z F A zero four Y; ``4FA 04Y``, the same with a pause."""
    groups = re.split(r"[ -]", match.group())
    return ", ".join(" ".join(spell_digits(one) if one.isdigit() else one for one in group) for group in groups)


def _grouped(match: re.Match[str]) -> str:
    """``M 482 1359`` and ``M482 1359`` -> M, four eight two, one three five nine."""
    return f" {match[1].upper()}, {', '.join(plain(group) for group in match[2].split())}"


def _named_id(match: re.Match[str]) -> str:
    """``tax_id_1234567`` -> tax id, ...; ``ada_king_4821`` -> ada king, ..."""
    return f"{match[1].replace('_', ' ')}, {spell_digits(match[2])}"


def _beside(match: re.Match[str]) -> str:
    """``38 double 4 01`` -> three eight double 4 zero one, for these are digits of one number."""
    return f" {plain(match.group())}"


def _ending(match: re.Match[str]) -> str:
    return f"{match[1]}{plain(match[2])}"


ADDRESSES: tuple[Rule, ...] = (
    rule(r"(?<![\w@.])(?:https?://|www\.)[^\s<>\"]{1,400}", _url, "w/"),
    rule(
        rf"(?<![\w@.\-/])(?:[a-z0-9][a-z0-9\-]{{0,62}}\.){{1,5}}(?:{_HOST_ENDS})(?![\w\-@])(?:/[^\s<>\"]{{0,300}})?",
        _url,
        ".",
    ),
    rule(rf"(?<![\w.\-/])([A-Za-z0-9][\w\-]{{0,60}})\.({_FILES})(?![\w\-@])", _file, "."),
)

LETTERS: tuple[Rule, ...] = (Rule(SPELLED_BY_DASHES, say_letters, ("-",)), Rule(SPELLED, say_letters))
"""``ADDRESSES`` again, when other marks around them are gone."""

RULES: tuple[Rule, ...] = (
    rule(r"(?<![A-Za-z0-9])[A-Za-z0-9][\w.+\-]{0,63}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}", _email, "@", "."),
    *ADDRESSES,
    rule(r"\b\d+(?= at \w+(?: dot \w+)+)", lambda match: plain(match.group()), DIGITS),  # an e-mail said in words
    rule(
        r"(?i)(?<![\d.,$])\d+(?= (?:double|triple) \d)|(?<=\b(?:double|triple) \d )\d+(?![.,]?\d)",
        _beside,
        DIGITS,
    ),
    *LETTERS,
    rule(r"#?\b([A-Za-z])-?(\d{5,})\b(?![.,]\d)", _numbered, DIGITS),
    rule(r"(?<![\w#@.&/\-])([A-Z]) ?(\d{3,4}(?: \d{3,4}){1,2})(?![.,:]?\d|[\w%@-])", _grouped, DIGITS),
    rule(r"(?<![\w#@.&/\-])(?=[A-Z0-9]{5,8}(?![\w@\-]))(?=\d*[A-Z]\d*[A-Z])[A-Z]+\d[A-Z0-9]*", _code, DIGITS),
    rule(r"(?<![\w#@.&/\-])(?=[A-Z0-9]{5,8}(?![\w@\-]))\d{1,3}[A-Z]+\d[A-Z0-9]*", _code, DIGITS),
    rule(
        r"(?<![\w#@.&/\-])(?=[A-Z0-9]{3}[ -][A-Z0-9]{3}(?![\w@\-]))(?=\d*[A-Z])(?=[A-Z]*\d)[A-Z0-9]{3}[ -]"
        r"(?=\d*[A-Z])[A-Z0-9]{3}",
        _code,
        DIGITS,
    ),
    rule(
        r"(?<![\w#@.&/\-])(?=[A-Z]{3}[ -][A-Z0-9]{3}(?![\w@\-]))[A-Z]{3}[ -](?=\d[A-Z]*\d)[A-Z0-9]{3}",
        _code,
        DIGITS,
    ),
    rule(r"\b([A-Za-z]+(?:_[A-Za-z]+)*)_(\d+)\b", _named_id, DIGITS, "_"),
    rule(r"(?i)\b((?:ends|ending|end) (?:in|with) |last four(?: digits)?(?: are| is)? )(\d{4})\b", _ending, DIGITS),
)
"""Applied first, because their marks mean something else in other text."""
