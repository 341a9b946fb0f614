"""What a customer's words mean to the scripted agent: requests, consent, reasons, payment methods.

Pure functions of the text and of what the tools have answered; nothing here knows the task. Ids, names, addresses and
options are read by ``values``.
"""

import re

from tarl_app.domains.retail.expert.values import Json
from tarl_app.language import consent


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_TRANSFERS: dict[str, re.Pattern[str]] = {
    "a damaged item": _any(r"\b(broken|damage\w*|in pieces|compensation|shattered|cracked)\b"),
    "a missing parcel": _any(r"never (reached|got|arrived|received|came)", r"missing parcel|\btraced\b|lost parcel"),
    "a wrong article in the box": _any(
        r"(different|wrong) (article|product|item|thing) was in|wrong (article|item) (arrived|in)", r"in the box instead"
    ),
    "a repair": _any(r"\brepair|warranty|stopped working|defective"),
    "a change of the email address": _any(r"(new|change|update|different) (my )?e-?mail"),
    "a change of the name": _any(r"(last|first|sur) ?name in my account|got married|change my name"),
    "a bulk purchase": _any(r"\bbulk\b|large quantity|hundred pieces|for my company, about"),
    "the deletion of the account": _any(r"delete my|close my account|all my data"),
    "a complaint about the courier": _any(r"complaint|courier|\brude\b"),
    "a company invoice": _any(r"\binvoice\b"),
    "something that needs a person": _any(
        r"\b(speak|talk) (to|with) (a |an )?(human|person|manager|supervisor|agent|representative)", r"real person"
    ),
}
_QUESTIONS: dict[str, re.Pattern[str]] = {
    "gift_card_balance": _any(r"(left|money|balance|much).{0,25}gift card", r"gift card.{0,20}balance"),
    "cheapest_variant": _any(r"\bcheapest\b|lowest price"),
    "available_count": _any(
        r"how many.{0,40}(variant|version|kind|option)",
        r"in how many|how many [\w ]{2,30} (do you have|are (there|available)|in stock)",
    ),
    "tracking": _any(r"\btracking|track (it|my|the)"),
    "paid_with": _any(r"(which|what) (payment method|card).{0,12}(did|was|i )", r"how did i pay|with which (card|payment)"),
    "order_status": _any(
        r"\bstatus\b|what state|where is my (order|parcel)|how far",
        r"been (shipped|delivered)( yet)?\?|has .{0,25}(shipped|arrived)",
    ),
    "price": _any(r"how much|\bprice\b|\bcosts?\b|\btotal\b|altogether|what did .{0,40}(pay|paid)"),
}
_WRITES: dict[str, re.Pattern[str]] = {
    "user_address": _any(
        r"(account|default|home|on file)[^.?!]{0,40}\baddress|\baddress\b[^.?!]{0,60}(account\b|on file|default)",
        r"\b(i|we)('ve| have)? (just )?moved\b|live somewhere else",
    ),
    "order_address": _any(
        r"(delivery|shipping) address|(to|needs?) (a different|another|a new|the wrong) (delivery )?address",
        r"wrong (place|address)|\baddress (of|for|on) .{0,20}order",
    ),
    "payment": _any(
        r"(change|switch|move|different|another|new)\b[^.?!]{0,30}\b(payment|how i pay)",
        r"pay for [^.?!]{0,45}(with|another way|different)|payment[^.?!]{0,50}(different|another) method",
    ),
    "cancel": _any(r"\bcancel|\bcall off\b"),
    "return": _any(
        r"\breturn(ing)?\b|(send|give) (\w+ ){0,8}back(?=[.,?!]|$| (from|please|to|in|because)\b)",
        r"\b(send|sending|give|giving) (back|(it|them|that|this) back)|refund (for )?(the|my)",
    ),
    "swap": _any(r"\bexchang|\bswap|\bchange\b|(wrong|different) version|\bmodify"),
}
_CHANGES = _any(r"\b(cancel|return|exchange|swap)\b")
_AMOUNTS = _any(r"how much|\bprice|\bcosts?\b|\btotal\b")
_MAIL = re.compile(r"(the )?(e-?mail )?(address )?(on file )?(should be |is )?\S+@\S+")
_BYE = _any(
    r"\b(bye|goodbye|that's (all|everything|it)|that is all|that was everything|nothing (else|more)|i'm good|all done)\b",
    r"\b(we're done|we're all done|that settles|take care|see you|have a (nice|lovely|good|great)|cheers)\b",
    r"\b(call back later|try again another|we're getting nowhere|leads nowhere|had enough)\b",
)
_YES = _any(
    r"\b(yes|yeah|yep|yup|sure|correct|right|exactly|absolutely|indeed|go ahead|proceed|do it|sounds good|please do)\b",
    r"\b(that's fine|okay|ok|i confirm|works for me|all good)\b",
    consent.YES.pattern,
)
_NO = _any(
    r"\b(no|nope|nah|not|don't|do not|wait|stop|wrong|actually|hold on|hang on|forget it|rather not|changed my mind)\b",
    r"\b(second thought|never mind|isn't|leave it)\b",
)
_REASONS: dict[str, re.Pattern[str]] = {
    "ordered by mistake": _any(r"mistake|accident|never meant|wrong button"),
    "no longer needed": _any(
        r"no longer need|not need|n't need|no use for|don't want it any|changed my mind about",
        r"need it any ?more|need it now",
    ),
}
_SOUNDS = r"(um+|uh+|ah+|er+|erm|hmm+|so|well|i mean|you know|let's see|like)"
_FILLERS = re.compile(rf",? \b{_SOUNDS},|^{_SOUNDS},? ", re.I)


