"""Output of a command: results to stdout, progress to stderr."""

import json
import os
import sys
from contextlib import redirect_stdout
from types import TracebackType
from typing import Any, Self


class Output:
    """The output of one command.

    With ``only_json``, everything that libraries print, in Python or in C, goes to stderr while the command runs, and
    only ``result`` reaches the real stdout.
    """

    def __init__(self, only_json: bool) -> None:
        self.only_json = only_json
        self._real: int | None = None

    def __enter__(self) -> Self:
        if self.only_json:
            sys.stdout.flush()
            self._real = os.dup(1)
            os.dup2(2, 1)
            self._redirected = redirect_stdout(sys.stderr)
            self._redirected.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._real is not None:
            self._redirected.__exit__(kind, error, trace)
            sys.stdout.flush()
            os.dup2(self._real, 1)
            os.close(self._real)
            self._real = None

    def line(self, text: str = "") -> None:
        """A line for people, at once; nothing with ``only_json``."""
        if not self.only_json:
            told = sys.stdout.encoding or "utf-8"  # what it cannot encode is escaped: lone surrogates, or all but ASCII
            sys.stdout.write(text.encode(told, "backslashreplace").decode(told) + "\n")
            sys.stdout.flush()

    def progress(self, text: str) -> None:
        """A line about how far it is, on stderr."""
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def result(self, value: dict[str, Any]) -> None:
        """The one JSON object, with ``only_json``; nothing otherwise."""
        if self._real is not None:
            data = (json.dumps(value, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
            while data:
                data = data[os.write(self._real, data) :]
