"""Back-channels: what listeners say without taking the turn."""

import re

_SOUND = re.compile(r"m+h*m*|h+m+|u+h+|h+u+h+|a+h+a*|o+h+|a+w+|e+h+|u+m+|er+m?|ahem|cough(?:s|ing)?|sniffs?")
_WORDS = re.compile(
    r"\b(?:that's right|that is right|that's true|i understand|sounds good|absolutely|definitely|indeed|correct|i got it|"
    r"got it|i see|all right|alright|of course|go on|makes sense|o k|ok|okay|mkay|k|right|yeah|yep|yup|yes|sure|good|great|"
    r"fine|cool|nice|exactly|true|really|wow|understood|perfect)\b"
)
_ASIDE = re.compile(r"\[[^]]*\]|\([^)]*\)|\*[^*]*\*")  # how recognisers write what is no speech
_LONGEST = 60  # characters


def is_backchannel(heard: str, asked: bool = False) -> bool:
    """Whether these words, or no words at all, leave the turn with the one who speaks.

    ``asked``: a question is being put, to which "yes" or "mhm" is the answer: then it is one only without any words.
    """
    if len(heard) > _LONGEST or any(map(str.isdigit, heard)):
        return False
    words = " ".join(re.findall(r"[a-z']+", _ASIDE.sub(" ", heard.lower())))
    return not words if asked else all(map(_SOUND.fullmatch, _WORDS.sub(" ", words).split()))
