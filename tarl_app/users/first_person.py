"""A task's instruction, which is written for whoever plays the customer, as the customer would say it."""

import re

_PERSONS = (
    (r"\byou are\b", "I am"), (r"\byou're\b", "I'm"), (r"\byou've\b", "I've"), (r"\byou'd\b", "I'd"),
    (r"\byou'll\b", "I'll"),
    (r"\byourself\b", "myself"), (r"\byours\b", "mine"), (r"\byour\b", "my"),
    (r"\b(to|for|with|of|from|asks?|tells?|told|gives?|helps?|lets?|charges?|suits?) you\b", r"\1 me"),
    (r"\byou(?=\s*[.,;:!?]|\s*$)", "me"), (r"\byou\b", "I"),
)  # fmt: skip


def first_person(instruction: str) -> str:
    """ "You are Ada and want your money back." -> "I am Ada and want my money back."."""
    for pattern, mine in _PERSONS:
        instruction = re.sub(pattern, mine, instruction, flags=re.IGNORECASE)
    return re.sub(r"(^|[.!?]\s+)([a-z])", lambda found: found[1] + found[2].upper(), instruction).strip()
