"""How a domain's ids are spoken and recognised."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IdForm:
    """Ids of one form: ``sign``, ``letters`` and so many digits (``IdForm("HAT", 3)`` is HAT271).

    Speech loses the sign, the case and the grouping; they are restored where letters and digits are recognised in a
    row.
    """

    letters: str
    digits: int
    sign: str = ""


@dataclass(frozen=True)
class Spoken:
    """What speech recognition has to know about this domain.

    ``aloud``: whether its users speak at all. ``prompt`` is a line with its ids as they are written, given to a
    recogniser as if it had been said before; its facts belong to no customer. ``ids`` are the forms of ids with letters
    before digits, and ``codes`` the lengths of codes in which letters and digits are mixed ("Z F A zero four Y"), which
    are written in capitals. Numbers and e-mail addresses need no declaration: they are recognised in every domain, and
    ids are spelled out in every domain.
    """

    aloud: bool = True
    prompt: str = ""
    ids: tuple[IdForm, ...] = ()
    codes: tuple[int, ...] = ()


PLAIN_SPEECH = Spoken()
"""The default."""
