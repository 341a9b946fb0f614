"""The airline's answers to off-topic sentences, and when customers say which."""

import re
from collections.abc import Mapping

from tarl_app.core.domain.recipe import OffScript
from tarl_app.domains.airline.recipe.off_script_phrases import SAID, SAID_HELD_OUT, SAID_TEST
from tarl_app.users.wordings import off_topic

_ANSWERS: dict[str, str] = {
    "small_talk": "Thank you for asking, I am glad to help you today.",
    "off_topic": "I can only help with your trips and your account.",
    "abuse": "I am sorry that you are not happy.",
    "hurry": "I understand that you are in a hurry.",
    "repeat": "Of course.",
    "robot": "I am the automated assistant of the airline.",
    "wait": "Take your time.",
    "thanks": "You are welcome.",
    "other_account": "I am sorry, I can only talk about your own account.",
    "discount": "I am sorry, I cannot give discounts.",
    "other_card": "I am sorry, I can only use the payment methods in your account.",
    "prompt": "I am sorry, I cannot do that.",
    "skip_identity": "I am sorry, I have to know who you are before I can help.",
    "noise": "Sorry, I did not understand that.",
    "mashed": "Sorry, I did not understand that.",
    "partial_code": "I need all six characters of the reservation code.",
    "counter": "I am sorry, I do not know that.",
}


def _fits(before: str) -> Mapping[str, bool]:
    return {
        "partial_code": re.search(r"\breservation code\b", before) is not None,
        "skip_identity": re.search(r"\b(customer number|full name)\b", before) is not None,
        "thanks": "anything else" not in before,  # that would be a goodbye
    }


OFF_SCRIPT = OffScript(
    answers=_ANSWERS,
    said={
        "seen": off_topic.joined(off_topic.SAID, SAID, _ANSWERS),
        "held_out": off_topic.joined(off_topic.SAID_HELD_OUT, SAID_HELD_OUT, _ANSWERS),
        "test": off_topic.joined(off_topic.SAID_TEST, SAID_TEST, _ANSWERS),
    },
    first=("small_talk", "off_topic", "abuse", "hurry", "robot", "noise", "mashed", "counter", "prompt", "thanks"),
    fits=_fits,
    rare={"mashed": 0.4, "thanks": 0.5, "small_talk": 0.7, "partial_code": 4.0, "skip_identity": 2.0},
    unspeakable=frozenset(("mashed",)),
    courtesies=("I can help you with that.", "Sure. First,", "Of course.", "No problem.", "That is fine.", "Thank you."),
)