def fluent(text: str) -> str:
    """The text without hesitation sounds, which would split phrases, and with a capital in front."""
    plain = _FILLERS.sub("", text)
    return plain if "@" in plain.split(" ")[0] else plain[:1].upper() + plain[1:]


def request(text: str) -> tuple[str, str] | None:
    """The kind of request in the text and its topic, or None: ``transfer``, ``question``, or what is to be changed."""
    lower = _MAIL.sub(" ", text.lower())
    for topic, pattern in _TRANSFERS.items():
        if pattern.search(lower):
            return "transfer", topic
    if not _CHANGES.search(lower) or _AMOUNTS.search(lower):
        for topic, pattern in _QUESTIONS.items():
            if pattern.search(lower):
                return "question", topic
    return next(((kind, "") for kind, pattern in _WRITES.items() if pattern.search(lower)), None)


def says_bye(text: str) -> bool:
    """Whether the customer is about to hang up."""
    return _BYE.search(text.lower()) is not None


def answer(text: str) -> bool | None:
    """Yes, no, or neither: the first sentence that says either decides, and a yes with a but is a no."""
    lower = re.sub(r"\bno (problem|worries|hurry|longer)\b|that's (right|fine)", r"\2", text.lower())
    for sentence in re.split(r"(?<=[.?!])\s+", lower):
        if _NO.search(sentence):
            return False
        if _YES.search(sentence):
            return True
    return None


def reason(text: str) -> str | None:
    """The reason for cancelling: "no longer needed" or "ordered by mistake", or None."""
    lower = text.lower()
    return next((value for value, pattern in _REASONS.items() if pattern.search(lower)), None)


def payment(text: str) -> str | None:
    """The payment method in words: a card's last four digits, a brand, "gift card", "paypal", "card" or "original"."""
    lower = _MAIL.sub(" ", text.lower())
    ending = re.search(r"\b(?:end(?:s|ing)?|last four)\D{0,16}(\d{4})\b", lower)
    if ending:
        return ending[1]
    for brand in ("visa", "mastercard", "amex"):
        if brand in lower:
            return brand
    if "gift card" in lower or "giftcard" in lower:
        return "gift card"
    if re.search(r"pay ?pal", lower):
        return "paypal"
    if re.search(r"\boriginal|same (payment|method|card|way)|i (used|paid|placed)|way i paid|one i used", lower):
        return "original"
    return "card" if re.search(r"\b(credit|debit) card", lower) else None


def methods(account: Json, said: str) -> list[Json]:
    """The payment methods of the account that fit the result of ``payment``."""
    found = []
    for method in account["payment_methods"].values():
        names = {method["source"].replace("_", " "), method.get("last_four"), str(method.get("brand", "")).lower()}
        if said in names or (said == "card" and method["source"] == "credit_card"):
            found.append(method)
    return found
