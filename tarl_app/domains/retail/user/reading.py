"""What an agent's words mean to the scripted user: rules over plain text, generous on purpose.

Nothing here knows which agent is speaking: the rules have to serve scripted, neural and hosted agents alike. Precision comes
from reading sentence by sentence, and from the agenda (``scripted_agenda``), which only reacts to what fits its situation.
"""

import re
from dataclasses import dataclass, field

from tarl_app.language import told

LONGEST = 4000
"""Characters of one utterance that are read; the rest is noise."""


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_METHODS = r"(gift card|paypal|credit card|visa|mastercard|amex|original)"
ASKS: dict[str, re.Pattern[str]] = {
    "email": _any(r"e-?mail"),
    "name": _any(
        r"\b(full|first|last|your|account|the) name\b",
        r"\bnames?\b.{0,20}\b(zip|postal)",
        r"surname",
        r"who (am i|i am|i'm) (speaking|talking)",
    ),
    "zip": _any(r"\bzip", r"postal", r"post ?code"),
    "user_id": _any(r"\b(user|customer|account) (id|number)"),
    "identity": _any(
        r"(verify|confirm|identify|authenticate|validate|establish).{0,30}(identity|who you|you\b|account|yourself)",
        r"identification",
        r"\byour (account )?details",
        r"(find|look up|pull up|access|locate) your account|look your account up",
    ),
    "order": _any(
        r"order'?s? (number|id\b|no\b|reference|code)",
        r"(which|what) (is the |is your |was the )?order\b",
        r"(number|id) of (the|your|that) order",
        r"which of your orders",
    ),
    "reason": _any(r"\breasons?\b", r"\bwhy\b", r"what made you"),
    "payment": _any(
        r"(which|what) (payment|card|account|method)",
        r"payment (method|option)",
        r"how (would|do|did|should).{0,40}(pay|refund|money)",
        r"where (should|would|do|shall).{0,30}(refund|money)",
        r"refund(ed)?.{0,30}\bor\b",
        _METHODS + r".{0,40}\bor\b",
    ),
    "items": _any(
        r"(which|what) (item|product|article|part|thing|one)",
        r"which (ones?|of (these|those|the|them|your))",
        r"(item|product)s? (would|do|did|should|are|is|you)",
        r"name of the (item|product)",
        r"what (would|do) you (like|want|wish) to (return|exchange|change|modify|swap)",
    ),
    "options": _any(
        r"(which|what) (new |other |different |kind of )?(option|colou?r|size|variant|version|type|model|material|capacity)",
        r"\binstead\b",
        r"\bprefer",
        r"(exchange|swap|change|switch) (it|them|this|that|[\w ]{1,30}) (for|to|into)\b",
        r"replace",
        r"(like|want) to (have|get)",
        r"what (exactly )?(would|do) you (like|want)( it| them)? (for|to get|as)",
        r"second choice|alternative|different one|another one",
    ),
    "address": _any(r"\baddress", r"\bstreet", r"where (should|shall|do).{0,25}(send|ship|deliver)"),
}
_REQUEST = _any(
    r"\?$",
    r"\b(could|can|would|may|might|will) (you|i)\b",
    r"\bplease\b",
    r"\bi('ll| will|'d| would)? (just |also |still |first )?need",
    r"\btell me|\bgive me|\blet me (know|have)|\bprovide\b|\bi require|\bshare\b",
    r"\bwhat('s| is| was)\b|\bwhich\b",
)
_DOING = (
    r"(go|proceed|place|submit|process|do|cancel|return|exchange|change|update|modify|make|continue|swap|switch|set|book|refund"
    r"|transfer|connect|send)"
)
_CONFIRM = _any(
    r"\b(is|are|does|was|would) (that|this|it|everything|all|these|the \w+) ?(all |of that |of this |be |still )*"
    r"(right|correct|okay|ok\b|fine|good|sound|look|work|what you)",
    r"\b(correct|right|proceed|go ahead|okay|ok|agreed|continue|alright|yes)\?",
    r"\b(shall|should|may|can|could) i (now |please |then |just )?" + _DOING,
    r"\bdo you (want|wish|agree|confirm|approve|accept|authori[sz]e|consent)",
    r"\bwould you like (me )?to (?!pay|use|return\?|exchange\?|change\?|get|have|receive)",
    r"\bwant me to|\byes or no|\byes/no|\bsounds? (good|right|okay)|\bare you happy (with|for)",
    r"\bok with you|\bok(ay)? to \w+.*\?",
    r"\b(reply|say|answer|type|respond)( with)? \W?yes",
    r"\bconfirm\b(?! (your|the|which|what) (e-?mail|name|full|first|zip|order (number|id)|identity|account|address))",
    r"\bam i right|\bdid i get|\bam i (speaking|talking) (with|to)\b|\bis your (name|e-?mail|zip)",
)
_MORE = _any(
    r"\b(anything|something|what|nothing|everything) (else|more|further)",
    r"\bany (other|more|further)|\bfurther (help|assist|question)|\belse (i|we|can)\b|\bother (question|request|thing)s?",
)
_HELP = _any(
    r"\b(how|what|where) (can|may|could|might) (i|we) (help|do|assist)",
    r"\bwhat (can|brings|would you like to do|do you need)|\bwhat is (this|it) about",
    r"\bwhat (should|shall|do) i (change|do|correct|fix)|\bwhat('s| is| was) wrong",
)
_NOT = r"(could ?n[o']?t|can ?n[o']t|can't|couldn't|unable to|not able to|did ?n[o']t|didn't|do not|don't|failed to)"
_NOT_FOUND = _any(
    _NOT + r" (find|locate|see|match|recogni[sz]e|identify|verify|have an? (account|order|record))",
    r"\bno (account|order|match|customer|user|record|such|profile)|\bnot (found|match|on file|in our|exist|recogni)",
    r"(doesn't|does not|don't|do not|didn't|did not) (seem to )?(exist|match|work|appear)",
    r"\b(wrong|invalid|incorrect) (zip|e-?mail|order|name|number|id)",
    r"\bnothing under|\bno one (by|with)|\bfound (no|nothing)",
)
_REFUSES = _any(
    r"\b(can'?t|cannot|can not|could ?n[o']t|couldn't|unable|not able to|won't be able|will not be able|won't)\b",
    r"\b(not possible|impossible|is ?n[o']t possible|isn't (something|allowed|possible)|no longer (be|possible))",
    r"\b(not allowed|not permitted|not authori[sz]ed|not eligible|ineligible|against (our|the|company)? ?(policy|rules))",
    r"\bonly (pending|delivered|the owner)|\bdecline|\b(may|must) not|\btoo late|\bnot something (i|we)",
    r"\boutside (of )?(our|my|the)|\bbeyond (what|my|our)|\bnever (share|give|disclose)",
    r"\b(doesn't|does ?n[o']t|does not|don't|do not) (allow|offer|do|match)",
)
_WARNING = _any(
    r"\b(again|undone|undo|reversed|afterwards?|later)\b|\bafter (this|that)\b",
    r"\bonce (it|this|that|changed|done|we|i)\b|\bonly (be )?(once|one time)\b",
)
_OWN_REFUSAL = _any(
    r"\b(i|we) (can'?t|cannot|can not|am unable|am not able|'m unable|won't|will not)\b",
    r"\b(sorry|afraid|unfortunately)\b",
)
_UNAVAILABLE = _any(
    r"out of stock|sold out|\bunavailable|no longer available|\bran out|\bnone (left|in stock)",
    r"\bno (such )?(variant|version|stock)",
    r"\b(not|n't) (currently |right now |presently |at the moment )?(be )?(available|in stock|offered|on offer)",
    r"\b(don't|do not) (currently )?(have|carry|stock|offer)|(doesn't|does not) (come|exist)",
)
_VERB = (
    r"(cancel|return|exchang|modif|chang|updat|process|submit|complet|switch|plac|request|refund|mov|set|swap|sav|arrang|sent"
    r"|initiat|start)"
)
_DONE = _any(
    r"\b(has|have|was|were|are|is|'ve|'s) (now |just |all |been |successfully |both )*(being )?(successfully )?" + _VERB,
    r"\b(i|we)('ve| have)? (now |just |successfully )*" + _VERB + r"(ed|led|t)\b",
    r"\b(i|we)('ve| have) gone ahead",
    r"\ball (set|done|sorted|taken care)|^(done|all done|great news|it's done|finished|success)\b",
    r"\bsuccessful|\btaken care of",
    r"\b(is|are) (now )?(complete|done|finished|in place|on file|under way)",
)
_HOLDS = _any(
    r"\b(one|a|just a) (moment|second|minute|sec)\b|\bhold on|\bbear with|\bplease (hold|wait)|\bchecking|\blooking",
    r"\blet me (just |quickly |now )?(check|look|see|find|pull|verify|get|search|do)",
    r"\bi('ll| will| am going to|'m going to) (now |just )?(check|look|find|search|pull|do|go ahead|process|take care)",
)
_TRANSFERS = _any(
    r"\btransfer|\bconnect(ing)? you|\bhuman\b|\bhand(ing)? you|\bput(ting)? you through",
    r"\b(colleague|specialist|representative|supervisor|manager|a person)\b",
)
_ABOUT_MONEY = re.compile(r"\b(refund|pay|charge|difference)\w*\b.*" + _METHODS, re.S)
_NAMED_OPTION = re.compile(r"\b(option|colou?r|size|variant|version|type|model|material|capacity|exchange|swap)\b")
_ORDER_DIGITS = 7
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ZIP = re.compile(r"(?<![\d#.$-])\d{5}(?![\d-])")
_FLAGS = ("proposes", "more", "helps", "not_found", "refuses", "unavailable", "done", "holds", "transfers")


