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


def spelled_words(text: str) -> list[str]:
    """The words that are spelled in a text, each with a capital: names."""
    return [re.sub(r"[^A-Za-z]", "", match.group()).capitalize() for match in _LETTERS.finditer(text)]


def join_letters(text: str) -> str:
    """The text with every spelled word joined: "N-I-K-O, U-E-D-A" -> "niko, ueda"."""
    return _LETTERS.sub(lambda match: re.sub(r"[^A-Za-z]", "", match.group()).lower(), text)


def spelled_emails(text: str) -> list[str]:
    """The e-mail addresses that are spelled or said in a text, in their written form."""
    return [match.rstrip(".").lower() for match in _EMAIL.findall(normalise_heard(f"email: {join_letters(text)}"))]
