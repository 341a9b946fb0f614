"""The app, or another page, in a process of its own, for what visits it: benchmarks, and the pictures of the README."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ENDING = 20.0
"""Seconds that it is given to end."""

LOADED = """() => document.querySelector('#tarl-states .st-ready')
  && !document.querySelector('#tarl-states .st-waiting, #tarl-states .st-loading')"""
"""Whether the app has loaded its models, as the page shows it."""


@contextmanager
def running(*command: str, alone: bool = False, **environment: str) -> Iterator[str]:
    """The address of the page that a Python script serves (default: the app); it ends with the block.

    ``command``: the script and its arguments, in which ``PORT`` stands for the port; ``TARL_PORT`` is that, too.
    ``alone``: under no other settings of the app than those of ``environment``. Ends this program if the script ends.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    url = f"http://127.0.0.1:{port}/"
    script, *arguments = command or ("app.py",)
    kept = {name: value for name, value in os.environ.items() if not (alone and name.startswith(("TARL_", "SPACE_")))}
    process = subprocess.Popen(
        [sys.executable, script, *(port if one == "PORT" else one for one in arguments)],
        cwd=ROOT,
        env={**kept, **environment, "TARL_PORT": port},
        stdout=subprocess.DEVNULL,
    )
    try:
        while not _answers(url):
            if process.poll() is not None:
                sys.exit(f"{script} ended with {process.returncode}.")
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(ENDING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class PageWithoutBrowser:
    """One visitor's page, as far as the server sees it."""

    def __init__(self, port: int, name: str) -> None:
        self._port, self._name, self._heart = port, name, None

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)

    def open(self, heartbeat: bool) -> None:
        """The document, and the sign of life that tells the server when the page is closed."""
        with closing(self._connection()) as connection:
            connection.request("GET", "/")
            connection.getresponse().read()
        if heartbeat:
            self._heart = self._connection()
            self._heart.request("GET", f"/gradio_api/heartbeat/{self._name}")
            self._heart.getresponse().readline()

    def send(self, event: int, data: list[Any]) -> None:
        """An event, and reading what it paints until the server has nothing more to say."""
        body = json.dumps({"fn_index": event, "data": data, "session_hash": self._name})
        with closing(self._connection()) as connection:
            connection.request("POST", "/gradio_api/queue/join", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise SystemExit(f"the server answered {answer.status}: {answer.read()[:200]!r}")
            answer.read()
        with closing(self._connection()) as connection:
            connection.request("GET", f"/gradio_api/queue/data?session_hash={self._name}")
            connection.getresponse().read()

    def close(self) -> None:
        """The visitor closes it."""
        if self._heart is not None:
            self._heart.close()


def chromium() -> str:
    """The path of Chromium; ends this program where there is none."""
    path = os.environ.get("TARL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("Chromium is needed. On Debian: apt-get install chromium. Elsewhere: set TARL_CHROMIUM to its path.")
    return path


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
    return True
