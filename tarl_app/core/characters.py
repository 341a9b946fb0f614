"""Text that every encoder accepts: JSON and typed text can hold lone UTF-16 surrogates, which are not characters."""

import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """The text with surrogate pairs joined, and lone surrogates replaced by U+FFFD."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def all_whole(value: Any) -> Any:
    """``whole`` for every text in nested dictionaries (their keys too), lists and tuples; other values are unchanged.

    Works at any depth of nesting, since the input comes from models and browsers.
    """
    root = [value]
    todo: list[tuple[Any, Any]] = [(root, 0)]
    while todo:
        held, place = todo.pop()
        one = held[place]
        if isinstance(one, str):
            held[place] = whole(one)
        elif isinstance(one, dict):
            held[place] = {whole(key) if isinstance(key, str) else key: inner for key, inner in one.items()}
            todo += [(held[place], key) for key in held[place]]
        elif isinstance(one, list):
            held[place] = [*one]
            todo += [(held[place], index) for index in range(len(one))]
        elif type(one) is tuple:
            held[place] = tuple(all_whole(inner) for inner in one)
    return root[0]
