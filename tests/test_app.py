"""Starting the app where it cannot be served."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
