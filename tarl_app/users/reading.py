"""How a simulated customer understands an agent's words: deliberately lenient rules over plain text.

The rules are independent of the domain and of the agent: scripted, neural and hosted agents alike. The domain declares
what an agent can ask for (``asks``). Precision comes from reading sentence by sentence, and from the customer's agenda,
which only reacts to what fits its situation.
"""

import re
from collections.abc import Callable, Set
from dataclasses import dataclass, field

from tarl_app.language import told, transfer

LONGEST = 4000
"""Characters of one utterance that are read; the rest is ignored."""
Asks = Callable[[str], Set[str]]
"""A sentence that requests something, in lower case -> the names of the facts that it asks for."""


def _nothing(sentence: str) -> Set[str]:
    return frozenset()


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern that matches where any of them does."""
    return re.compile("|".join(patterns))


_REQUEST = any_of(
    r"\?$",
    r"\b(could|can|would|may|might|will) (you|i)\b",
    r"\bplease\b",
    r"\bi('ll| will|'d| would)? (just |also |still |first )?need",
    r"\btell me|\bgive me|\blet me (know|have)|\bprovide\b|\bi require|\bshare\b",
    r"\bwhat('s| is| was)\b|\bwhich\b",
)
# Changes that customers of any company ask for, and money that they get back: read here, in whatever domain, never said.
_DOING = (
    r"(go|proceed|place|submit|process|do|cancel|return|exchange|change|update|modify|make|continue|swap|switch|set|book|refund"
    r"|transfer|connect|send)"
)
_CONFIRM = any_of(
    r"\b(is|are|does|was|would) (that|this|it|everything|all|these|the \w+) ?(all |of that |of this |be |still )*"
    r"(right|correct|okay|ok\b|fine|good|sound|look|work|what you)",
    r"\b(correct|right|proceed|go ahead|okay|ok|agreed|continue|alright|yes)\?",
    r"\b(shall|should) i\b",
    r"\b(may|can|could) i (now |please |then |just )?" + _DOING,
    r"\bdo you (want|wish|agree|confirm|approve|accept|authori[sz]e|consent)",
    r"\bwould you like (me )?to (?!pay|use|return\?|exchange\?|change\?|get|have|receive)",
    r"\bwant me to|\byes or no|\byes/no|\bsounds? (good|right|okay)|\bare you happy (with|for)",
    r"\bok with you|\bok(ay)? to \w+.*\?",
    r"\b(reply|say|answer|type|respond)( with)? \W?yes",
    r"\bconfirm\b(?! (your|the|which|what) (e-?mail|name|full|first|zip|order (number|id)|identity|account|address))",
    r"\bam i right|\bdid i get|\bam i (speaking|talking) (with|to)\b|\bis your (name|e-?mail|zip)",
)
_MORE = any_of(
    r"\b(anything|something|what|nothing|everything) (else|more|further)",
    r"\bany (other|more|further)|\bfurther (help|assist|question)|\belse (i|we|can)\b|\bother (question|request|thing)s?",
)
_HELP = any_of(
    r"\b(how|what|where) (can|may|could|might) (i|we) (help|do|assist)",
    r"\bwhat (can|brings|would you like to do|do you need)|\bwhat is (this|it) about",
    r"\bwhat (should|shall|do) i (change|do|correct|fix)|\bwhat('s| is| was) wrong",
)
_NOT = r"(could ?n[o']?t|can ?n[o']t|can't|couldn't|unable to|not able to|did ?n[o']t|didn't|do not|don't|failed to)"
_NOT_FOUND = any_of(
    _NOT + r" (find|locate|see|match|recogni[sz]e|identify|verify|have an? (account|order|record))",
    r"\bno (account|order|match|customer|user|record|such|profile)|\bnot (found|match|on file|in our|exist|recogni)",
    r"(doesn't|does not|don't|do not|didn't|did not) (seem to )?(exist|match|work|appear)",
    r"\b(wrong|invalid|incorrect) (zip|e-?mail|order|name|number|id)",
    r"\bnothing under|\bno one (by|with)|\bfound (no|nothing)",
)
_REFUSES = any_of(
    r"\b(can'?t|cannot|can not|could ?n[o']t|couldn't|unable|not able to|won't be able|will not be able|won't)\b",
    r"\b(not possible|impossible|is ?n[o']t possible|isn't (something|allowed|possible)|no longer (be|possible))",
    r"\b(not allowed|not permitted|not authori[sz]ed|not eligible|ineligible|against (our|the|company)? ?(policy|rules))",
    r"\bonly the owner|\bdecline|\b(may|must) not|\btoo late|\bnot something (i|we)",
    r"\boutside (of )?(our|my|the)|\bbeyond (what|my|our)|\bnever (share|give|disclose)",
    r"\b(doesn't|does ?n[o']t|does not|don't|do not) (allow|offer|do|match)",
)
_WARNING = any_of(
    r"\b(again|undone|undo|reversed|afterwards?|later)\b|\bafter (this|that)\b",
    r"\bonce (it|this|that|changed|done|we|i)\b|\bonly (be )?(once|one time)\b",
)
_OWN_REFUSAL = any_of(
    r"\b(i|we) (can'?t|cannot|can not|am unable|am not able|'m unable|won't|will not)\b",
    r"\b(sorry|afraid|unfortunately)\b",
)
_UNAVAILABLE = any_of(
    r"out of stock|sold out|\bunavailable|no longer available|\bran out|\bnone (left|in stock)",
    r"\bno (such )?(variant|version|stock)",
    r"\b(not|n't) (currently |right now |presently |at the moment )?(be )?(available|in stock|offered|on offer)",
    r"\b(don't|do not) (currently )?(have|carry|stock|offer)|(doesn't|does not) (come|exist)",
)
_VERB = (
    r"(cancel|return|exchang|modif|chang|updat|process|submit|complet|switch|plac|request|refund|mov|set|swap|sav|arrang|sent"
    r"|initiat|start)"
)
_DONE = any_of(
    r"\b(has|have|was|were|are|is|'ve|'s) (now |just |all |been |successfully |both )*(being )?(successfully )?" + _VERB,
    r"\b(i|we)('ve| have)? (now |just |successfully )*" + _VERB + r"(ed|led|t)\b",
    r"\b(i|we)('ve| have) gone ahead",
    r"\ball (set|done|sorted|taken care)|^(done|all done|great news|it's done|finished|success)\b",
    r"\bsuccessful|\btaken care of",
    r"\b(is|are) (now )?(complete|done|finished|in place|on file|under way)",
)
_HOLDS = any_of(
    r"\b(one|a|just a) (moment|second|minute|sec)\b|\bhold on|\bbear with|\bplease (hold|wait)|\bchecking|\blooking",
    r"\blet me (just |quickly |now )?(check|look|see|find|pull|verify|get|search|do)",
    r"\bi('ll| will| am going to|'m going to) (now |just )?(check|look|find|search|pull|do|go ahead|process|take care)",
)
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

    @property
    def states(self) -> bool:
        """Whether it tells something and asks for nothing, except perhaps whether there is anything else."""
        return bool(self.text) and "?" not in self.text and not (self.asks or self.proposes or self.helps)


def plain(text: str) -> str:
    """The part of an utterance that is read: its beginning, in plain characters (``language.told``)."""
    return told.plain(text).strip()[:LONGEST]


def read(text: str, asks: Asks = _nothing, refusals: re.Pattern[str] | None = None) -> Reading:
    """Reads one agent utterance; any text is accepted. ``refusals``: further words of one (``domain.Customer``)."""
    said = plain(text)
    sentences = [s.strip().lower() for s in re.split(r"(?<=[.?!])\s+|\n+", said) if s.strip()]
    flags: set[str] = set().union(*(_does(sentence, refusals) for sentence in sentences))
    asked: set[str] = set().union(*(asks(sentence) for sentence in sentences if _requests(sentence)))
    return Reading(text=said.lower(), asks=frozenset(asked), **{flag: flag in flags for flag in _FLAGS})


def _does(sentence: str, refusals: re.Pattern[str] | None) -> set[str]:
    """Everything one sentence does, except what it asks for."""
    found: set[str] = set()
    if transfer.MENTIONED.search(sentence):
        found.add("transfers")
    if _MORE.search(sentence):
        return found | {"more"}
    if _NOT_FOUND.search(sentence):
        found.add("not_found")
    elif _UNAVAILABLE.search(sentence):
        found.add("unavailable")
    elif _refuses(sentence, refusals) and (not _WARNING.search(sentence) or _OWN_REFUSAL.search(sentence)):
        found.add("refuses")
    elif _DONE.search(sentence) and not sentence.endswith("?"):
        found.add("done")
    if _HOLDS.search(sentence) and not sentence.endswith("?"):
        found.add("holds")
    if _HELP.search(sentence):
        return found | {"helps"}
    return found | ({"proposes"} if _proposes(sentence) else set())


def _refuses(sentence: str, refusals: re.Pattern[str] | None) -> bool:
    return bool(_REFUSES.search(sentence) or (refusals and refusals.search(sentence)))


def _proposes(sentence: str) -> bool:
    confirms = _CONFIRM.search(sentence)
    return bool(confirms and not re.search(r"\b(which|what|where|why|how)\b", sentence[: confirms.start() + 1]))


def _requests(sentence: str) -> bool:
    """Whether it asks for a fact, and not for a yes, for anything else, or how it can help."""
    if _MORE.search(sentence) or _HELP.search(sentence) or _proposes(sentence):
        return False
    return _REQUEST.search(sentence) is not None
