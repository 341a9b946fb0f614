"""How a transfer to a person is spoken of, in folded text."""

import re

ANNOUNCED = re.compile(r"\b(?:transferring|connecting|handing) you\b|\bi(?:'ll| will) (?:now )?(?:transfer|connect) you\b")
"""Somebody says that they are making it now."""
MENTIONED = re.compile(
    r"\btransfer|\bconnect(?:ing)? you|\bhuman\b|\bhand(?:ing)? you|\bput(?:ting)? you through"
    r"|\b(?:colleague|specialist|representative|supervisor|manager|a person)\b"
)
"""Somebody speaks of it at all, or of the person."""
