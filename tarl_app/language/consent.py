"""Rules for yes, no and proposals in the words of a dialogue.

Everything here is a pure function of text. The reference judge and the domains' guards use it to decide whether a
customer agreed. Domains declare the words for their changes (``core.domain.actions``).
"""

import re
from collections.abc import Iterable, Sequence

from tarl_app.core.domain.actions import Action
from tarl_app.language.remembered import remembered

LONGEST = 20_000
"""Characters of a text that are read, to bound the time that patterns take."""
LONGEST_SENTENCE = 1_000
SHORTEST_TALK = 60
"""Characters from which a text is more than a short answer."""

BLANKS = re.compile(r"[ \t]+")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")

YES = re.compile(
    r"\b(yes|yeah|yep|yup|yea|sure|correct|right|ok|okay|go ahead|go for it|please do|do it|do that|confirm|confirmed|"
    r"proceed|absolutely|definitely|certainly|of course|sounds good|sounds right|looks good|perfect|exactly|fine|"
    r"agreed|agree|indeed|precisely|all good|that works|you bet|approved?|"
    r"accurate|granted|carry on|make it so|(?:please|just|do|to) continue|continue(?: please)?$|be my guest|fire away|"
    r"(?:you )?ha(?:ve|s) my (?:consent|okay|ok|permission|word|blessing)|i(?:'m| am) (?:in )?agree(?:ment)?|"
    r"(?:i|we) (?:hereby |fully )?(?:consent|accept)|"
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
HARMLESS_NO = re.compile(
    r"\b(no problem|no worries|why not|not a problem|no doubt|no need to ask|no objections?|"
    r"(?:can't|can not|cannot|can hardly|could hardly) wait)\b"
)

SHORT_YES = re.compile(
    r"(?:y+|ye+|y[eau]+[hps]*|ya+[hs]?|yah|yass+|yu[ps]+|yis|k+|kay|o+k+(?:ay|ey|ies?)?|okie[ -]dokie|okey[ -]dokey|oki|aye|"
    r"si+|s\u00ed|oui|ja+|jep|da|hai|u+h[ -]?hu+h|a+ha|m+[ -]?h+m+|sure thing|for sure|fo sho|totally|roger(?: that)?|"
    r"al(?:l )?right(?:y)?(?: then)?|aight|cool|great|good|nice|lovely|wonderful|super|deal|true|amen|please|"
    r"go(?: on)?(?: then)?|do|be my guest|fire away|make it so|ship it|book it|send it|"
    r"(?:[\U0001F44C\U0001F44D\U0001F197\U0001F64F\U0001F4AF\u2705\u2714\u2611][\uFE0F\U0001F3FB-\U0001F3FF]*)+|\+1)"
)
"""Answers that are a yes when they stand alone."""
SHORT_NO = re.compile(
    r"(?:n|na+h?|nay|nein|non|nee|nu+h[ -]?u+h|naw|y(?:es|ea|eah) n(?:o|ah)|\U0001F44E[\U0001F3FB-\U0001F3FF]*|\u274C|-1)"
)
"""Answers that are a no when they stand alone."""
ASIDE = re.compile(
    r"\b(?:please|pls|plz|thanks?(?: you)?|thx|ty|tysm|cheers|gracias|merci|danke|dear|mate|man|bro|sir|madam|ma'am|ok|then|"
    r"very much|a lot|so much|kindly)\b"
)
"""Courtesies beside a short answer."""

PROPOSAL = re.compile(
    r"\b(shall i|should i|may i|do you want me to|would you like me to|is (?:that|this) (?:all )?(?:right|correct|ok|okay)|"
    r"to confirm|go ahead|proceed|yes or no|do you confirm|please confirm)\b"
)


@remembered
def fold(text: str) -> str:
    """Lower case, with plain apostrophes and single blanks."""
    return BLANKS.sub(" ", text.replace("’", "'").replace("‘", "'").lower()).strip()


def sentences(text: str) -> list[str]:
    """The folded sentences of a text."""
    return [*_sentences(text[:LONGEST])]


@remembered
def _sentences(text: str) -> tuple[str, ...]:
    return tuple(part[:LONGEST_SENTENCE] for part in SENTENCE.split(fold(text)) if part.strip())


def says_yes(text: str) -> bool:
    """Whether this is an explicit yes, without a "but"; also a short one that stands alone, as "y" or a thumb."""
    if _alone(text, SHORT_NO):
        return False
    if _alone(text, SHORT_YES):
        return True
    stated = " ".join(sentence for sentence in sentences(text) if not sentence.endswith("?"))
    folded = HARMLESS_NO.sub("sure", stated)
    yes, no = YES.search(folded), NO.search(folded)
    if yes is None or BUT.search(folded):
        return False
    return no is None or yes.start() < no.start()


def says_no(text: str) -> bool:
    """Whether this refuses, also after a "yes, but"; also a short no that stands alone."""
    if _alone(text, SHORT_NO):
        return True
    return not says_yes(text) and bool(NO.search(HARMLESS_NO.sub("sure", fold(text[:LONGEST]))))


def _alone(text: str, answers: re.Pattern[str]) -> bool:
    """Whether a text is nothing but such an answer, once or more, with courtesies."""
    if len(text) > SHORTEST_TALK or text.rstrip().endswith("?"):
        return False
    said = re.sub(r"[.,!;:~*\"()]+", " ", fold(text))
    for whole in (BLANKS.sub(" ", said).strip(), BLANKS.sub(" ", ASIDE.sub(" ", said)).strip()):
        if whole and re.fullmatch(rf"{answers.pattern}(?: {answers.pattern})*", whole):
            return True
    return False


def actions_of(tool: str, actions: Iterable[Action]) -> set[str]:
    """The stems of actions in a tool's name: ``cancel_booking`` -> {"cancel"}."""
    parts = tool.split("_")
    return {action.stem for action in actions if action.stem in parts}


def proposes(text: str, tool: str, actions: Sequence[Action]) -> bool:
    """Whether a text speaks of the action that the tool performs; True for a tool whose action has no words."""
    own = [action for action in actions if action.stem in tool.split("_")]
    return not own or any(re.search(rf"\b(?:{action.named})", fold(text)) for action in own)


def names_other_action(text: str, tool: str, actions: Sequence[Action]) -> bool:
    """Whether a text names an unmistakable action that is not the tool's, and not what the tool does."""
    own, told = actions_of(tool, actions), fold(text)
    others = [action.stem for action in actions if action.unmistakable and action.stem not in own]
    # The beginning of the word is enough: "exchanging" has no "e" at the end of its stem.
    return any(re.search(rf"\b{stem[:6]}", told) for stem in others) and not proposes(text, tool, actions)
