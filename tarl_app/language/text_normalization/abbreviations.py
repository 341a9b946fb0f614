"""Abbreviations, expanded where the context fits: ``No. 5``, but ``No. I meant``; ``St. James``, ``12 Maple St.``

Unambiguous abbreviations are always expanded. Those that are also words or have several meanings (No., Dr., St., Sat.)
need a context: a number, a name, a month.
"""

import re

from tarl_app.language.text_normalization.numbers import DIGITS, Rule, rule, words

ALWAYS = {
    "Mr.": "Mister",
    "Mr": "Mister",
    "Mrs.": "Missus",
    "Mrs": "Missus",
    "Ms.": "Miss",
    "Ms": "Miss",
    "Prof.": "Professor",
    "Apt": "Apartment",
    "Apt.": "Apartment",
    "apt.": "apartment",
    "Ave.": "Avenue",
    "Blvd.": "Boulevard",
    "Rd.": "Road",
    "Ln.": "Lane",
    "Pkwy.": "Parkway",
    "Hwy.": "Highway",
    "Bldg.": "Building",
    "Inc.": "Incorporated",
    "Ltd.": "Limited",
    "Corp.": "Corporation",
    "Dept.": "Department",
    "dept.": "department",
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "and so on",
    "vs.": "versus",
    "approx.": "approximately",
    "incl.": "including",
    "excl.": "excluding",
    "qty.": "quantity",
    "Qty.": "Quantity",
    "a.k.a.": "also known as",
    "Jr.": "Junior",
    "Sr.": "Senior",
    "id": "I D",
    "ID": "I D",
    "IDs": "I Ds",
    "ids": "I Ds",
    "USB": "U S B",
    "usb": "U S B",
    "USA": "U S A",
    "ZIP": "zip",
}
"""Expanded everywhere."""

_BEFORE_NUMBER = {
    "No.": "number",
    "no.": "number",
    "Nos.": "numbers",
    "nos.": "numbers",
    "Vol.": "volume",
    "vol.": "volume",
    "Ch.": "chapter",
    "ch.": "chapter",
    "Sec.": "section",
    "sec.": "section",
    "Fig.": "figure",
    "fig.": "figure",
    "p.": "page",
    "pp.": "pages",
    "Pg.": "page",
    "pg.": "page",
    "Rm.": "Room",
    "rm.": "room",
    "Ste.": "Suite",
    "Ste": "Suite",
    "Fl.": "Floor",
    "Ext.": "extension",
    "ext.": "extension",
    "Ext": "extension",
    "ext": "extension",
    "Art.": "article",
    "art.": "article",
    "Ref.": "reference",
    "ref.": "reference",
    "Tel.": "telephone",
    "tel.": "telephone",
    "ver.": "version",
    "v": "version",
    "v.": "version",
    "ca.": "about",
    "c.": "about",
}
_WITH_SLASH = {"w/o": "without", "w/": "with", "n/a": "not applicable", "N/A": "not applicable", "c/o": "care of"}
_STREETS = {
    "St": "Street",
    "Dr": "Drive",
    "Ave": "Avenue",
    "Blvd": "Boulevard",
    "Rd": "Road",
    "Ln": "Lane",
    "Ct": "Court",
    "Pl": "Place",
    "Sq": "Square",
    "Ter": "Terrace",
    "Cir": "Circle",
    "Pkwy": "Parkway",
    "Hwy": "Highway",
}
_DIRECTIONS = {"N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest"}
_DIRECTIONS |= {"SE": "Southeast", "SW": "Southwest"}
_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA"
)
_STATES += " RI SC SD TN TX UT VT VA WA WV WI WY"
# Words that begin a sentence or lead to a name, and so are no name themselves although they have a capital.
_NO_NAMES_LINES = """
I It Is The This That These Those There Then They We You He She My Your Our His Her Its Please Can Could Would Will Do
Does Did And But Or So If In On At To From For With By As Are Was Were Be Yes No Not What When Where Which Who Why How
Thank Thanks Sorry Ok Okay Hi Hello Dear Ask Call See Tell Visit Contact Meet Also Just Now Let Ship Send Deliver
Apartment Apt Suite Unit Room Zip Of Next Near Anything Any Once After Before Until Since While Because
"""
_NO_NAMES = frozenset(_NO_NAMES_LINES.split())
_NUMBERED = (
    "Chapter|Part|Section|Volume|Act|Scene|Phase|Type|Class|Level|Appendix|Article|Book|Season|Title|War|Mark|Stage|Tier"
)
_RULERS = "Henry|Louis|Elizabeth|Charles|George|Edward|Richard|William|James|Philip|Benedict|Paul|Pius|Napoleon"
_ROMAN = r"(?=[IVX])(X{0,3}(?:IX|IV|V?I{0,3}))(?<=[IVX])\b(?!')"
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10}

