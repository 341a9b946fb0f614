"""Caches answers by the content of the request, of which only a digest is kept."""

import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def key_of(asked: Mapping[str, Any]) -> str:
    """The digest of a request; the order of keys does not matter."""
    text = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class AnswerCache:
    """JSON objects by key; below ``folder``, or in memory alone without one. Safe to share between threads."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._memory: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> dict[str, Any] | None:
        """What is kept under the key; a file that cannot be read is no answer."""
        with self._lock:
            if key in self._memory:
                return self._memory[key]
        if self.folder is None:
            return None
        try:
            found = json.loads(self._path(key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def put(self, key: str, answer: dict[str, Any]) -> None:
        """Keeps the answer; on a full disk it is only not cached."""
        if self.folder is None:
            with self._lock:
                self._memory[key] = answer
            return
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(answer, file)
            os.replace(temporary, path)
        except OSError:
            with self._lock:
                self._memory[key] = answer

    def _path(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / key[:2] / f"{key}.json"
