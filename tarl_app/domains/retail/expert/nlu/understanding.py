"""What a customer's words mean to the scripted agent: requests, consent, reasons, payment methods.

Pure functions of the text and of what the tools have answered; nothing here knows the task. Ids, names, addresses and
options are read by ``values``.
"""

import re

from tarl_app.domains.retail.expert.nlu import words
from tarl_app.domains.retail.expert.nlu.values import Json
from tarl_app.language import consent
from tarl_app.language.clauses import affirmed, without_denied
from tarl_app.language.nearby import repaired

_CHANGES = words.any_of(r"\b(cancel|return|exchange|swap)\b")
_AMOUNTS = words.any_of(r"how much|\bprice|\bcosts?\b|\btotal\b")
_MAIL = re.compile(r"(the )?(e-?mail )?(address )?(on file )?(should be |is )?\S+@\S+")
_BYE = words.any_of(
    r"\b(bye|goodbye|that's (all|everything|it)|that is all|that was everything|nothing (else|more)|i'm good"
    r"|all done)\b",
    r"\b(we're done|we're all done|that settles|take care|see you|have a (nice|lovely|good|great)|cheers)\b",
    r"\ball go+d\b|\b(no more|no further) (questions?|wish\w*)\b|\bi'?m (done|all set)\b|\bdone,? th(x|anks)\b",
    r"^\W*(nope|no|nah)\W+(thanks|thx|thank you|ty|all set)\b|\bnothing further\b",
    r"\b(call back later|try again another|we're getting nowhere|leads nowhere|had enough)\b",
)
_FAREWELL = words.any_of(r"\b(bye|goodbye|call back later|try again another|getting nowhere|leads nowhere|had enough)\b")
_YES = words.any_of(
    r"\b(yes|yeah|yep|yup|ye|ya|sure|correct|right|exactly|absolutely|indeed|go ahead|proceed|do it|sounds good"
    r"|please do)\b",
    r"\b(that's fine|okay|ok|i confirm|works for me|all good|go for it|lovely|great|alright|do that)\b|^(y|k|kk"
    r"|go)\W*$",
    consent.YES.pattern,
)
_NO = words.any_of(
    r"\b(no|nope|nah|not|don't|do not|dont|wait|stop|wrong|actually|hold on|hang on|forget it|rather not"
    r"|changed my mind)\b",
    r"\b(second thought|never mind|isn't|wasn't|leave it)\b|^n\W*$",
)
_REASONS: dict[str, re.Pattern[str]] = {
    "ordered by mistake": words.any_of(
        r"mistake|accident|never meant|wrong (button|thing|one)|didn't mean to|misclick|oops"
    ),
    "no longer needed": words.any_of(
        r"\bno longer\b|\bno (\w+ )?need (of|for)\b|\bany longer\b|(do|can) without|not using"
        r"|n'?t (?!like)\w{3,5} (it|them|that) any ?more"
        r"|changed (my|our) mind",
        r"no longer need|not need|n'?t need|no use for|n'?t want (it|them|that|this) any|changed my mind about",
        r"need (it|that|this|them) any ?more|need it now|\bplans? (\w+ )?changed|change of plans|(use"
        r"|need) for (it|them) any",
        r"n'?t have (a|any) use|got one already|already have one",
    ),
}
_VERBS = (
    r"cancel\w*|call(?:ed)? (?:it )?off|return\w*|sen[dt] (?:it |them )?back|exchang\w*|swap\w*|chang\w*"
    r"|refund\w*|discount\w*"
    r"|(?:a )?different (?:item|version|one)|replac\w*|money"
)
_SOUNDS = r"(um+|uh+|ah+|er+|erm|hmm+|so|well|i mean|you know|let's see|like)"
_FILLERS = re.compile(rf",? \b{_SOUNDS},|^{_SOUNDS},? ", re.I)


def fluent(text: str) -> str:
    """The text without hesitation sounds, which would split phrases, and with a capital in front."""
    plain = _FILLERS.sub("", text)
    return plain if "@" in plain.split(" ")[0] else plain[:1].upper() + plain[1:]


def request(text: str) -> tuple[str, str] | None:
    """The kind of request in the text and its topic, or None: ``transfer``, ``question``, or what is to be changed."""
    lower = without_denied(_MAIL.sub(" ", repaired(text, words.KEYS)), _VERBS)
    for topic, pattern in words.TRANSFERS.items():
        if pattern.search(lower):
            return "transfer", topic
    if not _CHANGES.search(lower) or _AMOUNTS.search(lower):
        for topic, pattern in words.QUESTIONS.items():
            if pattern.search(lower):
                return "question", topic
    return next(((kind, "") for kind, pattern in words.WRITES.items() if pattern.search(lower)), None)


def hint(text: str) -> tuple[str, str] | None:
    """What the text may ask for, where nothing else is open; weaker cues than those of ``request``."""
    lower = _MAIL.sub(" ", repaired(text, words.KEYS))
    return next(((kind, "") for kind, pattern in words.HINTS.items() if pattern.search(lower)), None)


_COURTESY = re.compile(
    r"\b(no|nope|nah|thanks?|thx|thank you|you|ok|okay|so|much|very|then|please|and|well|dear|for|me)\b|[^\w\s]"
)


