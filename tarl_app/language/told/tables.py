"""The forms that state or deny something, as data: general English, independent of domains."""

DASHES = "‐‑‒–—―−﹘﹣－"
SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
APOSTROPHES = "‘’ʼ`´"

# --- spelling ---------------------------------------------------------------------------------------------------------

SPELLINGS: tuple[tuple[str, str], ...] = (
    # a British ending and the form that stands for both spellings
    (r"(?<=[a-z]{3})is(?=(?:e|es|ed|ing|ation|ations|er|ers)$)", "iz"),
    (r"(?<=[a-z]{2})ys(?=(?:e|es|ed|ing)$)", "yz"),
    (r"(?<=[a-z]{3})our(?=(?:s|ed|ing|ite|ites|able|ful|less)?$)", "or"),
    (r"(?<=[aeiou][b-df-hj-np-tv-xz])([aeiou])ll(?=(?:ed|ing|er|ers|or|ors|ation|ations)$)", r"\1l"),
    (r"(?<=[aeiou][b-df-hj-np-tv-xz]{2})([aeiou])ll(?=(?:ed|ing|er|ers|or|ors|ation|ations)$)", r"\1l"),
    (r"(?<=[a-z]{2})([tb])re(?=s?$)", r"\1er"),
    (r"(?<=[a-z]{3})ogue(?=s?$)", "og"),
    (r"(?<=[a-z]{2})ence(?=s?$)", "ense"),
)
WORDS_SPELLED_TWICE: dict[str, str] = {
    "grey": "gray",
    "greys": "grays",
    "cheque": "check",
    "cheques": "checks",
    "programme": "program",
    "aluminium": "aluminum",
    "jewellery": "jewelry",
    "tyre": "tire",
    "tyres": "tires",
    "pyjamas": "pajamas",
    "licence": "license",
}

# --- money and numbers ------------------------------------------------------------------------------------------------

MONEY_TALK = (
    r"pa(?:y|ys|id|ying)|cost(?:s|ing)?|total(?:s|ed|led)?|price[sd]?|refund(?:ed|s)?|charg(?:e|es|ed)|balance|amounts?"
    r"|comes?|came|worth|ow(?:e|es|ed)|difference|sum|bill(?:ed)?|left"
)
"""Words near which a decimal or a bare spoken price ("twelve fifty") is a sum of money: general English of paying."""
OTHER_UNITS = (
    r"percent|per ?cent|euros?|eur|pounds?|sterling|gbp|quid|yen|jpy|yuan|rupees?|inr|francs?|chf|cad|aud|nzd"
    r"|(?:canadian|australian|hong kong|singapore|new zealand) dollars?|stars?|points?|kg|kilos?|grams?|miles?|km"
)
"""Units after which a number is not an amount in dollars."""
MEASURES = (
    OTHER_UNITS
    + r"|(?:business |working |calendar )?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)|inch(?:es)?|feet|foot|ft"
    r"|lit(?:er|re)s?|ounces?|oz|pounds?|lbs?|gigabytes?|gb|terabytes?|tb|megabytes?|mb|(?:milli|centi|kilo)?met(?:er|re)s?"
    r"|mm|cm|bar|watts?|volts?|degrees?|times|am|pm|a\.m\.|p\.m\.|o'clock|dollars?|bucks?|usd|cents?"
)
"""Units after which a number is not a count."""
LABELLED = (
    r"size|option|step|number|no\.|version|model|page|line|apt\.?|apartment|suite|unit|floor|room|code|zip|extension|ext\.?"
    r"|chapter|section|level|gate|track|category|ending(?: in| with)?|ends? (?:in|with)|digits(?: are)?|phone|order"
    r"|out of|[0-9] of(?: the)?"
)
"""Words after which a number is a name."""
COUNTS: tuple[tuple[str, str], ...] = (
    (r"half a dozen", "6"),
    (r"(?:a|one|1) dozen", "12"),
    (r"(?:two|2) dozen", "24"),
    (r"(?:three|3) dozen", "36"),
    (r"a (?:couple|pair)(?: of)?", "2"),
    (r"a single(?: one)?(?= [a-z])|(?<!the )(?:just|only) (?:the )?one", "1"),
)
"""Counts that are not numerals; "not a single" is excluded."""
NONE = (
    r"\b(?:none|zero)\b|\bnot (?:a single|any)\b|n't any\b"
    r"|\bno (?!doubt|problem|worr|need|reason|question|hurry|rush|way|wonder|trouble|idea|more|less|fewer|longer|one\b"
    r"|matter|it\b|it's|that|this|these|those|your?\b|the\b|there|i\b|i'|we\b|they|he\b|she\b|my\b|our\b|and\b|but\b|not\b)[a-z]+"
)
"""Words for a count of zero."""

# --- stance -----------------------------------------------------------------------------------------------------------

