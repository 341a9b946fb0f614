"""Giving a recording of one's own voice: what a visitor said aloud can be given, and what others said cannot."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from gradio import Blocks

from tarl_app.core.sound.audio import Audio, save
from tarl_app.core.spoken import PLAIN_SPEECH
from tarl_app.core.types import Task, UserTurn
from tarl_app.domains import load_domain
from tarl_app.speech.pico import Pico
from tarl_app.storage.recordings import Recordings
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.calls.voiced import MOST, Voiced
from tarl_app.ui.services import Services
from tarl_app.ui.tabs import talk
from tarl_app.users.scripted import ScriptedUser
from tarl_app.users.spoken import SpokenUser

Make = Callable[..., Services]


class Ears:
    """Hears the same words in every sound."""

    name = "fixed"

    def transcribe(self, audio: Audio, spoken: object = PLAIN_SPEECH) -> str:
        return "I'd like to return something."


def settled(live_call: LiveCall, reached: Callable[[], bool] | None = None) -> None:
    """Waits until that is reached; by default, until nothing is going on any more."""
    reached = reached or (lambda: not live_call.active)
    end = time.monotonic() + 60
    while not reached() and time.monotonic() < end:
        if live_call.screen:
            live_call.screen.apply_due()
        time.sleep(0.005)
    assert reached()


@pytest.fixture
def live_call(make_services: Make, home: Path) -> LiveCall:
    domain = load_domain("retail")

    def customer(task: Task, aloud: bool) -> SpokenUser:
        return SpokenUser(ScriptedUser(task, domain), Pico(), "en-US")

    services = make_services(pause=0.0, make_user=customer, ears=Ears)
    begun = LiveCall(services)
    begun.begin(services.showpiece, "scripted")
    return begun


def test_what_the_visitor_said_aloud_can_be_given(live_call: LiveCall) -> None:
    live_call.say_aloud(Audio(np.full(16_000, 0.1, np.float32), 16_000).wav())
    settled(live_call)
    (turn,) = live_call.voiced.turns
    assert turn.text == "I'd like to return something."
    assert turn.audio is not None
    assert live_call.voiced.of(turn.audio.path) is turn


def test_what_the_visitor_said_over_a_connection_can_be_given(live_call: LiveCall) -> None:
    held, sound = live_call.line.pick_up(), save(Audio(np.full(16_000, 0.1, np.float32), 16_000))
    with held.floor():
        held.conversation.say(UserTurn(text="Hello.", audio=sound))
    assert [turn.audio for turn in live_call.voiced.turns] == [sound]


def test_what_the_visitor_typed_and_what_the_simulator_said_cannot(live_call: LiveCall) -> None:
    live_call.say("Hello.")
    settled(live_call)
    live_call.hurry(True)
    live_call.step()
    settled(live_call, lambda: live_call.paused)
    live_call.stop()
    settled(live_call)
    assert live_call.episode is not None
    spoken = [turn for turn in live_call.episode.turns if isinstance(turn, UserTurn) and turn.audio is not None]
    assert spoken, "the simulated customer spoke"
    assert live_call.voiced.turns == ()
    assert all(live_call.voiced.of(turn.audio.path) is None for turn in spoken if turn.audio)


def test_the_last_ones_are_kept_the_newest_first(home: Path) -> None:
    voiced, numbers = Voiced(), range(MOST + 3)
    for number in numbers:
        sound = {"path": f"{number}.wav", "seconds": 1.0, "sample_rate": 16_000}
        voiced.add(UserTurn.model_validate({"text": str(number), "audio": sound}))
    assert [turn.text for turn in voiced.turns] == [str(number) for number in reversed(numbers)][:MOST]


@pytest.mark.parametrize("collected", [False, True])
def test_only_where_the_host_collects_recordings_is_there_a_place_to_give_them(
    make_services: Make, home: Path, collected: bool
) -> None:
    services = make_services(recordings=Recordings(home / "recordings") if collected else None)

    async def named() -> set[str | None]:  # with a loop running; otherwise Gradio opens one and leaves it open
        with Blocks() as blocks:
            talk.build(blocks, LiveCalls(services))
        return {getattr(component, "elem_id", None) for component in blocks.blocks.values()}

    with ThreadPoolExecutor(1) as pool:  # in this thread a loop may run already: that of the browser tests
        names = pool.submit(asyncio.run, named()).result()
    assert ("tarl-giving-give" in names) is collected
