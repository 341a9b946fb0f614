"""omni-mini on the line: it is called with the official ``openai`` client, by voice."""

import pytest

from tarl_app import wiring
from tarl_app.realtime.server import Door
from tarl_app.speech import load_voice
from tarl_app.wiring_realtime import realtime_parts
from tests.realtime.caller import calling, run, serving, whole_call

TASK = "retail-dev-006"  # a look-up


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_whole_spoken_call_is_passed():
    """Its turns are found by voice activity, and its words by the agent's own ear."""
    task, domain = wiring.find_task(TASK)
    parts = realtime_parts("omni-mini", task, domain, voice="pico:en-US")
    parts.agent(domain)  # the weights are loaded once, which takes longer than a call

    async def work():
        async with calling(port, model="omni-mini", task=TASK) as caller:
            assert caller.events[0]["session"]["model"] == "omni-mini"
            detection = {"type": "server_vad", "silence_duration_ms": 800}
            listening = {"turn_detection": detection, "transcription": {"model": "whisper-1"}}
            await caller.update(audio={"input": listening})
            verdict = await whole_call(caller, task, load_voice("pico:en-GB"))
            heard = [one["transcript"] for one in caller.of("conversation.item.input_audio_transcription.completed")]
            return verdict, heard, caller

    with serving(Door(lambda model, task_id: parts)) as port:
        verdict, heard, caller = run(work)
    assert verdict["passed"], (verdict, heard)
    assert all(heard)
    assert len(heard) == len(caller.of("response.done"))
    assert all(timing["hearing"] and timing["first_sound"] for timing in caller.of("tarl.timing"))
    assert all(not response["response"]["output"] or caller.heard().seconds > 3 for response in caller.of("response.done"))
