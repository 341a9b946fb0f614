"""Bytes from an endpoint up to a limit, as JSON or as a stream of events, whatever its headers say."""

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx2

from tarl_app.core.errors import Cancelled

MOST_BYTES = 16 * 1024 * 1024
"""Most bytes of one answer."""
_FIELD = re.compile(rb"(?:data|event|id|retry)?:")
_SNIFFED = 6  # bytes that tell a stream of events from anything else
_HALF = re.compile("[\ud800-\udfff]")


class NoCompletion(Exception):
    """The endpoint answered with something else; the message says with what."""


def received(response: httpx2.Response) -> Iterator[bytes]:
    """The bytes of a body, unpacked; raises ``httpx2.HTTPError``, ``NoCompletion``."""
    try:
        yield from response.iter_bytes()
    except httpx2.DecodingError as error:
        raise NoCompletion("bytes that cannot be unpacked") from error
    except OSError as error:  # of TLS
        raise httpx2.ReadError(str(error)) from error


def limited(chunks: Iterable[bytes], gone: Callable[[], bool], most: int = MOST_BYTES) -> Iterator[bytes]:
    """The chunks, until ``gone()``.

    Raises:
        NoCompletion: there are more than ``most`` bytes.
        Cancelled: soon after ``gone()``.
    """
    size = 0
    for chunk in chunks:
        if gone():
            raise Cancelled("The turn was stopped.")
        size += len(chunk)
        if size > most:
            raise NoCompletion(f"more than {most:,} bytes")
        yield chunk


def is_stream(chunks: Iterator[bytes]) -> tuple[bool, Iterator[bytes]]:
    """Whether this is a stream of events, by how it begins; and all of it."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head.lstrip()) >= _SNIFFED:
            break
    head = head.removeprefix(codecs.BOM_UTF8).lstrip()

    def all_of_it() -> Iterator[bytes]:
        yield head
        yield from chunks

    return _FIELD.match(head) is not None, all_of_it()


def events(chunks: Iterable[bytes]) -> Iterator[str]:
    """The data of each server-sent event."""
    rest, data = b"", list[bytes]()
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.rstrip(b"\r"):
                data += _data(line)
            elif data:
                yield from _event(data)
                data = []
    yield from _event([*data, *_data(rest)])


def _data(line: bytes) -> list[bytes]:
    return [line[5:].strip()] if line.startswith(b"data:") else []


def _event(data: list[bytes]) -> Iterator[str]:
    """The data lines of one event; some servers omit the empty line between two events."""
    lines = [line.decode("utf-8", "replace") for line in data if line]
    if len(lines) > 1 and all(line == "[DONE]" or line[:1] == "{" for line in lines):
        yield from lines
    elif lines:
        yield "\n".join(lines)


def parsed(text: str | bytes) -> Any:
    """The JSON value.

    Raises:
        NoCompletion: there is none.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig", "replace")
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise NoCompletion("a web page" if text.lstrip()[:1] == "<" else "broken JSON") from error


def mended(text: str) -> str:
    """The text as valid UTF-8: surrogate pairs are joined, lone surrogates become U+FFFD."""
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
