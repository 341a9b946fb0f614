"""Rules for the words of a dialogue: yes and no, claims, refusals, questions.

Everything here is a pure function of text. The patterns are deliberately narrow: a judge that scores a good turn -1 does
more harm than one that overlooks a bad sentence, because the verdict still catches what the sentence led to.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from rapidfuzz.distance import Levenshtein

from tarl_app.core.domain import Action, Judging
from tarl_app.language.consent import PROPOSAL, fold, sentences

MADE = r"requested|submitted|processed|placed|set up|started|arranged|completed|registered|filed"
_ADVERBS = r"(?:(?:now|just|already|successfully|also|all|both|gone ahead and|been)\s+){0,3}"
CLAIM = (
    r"(?:\b(?:i|we)(?:'ve| have)(?: now| just)?\s+{adverbs}(?:{verbs})\b|"
    r"\b(?:has|have)\s+(?:now |just |already |successfully |also |both |all )*been\s+{adverbs}(?:{verbs})\b|"
    r"\b(?:is|are) now\s+{adverbs}(?:{verbs})\b)"
)
HYPOTHETICAL = re.compile(
    r"\?|\b(once|after|when|whenever|if|before|until|unless|only|cannot|can't|could|couldn't|not|never|would|"
    r"will|should|may|"
    r"might|any|nothing|that (?:has|have)|which (?:has|have))\b|n't\b"
)
CONDITIONAL = re.compile(r"\?|\b(once|after|when|whenever|if|before|until|unless|only)\b")
"""What still makes a claim hypothetical behind it: "has been done once you agree", not "and you will hear from us"."""
CANNOT = re.compile(
    r"\b(?:can't|cannot|can not|am unable to|'m unable to|are unable to|unable to|not able to|won't be able to|"
    r"not allowed to|not possible to|not permitted to|have to decline|must decline|refuse to|can no longer|"
    r"no longer possible to|impossible to|too late to)\b(?P<what>.*)"
)
NOT_TO_BE_HAD = re.compile(
    r"\b(nothing i can do|no exceptions?|out of stock|sold out|unavailable|not available|none left|"
    r"nothing left|run out|"
    r"ran out|no longer (?:have|available|made|offered)|not in stock)\b"
)
CONDITION = re.compile(
    r"\b(without|until|unless|before|first|stock|available|availability|find|locate|see|hear|understand|both|"
    r"more than)\b"
)
ASKS = re.compile(
    r"\?|\b(please|kindly|could you|can you|may i|let me know|tell me|would you|what is|what's|which|shall i|should i|"
    r"anything else|i(?:'d|'ll| will| would)? need (?:your|an?|the|to know)|(?:give|send|spell|"
    r"read) (?:it )?(?:to )?me)\b"
)
CLOSING = re.compile(
    r"\b(thanks|thank you|bye|goodbye|that's all|that is all|that will be all|nothing else|all set|great|cheers)\b"
)
FAREWELL = re.compile(
    r"\b(goodbye|bye|have a (?:\w+ )?(?:day|evening|weekend|time|one)|take care|welcome|glad i could help|see you|"
    r"have a (?:nice|good|great|lovely)|talk to you soon|until next time)\b"
)
MORE = re.compile(r"\b(anything|something|what) (?:else|more)\b")
CLOSER = re.compile(r"\b(?:else|more|further|other|next|additional(?:ly)?)\b")
SHORT = 9
"""Most words of a sentence that only asks whether there is anything else."""
IDENTITY = r"name|e-?mail|postal|account|identi\w+|verify|user id|who (?:am i|i am|i'm|you are|are you)"
"""How an agent asks who the customer is; domains add to it (``Identity.asked``)."""
WANTED = r"cancel\w*|chang\w*|switch|updat\w*|address|pay\w*|paid|price|costs?|how (?:much|many)|status"
"""Subjects of customers' requests; domains add to it (``JudgedWords.wanted``)."""
NOT_UNDERSTOOD = re.compile(
    r"\b(?:didn't|did not|couldn't|could not) (?:quite )?(?:catch|hear|understand|get)|(?:say|repeat) (?:that|it)\b"
)
REPEAT = re.compile(
    r"\b(repeat|again|pardon|sorry|what did you|didn't (?:catch|get|understand|hear)|say that|come again|"
    r"what do you mean)\b"
)