@dataclass(frozen=True)
class Reading:
    """One agent utterance as the user understands it; ``text`` is lower case."""

    text: str
    asks: frozenset[str] = field(default_factory=frozenset)
    proposes: bool = False  # wants a yes or a no
    more: bool = False  # asks whether there is anything else
    helps: bool = False  # asks what it can do
    not_found: bool = False
    refuses: bool = False
    unavailable: bool = False
    done: bool = False
    holds: bool = False
    transfers: bool = False
    order_ids: frozenset[str] = field(default_factory=frozenset)
    emails: frozenset[str] = field(default_factory=frozenset)
    zips: frozenset[str] = field(default_factory=frozenset)

    @property
    def states(self) -> bool:
        """Whether it tells something and asks for nothing but, perhaps, what else there is."""
        return bool(self.text) and "?" not in self.text and not (self.asks or self.proposes or self.helps)


def read(text: str) -> Reading:
    """Reads one agent utterance; any text is accepted."""
    plain = told.plain(text).strip()[:LONGEST]
    sentences = [s.strip().lower() for s in re.split(r"(?<=[.?!])\s+|\n+", plain) if s.strip()]
    found: set[str] = set().union(*(_flags(sentence) for sentence in sentences))
    if "options" in found and _ABOUT_MONEY.search(plain.lower()) and not _NAMED_OPTION.search(plain.lower()):
        found = found - {"options"} | {"payment"}  # "to PayPal or a gift card. Which do you prefer?"
    ids = frozenset(f"#W{found}" for found in told.ids_in(plain) if found.isdigit() and len(found) == _ORDER_DIGITS)
    lowered = plain.lower()
    return Reading(
        text=lowered,
        asks=frozenset(found & ASKS.keys()),
        order_ids=ids,
        emails=frozenset(match.rstrip(".") for match in _EMAIL.findall(lowered)),
        zips=frozenset(_ZIP.findall(lowered)),
        **{flag: flag in found for flag in _FLAGS},
    )


