"""Whether an utterance as it was heard so far can be all that the speaker wanted to say."""

import re
from typing import Literal

from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.language.consent import fold, says_no, says_yes
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard
from tarl_app.language.spoken.numerals import DIGITS, OH

Completeness = Literal["unfinished", "number", "open", "finished"]
_LONGEST_ANSWER = 5  # words of an utterance that is finished as soon as it says yes or no
_HANGING = re.compile(
    r"\b(?:a|an|the|my|your|his|her|its|our|their|to|of|from|with|by|and|or|but|because|if|when|while|than|are|was|were|"
    r"(?<!as it )(?<!what it )is|i|i'm|i'd|i'll|we|he|she|they|um+|uh+|er+|erm+|hm+|well|please can you|can you|could you|"
    r"would you|want to|need to)$"
)
"""Words after which a sentence goes on."""
_REQUEST = re.compile(r"\b(?:can|could|would|will) (?:you|i|we) (?:please|just|maybe|perhaps|also)$")
"""A request without what is requested."""
_CLAUSE = re.compile(r"(?:\w+ )?(?:if|unless|although|in case|as soon as)\b[^,]*")
"""A clause before the main one."""
_LONGEST_CLAUSE = 8  # words
_CLOSING = re.compile(r"\b(?:thanks|thank you|that's all|that is all|bye|goodbye|that's it|that is it)$")
_NO_END = re.compile(r"[A-Z].*[^.?!]", re.DOTALL)
_POSTCODE = 5  # digits
_SIGNS: dict[str, str] = {**{name: str(value) for value, name in enumerate(DIGITS)}, OH: "0"}
_CODE = re.compile(r"[a-z]|[a-z]{0,3}\d[a-z0-9]*", re.IGNORECASE)
"""A letter that was spelled, or letters and digits in a row."""


def completeness(heard: str, spoken: Spoken = PLAIN_SPEECH) -> Completeness:
    """What the words alone say; ``open`` where they do not tell.

    ``unfinished``: the last word cannot be the last one, the recogniser, which writes sentences, ended none, or an id of
    ``spoken`` has fewer digits than its form. ``number``: it ends with digits, of which there may be more. ``finished``: a
    short yes or no, a complete id, a farewell.
    """
    text = fold(heard).strip(" .,;:!?-")
    if not text:
        return "open"
    at_end = _id_at_end(normalise_heard(heard, spoken), spoken)
    if at_end is not None:
        return at_end
    if (
        _HANGING.search(text)
        or _REQUEST.search(text.replace(",", ""))
        or heard.rstrip().endswith(("...", ","))
        or _NO_END.fullmatch(heard.strip())
    ):
        return "unfinished"
    if _CLAUSE.fullmatch(text) and len(text.split()) <= _LONGEST_CLAUSE and "?" not in heard:
        return "unfinished"
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
    return "number" if signs.isdigit() and spelled and digits < longest and digits != _POSTCODE else None
