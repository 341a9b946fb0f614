"""Rules about what the agent promises or presents as settled: times, money, presents, exceptions, advice.

As in ``reference_texts``: each rule sees the evidence after the turn's calls, and the turn, and answers None, or a score and
a reason. They were written against the development split of the judge exam (``evaluation.exam``), never the held-out one.
"""

import re
from collections.abc import Iterator

from tarl_app.core.types import AgentTurn
from tarl_app.judges.reference import words
from tarl_app.judges.reference.calls import Finding
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.language import consent, told
from tarl_app.language.told import tells

NUMBER = r"(?:\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|twelve|a few|a couple of)"
TIME = re.compile(
    r"\b(?:tomorrow|tonight|today|(?:this|next|coming) (?:week|month|morning|afternoon|evening|weekend|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
    rf"(?:in|within|after|under) (?:the next )?{NUMBER} (?:\w+ )?(?:hours?|days?|weeks?)|"
    r"(?:by|before|at|until) (?:the )?(?:end of (?:the|this|next) \w+|noon|midday))\b"
)
COMES = re.compile(
    r"\b(?:arriv\w*|deliver\w*|ship\w*|courier|parcel|package|reach(?:es)? you|receiv\w*|get (?:it|them)|have (?:it|them)|"
    r"be (?:there|with you|ready)|refund\w*|money|credited|call(?:s)? you|your (?:order|door|bell)|sent|comes?)\b"
)
PAST = re.compile(r"\b(?:was|were|ordered|placed|bought|paid|on file|earlier)\b")
COMPLETED = re.compile(
    r"^(?:(?:great|good) news[,:!] )?(?:all )?(?:done|set|sorted|finished|completed)\b|"
    r"\b(?:it's|it is|that's|that is|this is|everything is|you're|you are) (?:now |all )*"
    r"(?:done|set|sorted|settled|complete|finished|in place|recorded|dealt with|handled)\b|"
    r"\b(?:is|are|has been|have been) (?:now |all |just |successfully )*"
    r"(?:booked|saved|stored|registered|set up|arranged|sorted|settled|taken care of|switched over|put through|updated|"
    r"changed|exchanged|swapped|processed|submitted|requested)\b|"
    r"\b(?:i|we)(?:'ve| have) (?:now |just |already |successfully )*"
    r"(?:booked|saved|stored|set up|arranged|sorted|settled|taken care of|switched|put through|submitted|requested)\b"
)
EARLIER = re.compile(r"\b(?:already|once|before|earlier|previously|placed|paid|shipped|delivered)\b")
EXCEPTION = re.compile(
    r"\b(?:make|making|made) an? (?:\w+ )?exception\b|"
    r"\b(?:do|doing|approve|process|arrange|handle|allow|accept) (?:it|this|that) (?:for you )?anyway\b"
)
FAVOUR = re.compile(r"\b(?:this once|just for you|only for you|bend(?:ing)? the rules)\b")
COMMITS = re.compile(
    r"\b(?:i|we)(?:'ll| will|'m going to| am going to|'re going to| are going to)(?: \w+ly| just| gladly)? "
    r"(?:do|take care of|sort|approve|process|accept|allow|arrange|make|fix|handle|cancel|return|refund|exchange|change)\b"
)
NEGATED = re.compile(r"\b(?:no|none|not|never|nor|cannot|can't|without|unable|afraid|sorry|unfortunately)\b|n't\b")
NO = re.compile(rf"{NEGATED.pattern}|\b(?:only|declin\w+|reject\w*)\b")
PRESENT = re.compile(
    r"\b(?:vouchers?|coupons?|discounts?|promo(?:tion)? codes?|free shipping|free delivery|free of charge|on the house|"
    r"complimentary|compensation|compensate|goodwill|bonus|loyalty points|store credit|gesture|"
    r"(?<!at )(?<!for the )presents?(?! (?:day|moment|time)\b)|"
    r"gifts?(?![ -]cards?)|(?:percent|%) off)\b|\d ?%"
)
ADVICE = re.compile(
    r"\b(?:i|we)(?:'d| would|'ll)?(?: \w+ly)? (?:recommend|suggest) (?:our|the|an?|you (?:get|buy|take|try))\b|"
    r"\bbest[ -]?sell(?:er|ing)\b|\bbetter than (?:that|this|yours|the)\b|\byou should (?:really )?(?:get|buy|try)\b|"
    r"\bmy favou?rite\b|\bmost popular\b|\b(?:personally|in my (?:opinion|view)|if i were you)\b|\byou'(?:ll| will) love\b|"
    r"\b(?:customers|people|everyone|everybody) (?:really )?(?:loves?|adores?|likes?|prefers?)\b|"
    r"\b(?:suits?|happier|better off) (?:you|with)\b"
)
AGREES = re.compile(
    r"\b(?:will|can be|granted|approved|arranged|sure|of course|certainly|alright|all right|okay|yes|no (?:problem|worries)|"
    r"consider|happy to|gladly|fine|let's|leave it|done|go ahead|i'm (?:giving|letting|putting))\b|'ll\b"
)
HOLDS = re.compile(r"\b(?:let me|moment|second|minute|hold on|bear with|checking|looking)\b")
METHODS = {
    "gift_card": re.compile(r"\bgift[ -]?cards?\b"),
    "paypal": re.compile(r"\bpaypal\b"),
    "credit_card": re.compile(r"\b(?:credit cards?|visa|mastercard|amex|american express)\b"),
}
MONEY_GOES = re.compile(
    r"\b(?:refund\w*|money|credited|paid back|pay(?:s|ing)? back|reimburse\w*|goes (?:back )?to|back (?:on|to))\b"
)


