"""What an agent's words mean to the scripted user: rules over plain text, generous on purpose.

Nothing here knows which agent is speaking: the rules have to serve scripted, neural and hosted agents alike. Precision comes
from reading sentence by sentence, and from the agenda (``scripted``), which only reacts to what fits its situation.
"""

import re
from dataclasses import dataclass, field

ASKS: dict[str, str] = {
    "email": r"e-?mail",
    "name": r"\b(full|first|last|your|account|the) name\b|\bnames?\b.{0,20}\b(zip|postal)|surname|who (am i|i am|i'm) (speaking|talking)",
    "zip": r"\bzip|postal|post ?code",
    "user_id": r"\b(user|customer|account) (id|number)",
    "identity": r"(verify|confirm|identify|authenticate|validate|establish).{0,30}(identity|who you|you\b|account|yourself)"
    r"|identification|\byour (account )?details|find your account|look (up )?your account|pull up your account|access your account",
    "order": r"order'?s? (number|id\b|no\b|reference|code)|(which|what) (is the |is your |was the )?order\b|(number|id) of (the|your|that) order"
    r"|which of your orders",
    "reason": r"\breasons?\b|\bwhy\b|what made you",
    "payment": r"(which|what) (payment|card|account|method)|payment (method|option)|how (would|do|did|should).{0,20}(pay|refund|money)"
    r"|where (should|would|do|shall).{0,30}(refund|money)|refund(ed)?.{0,30}\bor\b|(gift card|paypal|credit card|visa|mastercard|amex|original).{0,40}\bor\b",
    "items": r"(which|what) (item|product|article|part|thing|one)|which (ones?|of (these|those|the|them|your))|(item|product)s? (would|do|did|should|are|is|you)"
    r"|name of the (item|product)|what (would|do) you (like|want|wish) to (return|exchange|change|modify|swap)",
    "options": r"(which|what) (new |other |different |kind of )?(option|colou?r|size|variant|version|type|model|material|capacity|configuration)"
    r"|\binstead\b|\bprefer|(exchange|swap|change|switch) (it|them|this|that|[\w ]{1,30}) (for|to|into)\b|replace|(like|want) to (have|get)"
    r"|what (exactly )?(would|do) you (like|want)( it| them)? (for|to get|as)|second choice|alternative|different one|another one",
    "address": r"\baddress|\bstreet|where (should|shall|do).{0,25}(send|ship|deliver)",
}
_REQUEST = re.compile(
    r"\?$|\b(could|can|would|may|might|will) (you|i)\b|\bplease\b|\bi('ll| will|'d| would)? (just |also |still |first )?need|\btell me|\bgive me|\blet me (know|have)"
    r"|\bprovide\b|\bwhat('s| is| was)\b|\bwhich\b|\bi require|\bshare\b"
)
_CONFIRM = re.compile(
    r"\b(is|are|does|was|would) (that|this|it|everything|all|these|the \w+) ?(all |of that |of this |be |still )*(right|correct|okay|ok\b|fine|good|sound|look|work|what you)"
    r"|\b(correct|right|proceed|go ahead|okay|ok|agreed|continue|alright|yes)\?"
    r"|\b(shall|should|may|can|could) i (now |please |then |just )?(go|proceed|place|submit|process|do|cancel|return|exchange|change|update|modify|make|continue|swap|switch|set|book|refund|transfer|connect|send)"
    r"|\bdo you (want|wish|agree|confirm|approve|accept|authori[sz]e|consent)|\bwould you like (me )?to (?!pay|use|return\?|exchange\?|change\?|get|have|receive)"
    r"|\bwant me to|\byes or no|\byes/no|\bsounds? (good|right|okay)|\bhappy (with|for|to)|\b(reply|say|answer|type|respond)( with)? \W?yes"
    r"|\bconfirm\b(?! (your|the|which|what|that your) (e-?mail|name|full|first|zip|order (number|id)|identity|account|address))|\bam i right|\bdid i get"
    r"|\b(am i (speaking|talking) (with|to) [A-Z])|\bis your (name|e-?mail|zip)|\bok with you"
)
_MORE = re.compile(
    r"\b(anything|something|what|nothing|everything) (else|more|further)|\bany (other|more|further)|\bfurther (help|assist|question)|\belse (i|we|can)\b|\bother (question|request|thing)s?"
)
_HELP = re.compile(
    r"\b(how|what|where) (can|may|could|might) i (help|do|assist)|\bwhat (can|brings|would you like to do|do you need)|\bhow (can|may) we|\bwhat is (this|it) about|\bwhat (should|shall|do) i (change|do|correct|fix)|\bwhat('s| is| was) wrong"
)
_NOT_FOUND = re.compile(
    r"(could ?n[o']?t|can ?n[o']t|can't|couldn't|unable to|not able to|did ?n[o']t|didn't|do not|don't|failed to) (find|locate|see|match|recogni[sz]e|identify|verify|have an? (account|order|record))"
    r"|\bno (account|order|match|customer|user|record|such|profile)|\bnot (found|match|on file|in our|exist|recogni)|(doesn't|does not|don't|do not|didn't|did not) (seem to )?(exist|match|work|appear)"
    r"|\b(wrong|invalid|incorrect) (zip|e-?mail|order|name|number|id)|\bnothing under|\bno one (by|with)|\bfound (no|nothing)"
)
_REFUSES = re.compile(
    r"\b(can'?t|cannot|can not|could ?n[o']t|couldn't|unable|not able to|not possible|impossible|is ?n[o']t possible|not allowed|not permitted|won't be able|will not be able|not eligible"
    r"|ineligible|against (our|the|company)? ?(policy|rules)|only (pending|delivered|the owner)|decline|may not|must not|too late|not something (i|we)|outside (of )?(our|my|the)|beyond (what|my|our)|not authori[sz]ed"
    r"|does ?n[o']t allow|doesn't allow|don't (offer|allow|do|match)|do not (offer|allow)|isn't (something|allowed|possible)|no longer (be|possible)|won't|never (share|give|disclose))"
)
_WARNING = re.compile(
    r"\b(again|undone|undo|reversed|afterwards?|after (this|that)|once (it|this|that|changed|done|we|i)|later|only (be )?(once|one time))\b"
)
_OWN_REFUSAL = re.compile(
    r"\b(i|we) (can'?t|cannot|can not|am unable|am not able|'m unable|won't|will not)\b|\b(sorry|afraid|unfortunately)\b"
)
_UNAVAILABLE = re.compile(
    r"out of stock|sold out|\bunavailable|\b(not|n't) (currently |right now |presently |at the moment )?(be )?(available|in stock|offered|on offer)|no longer available|\bdon't (currently )?(have|carry|stock|offer)"
    r"|\bdo not (currently )?(have|carry|stock|offer)|doesn't (come|exist)|does not (come|exist)|\bno (such )?(variant|version|stock)|\bran out|\bnone (left|in stock)"
)
_VERB = r"(cancel|return|exchang|modif|chang|updat|process|submit|complet|switch|plac|request|refund|mov|set|swap|sav|arrang|sent|initiat|start)\w*"
_DONE = re.compile(
    rf"\b(has|have|was|were|are|is|'ve|'s) (now |just |all |been |successfully |both )*(been |being )?(successfully )?{_VERB}"
    rf"|\b(i|we)('ve| have)? (now |just |successfully )*{_VERB[:-3]}(ed|led|t)\b|\ball (set|done|sorted|taken care)|^(done|all done|great news|it's done|finished|success)\b|\bsuccessful"
    r"|\b(is|are) (now )?(complete|done|finished|in place|on file|under way)|\btaken care of"
)
_HOLDS = re.compile(
    r"\b(one|a|just a) (moment|second|minute|sec)\b|\bhold on|\bbear with|\blet me (just |quickly |now )?(check|look|see|find|pull|verify|get|search|do)|\bi('ll| will| am going to|'m going to) (now |just )?(check|look|find|search|pull|do|go ahead|process|cancel|take care)"
    r"|\bplease (hold|wait)|\bchecking|\blooking"
)
_TRANSFERS = re.compile(
    r"\btransfer|\bconnect(ing)? you|\bhuman\b|\bhand(ing)? you|\bput(ting)? you through|\b(colleague|specialist|representative|supervisor|manager|a person)\b"
)
_ORDER_ID = re.compile(r"(?<![\w])#?\s?(?:w[\s-]?)?((?:\d[\s-]?){7})(?![\d])", re.I)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ZIP = re.compile(r"(?<![\d#.$-])\d{5}(?![\d-])")


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
        return bool(self.text) and not (self.asks or self.proposes or self.helps)


