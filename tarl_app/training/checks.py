"""What a text in a configuration has to be; each raises ``ValueError`` in words, or answers the text."""

import re
import warnings
from urllib.parse import urlsplit

import httpx2

DEVICE = re.compile(r"auto|cpu|mps|xpu|cuda(:[0-9]{1,3})?")


def device(text: str) -> str:
    """A kind of device that can be trained on."""
    if not DEVICE.fullmatch(text):
        raise ValueError(f"there is no device {text[:60]!r}: auto, cpu, cuda, cuda:0 (the first GPU), mps or xpu")
    return text


def expression(text: str) -> str:
    """A regular expression."""
    compiled(text)
    return text


def compiled(text: str) -> re.Pattern[str]:
    """The same, to match with."""
    try:
        with warnings.catch_warnings():  # of what later versions of Python may read differently
            warnings.simplefilter("ignore")
            return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"this is not a regular expression: {error}") from error


def address(text: str) -> str:
    """A server's."""
    try:
        found = urlsplit(text)
        good = found.scheme in ("http", "https") and found.hostname and found.port != 0 and httpx2.URL(text).host
    except (ValueError, UnicodeError, httpx2.InvalidURL):
        good = None
    if not good or not text.isprintable() or " " in text:
        raise ValueError(f"{text[:100]!r} is no address such as http://node1:8000")
    return text
