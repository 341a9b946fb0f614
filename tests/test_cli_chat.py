"""``chat``: typed lines go to the agent, verdicts come back, the end of the input hangs up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TASK = "retail-dev-042"
LINES = ("please cancel W1010345, i hit the wrong button", "priyablanc1947@mail.example.com", "yes")


@pytest.fixture
def chat(tmp_path):
    """Runs the command with these lines typed."""

    def run(*arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "TARL_HOME": str(tmp_path), "TARL_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "tarl_app", "chat", "--agent", "scripted", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=env, input=typed, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def test_a_typed_call_shows_each_verdict_and_at_the_end_the_verifiers(chat):
    done = chat("--task", TASK, typed="\n".join(LINES))
    assert done.returncode == 0, done.stderr
    assert "user   please cancel W1010345" in done.stdout
    assert "agent  > cancel_pending_order" in done.stdout
    assert "[+1] turn 1: " in done.stdout
    assert "verifier: passed" in done.stdout


def test_bye_hangs_up_and_is_not_sent_and_empty_lines_are_skipped(chat):
    done = chat("--task", TASK, "--json", typed=f"{LINES[0]}\n\n  \nbye!\nthis is never read\n")
    episode = json.loads(done.stdout)
    assert [turn["text"] for turn in episode["turns"] if turn["kind"] == "user"] == [LINES[0]]
    assert episode["verdict"]["passed"] is False
    assert episode["user"] == "human"


def test_after_a_transfer_the_call_is_over(chat):
    typed = "hello, priyablanc1947@mail.example.com\nmy parcel came damaged\nare you still there?\n"
    episode = json.loads(chat("--task", TASK, "--json", typed=typed).stdout)
    assert episode["stop"] == "transferred"
    assert "are you still there?" not in [turn.get("text") for turn in episode["turns"]]


def test_without_a_task_it_is_free_talk_which_nothing_verifies(chat):
    done = chat("--domain", "retail", typed="hello\n")
    assert done.returncode == 0, done.stderr
    assert "verifier: nothing to verify" in done.stdout


def test_a_kept_episode_can_be_shown_again(chat):
    done = chat("--task", TASK, "--save", typed="hello\n")
    assert done.stdout.strip().splitlines()[-1].startswith("episode ")


def test_an_unknown_task_is_refused_in_words(chat):
    done = chat("--task", "retail-dev-999", typed="")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


def test_an_empty_line_lets_the_simulated_customer_of_that_manner_speak(chat):
    done = chat("--task", TASK, "--customer", "lifelike", "--json", typed="\n" * 20)
    episode = json.loads(done.stdout)
    assert episode["customer"] == "lifelike"
    assert [turn for turn in episode["turns"] if turn["kind"] == "user"]
    assert episode["stop"] in ("user_done", "transferred")


def test_a_simulated_customer_needs_a_task(chat):
    done = chat("--domain", "retail", "--customer", "plain", typed="\n")
    assert done.returncode != 0
    assert "needs a task" in done.stderr
