"""What a customer's words mean to the scripted agent: which request, which reason, goodbye.

Pure functions of the text; nothing here knows the task. Details of a request are read in ``slots``.
"""

import re

from tarl_app.domains.airline.expert.nlu import words
from tarl_app.language.clauses import without_denied
from tarl_app.language.consent import says_no, says_yes
from tarl_app.language.nearby import repaired

_FAREWELL = words.any_of(
    r"\b(bye|goodbye|take care|see you)\b",
    r"\b(call back later|try again another|we're getting nowhere|leads nowhere|had enough)\b",
)
_CLOSING = words.any_of(
    r"\b(that's (all|everything|it)|that is (all|everything|it)|nothing (else|more)|all done|cheers)\b",
    r"\b(we're done|we're all done|that settles( everything| it)?)\b",
)
"""Takes leave where nothing is asked; behind an answer it only says that there is no more to it."""
_KEY_WORDS = """
cancel cancels cancelled change changes changed charge charged insurance insured passenger passengers reservation
reservations flight flights economy business compensation certificate certificates upgrade upgraded suitcase suitcases
luggage baggage
reschedule booking bookings booked return returns returning departure direct
"""
_KEYS = frozenset(_KEY_WORDS.split())
"""Words that decide what is asked for; a slip in them is put right. All their forms stand here, which are no slips."""
_VERBS = r"cancel\w*|chang\w*|compensat\w*|upgrade\w*|insurance(?! for)|money"
_STILL = re.compile(r"\b(one way|round trip)\b|, that's it\.?$")
_NO_ANSWER = re.compile(
    r"\b(no|nope|nah|yes|yeah|well|ok|okay|right|thanks|thank you|so much|very much|please|really|i think|i guess|"
    r"for (me|now|today)|from me|and|then|so)\b|\W"
)
_REASONS: dict[str, re.Pattern[str]] = {
    "weather": words.any_of(r"\bweather|\bstorm|\bhurricane|\bsnow|\bforecast|\btornado|\bblizzard"),
    "health": words.any_of(
        r"\b(ill|sick|health|doctors?|hospital|nasty|flu|fever|surgery|broke my|injured|unwell)\b|fallen ill|medical"
    ),
    "airline cancelled": words.any_of(
        r"\b(you|airline|company)\b[^.?!]{0,15}\bcancelled|was cancelled|got cancelled|cancelled (by|one|a|it)\b"
    ),
    "change of plans": words.any_of(r"\bplans\b|change of plan|came up|clash|other reason"),
}
_FILLERS = re.compile(
    r",? \b(um+|uh+|er+|erm|hmm+|well|you know|let's see|like),|^(um+|uh+|er+|erm|hmm+|well|you know"
    r"|let's see|like),? ",
    re.I,
)

_MONTHS = {
    name[:3].lower(): name
    for name in [
        "January",
        "February",
        "March",
        "April",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
}
_SHORT_MONTH = re.compile(
    r"\b(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.? ?(?=\d)"
    r"|(?<=\d )(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.? ?",
    re.I,
)


def _full_month(found: re.Match[str]) -> str:
    return f"{_MONTHS[found[0][:3].lower()]} "


def fluent(text: str) -> str:
    """The text without the sounds of hesitation, which would tear phrases apart, months in full, a capital in front."""
    plain = _SHORT_MONTH.sub(_full_month, _FILLERS.sub("", text))
    return plain[:1].upper() + plain[1:]


def request(text: str) -> tuple[str, str] | None:
    """The kind of request in the text and its topic, or None: ``transfer``, ``question``, or what is to be changed."""
    lower = without_denied(repaired(text, _KEYS).replace("’", "'"), _VERBS)
    for topic, pattern in words.TRANSFERS.items():
        if pattern.search(lower):
            return "transfer", topic
    for topic, pattern in words.QUESTIONS.items():
        if pattern.search(lower):
            return "question", topic
    return next(((kind, "") for kind, pattern in words.WRITES.items() if pattern.search(lower)), None)


def hint(text: str) -> tuple[str, str] | None:
    """What the text may ask for, where nothing else is open; weaker cues than those of ``request``."""
    lower = repaired(text, _KEYS).replace("’", "'")
    return next(((kind, "") for kind, pattern in words.HINTS.items() if pattern.search(lower)), None)


def points_back(text: str) -> bool:
    """Whether a text means the trip that was just spoken of: "that one", "it", "the same reservation"."""
    return (
        re.search(r"\b(that|this|same) (one|trip|booking|reservation|flight)\b|\b(for|on|to|of|cancel) (it|that)\b", text)
        is not None
    )


def says_bye(text: str, asked: str = "") -> bool:
    """Whether the customer is about to hang up; ``asked`` is the question that was put, if it was about a request.

    "No, that's all." takes leave. "My plans changed, that's all." answers the question for a reason.
    """
    lower = text.lower()
    if _FAREWELL.search(lower):
        return True
    return _CLOSING.search(lower) is not None and _STILL.search(lower) is None and not _answers(lower, asked)


def _answers(lower: str, asked: str) -> bool:
    """Whether more is said to a question than that there is no more."""
    if not asked:
        return False
    if asked == "confirm":
        return says_yes(lower) or says_no(lower)
    rest = _CLOSING.sub(" ", lower)
    # To "Do you want insurance?" a bare "no" is an answer.
    return re.search(r"\w", rest) is not None if asked == "insurance" else _NO_ANSWER.sub("", rest) != ""


def reason(text: str) -> str | None:
    """Why a trip should be cancelled, as far as the rules tell reasons apart."""
    lower = text.lower()
    return next((value for value, pattern in _REASONS.items() if pattern.search(lower)), None)


_SHORT_YES = re.compile(
    r"^\W*(?:y|k|kk|go|ye|ya|go on|book it|lovely|wonderful|great|alright|do that|you have my (?:consent|okay|word)"
    r"|(?:i )?(?:hereby )?(?:agree|consent))\b\W*",
    re.I,
)
_SHORT_NO = re.compile(r"^\W*n\W*$", re.I)


def answer(text: str) -> bool | None:
    """Yes, no, or neither."""
    if says_yes(text) or (_SHORT_YES.match(text) and not says_no(text)):
        return True
    return False if says_no(text) or _SHORT_NO.match(text) else None


def no_number(text: str) -> bool:
    """Whether the customer does not have what was asked for at hand."""
    return bool(
        re.search(
            r"(don'?t|do not|haven'?t|have not) (got|have|know|remember)|can'?t (find|tell|remember)|no (idea"
            r"|clue)|left the|deleted"
            r"|lost|forgot|you'll find me|\bnot (on me|at hand|with me)",
            text.lower().replace("’", "'"),
        )
    )
