"""Validators for texts in a configuration; each raises ``ValueError`` or returns the text."""

import re
import warnings
from urllib.parse import urlsplit

import httpx2

DEVICE = re.compile(r"auto|cpu|mps|xpu|cuda(:[0-9]{1,3})?")


def device(text: str) -> str:
    """Checks the name of a device."""
    if not DEVICE.fullmatch(text):
        raise ValueError(f"there is no device {text[:60]!r}: auto, cpu, cuda, cuda:0 (the first GPU), mps or xpu")
    return text


def expression(text: str) -> str:
    """Checks a regular expression."""
    compiled(text)
    return text


def compiled(text: str) -> re.Pattern[str]:
    """The compiled regular expression."""
    try:
        with warnings.catch_warnings():  # about syntax that later versions of Python may read differently
            warnings.simplefilter("ignore")
            return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"this is not a regular expression: {error}") from error


def address(text: str) -> str:
    """Checks a server's address."""
    try:
        found = urlsplit(text)
        good = found.scheme in ("http", "https") and found.hostname and found.port != 0 and httpx2.URL(text).host
    except (ValueError, UnicodeError, httpx2.InvalidURL):
        good = None
    if not good or not text.isprintable() or " " in text:
        raise ValueError(f"{text[:100]!r} is no address such as http://node1:8000")
    return text