def read(text: str) -> Reading:
    """Reads one agent utterance; any text is accepted."""
    plain = text.replace("\u2019", "'").strip()[:4000]
    sentences = [s.strip().lower() for s in re.split(r"(?<=[.?!])\s+|\n+", plain) if s.strip()]
    asks: set[str] = set()
    flags = dict.fromkeys(
        ("proposes", "more", "helps", "not_found", "refuses", "unavailable", "done", "holds", "transfers"), False
    )
    for sentence in sentences:
        found = _flags(sentence)
        for name in found & flags.keys():
            flags[name] = True
        asks |= found & ASKS.keys()
    ids = frozenset(f"#W{re.sub(r'[^0-9]', '', match)}" for match in _ORDER_ID.findall(re.sub(r"\w+_\d+", "", plain)))
    lowered = plain.lower()
    return Reading(
        text=lowered,
        asks=frozenset(asks),
        order_ids=ids,
        emails=frozenset(match.rstrip(".") for match in _EMAIL.findall(lowered)),
        zips=frozenset(_ZIP.findall(lowered)),
        **flags,
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
    asks = {name for name, pattern in ASKS.items() if re.search(pattern, re.sub(r"e-?mail address", "email", sentence))}
    if "options" in asks and asks & {"email", "name", "zip"}:
        asks.discard("options")
    return asks
