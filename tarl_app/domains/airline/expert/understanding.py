"""What a customer's words mean to the scripted agent: which request, which reason, goodbye.

Pure functions of the text; nothing here knows the task. Details of a request are read in ``slots``.
"""

import re

from tarl_app.language.consent import says_no, says_yes


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_TRANSFERS: dict[str, re.Pattern[str]] = {
    "a lost bag": _any(r"(suitcase|bag|luggage)[^.?!]{0,40}(not arrive|never (came|arrived)|got lost|is lost|missing)"),
    "a damaged bag": _any(r"(suitcase|bag|luggage)[^.?!]{0,30}(damaged|broken)"),
    "a wheelchair": _any(r"wheel ?chair"),
    "an animal on board": _any(r"\b(dog|cat|pet)\b"),
    "a seat": _any(r"(window|aisle) seat|seat (number|assignment)"),
    "a meal": _any(r"\bmeal\b|vegetarian|vegan"),
    "a child that flies alone": _any(r"fly alone|look after (him|her|them)|unaccompanied"),
    "something left on board": _any(r"left my [\w ]+ on board|forgot my [\w ]+ on"),
    "a new email address": _any(r"new e-?mail|change my e-?mail"),
    "a complaint": _any(r"\bcomplaint\b"),
    "an invoice": _any(r"\binvoice\b"),
    "something that needs a person": _any(
        r"\b(speak|talk) (to|with) (a |an )?(human|person|manager|supervisor|agent|representative)", r"real person"
    ),
}
_QUESTIONS: dict[str, re.Pattern[str]] = {
    "gift_card_balance": _any(r"(left|money|balance|much)[^.?!]{0,25}gift card|gift card[^.?!]{0,20}balance"),
    "certificate_balance": _any(r"(left|money|balance|much)[^.?!]{0,25}certificate|certificate[^.?!]{0,20}balance"),
    "membership": _any(r"member(ship)? (level|status)|what (level|status) (do|am) i"),
    "cheapest_flight": _any(r"how much (is|are|does) the cheapest|cheapest [^.?!]{0,60}cost|lowest (price|fare)"),
    "flight_count": _any(r"how many (direct )?flights"),
    "earliest_flight": _any(r"(what time|when) does the earliest"),
    "free_bags": _any(r"\b(check|take|bags)\b[^.?!]{0,30}for free|free bags"),
    "bag_count": _any(r"how many (checked )?bags (are|do i have|do we have)"),
    "return_date": _any(r"(date|day) (is|of) (the |my )?return"),
    "flight_number": _any(r"flight number"),
    "departure": _any(r"(what time|when) does (the|my) (first )?flight|departure time"),
    "flight_status": _any(r"\bstatus\b|\bon time\b|is (my|the) (first )?flight [^.?!]{0,30}delayed"),
    "total": _any(r"how much did (i|we) pay|total price|what did [^.?!]{0,40} cost"),
}
_WRITES: dict[str, re.Pattern[str]] = {
    "compensation": _any(r"compensat"),
    "insurance": _any(r"\badd (the |an? )?(travel )?insurance"),
    "bags": _any(
        r"\b(add|check|take|remove)\b[^.?!]{0,25}\bbags?\b|\b(more|extra|additional|fewer|less) bags?\b|\bbag (less|from)\b"
    ),
    "passenger": _any(r"\bpassengers?\b|travel instead of|name (change|on the ticket)"),
    "cancel": _any(r"\bcancel(?!led\b)|\bcancellation\b|call off"),
    "cabin": _any(
        r"\bcabin\b|\bupgrade|\bdowngrade",
        r"\b(change|changed|switch|fly)\b[^.?!]{0,40}\b(to|in)? ?(basic economy|economy|business)\b",
    ),
    "flights": _any(
        r"\b(change|move|reschedule|postpone)\b[^.?!]{0,30}\b(flights?|destination)\b",
        r"\breschedule\b|(different|another) (day|date)",
    ),
    "book": _any(
        r"\bbook (a|an|me|us)\b|\bbook it\b|\bi need (a|an) (one-way|round|flight|trip)",
        r"(one-way flight|round trip) from",
    ),
}
_FAREWELL = _any(
    r"\b(bye|goodbye|take care|see you)\b",
    r"\b(call back later|try again another|we're getting nowhere|leads nowhere|had enough)\b",
)
_CLOSING = _any(
    r"\b(that's (all|everything|it)|that is (all|everything|it)|nothing (else|more)|all done|cheers)\b",
    r"\b(we're done|we're all done|that settles( everything| it)?)\b",
)
"""Takes leave where nothing is asked; behind an answer it only says that there is no more to it."""
_STILL = re.compile(r"\b(one way|round trip)\b|, that's it\.?$")
_NO_ANSWER = re.compile(
    r"\b(no|nope|nah|yes|yeah|well|ok|okay|right|thanks|thank you|so much|very much|please|really|i think|i guess|"
    r"for (me|now|today)|from me|and|then|so)\b|\W"
)
_REASONS: dict[str, re.Pattern[str]] = {
    "weather": _any(r"\bweather|\bstorm|\bhurricane|\bsnow"),
    "health": _any(r"\b(ill|sick|health|doctor|hospital|nasty)\b|fallen ill|medical"),
    "airline cancelled": _any(
        r"\b(you|airline|company)\b[^.?!]{0,15}\bcancelled|was cancelled|got cancelled|cancelled (by|one|a|it)\b"
    ),
    "change of plans": _any(r"\bplans\b|change of plan|came up|clash|other reason"),
}
_FILLERS = re.compile(
    r",? \b(um+|uh+|er+|erm|hmm+|well|you know|let's see|like),|^(um+|uh+|er+|erm|hmm+|well|you know|let's see|like),? ",
    re.I,
)


def fluent(text: str) -> str:
    """The text without the sounds of hesitation, which would tear phrases apart, and with a capital in front."""
    plain = _FILLERS.sub("", text)
    return plain[:1].upper() + plain[1:]


def request(text: str) -> tuple[str, str] | None:
    """The kind of request in the text and its topic, or None: ``transfer``, ``question``, or what is to be changed."""
    lower = text.lower()
    for topic, pattern in _TRANSFERS.items():
        if pattern.search(lower):
            return "transfer", topic
    for topic, pattern in _QUESTIONS.items():
        if pattern.search(lower):
            return "question", topic
    return next(((kind, "") for kind, pattern in _WRITES.items() if pattern.search(lower)), None)


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


def no_number(text: str) -> bool:
    """Whether the customer does not have what was asked for at hand."""
    return bool(
        re.search(
            r"(don't|do not) (have|know)|can't (find|tell)|no (idea|clue)|left the|deleted|lost|forgot|you'll find me",
            text.lower(),
        )
    )