def says_bye(text: str, asked: str = "") -> bool:
    """Whether the customer is about to hang up; "that's it" says so only where no proposal waits for an answer."""
    lower = text.lower()
    if asked == "confirm" and answer(text):
        return _FAREWELL.search(lower) is not None
    rest = _COURTESY.sub(" ", _BYE.sub(" ", lower))
    if asked not in ("", "help", "more", "confirm") and len(rest.split()) > 1:  # an answer with a flourish
        return _FAREWELL.search(lower) is not None
    return _BYE.search(lower) is not None


def answer(text: str) -> bool | None:
    """Yes, no, or neither: the first sentence that says either decides, and a yes with a but is a no."""
    lower = re.sub(
        r"\bno (problem|worries|hurry|longer)\b|\bwhy not\b|that's (right|fine)", r"\2", text.lower().replace("’", "'")
    )
    for sentence in re.split(r"(?<=[.?!])\s+", lower):
        if _NO.search(sentence):
            return False
        if _YES.search(sentence) and not (
            sentence.endswith("?") and not re.match(r"\W*(yes|yeah|yep|yup|ok|okay|sure)\b", sentence)
        ):
            return True
    return None


def gives_in(text: str) -> bool:
    """Whether a refusal is accepted: "fine", "too bad, okay"."""
    found = _ACCEPTS.search(text)
    return "?" not in text and found is not None and not _INSTEAD.search(text[found.end() :])


_INSTEAD = re.compile(r"\b(?:then|one|please|would do|will do|rather|take)\b", re.I)
"""Behind a refusal that is accepted: something else is wanted."""
_ACCEPTS = re.compile(
    r"^\W*(?:oh,? |well,? |hm+,? |then )*(?:ok(?:ay)?|fin+e|alright|all right|i see|too bad|pity"
    r"|that'?s a pity|understood|"
    r"never ?mind|(?:then )?i (?:must |have to )?ac+ept)\b(?![^.?!]*\bbut\b)",
    re.I,
)


def reason(text: str) -> str | None:
    """The reason for cancelling: "no longer needed" or "ordered by mistake", or None."""
    lower = without_denied(repaired(text, words.KEYS), r"mistake|accident|(?:a )?misclick")
    return next((value for value, pattern in _REASONS.items() if pattern.search(lower)), None)


def either(text: str) -> str | None:
    """Which of "the original payment method, or a gift card" an answer such as "the second" picks."""
    lower = text.lower()
    if re.search(r"\b(second|latter|option (two|2|b))\b", lower):
        return "gift card"
    return "original" if re.search(r"\b(first|former|option (one|1|a)|last time)\b", lower) else None


def unknown_number(text: str, asked: str) -> bool:
    """Whether the customer does not have the order number, or names an order by what is in it."""
    lower = text.lower()
    if asked in ("order", "content"):
        asks_back = lower.rstrip().endswith("?") and asked == "order" and not re.search(r"\bin (it|there)\b|\bhelp\b", lower)
        return not re.search(r"\d{4}", lower) and not asks_back
    return bool(
        re.search(
            r"\border with (the|my|a)\b|that i (ordered|bought)|(don't|dont|do not) (know|have) the (order )?number", lower
        )
    )


def payment(text: str, asked: bool = False) -> str | None:
    """The payment method in words: a card's last four digits, a brand, "gift card", "paypal", "card", "original", or
    "other" for the card that was not used; ``asked``: whether four bare digits can be those of a card.
    """
    lower = affirmed(_MAIL.sub(" ", text.lower()))
    brand = next((one for one in ("visa", "mastercard", "amex") if re.search(_BRANDS[one], lower)), None)
    ending = re.search(r"\b(?:end(?:s|ing)?|last four)\D{0,16}(\d{4})\b", lower) or (
        re.search(r"(?<![\w#-])(\d{4})(?![\w-])", lower) if asked or brand else None
    )
    if ending:
        return ending[1]
    if brand:
        return brand
    if re.search(r"gift ?card", lower):
        return "gift card"
    if re.search(r"pay ?pal", lower):
        return "paypal"
    if re.search(_ORIGINAL, lower) or (asked and re.search(r"\bsame (one|way|place)\b", lower)):
        return "original"
    if re.search(r"\b(other|different|second) (credit |debit )?card|\bother one\b", lower):
        return "other"
    return "card" if re.search(r"\b(credit|debit) card|\bmy card\b", lower) or (asked and "card" in lower) else None


_BRANDS = {
    "visa": r"\bvisa\b",
    "mastercard": r"\bmaster ?card\b",
    "amex": r"\bamex\b|american express",
}
_ORIGINAL = (
    r"\boriginal|same (payment|method|card)|(?<!wrong )(card|account|method|one|what|which"
    r"|payment|where|that|way) i('ve| have)? (used|paid|placed)|i (paid|placed)|way i paid|one i used|(where"
    r"|what) it came from"
    r"|(however|whatever|how) i('d|'ve)? ?(have )?paid|back (where|to what)"
)


def methods(account: Json, said: str) -> list[Json]:
    """The payment methods of the account that fit the result of ``payment``."""
    found = []
    for method in account["payment_methods"].values():
        names = {method["source"].replace("_", " "), method.get("last_four"), str(method.get("brand", "")).lower()}
        if said in names or (said in ("card", "other") and method["source"] == "credit_card"):
            found.append(method)
    return found
