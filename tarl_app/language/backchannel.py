"""Back-channels: what listeners say without taking the turn."""

import re

_SOUND = r"m+h*m*|m+[ -]?h+m+|h+m+|u+h[ -]?h+u+h|a+h*a*|o+h|a+w|huh|e+h|u+[hm]+|er+m?|ahem|cough(?:s|ing)?|sniffs?"
_WORD = (
    r"ok|okay|o k|k|right|all right|alright|yeah|yep|yup|yes|sure|good|great|fine|cool|nice|i see|got it|i got it|exactly|"
    r"of course|true|really|wow|go on|understood|makes sense|perfect|mkay|ah ha|aha|uh"
)
_EITHER = re.compile(rf"(?:(?:{_WORD}|{_SOUND})\s?)*")
_ASIDE = re.compile(r"\[[^]]*\]|\([^)]*\)|\*[^*]*\*")  # how recognisers write what is no speech
_LONGEST = 60  # characters


def is_backchannel(heard: str, asked: bool = False) -> bool:
    """Whether these words, or no words at all, leave the turn with the one who speaks.

    ``asked``: a question is being put, to which "yes" or "mhm" is the answer: then it is one only without any words.
    """
    if len(heard) > _LONGEST or any(map(str.isdigit, heard)):
        return False
    words = " ".join(re.findall(r"[a-z']+", _ASIDE.sub(" ", heard.lower())))
    return not words if asked else bool(_EITHER.fullmatch(words))