BOUNDARIES = (
    r"[,;:()\"“”]|(?<=\s)-+(?=\s)|\b(?:but|and|so|because|since|while|although|though|however|which|who|therefore|instead"
    r"(?! of)|as (?=(?:it|the|this|that|your|they|we|i)\b))\b"
)
"""Where a clause ends: a "not" reaches no further."""
NEGATORS = r"(?:not|never|no|without|neither|nor|cannot|non|un|isnt|wasnt|\w+n't|aint)"
NOT_NEGATED = r"(?:only|just|merely|simply|to worry)"
"""Words that cancel a "not" before them: "not only booked but paid"."""
NO_DENIAL = (
    r"no (?:problem|worries|worry|doubt|need|trouble|question)|(?:do not|don't) worry|why not|can't wait|not to worry"
    r"|if not|not (?:a|at all a) problem|wouldn't you know"
)
NEGATES_NOUNS = ("no", "without")
"""These deny a number only directly beside it: in "the one without a visor, with polarized no, costs 12" they do not.
"""
CONTINUES = r"\s*(?:yet |really |actually |already )*(?:been|be)\b"
"""How a clause continues after an aside: "it hasn't, as far as I see, been"."""
DENIED_AFTER = r"\s*(?:is|was)(?:n't| not) (?:it|your|the|what|correct|right|that)\b"
FINITE = r"(?:is|are|was|were|has|costs|totals|totaled|\w+'s|\w+'re|amounted|came|comes)"
"""Verbs before which a "not" refers to something else."""
INSTEAD = (
    r"\b(?:instead of|rather than|other than|anything but|far from|opposed to|apart from|except(?: for)?|unlike)"
    r"(?: (?:a|an|the|your|with|being|in|to))*$"
)
"""What follows is denied."""
DOUBT = (
    r"\b(?:maybe|perhaps|possibly|probably|presumably|supposedly|allegedly|(?:might|may|could)(?: well)?(?: have)? be(?:en)?"
    r"|nobody|no one|whether|(?<!no )(?<!without a )(?<!without )doubt|unsure|unclear|uncertain|no idea|wonder(?:ing)?"
    r"|(?:not|\w+n't) (?:sure|certain|clear|true|correct|right|the case)"
    r"|(?:do not|don't|does not|doesn't|can't|can not|cannot|couldn't) (?:think|believe|know|see|confirm|say|tell)"
    r"|you(?: have|'ve)? (?:say|said|mentioned|told|claim|claimed|think|thought|believe)(?: me| us)?"
    r" (?:that|it|it's|the|your|this|you|there))\b"
)
"""Doubt, or a claim attributed to somebody else."""
CONDITION = (
    r"\b(?:if|whether|unless|as soon as|in case|assuming|suppose|supposing|provided)\b"
    r"|\b(?:until|before|once|when|whenever|after) (?:it|it's|its|the|your|you|you've|an?|this|that|they|we|they're|being)\b"
    r"|\b(?:any|anything|every|everything|each|(?:until|before|once|when|whenever|after)(?: \w+ly| already)?) $"
)
"""Conditions, under which a state is not stated."""
WISH = rf"\b(?:like|want|wants|wanted|wish|wishes|wished|asked|hope|hoped|hoping|prefer)\b(?!.*\b{FINITE}\b)"
"""A wish for a state: "you want it cancelled"."""
UNREAL = (
    r"(?:\b(?:can|could|may|might|will|would|shall|should|must|cannot|to|going|due|about)|'ll|'d)"
    r"(?: (?:not|only|also|still|now|then|just|soon|already|\w+ly|have|has|be|been|get|got|as|marked|shown|listed|being))*"
    r" (?:be|been|get|being)(?: (?:as|marked|shown|listed|now|then|\w+ly|fully|being))* $"
    r"|\bbeing(?: \w+ly)? $|\b(?:be|get) $"
    r"|\b(?:can|could|may|might|will|would|shall|should|must|to|'ll)(?: \w+ly)? (?:show|appear|read|say|become|count)"
    r"(?: up)?(?: as)? $"
    r"|\b(?:get|getting|have|having|need|needs|needed) (?:it|this|that|them|(?:the|your) \w+) $"
    r"|\b(?:almost|nearly|practically|virtually|as good as|half|partly|partially|supposed to be|meant to be)(?: been)? $"
)
"""A state in the future, possible, or not yet reached: "can be cancelled", "is being booked"."""
LIMITS = (
    r"\b(?:almost|nearly|just shy of|(?:more|less|fewer|higher|lower|greater|smaller|larger) than|over|under|above|below"
    r"|beyond|up to|at least|at most|exceed(?:s|ed)?|upwards of|a (?:maximum|minimum) of) ?$"
)
"""Words before a number that make it a limit."""
LIMITED = r"(?: \w+)?\s(?:(?:more|less|fewer|cheaper|higher|lower) than|off|or (?:more|less|fewer))\b"
"""Words after a number that make it a limit."""
DAY_LIMITS = r"\b(?:before|after|until|till|since|prior to|later than|earlier than|ahead of)(?: the)? ?$"
"""The same for days."""

ASKS = (
    r"(?:is|are|was|were|has|have|had|does|do|did|can|could|will|would|shall|should|may|might|isn't|aren't|wasn't|hasn't"
    r"|haven't|doesn't|don't|didn't|can't|couldn't|won't|wouldn't)"
)
ASKED = r"(?:i|you|we|he|she|it|they|this|that|these|those|there|the|your|my|our|his|her|their|anything|everything)"
QUESTION_WORDS = r"(?:what|who|whom|whose|where|when|why|how|which|anything|something|anyone|ok|okay|alright|sound good|any)"
CHECKS = (
    r"(?:right|correct|yes|no|true|is (?:that|this|it) (?:right|correct|so|true|it)|(?:isn't|wasn't|aren't|hasn't|doesn't"
    r"|didn't|haven't|weren't) (?:it|that|they|you|this))"
)
"""Tags that ask for confirmation of what was said before."""
PARTICLES = r"(?:so|and|ok|okay|well|sorry|hi|hello|hey|yes|no|then|now|but|please|sure|or|great|thanks|thank you|alright)"
