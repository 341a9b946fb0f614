"""Plain characters and removal of markup before other rules; remaining symbols after them."""

import unicodedata

from tarl_app.language.text_normalization.numbers import Rule, rule

_FRACTIONS = "1/2 1/3 2/3 1/4 3/4 1/5 1/8 3/8 5/8 7/8"
_PLAIN = {
    **dict.fromkeys("\u2010\u2011\u2012\u2212\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2018\u2019\u02bc\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e", '"'),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0e\ufe0f", ""),
    **dict.fromkeys("\u2044\u2215", "/"),
    **dict.fromkeys("×\u2715\u2716\u22c5", "×"),
    **{fraction: f" {written}" for fraction, written in zip("½⅓⅔¼¾⅕⅛⅜⅝⅞", _FRACTIONS.split(), strict=True)},
    **{power: f"^{digit}" for digit, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{index: f" {digit}" for digit, index in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    "℃": "°C",
    "℉": "°F",
    "№": "No. ",
    "⇒": "→",
}


class _Characters(dict[int, str]):
    """Code point -> plain text, computed when it is first needed."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        digit = unicodedata.decimal(letter, None)
        if letter in _PLAIN:
            self[code] = _PLAIN[letter]
        elif digit is not None:
            self[code] = str(digit)
        elif 0xFF01 <= code <= 0xFF5E:
            self[code] = chr(code - 0xFEE0)  # of the full width that Chinese and Japanese text uses
        else:
            self[code] = " " if letter.isspace() and letter != "\n" else letter
        return self[code]


_CHARACTERS = _Characters()
_TAGS = "b|i|u|p|a|em|strong|br|div|span|ul|ol|li|h[1-6]|code|pre|table|tr|td|th|hr|img|sub|sup|speak|break"


def in_plain_characters(text: str) -> str:
    """Digits of any script as 0 to 9, one dash, one space, one apostrophe; nothing invisible."""
    return text.translate(_CHARACTERS)


_NAMES = {
    "#": "number",
    "%": "percent",
    "&": "and",
    "$": "dollars",
    "€": "euros",
    "£": "pounds",
    "¥": "yen",
    "₹": "rupees",
    "¢": "cents",
    "@": "at",
    "=": "equals",
    "+": "plus",
    "°": "degrees",
    "§": "section",
    "©": "copyright",
}

MARKUP: tuple[Rule, ...] = (
    rule(rf"(?i)</?(?:{_TAGS})(?: [^<>\n]{{1,200}})?/?>", " ", "<", ">"),
    rule(r"!?\[([^\[\]\n]{1,200})\]\((?:[^()\s]{1,300})\)", r"\1", "]"),
    rule(r"(?m)^ *[-•*#]+ +", " ", "-•*#"),  # list and heading marks
    rule(r"(?<=[^\s.!?,;:]) *\n\s*", ". ", "\n"),
    rule(r"\s+", " "),
)
"""Marks of Markdown and HTML, which are not spoken. Afterwards all white space is one space."""

SYMBOLS: tuple[Rule, ...] = (
    rule(r"(?<!\w)#(?=[A-Za-z]{2})", " hashtag ", "#"),
    rule(r"[–—]|--+", ", ", "–—-"),
    rule(r"[#%&$€£¥₹¢@=+°§©®™•_/*`~|<>{}\[\]\\^]+", lambda match: f" {' '.join(map(_name, match.group()))} "),
)
"""Symbols that no other rule matched: spoken by name, or dropped."""

TIDY: tuple[Rule, ...] = (
    rule(r"(?<=\w) +-(?=[A-Za-z])|(?<=\w)-(?= |$)", " ", "-"),  # what is left of "5-star" and "a 2-"
    rule(r"\s\s+|\n", " "),
    rule(r"(?<=[(]) | (?=[,.!?;:)]+(?!\w))", ""),
    rule(r",,+", ",", ","),
    rule(r"\A(?: *-+ +)+", "", "-"),  # a dash before everything would be a list mark
)
"""One space between words, none before closing punctuation."""


def _name(symbol: str) -> str:
    return _NAMES.get(symbol, "")
