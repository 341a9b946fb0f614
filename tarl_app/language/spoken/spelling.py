"""Names and e-mails spelled letter by letter, and back: ``Nowak`` <-> ``N-O-W-A-K``.

People spell when they were not understood the first time; the letters then have to be joined.
"""

import re
from random import Random

from tarl_app.language.spoken.inverse_text_normalization import normalise_heard

_LETTERS = re.compile(
    r"(?<![\w'@.-])[A-Za-z](?:-[A-Za-z])+(?![\w'@-])|(?<![\w'@.-])[A-Za-z](?:(?:, |\. | )[A-Za-z]){2,}(?![\w'@-])"
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_BY_A_WORD = re.compile(
    r"(?:(?<![\w'@])(?P<letter>[a-z])[ ,-]+)?\bas in (?P<word>[a-z])[a-z-]+"
    r"|(?<![\w'@])(?P<same>[b-hj-z]),? (?:for|like(?: in)?) (?P=same)[a-z-]{2,}",
    re.IGNORECASE,
)
_ADJACENT = 3
"""Characters after a letter's word within which "as in" without a letter says the next one."""
_BY_A_WORD_HEARD = re.compile(
    r"(?:(?<![\w'-])(?!(?:dot|at|my|is|go|goes|it's|name|mail|email|spelled|and|the)\b)[a-z]{1,4}[ ,.-]+)?"
    r"(?:\b[a-z]{0,4}?(?:as|es|is|rs)[ ,]+)?\b(?:in|an)[ ,]+([a-z])[a-z-]{2,}",
    re.IGNORECASE,
)
"""The same as a recogniser may write it: ``are as in Robert``, ``Mas in marry``, ``in apple``."""
_AS_IN = re.compile(r"\b[a-z]{0,4}?as (?:in|an) [a-z]", re.IGNORECASE)
_SOUND_ALIKE = ("aeiouy", "bpdtgkvf", "sczxfq", "mnrlwhj")
_TIMES = {2: "double", 3: "triple"}
_MARKS = {".": "dot", "_": "underscore", "-": "dash", "+": "plus"}


def letters(word: str) -> str:
    """``Nowak`` -> ``N-O-W-A-K``; other characters are left out."""
    return "-".join(letter.upper() for letter in word if letter.isalpha())


def misheard(word: str, rng: Random) -> str:
    """The word with one letter, but not the first, replaced by one that sounds similar."""
    at = rng.choice([i for i, letter in enumerate(word) if letter.isalpha() and i])
    alike = next((group for group in _SOUND_ALIKE if word[at].lower() in group), "aeiou")
    other = rng.choice([letter for letter in alike if letter != word[at].lower()])
    return f"{word[:at]}{other}{word[at + 1 :]}"


def called_double(digits: str) -> str:
    """``2809221333`` -> ``2809 double 2 1 triple 3``: repeated digits as many people say them; the rest is unchanged."""
    parts: list[str] = []
    for run in re.findall(r"((\d)\2{0,2})", digits):
        if len(run[0]) > 1:
            parts.append(f"{_TIMES[len(run[0])]} {run[1]}")
        elif parts and parts[-1].isdecimal():
            parts[-1] += run[0]
        else:
            parts.append(run[0])
    return " ".join(parts)


def spelled_email(email: str) -> str:
    """``mei.nowak12@example.com`` -> ``m-e-i dot n-o-w-a-k 12 at example dot com``."""
    name, _, host = email.partition("@")
    parts = re.findall(r"[^\W\d_]+|\d+|[._+-]", name.lower())
    said = [_MARKS.get(part, part if part.isdecimal() else "-".join(part)) for part in parts]
    return f"{' '.join(said)} at {host.replace('.', ' dot ')}"


def said_email(email: str) -> str:
    """``mei.nowak12@example.com`` -> ``mei dot nowak 12 at example dot com``."""
    name, _, host = email.partition("@")
    said = [_MARKS.get(str(part), str(part)) for part in re.findall(r"[^\W\d_]+|\d+|[._+-]", name.lower())]
    return f"{' '.join(said)} at {host.replace('.', ' dot ')}"


def letters_by_words(text: str, heard: bool = False) -> str:
    """``K as in king, A, Y for yellow`` -> ``K, A, Y``; a word counts for more than the letter before it.

    ``heard`` reads generously what a recogniser made of it, in a text in which somebody spells so.
    """
    if heard and _AS_IN.search(text):
        return _BY_A_WORD_HEARD.sub(lambda match: match[1].upper(), text)
    end = -_ADJACENT

    def letter(match: re.Match[str]) -> str:
        nonlocal end
        named = match["same"] or match["letter"]
        if named is None and match.start() >= end + _ADJACENT:
            return match.group()  # "the same as in my last order"
        end = match.end()
        return str(match["word"] or named).upper()

    return _BY_A_WORD.sub(letter, text)


def spelled_words(text: str) -> list[str]:
    """The words that are spelled in a text, each with a capital: names."""
    found = _LETTERS.finditer(letters_by_words(text))
    return [re.sub(r"[^A-Za-z]", "", match.group()).capitalize() for match in found]


def join_letters(text: str) -> str:
    """The text with every spelled word joined: "N-I-K-O, U-E-D-A" -> "niko, ueda"."""
    return _LETTERS.sub(lambda match: re.sub(r"[^A-Za-z]", "", match.group()).lower(), letters_by_words(text))


def spelled_emails(text: str) -> list[str]:
    """The e-mail addresses that are spelled or said in a text, in their written form."""
    return [match.rstrip(".").lower() for match in _EMAIL.findall(normalise_heard(f"email: {join_letters(text)}"))]
