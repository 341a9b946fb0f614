"""Every call that is open when the app ends is stored, whatever is under way in it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tarl_app.core.errors import Cancelled, StorageError
from tarl_app.core.process.shutdown import SIGNALS
from tarl_app.core.types import AgentTurn, Episode, Turn, UserTurn
from tarl_app.storage.memory import MemoryEpisodeStore
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.calls.side_by_side import SideBySides
from tests.ui.whole_page import services

ROOT = Path(__file__).parents[2]
WAIT = """
from tarl_app.core.process import shutdown
with shutdown.heard() as asked:
    print("ready", flush=True)
    asked.wait()
    print("asked", flush=True)
    shutdown.leave_within(0.5)
    import threading
    threading.Event().wait()  # as something does that computes for minutes
"""


class SlowAgent:
    """Answers once, then thinks until it is told to stop; one that is ``deaf`` longer than anybody waits."""

    name = "slow"

    def __init__(self, deaf: bool = False) -> None:
        self._deaf = deaf

    def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
        if len(turns) == 1:
            return AgentTurn(text="Hello, how can I help?")
        end = time.monotonic() + 3
        while self._deaf or not (cancelled and cancelled()):
            if time.monotonic() > end:
                break
            time.sleep(0.005)
        raise Cancelled("stopped")


class FullStore(MemoryEpisodeStore):
    """Takes no call but the first one."""

    def save(self, episode: Episode) -> None:
        if [*self.list()]:
            raise StorageError("the disk is full")
        super().save(episode)


def settle(live_call: LiveCall) -> None:
    end = time.monotonic() + 30
    while live_call.active and time.monotonic() < end:
        if live_call.screen:
            live_call.screen.apply_due()
        time.sleep(0.005)


def called(live_calls: LiveCalls, tab: str, text: str) -> LiveCall:
    live_call = live_calls.of(tab)
    live_call.begin(live_calls.services.free_task, "scripted")
    live_call.say(text)
    settle(live_call)
    return live_call


def said(store: MemoryEpisodeStore) -> set[str]:
    return {episode.turns[0].text for episode in store.list() if isinstance(episode.turns[0], UserTurn)}


def test_calls_that_wait_for_the_visitor_and_calls_with_an_answer_under_way_are_kept(tmp_path: Path) -> None:
    live_calls = LiveCalls(services(tmp_path, make_agent=lambda name, task: SlowAgent()))
    called(live_calls, "waits", "one")
    called(live_calls, "thinks", "two").say("And then?")
    live_calls.of("opened the page and said nothing")
    live_calls.park(10)
    store = live_calls.services.store
    assert isinstance(store, MemoryEpisodeStore)
    assert said(store) == {"one", "two"}
    assert all(episode.stop is None for episode in store.list())
    assert len(live_calls) == 0


def test_a_step_that_does_not_end_is_not_waited_for_and_its_call_is_kept_as_it_stands(tmp_path: Path) -> None:
    live_calls = LiveCalls(services(tmp_path, make_agent=lambda name, task: SlowAgent(deaf=True)))
    called(live_calls, "deaf", "one").say("And then?")
    live_calls.park(0.2)
    assert isinstance(live_calls.services.store, MemoryEpisodeStore)
    (kept,) = live_calls.services.store.list()
    assert [turn.text for turn in kept.turns if turn.kind != "tool"][:2] == ["one", "Hello, how can I help?"]


def test_both_calls_of_a_comparison_are_kept(tmp_path: Path) -> None:
    live_calls = LiveCalls(services(tmp_path, make_agent=lambda name, task: SlowAgent()))
    side_by_side = SideBySides(live_calls).of("tab")
    side_by_side.pick(live_calls.services.free_task, "a", "b", blind=False)
    side_by_side.say("one")
    end = time.monotonic() + 30
    while side_by_side.busy and time.monotonic() < end:
        time.sleep(0.01)
    live_calls.park(10)
    assert len([*live_calls.services.store.list()]) == 2


def test_a_call_that_cannot_be_stored_keeps_no_other_from_being_stored(tmp_path: Path) -> None:
    store = FullStore()
    live_calls = LiveCalls(services(tmp_path, store=store, make_agent=lambda name, task: SlowAgent()))
    for text in ("one", "two", "three"):
        called(live_calls, text, text)
    live_calls.park(10)
    assert len([*store.list()]) == 1


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_is_noted_and_the_process_ends_with_0_soon(number: signal.Signals) -> None:
    program = f"import signal; signal.signal({int(number)}, signal.SIG_DFL)\n{WAIT}"  # whatever these tests run under
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    rest, _ = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, "asked\n")


def test_a_second_signal_ends_the_process_at_once() -> None:
    program = WAIT.replace("leave_within(0.5)", "leave_within(600)")
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "asked\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    process.stdout.close()


def test_a_signal_that_was_to_be_ignored_stays_so() -> None:
    program = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{WAIT}"
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGHUP)
    time.sleep(0.3)
    assert process.poll() is None
    process.kill()
    process.communicate()