def _flags(sentence: str) -> set[str]:
    """Everything one sentence does."""
    found: set[str] = set()
    if _TRANSFERS.search(sentence):
        found.add("transfers")
    if _MORE.search(sentence):
        return found | {"more"}
    if _NOT_FOUND.search(sentence):
        found.add("not_found")
    elif _UNAVAILABLE.search(sentence):
        found.add("unavailable")
    elif _REFUSES.search(sentence) and (not _WARNING.search(sentence) or _OWN_REFUSAL.search(sentence)):
        found.add("refuses")
    elif _DONE.search(sentence) and not sentence.endswith("?"):
        found.add("done")
    if _HOLDS.search(sentence) and not sentence.endswith("?"):
        found.add("holds")
    if _HELP.search(sentence):
        return found | {"helps"}
    return found | _requests(sentence)


def _requests(sentence: str) -> set[str]:
    confirms = _CONFIRM.search(sentence)
    if confirms and not re.search(r"\b(which|what|where|why|how)\b", sentence[: confirms.start() + 1]):
        return {"proposes"}
    if not _REQUEST.search(sentence):
        return set()
    asks = {name for name, pattern in ASKS.items() if pattern.search(re.sub(r"e-?mail address", "email", sentence))}
    if "options" in asks and asks & {"email", "name", "zip"}:
        asks.discard("options")
    return asks