OPEN = re.compile(
    r"\b(?:what|which|how|who|whom|whose|where|when|why|or|tell me|could you|can you|may i have|again|"
    r"would you like|do you want|would you rather)\b"
)
"""Words of a question that yes or no does not answer, or that asks for something."""
LONGEST_CHECK = 12
"""Most words of the question that ends a read-back, such as "Do I have your okay?"."""

SPOKEN_SIGN = re.compile(r" (?:dot|point|at|underscore|dash|hyphen)(?= )")


@cache
def any_of(general: str, further: str = "") -> re.Pattern[str]:
    """The pattern of whole words with these alternatives, general ones and a domain's own."""
    return re.compile(rf"\b(?:{'|'.join(filter(None, (general, further)))})\b")


def near(identifier: str, said: Iterable[str], limit: float = 0.34) -> str | None:
    """The id that was said and that ``identifier`` is most likely a misheard form of."""
    close = [(Levenshtein.normalized_distance(identifier, other), other) for other in said]
    best = min(close, default=(1.0, ""))
    return best[1] if best[0] <= limit else None


def closes(sentence: str) -> bool:
    """Whether a sentence only asks for a further goal, or says goodbye."""
    short = len(sentence.split()) <= SHORT and CLOSER.search(sentence)
    return bool(short or MORE.search(sentence) or FAREWELL.search(sentence))


def asks_on(text: str) -> bool:
    """Whether a text asks for anything that the request needs."""
    return any(ASKS.search(part) and not closes(part) for part in sentences(text))


def reads_back(text: str) -> bool:
    """Whether a text puts something up for a yes or a no, in whatever words."""
    folded = fold(text)
    if PROPOSAL.search(folded):
        return True
    parts = sentences(text)
    if len(parts) < 2 or not parts[-1].endswith("?"):
        return False
    last = parts[-1]
    return len(last.split()) <= LONGEST_CHECK and not OPEN.search(last) and not closes(last)


def wants(said: str, judging: Judging) -> bool:
    """Whether folded words of a customer make a request."""
    return bool(re.search(wishes(judging), said))


def wishes(judging: Judging) -> str:
    """The pattern of folded words that make a request."""
    return any_of(WANTED, judging.words.wanted).pattern


def asks_who(said: str, judging: Judging) -> bool:
    """Whether folded words ask who the customer is."""
    return judging.identity is not None and bool(any_of(IDENTITY, judging.identity.asked).search(said))


def squeezed(text: str) -> str:
    """Letters and digits alone; a spoken ``dot`` or ``at`` between words counts as the sign, and signs are left out."""
    return re.sub(r"[\W_]+", "", SPOKEN_SIGN.sub("", fold(text)))


def claims(text: str, actions: Iterable[Action]) -> list[Action]:
    """The actions that a text says have been done."""
    stated = sentences(text)
    return [action for action in actions if action.done and any(_claims(sentence, action) for sentence in stated)]


def _claims(sentence: str, action: Action) -> bool:
    done = CLAIM.format(adverbs=_ADVERBS, verbs=action.done)
    made = rf"\b(?:{action.noun})\b.*" + CLAIM.format(adverbs=_ADVERBS, verbs=MADE)
    found = re.search(done, sentence) or (re.search(made, sentence) if action.noun else None)
    if found is None:
        return False
    return not HYPOTHETICAL.search(sentence[: found.end()]) and not CONDITIONAL.search(sentence[found.end() :])


def refuses(text: str, actions: Sequence[Action]) -> set[str]:
    """The stems of actions that a text declines for good; a condition ("until I have found you") is no refusal."""
    found: set[str] = set()
    for sentence in sentences(text):
        match = CANNOT.search(sentence)
        if match and not CONDITION.search(sentence):
            found |= {action.stem for action in actions if re.search(rf"\b(?:{action.named})", match["what"])}
    return found


def declines(text: str) -> bool:
    """Whether a text declines anything, or says that something is not available."""
    return bool(CANNOT.search(fold(text)) or NOT_TO_BE_HAD.search(fold(text)))
