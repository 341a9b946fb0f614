"""Patterns for transfers to a person, in folded text."""

import re

ANNOUNCED = re.compile(r"\b(?:transferring|connecting|handing) you\b|\bi(?:'ll| will) (?:now )?(?:transfer|connect) you\b")
"""Says that the transfer is made now."""
MENTIONED = re.compile(
    r"\btransfer|\bconnect(?:ing)? you|\bhuman\b|\bhand(?:ing)? you|\bput(?:ting)? you through"
    r"|\b(?:colleague|specialist|representative|supervisor|manager|a person)\b"
)
"""Mentions a transfer or the person."""
