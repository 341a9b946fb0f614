"""Yes, no and what is proposed, in the words of a dialogue, as far as rules can tell.

Everything here is a pure function of text, for whoever has to know whether a customer agreed: the reference judge, and the
domain that holds an agent to it.
"""

import re

LONGEST = 20_000
"""Characters of a text that are read: nobody says more in a turn, and patterns take time."""
LONGEST_SENTENCE = 1_000

SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")

YES = re.compile(
    r"\b(yes|yeah|yep|yup|yea|sure|correct|right|ok|okay|go ahead|go for it|please do|do it|do that|confirm|confirmed|"
    r"proceed|absolutely|definitely|certainly|of course|sounds good|sounds right|looks good|perfect|exactly|fine|"
    r"agreed|agree|indeed|precisely|all good|that works|you bet|approved?|"
    r"works for me|let's do|by all means|affirmative|that's it|that is it|sounds (?:great|fine)|"
    r"i(?:'d| would) (?:like|love) that|that(?:'d| would) be (?:great|good|fine|nice|lovely|wonderful|perfect))\b"
)
NO = re.compile(
    r"\b(no|nope|nah|not|never|wrong|incorrect|cannot|\w+n't|wait|stop|hold on|hang on|rather|instead|actually|"
    r"chang(?:e|ed|ing) my mind|second thoughts?|leave (?:it|that)|forget (?:it|that))\b"
)
BUT = re.compile(
    r"\b(but|wait|stop|hold on|hang on|rather|instead|actually|chang(?:e|ed|ing) my mind|second thoughts?|leave (?:it|that)|"
    r"forget (?:it|that)|scratch that)\b"
)
HARMLESS_NO = re.compile(r"\b(no problem|no worries|why not|not a problem|no doubt|no need to ask|no objections?)\b")

STEMS = {
    "cancel": r"cancel\w*",
    "return": r"return\w*|send(?:ing)? (?:it|them|that|this) back|refund\w*",
    "exchange": r"exchang\w*|swap\w*|replac\w*|switch\w*",
    "modify": r"modif\w*|chang\w*|updat\w*|switch\w*|swap\w*|replac\w*|"
    r"mov(?:e|ing)\b|pay\w*|charg\w*|set\b|deliver\w*|ship\w*|us(?:e|ing)\b",
    "update": r"updat\w*|chang\w*|modif\w*|switch\w*",
    "book": r"book\w*|reserv\w*",
    "send": r"send\w*|issu\w*|certificate\w*",
}
PROPOSAL = re.compile(
    r"\b(shall i|should i|may i|do you want me to|would you like me to|is (?:that|this) (?:all )?(?:right|correct|ok|okay)|"
    r"to confirm|go ahead|proceed|yes or no|do you confirm|please confirm)\b"
)


def fold(text: str) -> str:
    """Lower case, with plain apostrophes and single blanks."""
    return re.sub(r"[ \t]+", " ", text.replace("’", "'").replace("‘", "'").lower()).strip()


def sentences(text: str) -> list[str]:
    """The folded sentences of a text."""
    return [part[:LONGEST_SENTENCE] for part in SENTENCE.split(fold(text[:LONGEST])) if part.strip()]


def says_yes(text: str) -> bool:
    """Whether this is an explicit yes, and not a yes with a but."""
    stated = " ".join(sentence for sentence in sentences(text) if not sentence.endswith("?"))
    folded = HARMLESS_NO.sub("sure", stated)
    yes, no = YES.search(folded), NO.search(folded)
    if yes is None or BUT.search(folded):
        return False
    return no is None or yes.start() < no.start()


def says_no(text: str) -> bool:
    """Whether this refuses, wholly or with a yes before its but."""
    return not says_yes(text) and bool(NO.search(HARMLESS_NO.sub("sure", fold(text[:LONGEST]))))


def actions_of(tool: str) -> set[str]:
    """The kinds of action in a tool's name: ``cancel_booking`` -> {"cancel"}."""
    return {stem for stem in STEMS if stem in tool.split("_")}


def proposes(text: str, tool: str) -> bool:
    """Whether a text speaks of the action that the tool performs; True for a tool whose action has no words here."""
    actions = actions_of(tool)
    return not actions or any(re.search(rf"\b(?:{STEMS[action]})", fold(text)) for action in actions)


def names_other_action(text: str, tool: str) -> bool:
    """Whether a text names the cancelling or exchanging of something, and not what the tool does."""
    own, told = actions_of(tool), fold(text)
    others = {"cancel", "exchange"} - own  # "returned" is also said of money
    return any(re.search(rf"\b{other[:6]}", told) for other in others) and not proposes(text, tool)
