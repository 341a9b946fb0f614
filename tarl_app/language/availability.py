"""Whether a sentence says that something is not to be had, in whatever words: "sold out", "the last one has gone".

A table of fields of words (exhaustion, places of stock, emptiness, a last one, its departure) and of the ways in which
they are joined, so that nothing depends on one set of phrases. Pure functions of one folded sentence (``consent.fold``).
"""

import re

_BE = (
    r"(?:is|are|was|were|be|been|being|got|gets|has|have|had|stands?|looks?|shows?|remains?|went|it's|that's|they're|one's)"
)
_ADVERBS = (
    r"(?:(?:all|just|now|already|currently|sadly|unfortunately|completely|totally|entirely|right|clean|long|temporarily|at|"
    r"the|moment|present|quite|simply|really|been|still|recently|today|this|morning|yesterday|once|again) )*"
)
_EXHAUSTED = (
    r"(?:sold(?: (?:out|off|through))?|gone|taken(?! (?:care|out|off|from|over|back|into|to)\b)|history|"
    r"(?:snapped|snatched|grabbed|bagged)(?: up)?|(?:bought|used|booked|filled) up|"
    r"(?:cleared|cleaned|wiped|maxed|booked|run|all) out|exhausted|depleted|discontinued|unavailable|unobtainable|"
    r"(?:on )?back[- ]?order(?:ed)?|spoken for|claimed|(?:fully|completely) booked|booked (?:solid|full|to the last \w+)|"
    r"(?:flown|flying|swept|cleared) off \w+ \w+|out|full(?! \w)|packed(?! \w)|zero|nil|finished|"
    r"(?:dried|eaten|swallowed) up|nowhere to be (?:had|found)|"
    r"left the (?:building|house|shop|store|shelf|shelves))"
)
"""What something is that nobody can have any more."""
_STORE = (
    r"(?:stocks?|shelf|shelves|stores?|storerooms?|stockrooms?|warehouses?|inventory|racks?|range|catalogue|catalog|cabin|"
    r"planes?|aircraft)"
)
"""Where things are that can be had."""
_EMPTY = r"(?:empty|nothing|bare|cleared|dry|swept|exhausted|depleted|full|zero|nil)"
_LAST = (
    r"(?:last|final|remaining)\b(?! (?:orders?|times?|steps?|names?|week|month|year|night|calls?|messages?|prices?|totals?|"
    r"questions?|things?|answers?|decision|days?|four|digits|purchases?|payments?|choice|deliver\w+|changes?|minute|flights?))"
)
_LEFT = (
    r"(?:gone|went|left|leaves|sold|taken|flown|flew|walked|snapped|snatched|grabbed|bought|claimed|shipped|"
    r"disappeared|vanished|got away|has an? (?:owner|buyer|home)|found an? \S*(?: \w+)? ?(?:owner|buyer|home|taker)|"
    r"reserved|booked)"
)
"""What the last one did when somebody else had it."""
_SUPPLY = r"(?:have|has|had|carry|carries|stocks?|sells?|offers?|suppl(?:y|ies)|keeps?|makes?|produces?|provides?)"
_NOT = r"(?:\b(?:not|cannot|never|no longer|unable to|nobody)|n't)"
_MORE = r"(?:any ?more|any longer|in stock|on hand|to be had|to sell|for sale|on sale|on offer|available|obtainable)"
_NONE = (
    r"\b(?:none|nothing|zero|nil|no ?more|zilch|nada|(?:not|\w+n't) (?:one|any|a single(?: \w+)?)|no (?!\d)\w+(?: \w+)?|"
    r"(?<![\d.$])0(?![\d.]))\b"
)

_GONE = re.compile(
    "|".join(
        (
            # "is sold out", "they got snapped up"
            rf"\b{_BE} {_ADVERBS}{_EXHAUSTED}\b",
            r"\b(?:out of stock|sold out|all gone|unavailable|gone for good|sells? out|ran out|ran dry|run out)\b",
            # "we are out of those"
            r"\bwe(?:'re| are|'ve| have)? (?:all |just |right |clean |plumb |fresh )*"
            r"(?:(?:run|ran|cleaned|wiped|sold|picked) )?(?:out|short)\b",
            # "the last one has found a home", "somebody took the final one"
            rf"\b{_LAST}(?: \S+){{0,14}}? (?<!you ){_LEFT}\b",
            rf"(?<!you )\b(?:{_LEFT}|took|got)(?: up| off| away)?(?: with)? (?:the|our|its|their) (?:very )?{_LAST}",
            # "the shelf is empty", "stock: zero"
            rf"\b{_STORE}\b(?: \S+){{0,8}}? {_EMPTY}\b",
            rf"\b{_EMPTY} {_STORE}\b",
            rf"\b{_STORE}[:,-]? (?:of )?(?:0|zero|nil|none)\b",
            # "none left", "not a single one on the shelf", "zero available"
            rf"{_NONE}(?: \S+){{0,5}}? "
            r"(?:left|remain\w*|available|to (?:be had|spare|sell|offer)|on hand|"
            rf"(?:in|on) (?:the |our |a )?{_STORE})\b",
            r"\bthere(?:'s| is| are)? (?:just |simply |sadly |now |currently )*(?:none|no more)\b",
            # "we do not stock it", "I cannot find one any more"
            rf"{_NOT} (?:\w+ )?(?:{_SUPPLY}|got|get hold of|be back)\b",
            rf"{_NOT}(?: \S+){{0,9}}? {_MORE}\b",
            r"\bno longer (?:\w+ ){0,2}(?:made|sold|produced|stocked|offered|carried|listed|with us|around)\b",
            rf"{_NOT} exist\b|\bno such thing\b",
            # "somebody beat you to it", "we wait for new supply"
            r"\bbeat (?:you|us|him|her|them) to\b|\b(?:await\w*|wait\w* (?:for|on)|expect\w*) (?:\w+ )?"
            r"(?:new |more |fresh )?(?:suppl(?:y|ies)|stock|restock\w*)\b",
            r"\b(?:everything|all of (?:it|them|those)|the (?:whole )?(?:lot|batch))\b(?: \S+){0,6}? "
            r"(?:went|gone|taken|sold|bought)\b",
        )
    )
)
_UNSURE = re.compile(
    r"\b(?:back in stock|in stock again|not (?:yet )?(?:sold out|gone|out of stock|full|fully booked)|n't (?:yet )?(?:sold "
    r"out|gone|out of stock|full)|(?:can|could) be (?:had|ordered|bought)|if|unless|in case|until|before|almost|nearly|"
    r"only \w+ left|to pay|payment|charged?|money back|(?:exchange|return) of|"
    r"you (?:have |had |were |'ve )*(?:already |just )?(?:been )?(?:sold|bought|taken))\b|\?$|"
    r"\b(?<!not )(?:is|are|'re) (?:(?:still|now|also|both|all) )*(?:available|in stock)\b"
)
"""Words of a sentence that says the opposite, or nothing certain."""


def gone(sentence: str) -> bool:
    """Whether a folded sentence says that something is not to be had; a condition or a question says nothing."""
    return _GONE.search(sentence) is not None and _UNSURE.search(sentence) is None
