"""Errors in an endpoint's own words: from the body of a refusal, and from successful answers that contain an error."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

_SAID = ("message", "msg", "detail", "error", "errors", "reason", "description", "title", "status_msg", "error_msg", "raw")
_KINDS = {
    "authentication_error": 401,
    "invalid_api_key": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
}
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.I)
_LONGEST = 4000  # characters
_DEEP = 5


class Refused(Exception):
    """The endpoint refused the request, or reported an error.

    ``status`` is the HTTP status (``by_status``), or that of an error inside a successful answer; 0 where none is
    given.
    """

    def __init__(self, status: int, said: str, code: str = "", wait: float = 0.0, by_status: bool = True) -> None:
        super().__init__(said)
        self.status, self.said, self.code, self.wait, self.by_status = status, said, code, wait, by_status


def refusal(status: int, body: bytes, retry_after: str = "") -> Refused:
    """A refusal with a status of HTTP; ``retry_after`` is its header."""
    text = body.decode("utf-8", "replace").strip()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        title = _TITLE.search(text)
        found = (title[1] if title else "a web page") if text.startswith("<") else text[:_LONGEST]
    said = said_in(found) or (HTTPStatus(status).phrase if status in list(HTTPStatus) else "no reason given")
    return Refused(status, said, _code(found), _seconds(retry_after))


def complaint(body: Any) -> Refused | None:
    """The error inside an answer with a success status; None where there is none."""
    if not isinstance(body, Mapping):
        return None
    error = body.get("error") or body.get("errors")
    broken = body.get("object") == "error" or body.get("type") == "error"
    choices = body.get("choices")
    if not error and isinstance(choices, list):
        error = next((one["error"] for one in choices if isinstance(one, Mapping) and one.get("error")), None)
    if error or broken:
        return _inside(body, said_in(error) if error not in (None, True) else said_in(body))
    if isinstance(choices, list):
        return None
    status = body.get("base_resp")  # MiniMax
    failed = isinstance(status, Mapping) and status.get("status_code") not in (None, 0, "0")
    said = said_in(status) if failed else ""
    said = said or next((text for name in ("message", "msg", "detail") if (text := said_in(body.get(name)))), "")
    return _inside(body, said) if said else None


def _inside(body: Mapping[str, Any], said: str) -> Refused:
    code = _code(body)
    status = int(code) if code.isascii() and code.isdigit() and len(code) == 3 else _KINDS.get(code, 0)
    return Refused(status if status >= 400 else 0, said or "an error without a word", code, by_status=False)


def said_in(value: Any, deep: int = 0) -> str:
    """The message in an endpoint's error object, whatever its form."""
    if isinstance(value, str):
        return value.strip()[:_LONGEST]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)[:_LONGEST]
    if deep > _DEEP:
        return ""
    if isinstance(value, list):
        return next((text for one in value[:10] if (text := said_in(one, deep + 1))), "")
    if isinstance(value, Mapping):
        said = next((text for name in _SAID if (text := said_in(value.get(name), deep + 1))), "")
        place = value.get("loc")  # FastAPI names the field apart
        parts = [str(part) for part in place if isinstance(part, str | int)] if isinstance(place, list) else []
        fields = [*parts, *(one for one in (value.get("param"),) if isinstance(one, str) and one not in said)]
        return f"{'.'.join(fields)}: {said}"[:_LONGEST] if said and fields else said
    return ""


def _code(body: Any) -> str:
    """The code, or else the type, of an error."""
    places = [body.get("error"), body] if isinstance(body, Mapping) else []
    for name in ("code", "status_code", "status", "type"):
        for place in places:
            found = place.get(name) if isinstance(place, Mapping) else None
            if isinstance(found, int | str) and not isinstance(found, bool) and str(found) not in ("", "error"):
                return str(found)[:100]
    return ""


def _seconds(text: str) -> float:
    try:
        wait = float(text)
    except ValueError:
        return 0.0
    return wait if wait >= 0 else 0.0
