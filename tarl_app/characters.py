"""Text that every encoder takes: JSON and typed text can hold halves of UTF-16 pairs, which are no characters."""

import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """The text with halves that belong together joined, and a lone one replaced by U+FFFD."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def all_whole(value: Any) -> Any:
    """The same for every text in nested dictionaries (their keys too), lists and tuples; other values are as they were."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {all_whole(key): all_whole(one) for key, one in value.items()}
    if isinstance(value, list):
        return [all_whole(one) for one in value]
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(all_whole(one) for one in value)
    return value
