"""``serve-voice`` as a person starts it."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tarl_app.cli import main
from tests.realtime.agents import LOOKUP
from tests.realtime.caller import calling, run, whole_call

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "tarl_app", "serve-voice", "--agent", "scripted", "--voice", "pico:en-US", "--port", "0")


def test_a_whole_call_until_it_is_stopped():
    command = [*COMMAND, "--task", LOOKUP.id, "--token", "secret"]

    async def work():
        async with calling(port, key="secret") as caller:
            await caller.manual(output_modalities=["text"])
            assert (await whole_call(caller, LOOKUP, None))["passed"]

    with subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr
        for line in server.stderr:
            if found := re.search(r"at ws://127\.0\.0\.1:(\d+)/v1/realtime$", line):
                port = int(found[1])
                break
        try:
            run(work)
        finally:
            server.send_signal(signal.SIGTERM)
    assert server.returncode == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "tarl.example"])
def test_what_others_can_reach_needs_a_token(host, capsys):
    assert main(["serve-voice", "--agent", "scripted", "--host", host]) == 2
    assert "--token" in capsys.readouterr().err


def test_a_task_that_is_not_there_is_told(capsys):
    assert main(["serve-voice", "--agent", "scripted", "--task", "retail-dev-999"]) == 2
    assert "retail-dev-999" in capsys.readouterr().err


def test_an_address_that_is_taken_is_told_before_anything_is_loaded(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del home
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve-voice", "--agent", "scripted", "--port", str(taken.getsockname()[1])]) == 2
    assert "Choose another --port, or --host." in capsys.readouterr().err