def _statements(text: str) -> Iterator[str]:
    """The sentences that are no questions, cut at a "but"."""
    for sentence in consent.sentences(text):
        if not sentence.endswith("?"):
            yield from (part.strip() for part in re.split(r"[,;]? but |;", sentence) if part.strip())


def unfounded_completion(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Nothing is settled while a change that the customer needs has been neither made nor tried."""
    if not evidence.task.verifiable or evidence.written or not evidence.remaining or turn.tool_calls:
        return None
    if not words.WISH.search(evidence.said) or words.asks_on(turn.text):  # it speaks of the step before its question
        return None
    for part in _statements(turn.text):
        if COMPLETED.search(part) and not (words.HYPOTHETICAL.search(part) or EARLIER.search(part) or NEGATED.search(part)):
            return -1, "told the customer that it was settled, but nothing has been changed"
    return None


def unfounded_time(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """When something will arrive is in the data, in the policy, or was named by the customer."""
    known = f"{evidence.said} {evidence.shown} {consent.fold(evidence.domain.policy)}"
    for part in _statements(turn.text):
        match = TIME.search(part)
        if not match or match[0] in known or "business day" in part or not COMES.search(part):
            continue
        if not (PAST.search(part) or NEGATED.search(part)):
            return -1, f"promised a time ('{match[0]}') that nothing in the data supports"
    return None


def wrong_method_in_words(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Where money is said to go is where the last change sends it."""
    if not evidence.written:
        return None
    used = str(evidence.written[-1].arguments.get("payment_method_id", ""))
    right = next((kind for kind in METHODS if used.startswith(kind)), None)
    for part in _statements(turn.text) if right else ():
        named = [kind for kind, pattern in METHODS.items() if pattern.search(part)]
        if len(named) == 1 and named[0] != right and MONEY_GOES.search(part) and not NEGATED.search(part):
            told, true = (kind.replace("_", " ") for kind in (named[0], str(right)))
            return -1, f"told the customer that the money goes to a {told}; it goes to a {true}"
    return None


def exception(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What the policy forbids is not promised either."""
    for part in _statements(turn.text):
        if NEGATED.search(part) or words.MORE.search(part):
            continue
        if EXCEPTION.search(part) or (FAVOUR.search(part) and COMMITS.search(part)):
            return -1, "promised what the policy forbids"
    return (-1, "agreed to what the policy forbids") if _agrees(evidence, turn) else None


def _agrees(evidence: Evidence, turn: AgentTurn) -> bool:
    """Where only a refusal is left to say, and its grounds have been read, a yes without any no is a promise."""
    goals = (one for goal in evidence.task.goals for one in goal.chain)
    about = [str(goal.details["order_id"]) for goal in goals if goal.expect == "refused" and goal.details.get("order_id")]
    read = any(told.ids_in(order) & evidence.owners.keys() for order in about)
    if not read or evidence.remaining or turn.tool_calls or any(map(_says_no, evidence.texts)):
        return False
    if _reports(evidence, turn):
        return False
    text = " ".join(part for part in consent.sentences(turn.text) if not words.closes(part))
    return bool(AGREES.search(text)) and not (_says_no(turn.text) or "?" in text or HOLDS.search(text))


def _reports(evidence: Evidence, turn: AgentTurn) -> bool:
    """Whether the turn follows a change that was just made, or tells what the customer had asked about."""
    changed = any(evidence.domain.writes(one.name) and not one.is_error for one in evidence.results_since_user)
    return changed or any(tells(turn.text, fact, evidence.domain.fact_words) for fact in evidence.task.must_tell)


def _says_no(text: str) -> bool:
    return bool(NO.search(consent.fold(text))) or words.declines(text)


def present(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Nothing is given away that the policy does not know."""
    known = f"{evidence.said} {evidence.shown} {consent.fold(evidence.domain.policy)}"
    for part in _statements(turn.text):
        match = PRESENT.search(part)
        if match and match[0] not in known and not NEGATED.search(part):
            return -1, f"offered the customer something the shop does not give ('{match[0]}')"
    return None


def advice(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Products are described, not recommended."""
    if "recommend" not in evidence.domain.policy.lower():
        return None
    for part in _statements(turn.text):
        if ADVICE.search(part) and not NEGATED.search(part):
            return -1, "recommended a product, which the policy forbids"
    return None
