"""Whether an utterance as it was heard so far can be all that the speaker wanted to say."""

import re
from typing import Literal

from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.language.consent import fold, says_no, says_yes
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard
from tarl_app.language.spoken.numerals import DIGITS, OH

Completeness = Literal["unfinished", "more", "open", "finished"]
_LONGEST_ANSWER = 5  # words of an utterance that is finished as soon as it says yes or no
_HANGING = re.compile(
    r"\b(?:a|an|the|my|your|his|her|its|our|their|to|of|from|with|by|and|or|but|because|if|when|while|than|are|was|were|"
    r"(?<!as it )(?<!what it )is|i|i'm|i'd|i'll|we|he|she|they|um+|uh+|er+|erm+|hm+|well|please can you|can you|could you|"
    r"would you|want to|need to)$"
)
"""Words after which a sentence goes on."""
_REQUEST = re.compile(r"\b(?:can|could|would|will) (?:you|i|we) (?:please|just|maybe|perhaps|also)$")
"""A request without what is requested."""
_CLAUSE = re.compile(
    r"(?:\w+ )?(?:if|unless|although|in case|as soon as)\b[^,]*"
    r"|(?:and |so )?(?:after|before|when|while|once|since) (?:i|you|we|they|he|she|it)\b[^,]*"
    r"|(?:and |so )?(?:every|each|the first|the last|the next|last|next) time (?:i|you|we|they|he|she|it|my|your|the)\b[^,]*"
    r"|(?:and |so )?what,? (?:i|we) (?:really |just )?(?:need|want|mean|meant|wanted|needed|have|got|ordered|bought)"
)
"""A clause before the main one."""
_HOLDS = re.compile(
    r"(?:(?:well|so|um|uh|okay|ok|yes|yeah|sure|sorry|please),? )*(?:let me (?:see|think|check|look|find|get|have a look)"
    r"(?: (?:it|that)(?: up)?)?|(?:just )?(?:a|one) (?:moment|second|sec|minute)|hang on|hold on|bear with me)"
    r"(?: (?:a|one) (?:moment|second|sec|minute))?(?:,? please)?"
)
"""Asks for time: who says it keeps the turn."""
_ANNOUNCED = re.compile(r"\be-?mail(?: address)? (?:is|was|would be|should be)\b(?!.*(?:@|\bat\b|\bnot\b|\bthe same\b))")
"""An address that is announced, as far as before its "at"."""
_DANGLING = re.compile(
    r"\b(?:live|lives|lived|living|interested|is|was|it's|are|arrived) in$"
    r"|\b(?:at|into|about|for|like|whether|until|unless)$"
)
"""Prepositions and the like that only questions end with."""
_ASKS = re.compile(r"\b(?:what|what's|who|who's|which|where|how|whom)\b")
_LONGEST_CLAUSE = 8  # words
_CLOSING = re.compile(r"\b(?:thanks|thank you|that's all|that is all|bye|goodbye|that's it|that is it)$")
_NO_END = re.compile(r"[A-Z].*[^.?!]", re.DOTALL)
_BEGUN = re.compile(r"(.*\d)\W+[a-z]{1,3}\W*", re.IGNORECASE | re.DOTALL)
"""A short word after a digit: the beginning of another one, where the id that it follows is not complete."""
_POSTCODE = 5  # digits
_SIGNS: dict[str, str] = {**{name: str(value) for value, name in enumerate(DIGITS)}, OH: "0"}
_CODE = re.compile(r"[a-z]|[a-z]{0,3}\d[a-z0-9]*", re.IGNORECASE)
"""A letter that was spelled, or letters and digits in a row."""


def completeness(heard: str, spoken: Spoken = PLAIN_SPEECH) -> Completeness:
    """What the words alone say; ``open`` where they do not tell.

    ``unfinished``: the last word cannot be the last one, it is a clause before the main one, it asks for time, an address
    has only begun, or an id of ``spoken`` has fewer digits than its form. ``more``: it ends with digits, of which there may
    be more, or the recogniser, which writes sentences, ended none. ``finished``: a short yes or no, a complete id, a
    farewell.
    """
    text = fold(heard).strip(" .,;:!?-")
    if not text:
        return "open"
    written = normalise_heard(heard, spoken)
    at_end = _id_at_end(written, spoken)
    if at_end is not None:
        return at_end
    if (begun := _BEGUN.fullmatch(written)) and _id_at_end(begun[1], spoken) == "unfinished":
        return "unfinished"
    if _HANGING.search(text) or _REQUEST.search(text.replace(",", "")) or heard.rstrip().endswith(("...", ",")):
        return "unfinished"
    if _HOLDS.fullmatch(text):
        return "unfinished"
    if "?" not in heard and (
        (_CLAUSE.fullmatch(text) and len(text.split()) <= _LONGEST_CLAUSE)
        or _ANNOUNCED.search(text)
        or (_DANGLING.search(text) and not _ASKS.search(text))
    ):
        return "unfinished"
    if _NO_END.fullmatch(heard.strip()):
        return "more"
    short = len(text.split()) <= _LONGEST_ANSWER
    return "finished" if _CLOSING.search(text) or (short and (says_yes(text) or says_no(text))) else "open"


def _id_at_end(text: str, spoken: Spoken) -> Completeness | None:
    """What the letters and digits say with which the text ends; None where there are none."""
    signs = ""
    words: list[str] = re.findall(r"[\w']+", re.sub(r"\bdouble[ -]?u\b", "w", text, flags=re.IGNORECASE))
    for word in reversed(words):
        sign = _SIGNS.get(word.lower(), word)
        if not _CODE.fullmatch(sign):
            break
        signs = sign.upper() + signs
    digits = sum(map(str.isdigit, signs))
    for form in spoken.ids:
        if re.fullmatch(rf"{re.escape(form.letters)}\d*", signs):
            return "finished" if digits >= form.digits else "unfinished"
    if spoken.codes and digits and digits < len(signs):
        return "finished" if len(signs) >= min(spoken.codes) else "unfinished"
    longest = max((form.digits for form in spoken.ids), default=0)
    spelled = digits > 1 or len(words) == 1  # one digit in a sentence is a quantity
    return "more" if signs.isdigit() and spelled and digits < longest and digits != _POSTCODE else None