_NAME = r"[A-Z][A-Za-z']{1,20}"
_KIND = "|".join(_STREETS)
_NUMBERS = "|".join(re.escape(short) for short in sorted(_BEFORE_NUMBER, key=len, reverse=True))
_TABLE = "|".join(re.escape(short) for short in sorted(ALWAYS, key=len, reverse=True))


def ends_no_sentence(before: str, after: str) -> bool:
    """Whether the full stop that ``before`` ends with is an abbreviation's; ``after``: what follows, as far as it is known.

    Only the first character of what follows matters, so that more text changes nothing.
    """
    short = (before.split() or [""])[-1].lstrip("(\"'")
    if short in ALWAYS or short in ("St.", "Dr."):
        return True
    if short in _BEFORE_NUMBER or re.fullmatch(r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.", short):
        return after[:1].isdecimal() or after[:1] == "#"
    if re.fullmatch(r"(?:[A-Za-z]\.){2,}", short):  # p.m., U.S.
        return not after[:1].isupper()
    # Mary J. Blige, 7 N. Elm Avenue
    return re.search(r"(?:^|\s)(?:[A-Z][a-z]+ [A-HJ-Z]|\d+[A-Za-z]? [NSEW]{1,2})\.$", before[-40:]) is not None


def _kept_stop(match: re.Match[str]) -> str:
    """The full stop where it ends the text, or a sentence after which another begins."""
    after = match.string[match.end() : match.end() + 24]
    follows = re.match(rf" +({_NAME}|[IA])(?![\w'])", after)
    ends = re.match(r"[\"')]* *$", after) is not None or (follows is not None and follows[1] in _NO_NAMES)
    return "." if match.group().endswith(".") and ends else ""


def _always(match: re.Match[str]) -> str:
    return ALWAYS[match.group()] + _kept_stop(match)


def _address(match: re.Match[str]) -> str:
    """``12 N. Maple St.`` -> 12 North Maple Street."""
    number, direction, names, kind, end = match.groups()
    if kind in ("St", "Dr") and names.split(" ", 1)[0] in _NO_NAMES:  # "At 5 See Dr. Lee"
        return match.group()
    direction = f"{_DIRECTIONS[direction]} " if direction else ""
    end = f" {_DIRECTIONS[end]}" if end else ""
    return f"{number} {direction}{names} {_STREETS[kind]}{end}{_kept_stop(match)}"


def _numbered(match: re.Match[str]) -> str:
    """``No. 5`` -> number 5; ``No. 94601.`` and ``No. 5 lamps`` are refusals followed by a correction."""
    if match[1] in ("No.", "no."):
        before, after = match.string[max(0, match.start() - 12) : match.start()], match.string[match.end() :][:30]
        begins = re.search(r"(?:^|[.!?][\"')]*|\b(?:said|say|says|oh|answer is)[,:]?) *[\"'(]?$", before) is not None
        counted = re.match(r"\d+(?:[.–-]\d+)? (?!is\b|was\b|has\b|does\b)[a-z]+s\b", after) is not None
        if begins and (counted or len(match[2]) > 3):
            return match.group()
    return f"{_BEFORE_NUMBER[match[1]]} "


def _saint_or_street(match: re.Match[str]) -> str:
    """``St. James``, ``the St. Regis`` -> Saint; ``Maple St.``, ``Maple St. It is``, ``fifth St.`` -> Street."""
    named, follows = _between(match)
    if match.group().endswith("."):
        return "Saint" if follows and not named.endswith(("st", "nd", "rd", "th")) else "Street" + _kept_stop(match)
    if follows == bool(named):  # "Mount St Helens", "his St" could be either
        return match.group()
    return "Saint" if follows else "Street"


def _doctor_or_drive(match: re.Match[str]) -> str:
    """``Dr. Smith``, ``the Dr.`` -> Doctor; ``on Maple Dr.``, ``Maple Dr. It is`` -> Drive."""
    named, follows = _between(match)
    return "Drive" + _kept_stop(match) if named and not follows else "Doctor"


def _between(match: re.Match[str]) -> tuple[str, bool]:
    """The name that stands before the abbreviation (a street's), and whether one comes after it (a person's)."""
    before = re.search(rf"(?<!\w)({_NAME}|\w*(?:st|nd|rd|th)) $", match.string[max(0, match.start() - 24) : match.start()])
    after = re.match(rf" ({_NAME})", match.string[match.end() : match.end() + 24])
    named = before[1] if before is not None and before[1] not in _NO_NAMES else ""
    return named, after is not None and after[1] not in _NO_NAMES


def _initials(match: re.Match[str]) -> str:
    """``U.S.`` -> U S; its last full stop stays where a sentence ends."""
    return " ".join(match.group().replace(".", "").upper()) + _kept_stop(match)


def _initial(match: re.Match[str]) -> str:
    """``Mary J. Blige`` -> Mary J Blige: a full stop would be a pause."""
    return match.group() if match[1] in _NO_NAMES or match[3] in _NO_NAMES else f"{match[1]} {match[2]} "


def _roman(match: re.Match[str]) -> str:
    number = _value(match[2])
    return f"{match[1]} {words(number)}" if number else match.group()


def _ruler(match: re.Match[str]) -> str:
    number = _value(match[2])
    return f"{match[1]} the {words(number, 'ordinal')}" if number > 1 else match.group()


def _value(numeral: str) -> int:
    total = 0
    for digit, after in zip(numeral, f"{numeral[1:]} ", strict=True):
        value = _ROMAN_DIGITS[digit]
        total += -value if value < _ROMAN_DIGITS.get(after, 0) else value
    return total


BESIDE_NUMBERS: tuple[Rule, ...] = (
    rule(
        rf"\b(\d{{1,6}}[A-Za-z]?|\d{{1,3}}/\d) (?:(N|S|E|W|NE|NW|SE|SW)\.? )?"
        rf"((?:{_NAME} ){{0,2}}(?:{_NAME}|\d{{1,3}}(?:st|nd|rd|th))) "
        rf"({_KIND})\b(?:,? (NE|NW|SE|SW|N|S|E|W)\b)?\.?",
        _address,
        DIGITS,
        "SDABRLCPTH",
    ),
    rule(rf"(?<![\w.])({_NUMBERS})(?:(?<=\.) ?| )#?(?=(\d{{1,12}}))", _numbered, DIGITS),
    rule(
        r"(?<![\w/])(?:w/o\b|w/|[nN]/[aA]\b|c/o\b)(?!/)",
        lambda match: f"{_WITH_SLASH.get(match.group(), 'not applicable')} ",
        "/",
    ),
    rule(r"(?<![\w.])[vV](?=\d{1,3}(?:\.\d|\b))", "version ", DIGITS, "vV"),
    rule(rf"(?<=, )({'|'.join(_STATES.split())})(?=,? \d{{5}}(?!\d))", lambda match: " ".join(match[1]), DIGITS, ","),
)
"""Abbreviations beside numbers; applied before numbers become words."""

IN_WORDS: tuple[Rule, ...] = (
    rule(rf"(?<![\w&.])(?:{_TABLE})(?![\w/])", _always),
    rule(r"(?<![\w.])St(?:\.(?!\w)|\b(?![.']))", _saint_or_street, "S"),
    rule(r"(?<![\w.])Dr\.(?!\w)", _doctor_or_drive, "."),
    rule(rf"(?<![\w.])Dr(?= {_NAME})", "Doctor", "D"),
    rule(r"(?<![\w.])(?:[A-Za-z]\.){2,}(?!\w)", _initials, "."),
    rule(rf"(?<!\w)({_NAME}) ([A-HJ-Z])\. (?=({_NAME}))", _initial, "."),
    rule(rf"\b({_NUMBERED}) {_ROMAN}(?:(?<!I)|(?<=[IVX]I)|(?= *(?:[,.;:!?)]|$)))", _roman, "IVX"),
    rule(rf"\b({_RULERS}) {_ROMAN}", _ruler, "IVX"),
)
"""Abbreviations beside words; applied when everything else is in words."""
