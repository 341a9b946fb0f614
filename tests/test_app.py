"""Starting the app where it cannot be served."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tarl_app import assets
from tarl_app.core.paths import ROOT
from tarl_app.core.settings import settings


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, int], None]]:
    """Starts the app in this process, in a home of its own."""
    monkeypatch.setenv("TARL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TARL_AGENT", "scripted")
    monkeypatch.setenv("TARL_OFFLINE", "1")
    settings.cache_clear()
    import app

    def main(host: str, port: int) -> None:
        monkeypatch.setenv("TARL_HOST", host)
        monkeypatch.setenv("TARL_PORT", str(port))
        settings.cache_clear()
        app.main()

    yield main
    settings.cache_clear()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_that_is_taken_is_told_in_words_before_anything_is_written(
    start: Callable[[str, int], None], host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SystemExit) as ended:
        start(host, port := other.getsockname()[1])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"127.0.0.1:{port} (Address already in use)" in line
    assert f"set TARL_PORT to another port, such as {port + 1}" in line
    assert not (tmp_path / "home").exists()


def test_an_address_of_another_machine_is_told_in_words(
    start: Callable[[str, int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(SystemExit) as ended:
        start("192.0.2.1", port)  # an address for documentation, nobody's
    assert ended.value.code == 2
    assert f"192.0.2.1:{port} (Cannot assign requested address)" in capsys.readouterr().err


def test_an_app_that_is_stopped_while_a_model_is_loading_ends_in_order(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    names = ("kokoro-82m", "whisper-tiny.en", "smollm2-135m-instruct")
    weights = {f"TARL_ASSET_{assets.override_key(name)}".upper(): str(assets.fetch(name)) for name in names}
    own = {"TARL_HOME": str(tmp_path), "TARL_PORT": str(port), "TARL_AGENT": "omni-mini", "TARL_OFFLINE": "1"}
    environment = {**os.environ, **weights, **own}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        while process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                break
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.1)
        process.send_signal(signal.SIGTERM)  # the voice, which is loaded first, takes longer than the page's answer
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, told
    assert "terminate called" not in told
